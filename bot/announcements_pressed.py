"""What the readers of an announcement press: that they read it, its page, a note or thanks on its principle."""

from bot import announcement_form as form
from bot import announcement_view as view
from bot import kudos, notes
from bot.announcements_following import number_of
from bot.cards import Button, Card, Reply, muted, row, say
from bot.events import Press
from bot.turn import Refusal, Turn
from storage import announced
from storage import announcements as stored
from storage.announcements import HELD, PLANNED, AnnouncementRow


def press_read(turn: Turn, press: Press) -> Reply:
    """「読みました」."""
    if press.value == view.SAMPLE:
        return _only_a_sample(turn)
    fresh = _pressed(turn, press, "read")[1]
    text = turn.t("announcements.thanks" if fresh else "announcements.thanks_before")
    return Reply(Card((say(text),), text, turn.lang))


def press_link(turn: Turn, press: Press) -> Reply:
    """The page it points to."""
    if press.value == view.SAMPLE:
        return _only_a_sample(turn)
    found, _ = _pressed(turn, press, "link")
    text = turn.t("announcements.page_is_here")
    button = Button("", turn.t("announcements.button.link"), link=found.link)
    return Reply(Card((say(text), row(button)), text, turn.lang))


def press_note(turn: Turn, press: Press) -> Reply:
    """The dialog for a note, on the principle it is about."""
    if press.value == view.SAMPLE:
        return notes.compose(turn, _about(press, ""))
    return notes.compose(turn, _about(press, _principle(turn, _pressed(turn, press, "note")[0])))


def press_kudos(turn: Turn, press: Press) -> Reply:
    """The dialog for thanks, for the principle it is about."""
    if press.value == view.SAMPLE:
        return kudos.compose(turn, _about(press, ""))
    return kudos.compose(turn, _about(press, _principle(turn, _pressed(turn, press, "kudos")[0])))


def _only_a_sample(turn: Turn) -> Reply:
    text = turn.t("announcements.only_a_sample")
    return Reply(Card((muted(text),), text, turn.lang))


def _about(press: Press, value: str) -> Press:
    return Press(press.key, press.who, press.where, press.action, value)


def _principle(turn: Turn, found: AnnouncementRow) -> str:
    number = view.shown(turn.house, found).number
    return turn.pack.ref(number) if number else ""


def _pressed(turn: Turn, press: Press, does: str) -> tuple[AnnouncementRow, bool]:
    """The announcement whose button was pressed, by somebody it was for; and whether it is the first time."""
    me, found = turn.me, stored.get(turn.tx, number_of(press))
    if found is None or found.state in (PLANNED, HELD) or found.does != does or not _is_for(turn, found):
        raise Refusal("cards.stale")
    return found, stored.see(turn.tx, found.id, me.id, read_at=turn.at, pressed_at=turn.at)


def _is_for(turn: Turn, found: AnnouncementRow) -> bool:
    """Whether the person was sent it; what stands in a channel is for whoever reads there."""
    return found.whom == form.CHANNELS or announced.state_for(turn.tx, found.id, turn.me.id) is not None


ACTIONS = {
    "announce.read": press_read,
    "announce.link": press_link,
    "announce.note": press_note,
    "announce.kudos": press_kudos,
}
DIALOGS = frozenset(("announce.note", "announce.kudos"))
