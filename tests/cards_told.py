"""Cards of announcements and of units' figures, for the case list every renderer is held to."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bot import announcements_holding, unit_figures
from bot.cards import Card
from bot.turn import Turn
from storage import announcements, people, units
from storage import unit_figures as figures
from storage.announcements import AnnouncementRow
from storage.database import Tx
from tests.talk import Someone, Talk

Keep = Callable[[str, Someone], None]
BEST = {"07": 400, "08": 390, "09": 380.5, "10": 210, "11": 190, "12": 160}


async def told(talk: Talk, keep: Keep, nasty: str) -> None:
    """One walk through both, as people see it."""
    await _announces(talk, keep, nasty)
    await _counts(talk, keep, nasty)


async def _announces(talk: Talk, keep: Keep, nasty: str) -> None:
    jimu = talk.jimu
    await jimu.says("/kizuki announce")
    await jimu.presses("announce.compose")
    keep("announce_dialog", jimu)
    await jimu.presses("announce.preview", title=["番号札が変わります"], text=[" "])
    keep("announce_dialog_again", jimu)
    when = {"day": ["2026-11-28"], "time": ["21:00"]}
    await jimu.presses("announce.preview", text=[f"色で分けます。\n\n{nasty}"], number=["2"], **when)
    keep("announce_preview", jimu)
    await jimu.presses("announce.rewrite")
    await jimu.presses("announce.preview", day=[], time=[])
    await jimu.presses("announce.send")
    keep("announce_sent", jimu)
    await talk.delivered()
    keep_card(keep, talk.hanako, talk, "announcement")
    await talk.hanako.presses("announce.read")
    keep("announce_thanks", talk.hanako)
    await jimu.says("/kizuki announce")
    keep("announce_list", jimu)
    await jimu.sends("announce.status", "1:sent")
    keep("announce_status", jimu)
    await jimu.presses("files.ask")
    keep("files_ask_announcement", jimu)
    await jimu.sends("announce.edit", "1")
    keep("announce_correct_dialog", jimu)
    for name, draw in (("office", announcements_holding.asked), ("writer", announcements_holding.told)):
        jimu.card = await talk.database.read(partial(_held, talk, draw))
        keep(f"announce_held_{name}", jimu)


def _held(talk: Talk, draw: Callable[[Turn, AnnouncementRow, str], Card], tx: Tx) -> Card:
    row = announcements.get(tx, 1)
    assert row
    return draw(Turn(tx, talk.house, talk.now), row, talk.house.lang)


async def _counts(talk: Talk, keep: Keep, nasty: str) -> None:
    kacho = talk.kacho
    await kacho.sends("figure.compose")
    keep("figure_dialog", kacho)
    await kacho.presses("figure.save", name=[nasty], measure=["枚"], target=["たくさん"])
    keep("figure_dialog_again", kacho)
    await kacho.presses("figure.save", name=["窓口で受け取るファクス"], measure=["枚"], target=["100"])
    keep("figure_named", kacho)
    await talk.database.transact(_best)
    await kacho.sends("figure.report", "2")
    keep("figure_report_dialog", kacho)
    await kacho.says("/kizuki figures")
    keep("figure_list", kacho)
    await kacho.sends("figure.show", "2")
    keep("figure_curve", kacho)
    await kacho.sends("figure.history", "2")
    keep("figure_history", kacho)
    await talk.ticks("reminders", "2027-01-18T08:45:00+09:00")
    await talk.delivered()
    keep_card(keep, kacho, talk, "figure_question")
    await kacho.presses("figure.answer")
    keep("figure_answer_dialog", kacho)
    await kacho.presses("figure.preview", text=[nasty])
    keep("figure_story_preview", kacho)
    await kacho.presses("figure.tell")
    keep("figure_story_told", kacho)
    talk.now = datetime.fromisoformat("2026-11-24T10:00:00+09:00")


def keep_card(keep: Keep, someone: Someone, talk: Talk, name: str) -> None:
    """Keep the newest card of somebody's own chat, and have them look at it."""
    someone.card = talk.wire.sent[f"dm:{someone.name}"][-1]
    keep(name, someone)


def _best(tx: Tx) -> None:
    unit, person = units.by_code(tx, "1010"), people.by_number(tx, "kacho", today="2026-11-24")
    assert unit
    assert person
    words = unit_figures.packed({"ja": unit_figures.Words("決裁に押す印", "個")})
    row = {"better": "less", "target": 150_000, "reporter_id": None, "starts_on": "2026-07-01", "at": 1}
    made = figures.add(tx, unit_id=unit.id, words=words, person_id=person.id, **row)
    for month, value in BEST.items():
        at = round(datetime.fromisoformat(f"2026-{month}-28T10:00:00+09:00").timestamp() * 1000)
        figures.report(tx, made, f"2026-{month}-01", round(value * 1000), person_id=person.id, at=at)
