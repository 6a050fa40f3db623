"""After an announcement was written: the list, what became of it, releasing, stopping and correcting it."""

from bot import announcement_form as form
from bot import announcement_view as view
from bot import announcements, announcements_sending, file_buttons
from bot.announcements import Recipient, Status
from bot.announcements_composing import whom
from bot.cards import Block, Button, Card, Facts, Heading, Reply, Span, Table, muted, row, say
from bot.events import Press, number_in
from bot.own_questions import ENDINGS
from bot.people import require
from bot.reach import turned_on
from bot.turn import Refusal, Turn, in_form
from storage import announced
from storage import announcements as stored
from storage.announced_results import CANCELLED as STOPPED
from storage.announced_results import GOT, GROUPS, PRESSED, READ, UNREACHABLE, WAITING
from storage.announcements import CANCELLED, HELD, PLANNED, SENDING, AnnouncementRow

LISTED, PAGE = 5, 10


def show(turn: Turn) -> Reply:
    """`/kizuki announce`: write a new one, and those before it."""
    turn.me  # noqa: B018 - whoever may only read is told so
    require(turn, "announce.write")
    t = turn.t
    blocks: list[Block] = [Heading(t("announcements.title"))]
    blocks.append(row(Button("announce.compose", t("announcements.new_title"), "", "primary")))
    found = announcements.mine(turn, limit=LISTED)
    for one in found:
        blocks += _listed(turn, one)
    if not found:
        blocks.append(muted(t("announcements.none_yet")))
    return Reply(Card(tuple(blocks), t("announcements.title"), turn.lang))


def _listed(turn: Turn, one: AnnouncementRow) -> list[Block]:
    title = view.unpacked(one.words)["ja"].title
    by = one.name_en if turn.lang == "en" and one.name_en else one.name_ja
    about = turn.t(f"announcements.state.{one.state}", at=turn.local(one.due_at), by=by)
    return [say(Span(title, "strong")), muted(about), buttons(turn, one)]


def buttons(turn: Turn, one: AnnouncementRow) -> Block:
    """What can be done about one, by whoever asks."""
    t, value = turn.t, str(one.id)
    status = Button("announce.status", t("announcements.status"), value)
    if not announcements.may_change(turn, one):
        return row(status)
    goes = one.state in (PLANNED, HELD, SENDING) or (one.state != CANCELLED and not one.totals)
    return row(
        Button("announce.release", t("announcements.release"), value, "primary", t("announcements.release_sure"))
        if one.state == HELD
        else None,
        status,
        Button("announce.edit", t("announcements.correct_title"), value),
        Button("announce.cancel", t("announcements.cancel"), value, "danger", t("announcements.cancel_sure"))
        if goes
        else None,
    )


def show_status(turn: Turn, press: Press) -> Reply:
    """What became of it; with a group, those in it by name, page by page."""
    ident, _, rest = press.value.partition(":")
    group, _, page = rest.partition(":")
    number, place = number_in(ident), number_in(page or "0")
    if number is None or place is None or group not in ("", *GROUPS):
        raise Refusal("cards.stale")
    limit = PAGE if group else 0
    found = announcements.status(turn, number, group=group, offset=place * PAGE, limit=limit)
    return Reply(_status(turn, found, group, place), replaces=bool(rest) or press.value.endswith(":"))


def _status(turn: Turn, found: Status, group: str, page: int) -> Card:
    t = turn.t
    about = t(f"announcements.state.{found.state}", at=found.due, by=found.by[turn.lang == "en" and bool(found.by[1])])
    units = tuple(unit.id for unit in found.units)
    blocks: list[Block] = [Heading(found.title, 2), muted(about), muted(whom(turn, found.whom, units))]
    blocks.append(Facts(tuple(_facts(turn, found))))
    blocks += [muted(line) for line in _plainly(turn, found)]
    blocks.append(row(*_groups(turn, found)))
    if group:
        blocks += _page(turn, found, group, page)
    return Card(tuple(blocks), f"{found.title} {about}", turn.lang)


def _facts(turn: Turn, found: Status) -> list[tuple[str, str]]:
    """How many got it, read it and pressed, and how many did not; groups nobody is in are left out."""
    t, counted = turn.t, "announcements.places" if found.in_channels else "notes.people"
    facts = [(t("announcements.group.sent"), t("announcements.of", n=found.got, all=found.total))]
    if not found.in_channels:
        facts.append((t("announcements.group.read"), t("notes.people", n=found.read)))
    facts.append((t("announcements.group.pressed"), t("notes.people", n=found.pressed)))
    rest = ((name, found.count(name)) for name in (WAITING, UNREACHABLE, STOPPED))
    return [*facts, *((t(f"announcements.group.{name}"), t(counted, n=n)) for name, n in rest if n)]


def _plainly(turn: Turn, found: Status) -> list[str]:
    """What the figures do not say."""
    t = turn.t
    lines = [t("announcements.being_made_out")] if found.state == SENDING else []
    lines += [t("announcements.being_corrected")] if found.stale else []
    lines += [] if found.kept else [t("announcements.not_kept")]
    if found.in_channels:
        return [*lines, t("announcements.known.channels")]
    teams = turn.settings.platforms.teams
    tells = {
        name: name == "teams" and teams is not None and teams.receipts for name in turned_on(turn.settings.platforms)
    }
    return lines + [
        t(
            "announcements.known.telling" if tells[name] else "announcements.known.silent",
            platform=turn.platform_name(name),
        )
        for name in sorted(tells)
    ]


