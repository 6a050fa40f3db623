"""What an attack on the finished adapter found, each as it was provoked."""

import time
from typing import Any

import pytest

from adapters.teams.wording import plain
from storage.database import Tx
from tests.teams import payloads
from tests.teams.conversations import Conversation
from tests.teams.deliveries import How
from tests.teams.office import Office
from tests.teams.person import Person

Json = dict[str, Any]


def place(office: Office, who: Person) -> tuple[object, ...]:
    """How somebody's own chat is known."""
    rows = office.rows(f"select address, gone_why from place where private and account = '{who.handle}'")
    return rows[0] if rows else ()


async def says(office: Office, who: Person, text: str, channel: Conversation | None = None) -> str:
    """Write, and wait for what is shown."""
    await who.writes(text, channel=channel)
    await office.settled()
    return who.sees


async def do(office: Office, sql: str) -> None:
    """Change the database as nobody but a fault would."""

    def work(tx: Tx) -> None:
        tx.cursor.execute(sql)

    await office.database.transact(work)


def extension(office: Office, who: Person, **conversation: Any) -> Json:
    """The message extension, used in a chat between people."""
    payload = {"id": "1", "body": {"contentType": "text", "content": "案内板の字が小さい"}}
    value = {"commandId": "note", "commandContext": "message", "messagePayload": payload}
    found = payloads.invoke(office.teams, who.account, who.chat, "composeExtension/fetchTask", value)
    return {**found, "conversation": conversation or None}


async def test_an_employee_who_begins_with_the_message_extension_is_no_guest(office: Office) -> None:
    rule = office.teams.refuse("member", status=403, code="BotNotInConversationRoster", times=99)
    said = await office.taro.writes("案内板の字が小さい", channel=office.madoguchi)
    await office.hanako.uses_action("note", said)
    assert "ゲスト" not in office.hanako.sees
    rule.stop()
    office.later(seconds=10)
    await office.hanako.installs()
    await office.settled()
    assert "ゲスト" not in office.hanako.sees
    assert set(office.rows("select kind from account")) == {("member",)}


