"""A unit names a figure, reports it month by month, and whoever improves most tells how."""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from random import Random

import pytest

from bot import unit_figures, unit_figures_report
from bot.cards import Chart
from bot.events import Press
from bot.turn import Turn
from bot.unit_figures_report import FiguresReport
from storage import people, units
from storage import unit_figures as stored
from storage.database import Tx
from tests.talk import Someone, Talk

FAXES = {
    "name": ["窓口で受け取るファクス"],
    "measure": ["枚"],
    "name_en": ["Faxes at the counter"],
    "measure_en": ["sheets"],
}
NAME = FAXES["name"][0]


async def _names(who: Someone, **fields: list[str]) -> str:
    await who.says("/kizuki 数字")
    await who.presses("figure.compose")
    return await who.presses("figure.save", **{**FAXES, **fields})


async def _reports(who: Someone, month: str, value: str, number: int = 1) -> str:
    await who.sends("figure.report", str(number))
    return await who.presses("figure.reported", month=[f"2026-{month}-01"], value=[value])


def _errors(someone: Someone) -> dict[str, str]:
    assert someone.card
    found = ((getattr(block, "name", ""), getattr(block, "error", "")) for block in someone.card.blocks)
    return {name: error for name, error in found if error}


def _held(talk: Talk) -> list[tuple[object, ...]]:
    return talk.rows("select month, value from unit_figure_report order by id")


def _at(talk: Talk, moment: str) -> None:
    talk.now = datetime.fromisoformat(f"{moment}+09:00")


# Naming


async def test_a_manager_names_it_and_the_unit_sees_its_curve(talk: Talk) -> None:
    assert "決めました" in await _names(talk.kacho, target=["300"])
    for month, value in (("08", "５００"), ("09", "450.5"), ("10", "1,290")):
        await _reports(talk.kacho, month, value)
    assert _held(talk) == [("2026-08-01", 500_000), ("2026-09-01", 450_500), ("2026-10-01", 1_290_000)]
    seen = await talk.hanako.says("/kizuki 部署の数字")
    assert f"{NAME} 窓口課" in seen
    assert "2026年10月は 1,290枚（目標は300枚）" in seen
    assert "報告する" not in seen
    await talk.hanako.presses("動きを見る")
    assert talk.hanako.card
    (chart,) = (block for block in talk.hanako.card.blocks if isinstance(block, Chart))
    assert (chart.labels, chart.values) == (("2026年8月", "2026年9月", "2026年10月"), (500, 450.5, 1290))
    assert (chart.shape, chart.unit) == ("line", "枚")


async def test_its_name_is_read_in_ones_own_language(talk: Talk) -> None:
    await talk.grants("ken", "manager", "1020")
    await _names(talk.ken)
    await _reports(talk.ken, "10", "12")
    assert "Faxes at the counter" in await talk.ken.says("/kizuki figures")
    assert "October 2026: 12 sheets" in talk.ken.sees
    assert NAME in await talk.sakura.says("/kizuki 数字")


async def test_who_is_elsewhere_neither_sees_nor_reports_it(talk: Talk) -> None:
    await _names(talk.kacho)
    for someone in (talk.ken, talk.stranger):
        assert NAME not in await someone.says("/kizuki figures")
        for action in ("show", "history", "report", "reported", "change", "changed", "end"):
            await someone.sends(f"figure.{action}", "1", month=["2026-10-01"], value=["3"], **FAXES)
            assert someone.reply
            assert someone.reply.refused, action
    for action in ("report", "reported", "change", "changed", "end", "compose", "save"):
        await talk.hanako.sends(f"figure.{action}", "1", month=["2026-10-01"], value=["3"], unit=["3"], **FAXES)
        assert talk.hanako.reply
        assert talk.hanako.reply.refused, action
    for above in (talk.bucho, talk.jimu, talk.chiji):
        assert NAME in await above.says("/kizuki figures")
    assert _held(talk) == []
    assert talk.rows("select count(*) from unit_figure where ends_on is null") == [(1,)]


async def test_a_manager_names_figures_only_of_units_they_manage(talk: Talk) -> None:
    for unit in ("4", "1", "99", "x", ""):
        await _names(talk.kacho, unit=[unit])
        assert list(_errors(talk.kacho)) == ["unit"], unit
    assert talk.rows("select count(*) from unit_figure") == [(0,)]


