"""Whether a recognition report that was kept may still be shown as it is: everybody it names, everything it tells."""

from bot.recognition_model import Recognition
from bot.turn import Turn
from storage import notes, recognised, withdrawn


def stamp(turn: Turn, report: Recognition) -> object:
    """What the report's names, notes and stories stand on; it differs once one of them may not be shown any more."""
    people = {one.who.person_id for of in report.principles for one in of.shortlist}
    people |= {one.who.person_id for one in report.behind}
    told = [notes.get(turn.tx, one.listed.note.id) for one in report.changes.shown]
    return (
        withdrawn.now(turn.tx),
        recognised.listed(turn.tx, sorted(people), today=turn.day),
        [(note.text, note.deleted_at, note.audience, note.author_ja) for note in told if note],
    )
