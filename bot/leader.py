"""Leaders speak: an executive's own words on a principle take one day's card."""

from datetime import date, timedelta

from bot.cards import (
    Block,
    Button,
    Card,
    Choice,
    Heading,
    Option,
    Quote,
    Reply,
    TextInput,
    muted,
    row,
    say,
    with_error,
)
from bot.draft_view import known, outdated
from bot.events import Press, is_blank, number_in
from bot.notes import own_draft
from bot.people import Thing, require
from bot.turn import Refusal, Turn
from storage import daily, drafts

LONGEST = 600
FURTHEST = timedelta(days=180)


def compose(turn: Turn) -> Reply:
    """The dialog to write in, for executives."""
    require(turn, "leader.write")
    day = turn.house.calendar.next_working(turn.today + timedelta(days=1))
    return Reply(_dialog(turn, "", str(turn.pack.numbers[0]), day.isoformat()), "dialog")


def preview(turn: Turn, press: Press) -> Reply:
    """What everyone will see, before it is planned."""
    require(turn, "leader.write")
    number, text, day = press.first("number"), press.first("text").strip(), press.first("day")
    problem = _problem(turn, number, text, day)
    if problem:
        return Reply(with_error(_dialog(turn, text, number, day), *problem), "dialog", replaces=True)
    expires = turn.at_in(timedelta(days=1))
    data = {"number": int(number), "day": day, "edition": turn.pack.edition}
    draft_id = drafts.add(turn.tx, person_id=turn.me.id, kind="leader", text=text, data=data, expires_at=expires)
    return Reply(_preview_card(turn, draft_id, int(number), text, day), "dialog", replaces=True)


def plan(turn: Turn, press: Press) -> Reply:
    """The press that plans the message."""
    require(turn, "leader.write")
    draft = own_draft(turn, press.value, "leader")
    kept = draft.unpacked()
    day = kept["day"]
    number = next(iter(known(turn, (str(kept["number"]),), kept.get("edition", ""))), 0)
    if outdated(turn, draft):
        again = _dialog(turn, draft.text, str(number), day)
        return Reply(with_error(again, "number", turn.t("notes.moved")), "dialog", replaces=True)
    if problem := _problem(turn, str(number), draft.text, day):
        return Reply(with_error(_dialog(turn, draft.text, str(number), day), *problem), "dialog", replaces=True)
    message_id = daily.plan(
        turn.tx, person_id=turn.me.id, number=number, text=draft.text, day=day, edition=turn.pack.edition, at=turn.at
    )
    if message_id is None:
        raise Refusal("leader.taken", day=date.fromisoformat(day))
    if not drafts.settle(turn.tx, draft.id, became=message_id):
        raise Refusal("leader.already")
    t = turn.t
    done = t("leader.planned", day=date.fromisoformat(day))
    withdraw = Button("leader.withdraw", t("leader.withdraw"), str(message_id), "danger", t("leader.withdraw_sure"))
    return Reply(Card((say(done), Quote(draft.text), row(withdraw)), done, turn.lang))


def withdraw(turn: Turn, press: Press) -> Reply:
    """Take a planned message back before its day."""
    message_id = number_in(press.value)
    found = daily.leader(turn.tx, message_id) if message_id is not None else None
    if found is None or found.state != "planned":
        raise Refusal("cards.stale")
    require(turn, "leader.withdraw", Thing(owner_id=found.person_id))
    if found.day <= turn.day:
        raise Refusal("leader.too_late")
    daily.withdraw(turn.tx, found.id)
    text = turn.t("leader.withdrawn")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def _problem(turn: Turn, number: str, text: str, day: str) -> tuple[str, str] | None:
    """The field that does not fit, and why."""
    if not known(turn, (number,)):
        return "number", turn.t("leader.which")
    if is_blank(text) or len(text) > LONGEST:
        return "text", turn.t("leader.text_length", longest=LONGEST)
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        return "day", turn.t("leader.no_day")
    if day != wanted.isoformat():
        return "day", turn.t("leader.no_day")
    if not turn.today < wanted <= turn.today + FURTHEST:
        return "day", turn.t("leader.not_then", last=turn.today + FURTHEST)
    if not turn.house.calendar.is_working(wanted):
        return "day", turn.t("leader.day_off", day=wanted)
    if daily.leader_on(turn.tx, day):
        return "day", turn.t("leader.taken", day=wanted)
    return None


def _dialog(turn: Turn, text: str, number: str, day: str) -> Card:
    t, pack = turn.t, turn.pack
    options = tuple(Option(str(n), pack.title(n, turn.lang)) for n in pack.numbers)
    blocks: tuple[Block, ...] = (
        Heading(t("leader.title")),
        Choice("number", t("leader.number"), options, (number,), look="menu"),
        TextInput("text", t("leader.text"), text, t("leader.text_hint", longest=LONGEST), lines=4, required=True),
        TextInput("day", t("leader.day"), day, t("leader.day_hint"), format="date", required=True),
        row(Button("leader.preview", t("leader.preview"), "", "primary")),
    )
    return Card(blocks, t("leader.title"), turn.lang)


def _preview_card(turn: Turn, draft_id: int, number: int, text: str, day: str) -> Card:
    t, me = turn.t, turn.me
    by = f"{me.title(turn.lang)} {me.name(turn.lang)}".strip()
    blocks: tuple[Block, ...] = (
        Heading(t("leader.preview_title")),
        muted(t("daily.heading", day=date.fromisoformat(day))),
        Heading(turn.pack.title(number, turn.lang), 2),
        Quote(text, by),
        row(Button("leader.plan", t("leader.plan"), str(draft_id), "primary")),
    )
    return Card(blocks, t("leader.preview_title"), turn.lang)


ACTIONS = {"leader.preview": preview, "leader.plan": plan, "leader.withdraw": withdraw}
