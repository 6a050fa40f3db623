"""The workspaces kizuki serves: tokens sealed at rest, renewed in time by one replica alone, let go when gone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.platform import Later
from adapters.slack import tokens
from adapters.slack.faults import Mendable
from adapters.slack.installations import One, Several, Workspace
from adapters.slack.tokens import Rotation, client
from adapters.slack.vault import Vault, WrongKey, check, new_key
from bot.platforms import Slack
from bot.schedule import millis
from storage import audit, installations, leases
from storage.database import Busy, Database, T, Work
from storage.engines import open_database
from storage.installations import NewInstallation
from tests.conftest import MORNING
from tests.databases import migrated
from tests.slack.oauth import code_for
from tests.slack.refusals import Refusal
from tests.slack.server import LocalSlack

KEY = new_key()


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.time = datetime.fromisoformat(MORNING)

    def now(self) -> datetime:
        return self.time

    def pass_by(self, **span: float) -> None:
        self.time += timedelta(**span)


class House:
    """A Slack, a database, one clock for both, and as many replicas of kizuki as a test wants."""

    def __init__(self, slack: LocalSlack, database: Database, clock: Clock) -> None:
        self.slack = slack
        self.database = database
        self.clock = clock

    def replica(self, key: str = KEY, database: Database | None = None, *, every: float = 60) -> Several:
        vault, found = Vault(key), database or self.database
        waits = {"looks": (0, 0.1, 0.3), "writes": (0.01, 0.01, 0.01)}
        rotation = Rotation(several(self.slack, key), found, vault, self.clock.now, **waits)
        return Several(found, vault, rotation, self.clock.now, every=every)

    async def install(
        self, team: str = "T1", *, enterprise: str = "", hours: float | None = None, key: str = KEY
    ) -> Workspace:
        """An installation; with `hours` its token expires after so many."""
        home = self.slack.workspaces.get(team or enterprise)
        if home is None or home.enterprise != enterprise:
            home = self.slack.workspace(team or enterprise, enterprise=enterprise, everywhere=not team)
        self.slack.rotates = hours is not None
        answer = await tokens.access(several(self.slack, key), code=code_for(self.slack, home, "UADMIN"))
        if hours is not None:
            home.tokens[-1].expires_at = self.slack.now() + hours * 3_600
        vault = Vault(key)
        new = NewInstallation(
            platform="slack",
            enterprise=enterprise,
            team=team,
            bot_user=home.bot_user,
            bot_id=home.bot_id,
            app=self.slack.app_id,
            token=vault.seal(home.token),
            refresh=vault.seal(answer.get("refresh_token") or ""),
            scopes=answer["scope"],
            expires_at=None if hours is None else millis(self.clock.now() + timedelta(hours=hours)),
            org_wide=not team,
            installed_at=millis(self.clock.now()),
        )
        await self.database.transact(lambda tx: installations.save(tx, new))
        scopes = frozenset(home.scopes)
        return Workspace(enterprise, team, home.token, home.bot_user, home.bot_id, self.slack.app_id, scopes, not team)

    async def actions(self) -> list[str]:
        entries = await self.database.read(lambda tx: audit.newest(tx, limit=10, action="installation"))
        return [entry.action for entry in entries]

    def renewals(self) -> int:
        """How often somebody asked for a new token."""
        return len([c for c in self.slack.called("oauth.v2.access") if "grant_type" in c.args])

    def away(self, method: str, fault: int | str = 503) -> Refusal:
        """Let something go wrong with a method, until stopped: a status, Slack's own word, or the line."""
        hows: dict[int | str, dict[str, Any]] = {"text": {"body": "xoxb-0-token"}, "cut": {"closed": True}}
        how = hows.get(fault) or ({"status": fault} if isinstance(fault, int) else {"error": fault})
        return self.slack.refuse(method, times=inf, **how)

    def slow(self, seconds: float) -> Refusal:
        """Let Slack do what it is asked, and answer late."""
        return self.slack.refuse("*", times=inf, late=seconds)


def several(slack: LocalSlack, key: str = KEY) -> Slack:
    return Slack(
        signing_secret=SecretStr("s"),
        client_id=slack.client_id,
        client_secret=SecretStr(slack.client_secret),
        key=SecretStr(key),
        api=slack.api,
    )


