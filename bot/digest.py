"""The manager's weekly digest: what waits for an answer first, then what the unit noticed and whom it thanked."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

from bot import digest_words, file_buttons, guide, note_view, pulse_telling, reports
from bot.cards import Block, Button, Card, Chart, Facts, Heading, Quote, Reply, Span, muted, row, say
from bot.events import Press, number_in
from bot.people import ANSWERERS, Thing, reading, require
from bot.phrases import Speak
from bot.reports import Digest, ListedNote
from bot.schedule import week_before
from bot.turn import House, Refusal, Turn
from storage import absences, people, roles, units
from storage import reports as storage_reports
from storage.database import Tx
from storage.notes import NoteRow
from storage.reports import VIEWS, View

MOST_UNITS = 5
# The shelf of the guide an idea is taken from.
IDEAS = "ideas"
# What is added of surveys, in a language.
Results = Callable[[str], Sequence[Block]]
# A digest that could not be delivered for so many days gives way to the next one.
WORTH = 6


def nothing(_lang: str) -> Sequence[Block]:
    """Of no survey."""
    return ()


def recipients(tx: Tx, today: str) -> list[tuple[int, int]]:
    """(manager or delegate, unit) of every digest to write; whoever is away is written to when they are back."""
    away, tops = absences.away(tx, today=today), units.tops(tx, today=today)
    held = ((p, u) for role in ANSWERERS for p, u in roles.holders(tx, role, today=today) if p not in away)
    return list(dict.fromkeys((p, unit) for p, u in held for unit in (tops if u is None else [u])))


def send(turn: Turn, person_id: int, unit_id: int) -> None:
    """Owe a manager the digest of the week before."""
    first, end = week_before(turn.today)
    model = build(turn, unit_id, first, end)
    key = f"digest:{first}:{unit_id}"
    person = people.get(turn.tx, person_id, today=turn.day)
    if person and person.digest:
        # What closed since the last digest; what closes in the morning before one belongs to it.
        results = partial(pulse_telling.in_short, turn, model.unit.code, since=turn.today - timedelta(days=6))
        turn.tell_person(
            person, f"{key}:{person_id}", lambda lang: card(turn.house, model, lang, results), body=key, days=WORTH
        )


def send_office(turn: Turn) -> None:
    """Owe the secretariat the list of what only it can answer, each as far as they look after, when there is any."""
    away = absences.away(turn.tx, today=turn.day)
    for position, (person_id, unit_id) in enumerate(roles.holders(turn.tx, "secretariat", today=turn.day)):
        waiting, overdue = storage_reports.count_office(turn.tx, today=turn.day, unit=unit_id)
        if not waiting or person_id in away:
            continue
        found = storage_reports.office_waiting(turn.tx, today=turn.day, unit=unit_id, limit=reports.WAITING_SHOWN)
        draw = partial(_office_card, turn, found, waiting, overdue)
        key = f"digest:{turn.day}:office"
        turn.tell(person_id, f"{key}:{position}", draw, body=f"{key}:{unit_id or 'all'}", days=WORTH)


def _office_card(turn: Turn, found: list[NoteRow], waiting: int, overdue: int, lang: str) -> Card:
    t = turn.speak(lang)
    heading = t("digest.office", n=waiting, overdue=overdue)
    blocks: list[Block] = [Heading(heading)]
    for note in found:
        late = "digest.late" if note.due_on < turn.day else "digest.due"
        blocks.append(Quote(note_view.shortened(note.text, 160), t(late, day=date.fromisoformat(note.due_on))))
        blocks.append(row(Button("note.answer", t("notes.answer"), str(note.id), "primary")))
    return Card(tuple(blocks), heading, lang)


def build(turn: Turn, unit_id: int, first: date, end: date, *, view: View = "then") -> Digest:
    """A unit's figures for a week."""
    period = reports.between(turn.settings, first, end)
    least = turn.settings.pulse.k
    return reports.digest(turn.tx, unit_id, period, turn.pack.numbers, today=turn.day, view=view, least=least)


def show(turn: Turn) -> Reply:
    """`/kizuki digest`: the running week of the units one manages or looks after."""
    mine = reading(turn, "digest.read")
    if not mine:
        raise Refusal("digest.not_a_manager")
    drawn = [_running(turn, unit, "then") for unit in mine[:MOST_UNITS]]
    blocks = tuple(block for one in drawn for block in one.blocks)
    return Reply(Card(blocks, " ".join(one.summary for one in drawn), turn.lang))


