"""The check-up: what is right, what is wrong and what to do, against a local Teams and a login that can be ill."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from adapters.findings import Finding
from adapters.teams import checkup, doctor
from bot.turn import House
from storage import accounts, people, places, schema, units
from storage.database import Tx
from storage.engines import open_database
from tests.conftest import MORNING
from tests.databases import migrated
from tests.teams.identity import Login, certificate, pem, private_key
from tests.teams.office import Office
from tests.teams.person import Person
from tests.teams.server import LocalTeams

KIZUKI = Path(sys.executable).parent / "kizuki"
SECRET = "password: ${TEAMS_PASSWORD}"
ANOTHER = "00000000-1111-2222-3333-444444444444"


class Microsoft(Login):
    """The login, whose tokens the local Teams takes."""

    def __init__(self, teams: LocalTeams) -> None:
        super().__init__()
        self.teams = teams

    def new_token(self) -> str:
        return self.teams.hand_out()


class Address:
    """What answers at kizuki's public address."""

    def __init__(self) -> None:
        self.health, self.text, self.url = 200, "ok\n", ""
        self.door, self.headers = 401, dict[str, str]()
        self.knocks: list[web.Request] = []

    async def healthz(self, _: web.Request) -> web.Response:
        """Health, or whatever else is there."""
        return web.Response(status=self.health, text=self.text)

    async def messages(self, request: web.Request) -> web.Response:
        """The way in for Teams."""
        self.knocks.append(request)
        return web.Response(status=self.door, headers=self.headers)


@pytest.fixture
async def teams() -> AsyncIterator[LocalTeams]:
    """A healthy Teams."""
    async with LocalTeams() as found:
        yield found


