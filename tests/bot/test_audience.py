"""Whom surveys ask: everybody, some units, a role, newcomers, or those whose turn it is."""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import audience, panel
from bot.panel import Draw
from bot.pulse_settings import Audience
from bot.turn import House, Refusal, Turn
from storage import people, postings, pulses, units
from storage.database import Tx
from storage.pulses import GroupRow, NewPulse
from tests.talk import Talk

WEEKS = 26


def _asked(talk: Talk, **said: Any) -> list[str]:
    """The staff numbers of whom a survey asks now."""

    def look(tx: Tx) -> list[str]:
        turn = Turn(tx, talk.house, talk.now)
        found = audience.invited(turn, "weekly", Audience.model_validate(said))
        return sorted(p.number for p in people.staff(tx, today=turn.day) if p.id in found)

    return talk.database.read_now(look)


async def test_everyone_is_who_works_here_today(talk: Talk) -> None:
    assert _asked(talk) == ["bucho", "chiji", "hanako", "jimu", "kacho", "ken", "sakura", "taro"]


async def test_a_unit_is_asked_with_all_below_it(talk: Talk) -> None:
    assert _asked(talk, units=["10"]) == ["bucho", "hanako", "kacho", "ken", "sakura", "taro"]
    assert _asked(talk, units=["1020", "20"]) == ["jimu", "ken", "sakura"]


async def test_a_unit_that_is_not_there_is_refused(talk: Talk) -> None:
    with pytest.raises(Refusal, match="no_unit"):
        _asked(talk, units=["10", "9999"])


async def test_a_role_and_a_unit_narrow_each_other(talk: Talk) -> None:
    assert _asked(talk, role="manager") == ["bucho", "kacho"]
    assert _asked(talk, role="manager", units=["1010"]) == ["kacho"]
    assert _asked(talk, role="secretariat", units=["1010"]) == []


async def test_newcomers_are_asked_once_after_their_time(talk: Talk) -> None:
    def hire(tx: Tx) -> None:
        for name, day in (
            ("today", "2026-11-24"),
            ("month", "2026-10-25"),
            ("soon", "2026-10-26"),
            ("old", "2026-07-24"),
        ):
            people.add(tx, number=name, name_ja=name, name_en=name, joined_on=day)

    await talk.database.transact(hire)
    assert _asked(talk, newcomers={"after": "P30D"}) == ["month"]
    await talk.database.transact(partial(_opened, day="2026-11-24", names=["month"]))
    talk.later(days=1)
    assert _asked(talk, newcomers={"after": "P30D"}) == ["soon"]


async def test_a_panel_asks_everybody_in_turn(talk: Talk) -> None:
    """The same through the database, with the surveys that were open before."""
    asked = []
    for _ in range(8):
        asked.append(_asked(talk, panel={"of": 4}))
        await talk.database.transact(partial(_opened, day=talk.now.date().isoformat(), names=asked[-1]))
        talk.later(days=7)
    assert sorted(name for names in asked[:4] for name in names) == _asked(talk)
    assert asked[4:] == asked[:4]
    assert max(map(len, asked)) < 8


def _opened(tx: Tx, day: str, names: list[str]) -> None:
    ids = [person.id for name in names if (person := people.by_number(tx, name, today=day))]
    new = NewPulse(f"weekly-{day}", "weekly", "[]", "{}", json.dumps({}), 5, len(ids), day, day, "salt", "")
    pulses.add(tx, new, [GroupRow(1, "[]", "", len(ids))], [(person, 1) for person in ids])


class _Weeks:
    """A panel drawn week after week from people who come, go and move."""

    def __init__(self, of: int) -> None:
        self.of = of
        self.days: list[str] = []
        self.last: dict[int, str] = {}
        self.rounds: dict[int, list[int]] = {}

    def draw(self, people: dict[int, str | None]) -> set[int]:
        """One week's panel, checked to repeat nobody too soon."""
        number = len(self.days)
        found = panel.drawn(people, self.last, Draw("tokyo:weekly", self.of, self.days))
        day = (date(2026, 4, 7) + timedelta(weeks=number)).isoformat()
        self.days.append(day)
        for person in found:
            self.last[person] = day
            self.rounds.setdefault(person, []).append(number)
        return found


