"""A colleague's message taken up from its menu, and an emoji under it that offers thanks."""

import asyncio

import pytest

from bot.cards import Card, PersonPick, Quote, TextInput
from bot.events import Profile
from storage import accounts, people
from storage.database import Busy
from tests.talk import OTHER, PLATFORM, Someone, Talk

SAID = "待合の案内板、朝いちばんで直しておきました"
WORDS = "朝いちばんの対応で助かりました"


def _field(card: Card | None, kind: type[TextInput] | type[PersonPick]) -> TextInput | PersonPick:
    assert card is not None
    return next(block for block in card.blocks if isinstance(block, kind))


def _quote(card: Card | None) -> Quote | None:
    assert card is not None
    return next((block for block in card.blocks if isinstance(block, Quote)), None)


def _at(someone: Someone) -> str:
    assert someone.reply is not None
    return someone.reply.at


async def test_a_message_becomes_a_note_in_the_words_one_chooses(talk: Talk) -> None:
    await talk.hanako.sends("note.quote", text=[SAID], by=[f"{PLATFORM}/taro"])
    assert talk.hanako.reply is not None
    assert talk.hanako.reply.at == "dialog"
    assert _quote(talk.hanako.card) == Quote(SAID, "taro")
    text = _field(talk.hanako.card, TextInput)
    assert isinstance(text, TextInput)
    assert text.value == SAID
    assert talk.rows("select count(*) from draft") == [(0,)], "only looked at"
    await talk.hanako.presses("note.write", text=[f"{SAID}。だれでも直せるようにしたい"])
    await talk.hanako.presses("note.confirm", numbers=["1"])
    assert talk.rows("select text from note") == [(f"{SAID}。だれでも直せるようにしたい",)]


@pytest.mark.parametrize("by", [[], [f"{PLATFORM}/hanako"], [f"{PLATFORM}/daremo"], ["x"], [""]])
async def test_ones_own_message_and_a_strangers_are_quoted_without_a_name(talk: Talk, by: list[str]) -> None:
    await talk.hanako.sends("note.quote", text=[SAID], by=by)
    assert _quote(talk.hanako.card) == Quote(SAID)


async def test_a_long_message_is_shortened_above_and_cut_in_the_field(talk: Talk) -> None:
    talk.sets("notes", longest=500)
    await talk.hanako.sends("note.quote", text=["長い話。\n" * 400], by=[])
    quote, text = _quote(talk.hanako.card), _field(talk.hanako.card, TextInput)
    assert quote
    assert len(quote.text) == 300
    assert isinstance(text, TextInput)
    assert text.value == ("長い話。\n" * 400)[:500]
    assert "どの規範に" in await talk.hanako.presses("note.write")


@pytest.mark.parametrize("text", [[], ["  \u3000 "]])
async def test_a_message_without_words_opens_an_empty_dialog(talk: Talk, text: list[str]) -> None:
    await talk.hanako.sends("note.quote", text=text, by=[f"{PLATFORM}/taro"])
    assert _quote(talk.hanako.card) is None
    field = _field(talk.hanako.card, TextInput)
    assert isinstance(field, TextInput)
    assert field.value == ""


async def test_the_writer_of_a_message_is_thanked_and_the_message_is_kept_nowhere(talk: Talk) -> None:
    await talk.hanako.sends("kudos.quote", text=[SAID], to=[f"{PLATFORM}/taro"])
    assert talk.hanako.reply is not None
    assert talk.hanako.reply.at == "dialog"
    assert _quote(talk.hanako.card) == Quote(SAID, "taro")
    pick, text = _field(talk.hanako.card, PersonPick), _field(talk.hanako.card, TextInput)
    assert isinstance(pick, PersonPick)
    assert isinstance(text, TextInput)
    assert (pick.chosen, text.value) == ((f"{PLATFORM}/taro",), "")
    await talk.hanako.presses("kudos.write", text=[WORDS])
    assert SAID not in talk.hanako.sees
    await talk.hanako.presses("kudos.confirm", numbers=["1"])
    await talk.delivered()
    assert WORDS in talk.taro.inbox[0]
    for table, column in (("draft", "text"), ("kudos", "text"), ("body", "card"), ("once", "key")):
        assert talk.rows(f"select count(*) from {table} where {column} like '%案内板%'") == [(0,)], table


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ([], "名簿に見つかりません"),
        ([f"{PLATFORM}/daremo"], "名簿に見つかりません"),
        (["x"], "名簿に見つかりません"),
        ([f"{PLATFORM}/robo"], "ボットには送れません"),
        ([f"{PLATFORM}/app"], "ボットには送れません"),
        ([f"{PLATFORM}/moto"], "もう在籍していません"),
        ([f"{PLATFORM}/hanako"], "自分には送れません"),
    ],
)
async def test_who_cannot_be_thanked_is_told_kindly(talk: Talk, to: list[str], why: str) -> None:
    await talk.database.transact(lambda tx: accounts.note(tx, PLATFORM, "app", kind="bot", at=0))
    assert why in await talk.hanako.sends("kudos.quote", text=[SAID], to=to)
    assert talk.hanako.reply is not None
    assert talk.hanako.reply.refused
    assert why in await talk.hanako.sends("kudos.to", "".join(to))


