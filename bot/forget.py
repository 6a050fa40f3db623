"""Forgetting a person who asks for it: their data is erased or loses its name at once, and every count stays."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from bot import awards_telling, kudos_view, note_view, unit_figures_stories
from bot.cards import Block, Button, Card, Choice, Facts, Heading, Option, Reply, muted, row, say
from bot.events import Press, number_in
from bot.notes import refresh
from bot.turn import Refusal, Turn
from storage import accounts, audit, erasure, kudos, note_tags, notes, own, people, search, shown, supports
from storage.columns import ERASED
from storage.erasure import Tally
from storage.shown import Shown
from storage.units import ALWAYS

HOLDS = timedelta(minutes=10)
ERASE, KEEP = "erase", "keep"
CHOICES = (KEEP, ERASE)
# A stand-in is nobody who ever worked here: it is in no list, and no day tells when it came to be.
NUMBER = "erased:"


class Wish(NamedTuple):
    """What the second card carries: who asked, when, and what is to become of the words."""

    person_id: int
    at: int
    texts: str


def start(turn: Turn) -> Reply:
    """`/kizuki forget`: what would be erased, what stays as a count, what has to stay and why."""
    t = turn.t
    options = tuple(Option(c, t(f"forget.texts.{c}"), t(f"forget.texts_hint.{c}")) for c in CHOICES)
    blocks: tuple[Block, ...] = (
        Heading(t("forget.title"), 2),
        Facts(_counts(turn)),
        *_list(turn, "forget.goes", ("drafts", "messages", "settings", "edits")),
        *_list(turn, "forget.counts", ("counted",)),
        *_list(turn, "forget.stays", _staying(turn)),
        Choice("texts", t("forget.texts_label"), options, (KEEP,)),
        row(Button("forget.sure", t("forget.go_on"), str(turn.me.id), "danger")),
    )
    return Reply(Card(blocks, t("forget.title"), turn.lang))


def ask(turn: Turn, _: Press) -> Reply:
    """The same from a button."""
    return start(turn)


def sure(turn: Turn, press: Press) -> Reply:
    """The second question, which holds for some minutes."""
    texts = press.first("texts")
    if number_in(press.value) != turn.me.id or texts not in CHOICES:
        raise Refusal("cards.stale")
    t = turn.t
    value = f"{turn.me.id}:{turn.at}:{texts}"
    blocks: tuple[Block, ...] = (
        Heading(t("forget.sure_title"), 2),
        say(t(f"forget.sure.{texts}")),
        muted(t("forget.no_way_back")),
        row(Button("forget.done", t("forget.do_it"), value, "danger"), Button("forget.leave", t("forget.leave"))),
    )
    return Reply(Card(blocks, t("forget.sure_title"), turn.lang), replaces=True)


def leave(turn: Turn, _: Press) -> Reply:
    """Nothing is forgotten after all."""
    text = turn.t("forget.left")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def done(turn: Turn, press: Press) -> Reply:
    """The press that forgets, all within its own transaction."""
    wish = _wish(press.value)
    if wish is None or wish.person_id != turn.me.id:
        raise Refusal("cards.stale")
    erasure.hold(turn.tx, turn.me.id)
    if not 0 <= turn.at - wish.at <= HOLDS.total_seconds() * 1000:
        raise Refusal("forget.too_late", minutes=round(HOLDS.total_seconds() / 60))
    if any(e.action == "forget" and e.at >= wish.at for e in audit.about(turn.tx, f"person:{turn.me.id}")):
        raise Refusal("forget.already")
    tally = forget(turn, erase=wish.texts == ERASE)
    t = turn.t
    text = t("forget.forgotten")
    stays = t("forget.still_listed" if turn.me.listed else "forget.not_listed")
    facts = Facts(_facts(turn, tally))
    return Reply(Card((say(text), facts, muted(stays), muted(t("forget.elsewhere"))), text, turn.lang), replaces=True)


def forget(turn: Turn, *, erase: bool) -> Tally:
    """Erase what is the person's alone, hand on what counts, and change every card that shows their name or words."""
    tx, me = turn.tx, turn.me.id
    tally = erasure.tally(tx, me)
    erasure.drop_owed(tx, me)
    messages = _messages(turn, erase=erase)
    stand_in = _stand_in(turn)
    unit_figures_stories.forget(turn, erase=erase)
    _forget_notes(turn, to=stand_in if erase else None)
    if erase:
        erasure.empty_given(tx, me)
    awards_telling.take_out(turn, me)
    erasure.hand_on(tx, me, to=stand_in, today=turn.day)
    _forget_rest(turn)
    _redraw(turn, messages, erase=erase)
    # No counts: they would tell which stand-in is whose.
    turn.audit("forget", f"person:{me}", texts=ERASE if erase else KEEP)
    return tally


def _stand_in(turn: Turn) -> int:
    added = people.add(
        turn.tx,
        number=f"{NUMBER}{secrets.token_hex(8)}",
        name_ja=ERASED,
        name_en=ERASED,
        joined_on=ALWAYS,
        left_on=ALWAYS,
        listed=False,
    )
    # Drawn by lot, below all others: keys in order would tell which stand-in came with which entry of the audit log.
    return erasure.rekey(turn.tx, added, to=-1 - secrets.randbelow(2**62))