async def test_a_chat_between_people_never_becomes_somebodys_own(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    before = place(office, office.hanako)
    between = {"id": "19:hanako_ken@unq.gbl.spaces", "conversationType": "personal", "tenantId": office.teams.home.id}
    answer = await office.teams.deliveries.deliver(extension(office, office.hanako, **between))
    assert answer.json["task"]["type"] == "continue"
    assert place(office, office.hanako) == before


async def test_the_message_extension_works_where_there_is_no_conversation(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    before = place(office, office.hanako)
    answer = await office.teams.deliveries.deliver(extension(office, office.hanako))
    assert answer.json["task"]["type"] == "continue"
    assert place(office, office.hanako) == before


async def test_a_channel_that_was_lost_is_back_with_the_first_word_and_by_night(office: Office) -> None:
    for back in ("a word", "the night"):
        await do(office, "update place set gone_at = 1795300000000, gone_why = 'removed' where title = '窓口課'")
        if back == "a word":
            await office.hanako.writes("@kizuki 今日", channel=office.madoguchi)
            await office.settled()
        else:
            await office.platform_reads_directory()
        assert office.rows("select gone_at from place where title = '窓口課'") == [(None,)], back


async def test_the_night_takes_no_failure_for_an_answer(office: Office) -> None:
    for rule in (
        office.teams.refuse("members", status=404, body="<html></html>", times=99),
        office.teams.refuse("members", status=502, times=99),
    ):
        async for event in office.platform.places():
            raise AssertionError(event)
        rule.stop()
    assert office.rows("select count(*) from place where gone_at is not null") == [(0,)]


async def test_one_refused_page_does_not_end_the_night(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.teams.directory.LONGEST_WAIT_S", 0.01)
    office.teams.refuse("members", status=502, times=2)
    await office.platform_reads_directory()
    assert office.rows("select count(*) from account where person_id is not null") == [(len(office.everyone),)]


async def test_taking_kizuki_away_and_up_again_within_a_minute(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await office.hanako.uninstalls()
    await office.hanako.installs()
    await office.settled()
    assert place(office, office.hanako)[1] == ""
    assert sum("こんにちは" in m.plain for m in office.hanako.inbox) == 2


async def test_a_new_version_of_the_app_is_no_coming_and_no_going(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    for action in ("remove-upgrade", "add-upgrade"):
        await office.teams.events.tell(office.hanako, office.hanako.chat, kind="installationUpdate", action=action)
        await office.settled()
    assert place(office, office.hanako)[1] == ""
    assert sum("こんにちは" in m.plain for m in office.hanako.inbox) == 1


@pytest.mark.parametrize("worst", ["<a " * 60_000, "<!--" * 60_000, "<a b='" * 40_000, "<" * 200_000, "&" * 200_000])
def test_no_html_holds_up_everybody(worst: str) -> None:
    started = time.perf_counter()
    plain(worst)
    assert time.perf_counter() - started < 1.0, "seconds or minutes where it is quadratic"


async def test_a_forged_mark_changes_nothing_that_others_see(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づき 様式が三種類ある")
    await office.hanako.presses("note.confirm", numbers=["2"])
    await office.settled()
    await office.delivered()
    note = office.madoguchi.messages[-1]
    before = note.plain
    value = {"a": "link.typed", "v": "1", "o": "1"}
    forged = payloads.submitted(office.teams, office.taro.account, note, value)
    await office.teams.deliveries.deliver(forged)
    await office.settled()
    assert note.plain == before


async def test_a_shared_account_stays_one(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await do(office, "update account set kind = 'shared', person_id = null")
    await do(office, "delete from place where private")
    await says(office, office.hanako, "@kizuki 今日", channel=office.madoguchi)
    assert office.rows("select kind, person_id from account") == [("shared", None)]


async def test_a_mention_makes_no_second_account_of_a_colleague(office: Office) -> None:
    await office.hanako.installs()
    await office.taro.installs()
    await office.settled()
    await office.taro.writes("ホーム")
    group = office.teams.group(office.hanako, office.taro)
    for _ in range(2):
        await says(
            office, office.hanako, f"@kizuki 感謝 @{office.taro.name} 助かりました、ありがとう #1", channel=group
        )
    taro = office.rows("select account.ext_id from account join person on person.id = person_id where number = 'taro'")
    assert taro == [(office.taro.handle,)]


async def test_a_colleague_picked_in_a_form_is_known_without_having_written(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    await office.hanako.presses("kudos.compose")
    await office.hanako.submits(to=[office.taro], text="引き継ぎ資料が丁寧で助かりました #10")
    assert office.taro.oid not in office.hanako.sees
    await office.hanako.submits()
    assert office.rows("select count(*) from kudos") == [(1,)]


async def test_another_emoji_keeps_the_support(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "気づき 様式が三種類ある")
    await office.hanako.presses("note.confirm", numbers=["2"])
    await office.settled()
    await office.delivered()
    note = office.madoguchi.messages[-1]
    await office.taro.reacts("like", note)
    both = {
        "reactionsAdded": [{"type": "heart"}],
        "reactionsRemoved": [{"type": "like"}],
        "id": office.teams.ident("r"),
    }
    told = payloads.event(
        office.teams, office.taro.account, office.madoguchi, kind="messageReaction", replyToId=note.id
    )
    await office.teams.deliveries.deliver({**told, **both})
    assert office.rows("select count(*) from note_support") == [(1,)]


async def test_an_upload_that_fails_says_so_and_can_be_tried_again(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "わたしの記録")
    await office.hanako.presses("teams.file")
    await office.settled()
    offer = office.hanako.inbox[-1]
    office.teams.refuse("upload", status=401)
    await office.hanako.accepts_file(offer)
    await office.settled()
    assert not offer.deleted
    assert len(office.hanako.inbox[-1].plain) > 5
    await office.hanako.accepts_file(offer, how=How(copies=3))
    await office.settled()
    assert sum("保存しました" in m.plain for m in office.hanako.inbox) == 1
    assert "いま" not in office.hanako.inbox[-1].plain


async def test_a_word_in_a_channel_subscribes_it_to_nothing(office: Office) -> None:
    made = await office.teams.events.creates_channel(office.team, "新設", office.kacho)
    await says(office, office.hanako, "@kizuki 今日", channel=made)
    assert not any(daily for (daily,) in office.rows("select daily from place where title like '%新設'"))


async def test_whose_tenant_is_not_told_becomes_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    connector = office.platform._connector
    ask = connector.member

    async def bare(*given: Any) -> Json:
        found = await ask(*given)
        return {n: v for n, v in found.items() if n not in ("tenantId", "userRole")}

    monkeypatch.setattr(connector, "member", bare)
    await office.hanako.installs()
    await office.settled()
    assert office.rows("select count(*) from account where person_id is not null") == [(0,)]


async def test_a_slow_connector_keeps_no_press_waiting(office: Office) -> None:
    await office.hanako.installs()
    await says(office, office.hanako, "わたしの記録")
    office.teams.refuse("send", late=1.5)
    await office.hanako.presses("teams.file")
    assert office.hanako.answer.took < 1.0
    office.teams.refuse("member", late=3.0, times=99)
    strangers = [office.teams.person(f"n{i}") for i in range(7)]
    group = office.teams.group(office.hanako, *strangers)
    names = " ".join(f"@{one.name}" for one in strangers)
    await office.hanako.writes(f"@kizuki 気づき {names} と話した", channel=group)
    assert office.hanako.answer.took < 2.0
    await office.settled()
