"""The app package: what Teams takes, in both languages, with words that the bot understands and icons that fit."""

import io
import json
import os
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for

from adapters.teams import manifest, package
from adapters.teams.commands import KUDOS, MINE, NOTE, PRINCIPLES, WORDS
from bot import commands
from bot.documents import Faults
from bot.events import Command, Handle, Place
from bot.organisation import LANGUAGES
from bot.turn import House
from tests import icons
from tests.commands import kizuki as run

ROOT = Path(__file__).parents[2]
SCHEMAS = (
    Path(__file__).parent / "js" / "node_modules" / "@microsoft" / "app-manifest" / "build" / "json-schemas" / "teams"
)
BRAND = ROOT / "content" / "brand"
APP, TENANT = "12345678-90ab-cdef-1234-567890abcdef", "87654321-90ab-cdef-1234-567890abcdef"
URL = "https://kizuki.example.jp"
SECRET = "a-secret-nobody-may-see"
TARGETED = "targeted: true"
FILES = ["manifest.json", "ja.json", "en.json", "color.png", "outline.png"]
ANNA = Handle("teams", f"{TENANT}:anna")
CHAT = Place("teams", f"{TENANT}:anna", True, {})


def app_yaml(folder: Path, *more: str, url: str = URL, language: str = "ja", app_id: str = APP) -> Path:
    """An app.yaml with a section for Teams; nothing of what it takes from the environment is set."""
    server = f"server: {{url: {url}}}\n" if url else ""
    lines = (f"app_id: {app_id}", f"tenant: {TENANT}", "password: ${TEAMS_PASSWORD}", *more)
    path = folder / "app.yaml"
    path.write_text(
        f"organisation:\n  name: {{ja: 試験都庁, en: Test City}}\n  language: {language}\ndatabase: ${{DATABASE_URL}}\n"
        f"{server}platforms:\n  teams:\n" + "".join(f"    {line}\n" for line in lines)
    )
    return path


def made(house: House, path: Path, *, lang: str = "") -> dict[str, Any]:
    """The manifest that an app.yaml means."""
    return manifest.manifest(manifest.draft(path, environ={}), house.phrases, lang=lang)


def files(house: House, path: Path, *, version: str = "") -> dict[str, bytes]:
    """The files of the package that an app.yaml means."""
    return package.members(manifest.draft(path, environ={}), house.phrases, BRAND, version=version)


def kizuki(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, with a secret in the environment that has no business here."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TEAMS_")} | {"TEAMS_PASSWORD": SECRET}
    return run(*words, cwd=cwd, environ=clean)


def schema(version: str, kind: str = "schema") -> Any:
    """A published schema, from the package that carries them all."""
    path = SCHEMAS / f"v{version}" / f"MicrosoftTeams.{kind}.json"
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip("the schemas are not here: `.ci/node` installs them where there is Node")
    return json.loads(path.read_text(encoding="utf-8-sig"))


def refusals(published: Any, found: Any) -> list[str]:
    """What a schema has against a file."""
    return [error.message for error in validator_for(published)(published).iter_errors(found)]


# What the published schemas say.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("more", [(), (TARGETED,)], ids=str)
def test_teams_takes_it(house: House, tmp_path: Path, more: tuple[str, ...], language: str) -> None:
    found = files(house, app_yaml(tmp_path, *more, language=language))
    main = json.loads(found["manifest.json"])
    version = manifest.TARGETED_VERSION if more else manifest.VERSION
    assert main["manifestVersion"] == version
    assert refusals(schema(version), main) == []
    for name in ("ja.json", "en.json"):
        assert refusals(schema(version, "Localization.schema"), json.loads(found[name])) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), "kizuki"),
        (("accentColor",), "blue"),
        (("developer", "name"), "x" * 33),
        (("bots", 0, "scopes"), ["everywhere"]),
        (("composeExtensions", 0, "commands", 0, "title"), "x" * 33),
        (("composeExtensions", 0, "commands", 2, "parameters"), []),
        (("permissions",), ["everything"]),
        (("unheard_of",), True),
    ],
)
def test_what_the_schema_refuses_is_seen(
    house: House, tmp_path: Path, path: tuple[str | int, ...], value: object
) -> None:
    main: Any = made(house, app_yaml(tmp_path))
    *above, last = path
    inner = main
    for key in above:
        inner = inner[key]
    inner[last] = value
    assert refusals(schema(manifest.VERSION), main) != []


