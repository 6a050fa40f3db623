"""What the bot says unprompted in Teams: people, chats and channels, changes, refusals and who cannot be reached."""

import pytest

from adapters.platform import Gone, Later
from adapters.teams.faults import Limited
from bot import cards
from bot.cards import Card, say
from bot.events import Place
from storage import outbox, places
from storage.database import Tx
from tests.teams.conversations import Conversation
from tests.teams.deliveries import How
from tests.teams.office import Office
from tests.teams.person import Person

HELLO = Card((say("こんにちは"),), "こんにちは")


def of(office: Office, who: Person) -> Place:
    """Where somebody is written to."""
    return _stored(office, who.handle)


def at(office: Office, channel: Conversation) -> Place:
    """Where a channel is written to."""
    return _stored(office, office.place(channel))


def _stored(office: Office, ext_id: str) -> Place:
    def look(tx: Tx) -> Place:
        row = places.find(tx, "teams", ext_id)
        assert row
        return Place("teams", row.ext_id, row.private, row.unpacked())

    return office.database.read_now(look)


async def owed(office: Office, key: str, place: Place, card: Card = HELLO) -> None:
    """Owe a place a message."""

    def work(tx: Tx) -> None:
        row = places.find(tx, "teams", place.id)
        assert row
        body = outbox.body(tx, key, cards.dump(card), at=1)
        outbox.post(tx, key, body, due_at=1, place_id=row.id)

    await office.database.transact(work)


def state(office: Office, key: str) -> object:
    """What became of a message."""
    return office.rows(f"select state from outbox where key = '{key}'")[0][0]


async def test_a_channel_a_person_and_a_change_in_place(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    for place in (at(office, office.madoguchi), of(office, office.hanako)):
        first = await office.platform.send(place, HELLO, key=f"k:{place.id}")
        changed = await office.platform.send(place, Card((say("さようなら"),), "さようなら"), key="l", replaces=first)
        assert changed == first
    assert office.madoguchi.messages[-1].plain == office.hanako.inbox[-1].plain == "さようなら"
    assert office.madoguchi.messages[-1].summary == "さようなら"


async def test_somebody_who_never_wrote_is_written_to_and_the_chat_is_remembered(office: Office) -> None:
    await office.platform_reads_directory()
    place = of(office, office.taro)
    assert place.address["conversation"] == ""
    await office.platform.send(place, HELLO, key="k")
    assert office.taro.inbox[-1].plain == "こんにちは"
    assert of(office, office.taro).address["conversation"] == office.taro.chat.id
    await office.platform.send(of(office, office.taro), HELLO, key="l")
    assert len(office.teams.called("create")) == 1


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        (403, "MessageWritesBlocked", "blocked"),
        (403, "BotNotInConversationRoster", "not_installed"),
        (404, "ConversationNotFound", "removed"),
    ],
)
async def test_whom_teams_does_not_let_us_write_to_is_gone_for_a_reason(
    office: Office, status: int, code: str, why: str
) -> None:
    await office.hanako.installs()
    await office.settled()
    await office.delivered()
    await owed(office, "k", of(office, office.hanako))
    office.teams.refuse("send", status=status, code=code)
    await office.delivered()
    assert state(office, "k") == "gone"
    assert office.rows("select gone_why from place where private") == [(why,)]
    await office.hanako.writes("ホーム")
    await office.settled()
    assert office.rows("select gone_why from place where private") == [("",)], "whoever writes is back"


@pytest.mark.parametrize("body", ["<html>Forbidden</html>", '{"error":{"code":"SomethingNew"}}', ""])
async def test_what_a_gateway_says_makes_nobody_unreachable(office: Office, body: str) -> None:
    await office.hanako.installs()
    await office.settled()
    await office.delivered()
    await owed(office, "k", of(office, office.hanako))
    office.teams.refuse("send", status=403, body=body or " ")
    await office.delivered()
    assert state(office, "k") == "waiting"
    assert office.rows("select gone_why from place where private") == [("",)]
    office.later(minutes=1)
    await office.delivered()
    assert state(office, "k") == "sent"


async def test_a_message_teams_always_stumbles_over_is_sent_as_text_and_then_given_up(office: Office) -> None:
    await owed(office, "k", at(office, office.madoguchi))
    rule = office.teams.refuse("send", status=500, times=9_999, conversation=office.madoguchi.id)
    for round_ in range(70):
        await owed(office, f"other:{round_}", at(office, office.zeimu))
        office.later(hours=1)
        office.platform._connector._pace._gates.clear()  # type: ignore[attr-defined]
        await office.delivered()
    assert state(office, "k") == "parked"
    assert rule.used < 70
    assert office.zeimu.messages