WRONG: list[tuple[dict[str, list[str]], str]] = [
    ({"name": [" "]}, "name"),
    ({"name": ["長" * 61]}, "name"),
    ({"measure": []}, "measure"),
    ({"measure": ["長" * 21]}, "measure"),
    ({"name_en": ["x" * 61]}, "name_en"),
    ({"better": ["worse"]}, "better"),
    ({"target": ["たくさん"]}, "target"),
    ({"target": ["-5"]}, "target"),
    ({"reporter": ["wire/nobody"]}, "reporter"),
    ({"reporter": ["wire/moto"]}, "reporter"),
    ({"reporter": ["wire/robo"]}, "reporter"),
]


async def test_what_cannot_be_is_said_at_its_field(talk: Talk) -> None:
    for fields, field in WRONG:
        await _names(talk.kacho, **fields)
        assert list(_errors(talk.kacho)) == [field], fields
    assert talk.rows("select count(*) from unit_figure") == [(0,)]


async def test_a_unit_has_few_figures(talk: Talk) -> None:
    for _ in range(6):
        await _names(talk.kacho)
    assert "5個まで" in _errors(talk.kacho)["unit"]


async def test_what_was_reported_keeps_its_meaning(talk: Talk) -> None:
    await _names(talk.kacho)
    await _reports(talk.kacho, "10", "40")
    await talk.kacho.sends("figure.change", "1")
    assert "単位と向きは変えられません" in talk.kacho.sees
    await talk.kacho.presses("figure.changed", name=["ファクス"], measure=["通"], better=["more"], target=["10"])
    ((words, better, target),) = talk.rows("select words, better, target from unit_figure")
    assert ("ファクス" in str(words), "枚" in str(words), better, target) == (True, True, "less", 10_000)
    await talk.kacho.sends("figure.end", "1")
    assert "終わりにしました" in talk.kacho.sees
    await talk.kacho.sends("figure.report", "1")
    assert "もう終わり" in talk.kacho.sees
    assert "2026年10月は 40枚" in await talk.hanako.sends("figure.show", "1"), "what was reported stays"


# Reporting


async def test_who_was_named_reports_and_so_does_the_managers_deputy(talk: Talk) -> None:
    await _names(talk.kacho, reporter=["wire/taro"])
    assert "30枚を受け取りました" in await _reports(talk.taro, "09", "30")
    await talk.hanako.sends("figure.report", "1")
    assert "担当の人だけ" in talk.hanako.sees
    await talk.database.transact(lambda tx: tx.cursor.execute(_stand_in("kacho", "hanako")) and None)
    await _reports(talk.hanako, "10", "20")
    assert _held(talk) == [("2026-09-01", 30_000), ("2026-10-01", 20_000)]


def _stand_in(who: str, deputy: str) -> str:
    return (
        "insert into deputy (person_id, deputy_id, starts_on, ends_on) "
        "select a.id, b.id, '2026-11-24', '2027-11-24' from person a, person b "
        f"where a.number = '{who}' and b.number = '{deputy}'"
    )


async def test_a_value_is_corrected_until_the_next_report_and_stays_on_record(talk: Talk) -> None:
    await _names(talk.kacho)
    await _reports(talk.kacho, "09", "500")
    assert "450枚に直しました" in await _reports(talk.kacho, "09", "450")
    await _reports(talk.kacho, "10", "400")
    await _reports(talk.kacho, "09", "1")
    assert list(_errors(talk.kacho)) == ["month"]
    assert _held(talk) == [("2026-09-01", 500_000), ("2026-09-01", 450_000), ("2026-10-01", 400_000)]
    await _reports(talk.kacho, "08", "5")
    assert "500枚に直しました" in await _reports(talk.kacho, "08", "500"), "a month that was missing too"
    await _reports(talk.kacho, "10", "400")
    await _reports(talk.kacho, "08", "1")
    assert list(_errors(talk.kacho)) == ["month"]
    seen = await talk.hanako.sends("figure.history", "1")
    lines = [line.split(" | ")[:3] for line in seen.splitlines() if "枚" in line]
    assert lines == [
        ["2026年10月", "400枚", "kacho"],
        ["2026年8月", "500枚", "kacho"],
        ["2026年8月", "5枚", "kacho"],
        ["2026年10月", "400枚", "kacho"],
        ["2026年9月", "450枚", "kacho"],
        ["2026年9月", "500枚", "kacho"],
    ]
    assert "2026年9月 450" in (await talk.hanako.sends("figure.show", "1"))


