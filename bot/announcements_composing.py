"""`/kizuki announce`: the secretariat writes to people, looks at it as they will see it, and sends it or plans it."""

from collections.abc import Callable
from datetime import datetime

from bot import announcement_form as form
from bot import announcement_view as view
from bot import announcements_sending as sending
from bot.announcement_form import CHANNELS, EVERYONE, FIELDS, USUAL, Whole
from bot.cards import Block, Button, Card, Divider, Facts, Heading, Reply, Span, muted, row, say
from bot.events import Press
from bot.notes import own_draft
from bot.people import require
from bot.schedule import after_quiet, millis
from bot.turn import Refusal, Turn, in_form
from storage import announcements, drafts, units
from storage.announcements import NewAnnouncement
from storage.audiences import Reached

# What its drafts are called; "announcements.already" says that one was used.
DRAFT = "announcements"
# What a draft keeps beside the form: how many it is for.
COUNTED = "people"
# How long an unsent form is kept, and how long a message is worth sending.
KEPT, WORTH = sending.KEPT, sending.WORTH


def compose(turn: Turn, _: Press) -> Reply:
    """The form, for the secretariat."""
    _require(turn)
    return Reply(form.drawn(turn, form.usual(turn)), "dialog")


def preview(turn: Turn, press: Press) -> Reply:
    """What everybody will see, and how many that is, before anybody does."""
    _require(turn)
    said = {name: press.first(name) for name in FIELDS}
    try:
        whole = form.whole(turn, said)
        found = _somebody(turn, whole)
    except Refusal as refusal:
        return in_form(turn, refusal, form.drawn(turn, said))
    kept = turn.at_in(KEPT)
    # Counted once: of tens of thousands that takes a while, and others wait to write.
    data = {**said, COUNTED: str(found.people)}
    draft_id = drafts.add(turn.tx, person_id=turn.me.id, kind=DRAFT, text="", data=data, expires_at=kept)
    return Reply(_preview(turn, draft_id, whole, found), "dialog", replaces=True)


def rewrite(turn: Turn, press: Press) -> Reply:
    """The form once more, as it was filled in."""
    _require(turn)
    return Reply(form.drawn(turn, _said(turn, press)), "dialog", replaces=True)


def sample(turn: Turn, press: Press) -> Reply:
    """The very card, to oneself, in each language it was written in."""
    _require(turn)
    whole = form.whole(turn, _said(turn, press))
    for lang in whole.said:
        key = f"announce-sample:{press.value}:{lang}"
        turn.tell_person(turn.me, key, _always(view.card(turn.house, whole.shown(view.SAMPLE), lang)), days=1)
    done = turn.t("announcements.sample_muted" if turn.me.muted else "announcements.sample_sent")
    again = _preview(turn, int(press.value), whole, _somebody(turn, whole), said=done)
    return Reply(again, "dialog", replaces=True)


def send(turn: Turn, press: Press) -> Reply:
    """The press that sends it, or plans it."""
    _require(turn)
    draft = own_draft(turn, press.value, DRAFT)
    said: dict[str, str] = {**USUAL, **draft.unpacked()}
    try:
        whole = form.whole(turn, said)
    except Refusal as refusal:
        return in_form(turn, refusal, form.drawn(turn, said))
    people = int(said[COUNTED])
    kept = announcements.add(turn.tx, _new(turn, whole))
    if not drafts.settle(turn.tx, draft.id, became=kept):
        raise Refusal("cards.stale")
    turn.audit("announce.write", f"announcement:{kept}", whom=whole.whom, units=list(whole.units), people=people)
    if whole.at is None:
        sending.step(turn, kept)
    return Reply(_done(turn, kept, whole, people), replaces=True)


def _always(card: Card) -> Callable[[str], Card]:
    return lambda _: card


def _require(turn: Turn) -> None:
    turn.me  # noqa: B018 - whoever may only read is told so
    require(turn, "announce.write")


def _said(turn: Turn, press: Press) -> dict[str, str]:
    return {**USUAL, **own_draft(turn, press.value, DRAFT).unpacked()}


def _somebody(turn: Turn, whole: Whole) -> Reached:
    """How many it reaches; refuses what would reach nobody."""
    found = form.reached(turn, whole)
    if not found.people:
        raise Refusal("announcements.nobody", field="whom")
    return found


