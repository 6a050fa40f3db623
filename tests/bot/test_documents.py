"""Files that people edit: every fault at once, each with its file and line."""

import shutil
from pathlib import Path

import pytest

from adapters import app
from bot import documents, phrases, settings
from bot.documents import Faults
from bot.organisation import LANGUAGES

GOOD = """\
organisation:
  name: {ja: 試験, en: Test}
"""


def _faults(path: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Faults) as caught:
        settings.load(path, environ or {})
    return [str(f).removeprefix(str(path)) for f in caught.value.faults]


JOBS = {
    "daily",
    "digest",
    "recognition",
    "reminders",
    "pulse",
    "pulse-close",
    "arrivals",
    "directory",
    "leavers",
    "unseal",
    "learn",
    "retention",
    "tidy",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "app.yaml"


def test_the_shipped_configuration_is_fine() -> None:
    found = app.check(app.ROOT / "app.yaml").settings
    assert found.organisation.title("en") == "Tokyo Metropolitan Government"
    assert set(found.schedules) == JOBS


def test_everything_wrong_is_listed_at_once_with_its_line(file: Path) -> None:
    faults = _faults(
        file,
        "organisation:\n"
        "  name: {ja: 試験}\n"
        "  timezone: Asia/Tokio\n"
        "  closed: [12-29..01-03, 13-40]\n"
        "  colour: blue\n"
        "schedules:\n"
        "  daily: {cron: '0 9 * * *', days: sometimes}\n"
        "  weekly: {cron: '0 9 * * *'}\n"
        "notes:\n"
        "  longest: 5\n"
        "quiet: {start: '25:00'}\n"
        "database: ${DATABASE_URL}\n",
    )
    assert [f.split(":")[1] for f in faults] == ["12", "3", "4", "5", "7", "8", "10", "11"]
    assert "the environment variable DATABASE_URL is not set" in faults[0]
    assert "no time zone is called 'Asia/Tokio'" in faults[1]
    assert "'organisation.colour' is not a known key" in faults[3]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("organisation: [", ":2: YAML:"),
        ("organisation:\n  name: {ja: x}\n  name: {ja: y}\n", ":3: 'name' stands twice"),
        ("{}", ":1: 'organisation' is missing"),
        ("just words", ":1: "),
        ("", ":1: "),
        ("organisation:\n  name: {fr: x}\n", ":2: "),
        (GOOD + "database: mysql://x/y\n", ":3: 'database': begins with sqlite:///"),
        ("organisation:\n  name: {}\n", ":2: "),
        ("organisation:\n  name: {ja: x}\n  week: []\n", ":3: "),
        ("organisation:\n  name: {ja: x}\n  closed: [01-01..12-31]\n", "nobody ever works"),
        ("organisation:\n  name: {ja: x}\n  country: XX\n", "no holidays are known"),
        ("organisation:\n  name: {ja: x}\n  closed: [12-29..12-30..01-03]\n", "neither a day"),
        (GOOD + "quiet: {start: '1٣:00'}\n", "is not a time"),
        (GOOD + "schedules:\n  daily: {cron: '0 9 * * 1-5'}\n", ":4: 'schedules.daily.cron'"),
        (GOOD + "schedules:\n  daily: {cron: 'daily'}\n", "minute hour day month weekday"),
        (GOOD + "schedules:\n  daily: {cron: '0 9 * * *', grace: '-PT1H'}\n", ":4: "),
        (GOOD + "kudos: {shortest: 50, longest: 20}\n", "shortest is more than longest"),
        (GOOD + "platforms: {playground: true}\nserver: {host: 0.0.0.0}\n", "loopback"),
        (GOOD + "notes: &self {longest: [*self]}\n", "an alias of itself"),
    ],
)
def test_a_broken_file_is_one_clear_sentence(file: Path, text: str, fault: str) -> None:
    assert fault in _faults(file, text)[0]


def test_a_missing_a_huge_and_a_binary_file(tmp_path: Path) -> None:
    for name, content, why in (
        ("none.yaml", None, "the file is missing"),
        ("huge.yaml", b"a: " + b"x" * 6_000_000, "larger than 5 MB"),
        ("binary.yaml", b"a: b\nc: \xff\xfe\n", "2: not UTF-8 text"),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(Faults, match=why):
            documents.read(path)


def test_secrets_come_from_the_environment_only(file: Path) -> None:
    file.write_text(GOOD + "database: postgresql://kizuki:${DB_PASSWORD}@db/kizuki\n")
    found = settings.load(file, {"DB_PASSWORD": "s3cret"})
    assert found.database == "postgresql://kizuki:s3cret@db/kizuki"
    assert "the environment variable DB_PASSWORD is not set" in _faults(file, file.read_text())[0]
    assert "DB_PASSWORD is not set" in _faults(file, file.read_text(), {"DB_PASSWORD": ""})[0]


def test_a_job_can_be_moved_or_switched_off(file: Path) -> None:
    file.write_text(GOOD + "schedules:\n  digest: off\n  daily: {cron: '30 7 * * *'}\n")
    found = settings.load(file, {})
    assert set(found.schedules) == JOBS - {"digest"}
    assert found.schedules["daily"].cron == "30 7 * * *"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the real content, to be broken."""
    shutil.copytree(app.CONTENT, tmp_path / "content")
    return tmp_path / "content"


def test_a_stray_brace_in_a_phrase_is_named(content: Path) -> None:
    path = content / "locales" / "en" / "home.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Hello, {name}", "Hello, {name} {"), encoding="utf-8")
    with pytest.raises(Faults, match=r"home.yaml:1: 'home.hello' has a brace"):
        phrases.load(content / "locales", LANGUAGES)


def test_all_languages_have_the_same_phrases_and_placeholders(content: Path) -> None:
    phrases.load(content / "locales", LANGUAGES)
    english = content / "locales" / "en" / "notes.yaml"
    text = english.read_text(encoding="utf-8")
    text = text.replace("discard: Discard\n", "").replace("No. {id}. {principles}", "No. {number}.") + "extra: More\n"
    english.write_text(text, encoding="utf-8")
    with pytest.raises(Faults) as caught:
        phrases.load(content / "locales", LANGUAGES)
    told = "\n".join(map(str, caught.value.faults))
    assert "'notes.discard' has no counterpart in en" in told
    assert "'notes.confirmed' has other placeholders than" in told
    assert "'notes.extra' stands only in en" in told


def test_faults_of_all_files_come_together(content: Path, file: Path) -> None:
    file.write_text(GOOD + "colour: blue\n")
    (content / "locales" / "en" / "home.yaml").unlink()
    (content / "packs" / "tokyo" / "1.0.0" / "words.yaml").write_text("ja: {", encoding="utf-8")
    with pytest.raises(Faults) as caught:
        app.check(file, content=content)
    told = "\n".join(map(str, caught.value.faults))
    for part in ("'colour' is not a known key", "words.yaml", "'home.hello' has no counterpart in en"):
        assert part in told