def test_the_version_is_the_lowest_that_knows_all_of_it(house: House, tmp_path: Path) -> None:
    for more, version in (((), manifest.VERSION), ((TARGETED,), manifest.TARGETED_VERSION)):
        main = made(house, app_yaml(tmp_path, *more))
        below = f"1.{int(version.removeprefix('1.')) - 1}"
        assert refusals(schema(version), main) == []
        assert refusals(schema(below), main | {"manifestVersion": below}) != []


# What they do not say.


def test_the_package_holds_these_files_and_no_others(house: House, tmp_path: Path) -> None:
    found = files(house, app_yaml(tmp_path))
    with zipfile.ZipFile(io.BytesIO(package.packed(found))) as archive:
        assert archive.namelist() == FILES
        assert {name: archive.read(name) for name in FILES} == found
        assert archive.testzip() is None
    main = json.loads(found["manifest.json"])
    languages = main["localizationInfo"]
    named = [languages["defaultLanguageFile"], *(each["file"] for each in languages["additionalLanguages"])]
    assert sorted([*named, *main["icons"].values(), "manifest.json"]) == sorted(FILES)


def test_equal_settings_make_equal_bytes(house: House, tmp_path: Path) -> None:
    path = app_yaml(tmp_path)
    first = package.packed(files(house, path))
    os.utime(BRAND / "color.png")
    assert package.packed(files(house, path)) == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_say_all_of_it(house: House, tmp_path: Path, language: str) -> None:
    """A localisation file names texts by where they stand, and every one of them stands there."""
    found = files(house, app_yaml(tmp_path, language=language))
    main = json.loads(found["manifest.json"])
    spoken = {name: json.loads(found[f"{name}.json"]) for name in ("ja", "en")}
    assert spoken["ja"].keys() == spoken["en"].keys()
    own = spoken["en" if language == "en" else "ja"]
    for path, text in own.items():
        if path != "$schema":
            assert _at(main, path) == text
    assert {p for p, text in spoken["ja"].items() if text == spoken["en"][p]} <= {"name.short", "$schema"}


def _at(found: Any, path: str) -> Any:
    for step in re.findall(r"\w+", path):
        found = found[int(step) if step.isdigit() else step]
    return found


def test_no_text_with_a_language_is_left_out(house: House, tmp_path: Path) -> None:
    main = made(house, app_yaml(tmp_path))
    told = {text for _, text in manifest.texts(main)}
    assert set(_shown(main["bots"])) | set(_shown(main["composeExtensions"])) <= told
    assert {*main["name"].values(), *main["description"].values()} <= told


def _shown(found: Any) -> list[str]:
    if isinstance(found, list):
        return [text for each in found for text in _shown(each)]
    if isinstance(found, dict):
        own = [found[name] for name in ("title", "description") if name in found]
        return [*own, *(text for each in found.values() for text in _shown(each))]
    return []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_short_text_is_not_told_twice(house: House, tmp_path: Path, lang: str) -> None:
    found = made(house, app_yaml(tmp_path), lang=lang)
    for part in ("name", "description"):
        assert found[part]["short"] != found[part]["full"]
    assert found["description"]["short"] not in found["description"]["full"]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("n", "names"), [(0, manifest.ALONE), (1, manifest.TOGETHER)])
def test_every_word_offered_is_understood(
    house: House, tmp_path: Path, lang: str, n: int, names: tuple[str, ...]
) -> None:
    offered = made(house, app_yaml(tmp_path), lang=lang)["bots"][0]["commandLists"][n]["commands"]
    understood = [_meant(house, each["title"]) for each in offered]
    assert understood == list(names)


def _meant(house: House, typed: str) -> str:
    """The feature that a text asks for."""
    command = Command(key="1", who=ANNA, where=CHAT, name="kizuki", text=typed)
    if commands.thanks(house.phrases, command):
        return "kudos"
    asked = commands.parse(house.phrases, typed)
    return asked.name if asked else "a note"


def test_what_is_ones_own_is_not_offered_where_others_read_along() -> None:
    assert not {"mine", "home", "settings", "mydata", "forget", "digest"} & set(manifest.TOGETHER)


def test_the_message_extension_has_four_commands(house: House, tmp_path: Path) -> None:
    (extension,) = made(house, app_yaml(tmp_path))["composeExtensions"]
    found = {each["id"]: each for each in extension["commands"]}
    assert list(found) == [NOTE, KUDOS, MINE, PRINCIPLES]
    for name in (NOTE, KUDOS):
        assert (found[name]["type"], found[name]["fetchTask"]) == ("action", True)
        assert {"message", "compose"} == set(found[name]["context"])
    for name in (MINE, PRINCIPLES):
        assert (found[name]["type"], found[name]["initialRun"]) == ("query", True)
        assert [each["name"] for each in found[name]["parameters"]] == [WORDS]