def _groups(turn: Turn, found: Status) -> list[Button]:
    names = (UNREACHABLE, WAITING, STOPPED, PRESSED, READ, GOT) if found.kept else ()
    again = Button("announce.status", turn.t("announcements.refresh"), f"{found.id}:")
    if not found.named:
        return [again]
    return [again, file_buttons.of_one(turn.t, "announcement", str(found.id))] + [
        Button("announce.status", turn.t(f"announcements.only.{name}", n=found.count(name)), f"{found.id}:{name}")
        for name in names
        if found.count(name)
    ]


def _page(turn: Turn, found: Status, group: str, page: int) -> list[Block]:
    t, many = turn.t, found.count(group)
    first = page * PAGE
    columns = tuple(t(f"announcements.column.{name}") for name in ("who", "unit", "what"))
    title = t(
        "announcements.page",
        group=t(f"announcements.group.{group}"),
        first=first + 1,
        last=min(many, first + PAGE),
        n=many,
    )
    rows = tuple((one.name(turn.lang), one.unit(turn.lang) or "–", _what(turn, one)) for one in found.recipients)
    ways = (
        Button("announce.status", t("announcements.earlier"), f"{found.id}:{group}:{page - 1}") if page else None,
        Button("announce.status", t("announcements.later"), f"{found.id}:{group}:{page + 1}")
        if first + PAGE < many
        else None,
    )
    return [Table(title, columns, rows), *((row(*ways),) if any(ways) else ())]


def _what(turn: Turn, one: Recipient) -> str:
    """When it got there, was read or pressed; or what is in the way."""
    if one.why:
        return turn.t(f"announcements.why.{one.why}")
    at = one.pressed or one.read or one.sent
    return turn.t("notes.moment", at=at) if at else turn.t(f"announcements.group.{one.group}")


def cancel(turn: Turn, press: Press) -> Reply:
    """Send no more of it; says how many had it by then."""
    held = _held(turn, press)
    bodies = announcements_sending.bodies(turn, held)
    to_come = held.state in (PLANNED, HELD, SENDING) or announced.is_open(turn.tx, bodies)
    if held.state == CANCELLED or not to_come:
        raise Refusal("announcements.over")
    got = announced.have(turn.tx, bodies)
    announcements_sending.stop(turn, held._replace(done=0))
    turn.audit("announce.cancel", f"announcement:{held.id}", got=got)
    kind = "places" if held.whom == form.CHANNELS else "people"
    text = turn.t(f"announcements.cancelled_{kind}", n=got) if bodies else turn.t("announcements.cancelled")
    return Reply(Card((say(text), buttons(turn, held._replace(state=CANCELLED))), text, turn.lang))


def release(turn: Turn, press: Press) -> Reply:
    """Have one that was held go out after all: whoever presses answers for it from now on."""
    held = _held(turn, press)
    if held.state != HELD:
        raise Refusal("announcements.released")
    announcements_sending.take_over(turn, held)
    turn.audit("announce.release", f"announcement:{held.id}")
    text = turn.t("announcements.releases")
    return Reply(Card((say(text), buttons(turn, held._replace(state=SENDING))), text, turn.lang), replaces=True)


def edit(turn: Turn, press: Press) -> Reply:
    """The form with the words as they stand."""
    found = announcements.changeable(turn, number_of(press))
    return Reply(form.drawn_again(turn, found.id, _filled(found)), "dialog")


def edited(turn: Turn, press: Press) -> Reply:
    """Other words: where it was shown they take the place of the earlier ones."""
    held = _held(turn, press)
    said = {name: press.first(name) for name in form.WORDS}
    try:
        words = form.words_of(said)
    except Refusal as refusal:
        return in_form(turn, refusal, form.drawn_again(turn, held.id, said))
    if words == view.unpacked(held.words):
        raise Refusal("announcements.same")
    begun = held.state not in (PLANNED, HELD) and bool(announcements_sending.bodies(turn, held))
    stored.correct(turn.tx, held.id, view.packed(words), begun=begun)
    if begun and held.state != SENDING:
        announcements_sending.step(turn, held.id)
    turn.audit("announce.correct", f"announcement:{held.id}")
    text = turn.t("announcements.corrects" if begun else "announcements.corrects_planned")
    return Reply(Card((say(text), buttons(turn, held)), text, turn.lang))


def _filled(found: AnnouncementRow) -> dict[str, str]:
    said = view.unpacked(found.words)
    empty = view.Words("", "")
    pairs = [(name, ending, said.get(lang, empty)) for lang, ending in ENDINGS.items() for name in ("title", "text")]
    return {f"{name}{ending}": getattr(words, name) for name, ending, words in pairs}


def number_of(press: Press) -> int:
    """The announcement a button is about."""
    number = number_in(press.value)
    if number is None:
        raise Refusal("cards.stale")
    return number


def _held(turn: Turn, press: Press) -> AnnouncementRow:
    """The announcement of a button as it stays until the transaction ends, if the person may change it."""
    held = stored.hold(turn.tx, announcements.changeable(turn, number_of(press)).id)
    if held is None:
        raise Refusal("cards.stale")
    return held


ACTIONS = {
    "announce.status": show_status,
    "announce.cancel": cancel,
    "announce.release": release,
    "announce.edit": edit,
    "announce.edited": edited,
}
LOOKS = frozenset(("announce.compose", "announce.status", "announce.edit"))
DIALOGS = frozenset(("announce.compose", "announce.edit"))