@pytest.fixture
async def login(teams: LocalTeams, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Microsoft]:
    """Microsoft's login, on this machine."""
    async with Microsoft(teams) as found:
        found.stand_in(monkeypatch)
        yield found
        assert found.strangers == []


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    """A kizuki that answers."""
    found = Address()
    app = web.Application()
    app.add_routes([web.get("/healthz", found.healthz), web.post("/teams/messages", found.messages)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


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


class Home:
    """A folder with app.yaml and a migrated database; in Teams, Hanako and Taro are in a team with kizuki."""

    def __init__(self, folder: Path, teams: LocalTeams, address: Address) -> None:
        self.path = folder / "app.yaml"
        self.database = f"sqlite:///{folder}/kizuki.db"
        self.url, self.teams, self.openid = address.url, teams, teams.openid
        self.hanako, self.taro = teams.person("hanako"), teams.person("taro")
        self.guest = teams.person("kyaku", role="guest")
        self.team = teams.team("試験都庁", "窓口課", "ひろば", members=[self.hanako, self.taro, self.guest])
        self.general, self.madoguchi, self.hiroba = self.team.channels
        migrated(self.database)

    def configure(self, section: str = SECRET, *, top: str = "", app_id: str = "") -> None:
        """Write app.yaml."""
        server = f"server: {{url: '{self.url}'}}\n" if self.url else ""
        self.path.write_text(
            f"organisation:\n  name: {{ja: 試験都庁, en: Test City}}\ndatabase: {self.database}\n{top}{server}"
            f"platforms:\n  teams:\n    app_id: {app_id or self.teams.app_id}\n    tenant: {self.teams.home.id}\n"
            f"    {section}\n    local: {self.teams.url}\n    openid: {self.openid}\n"
        )

    async def write(self, work: Callable[[Tx], object]) -> None:
        """Change the database."""
        database = open_database(self.database)
        await database.transact(work)
        database.close()

    async def staffed(self) -> None:
        """Hanako and Taro are on the roster, with chats; two channels are known, and which of them is whose."""

        def work(tx: Tx) -> None:
            unit = units.add(
                tx, code="100", name_ja="窓口課", name_en="Counter", parent_id=None, starts_on="2020-04-01"
            )
            for number, person in enumerate((self.hanako, self.taro), 1):
                mail = person.account.email
                who = people.add(
                    tx, number=str(number), name_ja="気付 はな", name_en="Hana", email=mail, joined_on="2020-04-01"
                )
                self.knows(tx, person, who)
            for channel, of in ((self.general, None), (self.madoguchi, unit), (self.hiroba, None)):
                where = {"service": self.teams.url, "tenant": channel.tenant, "conversation": channel.id}
                where |= {"team": self.team.id, "channel": channel.name}
                ext_id = f"{channel.tenant}:{channel.id}"
                places.save(
                    tx, platform="teams", ext_id=ext_id, private=False, address=where, title=channel.name, unit_id=of
                )

        await self.write(work)

    def knows(self, tx: Tx, person: Person, who: int, service: str = "") -> None:
        """An account with its chat."""
        ext_id = f"{person.account.tenant}:{person.account.oid}"
        accounts.add(tx, "teams", ext_id, person_id=who)
        where = {"service": service or self.teams.url, "tenant": person.account.tenant, "conversation": "a:1"}
        places.save(tx, platform="teams", ext_id=ext_id, private=True, address=where, person_id=who, account=ext_id)

    async def gone(self, name: str, why: str) -> None:
        """A place is lost."""

        def work(tx: Tx) -> None:
            found = places.find(tx, "teams", name)
            assert found
            places.mark_gone(tx, found.id, at=1, why=why)

        await self.write(work)

    async def examined(self, *, ahead: float = 0.0) -> Report:
        """What the doctor finds, on a machine whose clock is ahead by so many seconds; nobody is named in it."""
        found = doctor.examine(self.path, now=lambda: time.time() + ahead)
        report = Report([finding async for finding in found])
        for person in (self.hanako, self.taro, self.guest):
            about = person.account
            for private in (about.oid, about.id, about.email, about.display):
                assert private not in report.text
        for secret in (self.teams.password, *self.teams.tokens):
            assert secret not in report.text
        return report


@pytest.fixture
def home(
    tmp_path: Path, teams: LocalTeams, address: Address, login: Microsoft, monkeypatch: pytest.MonkeyPatch
) -> Home:
    """A folder to work in, with every secret set."""
    monkeypatch.setenv("TEAMS_PASSWORD", teams.password)
    return Home(tmp_path, teams, address)


@pytest.fixture
async def staffed(home: Home) -> Home:
    """The same, at work, and all is well."""
    await home.staffed()
    home.configure()
    return home


async def test_everything_is_right(staffed: Home, teams: LocalTeams, address: Address, login: Microsoft) -> None:
    found = await staffed.examined()
    assert found.wrong == []
    assert found.text.splitlines() == [
        f"✓ {staffed.path}: one tenant, by a secret.",
        "· local is set: kizuki talks to a Teams on this machine.",
        "  → For kizuki's own tests only.",
        "✓ Microsoft knows the bot and gives it a token.",
        "✓ Microsoft publishes 2 keys, 2 of them for Teams.",
        "✓ The clock agrees with Microsoft's.",
        f"· kizuki answers at {staffed.url}, which Teams cannot reach.",
        "  → Good for trials only.",
        f"✓ {staffed.url}/teams/messages turns away what does not come from Microsoft.",
        f"✓ The database is at version {schema.head()}.",
        "✓ 5 stored addresses, all of them Microsoft's.",
        "✓ kizuki is in 1 team or group chat, 3 channels; 1 of them belongs to a unit.",
        "· No unit's channel: General, ひろば.",
        "  → Whoever looks after a unit writes `@kizuki このチャンネル` there; channels of everybody stay as they are.",
        "✓ 3 members looked at: 2 on the roster by e-mail or sign-in name (UPN), 1 guest.",
        "✓ 2 of 2 people can be written to in Teams (2 reached).",
    ]
    assert len(login.asked) == 1
    (knock,) = address.knocks
    assert "Authorization" not in knock.headers
    assert {call.what for call in teams.calls} == {"channels", "members"}, "nothing is changed"


async def test_nobody_proves_anything(staffed: Home, login: Microsoft) -> None:
    staffed.configure("without_auth: true")
    found = await staffed.examined()
    assert "without_auth IS ON" in found.wrong[0]
    assert "by no proof at all" in found.text
    assert login.asked == []


@pytest.mark.parametrize(
    ("code", "why", "do"),
    [
        ("AADSTS7000215", "the secret is wrong", "copy its Value"),
        ("AADSTS7000222", "the secret has expired", "Make a new one"),
        ("AADSTS700016", "there is no such app in this tenant", "Compare app_id and tenant"),
        ("AADSTS700027", "the certificate is not one of the app's", "Upload its public part"),
        ("AADSTS90002", "there is no such tenant", "Directory (tenant) ID"),
        ("AADSTS999999", "", "documentation explains"),
    ],
)
async def test_credentials_that_are_refused(staffed: Home, login: Microsoft, code: str, why: str, do: str) -> None:
    login.refuses("invalid_client", f"{code}: {staffed.teams.password} is not it.")
    found = await staffed.examined()
    assert found.wrong == [f"Microsoft refuses the credentials: {code}{why and f', {why}'}."]
    assert do in found.do(code)
    assert staffed.teams.calls == [], "what hangs on a token is left out"
    assert "can be written to in Teams" in found.text


async def test_the_login_cannot_be_reached(staffed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    found = await staffed.examined()
    assert found.wrong == ["Microsoft's login cannot be reached, or does not answer as it should."]
    assert "login.microsoftonline.com" in found.do("login cannot be reached")


async def test_a_managed_identity(staffed: Home, login: Microsoft, monkeypatch: pytest.MonkeyPatch) -> None:
    staffed.configure("managed_identity: true")
    with monkeypatch.context() as azure:
        login.app_service(azure)
        found = await staffed.examined()
        assert found.wrong == []
        assert "by the identity Azure gives the machine" in found.text
        login.refuses("invalid_request", "Identity not found", status=400)
        (told,) = (await staffed.examined()).wrong
        assert told.startswith("Azure gives this machine no identity of that app_id (")


async def test_no_managed_identity_answers(staffed: Home) -> None:
    staffed.configure("managed_identity: true")
    found = await staffed.examined()
    assert found.wrong == ["Azure gives this machine no identity of that app_id (nobody answers)."]
    assert "Managed Identities" in found.do("no identity")


async def test_a_certificate(staffed: Home, tmp_path: Path, login: Microsoft) -> None:
    file = tmp_path / "bot.pem"
    staffed.configure(f"certificate: {file}")
    file.write_text(pem(certificate("bot", days=90)) + pem(private_key("bot")))
    found = await staffed.examined()
    assert found.wrong == []
    assert "✓ The certificate and its key can be used." in found.text
    file.write_text(pem(certificate("bot", days=20)) + pem(private_key("bot")))
    found = await staffed.examined()
    assert found.wrong == []
    assert "upload it beside the old one" in found.do("The certificate can be used until 20")


async def test_certificates_that_cannot_be_used(staffed: Home, tmp_path: Path, login: Microsoft) -> None:
    file = tmp_path / "bot.pem"
    staffed.configure(f"certificate: {file}")
    found = await staffed.examined()
    assert len(found.wrong) == 1
    assert "cannot be read" in found.wrong[0]
    file.write_text(pem(certificate("bot", begins=timedelta(days=-9), days=8)) + pem(private_key("bot")))
    found = await staffed.examined()
    assert len(found.wrong) == 1
    assert "ended on" in found.wrong[0]
    assert "Certificates & secrets" in found.do("ended on")
    assert login.asked == []


async def test_secrets_that_are_not_set_are_named_with_where_to_find_them(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEAMS_PASSWORD")
    home.configure(app_id="${TEAMS_APP}")
    found = await home.examined()
    assert [w.partition(": ")[2] for w in found.wrong] == [
        "the environment variable TEAMS_APP is not set",
        "the environment variable TEAMS_PASSWORD is not set",
    ]
    assert "Application (client) ID" in found.do("TEAMS_APP")
    assert "copy its Value" in found.do("TEAMS_PASSWORD")


async def test_the_id_of_a_secret_instead_of_its_value(
    staffed: Home, login: Microsoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAMS_PASSWORD", ANOTHER)
    found = await staffed.examined()
    assert found.wrong == ["password looks like the ID of a secret, not like its Value."]
    assert ANOTHER not in found.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("organisation: {name: {ja: 試験}}\n", "has no `teams:` under `platforms:`"),
        ("organisation: {name: {ja: 試験}}\nplatforms: {teams: }\n", "is empty"),
        (
            f"organisation: {{name: {{ja: 試験}}}}\nplatforms:\n  teams: {{app_id: {ANOTHER}, tenant: {ANOTHER}}}\n",
            "exactly one of password, certificate and managed_identity",
        ),
    ],
)
async def test_an_app_yaml_without_teams(home: Home, text: str, told: str) -> None:
    home.path.write_text(text)
    found = await home.examined()
    assert len(found.wrong) == 1
    assert told in found.wrong[0]
    assert found.findings[0].do
    home.path.unlink()
    assert "the file is missing" in (await home.examined()).text


async def test_keys_that_are_not_there_or_not_for_teams(staffed: Home, teams: LocalTeams) -> None:
    teams.refuse("keys", status=200)
    found = await staffed.examined()
    assert found.wrong == ["What answers for Microsoft's keys is something else (ValueError)."]
    assert "A proxy" in found.do("Microsoft's keys")
    for key in teams.keys.published:
        key.endorsements = ("webchat",)
    assert (await staffed.examined()).wrong == ["None of 2 published keys is for Teams."]
    teams.keys.current.endorsements = ("msteams",)
    assert "2 keys, 1 of them for Teams" in (await staffed.examined()).text
    staffed.openid = "http://127.0.0.1:1/openid"
    staffed.configure()
    found = await staffed.examined()
    assert found.wrong == ["Microsoft's keys cannot be reached (ClientConnectorError)."]
    assert "HTTPS_PROXY" in found.do("keys cannot be reached")


@pytest.mark.parametrize(("ahead", "told"), [(90.0, "ahead of"), (-90.0, "behind"), (50.0, ""), (-50.0, "")])
async def test_a_clock_that_is_off(staffed: Home, ahead: float, told: str) -> None:
    found = await staffed.examined(ahead=ahead)
    assert bool(found.wrong) == bool(told)
    if told:
        assert f"seconds {told} Microsoft's" in found.wrong[0]
        assert 85 < int(found.wrong[0].split()[3]) < 95


async def test_kizuki_is_not_where_teams_looks_for_it(staffed: Home, address: Address) -> None:
    address.health, address.text = 502, "Bad Gateway"
    found = await staffed.examined()
    assert found.wrong == [f"{staffed.url}/healthz does not answer as kizuki does (HTTP 502)."]
    assert "127.0.0.1:8080" in found.do("/healthz")
    address.health = 200
    assert (await staffed.examined()).wrong == [f"{staffed.url}/healthz does not answer as kizuki does (HTTP 200)."]
    assert address.knocks == []
    staffed.url = "http://127.0.0.1:1"
    staffed.configure()
    assert (await staffed.examined()).wrong == [
        "http://127.0.0.1:1 cannot be reached from here (ClientConnectorError)."
    ]
    staffed.url = ""
    staffed.configure()
    assert "server.url is not set" in (await staffed.examined()).wrong[0]


async def test_a_certificate_that_nobody_trusts(staffed: Home, login: Microsoft) -> None:
    staffed.url = f"https://127.0.0.1:{login.server.port}"
    os.environ["NO_PROXY"] = "127.0.0.1"
    try:
        staffed.configure()
        found = await staffed.examined()
    finally:
        del os.environ["NO_PROXY"]
    assert found.wrong == [f"{staffed.url}: its certificate is not trusted."]
    assert "public authority" in found.do("not trusted")


@pytest.mark.parametrize(
    ("status", "headers", "told", "do"),
    [
        (404, {}, "/teams/messages is not there (HTTP 404).", "Start `kizuki serve` anew"),
        (200, {}, "/teams/messages answers a request without a token with HTTP 200, not 401.", "Something before"),
        (302, {"Location": "/"}, "with HTTP 302, not 401.", "Something before"),
        (403, {}, "with HTTP 403, not 401.", "Something before"),
        (401, {"WWW-Authenticate": "Basic"}, "somebody else than kizuki asks for a login there.", "Something before"),
    ],
)
async def test_something_stands_before_the_door(
    staffed: Home, address: Address, status: int, headers: dict[str, str], told: str, do: str
) -> None:
    address.door, address.headers = status, headers
    found = await staffed.examined()
    assert len(found.wrong) == 1
    assert found.wrong[0].endswith(told)
    assert do in found.do(told)


@pytest.mark.parametrize("more", [{}, {"without_auth": True, "password": SecretStr("")}])
async def test_the_real_door_takes_nothing_from_the_doctor(house: House, tmp_path: Path, more: dict[str, Any]) -> None:
    url = f"sqlite:///{tmp_path}/real.db"
    migrated(url)
    database = open_database(url)
    office = await Office.begin(house, database, now=datetime.fromisoformat(MORNING), **more)
    async with aiohttp.ClientSession() as session:
        found = await doctor._door(office.teams.app_url, session)
    assert found.state == "right"
    assert office.rows("select count(*) from account") == [(0,)]
    await office.close()
    database.close()


async def test_a_database_of_another_version(staffed: Home, teams: LocalTeams) -> None:
    staffed.database = staffed.database.replace("kizuki.db", "new.db")
    staffed.configure()
    assert (await staffed.examined()).wrong == ["The database has no tables yet. Run `kizuki migrate` first."]
    assert teams.calls == []
    staffed.database = "postgresql://nobody:hunter2@127.0.0.1:1/none"
    staffed.configure()
    found = await staffed.examined()
    assert found.wrong == ["The database cannot be read (OperationalError)."]
    assert "hunter2" not in found.text


async def test_an_address_that_is_not_microsofts(staffed: Home, teams: LocalTeams) -> None:
    jiro = teams.person("jiro")
    elsewhere = "https://smba.trafficmanager.net.example/"

    def work(tx: Tx) -> None:
        who = people.add(tx, number="3", name_ja="次郎", name_en="Jiro", email="j@city.example", joined_on="2020-04-01")
        staffed.knows(tx, jiro, who, elsewhere)
        where = {"service": elsewhere, "tenant": teams.home.id, "conversation": "19:b", "team": "19:b"}
        places.save(tx, platform="teams", ext_id=f"{teams.home.id}:19:b", private=False, address=where, title="よそ")

    await staffed.write(work)
    found = await staffed.examined()
    assert found.wrong == ["2 of 7 stored addresses are not Microsoft's."]
    assert elsewhere not in found.text
    assert len(teams.called("channels")) == 1


async def test_channels_come_and_go(staffed: Home, teams: LocalTeams) -> None:
    teams.channel(staffed.team, "新しい")
    staffed.team.channels.remove(staffed.hiroba)
    group = teams.group(staffed.hanako, name="相談")

    def work(tx: Tx) -> None:
        where = {"service": teams.url, "tenant": group.tenant, "conversation": group.id, "team": ""}
        name = f"{group.tenant}:{group.id}"
        places.save(tx, platform="teams", ext_id=name, private=False, address=where, title="相談")

    await staffed.write(work)
    found = await staffed.examined()
    assert found.wrong == ["Not in a channel it knows: ひろば."]
    assert "Manage team → Apps" in found.do("Not in a channel")
    assert "· In a channel without knowing it: 新しい." in found.text
    assert "✓ kizuki is in 2 teams and group chats, 4 channels; 1 of them belongs to a unit." in found.text
    group.here = False
    assert (await staffed.examined()).wrong == ["Not in a channel it knows: ひろば, 相談."]


async def test_a_team_without_kizuki(staffed: Home) -> None:
    staffed.team.bot = False
    found = await staffed.examined()
    assert found.wrong == ["Not in a channel it knows: General, ひろば, 窓口課."]
    assert "kizuki is in" not in found.text
    assert "members looked at" not in found.text


async def test_in_no_team_and_nobody_there(home: Home) -> None:
    home.configure(f"password: ${{TEAMS_PASSWORD}}\n    tenants: [{ANOTHER}]")
    found = await home.examined()
    assert found.wrong == []
    assert "2 tenants, by a secret." in found.text
    assert "· kizuki is in no team yet." in found.text
    assert "roster import" in found.do("Nobody is known to work here")
    assert "messaging endpoint" in found.do("Nothing ever came from the bot's own tenant.")
    assert "Upload the package" in found.do(f"Nothing ever came from {ANOTHER}.")


async def test_nobody_in_teams_is_on_the_roster(staffed: Home, teams: LocalTeams) -> None:
    for person in (staffed.hanako, staffed.taro):
        person.account.email = person.account.upn = f"{person.account.name}@elsewhere.example"
    found = await staffed.examined()
    assert len(found.wrong) == 1
    assert "3 members looked at: 0 on the roster" in found.wrong[0]
    assert "roster import" in found.do("members looked at")
    staffed.configure(top="people: {unlisted: take-part}\n")
    assert (await staffed.examined()).wrong == []
    staffed.taro.account.upn = "taro@city.example"
    staffed.configure()
    found = await staffed.examined()
    assert "✓ 3 members looked at: 1 on the roster by e-mail or sign-in name" in found.text


async def test_people_who_cannot_be_reached(staffed: Home) -> None:
    await staffed.gone(f"{staffed.teams.home.id}:{staffed.taro.account.oid}", "blocked")
    found = await staffed.examined()
    assert "`kizuki reach` says" in found.do("1 of 2 people can be written to in Teams (1 reached, 1 blocked).")

    def work(tx: Tx) -> None:
        people.add(tx, number="3", name_ja="次郎", name_en="Jiro", email="j@city.example", joined_on="2020-04-01")

    await staffed.write(work)
    found = await staffed.examined()
    assert "etup policies" in found.do("1 of 3 people can be written to in Teams (1 reached, 1 blocked, 1 never_seen).")
    assert found.wrong == []


@pytest.mark.parametrize(
    ("how", "told", "do"),
    [
        ({"status": 401}, "Teams does not take the bot's token.", "step 2"),
        ({"status": 429, "retry_after": 900}, "Teams was asked too often.", "Run this again in "),
        ({"status": 503}, "Teams has trouble of its own.", "status.cloud.microsoft"),
        ({"status": 400, "code": "BadArgument"}, "Teams says BadArgument.", "documentation"),
        ({"lost": True}, "Teams cannot be reached, or answers nothing.", "smba.trafficmanager.net"),
    ],
)
async def test_teams_does_not_answer(staffed: Home, teams: LocalTeams, how: dict[str, Any], told: str, do: str) -> None:
    refusal = teams.refuse("channels", times=9, **how)
    found = await staffed.examined()
    assert found.wrong == [f"Teams was asked for channels and members: {told}"]
    assert do in found.do(told)
    assert "can be written to" in found.text
    refusal.stop()
    assert (await staffed.examined()).wrong == []


async def test_waiting_as_teams_asks(staffed: Home, teams: LocalTeams) -> None:
    teams.refuse("members", status=429, retry_after=1)
    assert (await staffed.examined()).wrong == []
    assert len(teams.called("members")) == 2


async def test_a_slow_teams_is_not_waited_for(
    staffed: Home, teams: LocalTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "LOOK_S", 0.2)
    teams.refuse("channels", late=1.0)
    began = time.monotonic()
    found = await staffed.examined()
    assert "· Teams was slow" in found.text
    assert found.wrong == []
    assert time.monotonic() - began < 1.0 + 2.0
    monkeypatch.setattr(checkup, "MOST_TEAMS", 0)
    assert "1 more were not" in (await staffed.examined()).text


async def _doctor(home: Home) -> tuple[int | None, str]:
    """The command in a process of its own, without a terminal."""
    running = await asyncio.create_subprocess_exec(
        KIZUKI, "doctor", "teams", "-c", home.path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ},
    )  # fmt: skip
    printed, _ = await asyncio.wait_for(running.communicate(), 60)
    return running.returncode, printed.decode()


async def test_the_command_says_it_and_fails_only_where_something_is_wrong(
    staffed: Home, login: Microsoft, teams: LocalTeams
) -> None:
    code, printed = await _doctor(staffed)
    assert (code, printed.splitlines()[-1]) == (0, "Nothing is wrong.")
    assert "\x1b" not in printed
    login.refuses("invalid_client", f"AADSTS7000215: {teams.password}")
    code, printed = await _doctor(staffed)
    assert (code, printed.splitlines()[-1]) == (1, "1 thing to mend.")
    assert "✗ Microsoft refuses the credentials: AADSTS7000215, the secret is wrong.\n  → Was its ID" in printed
    assert "refuses the bot's credentials" not in printed, "what is found is said once"
    for secret in (teams.password, *teams.tokens):
        assert secret not in printed
