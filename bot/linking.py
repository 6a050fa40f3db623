"""Linking by a code: shown to one account, typed on another within minutes, so that both are one person."""

import secrets
from datetime import timedelta

from bot import accounts
from bot.cards import Block, Button, Card, Heading, Reply, Span, TextInput, muted, row, say, with_error
from bot.events import Handle, Press
from bot.turn import Refusal, Turn
from storage import accounts as stored
from storage import people
from storage.people import PersonRow
from storage.search import fold

CODE_HOLDS = timedelta(minutes=10)
TRIES = 5


def show(turn: Turn, code: str) -> Reply:
    """`/kizuki link`: my accounts and a code to type elsewhere; with a code, what it links."""
    return enter(turn, code) if code.strip() else _offer(turn)


def offer(turn: Turn, _: Press) -> Reply:
    """My accounts and a code, from a button."""
    return _offer(turn)


def ask(turn: Turn, _: Press) -> Reply:
    """The dialog to type a code in."""
    return Reply(_dialog(turn), "dialog")


def typed(turn: Turn, press: Press) -> Reply:
    """The code from the dialog."""
    reply = enter(turn, press.first("code"))
    if reply.replaces:
        return Reply(with_error(_dialog(turn), "code", reply.card.summary), "dialog", replaces=True)
    return reply


def enter(turn: Turn, text: str) -> Reply:
    """A typed code. A wrong one is counted, so it is answered, not refused: a refusal would undo the count."""
    handle = _handle(turn)
    code = "".join(c for c in fold(text) if c.isdigit())
    # Counted before it is looked up: whoever types many at the same instant waits here, one after the other.
    wrong = stored.miss(turn.tx, handle.platform, handle.id, at=turn.at)
    found = stored.shown(turn.tx, code, now=turn.at) if wrong <= TRIES else None
    if found is None and wrong >= TRIES:
        return _no(turn, "link.too_many", minutes=round(CODE_HOLDS.total_seconds() / 60))
    if found is None:
        return _no(turn, "link.wrong", n=TRIES - wrong)
    other = Handle(*found)
    return _no(turn, "link.same_account") if other == handle else _join(turn, code, handle, other)


def _join(turn: Turn, code: str, here: Handle, there: Handle) -> Reply:
    """Link the one of two accounts that belongs to nobody to the person of the other."""
    mine, theirs = turn.who, _owner(turn, there)
    if mine and theirs:
        return _no(turn, "link.already" if mine.id == theirs.id else "link.two_people")
    person, free = mine or theirs, there if mine else here
    if person is None:
        return _no(turn, "link.nobody")
    known = stored.get(turn.tx, free.platform, free.id)
    if known and known.person_id is not None:
        # Of a bot, of somebody who left or has not begun: a code does not take it from them.
        owner = people.get(turn.tx, known.person_id, today=turn.day)
        return _no(turn, f"people.{accounts.standing(turn, free, owner)}")
    if known and known.kind in ("bot", "shared"):
        return _no(turn, f"people.{known.kind}")
    if not stored.use_code(turn.tx, code):
        return _no(turn, "link.wrong", n=TRIES)
    # Only for a link that was made: a code of one's own must not buy new tries.
    stored.forgive(turn.tx, here.platform, here.id)
    accounts.begin(turn, person, free, how="code", here=here)
    if free == there:
        accounts.tell_at(turn, there, accounts.linked_card(turn, here, turn.language_of(person)))
    turn.become(people.get(turn.tx, person.id, today=turn.day))
    t = turn.t
    done = t("link.done", platform=turn.platform_name(there.platform))
    return Reply(
        Card((say(Span(done, "strong")), muted(t("link.done_hint")), *accounts.listed(turn, turn.me)), done, turn.lang)
    )


def _offer(turn: Turn) -> Reply:
    handle, t = _handle(turn), turn.t
    code = _fresh_code(turn)
    stored.show_code(turn.tx, handle.platform, handle.id, code=code, expires_at=turn.at_in(CODE_HOLDS))
    minutes = round(CODE_HOLDS.total_seconds() / 60)
    shown = f"{code[:3]} {code[3:]}"
    how = t("link.how", code=code, minutes=minutes)
    blocks: tuple[Block, ...] = (
        Heading(t("link.title")),
        say(Span(shown, "strong")),
        say(how),
        row(Button("link.ask", t("link.type_a_code"))),
        *(accounts.listed(turn, turn.who) if turn.who else ()),
    )
    return Reply(Card(blocks, f"{t('link.title')} {shown} {how}", turn.lang))


def _fresh_code(turn: Turn) -> str:
    while True:
        code = f"{secrets.randbelow(1_000_000):06d}"
        if stored.code_is_free(turn.tx, code):
            return code


def _handle(turn: Turn) -> Handle:
    if turn.handle is None:
        raise Refusal("cards.stale")
    return turn.handle


def _owner(turn: Turn, handle: Handle) -> PersonRow | None:
    return turn.present(people.resolve(turn.tx, handle.platform, handle.id, today=turn.day))


def _no(turn: Turn, key: str, **values: object) -> Reply:
    text = turn.t(key, **values)
    again = row(Button("link.ask", turn.t("link.type_a_code")))
    return Reply(Card((say(text), again), text, turn.lang), replaces=True)


def _dialog(turn: Turn) -> Card:
    t = turn.t
    blocks = (
        Heading(t("link.type_a_code")),
        TextInput("code", t("link.code"), "", t("link.code_hint"), required=True),
        row(Button("link.typed", t("link.join"), "", "primary")),
    )
    return Card(blocks, t("link.type_a_code"), turn.lang)


ACTIONS = {"link.show": offer, "link.ask": ask, "link.typed": typed}