def view(turn: Turn, press: Press) -> Reply:
    """The running week of a unit read in the other way."""
    ref, _, how = press.value.partition(":")
    if how not in VIEWS:
        raise Refusal("cards.stale")
    return Reply(_running(turn, _readable(turn, ref), VIEWS[how]), replaces=True)


def open_whole(turn: Turn, press: Press) -> Reply:
    """The running week of a unit, from where it stands in short."""
    return Reply(_running(turn, _readable(turn, press.value), "then"))


def in_short(turn: Turn) -> list[Block]:
    """The running week of the first unit one may read of: how it stands in a line, the key figures, the way to all."""
    mine = reading(turn, "digest.read")
    if not mine:
        return []
    t, model = turn.t, _week(turn, mine[0], "then")
    notes = (("short_notes", model.notes), ("short_waiting", model.waiting), ("short_overdue", model.overdue))
    thanks = (("short_received", model.received), ("short_given", model.given))
    return [
        Heading(t("digest.heading", unit=model.unit.name(turn.lang)), 2),
        say(Span(digest_words.sentences(t, model), "strong")),
        Facts(
            (
                *((t(f"digest.{name}"), t("digest.short_count", n=n)) for name, n in notes),
                *((t(f"digest.{name}"), t("digest.times", n=n)) for name, n in thanks),
            )
        ),
        row(Button("digest.open", t("digest.open"), str(mine[0]))),
    ]


def _readable(turn: Turn, ref: str) -> int:
    """The unit a button is about, if the person may read its digest."""
    unit = units.get(turn.tx, number_in(ref) or 0)
    if unit is None:
        raise Refusal("cards.stale")
    require(turn, "digest.read", Thing(unit_id=unit.id))
    return unit.id


def _week(turn: Turn, unit_id: int, how: View) -> Digest:
    """This week so far; that of everybody takes a while."""
    if unit_id in units.tops(turn.tx, today=turn.day):
        turn.take_time()
    monday = turn.today - timedelta(days=turn.today.weekday())
    return build(turn, unit_id, monday, turn.today + timedelta(days=1), view=how)


def _running(turn: Turn, unit_id: int, how: View) -> Card:
    """This week so far, with a button to read it in the other way."""
    model, other = _week(turn, unit_id, how), "now" if how == "then" else "then"
    results = partial(pulse_telling.in_short, turn, model.unit.code, since=model.period.first)
    switch = Button("digest.view", turn.t(f"digest.read_{other}"), f"{unit_id}:{other}")
    return card(turn.house, model, turn.lang, results, switch)


def card(house: House, digest: Digest, lang: str, results: Results = nothing, *ways: Button) -> Card:
    """A digest as a card, with these ways on from it; in a week in which nothing happened, a short one."""
    t = house.phrases.bound(lang)
    heading = t("digest.heading", unit=digest.unit.name(lang))
    summary = digest_words.sentences(t, digest)
    blocks: list[Block] = [
        Heading(heading),
        muted(t("digest.period", first=digest.period.first, last=digest.period.end - timedelta(days=1))),
        *_how(t, digest, lang),
        say(Span(summary, "strong")),
        *_waiting(house, digest, lang),
        *_noticed(house, digest, lang),
        *_thanked(house, digest, lang),
        *_practised(t, digest),
        *(told := results(lang)),
        *_silent(house, digest, lang),
        *(_idea(house, digest, lang) if told or _busy(digest) else ()),
        row(*ways, file_buttons.of_days(t, "digest", digest.period.first, digest.period.end, digest.unit.code)),
    ]
    return Card(tuple(blocks), f"{heading} {summary}", lang)


def _busy(digest: Digest) -> bool:
    return bool(digest.notes or digest.received or digest.given or digest.waiting or digest.read or digest.tried)


def _practised(t: Speak, digest: Digest) -> list[Block]:
    """How many read and tried the principles of the week."""
    if not (digest.read or digest.tried):
        return []
    facts = [
        (t("digest.read"), t("digest.people_of", n=digest.read, staff=digest.staff)),
        (t("digest.tried"), t("digest.people_of", n=digest.tried, staff=digest.staff)),
    ]
    if digest_words.whole_week(digest):
        facts.append((t("digest.tries"), t("digest.beside", n=digest.tries, usual=round(digest.usual.tried))))
    return [Heading(t("digest.practised"), 2), Facts(tuple(facts))]