def _new(turn: Turn, whole: Whole) -> NewAnnouncement:
    due = whole.at or turn.now
    return NewAnnouncement(
        person_id=turn.me.id,
        words=view.packed(whole.said),
        number=whole.number,
        edition=turn.pack.edition,
        does=whole.does,
        link=whole.link,
        whom=whole.whom,
        units=sending.packed_units(whole.units),
        due_at=millis(due),
        expires_at=millis(due + WORTH),
        at=turn.at,
    )


def _preview(turn: Turn, draft_id: int, whole: Whole, found: Reached, *, said: str = "") -> Card:
    t, value = turn.t, str(draft_id)
    heading = t("announcements.preview_title")
    blocks: list[Block] = [Heading(heading), Facts(tuple(_facts(turn, whole, found)))]
    blocks += [say(Span(line, "strong")) for line in (said, *_warnings(turn, whole)) if line]
    blocks += [Divider(), *view.card(turn.house, whole.shown(view.SAMPLE), turn.lang).blocks, Divider()]
    if len(whole.said) > 1:
        names = t("notes.word_separator").join(t(f"preferences.languages.{lang}") for lang in whole.said)
        blocks.append(muted(t("announcements.in_languages", names=names)))
    go = t("announcements.plan" if whole.at else "announcements.send")
    blocks.append(
        row(
            Button("announce.send", go, value, "primary"),
            Button("announce.sample", t("announcements.sample"), value),
            Button("announce.rewrite", t("announcements.rewrite"), value),
        )
    )
    return Card(tuple(blocks), heading, turn.lang)


def _facts(turn: Turn, whole: Whole, found: Reached) -> list[tuple[str, str]]:
    """To whom, how many of them can be reached, and when."""
    t = turn.t
    facts = [(t("announcements.field.whom"), whom(turn, whole.whom, whole.units))]
    if whole.whom == CHANNELS:
        facts.append((t("announcements.reaches"), t("announcements.places", n=found.people)))
    else:
        now = found.people - found.muted - found.chatless
        facts.append((t("announcements.reaches"), t("announcements.reaches_of", n=now, all=found.people)))
    facts += [
        (t(f"announcements.kept_back.{name}"), t("notes.people", n=count))
        for name, count in (("chatless", found.chatless), ("muted", found.muted))
        if count
    ]
    return [*facts, (t("announcements.when"), _when(turn, whole.at))]


def whom(turn: Turn, kind: str, found: tuple[int, ...]) -> str:
    """Whom it is for, in words."""
    named = [unit for unit in (units.get(turn.tx, one) for one in found) if unit]
    kinds = turn.t(f"announcements.whom.{kind}")
    if kind == EVERYONE or not named:
        return kinds
    names = turn.t("notes.word_separator").join(unit.name(turn.lang) for unit in named)
    return turn.t("announcements.whom_in", whom=kinds, units=names)


def _when(turn: Turn, at: datetime | None) -> str:
    return turn.t("notes.moment", at=at) if at else turn.t("announcements.at_once")


def _warnings(turn: Turn, whole: Whole) -> list[str]:
    """What the moment that was chosen means for its readers."""
    at = whole.at or turn.now
    quiet = turn.settings.quiet
    awake = after_quiet(at, quiet.start, quiet.end)
    found = []
    if not turn.house.calendar.is_working(at.date()):
        found.append(turn.t("announcements.day_off", day=at.date()))
    if awake > at:
        found.append(
            turn.t("announcements.quiet_channel" if whole.whom == CHANNELS else "announcements.quiet", at=awake)
        )
    return found


def _done(turn: Turn, announcement_id: int, whole: Whole, people: int) -> Card:
    t, value = turn.t, str(announcement_id)
    key = "planned" if whole.at else "sending"
    kind = "places" if whole.whom == CHANNELS else "people"
    text = t(f"announcements.{key}_{kind}", n=people, at=_when(turn, whole.at))
    buttons = row(
        Button("announce.status", t("announcements.status"), value),
        Button("announce.cancel", t("announcements.cancel"), value, "danger", t("announcements.cancel_sure")),
    )
    return Card((say(text), buttons), text, turn.lang)


ACTIONS = {
    "announce.compose": compose,
    "announce.preview": preview,
    "announce.rewrite": rewrite,
    "announce.sample": sample,
    "announce.send": send,
}