@pytest.mark.parametrize("status", [408, 412, 429, 500, 502, 503, 504])
async def test_trouble_of_teams_own_puts_a_message_off_and_nothing_is_lost(office: Office, status: int) -> None:
    await office.hanako.installs()
    await office.settled()
    await office.delivered()
    await owed(office, "k", of(office, office.hanako))
    office.teams.refuse("send", status=status, retry_after=3 if status == 429 else None)
    before = len(office.hanako.inbox)
    await office.delivered()
    assert state(office, "k") == "waiting"
    office.later(minutes=1)
    office.platform._connector._pace._gates.clear()  # type: ignore[attr-defined]
    await office.delivered()
    assert state(office, "k") == "sent"
    assert len(office.hanako.inbox) == before + 1


async def test_429_closes_the_way_for_as_long_as_teams_says(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    place = of(office, office.hanako)
    office.teams.refuse("send", status=429, retry_after=7)
    with pytest.raises(Limited) as limited:
        await office.platform.send(place, HELLO, key="k")
    assert 7 <= limited.value.seconds <= 8.4
    calls = len(office.teams.calls)
    with pytest.raises(Later):
        await office.platform.send(place, HELLO, key="l")
    assert len(office.teams.calls) == calls, "nobody asks meanwhile"


async def test_a_card_that_is_refused_is_sent_as_text(office: Office) -> None:
    place = at(office, office.madoguchi)
    for status, code in ((413, "MessageSizeTooBig"), (400, "BadSyntax")):
        office.teams.refuse("send", status=status, code=code)
        await office.platform.send(place, HELLO, key=code)
        assert office.madoguchi.messages[-1].card is None
        assert "こんにちは" in office.madoguchi.messages[-1].plain


async def test_a_huge_card_is_shortened_before_teams_refuses_it(office: Office) -> None:
    long = Card(tuple(say("とても長い段落です。" * 400) for _ in range(40)), "長い")
    await office.platform.send(at(office, office.madoguchi), long, key="k")
    assert "一部だけ" in office.madoguchi.messages[-1].plain
    assert not office.teams.called("send", status=413)


@pytest.mark.parametrize(
    ("status", "code"), [(403, "ForbiddenOperationException"), (404, "ActivityNotFoundInConversation")]
)
async def test_a_channel_that_lets_nobody_change_a_message_is_survived(office: Office, status: int, code: str) -> None:
    place = at(office, office.madoguchi)
    first = await office.platform.send(place, HELLO, key="k")
    office.teams.refuse("update", status=status, code=code)
    assert await office.platform.send(place, Card((say("さようなら"),), "さ"), key="l", replaces=first) == first
    assert office.madoguchi.messages[-1].plain == "こんにちは"
    await office.platform.send(place, HELLO, key="m")


async def test_a_bot_that_is_removed_while_it_writes_loses_its_place_and_nothing_else(office: Office) -> None:
    await owed(office, "k", at(office, office.madoguchi))
    await owed(office, "l", at(office, office.zeimu))
    office.teams.refuse("send", status=404, code="ConversationNotFound", conversation=office.madoguchi.id)
    await office.delivered()
    assert (state(office, "k"), state(office, "l")) == ("gone", "sent")


async def test_a_token_that_is_not_taken_is_renewed_once(office: Office) -> None:
    office.teams.refuse("send", status=401)
    await office.platform.send(at(office, office.madoguchi), HELLO, key="k")
    office.teams.refuse("send", status=401, times=2)
    with pytest.raises(Later) as later:
        await office.platform.send(at(office, office.madoguchi), HELLO, key="l")
    assert later.value.seconds >= 60, "a human has to look at that"


async def test_a_lost_answer_and_a_hanging_teams_are_survived(hasty: Office) -> None:
    await hasty.hanako.installs()
    hasty.teams.limits.off()
    await hasty.settled()
    await hasty.delivered()
    hasty.teams.refuse("send", hang=0.1)
    await owed(hasty, "k", of(hasty, hasty.hanako))
    await hasty.delivered()
    assert state(hasty, "k") == "waiting"
    hasty.later(minutes=1)
    await hasty.delivered()
    assert state(hasty, "k") == "sent"


async def test_the_service_url_is_the_newest(office: Office) -> None:
    await office.hanako.installs()
    await office.settled()
    first = of(office, office.hanako).address["service"]
    moved = office.teams.url + "emea/"
    await office.hanako.writes("ホーム", how=How(changes={"serviceUrl": moved}))
    await office.settled()
    assert of(office, office.hanako).address["service"] == moved != first


async def test_gone_has_a_word(office: Office) -> None:
    office.hanako.account.installed = False
    await office.platform_reads_directory()
    office.teams.refuse("create", status=403, code="BotNotInConversationRoster")
    with pytest.raises(Gone) as gone:
        await office.platform.send(of(office, office.hanako), HELLO, key="k")
    assert gone.value.why == "not_installed"