def _how(t: Speak, digest: Digest, lang: str) -> list[Block]:
    """In which way the figures are read, and which earlier units they hold, where that is not plain."""
    lines = [t("digest.view_now")] if digest.view == "now" else []
    if digest.took_over:
        lines.append(
            t("digest.took_over", units=t("notes.word_separator").join(u.name(lang) for u in digest.took_over))
        )
    return [muted(line) for line in lines]


def _waiting(house: House, digest: Digest, lang: str) -> list[Block]:
    if not digest.due:
        return []
    t = house.phrases.bound(lang)
    blocks: list[Block] = [Heading(t("digest.to_answer", n=digest.waiting), 2)]
    for listed in digest.due:
        late = "digest.late" if listed.note.due_on < digest.today else "digest.due"
        blocks += _entry(house, listed, lang, t(late, day=date.fromisoformat(listed.note.due_on)))
        blocks.append(
            row(
                Button("note.answer", t("notes.answer"), str(listed.note.id), "primary"),
                Button("note.show", t("notes.details"), str(listed.note.id)),
            )
        )
    if digest.waiting > len(digest.due):
        blocks.append(muted(t("digest.and_more", n=digest.waiting - len(digest.due))))
    return blocks


def _noticed(house: House, digest: Digest, lang: str) -> list[Block]:
    if not digest.notes:
        return []
    t = house.phrases.bound(lang)
    blocks: list[Block] = [Heading(t("digest.noticed", n=digest.notes), 2)]
    if digest.by_number:
        counts = sorted(digest.by_number.items())
        labels = tuple(house.pack.short(n, lang) for n, _ in counts)
        blocks.append(Chart(t("digest.by_principle"), labels, tuple(c for _, c in counts), t("digest.pieces")))
    supported = [listed for listed in digest.top if listed.support]
    if supported:
        blocks.append(Heading(t("digest.supported"), 3))
    for listed in supported:
        blocks += _entry(house, listed, lang, t("notes.people", n=listed.support))
    return blocks


def _entry(house: House, listed: ListedNote, lang: str, tail: str) -> list[Block]:
    t, note = house.phrases.bound(lang), listed.note
    shown = note_view.principles(house, listed.numbers, lang)
    by = note_view.by_line(t, note, lang, named=note.audience == "unit")
    line = say(Span(t("digest.entry", id=note.id, principles=shown), "strong"), Span(f" {tail}", "muted"))
    return [line, Quote(note_view.shortened(note.text, 160), by)]


def _thanked(house: House, digest: Digest, lang: str) -> list[Block]:
    t = house.phrases.bound(lang)
    if not digest.received and not digest.given:
        return []
    counts = sorted(digest.kudos_by_number.items(), key=lambda item: (-item[1], item[0]))
    shown = t("notes.word_separator").join(t("digest.counted", name=house.pack.short(n, lang), n=c) for n, c in counts)
    facts = [
        (t("digest.received"), _beside(t, digest, digest.received, digest.usual.received)),
        (t("digest.given"), _beside(t, digest, digest.given, digest.usual.given)),
    ]
    if shown:
        facts.append((t("notes.principles"), shown))
    return [Heading(t("digest.thanked"), 2), Facts(tuple(facts))]


def _beside(t: Speak, digest: Digest, n: int, usual: float) -> str:
    """A count, beside what is usual where a whole week is told of."""
    return t("digest.beside", n=n, usual=round(usual)) if digest_words.whole_week(digest) else t("digest.times", n=n)


def _silent(house: House, digest: Digest, lang: str) -> list[Block]:
    if digest.silent is None:
        return []
    t, number = house.phrases.bound(lang), digest.silent
    steps = house.pack.by_number[number].facets.get("first_step", ())
    step = (say(t("digest.first_step", step=steps[0][lang])),) if steps else ()
    return [
        Heading(t("digest.silent"), 2),
        say(Span(house.pack.title(number, lang), "strong")),
        *step,
        row(
            Button("note.compose", t("daily.write"), house.pack.ref(number)),
            Button("kudos.compose", t("kudos.compose"), house.pack.ref(number)),
        ),
    ]


def _idea(house: House, digest: Digest, lang: str) -> list[Block]:
    """What another organisation does, to be tried: another one every week, and in every unit."""
    shelf = house.pack.shelves.get(IDEAS)
    if shelf is None:
        return []
    week = digest.period.first.toordinal() // 7
    leaf = shelf.leaves[(week + digest.unit.id) % len(shelf.leaves)]
    return [Heading(house.phrases(lang, "digest.idea"), 2), *guide.told(shelf, leaf, lang)]


ACTIONS = {"digest.view": view, "digest.open": open_whole}
