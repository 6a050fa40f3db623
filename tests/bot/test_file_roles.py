"""Who may have which report as a file, and the buttons below the cards that lead there."""

import csv
import io
import re

import pytest

from adapters.files.fetching import fetched
from bot import report_asking, sheets_announcements
from bot.book import Asked
from bot.cards import Buttons, Card, Choice, File, TextInput
from bot.events import Handle
from bot.report_books import REPORTS
from bot.reports import between
from bot.turn import Refusal, Turn
from storage import accounts, people, postings, roles, units
from storage.database import Tx
from tests.full_life import full_life
from tests.pdfs import opened
from tests.talk import PLATFORM, Someone, Talk

# Of everybody, of 1010, of 1020; the secretariat of 1010 has written the second announcement itself.
ALL, HERE, THERE = "", "1010", "1020"
ROLES = (
    "staff",
    "manager here",
    "manager above",
    "deputy",
    "delegate",
    "office here",
    "office",
    "executive",
    "administrator",
)
MANAGE = {"manager here", "manager above", "deputy", "office here", "office", "executive"}
WIDE = {"manager above", "office", "executive"}
RECOGNISE = {"office", "executive", "administrator"}
REACH = {"office", "administrator"}
OFFICE = {"office", "office here"}
EVERYBODY = set(ROLES)

ALLOWED: dict[tuple[str, str], set[str]] = {
    **{(name, ALL): RECOGNISE for name in ("units", "recognition", "digest", "notes", "kudos", "pulse")},
    **{(name, HERE): MANAGE for name in ("units", "adoption", "notes", "kudos", "pulse")},
    ("digest", HERE): {*MANAGE, "delegate"},
    **{(name, THERE): WIDE for name in ("units", "digest", "adoption", "notes", "kudos", "pulse")},
    ("adoption", ALL): {"office", "executive"},
    ("recognition", HERE): {"office here", *RECOGNISE},
    ("recognition", THERE): RECOGNISE,
    # Figures hold what one may see, and nothing else.
    **{("figures", of): EVERYBODY for of in (ALL, HERE, THERE)},
    ("announcement", ALL): OFFICE,
    ("announcement", "#1"): {"office"},
    ("announcement", "#2"): OFFICE,
    ("announcement", "#3"): set(),
    ("reach", ALL): REACH,
    ("reach", HERE): {"office here", *REACH},
    ("reach", THERE): REACH,
    ("suggestions", ALL): REACH,
}


async def everyone(talk: Talk) -> dict[str, Handle]:
    """Somebody of each role."""
    await talk.grants("sakura", "secretariat", "1010")
    await talk.database.transact(_stand_in)
    await talk.database.transact(_administrator)
    for someone, to in ((talk.jimu, ["everyone"]), (talk.sakura, ["units"])):
        await someone.says("/kizuki お知らせ")
        await someone.presses("announce.compose")
        await someone.presses("announce.preview", title=["題"], text=["本文"], whom=to, units=["1010"])
        await someone.presses("announce.send")
    names = ("hanako", "kacho", "bucho", "taro", "ken", "sakura", "jimu", "chiji", "kanri")
    return {role: Handle(PLATFORM, name) for role, name in zip(ROLES, names, strict=True)}


def _stand_in(tx: Tx) -> None:
    """For some days with all a manager may; until further notice for the digest and the answers alone."""
    kacho, taro, ken = (people.by_number(tx, name, today="2026-11-24") for name in ("kacho", "taro", "ken"))
    assert kacho
    assert taro
    assert ken
    roles.stand_in(tx, kacho.id, taro.id, starts_on="2026-11-24", ends_on="2026-12-24")
    roles.stand_in(tx, kacho.id, ken.id, starts_on="2026-11-24", ends_on=None)


def _administrator(tx: Tx) -> None:
    person = people.add(tx, number="kanri", name_ja="kanri", name_en="Kanri", joined_on="2020-04-01", language="ja")
    accounts.add(tx, PLATFORM, "kanri", person_id=person)
    unit = units.by_code(tx, "20")
    assert unit
    postings.add(tx, person, unit.id, starts_on="2020-04-01")
    roles.add(tx, person, "administrator", unit_id=None, starts_on="2020-04-01")


