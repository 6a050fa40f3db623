"""What the pages show beside notes and kudos, for a large organisation: surveys, an announcement, cards of days."""

import json
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from random import Random

from bot import announcement_view, published, pulse_said, pulse_view, questions, release
from bot.published import Group, Published, Question
from bot.schedule import millis
from bot.turn import House
from storage import announcements, outbox, pulses, units
from storage import pulse_said as said
from storage.database import Tx
from storage.pulses import GroupRow, NewPulse
from tests import surveys

WEEKS, DAYS, FEWEST = 9, 5, 5


def add(tx: Tx, house: House, until: date) -> None:
    """Nine surveys of everybody, an announcement to everybody, and the daily card of five days to each."""
    _ranked(tx)
    for week in reversed(range(WEEKS)):
        _survey(tx, house, until - timedelta(days=7 * (week + 1)))
    at = _moment(house, until) - 3_600_000
    _announced(tx, at)
    for day in range(DAYS):
        _daily(tx, until - timedelta(days=day), _moment(house, until - timedelta(days=day)))


def _moment(house: House, day: date) -> int:
    return millis(datetime.combine(day, time(9), house.settings.zone))


def _ranked(tx: Tx) -> None:
    """As if people had chosen among suggestions."""
    tx.cursor.execute("update note_tag set rank = 1 + (note_id + number) % 5")


def _survey(tx: Tx, house: House, opened: date) -> None:
    rng, day = Random(opened.toordinal()), opened.isoformat()
    there = [u for u in units.everything(tx) if u.starts_on <= day and (u.ends_on or "9999") > day]
    codes = {u.id: u.code for u in there}
    tree = {u.code: codes.get(u.parent_id) if u.parent_id else None for u in there}
    asked = (surveys.question(), surveys.question("scale", "time"), surveys.question("scale", "tools"))
    new = NewPulse(
        f"weekly-{day}",
        "weekly",
        questions.dump(asked),
        "{}",
        json.dumps(tree),
        5,
        54_046,
        day,
        (opened + timedelta(days=4)).isoformat(),
        "x",
        "",
    )
    key = pulses.add(tx, new, [GroupRow(1, "[]", "", 1)], [])
    told = Published(new.code, 5, 1.0, tuple(Question(q.id, _groups(tree, rng)) for q in asked))
    pulses.close(tx, key, day=new.closes_on, released=published.dump(told), pieces="")
    pulse = pulses.get(tx, key)
    assert pulse
    said.add(tx, key, pulse_said.written(told, pulse_view.asked(pulse.questions), tree, release.bounds("")))


def _groups(tree: dict[str, str | None], rng: Random) -> tuple[Group, ...]:
    """Every unit with what is below it; half of the smallest stand for themselves."""
    own = {code: {str(n): rng.randrange(6) for n in range(1, 6)} for code in tree}
    total: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys("12345", 0))
    for code, counts in own.items():
        above: str | None = code
        while above:
            total[above] = {n: total[above][n] + counts[n] for n in counts}
            above = tree[above]
    return tuple(
        Group((code,), tree[code], 3 * sum(total[code].values()), sum(total[code].values()), total[code], "exact")
        for code in tree
        if sum(total[code].values()) >= FEWEST
    )


def _announced(tx: Tx, at: int) -> None:
    words = announcement_view.packed({"ja": announcement_view.Words("お知らせの題", "本文")})
    tx.cursor.execute("select min(id) from person")
    (writer,) = tx.cursor.fetchone()
    new = announcements.NewAnnouncement(
        writer, words, None, "tokyo@1.1.0", "none", "", "everyone", "[]", at, at + 7 * 86_400_000, at
    )
    announcements.add(tx, new)
    tx.cursor.execute("select max(id) from announcement")
    (number,) = tx.cursor.fetchone()
    _to_everybody(tx, f"announce:{number}:0:ja", at)


def _daily(tx: Tx, day: date, at: int) -> None:
    _to_everybody(tx, f"daily:{day}:question:question:0:ja", at)


def _to_everybody(tx: Tx, name: str, at: int) -> None:
    body = outbox.body(tx, name, '{"blocks": []}', at=at)
    tx.cursor.execute(
        "insert into outbox (key, person_id, body_id, state, due_at, tries, error, message) "
        f"select '{name}:' || id, id, {body}, case when id % 40 = 0 then 'gone' else 'sent' end, {at}, 1, '', '' "
        "from person"
    )
