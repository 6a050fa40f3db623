"""Kudos: thanks to colleagues for living a principle, confirmed by the giver, told to those thanked."""

from datetime import timedelta

from bot import kudos_view
from bot.cards import (
    Card,
    Reply,
    muted,
    say,
    with_error,
)
from bot.draft_view import known, outdated, suggested
from bot.events import Command, Press, is_blank, number_in
from bot.notes import MOST_NUMBERS, known_numbers, own_draft
from bot.people import Thing, picked, require
from bot.turn import Refusal, Turn, in_form
from storage import drafts, kudos, people, places, quota
from storage.drafts import DraftRow
from storage.kudos import KudosRow
from storage.people import PersonRow

SAME_WITHIN = timedelta(minutes=1)
MOST_RECEIVERS = 20


def start(turn: Turn, command: Command) -> Reply:
    """`/kudos @a @b words #10`: asks the giver to confirm the principles; without words it opens the dialog."""
    text = command.text
    # The longest first: one name may be the beginning of another.
    for mention in sorted(command.mentions, key=lambda m: -len(m.shown)):
        text = text.replace(mention.shown, " ")
    text = text.strip()
    values = tuple(f"{m.who.platform}/{m.who.id}" for m in command.mentions)
    if not text and not values:
        return Reply(kudos_view.compose_card(turn, (), "", ()), "dialog")
    stray = next((w for w in text.split() if w[0] in "@＠" and len(w) > 1), "")
    if stray:
        raise Refusal("people.nobody", back=text, name=stray[1:])
    if not values:
        raise Refusal("kudos.to_whom", back=text)
    return _draft(turn, picked(turn, values), _checked(turn, text), dialog=False)


def compose(turn: Turn, press: Press) -> Reply:
    """The dialog to write thanks in; `value` may be a principle that is already chosen."""
    return Reply(kudos_view.compose_card(turn, (), "", known(turn, (press.value,))), "dialog")


def write(turn: Turn, press: Press) -> Reply:
    """Words from the dialog: on to the principles."""
    to, text = press.fields.get("to", ()), press.first("text").strip()
    try:
        if not to:
            raise Refusal("kudos.to_whom_pick", field="to")
        return _draft(turn, picked(turn, to), _checked(turn, text, field="text"), dialog=True)
    except Refusal as refusal:
        return in_form(turn, refusal, kudos_view.compose_card(turn, to, text, ()))


def confirm(turn: Turn, press: Press) -> Reply:
    """The press that gives the kudos."""
    draft = own_draft(turn, press.value, "kudos")
    ticked = (*press.fields.get("numbers", ()), *press.fields.get("others", ()))
    numbers = tuple(sorted(known(turn, ticked)))
    if not 1 <= len(numbers) <= MOST_NUMBERS or outdated(turn, draft):
        return _again(turn, draft, known(turn, ticked, draft.unpacked().get("edition", "")))
    visible = press.first("visible") or "public"
    if visible not in kudos_view.VISIBLE:
        raise Refusal("cards.stale")
    thanked = [_still_here(turn, person_id) for person_id in draft.unpacked()["to"]]
    given, used = _give(turn, draft, thanked, numbers, public=visible == "public")
    _announce(turn, given, thanked, numbers)
    return Reply(kudos_view.given_card(turn, given, thanked, numbers, used), replaces=True)


def discard(turn: Turn, press: Press) -> Reply:
    """The press that throws a draft away."""
    drafts.drop(turn.tx, own_draft(turn, press.value, "kudos").id)
    text = turn.t("kudos.discarded")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def take_back(turn: Turn, press: Press) -> Reply:
    """Undo a kudos within a day: it leaves every count and list, and the quota comes back."""
    given = _held(turn, press.value)
    require(turn, "kudos.take_back", Thing(owner_id=given.giver_id))
    limit = turn.settings.kudos.take_back
    if turn.now - turn.local(given.at) > limit:
        raise Refusal("kudos.too_late", hours=round(limit.total_seconds() / 3600))
    kudos.take_back(turn.tx, given, at=turn.at)
    _withdraw_cards(turn, given)
    text = turn.t("kudos.taken_back")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def clap(turn: Turn, press: Press) -> Reply:
    """Applause: once a person, not for oneself."""
    given = _held(turn, press.value)
    if not given.public:
        raise Refusal("kudos.unknown")
    thanked = kudos.receivers(turn.tx, given.id)
    if turn.me.id == given.giver_id or turn.me.id in {p for p, _, _ in thanked}:
        raise Refusal("kudos.own_clap")
    if not kudos.clap(turn.tx, given.id, turn.me.id, at=turn.at):
        raise Refusal("kudos.clapped_before")
    _refresh(turn, given)
    text = turn.t("kudos.clapped", n=kudos.claps(turn.tx, given.id))
    return Reply(Card((say(text),), text, turn.lang))


def _checked(turn: Turn, text: str, *, field: str = "") -> str:
    limits = turn.settings.kudos
    if len(text) < limits.shortest or is_blank(text):
        raise Refusal("kudos.too_short", back=text, field=field, shortest=limits.shortest, length=len(text))
    if len(text) > limits.longest:
        raise Refusal("kudos.too_long", back=text, field=field, longest=limits.longest, length=len(text))
    known_numbers(turn, text, field=field)
    return text


