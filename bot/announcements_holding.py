"""A planned announcement whose writer may not send it any more is held: whoever looks after its readers is asked."""

from bot import announcement_view
from bot.announcement_form import may_write_to, stored_units
from bot.cards import Button, Card, Span, muted, row, say
from bot.people import office
from bot.turn import Turn
from storage import announcements, people
from storage.announcements import HELD, AnnouncementRow

# How long it is worth being told of.
TOLD_FOR = 14


def may_still_send(turn: Turn, found: AnnouncementRow) -> bool:
    """Whether whoever wrote it may write to everybody it is for at this moment."""
    writer = turn.present(people.get(turn.tx, found.person_id, today=turn.day))
    return may_write_to(Turn(turn.tx, turn.house, turn.now, who=writer), stored_units(found.units))


def hold(turn: Turn, found: AnnouncementRow) -> None:
    """Have it wait, and tell its writer and those who may send it instead."""
    announcements.move(turn.tx, found.id, to=HELD, done=found.done)
    turn.audit("announce.hold", f"announcement:{found.id}")
    for person_id in _successors(turn, found):
        turn.tell(person_id, _key(found, person_id), lambda lang: asked(turn, found, lang), days=TOLD_FOR)
    turn.tell(found.person_id, _key(found, found.person_id), lambda lang: told(turn, found, lang), days=TOLD_FOR)


def _key(found: AnnouncementRow, person_id: int) -> str:
    return f"announce-held:{found.id}:{found.due_at}:{person_id}"


def _successors(turn: Turn, found: AnnouncementRow) -> list[int]:
    """Who may write to everybody it is for; where nobody may to all, the secretariat of all."""
    each = [office(turn, unit) for unit in stored_units(found.units)]
    several = [person for person in each[0] if all(person in some for some in each)] if each else []
    return several or office(turn, None)


def asked(turn: Turn, found: AnnouncementRow, lang: str) -> Card:
    """What those are told who may send it instead."""
    t, value = turn.speak(lang), str(found.id)
    by = found.name_en if lang == "en" and found.name_en else found.name_ja
    text = t("announcements.held_office", title=_title(found, lang), at=turn.local(found.due_at), by=by)
    buttons = row(
        Button("announce.release", t("announcements.release"), value, "primary", t("announcements.release_sure")),
        Button("announce.edit", t("announcements.correct_title"), value),
        Button("announce.cancel", t("announcements.cancel"), value, "danger", t("announcements.cancel_sure")),
    )
    return Card((say(Span(text, "strong")), muted(t("announcements.held_about")), buttons), text, lang)


def told(turn: Turn, found: AnnouncementRow, lang: str) -> Card:
    """What its writer is told."""
    t = turn.speak(lang)
    text = t("announcements.held_writer", title=_title(found, lang), at=turn.local(found.due_at))
    return Card((say(text), muted(t("announcements.held_asked"))), text, lang)


def _title(found: AnnouncementRow, lang: str) -> str:
    said = announcement_view.unpacked(found.words)
    return (said.get(lang) or said["ja"]).title