UNFIT = [
    ("2026-11-01", "3", "month"),
    ("2025-10-01", "3", "month"),
    ("1900-01-01", "3", "month"),
    ("x", "3", "month"),
    ("2026-10-01", "", "value"),
    ("2026-10-01", "三", "value"),
    ("2026-10-01", "-3", "value"),
    ("2026-10-01", "1e5", "value"),
    ("2026-10-01", "3.1415", "value"),
    ("2026-10-01", "9999999999", "value"),
    ("2026-10-01", "٣", "value"),
]


async def test_what_cannot_be_reported_is_said_at_its_field(talk: Talk) -> None:
    await _names(talk.kacho)
    for month, value, field in UNFIT:
        await talk.kacho.sends("figure.report", "1")
        await talk.kacho.presses("figure.reported", month=[month], value=[value])
        assert list(_errors(talk.kacho)) == [field], (month, value)
    assert _held(talk) == []


async def test_two_who_report_at_once_leave_both_on_record(talk: Talk) -> None:
    await _names(talk.kacho, reporter=["wire/taro"])
    given: dict[str, tuple[str, ...]] = {"month": ("2026-10-01",), "value": ("7",)}
    presses = [
        Press(talk.key(), who.handle, who.place, "figure.reported", "1", given) for who in (talk.kacho, talk.taro)
    ]
    await asyncio.gather(*map(talk.bot.handle, presses))
    assert _held(talk) == [("2026-10-01", 7_000)] * 2
    assert "2026年10月は 7枚" in await talk.hanako.says("/kizuki figures")


async def test_a_reminder_comes_on_a_working_day_to_who_reports(talk: Talk) -> None:
    await _names(talk.kacho, reporter=["wire/taro"])
    await talk.ticks("reminders", "2026-11-30T08:45:00+09:00")
    await talk.ticks("reminders", "2026-12-01T08:45:00+09:00")
    await talk.delivered()
    assert ["2026年11月の数字を教えてください" in text for text in talk.taro.inbox] == [True]
    assert not talk.kacho.inbox
    await talk.taro.presses("報告する", talk.wire.sent["dm:taro"][0])
    await talk.taro.presses("figure.reported", value=["12"])
    assert _held(talk) == [("2026-11-01", 12_000)], "the month that is due stands there already"
    await talk.ticks("reminders", "2026-12-07T08:45:00+09:00")
    await talk.delivered()
    assert len(talk.taro.inbox) == 1


async def test_the_reminder_goes_to_who_is_there_and_once_more_on_the_fifth_working_day(talk: Talk) -> None:
    await _names(talk.kacho, reporter=["wire/taro"])
    for name in ("taro", "kacho"):
        await talk.database.transact(lambda tx, name=name: _away(tx, name))  # type: ignore[misc]
    for day in ("01", "02", "05", "07", "08"):
        await talk.ticks("reminders", f"2026-12-{day}T08:45:00+09:00")
        await talk.delivered()
    assert not talk.taro.inbox
    assert len(talk.bucho.inbox) == 2


def _away(tx: Tx, name: str) -> None:
    tx.cursor.execute(
        "insert into absence (person_id, starts_on, ends_on, told) "
        f"select id, '2026-11-30', '2026-12-30', (1 = 0) from person where number = '{name}'"
    )


# Who improved most


def _figure(tx: Tx, code: str, better: str = "less", who: str = "kacho") -> int:
    unit, person = units.by_code(tx, code), people.by_number(tx, who, today="2026-11-24")
    assert unit
    assert person
    words = unit_figures.packed({"ja": unit_figures.Words(f"{code}の数字", "件")})
    row = {"words": words, "better": better, "target": None, "reporter_id": None, "starts_on": "2026-01-01", "at": 1}
    return stored.add(tx, unit_id=unit.id, person_id=person.id, **row)


def _values(tx: Tx, figure: int, values: dict[str, float]) -> None:
    for month, value in values.items():
        stored.report(tx, figure, f"2026-{month}-01", round(value * 1000), person_id=1, at=1)


def _quarters(before: Iterable[float], after: Iterable[float]) -> dict[str, float]:
    return dict(zip(("07", "08", "09", "10", "11", "12"), (*before, *after), strict=True))