def _draft(turn: Turn, thanked: list[PersonRow], text: str, *, dialog: bool) -> Reply:
    field = "to" if dialog else ""
    if len(thanked) > MOST_RECEIVERS:
        raise Refusal("kudos.too_many_people", back=text, field=field, most=MOST_RECEIVERS)
    for person in thanked:
        fit(turn, person, text, field)
    ranked, kept = suggested(turn, text, ())
    data = {"to": [p.id for p in thanked], **kept}
    expires = turn.at_in(turn.settings.notes.draft_expires)
    me = turn.me.id
    draft_id = drafts.add(turn.tx, person_id=me, kind="kudos", text=text, data=data, expires_at=expires)
    numbers = known_numbers(turn, text)[:MOST_NUMBERS]
    card = kudos_view.ask_card(turn, draft_id, text, ranked, thanked, numbers)
    return Reply(card, "dialog" if dialog else "me", replaces=dialog)


def fit(turn: Turn, person: PersonRow, text: str, field: str = "") -> None:
    """Refuse thanks to oneself, to a bot, to somebody who left."""
    if person.id == turn.me.id:
        raise Refusal("kudos.to_oneself", back=text, field=field)
    if person.bot:
        raise Refusal("kudos.to_bot", back=text, field=field)
    if person.left_on is not None and person.left_on <= turn.day:
        raise Refusal("kudos.to_left", back=text, field=field, name=person.name(turn.lang))


def _still_here(turn: Turn, person_id: int) -> PersonRow:
    person = people.get(turn.tx, person_id, today=turn.day)
    if person is None:
        raise Refusal("cards.stale")
    fit(turn, person, "")
    return person


def _give(
    turn: Turn, draft: DraftRow, thanked: list[PersonRow], numbers: tuple[int, ...], *, public: bool
) -> tuple[KudosRow, int]:
    tx, me, cap = turn.tx, turn.me, turn.settings.kudos.daily_cap
    # The quota row is taken first: whatever else this person gives at the same instant waits behind it.
    used = quota.take(tx, me.id, turn.day, count=len(thanked), cap=cap)
    if used is None:
        raise Refusal("kudos.cap", cap=cap, used=quota.used(tx, me.id, turn.day), back=draft.text)
    since = turn.at_in(-SAME_WITHIN)
    if any(kudos.twin(tx, giver=me.id, receiver=p.id, text=draft.text, since=since) for p in thanked):
        raise Refusal("kudos.twice")
    kudos_id = kudos.add(
        tx,
        giver_id=me.id,
        unit_id=me.unit_id,
        receivers=[(p.id, p.unit_id) for p in thanked],
        text=draft.text,
        numbers=numbers,
        public=public,
        pack=turn.pack.id,
        version=turn.pack.version,
        day=turn.day,
        at=turn.at,
        ranked=tuple(draft.unpacked()["ranked"]),
    )
    if not drafts.settle(tx, draft.id, became=kudos_id):
        raise Refusal("kudos.already")
    names = (me.name_ja, me.name_en)
    return KudosRow(kudos_id, me.id, *names, me.unit_id, draft.text, public, turn.day, turn.at, None), used


def _held(turn: Turn, value: str) -> KudosRow:
    """The kudos a button is about, held until this turn ends: whoever changes it at the same instant comes after."""
    kudos_id = number_in(value)
    if kudos_id is None:
        raise Refusal("kudos.unknown")
    kudos.hold(turn.tx, kudos_id)
    found = kudos.get(turn.tx, kudos_id)
    if found is None or found.taken_back_at is not None:
        raise Refusal("kudos.unknown")
    return found


def _announce(turn: Turn, given: KudosRow, thanked: list[PersonRow], numbers: tuple[int, ...]) -> None:
    """Those thanked hear of it in their own language; public thanks also stand in a channel."""
    for person in thanked:
        key = _key(given, person.id)
        turn.tell_person(person, key, lambda lang: kudos_view.received_card(turn, given, numbers, lang))
    if given.public and (place := _channel(turn, given)) is not None:
        names = kudos_view.named(turn.speak(turn.house.lang), [p.name(turn.house.lang) for p in thanked])
        turn.publish(place, f"kudos:{given.id}", kudos_view.drawn_public(turn, given, names, numbers, 0))


def _channel(turn: Turn, given: KudosRow) -> int | None:
    """Where public thanks stand: the channel for kudos, or that of the giver's unit."""
    return places.kudos_channel(turn.tx) or turn.channel(given.unit_id)


def _refresh(turn: Turn, given: KudosRow) -> None:
    turn.change(f"kudos:{given.id}", kudos_view.public_card(turn, given))


def _withdraw_cards(turn: Turn, given: KudosRow) -> None:
    """Gone from the channel and from those thanked; who has not seen it yet never will."""
    turn.withdraw(f"kudos:{given.id}", kudos_view.withdrawn_card(turn, turn.house.lang))
    for person_id, _, _ in kudos.receivers(turn.tx, given.id):
        person = people.get(turn.tx, person_id, today=turn.day)
        lang = (person and person.language) or turn.house.lang
        turn.withdraw(_key(given, person_id), kudos_view.withdrawn_card(turn, lang))


def _key(given: KudosRow, person_id: int) -> str:
    return f"kudos:{given.id}:{person_id}"


def _again(turn: Turn, draft: DraftRow, numbers: tuple[int, ...]) -> Reply:
    thanked = [_still_here(turn, person_id) for person_id in draft.unpacked()["to"]]
    message = turn.t("notes.moved" if outdated(turn, draft) else "kudos.choose", most=MOST_NUMBERS)
    ranked, kept = suggested(turn, draft.text, ())
    drafts.keep(turn.tx, draft.id, draft.unpacked() | kept)
    card = kudos_view.ask_card(turn, draft.id, draft.text, ranked, thanked, numbers[:MOST_NUMBERS], again=True)
    return Reply(with_error(card, "numbers", message), replaces=True)


ACTIONS = {
    "kudos.compose": compose,
    "kudos.write": write,
    "kudos.confirm": confirm,
    "kudos.discard": discard,
    "kudos.take_back": take_back,
    "kudos.clap": clap,
}
