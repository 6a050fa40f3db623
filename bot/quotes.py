"""A colleague's message taken up: as something noticed, or as a reason to thank whoever wrote it."""

from bot import kudos_view, note_view
from bot.cards import Block, Button, Card, Quote, Reply, row, say
from bot.draft_view import compose_card
from bot.events import Press, is_blank
from bot.kudos import fit
from bot.turn import Refusal, Turn
from storage import accounts, people
from storage.people import PersonRow

SHOWN = 300


def note(turn: Turn, press: Press) -> Reply:
    """The dialog to write a note in, with the message above it and in it."""
    turn.me  # noqa: B018 - whoever may only read is told so before they write
    text, writer = press.first("text"), _writer(turn, press.first("by"))
    by = writer.name(turn.lang) if writer and writer.id != turn.me.id else ""
    typed = "" if is_blank(text) else text[: turn.settings.notes.longest]
    return Reply(compose_card(turn, "", typed, "notice", quote=_quoted(text, by)), "dialog")


def thank(turn: Turn, press: Press) -> Reply:
    """The dialog to thank the writer of a message, with the message above it; nothing of it is stored."""
    to = press.first("to")
    by = _thankable(turn, to).name(turn.lang)
    return Reply(kudos_view.compose_card(turn, (to,), "", (), quote=_quoted(press.first("text"), by)), "dialog")


def thank_them(turn: Turn, press: Press) -> Reply:
    """The dialog to thank the colleague whom an offer named."""
    _thankable(turn, press.value)
    return Reply(kudos_view.compose_card(turn, (press.value,), "", ()), "dialog")


def offer(turn: Turn, press: Press) -> Reply | None:
    """After a reaction to a colleague's message: whether to thank them. None where that cannot be: nobody asked."""
    to = press.first("to")
    writer = turn.present(_writer(turn, to))
    if turn.who is None or writer is None or writer.id == turn.who.id:
        return None
    t = turn.t
    asked = t("kudos.offer", names=kudos_view.named(t, [writer.name(turn.lang)]))
    yes = Button("kudos.to", t("kudos.compose"), to, "primary")
    return Reply(Card((say(asked), row(yes)), asked, turn.lang))


def _thankable(turn: Turn, name: str) -> PersonRow:
    """The colleague behind an account, refused kindly where they cannot be thanked."""
    turn.me  # noqa: B018 - whoever may only read is told so first
    writer = _writer(turn, name)
    if writer is None:
        platform, _, ext_id = name.partition("/")
        account = accounts.get(turn.tx, platform, ext_id)
        raise Refusal("kudos.to_bot" if account and account.kind == "bot" else "kudos.writer_unknown")
    fit(turn, writer, "")
    return writer


def _writer(turn: Turn, name: str) -> PersonRow | None:
    platform, _, ext_id = name.partition("/")
    return people.resolve(turn.tx, platform, ext_id, today=turn.day)


def _quoted(text: str, by: str) -> tuple[Block, ...]:
    return () if is_blank(text) else (Quote(note_view.shortened(text, SHOWN), by),)


ACTIONS = {"note.quote": note, "kudos.quote": thank, "kudos.offer": offer, "kudos.to": thank_them}