def _may(turn: Turn, name: str, of: str) -> bool:
    day = turn.today
    unit = units.by_code(turn.tx, of) if of.isdigit() else None
    code = of.removeprefix("#") if of.startswith("#") else ""
    asked = Asked(name, between(turn.settings, day.replace(day=1), day), unit, "then", "ja", code)
    try:
        report_asking.checked(turn, asked)
    except Refusal as refusal:
        # There is none of it: that is another no.
        return refusal.key in ("files.needs_unit", "files.no_survey", "adoption.too_few")
    return True


async def test_every_report_is_for_exactly_those_in_the_table(talk: Talk) -> None:
    who = await everyone(talk)
    found: dict[tuple[str, str], set[str]] = {key: set() for key in ALLOWED}
    for role, handle in who.items():
        for name, of in ALLOWED:
            if await talk.bot.read_as(handle, _may, name, of):
                found[name, of].add(role)
    assert found == ALLOWED
    for name, of in ALLOWED:
        assert not await talk.bot.read_as(talk.stranger.handle, _may, name, of)


def test_the_table_has_every_report() -> None:
    assert {name for name, _ in ALLOWED} == set(REPORTS)
    for name, report in REPORTS.items():
        assert report.whole or (name, THERE) in ALLOWED


# The buttons


def _ways(card: Card | None) -> list[str]:
    assert card
    rows = (block for block in card.blocks if isinstance(block, Buttons))
    return [button.value for row in rows for button in row.buttons if button.action == "files.ask"]


async def _gets(talk: Talk, who: Someone, form: str = "csv") -> bytes:
    """Press the way to the files of the card that is seen, have it made as it stands, and fetch it."""
    await who.presses("files.ask")
    await who.presses("files.make", form=[form])
    assert who.card
    (file,) = (block for block in who.card.blocks if isinstance(block, File))
    found = await fetched(talk.bot, who.handle, file.token)
    assert found
    return found.content


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


async def test_every_card_leads_to_its_own_days_and_unit_as_a_file(talk: Talk) -> None:
    await full_life(talk)
    talk.later(days=1)
    await talk.kacho.says("/kizuki まとめ")
    assert _ways(talk.kacho.card) == ["digest:2026-11-23..2026-11-25 1010"]
    await talk.kacho.presses("files.ask")
    assert talk.kacho.card
    (field,) = (block for block in talk.kacho.card.blocks if isinstance(block, TextInput))
    assert field.value == "2026-11-23..2026-11-25 1010"
    await talk.kacho.says("/kizuki まとめ")
    assert "もらった感謝" in {row[0] for row in _rows(await _gets(talk, talk.kacho))}

    await talk.jimu.says("/kizuki 報告")
    assert _ways(talk.jimu.card) == ["recognition:2026-11-01..2026-11-25"]
    assert opened(await _gets(talk, talk.jimu, "pdf")).tags["H1"] == 1

    await talk.bucho.says("/kizuki 浸透")
    assert _ways(talk.bucho.card) == ["adoption:2026-08-31..2026-11-22 10"]
    told = _rows(await _gets(talk, talk.bucho))
    assert [row[0] for row in told].count("規範") == 10
    assert {row[0] for row in told[1:]} >= {"全体", "規範", "週"}


async def test_what_there_is_none_of_is_said_before_a_link_is_given(talk: Talk) -> None:
    for who, name, why in (
        (talk.kacho, "adoption", "5人より少ない部署"),
        (talk.kacho, "pulse", "終わったパルスはありません"),
    ):
        await who.says("/kizuki ファイル")
        await who.presses("files.make", report=[name], form=["csv"], period=["今月"])
        assert who.card
        (fault,) = (block.error for block in who.card.blocks if isinstance(block, TextInput))
        assert why in fault
    assert talk.rows("SELECT count(*) FROM file") == [(0,)]