def test_slash_commands_come_only_with_answers_that_one_person_sees(house: House, tmp_path: Path) -> None:
    without, targeted = (made(house, app_yaml(tmp_path, *more)) for more in ((), (TARGETED,)))
    assert "slash" not in json.dumps(without)
    assert "supportsTargetedMessages" not in without["bots"][0]
    assert targeted["bots"][0]["supportsTargetedMessages"] is True
    alone, together = targeted["bots"][0]["commandLists"]
    assert "triggers" not in alone
    assert together["triggers"] == ["mention", "slash"]


def test_what_was_read_is_asked_for_only_where_it_is_wanted(house: House, tmp_path: Path) -> None:
    found = made(house, app_yaml(tmp_path, "receipts: true"))
    assert found["authorization"] == {"permissions": {"resourceSpecific": [manifest.RECEIPTS]}}
    assert found["manifestVersion"] == "1.25"


def test_nothing_is_asked_for_that_is_not_needed(house: House, tmp_path: Path) -> None:
    found = made(house, app_yaml(tmp_path))
    more = {
        "authorization",
        "webApplicationInfo",
        "validDomains",
        "devicePermissions",
        "staticTabs",
        "configurableTabs",
    }
    assert not more & found.keys()
    assert found["permissions"] == list(manifest.PERMISSIONS)
    assert {"id": found["id"], "bot": found["bots"][0]["botId"]} == {"id": APP, "bot": APP}


def test_the_page_tells_every_permission() -> None:
    page = (ROOT / "docs" / "teams.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(identity|messageTeamMembers)` \| (.+?) \|$", page, re.MULTILINE))
    assert told == manifest.PERMISSIONS


@pytest.mark.parametrize(
    ("kizuki_is", "teams_is_told"),
    [("0.1.0", "0.1.0"), ("1.2", "1.2.0"), ("2.0.0rc1", "2.0.0"), ("1.4.2.dev3+g12", "1.4.2")],
)
def test_the_version_is_three_numbers(monkeypatch: pytest.MonkeyPatch, kizuki_is: str, teams_is_told: str) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: kizuki_is)
    assert manifest.release() == teams_is_told


@pytest.mark.parametrize("url", ["", "http://localhost:8080", '"${PUBLIC_URL}"'])
def test_without_an_address_the_pages_lead_to_an_example(house: House, tmp_path: Path, url: str) -> None:
    without, served = (made(house, app_yaml(tmp_path, url=u))["developer"] for u in (url, URL))
    pages = ("websiteUrl", "privacyUrl", "termsOfUseUrl")
    assert {without[p] for p in pages} == {manifest.NO_PAGE}
    assert {served[p] for p in pages} == {URL}


def test_an_organisation_with_a_long_name_is_named_as_far_as_teams_takes_it(house: House, tmp_path: Path) -> None:
    path = app_yaml(tmp_path)
    path.write_text(path.read_text().replace("試験都庁", "と" * 40))
    assert made(house, path)["developer"]["name"] == "と" * 32


def test_texts_that_teams_would_refuse_are_told_with_their_file(house: House, tmp_path: Path) -> None:
    found = files(house, app_yaml(tmp_path))
    english = json.loads(found["en.json"])
    del english["name.full"]
    english |= {"description.short": "x" * 81, "composeExtensions[0].commands[1].title": " "}
    wrong = package.refused({**found, "en.json": json.dumps(english).encode(), "color.png": found["outline.png"]})
    assert sorted(map(str, wrong)) == [
        "color.png:1: is not a PNG of 192 × 192 pixels",
        "en.json:1: 'composeExtensions[0].commands[1].title' has 1 characters; Teams takes 1 to 32",
        "en.json:1: 'description.short' has 81 characters; Teams takes 1 to 80",
        "en.json:1: 'name.full' is not in all languages",
    ]


def test_there_is_no_package_that_teams_would_refuse(house: House, tmp_path: Path) -> None:
    settings = manifest.draft(app_yaml(tmp_path), environ={})
    for name in package.ICONS:
        (tmp_path / name).write_bytes((BRAND / "outline.png").read_bytes())
    with pytest.raises(Faults, match="192 × 192"):
        package.members(settings, house.phrases, tmp_path)