def keyed(key: str) -> Slack:
    return Slack(signing_secret=SecretStr("s"), client_id="1.2", client_secret=SecretStr("s"), key=SecretStr(key))


def uninstall(slack: LocalSlack, token: str) -> None:
    for home in slack.workspaces.values():
        for found in home.tokens:
            if found.value == token:
                found.state = "inactive"


def secrets_of(slack: LocalSlack) -> set[str]:
    """Every token there is or was."""
    return {t.value for home in slack.workspaces.values() for t in home.tokens} | slack.refresh_tokens.keys()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[LocalSlack]:
    async with LocalSlack(clock=lambda: clock.time.timestamp()) as found:
        yield found


@pytest.fixture
async def house(slack: LocalSlack, database: Database, clock: Clock) -> House:
    return House(slack, database, clock)


@asynccontextmanager
async def started(workspaces: One | Several) -> AsyncIterator[None]:
    await workspaces.start()
    try:
        yield
    finally:
        await workspaces.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.01)


def held_in(folder: Path) -> bytes:
    """Every byte of the database's files."""
    return b"".join(path.read_bytes() for path in folder.glob("own.db*"))


async def token(workspaces: One | Several, team: str = "T1", enterprise: str = "") -> str | None:
    found = await workspaces.find(enterprise, team)
    return found.token if found else None


# Tokens at rest


def test_a_key_opens_what_it_sealed_and_nothing_stays_nothing() -> None:
    vault = Vault(KEY)
    sealed = vault.seal("xoxb-1")
    assert vault.open(sealed) == "xoxb-1"
    assert "xoxb" not in sealed
    assert vault.seal("xoxb-1") != sealed
    assert (vault.seal(""), vault.open("")) == ("", "")


def test_a_wrong_key_says_what_to_do_and_shows_no_token() -> None:
    sealed = Vault(new_key()).seal("xoxb-secret")
    with pytest.raises(WrongKey, match="separated by a comma") as caught:
        Vault(KEY).open(sealed)
    assert sealed not in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__


def test_keys_are_checked_without_being_shown() -> None:
    assert check(keyed(f"{new_key()}, {KEY}")) == []
    broken = check(keyed(f"{KEY},hunter2"))
    assert len(broken) == 1
    assert "key 2 of 2" in broken[0]
    assert "hunter2" not in broken[0]
    assert len(check(keyed(" , "))) == 1
    assert check(Slack(signing_secret=SecretStr("s"), bot_token=SecretStr("xoxb-1"))) == []
    with pytest.raises(ValueError):
        Vault(",")