@settings(max_examples=60)
@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=8), of=st.integers(2, 8))
def test_each_is_asked_exactly_once_in_n_weeks(sizes: list[int], of: int) -> None:
    people: dict[int, str | None] = {}
    for unit, size in enumerate(sizes):
        people |= {len(people) + n: f"u{unit}" for n in range(size)}
    weeks = _Weeks(of)
    drawn = [weeks.draw(people) for _ in range(WEEKS)]
    for person, rounds in weeks.rounds.items():
        assert all(later - earlier == of for earlier, later in pairwise(rounds)), person
        assert rounds[0] < of
    for first in range(WEEKS - of + 1):
        assert set().union(*drawn[first : first + of]) == set(people)


def test_over_26_weeks_with_comers_and_movers_nobody_is_asked_too_often_or_left_out() -> None:
    of = 4
    people: dict[int, str | None] = {n: f"u{n % 40}" for n in range(800)}
    weeks, since = _Weeks(of), dict.fromkeys(range(800), 0)
    for week in range(WEEKS):
        for n in range(6):
            mover, leaver, comer = 6 * week + n, 400 + 6 * week + n, 1000 + 6 * week + n
            people[mover], people[comer] = f"u{(week + n) % 40}", f"u{(week * 5 + n) % 40}"
            since[comer] = week
            del people[leaver]
        drawn = weeks.draw(dict(people))
        assert 0.2 < len(drawn) / len(people) < 0.3
    gaps = Counter(b - a for rounds in weeks.rounds.values() for a, b in pairwise(rounds))
    assert min(gaps) >= of
    waited = Counter(
        max(b - a for a, b in pairwise([since[person] - 1, *weeks.rounds.get(person, []), WEEKS])) for person in people
    )
    # Whoever moves between units is asked a little later at most.
    assert max(waited) <= of + 2, waited
    assert sum(n for gap, n in waited.items() if gap > of) < 0.2 * len(people)


def test_a_panel_is_spread_evenly_over_the_weeks_and_the_units() -> None:
    people: dict[int, str | None] = {n: f"u{n // 17}" for n in range(17 * 60)}
    weeks = _Weeks(4)
    for _ in range(8):
        drawn = weeks.draw(people)
        assert abs(len(drawn) - 255) < 20
        assert set(Counter(people[p] for p in drawn).values()) <= {4, 5}


def test_the_lots_depend_on_the_seed_alone() -> None:
    people: dict[int, str | None] = {n: f"u{n % 5}" for n in range(100)}
    turned = dict(reversed(people.items()))
    draw = Draw("tokyo:weekly", 4, ())
    assert panel.drawn(people, {}, draw) == panel.drawn(turned, {}, draw)
    assert panel.drawn(people, {}, draw) != panel.drawn(people, {}, draw._replace(seed="osaka:weekly"))


async def test_a_person_counts_where_they_are_posted_today(talk: Talk) -> None:
    def move(tx: Tx) -> None:
        person, unit = people.by_number(tx, "hanako", today="2026-11-24"), units.by_code(tx, "20")
        assert person
        assert unit
        postings.move(tx, person.id, unit.id, day="2026-11-25")

    await talk.database.transact(move)
    assert "hanako" not in _asked(talk, units=["20"])
    talk.now = datetime.fromisoformat("2026-11-25T09:00:00+09:00")
    assert "hanako" in _asked(talk, units=["20"])


@pytest.mark.parametrize("lang", ["ja", "en", "ja-easy"])
def test_whom_newcomers_are_is_said_without_days_as_those_are_set(house: House, lang: str) -> None:
    said = house.phrases(lang, "pulse.audience.newcomers")
    assert [word for word in ("月", "month", "1") if word in said] == []