# The icons.


def test_the_outline_is_white_on_nothing() -> None:
    found = icons.read((BRAND / "outline.png").read_bytes())
    assert (found.width, found.height) == (32, 32)
    assert {pixel[:3] for pixel in found.pixels} == {(255, 255, 255)}
    assert {found.pixels[n][3] for n in (0, 31, 32 * 31 + 31)} == {0}
    assert 150 < sum(alpha > 128 for *_, alpha in found.pixels) < 500


def test_the_icon_fills_its_square_and_keeps_its_mark_in_the_middle() -> None:
    found = icons.read((BRAND / "color.png").read_bytes())
    assert (found.width, found.height) == (192, 192)
    assert {alpha for *_, alpha in found.pixels} == {255}
    ground = (*bytes.fromhex(manifest.COLOUR.removeprefix("#")), 255)
    marked = [divmod(n, 192) for n, pixel in enumerate(found.pixels) if pixel != ground]
    assert all(36 <= place < 156 for both in marked for place in both)
    assert len(marked) > 5_000


def test_the_icons_are_small() -> None:
    assert all((BRAND / name).stat().st_size < 10_000 for name in package.ICONS)


@pytest.mark.browser
async def test_the_icons_are_what_their_drawings_show() -> None:
    for name, png in (await icons.drawn()).items():
        drawn, kept = icons.read(png), icons.read((BRAND / f"{name}.png").read_bytes())
        assert (drawn.width, drawn.height) == (kept.width, kept.height)
        pairs = zip(drawn.pixels, kept.pixels, strict=True)
        far = sum(any(abs(a - b) > 40 for a, b in zip(*pair, strict=True)) for pair in pairs)
        assert far < len(kept.pixels) / 100, f"{name}.svg has changed: run `python -m tests.icons`"


# The command.


def test_the_command_writes_the_package_and_no_secret(house: House, tmp_path: Path) -> None:
    path = app_yaml(tmp_path)
    done = kizuki("manifest", "teams", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    whole = (tmp_path / "kizuki.zip").read_bytes()
    assert whole == package.packed(files(house, path))
    assert SECRET.encode() not in whole
    assert TENANT.encode() not in whole
    assert b"unset" not in whole
    assert sorted(p.name for p in tmp_path.iterdir()) == ["app.yaml", "kizuki.zip"]


def test_the_command_takes_another_place_and_another_version(tmp_path: Path) -> None:
    app_yaml(tmp_path, url="")
    (tmp_path / "own.zip").write_text("an older one")
    done = kizuki("manifest", "teams", "-o", "own.zip", "--version", "1.2.3", cwd=tmp_path)
    assert done.stdout.startswith("own.zip: version 1.2.3, manifest 1.25.\n")
    assert manifest.NO_PAGE in done.stdout
    with zipfile.ZipFile(tmp_path / "own.zip") as archive:
        assert json.loads(archive.read("manifest.json"))["version"] == "1.2.3"


@pytest.mark.parametrize("words", [("--version", "1.2.3-beta"), ("-o", "no/such/folder/kizuki.zip")])
def test_what_cannot_be_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    app_yaml(tmp_path)
    done = kizuki("manifest", "teams", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert words[1] in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "kizuki.zip").exists()


def test_faults_of_what_it_needs_are_told(tmp_path: Path) -> None:
    app_yaml(tmp_path, app_id="kizuki")
    done = kizuki("manifest", "teams", cwd=tmp_path)
    assert done.returncode == 1
    assert "app.yaml:8: 'platforms.teams.app_id'" in done.stderr
    assert not (tmp_path / "kizuki.zip").exists()


def test_ids_may_come_from_the_environment(tmp_path: Path) -> None:
    path = app_yaml(tmp_path, app_id="${TEAMS_APP_ID}")
    with pytest.raises(Faults, match="8: the environment variable TEAMS_APP_ID is not set"):
        manifest.draft(path, environ={})
    found = manifest.draft(path, environ={"TEAMS_APP_ID": APP})
    assert found.platforms.teams is not None
    assert found.platforms.teams.app_id == APP


@pytest.mark.parametrize("teams", ["teams:", "teams: {tenant: 1}", "slack:"])
def test_without_an_identity_there_is_no_package(tmp_path: Path, teams: str) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(f"organisation: {{name: {{ja: 試験都庁}}}}\nplatforms:\n  {teams}\n")
    with pytest.raises(Faults, match="Teams has to be told who the bot is"):
        manifest.draft(path, environ={})
