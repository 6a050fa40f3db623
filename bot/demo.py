"""A believable organisation for `make demo`: two months of notes, answers, thanks and talk, the same at every start."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from bot import demo_announcements, demo_history, demo_pulse, demo_staff
from bot.daily import EVERYONE, Due, due
from bot.demo_staff import PLATFORM, Entry, Member, Staff
from bot.demo_time import DAY, Timeline, in_time, two_months
from bot.note_view import DONE
from bot.schedule import millis
from bot.turn import House
from storage import daily, kudos, notes, places, quota, roles, search, steps, supports
from storage.database import Tx
from storage.search import fold

OVERDUE = 3
ANONYMOUS = 0.07
STARRED = 0.55
READ, TRIED = 0.45, 0.12
SUPPORT = {0: 18, 1: 24, 2: 20, 3: 13, 4: 9, 5: 6, 6: 4, 7: 3, 8: 2, 9: 1}
WAYS = {
    "open": ((),),
    "received": (("received",),),
    "considering": (("received", "considering"), ("considering",)),
    "adopted": (("received", "adopted"), ("received", "considering", "adopted")),
    "done": (("received", "done"), ("received", "adopted", "done"), ("done",)),
    "declined": (("received", "declined"), ("received", "considering", "declined")),
}


class Scene(NamedTuple):
    """What the parts of the demo share."""

    tx: Tx
    house: House
    staff: Staff
    timeline: Timeline
    now: datetime

    def at(self, minute: float) -> int:
        """A working minute as the database keeps it."""
        return millis(self.timeline.at(minute))


def seed(tx: Tx, house: House, folder: Path, *, now: datetime) -> None:
    """Fill an empty database with the demo of `folder` (content/demo), ending at `now`."""
    now = now.astimezone(house.settings.zone)
    organisation = demo_staff.entries(folder, "organisation")
    staff = demo_staff.settle(tx, organisation, house.lang, at=millis(now))
    scene = Scene(tx, house, staff, two_months(house.calendar, now), now)
    _write_notes(scene, demo_staff.entries(folder, "notes"))
    _give_thanks(scene, demo_staff.entries(folder, "kudos"))
    _mark_days(scene)
    _plan_message(scene, organisation["leader_message"])
    demo_pulse.write(tx, house, staff.members, now=now)
    past = demo_announcements.Past(tx, house, staff.members, now)
    demo_announcements.tell(past, demo_staff.entries(folder, "announcements"))
    demo_announcements.count(past, demo_staff.entries(folder, "figures"))
    demo_history.write(tx, house, scene.timeline, demo_staff.entries(folder, "chat"), now=now)
    search.index(tx)


def _write_notes(scene: Scene, entries: list[Entry]) -> None:
    rng = Random("notes")
    for minute, entry in _dated(scene, entries, rng):
        author = scene.staff.writer(scene.staff.units[entry["unit"]], entry["text"], rng)
        note_id = _note(scene, entry, author, minute, rng)
        _answer(scene, note_id, entry, author, minute, rng)
        _support(scene, note_id, author, minute, rng)


def _dated(scene: Scene, entries: list[Entry], rng: Random) -> list[tuple[float, Entry]]:
    """Each note with its minute. What still waits is recent, but for a few that managers forgot."""
    calendar, line = scene.house.calendar, scene.timeline
    within = scene.house.settings.notes.answer_within
    fresh = in_time(line, calendar, scene.now.date(), within=within)
    answered = [e for e in entries if e["answer"] in DONE]
    late = _forgotten(entries)
    waiting = [e for e in entries if e["answer"] not in DONE and e not in late]
    parts = (
        (answered, 0.0, line.end - 3 * DAY),
        (late, fresh - 4 * DAY, fresh - DAY),
        (waiting, fresh, line.end),
    )
    dated = [
        (minute, entry)
        for part, since, until in parts
        for minute, entry in zip(line.spread(len(part), rng, since=since, until=until), part, strict=True)
    ]
    return sorted(dated, key=lambda pair: pair[0])


def _forgotten(entries: list[Entry]) -> list[Entry]:
    """The first notes without a real answer of the units with the most of them."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry["answer"] in ("open", "received"):
            first.setdefault(entry["unit"], entry)
    waiting = Counter(entry["unit"] for entry in entries if entry["answer"] not in DONE)
    return [first[unit] for unit, _ in waiting.most_common() if unit in first][:OVERDUE]


def _note(scene: Scene, entry: Entry, author: Member, minute: float, rng: Random) -> int:
    settings, pack = scene.house.settings, scene.house.pack
    day = scene.timeline.at(minute).date()
    suggested = scene.house.suggester.rank(entry["text"])
    return notes.add(
        scene.tx,
        author_id=author.id,
        unit_id=author.unit_id,
        kind=entry["kind"],
        text=entry["text"],
        plain=fold(entry["text"]),
        audience="anonymous" if rng.random() < ANONYMOUS else "unit",
        pack=pack.id,
        version=pack.version,
        due_on=scene.house.calendar.after(day, settings.notes.answer_within).isoformat(),
        at=scene.at(minute),
        numbers=tuple(entry["numbers"]),
        ranked=suggested.numbers,
        none_offered=suggested.none,
    )