@pytest.mark.parametrize("action", ["note.quote", "kudos.quote", "kudos.to"])
async def test_whoever_may_only_read_is_told_why_before_writing(talk: Talk, action: str) -> None:
    left = Someone(talk, "moto")
    guest = talk.elsewhere("g", Profile(kind="guest"))
    for someone, why in ((talk.stranger, "名簿に登録がない"), (left, "退職された方"), (guest, "ゲストの方")):
        seen = await someone.sends(action, f"{PLATFORM}/taro", text=[SAID], to=[f"{PLATFORM}/taro"], by=[])
        assert why in seen
        assert SAID not in seen


async def test_a_reaction_offers_thanks_to_whoever_reacted(talk: Talk) -> None:
    assert "taroさんに感謝を伝えますか" in await talk.hanako.sends("kudos.offer", to=[f"{PLATFORM}/taro"])
    assert _at(talk.hanako) == "me"
    await talk.hanako.presses("感謝を伝える")
    assert _at(talk.hanako) == "dialog"
    await talk.hanako.presses("kudos.write", text=[WORDS])
    await talk.hanako.presses("kudos.confirm", numbers=["2"])
    await talk.delivered()
    assert WORDS in talk.taro.inbox[0]
    assert "Would you like to thank Hanako" in await talk.ken.sends("kudos.offer", to=[f"{PLATFORM}/hanako"])


@pytest.mark.parametrize("to", ["hanako", "daremo", "robo", "moto", "soon"])
async def test_a_reaction_is_never_answered_with_a_refusal(talk: Talk, to: str) -> None:
    def begins_later(tx):  # type: ignore[no-untyped-def]
        person = people.add(tx, number="s", name_ja="そのうち", name_en="Soon", joined_on="2027-04-01")
        accounts.add(tx, PLATFORM, "soon", person_id=person)

    await talk.database.transact(begins_later)
    await talk.hanako.sends("kudos.offer", to=[f"{PLATFORM}/{to}"])
    assert talk.hanako.reply is None
    await talk.hanako.sends("kudos.offer")
    assert talk.hanako.reply is None


async def test_strangers_guests_and_leavers_who_react_hear_nothing(talk: Talk) -> None:
    others = (talk.stranger, Someone(talk, "moto"), talk.elsewhere("g", Profile(kind="guest")), talk.elsewhere("x"))
    for someone in others:
        await someone.sends("kudos.offer", to=[f"{PLATFORM}/taro"])
        assert someone.reply is None, someone.name


async def test_not_even_a_database_that_is_busy_answers_a_reaction(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    for fault in (Busy("locked"), RuntimeError("broken")):

        def refuses(*_: object, fault: Exception = fault) -> None:
            raise fault

        monkeypatch.setattr(talk.database, "transact", refuses)
        await talk.hanako.sends("kudos.offer", to=[f"{PLATFORM}/taro"])
        assert talk.hanako.reply is None
        await talk.hanako.sends("kudos.to", f"{PLATFORM}/taro")
        assert talk.hanako.reply is not None
        talk.hanako.reply = None
        monkeypatch.undo()


async def test_looking_takes_no_turn_among_the_writers_but_its_key(talk: Talk) -> None:
    before = talk.rows("select count(*) from once")
    await asyncio.gather(
        *(talk.hanako.sends(a, f"{PLATFORM}/taro", to=[f"{PLATFORM}/taro"]) for a in ("kudos.offer", "kudos.to"))
    )
    assert talk.rows("select count(*) from once")[0][0] == int(str(before[0][0])) + 2
    assert talk.rows("select count(*) from draft, outbox") == [(0,)]


async def test_a_writer_known_from_another_platform_is_the_same_person(talk: Talk) -> None:
    there = talk.elsewhere("T-9", Profile(email="taro@city.example", verified=True))
    await there.opens_home()
    assert "taroさんに感謝を" in await talk.hanako.sends("kudos.offer", to=[f"{OTHER}/T-9"])
    await talk.taro.sends("kudos.offer", to=[f"{OTHER}/T-9"])
    assert talk.taro.reply is None, "oneself, by another account"