def _forget_notes(turn: Turn, *, to: int | None) -> None:
    """Deleted notes lose their words in any case; the others where there is a stand-in to hold what is left."""
    found = [n for n in erasure.notes_of(turn.tx, turn.me.id) if to is not None or n.deleted_at is not None]
    empty_notes(turn, found)
    erasure.hand_notes_on(turn.tx, turn.me.id, to=to)


def empty_notes(turn: Turn, found: Iterable[notes.NoteRow]) -> int:
    """Take the words from notes and from the search index; returns how many had any."""
    full = [note for note in found if note.text != ERASED]
    for note in full:
        search.forget(turn.tx, note)
    erasure.empty_notes(turn.tx, (note.id for note in full))
    return len(full)


def _forget_rest(turn: Turn) -> None:
    tx, me = turn.tx, turn.me
    for account in accounts.of(tx, me.id):
        erasure.drop_of_account(tx, account.platform, account.ext_id)
        if account.platform == own.PLAYGROUND:
            erasure.drop_said(tx, account.ext_id, at=turn.at)
    erasure.drop_rest(tx, me.id, today=turn.day)
    if me.listed:
        erasure.reset(tx, me.id)
    else:
        erasure.drop_accounts(tx, me.id)
        erasure.rename(tx, me.id, f"{NUMBER}{secrets.token_hex(8)}")
        people.leave(tx, me.id, day=turn.day)


class Messages(NamedTuple):
    """What others were shown of a person: cards of notes, news of them, thanks in channels and private; all cards."""

    written: list[Shown]
    news: list[Shown]
    thanks: list[Shown]
    told: list[Shown]
    bodies: list[int]


def _messages(turn: Turn, *, erase: bool) -> Messages:
    """Those that show the person's name or, where the words are erased, their words."""
    tx, me = turn.tx, turn.me.id
    news = [one for one in shown.news(tx, me) if erase or ":office:" in one.key]
    return Messages(shown.notes(tx, me), news, shown.thanks(tx, me), shown.told(tx, me), shown.bodies(tx, me))


def _redraw(turn: Turn, messages: Messages, *, erase: bool) -> None:
    """Each of them shows something else from now on; what nobody sees any more goes, and so do the old cards."""
    parts = messages[:-1]
    written, news, thanks, told = ([one for one in part if one.changeable] for part in parts)
    redraw(turn, written, thanks)
    for one in news:
        turn.change(one.key, _news_card(turn, one, erase=erase))
    for one in told:
        _redraw_told(turn, one)
    shown.drop(turn.tx, (one for part in parts for one in part if not one.changeable))
    shown.drop_bodies(turn.tx, messages.bodies)


def redraw(turn: Turn, written: Iterable[Shown], thanks: Iterable[Shown]) -> None:
    """Have cards in channels show people as they are called now."""
    for one in written:
        if one.changeable:
            _redraw_note(turn, one.about)
    for one in thanks:
        if one.changeable:
            _redraw_thanks(turn, one)


def _redraw_note(turn: Turn, note_id: int) -> None:
    note = notes.get(turn.tx, note_id)
    if note is not None and note.deleted_at is None:
        refresh(turn, note)


def _news_card(turn: Turn, one: Shown, *, erase: bool) -> Card:
    lang = turn.house.lang
    note = notes.get(turn.tx, one.about)
    if erase or note is None or note.deleted_at is not None:
        text = turn.speak(lang)("forget.note_erased", id=one.about)
        return Card((muted(text),), text, lang)
    numbers, support = note_tags.of(turn.tx, note.id), len(supports.of(turn.tx, note.id))
    return note_view.in_channel(turn.house, note, numbers, support, lang)


def _redraw_thanks(turn: Turn, one: Shown) -> None:
    given = kudos.get(turn.tx, one.about)
    if given is not None and given.taken_back_at is None:
        turn.change(one.key, kudos_view.public_card(turn, given))


def _redraw_told(turn: Turn, one: Shown) -> None:
    given = kudos.get(turn.tx, one.about)
    reader = people.get(turn.tx, int(one.key.rpartition(":")[2]), today=turn.day)
    if given is None or given.taken_back_at is not None or reader is None:
        return
    numbers = kudos.numbers(turn.tx, given.id)
    turn.change(one.key, kudos_view.received_card(turn, given, numbers, turn.language_of(reader)))


def _wish(value: str) -> Wish | None:
    who, _, rest = value.partition(":")
    at, _, texts = rest.partition(":")
    person_id, moment = number_in(who), number_in(at)
    return None if person_id is None or moment is None or texts not in CHOICES else Wish(person_id, moment, texts)


def _counts(turn: Turn) -> tuple[tuple[str, str], ...]:
    return _facts(turn, erasure.tally(turn.tx, turn.me.id))


def _facts(turn: Turn, tally: Tally) -> tuple[tuple[str, str], ...]:
    return tuple((turn.t(f"forget.kind.{name}"), turn.t("forget.times", n=n)) for name, n in tally._asdict().items())


def _staying(turn: Turn) -> tuple[str, ...]:
    listed = ("roster",) if turn.me.listed else ()
    return (*listed, "audit", "official", "elsewhere", "keys")


def _list(turn: Turn, heading: str, names: tuple[str, ...]) -> tuple[Block, ...]:
    lines = tuple(say(f"• {turn.t(f'{heading}_what.{name}')}") for name in names)
    return (Heading(turn.t(heading), 3), *lines)


ACTIONS = {"forget.ask": ask, "forget.sure": sure, "forget.done": done, "forget.leave": leave}
