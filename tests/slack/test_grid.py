"""Several workspaces and whole organisations: Enterprise Grid ids, org-wide installs, people from shared channels."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.slack.vault import Vault, new_key
from bot.turn import House
from storage import installations
from storage.database import Database
from storage.installations import NewInstallation
from tests.conftest import MORNING
from tests.slack.deliveries import How
from tests.slack.office import Office, Transport
from tests.slack.server import LocalSlack
from tests.slack.workspace import Workspace

KEY = new_key()


async def installed(office: Office, workspace: Workspace) -> None:
    """What the install page does at its end."""
    at = round(office.now.timestamp() * 1000)
    vault = Vault(KEY)
    new = NewInstallation(
        platform="slack",
        enterprise=workspace.enterprise,
        team="" if workspace.everywhere else workspace.id,
        bot_user=workspace.bot_user,
        bot_id=workspace.bot_id,
        app=office.slack.app_id,
        token=vault.seal(workspace.token),
        refresh="",
        scopes="",
        expires_at=None,
        org_wide=workspace.everywhere,
        installed_at=at,
    )
    await office.database.transact(lambda tx: installations.save(tx, new))


@pytest.fixture
async def several(house: House, database: Database) -> AsyncIterator[Office]:
    """kizuki with a store of installations, in T1 and in T2."""
    server = house.settings.server.model_copy(update={"url": "https://kizuki.example"})
    house = replace(house, settings=house.settings.model_copy(update={"server": server}))
    oauth: dict[str, Any] = {
        "bot_token": SecretStr(""),
        "client_id": "111.222",
        "client_secret": SecretStr("s"),
        "key": SecretStr(KEY),
    }
    office = await Office.begin(house, database, now=datetime.fromisoformat(MORNING), **oauth)
    await installed(office, office.slack.home)
    await installed(office, office.slack.workspace("T2"))
    yield office
    await office.close()


async def test_each_workspace_speaks_with_its_own_token(several: Office) -> None:
    other = several.slack.workspaces["T2"]
    mika = several.slack.person("taro", workspace=other, id="UMIKA")
    several.slack.opens("C2", "よその課", mika)
    await several.hanako.writes("様式が三種類あって迷う")
    await mika.writes("案内板の字が小さい")
    assert len(several.hanako.inbox) == 1
    assert "案内板の字が小さい" in mika.inbox[-1].plain
    tokens = {c.token for c in several.slack.called("chat.postMessage")}
    assert tokens == {several.slack.home.token, other.token}


async def test_an_uninstalled_workspace_is_let_go_and_comes_back(several: Office) -> None:
    await several.slack.events.uninstalls(several.slack.home)
    await several.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    assert several.rows("select count(*) from draft") == [(0,)]
    assert several.rows("select count(*) from installation where gone_at is not null and team='T1'") == [(1,)]
    assert several.rows("select token from installation where team='T1'") == [("",)]
    several.slack.grant(several.slack.home)
    await installed(several, several.slack.home)
    several.later(minutes=1)
    await several.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
    assert several.rows("select count(*) from draft") == [(1,)]


def in_a_grid(slack: LocalSlack) -> None:
    """A workspace of an organisation, installed in by itself."""
    slack.home = slack.workspace("T1", enterprise="E1")


def everywhere(slack: LocalSlack) -> None:
    """An app installed for the whole organisation."""
    slack.home = slack.workspace("T1", enterprise="E1", everywhere=True)


@pytest.mark.parametrize("shape", [in_a_grid, everywhere])
@pytest.mark.parametrize("transport", ["http", "socket"])
async def test_a_person_of_an_organisation_is_one_wherever_they_are(
    house: House, database: Database, shape: Callable[[LocalSlack], None], transport: Transport
) -> None:
    now = datetime.fromisoformat(MORNING)
    office = await Office.begin(house, database, now=now, transport=transport, shape=shape)
    try:
        await office.hanako.types("/kizuki 様式が三種類あって迷う", channel="CMADO")
        await office.hanako.presses("note.confirm", numbers=["2"])
        await office.hanako.uses_shortcut("note.compose")
        await office.hanako.submits(text="窓口の番号札が足りない")
        await office.hanako.submits(numbers=["1"])
        await office.hanako.closes(all_of_them=True)
        await office.hanako.writes("様式が三種類あって迷う", how=How(copies=3))
        assert len(office.hanako.inbox) == 1
        await office.hanako.opens_home()
        assert office.hanako.home
        await office.hanako.presses("note.compose", office.hanako.home)
        assert office.hanako.modal
        assert office.rows("select count(*) from note") == [(2,)]
        assert office.rows("select ext_id from account where person_id is not null") == [("E1:UHANAKO",)]
        await office.platform_reads_directory()
        assert office.rows("select count(*) from account where person_id is not null") == [(8,)]
    finally:
        await office.close()


async def test_somebody_of_another_organisation_in_a_shared_channel_may_read(house: House, database: Database) -> None:
    office = await Office.begin(house, database, now=datetime.fromisoformat(MORNING))
    try:
        stranger = office.slack.person("gaibu", team="T9", stranger=True, email="hanako@city.example")
        office.slack.channel("CMADO").members.append(stranger.id)
        office.slack.channel("CMADO").shared = True
        await stranger.writes("@kizuki 様式が三種類あって迷う", channel="CMADO")
        assert office.rows("select count(*) from draft") == [(0,)]
        assert office.rows("select count(*) from account where person_id is not null") == [(0,)], "not by an e-mail"
        assert stranger.ephemerals, "and is told why"
    finally:
        await office.close()