async def test_an_announcements_card_leads_to_what_became_of_it(talk: Talk) -> None:
    await everyone(talk)
    await talk.delivered()
    await talk.hanako.sends("announce.read", "1")
    await talk.jimu.sends("announce.status", "1")
    assert _ways(talk.jimu.card) == ["announcement::1"]
    seen = talk.jimu.card
    await talk.jimu.presses("files.ask")
    assert talk.jimu.card
    assert "「題」の届き方" in talk.jimu.sees
    assert [block.name for block in talk.jimu.card.blocks if isinstance(block, (Choice, TextInput))] == ["form"]
    talk.jimu.card = seen
    (heads, *rows) = _rows(await _gets(talk, talk.jimu))
    assert heads == ["だれ", "部署", "様子", "届かない理由", "届いた", "読んだ", "押した"]
    told = {row[0]: row[2:] for row in rows}
    assert len(told) == len(rows) == 9
    assert told["hanako"][0] == "ボタンを押した"
    assert re.fullmatch(r"2026-11-24 \d\d:\d\d", told["hanako"][4])
    assert told["hanako"][2:] == [told["taro"][2], told["hanako"][4], told["hanako"][4]]
    assert told["taro"][0] == "届いた"
    # It is asked again who may have it: not the secretariat of one unit.
    for value in ("announcement:1", "announcement::1"):
        await talk.sakura.sends("files.make" if "::" not in value else "files.ask", value, form=["csv"])
        assert talk.sakura.reply
        assert talk.sakura.reply.refused


async def test_the_list_of_announcements_holds_those_one_may_follow(talk: Talk) -> None:
    await everyone(talk)
    await talk.delivered()
    for who, ids in ((talk.jimu, ["2", "1"]), (talk.sakura, ["2"])):
        await who.says("/kizuki ファイル")
        await who.presses("files.make", report=["announcement"], form=["csv"], period=["今月"])
        assert who.card
        (file,) = (block for block in who.card.blocks if isinstance(block, File))
        found = await fetched(talk.bot, who.handle, file.token)
        assert found
        assert [row[0] for row in _rows(found.content)[1:]] == ids


async def test_figures_as_a_file_are_those_one_may_see(talk: Talk) -> None:
    await talk.grants("ken", "manager", "1020")
    for who, name in ((talk.kacho, "窓口のファクス"), (talk.ken, "税務の押印")):
        await who.sends("figure.compose")
        await who.presses("figure.save", name=[name], measure=["枚"], target=["10.5"])
    await talk.kacho.sends("figure.report", "1")
    await talk.kacho.presses("figure.reported", month=["2026-10-01"], value=["1234567.5"])
    await talk.kacho.says("/kizuki 部署の数字")
    assert _ways(talk.kacho.card) == ["figures:2026-04-01..2026-11-24"]
    assert _rows(await _gets(talk, talk.kacho))[1:] == [
        ["1010", "窓口課", "窓口のファクス", "枚", "2026-10", "1234567.5"]
    ]
    await talk.kacho.sends("figure.show", "1")
    assert _ways(talk.kacho.card) == ["figures:2025-11-01..2026-11-24 1010"]
    for who, seen in ((talk.hanako, 1), (talk.sakura, 0), (talk.chiji, 1)):
        await who.says("/kizuki ファイル")
        await who.presses("files.make", report=["figures"], form=["csv"], period=["今年度"])
        assert who.card
        (file,) = (block for block in who.card.blocks if isinstance(block, File))
        found = await fetched(talk.bot, who.handle, file.token)
        assert found
        assert len(_rows(found.content)) == 1 + seen


async def test_what_is_no_number_of_an_announcement_is_refused(talk: Talk) -> None:
    def built(turn: Turn, code: str) -> str:
        asked = Asked("announcement", between(turn.settings, turn.today, turn.today), None, "then", "ja", code)
        with pytest.raises(Refusal) as refused:
            sheets_announcements.build(turn, asked)
        return refused.value.key

    for code in ("0", "-1", "１", "x", "99999999999", "1 2", "²"):
        assert await talk.bot.read_as(talk.jimu.handle, built, code) == "announcements.unknown"
        await talk.jimu.sends("files.make", f"announcement:{code}", form=["csv"])
        assert talk.jimu.reply
        assert talk.jimu.reply.refused