async def _report(talk: Talk, first: str = "2026-10-01", end: str = "2027-01-01") -> FiguresReport:
    days = date.fromisoformat(first), date.fromisoformat(end)
    return await talk.database.read(lambda tx: unit_figures_report.build(Turn(tx, talk.house, talk.now), *days))


async def test_units_of_any_size_are_compared_by_how_much_better_they_are(talk: Talk) -> None:
    def write(tx: Tx) -> None:
        _values(tx, _figure(tx, "10"), _quarters((9000, 9000, 9000), (6000, 6000, 6000)))
        _values(tx, _figure(tx, "1010"), _quarters((12, 12, 12), (6, 6, 6)))
        _values(tx, _figure(tx, "1020", "more"), _quarters((10, 10, 10), (20, 20, 20)))
        _values(tx, _figure(tx, "20"), _quarters((2, 2, 2), (1, 0, 0)))
        _values(tx, _figure(tx, "00"), _quarters((100, 100, 100), (150, 150, 150)))
        _values(tx, _figure(tx, "1010"), {"07": 100, "10": 1, "11": 1})

    await talk.database.transact(write)
    found = await _report(talk)
    gains = [(row.figure.code, row.gain, row.why, row.best) for row in found.rows]
    assert gains == [
        ("1010", 0.5, "", True),
        ("1020", 0.5, "", True),
        ("10", pytest.approx(1 / 3), "", False),
        ("00", pytest.approx(-1 / 3), "", False),
        ("1010", None, "few", False),
        ("20", None, "small", False),
    ]


async def test_only_the_best_figure_of_a_unit_and_only_what_is_worth_telling(talk: Talk) -> None:
    def write(tx: Tx) -> None:
        for _ in range(2):
            _values(tx, _figure(tx, "1010"), _quarters((100,) * 3, (50,) * 3))

    await talk.database.transact(write)
    assert [row.best for row in (await _report(talk)).rows] == [True, False]
    await talk.database.transact(lambda tx: _values(tx, 1, {"10": 91, "11": 91, "12": 91}))
    await talk.database.transact(lambda tx: _values(tx, 2, {"10": 92, "11": 92, "12": 92}))
    assert [row.best for row in (await _report(talk)).rows] == [False, False], "less than a tenth is nothing to tell"


async def test_the_report_is_what_a_slow_look_finds(talk: Talk) -> None:
    """Random figures, gaps and corrections against a plain reading of all rows with fractions."""
    rng = Random(8)
    months = [f"{n:02}" for n in range(4, 13)]
    rows: list[tuple[int, str, float]] = []
    better: dict[int, str] = {}

    def write(tx: Tx) -> None:
        for _ in range(40):
            way = rng.choice(("less", "more"))
            made = _figure(tx, rng.choice(("00", "10", "1010", "1020", "20")), way)
            better[made] = way
            for month in months:
                for _ in range(rng.choice((0, 1, 1, 1, 2))):
                    value = rng.choice((0, rng.randrange(12), rng.randrange(5000), rng.randrange(5000) / 8))
                    rows.append((made, f"2026-{month}-01", value))
                    _values(tx, made, {month: value})

    await talk.database.transact(write)
    found = await _report(talk)
    assert {row.figure.id: (row.gain, row.why) for row in found.rows} == _slowly(rows, better)
    gains = [row.gain for row in found.rows]
    known = [gain for gain in gains if gain is not None]
    assert known == sorted(known, reverse=True)
    assert gains[: len(known)] == known
    assert [row.gain for row in found.best] == [known[0]] * len(found.best)


def _slowly(rows: list[tuple[int, str, float]], better: dict[int, str]) -> dict[int, tuple[float | None, str]]:
    found: dict[int, tuple[float | None, str]] = {}
    for figure, way in better.items():
        newest = {month: Fraction(round(value * 1000), 1000) for f, month, value in rows if f == figure}
        was = [newest[m] for m in ("2026-07-01", "2026-08-01", "2026-09-01") if m in newest]
        now = [newest[m] for m in ("2026-10-01", "2026-11-01", "2026-12-01") if m in newest]
        if not now:
            continue
        if len(was) < 2 or len(now) < 2:
            found[figure] = (None, "few")
            continue
        a, b = sum(was, Fraction()) / len(was), sum(now, Fraction()) / len(now)
        if a < 5:
            found[figure] = (None, "small")
            continue
        ratio = b / a if way == "less" else (a / b if b else None)
        found[figure] = (-1.0 if ratio is None else float(1 - ratio if ratio <= 1 else 1 / ratio - 1), "")
    return found