def _answer(scene: Scene, note_id: int, entry: Entry, author: Member, minute: float, rng: Random) -> None:
    way = rng.choice(WAYS[entry["answer"]])
    day = scene.now.date().isoformat()
    above = [p for p in roles.managers_of(scene.tx, author.unit_id, today=day) if p != author.id]
    was, found = "open", notes.get(scene.tx, note_id)
    assert found is not None  # noqa: S101 - just written
    for state, moment in zip(way, _delays(len(way), minute, scene.timeline.end, rng), strict=True):
        last = state == way[-1]
        steps.move(
            scene.tx,
            note_id,
            was=was,
            to=state,
            reason=entry.get("reason", "") if last else "",
            person_id=above[0],
            at=scene.at(moment),
            answered_at=scene.at(moment) if state in DONE else None,
            due_on=found.due_on,
        )
        was = state


def _delays(count: int, minute: float, end: float, rng: Random) -> list[float]:
    """When each answer came: some working days apart, sooner where less time has passed since the note."""
    room, found, waited = end - minute, [], 0.0
    for step in range(1, count + 1):
        waited += rng.uniform(0.3, 2.6) * DAY
        found.append(minute + min(waited, room * step / (count + 1)))
    return found


def _support(scene: Scene, note_id: int, author: Member, minute: float, rng: Random) -> None:
    count = rng.choices(list(SUPPORT), list(SUPPORT.values()))[0]
    others = [m for m in scene.staff.members if m.id != author.id]
    near = [m for m in others if m.bureau == author.bureau]
    chosen = rng.sample(near if count <= len(near) // 2 else others, count)
    line = scene.timeline
    for member, moment in zip(chosen, line.spread(count, rng, since=minute, until=line.end), strict=True):
        supports.add(scene.tx, note_id, member.id, at=scene.at(moment))


def _give_thanks(scene: Scene, entries: list[Entry]) -> None:
    rng = Random("kudos")
    line = scene.timeline
    stars: dict[tuple[str, int], Member] = {}
    for minute, entry in zip(line.spread(len(entries), rng, since=0, until=line.end), entries, strict=True):
        giver = rng.choice(demo_staff.closest(list(scene.staff.members), demo_staff.language(entry["text"])))
        thanked = _thanked(scene.staff, giver, entry["numbers"][0], stars, rng)
        kudos_id = _kudos(scene, entry, giver, thanked, minute)
        if entry["public"]:
            _applaud(scene, kudos_id, {giver, *thanked}, minute, rng)


def _thanked(
    staff: Staff, giver: Member, number: int, stars: dict[tuple[str, int], Member], rng: Random
) -> list[Member]:
    """Mostly a neighbour, often the one a bureau knows for this principle, now and then two, or somebody far away."""
    bureau = [m for m in staff.members if m.bureau == giver.bureau]
    star = stars.setdefault((giver.bureau, number), rng.choice(bureau))
    if star != giver and rng.random() < STARRED:
        return [star]
    others = [m for m in staff.members if m != giver]
    far = rng.random() < 0.12
    circle = others if far else staff.near(giver) or others
    return rng.sample(circle, min(len(circle), 2 if rng.random() < 0.12 else 1))


def _kudos(scene: Scene, entry: Entry, giver: Member, thanked: list[Member], minute: float) -> int:
    house, day = scene.house, scene.timeline.at(minute).date().isoformat()
    quota.take(scene.tx, giver.id, day, count=len(thanked), cap=house.settings.kudos.daily_cap)
    return kudos.add(
        scene.tx,
        giver_id=giver.id,
        unit_id=giver.unit_id,
        receivers=[(m.id, m.unit_id) for m in thanked],
        text=entry["text"],
        numbers=tuple(entry["numbers"]),
        public=entry["public"],
        pack=house.pack.id,
        version=house.pack.version,
        day=day,
        at=scene.at(minute),
    )


def _applaud(scene: Scene, kudos_id: int, involved: set[Member], minute: float, rng: Random) -> None:
    others = [m for m in scene.staff.members if m not in involved]
    chosen = rng.sample(others, rng.choice((0, 0, 1, 1, 2, 3, 4, 6)))
    line = scene.timeline
    for member, moment in zip(chosen, line.spread(len(chosen), rng, since=minute, until=line.end), strict=True):
        kudos.clap(scene.tx, kudos_id, member.id, at=scene.at(moment))


def _mark_days(scene: Scene) -> None:
    """Who read and who tried the principles of past days, each on the card of their own channel."""
    rng, titles = Random("marks"), {c.id: f"{PLATFORM}/{c.ext_id}" for c in places.channels(scene.tx)}
    where = {
        m: titles.get(places.channel_of(scene.tx, m.unit_id, today=scene.now.date().isoformat()) or 0, EVERYONE)
        for m in scene.staff.members
    }
    for day in scene.timeline.days:
        if day < scene.now.date():
            for member, place in where.items():
                _mark(scene, member, day.isoformat(), due(scene.house, day, place), rng)


def _mark(scene: Scene, member: Member, day: str, card: Due, rng: Random) -> None:
    pack = scene.house.pack
    for what, chance in (("read", READ), ("tried", TRIED)):
        if rng.random() < chance:
            daily.mark(
                scene.tx,
                member.id,
                card.number,
                what,
                day=day,
                facet=card.facet,
                unit_id=member.unit_id,
                pack=pack.id,
                version=pack.version,
            )


def _plan_message(scene: Scene, message: Entry) -> None:
    day = scene.house.calendar.next_working(scene.now.date() + timedelta(days=1))
    daily.plan(
        scene.tx,
        person_id=scene.staff.executive().id,
        edition=scene.house.pack.edition,
        number=message["number"],
        text=message[scene.house.lang],
        day=day.isoformat(),
        at=scene.at(scene.timeline.end),
    )
