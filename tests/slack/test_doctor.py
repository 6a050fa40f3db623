"""The check-up: what is right, what is wrong and what to do, against a local Slack that can be ill."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from adapters.findings import Finding
from adapters.slack import doctor, scopes, vault
from bot import settings as configuration
from bot.platforms import Slack
from storage import installations, people, places, schema, units
from storage.database import Tx
from storage.engines import open_database
from storage.installations import NewInstallation
from tests.databases import migrated
from tests.slack.server import LocalSlack
from tests.slack.workspace import Workspace

ROOT = Path(__file__).parents[2]
KIZUKI = Path(sys.executable).parent / "kizuki"
WHY = scopes.reasons(Slack.model_validate({"signing_secret": "made-up", "bot_token": "xoxb-made-up"}))
ONE = "bot_token: ${SLACK_BOT_TOKEN}\n    signing_secret: ${SLACK_SIGNING_SECRET}"
SOCKET = "transport: socket\n    bot_token: ${SLACK_BOT_TOKEN}\n    app_token: ${SLACK_APP_TOKEN}"
SEVERAL = (
    "client_id: '1.2'\n    client_secret: ${SLACK_CLIENT_SECRET}\n    key: ${SLACK_TOKEN_KEY}\n"
    "    signing_secret: ${SLACK_SIGNING_SECRET}"
)
OPEN = "people: {unlisted: take-part}\n"


class Address:
    """What answers at kizuki's public address."""

    def __init__(self) -> None:
        self.status, self.text, self.url = 200, "ok\n", ""

    async def healthz(self, _: web.Request) -> web.Response:
        """Health, or whatever else is there."""
        return web.Response(status=self.status, text=self.text)


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """A healthy Slack with one workspace."""
    async with LocalSlack() as found:
        found.home.scopes.intersection_update(WHY)
        yield found


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    """A kizuki that answers."""
    found = Address()
    app = web.Application()
    app.router.add_get("/healthz", found.healthz)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, slack: LocalSlack) -> dict[str, str]:
    """Every secret, set."""
    found = {
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_CLIENT_SECRET": slack.client_secret,
        "SLACK_TOKEN_KEY": vault.new_key(),
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


class Home:
    """A folder with app.yaml and a migrated database, for a Slack and an address of kizuki's."""

    def __init__(self, folder: Path, slack: LocalSlack, address: Address) -> None:
        self.path = folder / "app.yaml"
        self.database = f"sqlite:///{folder}/kizuki.db"
        self.url = address.url
        self.api = slack.api
        migrated(self.database)

    def configure(self, section: str = ONE, *, top: str = "") -> None:
        """Write app.yaml."""
        server = f"server: {{url: '{self.url}'}}\n" if self.url else ""
        self.path.write_text(
            f"organisation:\n  name: {{ja: 試験都庁, en: Test City}}\ndatabase: {self.database}\n{top}{server}"
            f"platforms:\n  slack:\n    {section}\n    api: {self.api}\n"
        )

    async def write(self, work: Callable[[Tx], object]) -> None:
        """Change the database."""
        database = open_database(self.database)
        await database.transact(work)
        database.close()

    async def examined(self, *, ahead: float = 0.0) -> "Report":
        """What the doctor finds, on a machine whose clock is ahead by so many seconds."""
        found = doctor.examine(self.path, now=lambda: time.time() + ahead)
        return Report([finding async for finding in found])


class Report:
    """Findings, to be looked through."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.text = "\n".join(line for finding in findings for line in finding.lines())

    @property
    def wrong(self) -> list[str]:
        """What is wrong."""
        return [finding.what for finding in self.findings if finding.state == "wrong"]

    def do(self, words: str) -> str:
        """What to do about the one thing that says these words."""
        (found,) = (finding for finding in self.findings if words in finding.what)
        return found.do


@pytest.fixture
def home(tmp_path: Path, slack: LocalSlack, address: Address, secrets: dict[str, str]) -> Home:
    """A folder to work in."""
    return Home(tmp_path, slack, address)


async def _staffed(home: Home) -> None:
    """Hanako is on the roster; two channels are known, one of a unit and one of nobody, and one it left."""

    def work(tx: Tx) -> None:
        unit = units.add(tx, code="100", name_ja="窓口課", name_en="Counter", parent_id=None, starts_on="2020-04-01")
        mail = "hanako@city.example"
        people.add(tx, number="1", name_ja="気付 はな", name_en="Hana", email=mail, joined_on="2020-04-01")
        for name, of in (("madoguchi", unit), ("hiroba", None), ("mukashi", unit)):
            address = {"enterprise": "", "team": "T1", "channel": f"C{name.upper()}"}
            ext_id = f"T1:C{name.upper()}"
            places.save(tx, platform="slack", ext_id=ext_id, private=False, address=address, title=name, unit_id=of)
        # It was told at the time that it left.
        old = places.find(tx, "slack", "T1:CMUKASHI")
        assert old
        places.mark_gone(tx, old.id, at=1, why="left")

    await home.write(work)


def _opened(slack: LocalSlack, *names: str, workspace: Workspace | None = None) -> None:
    """Channels with Hanako and kizuki in them."""
    hanako = slack.person("hanako", email="Hanako@city.example", workspace=workspace)
    for name in names:
        slack.opens(f"C{name.upper()}", name, hanako)


async def test_everything_is_right(home: Home, slack: LocalSlack) -> None:
    await _staffed(home)
    _opened(slack, "madoguchi", "hiroba")
    slack.person("jiro")
    for name, odd in (("robo", "bot"), ("gone", "deleted"), ("guest", "restricted"), ("ichi", "ultra")):
        setattr(slack.person(name).user, odd, True)
    home.configure()
    found = await home.examined()
    assert found.wrong == []
    assert f"✓ {home.path}: one workspace, by signed requests." in found.text
    assert "✓ bot_token is a bot's token." in found.text
    assert f"✓ The database is at version {schema.head()}." in found.text
    assert "✓ 試験都庁 (T1): the token is good; kizuki is @kizuki there." in found.text
    assert f"✓ All {len(WHY)} scopes are there." in found.text
    assert "✓ The clock agrees with Slack's." in found.text
    assert "✓ kizuki is in 2 channels; 1 of them belongs to a unit." in found.text
    assert "· No unit's channel: #hiroba." in found.text
    assert "types /kizuki channel there" in found.do("No unit's channel")
    assert "✓ 2 members looked at: 2 confirmed e-mails, 1 of them on the roster." in found.text
    assert f"· kizuki answers at {home.url}, which Slack cannot reach." in found.text


@pytest.mark.parametrize(
    ("error", "do"),
    [
        ("invalid_auth", "Copy the token anew"),
        ("account_inactive", "Install it again"),
        ("token_revoked", "Install kizuki again"),
        ("team_access_not_granted", "An administrator of the organisation"),
        ("something_new", "Slack's documentation"),
    ],
)
async def test_a_token_that_does_not_work(home: Home, slack: LocalSlack, error: str, do: str) -> None:
    slack.refuse("auth.test", error=error)
    home.configure()
    found = await home.examined()
    assert found.wrong == [f"The token of the workspace was tried: Slack says {error}."]
    assert do in found.do("was tried")
    assert [call.method for call in slack.calls] == ["auth.test"]


async def test_slack_has_trouble_or_something_else_answers(home: Home, slack: LocalSlack) -> None:
    home.configure()
    slack.refuse("auth.test", status=503)
    assert (await home.examined()).wrong == [
        "The token of the workspace was tried: Slack has trouble of its own (HTTP 503)."
    ]
    slack.refuse("auth.test", body="<html>Please log in to the network</html>")
    found = await home.examined()
    assert found.wrong == ["The token of the workspace was tried: the answer was not Slack's."]
    assert "A proxy" in found.do("not Slack's")
    assert "log in" not in found.text


async def test_slack_cannot_be_reached(home: Home) -> None:
    home.api = "http://127.0.0.1:1/api/"
    home.configure()
    found = await home.examined()
    assert found.wrong == ["The token of the workspace was tried: Slack cannot be reached (ClientConnectorError)."]
    assert "HTTPS_PROXY" in found.do("cannot be reached")


async def test_missing_scopes_are_named_with_their_reasons(home: Home, slack: LocalSlack) -> None:
    slack.home.scopes.difference_update(("im:write", "files:write"))
    slack.home.scopes.add("mpim:history")
    home.configure(top=OPEN)
    found = await home.examined()
    assert found.wrong == [f"The scope {s} is missing: {WHY[s]}." for s in ("im:write", "files:write")]
    assert "paste what `kizuki manifest slack` prints" in found.do("im:write")
    assert "· Scopes that kizuki does not need: mpim:history." in found.text


async def test_a_scope_that_the_check_up_itself_needs(home: Home, slack: LocalSlack) -> None:
    slack.home.scopes.discard("groups:read")
    home.configure(top=OPEN)
    found = await home.examined()
    assert "Channels were asked for: Slack says missing_scope." in found.wrong
    assert "members looked at" in found.text


@pytest.mark.parametrize(("ahead", "told"), [(90.0, "ahead of"), (-90.0, "behind")])
async def test_a_clock_that_is_off(home: Home, ahead: float, told: str) -> None:
    home.configure(top=OPEN)
    (wrong,) = (await home.examined(ahead=ahead)).wrong
    assert wrong.startswith("The clock is ")
    assert f"seconds {told} Slack's" in wrong
    assert 85 < int(wrong.split()[3]) < 95


@pytest.mark.parametrize("ahead", [50.0, -50.0])
async def test_a_clock_that_is_near_enough(home: Home, ahead: float) -> None:
    home.configure(top=OPEN)
    assert (await home.examined(ahead=ahead)).wrong == []


async def test_kizuki_is_not_where_slack_looks_for_it(home: Home, address: Address) -> None:
    address.status, address.text = 502, "Bad Gateway"
    home.configure(top=OPEN)
    found = await home.examined()
    assert found.wrong == [f"{home.url}/healthz does not answer as kizuki does (HTTP 502)."]
    assert "127.0.0.1:8080" in found.do("/healthz")
    address.status = 200
    assert (await home.examined()).wrong == [f"{home.url}/healthz does not answer as kizuki does (HTTP 200)."]
    home.url = "http://127.0.0.1:1"
    home.configure(top=OPEN)
    assert (await home.examined()).wrong == ["http://127.0.0.1:1 cannot be reached from here (ClientConnectorError)."]
    home.url = ""
    home.configure(top=OPEN)
    assert (await home.examined()).wrong == ["server.url is not set: nobody can tell whether Slack reaches kizuki."]


async def test_it_waits_as_long_as_slack_asks(home: Home, slack: LocalSlack) -> None:
    for method_, times in (("auth.test", 1), ("users.list", 2)):
        slack.refuse(method_, status=429, retry_after=1, times=times)
    home.configure(top=OPEN)
    began = time.monotonic()
    assert (await home.examined()).wrong == []
    assert 3 <= time.monotonic() - began < 10
    assert [len(slack.called(m)) for m in ("auth.test", "users.conversations", "users.list")] == [2, 1, 3]


async def test_it_does_not_wait_for_ever(home: Home, slack: LocalSlack) -> None:
    slack.refuse("users.list", status=429, retry_after=600)
    home.configure()
    found = await home.examined()
    assert found.wrong == ["Members were asked for: Slack was asked too often."]
    assert found.do("too often") == "Run this again in 600 seconds."


async def test_a_large_organisation_is_looked_at_in_part(home: Home, slack: LocalSlack) -> None:
    await _staffed(home)
    _opened(slack, *(f"c{n}" for n in range(450)))
    for n in range(1_500):
        slack.person(f"n{n}")
    home.configure(top=OPEN)
    found = await home.examined()
    # The first pages hold the bot, Slackbot and Hanako too.
    assert "998 members looked at: 998 confirmed e-mails, 1 of them on the roster." in found.text
    assert "kizuki is in 450 channels; 0 of them belong to a unit." in found.text
    assert "and 440 more." in found.text
    assert len(slack.called("users.list")) == 5


async def test_nobody_could_take_part(home: Home, slack: LocalSlack) -> None:
    await _staffed(home)
    _opened(slack, "madoguchi", "hiroba")
    slack.home.users["UHANAKO"].confirmed = False
    slack.person("jiro")
    home.configure()
    found = await home.examined()
    assert found.wrong == [
        "2 members looked at: 1 confirmed e-mail, 0 of them on the roster. Nobody of them can take part."
    ]
    assert "kizuki roster import" in found.do("2 members looked at")


async def test_channels_it_was_taken_out_of_and_channels_it_does_not_know(home: Home, slack: LocalSlack) -> None:
    await _staffed(home)
    _opened(slack, "hiroba", "kaigi", "mukashi", "old")
    slack.channel("COLD").archived = True
    slack.opens("CSECRET", "himitsu", slack.person("jiro"), kind="private_channel")
    slack.opens("CELSE", "yoso", slack.person("saburo"), bot=False)
    home.configure(top=OPEN)
    found = await home.examined()
    assert found.wrong == ["Not in a channel it knows: madoguchi."]
    assert "/invite @kizuki" in found.do("Not in a channel")
    assert "· In a channel without knowing it: #himitsu, #kaigi, #mukashi." in found.text
    assert "kizuki is in 4 channels; 0 of them belong to a unit." in found.text


async def test_a_token_of_a_person(home: Home, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    slack.home.tokens[-1].value, slack.home.bot_id = "xoxp-1111-made-up", ""
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack.token)
    home.configure(top=OPEN)
    assert (await home.examined()).wrong == [
        "bot_token belongs to a person, not to kizuki.",
        "試験都庁 (T1): the token is a person's, not kizuki's.",
    ]


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("xapp-1-made-up", "is the one that opens the socket"),
        ("xoxe.xoxb-1-made-up", "expires after twelve hours"),
        ("made-up", "does not begin with xoxb-"),
    ],
)
async def test_a_token_of_another_kind(home: Home, monkeypatch: pytest.MonkeyPatch, token: str, told: str) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", token)
    home.configure()
    found = await home.examined()
    assert told in found.wrong[0]
    assert "Bot User OAuth Token" in found.do(told)
    assert token not in found.text


async def test_over_a_socket(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.url = ""
    home.configure(SOCKET, top=OPEN)
    found = await home.examined()
    assert found.wrong == []
    assert "one workspace, over Socket Mode." in found.text
    assert "✓ Slack opens a connection for Socket Mode." in found.text
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-wrong")
    found = await home.examined()
    assert found.wrong == ["A connection was asked for: Slack says invalid_auth."]
    assert "connections:write" in found.do("A connection")


async def test_secrets_that_are_not_set_are_named_with_where_to_find_them(
    home: Home, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.configure()
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    found = await home.examined()
    assert [w.partition(": ")[2] for w in found.wrong] == [
        "the environment variable SLACK_BOT_TOKEN is not set",
        "the environment variable SLACK_SIGNING_SECRET is not set",
    ]
    assert "Bot User OAuth Token" in found.do("SLACK_BOT_TOKEN")
    assert "Signing Secret" in found.do("SLACK_SIGNING_SECRET")
    assert slack.calls == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("organisation: {name: {ja: 試験}}\n", "has no `slack:` under `platforms:`"),
        ("organisation: {name: {ja: 試験}}\nplatforms: {slack: }\n", "is empty"),
        ("organisation: {name: {ja: 試験}}\nplatforms:\n  slack: {}\n", "transport: http needs signing_secret"),
        ("organisation: {name: {ja: 試験}}\nplatforms: {slack: {signing_secret: a}}\n", "either bot_token"),
    ],
)
async def test_an_app_yaml_without_slack(home: Home, text: str, told: str) -> None:
    home.path.write_text(text)
    found = await home.examined()
    assert len(found.wrong) == 1
    assert told in found.wrong[0]
    assert found.findings[0].do
    home.path.unlink()
    assert "the file is missing" in (await home.examined()).text


async def test_a_database_of_another_version(home: Home) -> None:
    home.database = home.database.replace("kizuki.db", "new.db")
    home.configure()
    found = await home.examined()
    assert found.wrong == ["The database has no tables yet. Run `kizuki migrate` first."]
    assert "All " in found.text
    home.database = "postgresql://nobody:hunter2@127.0.0.1:1/none"
    home.configure()
    found = await home.examined()
    assert found.wrong == ["The database cannot be read (OperationalError)."]
    assert "hunter2" not in found.text


async def _installed(home: Home, key: str, *workspaces: Workspace) -> None:
    sealed = vault.Vault(key)

    def work(tx: Tx) -> None:
        for at, w in enumerate(workspaces, 1):
            new = NewInstallation(
                platform="slack",
                enterprise=w.enterprise,
                team="" if w.everywhere else w.id,
                bot_user=w.bot_user,
                bot_id=w.bot_id,
                app=w.app_id,
                token=sealed.seal(w.token),
                refresh="",
                scopes=",".join(w.scopes),
                expires_at=None,
                org_wide=w.everywhere,
                installed_at=at,
            )
            installations.save(tx, new)

    await home.write(work)


async def test_several_workspaces_are_looked_at_one_by_one(
    home: Home, slack: LocalSlack, secrets: dict[str, str]
) -> None:
    second = slack.workspace("T2", name="第二庁舎")
    second.tokens[-1].state = "inactive"
    whole = slack.workspace("T3", enterprise="E1", everywhere=True, name="試験庁")
    slack.workspace("T4", enterprise="E1", everywhere=True)
    for workspace in (second, whole):
        workspace.scopes.intersection_update(WHY)
    _opened(slack, "kaigi", workspace=whole)
    await _installed(home, secrets["SLACK_TOKEN_KEY"], slack.home, second, whole)
    home.configure(SEVERAL, top=OPEN)
    found = await home.examined()
    assert found.wrong == ["The token of T2 was tried: Slack says account_inactive."]
    assert "several workspaces, by signed requests." in found.text
    assert "✓ The key that seals the tokens can be used." in found.text
    assert "✓ 試験都庁 (T1): the token is good" in found.text
    assert "✓ 試験庁 (E1): the token is good" in found.text
    assert "· In a channel without knowing it: #kaigi." in found.text
    assert [call.args["team_id"] for call in slack.called("users.list")[1:]] == ["T3", "T4"]
    assert not any(w.token in found.text for w in slack.workspaces.values())


async def test_no_workspace_installed_it_yet(home: Home) -> None:
    home.configure(SEVERAL)
    found = await home.examined()
    assert found.wrong == ["No workspace has installed kizuki yet."]
    assert found.do("No workspace") == f"Open {home.url}/slack/install in a browser."


async def test_a_key_that_opens_nothing(home: Home, slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    await _installed(home, vault.new_key(), slack.home)
    home.configure(SEVERAL)
    found = await home.examined()
    assert found.wrong == ["T1: its token cannot be read."]
    assert "another key" in found.do("cannot be read")
    monkeypatch.setenv("SLACK_TOKEN_KEY", "not-a-key")
    found = await home.examined()
    assert len(found.wrong) == 1
    assert "is no Fernet key" in found.wrong[0]
    assert "not-a-key" not in found.text


async def _doctor(home: Home) -> tuple[int | None, str]:
    """The command in a process of its own, without a terminal."""
    running = await asyncio.create_subprocess_exec(
        KIZUKI, "doctor", "slack", "-c", home.path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ},
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(running.communicate(), 60)
    return running.returncode, printed.decode()


async def test_the_command_says_it_and_fails_only_where_something_is_wrong(home: Home, slack: LocalSlack) -> None:
    home.configure(top=OPEN)
    code, printed = await _doctor(home)
    assert (code, printed.splitlines()[-1]) == (0, "Nothing is wrong.")
    assert "\x1b" not in printed
    slack.home.scopes.discard("commands")
    code, printed = await _doctor(home)
    assert (code, printed.splitlines()[-1]) == (1, "1 thing to mend.")
    assert "✗ The scope commands is missing: the slash commands and the shortcuts.\n  → api.slack.com/apps" in printed
    for secret in (slack.token, slack.signing_secret):
        assert secret not in printed


async def test_the_example_in_app_yaml_can_be_used(tmp_path: Path, secrets: dict[str, str]) -> None:
    text = (ROOT / "app.yaml").read_text()
    _, _, example = text.partition("  # slack:\n")
    lines = [line.removeprefix("  # ") for line in example.partition("  # docs/")[0].splitlines()]
    section = yaml.safe_load("slack:\n" + "\n".join(lines))["slack"]
    assert section.keys() < Slack.model_fields.keys()
    several = {"client_id", "client_secret", "key"}
    one = {k: v for k, v in section.items() if k not in several}
    for chosen in (one, {**one, "transport": "socket"}):
        data = {"organisation": {"name": {"ja": "試験"}}, "platforms": {"slack": chosen}}
        path = tmp_path / "app.yaml"
        path.write_text(yaml.safe_dump(data, allow_unicode=True))
        found = configuration.load(path, secrets).platforms.slack
        assert found is not None
        assert found.bot_token.get_secret_value() == secrets["SLACK_BOT_TOKEN"]