async def test_the_database_holds_no_byte_of_a_token(slack: LocalSlack, clock: Clock, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/own.db"
    migrated(url)
    database = open_database(url)
    house = House(slack, database, clock)
    await house.install(hours=1)
    known = secrets_of(slack)
    async with started(house.replica()):
        await until(lambda: house.renewals() == 1)
    database.close()
    held = held_in(tmp_path)
    assert slack.home.bot_id.encode() in held
    assert len(known | secrets_of(slack)) == 5
    for secret in known | secrets_of(slack):
        assert secret.encode() not in held
    assert b"xox" not in held


async def test_tokens_move_to_the_newest_key_at_start(house: House) -> None:
    old, new = new_key(), new_key()
    workspace = await house.install(key=old, hours=12)
    async with started(house.replica(f"{new},{old}")):
        pass
    assert await house.replica(new).find("", "T1") == workspace
    with pytest.raises(WrongKey):
        await house.replica(old).find("", "T1")


async def test_a_start_with_a_wrong_key_is_refused(house: House) -> None:
    await house.install(key=new_key())
    with pytest.raises(WrongKey, match="install kizuki again"):
        await house.replica().start()


async def test_a_workspaces_token_is_in_no_representation(house: House) -> None:
    workspace = await house.install()
    assert workspace.token not in repr(workspace)
    assert "xox" not in repr(tokens.Granted("xoxb-1", "xoxe-1", 3))


# Several workspaces


async def test_each_workspace_has_its_token_and_an_organisation_serves_the_rest(house: House) -> None:
    one = await house.install("T1", enterprise="E1")
    org = await house.install("", enterprise="E1")
    replica = house.replica()
    assert await replica.find("E1", "T1") == one
    assert await replica.find("E1", "T2") == org
    assert await replica.find("E2", "T2") is None
    assert sorted(w.token for w in await replica.everything()) == sorted((one.token, org.token))


async def test_what_another_replica_changed_is_seen_within_seconds(house: House) -> None:
    here, there = house.replica(), house.replica()
    assert await here.find("", "T1") is None
    workspace = await house.install()
    assert await there.find("", "T1") == workspace
    assert await here.find("", "T1") is None
    house.clock.pass_by(seconds=4)
    assert await here.find("", "T1") == workspace
    here.changed()
    assert await here.find("", "T1") == workspace


async def test_an_uninstalled_workspace_is_let_go_and_may_come_back(house: House) -> None:
    workspace = await house.install()
    replica = house.replica()
    assert await replica.find("", "T1") == workspace
    uninstall(house.slack, workspace.token)
    await replica.gone("", "T1")
    await replica.gone("", "T1")
    assert await replica.find("", "T1") is None
    assert await replica.everything() == []
    assert await house.actions() == ["installation.end"]
    house.clock.pass_by(seconds=1)
    again = await house.install()
    replica.changed()
    assert await replica.find("", "T1") == again


async def test_a_late_notice_of_an_earlier_uninstallation_ends_nothing(house: House) -> None:
    first = await house.install()
    uninstall(house.slack, first.token)
    house.clock.pass_by(seconds=1)
    again = await house.install()
    replica = house.replica()
    await replica.gone("", "T1")
    assert await replica.find("", "T1") == again
    assert await house.actions() == []


async def test_a_workspace_leaving_an_organisations_installation_does_not_end_it(house: House) -> None:
    org = await house.install("", enterprise="E1")
    replica = house.replica()
    await replica.gone("E1", "T2")
    assert await replica.find("E1", "T2") == org


async def test_while_slack_is_away_nobody_is_let_go(house: House, caplog: pytest.LogCaptureFixture) -> None:
    workspace = await house.install()
    uninstall(house.slack, workspace.token)
    trouble = house.away("auth.test")
    replica = house.replica()
    await replica.gone("", "T1")
    assert await replica.find("", "T1") == workspace
    assert "HTTP 503" in caplog.text
    trouble.stop()
    await replica.gone("", "T1")
    assert await replica.find("", "T1") is None


# Rotation


async def test_racing_replicas_renew_a_token_exactly_once(house: House, database_url: str) -> None:
    old = await house.install(hours=1.9)
    elsewhere = open_database(database_url)
    replicas = [house.replica(), house.replica(), house.replica(database=elsewhere), house.replica(database=elsewhere)]
    house.slow(0.2)
    await asyncio.gather(*(replica.renew() for replica in replicas for _ in range(3)))
    assert house.renewals() == 1
    now = {await token(replica) for replica in replicas}
    assert len(now) == 1
    assert old.token not in now
    assert now < secrets_of(house.slack)
    await asyncio.gather(*(replica.renew() for replica in replicas))
    assert house.renewals() == 1
    elsewhere.close()


async def test_others_go_on_with_the_old_token_while_one_renews_it(house: House) -> None:
    old = await house.install(hours=1)
    here, there = house.replica(), house.replica()
    house.slow(0.3)
    renewing = asyncio.create_task(here.renew())
    await until(lambda: house.renewals() == 1)
    await there.renew()
    assert await token(there) == old.token
    await renewing
    assert house.renewals() == 1


async def test_a_token_with_more_than_two_hours_left_is_left_alone(house: House) -> None:
    await house.install(hours=2.1)
    replica = house.replica()
    await replica.renew()
    assert house.renewals() == 0
    house.clock.pass_by(hours=0.2)
    await replica.renew()
    assert house.renewals() == 1


async def test_tokens_are_renewed_for_as_long_as_the_program_runs(house: House) -> None:
    old = await house.install(hours=12)
    replica = house.replica(every=0.02)
    async with started(replica):
        for renewal in range(1, 4):
            house.clock.pass_by(hours=11)
            await until(lambda: house.renewals() == renewal)  # noqa: B023
            await asyncio.sleep(0.05)
    house.clock.pass_by(seconds=5)
    assert await token(replica) not in (None, old.token)


async def test_an_expired_token_is_renewed_before_it_is_used(house: House) -> None:
    old = await house.install(hours=12)
    house.clock.pass_by(days=3)
    replicas = [house.replica(), house.replica()]
    house.slow(0.2)
    now = await asyncio.gather(*(token(replica) for replica in replicas))
    assert house.renewals() == 1
    assert len(set(now)) == 1
    assert old.token not in now


@pytest.mark.parametrize("fault", [503, 429, "internal_error", "text", "cut"])
async def test_a_failed_renewal_keeps_the_old_token_and_is_tried_again(
    house: House, caplog: pytest.LogCaptureFixture, fault: int | str
) -> None:
    old = await house.install(hours=1)
    here, there = house.replica(), house.replica()
    trouble = house.away("oauth.v2.access", fault)
    await here.renew()
    await there.renew()
    assert house.renewals() == 1
    assert await token(here) == old.token
    assert "no new token yet" in caplog.text
    trouble.stop()
    house.clock.pass_by(seconds=61)
    await there.renew()
    assert await token(there) != old.token


async def test_a_refused_renewal_is_said_and_not_asked_every_minute(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    old = await house.install(hours=1.9)
    house.slack.refresh_tokens.clear()
    replica = house.replica()
    for _ in range(10):
        await replica.renew()
        house.clock.pass_by(minutes=2)
    assert house.renewals() == 1
    assert await token(replica) == old.token
    assert caplog.text.count("(invalid_refresh_token)") == 1
    house.clock.pass_by(minutes=50)
    await replica.renew()
    assert house.renewals() == 2


async def test_an_installation_with_nothing_that_works_is_let_go(house: House) -> None:
    await house.install(hours=1)
    house.slack.refresh_tokens.clear()
    house.clock.pass_by(hours=2)
    replica = house.replica()
    assert await replica.find("", "T1") is None
    assert await house.actions() == ["installation.end"]


async def test_an_expired_token_that_cannot_be_renewed_yet_means_later(house: House) -> None:
    await house.install("T1", hours=1)
    lasting = await house.install("T2")
    house.clock.pass_by(hours=2)
    house.away("oauth.v2.access", 500)
    replica = house.replica()
    with pytest.raises(Later):
        await replica.find("", "T1")
    assert await replica.everything() == [lasting]


async def test_the_new_pair_is_written_down_before_it_is_used_and_a_busy_database_is_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await house.install(hours=1)
    replica = house.replica()
    transact, refused = house.database.transact, 0

    async def busy(work: Work[T]) -> T:
        nonlocal refused
        if house.renewals() and refused < 3:
            refused += 1
            raise Busy("locked")
        return await transact(work)

    monkeypatch.setattr(house.database, "transact", busy)
    await replica.renew()
    assert refused == 3
    assert await token(replica) not in (None, old.token)
    assert await token(house.replica()) == await token(replica)


async def test_whoever_asked_may_go_away_without_losing_the_new_pair(house: House) -> None:
    old = await house.install(hours=1)
    replica = house.replica()
    house.slow(0.3)
    asking = asyncio.create_task(replica.renew())
    await until(lambda: house.renewals() == 1)
    asking.cancel()
    await replica.close()
    assert await token(replica) != old.token


async def test_a_workspace_that_is_installed_again_meanwhile_keeps_its_newest_token(house: House) -> None:
    await house.install(hours=1)
    replica = house.replica()
    house.slow(0.3)
    renewing = asyncio.create_task(replica.renew())
    await until(lambda: house.renewals() == 1)
    house.clock.pass_by(seconds=1)
    again = await house.install(hours=12)
    await renewing
    assert await token(replica) == again.token


async def test_a_lease_of_a_replica_that_died_lapses(house: House) -> None:
    await house.install(hours=1)
    now = house.clock.now()
    await house.database.transact(
        lambda tx: leases.take(tx, "rotate:1", "dead", now=millis(now), until=millis(now + timedelta(minutes=1)))
    )
    replica = house.replica()
    await replica.renew()
    assert house.renewals() == 0
    house.clock.pass_by(minutes=1)
    await replica.renew()
    assert house.renewals() == 1


async def test_no_token_is_in_any_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await house.install(hours=1)
    known = secrets_of(house.slack)
    replica = house.replica()
    trouble = house.away("oauth.v2.access", "text")
    await replica.renew()
    trouble.stop()
    house.clock.pass_by(minutes=2)
    await replica.renew()
    await replica.gone("", "T1")
    assert house.renewals() == 2
    for secret in known | secrets_of(house.slack) | {house.slack.client_secret, KEY}:
        assert secret not in caplog.text


# One workspace


def one(slack: LocalSlack, value: str, *, patience: float = 5) -> One:
    settings = Slack(signing_secret=SecretStr("s"), bot_token=SecretStr(value), api=slack.api)
    return One(lambda given: client(settings, given), value, patience=patience, pause=0.05)


def asked(slack: LocalSlack) -> int:
    """How often Slack was asked whose a token is."""
    return len(slack.called("auth.test"))


async def test_one_workspace_is_told_by_its_token(slack: LocalSlack) -> None:
    home = slack.workspace("T1", enterprise="E1")
    workspaces = one(slack, home.token)
    async with started(workspaces):
        found = await workspaces.find("", "T1")
        scopes = frozenset(home.scopes)
        assert found == Workspace("E1", "T1", home.token, home.bot_user, home.bot_id, "", scopes, org_wide=False)
        assert await workspaces.find("E1", "T1") == found
        assert await workspaces.find("E1", "T2") is None
        assert await workspaces.everything() == [found]


async def test_one_token_may_serve_a_whole_organisation(slack: LocalSlack) -> None:
    value = slack.workspace("T7", enterprise="E1", everywhere=True).token
    workspaces = one(slack, value)
    async with started(workspaces):
        assert await token(workspaces, "T8", "E1") == value
        assert await token(workspaces, "T8", "E2") is None


async def test_a_start_while_slack_is_away_goes_on_asking(slack: LocalSlack, caplog: pytest.LogCaptureFixture) -> None:
    slack.refuse("auth.test", status=503, times=3)
    workspaces = one(slack, slack.token, patience=0.02)
    async with started(workspaces):
        with pytest.raises(Later):
            await workspaces.find("", "T1")
        assert await workspaces.everything() == []
        await until(lambda: asked(slack) == 4)
        await asyncio.sleep(0.05)
        assert await token(workspaces) == slack.token
    assert "HTTP 503" in caplog.text or "internal_error" in caplog.text
    assert slack.token not in caplog.text


async def test_a_slack_that_never_answers_holds_no_start_up(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    slack.refuse("auth.test", hang=30)
    workspaces = one(slack, slack.token, patience=0.05)
    async with asyncio.timeout(2), started(workspaces):
        with pytest.raises(Later):
            await workspaces.find("", "T1")


async def test_a_refused_token_is_said_once_and_serves_nobody(
    slack: LocalSlack, caplog: pytest.LogCaptureFixture
) -> None:
    workspaces = one(slack, "xoxb-nonsense")
    async with started(workspaces):
        with pytest.raises(Mendable):
            await workspaces.find("", "T1")
        await workspaces.gone("", "T1")
        assert await workspaces.everything() == []
    assert asked(slack) == 1
    assert caplog.text.count("invalid_auth") == 1
    assert "xoxb-nonsense" not in caplog.text


async def test_one_workspace_is_gone_only_if_slack_says_so(slack: LocalSlack) -> None:
    workspaces = one(slack, slack.token)
    async with started(workspaces):
        await workspaces.gone("", "T9")
        assert asked(slack) == 1
        await workspaces.gone("", "T1")
        await until(lambda: asked(slack) == 2)
        await asyncio.sleep(0.05)
        assert await token(workspaces) == slack.token
        uninstall(slack, slack.token)
        await workspaces.gone("", "T1")
        await until(lambda: asked(slack) == 3)
        await asyncio.sleep(0.05)
        with pytest.raises(Mendable):
            await workspaces.find("", "T1")
