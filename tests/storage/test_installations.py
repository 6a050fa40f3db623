"""Installations in the database: which one serves a workspace, what outlives what, and states that work once."""

import asyncio
from typing import Any

from storage import installations
from storage.database import Database, Tx
from storage.installations import InstallationRow, NewInstallation
from tests.rows import rows

NEW = NewInstallation(
    platform="slack",
    enterprise="",
    team="T1",
    bot_user="U1",
    bot_id="B1",
    app="A1",
    token="sealed-token",
    refresh="sealed-refresh",
    scopes="chat:write,commands",
    expires_at=5_000,
    org_wide=False,
    installed_at=1_000,
)
ORG = NEW._replace(enterprise="E1", team="", token="sealed-org", org_wide=True)


async def save(database: Database, *new: NewInstallation) -> list[int]:
    return await database.transact(lambda tx: [installations.save(tx, one) for one in new])


async def find(database: Database, enterprise: str, team: str) -> InstallationRow | None:
    return await database.read(lambda tx: installations.find(tx, "slack", enterprise, team))


async def token(database: Database, enterprise: str, team: str) -> str | None:
    found = await find(database, enterprise, team)
    return found.token if found else None


async def stored(database: Database, what: str) -> list[tuple[Any, ...]]:
    return await database.read(lambda tx: rows(tx, f"select {what} from installation order by id"))


async def test_a_workspaces_own_installation_comes_before_its_organisations(database: Database) -> None:
    own = NEW._replace(enterprise="E1", token="sealed-own")
    await save(database, ORG, own, NEW._replace(team="T9", token="sealed-9"))
    assert await token(database, "E1", "T1") == "sealed-own"
    assert await token(database, "E1", "T2") == "sealed-org"
    assert await token(database, "E1", "") == "sealed-org"
    assert await token(database, "", "T9") == "sealed-9"
    assert await token(database, "E2", "T2") is None
    assert await token(database, "", "") is None
    assert await token(database, "", "T2") is None


async def test_another_platforms_installation_is_not_found(database: Database) -> None:
    await save(database, NEW._replace(platform="teams"))
    assert await find(database, "", "T1") is None
    assert await database.read(lambda tx: installations.everything(tx, "slack")) == []


async def test_a_workspace_that_moved_into_an_organisation_is_still_served(database: Database) -> None:
    await save(database, NEW)
    assert await token(database, "E1", "T1") == "sealed-token"
    await save(database, ORG)
    assert await token(database, "E1", "T1") == "sealed-token"


async def test_installing_again_from_within_an_organisation_replaces_the_earlier_one(database: Database) -> None:
    await save(database, NEW)
    await save(database, NEW._replace(enterprise="E1", token="sealed-again", installed_at=2_000))
    everything = await database.read(lambda tx: installations.everything(tx, "slack"))
    assert [one.token for one in everything] == ["sealed-again"]
    assert await token(database, "", "T1") == "sealed-again"
    assert await stored(database, "token, refresh, gone_at") == [
        ("", "", 2_000),
        ("sealed-again", "sealed-refresh", None),
    ]


async def test_an_organisations_installation_replaces_no_workspaces(database: Database) -> None:
    await save(database, NEW, ORG, ORG._replace(enterprise="E2"))
    assert [gone for (gone,) in await stored(database, "gone_at")] == [None, None, None]


async def test_gone_means_no_token_is_left_and_installing_again_revives(database: Database) -> None:
    (key,) = await save(database, NEW)
    row = await find(database, "", "T1")
    assert row
    assert await database.transact(lambda tx: installations.mark_gone(tx, row, at=2_000))
    assert not await database.transact(lambda tx: installations.mark_gone(tx, row, at=3_000))
    assert await find(database, "", "T1") is None
    assert await database.read(lambda tx: installations.get(tx, key)) is None
    assert await stored(database, "token, refresh, gone_at") == [("", "", 2_000)]
    again = NEW._replace(token="sealed-again", refresh="", expires_at=None, installed_at=4_000)
    assert await save(database, again) == [key]
    assert await find(database, "", "T1") == InstallationRow(key, *again)


async def test_what_was_read_before_another_installation_changes_nothing(database: Database) -> None:
    await save(database, NEW)
    old = await find(database, "", "T1")
    assert old
    await save(database, NEW._replace(token="sealed-again", installed_at=2_000))

    def late(tx: Tx) -> list[bool]:
        return [
            installations.renew(tx, old, token="x", refresh="x", expires_at=1),
            installations.reseal(tx, old, token="x", refresh="x"),
            installations.mark_gone(tx, old, at=3_000),
        ]

    assert await database.transact(late) == [False, False, False]
    assert await token(database, "", "T1") == "sealed-again"


async def test_another_seal_never_takes_the_place_of_a_newer_token(database: Database) -> None:
    await save(database, NEW)
    old = await find(database, "", "T1")
    assert old

    def renewed(tx: Tx) -> list[bool]:
        return [
            installations.renew(tx, old, token="sealed-2", refresh="refresh-2", expires_at=9_000),
            installations.reseal(tx, old, token="other-seal", refresh="other-seal"),
        ]

    assert await database.transact(renewed) == [True, False]
    found = await find(database, "", "T1")
    assert found == old._replace(token="sealed-2", refresh="refresh-2", expires_at=9_000)
    assert await database.transact(lambda tx: installations.reseal(tx, found, token="3", refresh="3"))
    assert await token(database, "", "T1") == "3"


async def test_a_state_works_once_and_not_too_late(database: Database) -> None:
    def issue(tx: Tx) -> None:
        installations.issue_state(tx, "a", expires_at=2_000)
        installations.issue_state(tx, "b", expires_at=2_000)

    async def use(state: str, now: int) -> bool:
        return await database.transact(lambda tx: installations.use_state(tx, state, now=now))

    await database.transact(issue)
    assert not await use("c", 1_000)
    assert sorted(await asyncio.gather(*(use("a", 1_999) for _ in range(8)))) == [False] * 7 + [True]
    assert not await use("b", 2_000)
    assert not await use("b", 1_000)


async def test_unfinished_states_are_forgotten(database: Database) -> None:
    await database.transact(lambda tx: installations.issue_state(tx, "a", expires_at=2_000))
    await database.transact(lambda tx: installations.issue_state(tx, "b", expires_at=2_001))
    assert await database.transact(lambda tx: installations.expire_states(tx, now=2_000)) == 1
    assert await database.read(lambda tx: rows(tx, "select state from install_state")) == [("b",)]