# Stories


async def _best(talk: Talk) -> None:
    def write(tx: Tx) -> None:
        _values(tx, _figure(tx, "1010"), _quarters((100,) * 3, (40,) * 3))
        _values(tx, _figure(tx, "1020"), _quarters((100,) * 3, (90,) * 3))

    await talk.database.transact(write)


async def test_who_improved_most_is_asked_and_the_story_is_told_with_their_consent(talk: Talk) -> None:
    await _best(talk)
    await talk.ticks("reminders", "2027-01-15T08:45:00+09:00")
    await talk.delivered()
    assert not talk.kacho.inbox, "not before the tenth working day, when most have reported"
    for day in ("18", "19", "20"):
        await talk.ticks("reminders", f"2027-01-{day}T08:45:00+09:00")
    await talk.delivered()
    (asked,) = talk.kacho.inbox
    assert "窓口課の「1010の数字」が、100件から40件に減りました（2026年10月から2026年12月まで" in asked
    assert not talk.bucho.inbox
    await talk.kacho.presses("工夫を教える", talk.wire.sent["dm:kacho"][0])
    await talk.kacho.presses("figure.preview", text=[" "])
    assert list(_errors(talk.kacho)) == ["text"]
    assert "部署のチャンネルと、報告に載ります" in await talk.kacho.presses(
        "figure.preview", text=["申請を電子にしました"]
    )
    assert "電子にしました" in talk.kacho.sees
    await talk.delivered()
    assert not talk.channel("madoguchi"), "nothing is told before they agree"
    assert (await _report(talk)).stories == ()
    assert "届けました" in await talk.kacho.presses("載せてよい")
    await talk.delivered()
    (told,) = talk.channel("madoguchi")
    assert "> 申請を電子にしました — 窓口課" in told
    assert "kacho" not in told
    (story,) = (await _report(talk)).stories
    assert (story.text, story.gain, story.figure.code) == ("申請を電子にしました", 0.6, "1010")
    await talk.kacho.presses("取り下げる")
    await talk.delivered()
    assert "取り下げられました" in talk.shown_in("madoguchi")[0]
    assert (await _report(talk)).stories == ()


async def test_whoever_does_not_want_to_tell_is_left_in_peace(talk: Talk) -> None:
    await _best(talk)
    await talk.ticks("reminders", "2027-01-18T08:45:00+09:00")
    await talk.delivered()
    card = talk.wire.sent["dm:kacho"][0]
    assert "わかりました" in await talk.kacho.presses("今回は答えない", card)
    await talk.kacho.presses("工夫を教える", card)
    assert "もう答えて" in talk.kacho.sees
    await talk.database.transact(lambda tx: _values(tx, 2, {"10": 1, "11": 1, "12": 1}))
    await talk.ticks("reminders", "2027-01-19T08:45:00+09:00")
    await talk.delivered()
    assert len(talk.kacho.inbox) == 1
    assert talk.rows("select count(*) from unit_figure_story") == [(1,)], "a period is judged once"


async def test_nobody_else_tells_their_story(talk: Talk) -> None:
    await _best(talk)
    await talk.ticks("reminders", "2027-01-18T08:45:00+09:00")
    for someone in (talk.hanako, talk.bucho, talk.jimu, talk.stranger):
        for action in ("answer", "preview", "tell", "decline", "untell"):
            await someone.sends(f"figure.{action}", "1", text=["私がやりました"])
            assert someone.reply
            assert someone.reply.refused, action
    assert talk.rows("select state from unit_figure_story") == [("asked",)]


async def test_nobody_is_asked_where_nobody_improved(talk: Talk) -> None:
    await talk.database.transact(lambda tx: _values(tx, _figure(tx, "1010"), _quarters((100,) * 3, (120,) * 3)))
    await talk.ticks("reminders", "2027-01-18T08:45:00+09:00")
    assert talk.rows("select count(*) from unit_figure_story") == [(0,)]
    await talk.ticks("reminders", "2026-12-14T08:45:00+09:00")
    assert talk.rows("select count(*) from unit_figure_story") == [(0,)]
