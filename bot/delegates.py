"""Delegates: whom a manager names until further notice. They receive the digest and answer notes, and nothing more."""

from functools import partial

from bot.cards import Block, Button, Card, Heading, PersonPick, Reply, Span, muted, row, say, with_error
from bot.events import Press, number_in
from bot.people import Thing, may, picked, require
from bot.turn import Refusal, Turn
from storage import people, roles
from storage.people import PersonRow
from storage.roles import StandingRow


def show(turn: Turn, _: Press | None = None) -> Reply:
    """`/kizuki delegate`: whom one named, and for whom one is a delegate."""
    found = roles.standing(turn.tx, turn.me.id)
    names = may(turn, "delegate.name")
    if not found and not names:
        raise Refusal("delegates.not_a_manager")
    t = turn.t
    lines = [block for one in found for block in _line(turn, one)] or [muted(t("delegates.nobody"))]
    ask = [row(Button("delegate.ask", t("delegates.ask"), "", "primary"))] if names else []
    blocks: tuple[Block, ...] = (Heading(t("delegates.title")), muted(t("delegates.what")), *lines, *ask)
    return Reply(Card(blocks, t("delegates.title"), turn.lang))


def ask(turn: Turn, _: Press) -> Reply:
    """The dialog in which one is chosen."""
    if not may(turn, "delegate.name"):
        raise Refusal("delegates.not_a_manager")
    return Reply(_dialog(turn, ()), "dialog")


def save(turn: Turn, press: Press) -> Reply:
    """Have the one who was chosen be a delegate from today on."""
    if not may(turn, "delegate.name"):
        raise Refusal("delegates.not_a_manager")
    to = press.fields.get("delegate", ())
    chosen = picked(turn, to[:1])
    if not chosen or chosen[0].id == turn.me.id:
        wrong = "delegates.not_oneself" if chosen else "delegates.nobody_picked"
        return Reply(with_error(_dialog(turn, to), "delegate", turn.t(wrong)), "dialog", replaces=True)
    person = turn.present(chosen[0])
    if person is None:
        raise Refusal("people.nobody", name=chosen[0].name(turn.lang))
    known = {(one.person_id, one.deputy_id) for one in roles.standing(turn.tx, turn.me.id)}
    if (turn.me.id, person.id) in known:
        return _said(turn, turn.t("delegates.already", name=person.name(turn.lang)))
    _begin(turn, person)
    return _said(turn, turn.t("delegates.saved", name=person.name(turn.lang)))


def _begin(turn: Turn, person: PersonRow) -> None:
    roles.stand_in(turn.tx, turn.me.id, person.id, starts_on=turn.day, ends_on=None)
    turn.tell(person.id, f"delegate:{turn.key}", partial(_told, turn, turn.me))
    turn.audit("delegate.begin", f"person:{turn.me.id}", delegate=f"person:{person.id}")


def end(turn: Turn, press: Press) -> Reply:
    """Either of the two ends it, and the other hears of it."""
    wanted = number_in(press.value)
    found = next((one for one in roles.standing(turn.tx, turn.me.id) if one.id == wanted), None)
    if found is None:
        raise Refusal("cards.stale")
    require(turn, "delegate.end", Thing(owner_id=turn.me.id))
    other = found.deputy_id if found.person_id == turn.me.id else found.person_id
    _end(turn, found, (other,))
    return _said(turn, turn.t("delegates.done"))


def lapse(turn: Turn) -> None:
    """End what has no ground any more: the manager's role is over, or one of the two has left."""
    for one in roles.lapsed(turn.tx, today=turn.day):
        _end(turn, one, (one.person_id, one.deputy_id))


def _end(turn: Turn, one: StandingRow, tell: tuple[int, ...]) -> None:
    if not roles.end_standing(turn.tx, one.id, today=turn.day):
        return
    turn.audit("delegate.end", f"person:{one.person_id}", delegate=f"person:{one.deputy_id}")
    for person_id in tell:
        person, other = (_person(turn, p) for p in (person_id, _other(one, person_id)))
        if turn.present(person) and other:
            words = "ended_named" if person_id == one.person_id else "ended"
            turn.tell(person_id, f"delegate:{one.id}:end:{person_id}", partial(_ended, turn, other, words))


def _other(one: StandingRow, person_id: int) -> int:
    return one.deputy_id if person_id == one.person_id else one.person_id


def _person(turn: Turn, person_id: int) -> PersonRow | None:
    return people.get(turn.tx, person_id, today=turn.day)


def way_in(turn: Turn) -> Button | None:
    """The button at home, for managers and delegates."""
    if may(turn, "delegate.name") or roles.standing(turn.tx, turn.me.id):
        return Button("delegate.show", turn.t("delegates.title"))
    return None


def in_short(turn: Turn) -> list[Block]:
    """Who is whose delegate, at home."""
    return [muted(_words(turn, one)) for one in roles.standing(turn.tx, turn.me.id)]


def _name(turn: Turn, one: StandingRow) -> str:
    person = _person(turn, _other(one, turn.me.id))
    return person.name(turn.lang) if person else ""


def _words(turn: Turn, one: StandingRow) -> str:
    return turn.t("delegates.named" if one.person_id == turn.me.id else "delegates.for", name=_name(turn, one))


def _line(turn: Turn, one: StandingRow) -> list[Block]:
    words = turn.t("delegates.end_named" if one.person_id == turn.me.id else "delegates.end", name=_name(turn, one))
    return [say(Span(_words(turn, one), "strong")), row(Button("delegate.end", words, str(one.id)))]


def _dialog(turn: Turn, chosen: tuple[str, ...]) -> Card:
    t = turn.t
    blocks: tuple[Block, ...] = (
        Heading(t("delegates.title")),
        muted(t("delegates.what")),
        PersonPick("delegate", t("delegates.who"), chosen),
        row(Button("delegate.save", t("delegates.save"), "", "primary")),
    )
    return Card(blocks, t("delegates.title"), turn.lang)


def _said(turn: Turn, text: str) -> Reply:
    show_all = row(Button("delegate.show", turn.t("delegates.title")))
    return Reply(Card((say(Span(text, "strong")), show_all), text, turn.lang))


def _told(turn: Turn, manager: PersonRow, lang: str) -> Card:
    t = turn.speak(lang)
    text = t("delegates.told", name=manager.name(lang))
    button = row(Button("delegate.show", t("delegates.title")))
    return Card((say(text), muted(t("delegates.told_hint")), button), text, lang)


def _ended(turn: Turn, other: PersonRow, words: str, lang: str) -> Card:
    text = turn.speak(lang)(f"delegates.{words}", name=other.name(lang))
    return Card((say(text),), text, lang)


LOOKS = ("delegate.show", "delegate.ask")
ACTIONS = {"delegate.show": show, "delegate.ask": ask, "delegate.save": save, "delegate.end": end}
