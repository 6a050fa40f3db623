"""The bot comes and goes, people join, teams and channels change: kizuki knows where it is and who is there."""

from tests.teams.deliveries import How
from tests.teams.office import Office


def places(office: Office) -> dict[object, tuple[object, object]]:
    """Every channel and group chat by its title: whether it is gone, and why."""
    found = office.rows("select title, gone_at, gone_why from place where platform = 'teams' and not private")
    return {title: (gone is not None, why) for title, gone, why in found}


def private(office: Office) -> list[tuple[object, ...]]:
    """The private chats: whose, and whether and why they are gone."""
    return office.rows("select account, gone_why from place where platform = 'teams' and private order by account")


async def test_taking_kizuki_up_shows_home_once_though_two_activities_tell_of_it(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    assert sum("hanakoさん、こんにちは" in m.plain for m in office.hanako.inbox) == 1
    await office.hanako.installs(how=How(copies=3))
    await office.settled()
    assert sum("hanakoさん、こんにちは" in m.plain for m in office.hanako.inbox) == 1
    assert private(office) == [(office.hanako.handle, "")]


async def test_taking_kizuki_away_and_up_again(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await office.hanako.uninstalls()
    assert private(office) == [(office.hanako.handle, "uninstalled")]
    office.later(days=1)
    office.teams.later(86_400)
    await office.hanako.installs()
    await office.settled()
    assert private(office) == [(office.hanako.handle, "")]
    assert sum("hanakoさん、こんにちは" in m.plain for m in office.hanako.inbox) == 2


async def test_a_team_takes_kizuki_up_and_lets_it_go(office: Office) -> None:
    team = office.teams.team("新しい部", "相談", members=[office.hanako, office.taro], bot=False)
    await office.teams.events.adds_bot(team, office.hanako)
    await office.settled()
    await office.delivered()
    assert "kizuki" in team.general.messages[-1].plain, "it says who it is"
    assert places(office)["新しい部"] == (False, "")
    assert {h for h, _ in private(office)} >= {office.hanako.handle}, "its members are known"
    await office.hanako.writes("@kizuki ヘルプ", channel=team.channels[1])
    await office.settled()
    assert len(places(office)) == 5, "another of its channels is known from the first word"
    await office.teams.events.removes_bot(team, office.hanako)
    assert sorted(places(office).values())[-2:] == [(True, "removed")] * 2, "all of them are gone at once"
    await office.teams.events.adds_bot(team, office.hanako, how=How())
    await office.settled()
    assert places(office)["新しい部"] == (False, "")


async def test_names_follow_and_channels_come_and_go(office: Office) -> None:
    made = await office.teams.events.creates_channel(office.team, "新設", office.kacho)
    await office.delivered()
    assert places(office)["試験都庁 / 新設"] == (False, "")
    assert not made.messages, "nobody asked it to speak there"
    await office.teams.events.renames_channel(made, "改名", office.kacho)
    assert "試験都庁 / 改名" in places(office)
    await office.teams.events.renames_team(office.team, "本庁", office.kacho)
    await office.settled()
    assert "本庁 / 改名" in places(office)
    assert "本庁 / 窓口課" in places(office)
    await office.teams.events.deletes_channel(made, office.kacho)
    assert places(office)["本庁 / 改名"] == (True, "removed")
    await office.teams.events.restores_channel(made, office.kacho)
    assert places(office)["本庁 / 改名"] == (False, "")


async def test_a_team_that_is_archived_or_deleted_is_written_to_no_more(office: Office) -> None:
    await office.teams.events.archives(office.team, office.kacho)
    assert {gone for gone, _ in places(office).values()} == {True}
    await office.teams.events.archives(office.team, office.kacho, archived=False)
    assert {gone for title, (gone, _) in places(office).items() if title} == {False}
    await office.teams.events.deletes_team(office.team, office.kacho)
    assert {gone for gone, _ in places(office).values()} == {True}
    await office.teams.events.restores_team(office.team, office.kacho)
    assert {gone for gone, _ in places(office).values()} == {False}


async def test_whoever_joins_a_team_is_known_and_can_be_thanked(office: Office) -> None:
    office.team.members.remove(office.taro.account)
    await office.teams.events.adds(office.team, office.taro, office.kacho)
    await office.settled()
    assert office.rows("select count(*) from account where person_id is not null") == [(1,)]
    await office.teams.events.removes(office.team, office.taro, office.kacho)
    assert office.rows("select count(*) from account where person_id is not null") == [(1,)]


async def test_the_night_reads_everybody_page_by_page(office: Office) -> None:
    guest = office.teams.person("gaibu", role="guest", email="taro@city.example")
    office.team.members.append(guest.account)
    office.teams.smallest_page = 3
    await office.platform_reads_directory()
    linked = office.rows("select count(*) from account where person_id is not null")
    assert linked == [(len(office.everyone),)]
    assert office.rows("select count(*) from account where kind = 'guest' and person_id is not null") == [(0,)]
    asked = len(office.teams.called("members"))
    assert asked >= 1
    await office.platform_reads_directory()
    assert office.rows("select count(*) from account where person_id is not null") == linked


async def test_the_night_finds_channels_and_teams_that_are_gone(office: Office) -> None:
    office.zeimu.deleted = True
    await office.platform_reads_directory()
    gone = {title for title, (is_gone, _) in places(office).items() if is_gone}
    assert gone == {"税務課"}
    office.team.bot = False
    await office.platform_reads_directory()
    assert {is_gone for is_gone, _ in places(office).values()} == {True}


async def test_a_chat_that_could_not_be_written_to_is_not_tried_every_night(office: Office) -> None:
    await office.platform_reads_directory()
    assert (office.taro.handle, "") in private(office)
    await office.hanako.installs()
    await office.settled()
    chat = office.rows("select address from place where account = '" + office.hanako.handle + "'")
    await office.platform_reads_directory()
    assert office.rows("select address from place where account = '" + office.hanako.handle + "'") == chat


async def test_edits_deletions_and_what_teams_will_have_one_day_are_taken(office: Office) -> None:
    await office.hanako.installs()
    said = await office.hanako.writes("気づき 様式が三種類ある")
    await office.settled()
    await office.teams.events.edits(said, "気づき 様式が四種類ある", office.hanako)
    await office.teams.events.deletes(said, office.hanako)
    assert office.hanako.answer.ok
    await office.teams.events.unheard_of(office.hanako)
    assert office.rows("select count(*) from draft") == [(1,)]
