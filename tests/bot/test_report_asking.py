"""Reports as files by chat: offered to those who may read them, drawn when they are fetched, monthly if wanted."""

import csv
import io
import json
from pathlib import Path

import pytest

from adapters.files.fetching import Fetched, fetched, is_there
from bot import drawn_files
from bot.cards import Card, Choice, File
from tests.full_life import full_life
from tests.talk import Someone, Talk


def offered(card: Card | None) -> list[str]:
    assert card
    return next([o.value for o in b.options] for b in card.blocks if isinstance(b, Choice) and b.name == "report")


def links(card: Card | None) -> list[File]:
    assert card
    return [block for block in card.blocks if isinstance(block, File)]


async def has(talk: Talk, who: Someone, file: File) -> Fetched | None:
    found = await fetched(talk.bot, who.handle, file.token)
    assert await is_there(talk.bot, who.handle, file.token) == (found is not None)
    return found


async def gets(talk: Talk, who: Someone, **fields: list[str]) -> Fetched:
    """Ask for a file and fetch it."""
    await who.says("/kizuki ファイル")
    await who.presses("files.make", **fields)
    (link,) = links(who.card)
    found = await has(talk, who, link)
    assert found
    return found


async def test_the_secretariat_gets_any_report_in_any_form(talk: Talk) -> None:
    await full_life(talk)
    await talk.jimu.says("/kizuki ファイル")
    assert offered(talk.jimu.card) == [
        "units", "recognition", "digest", "adoption", "notes", "kudos", "pulse", "figures", "announcement", "reach",
        "suggestions",
    ]  # fmt: skip
    for form, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        found = await gets(talk, talk.jimu, report=["units"], form=[form], period=["今月"])
        assert found.content.startswith(begins)
        assert found.name == f"kizuki-units-20261101-20261124.{form}"
        assert found.media == drawn_files.MEDIA[form]


async def test_a_manager_gets_those_of_their_unit_alone(talk: Talk) -> None:
    await talk.kacho.says("/kizuki ファイル")
    assert offered(talk.kacho.card) == ["units", "digest", "adoption", "notes", "kudos", "pulse", "figures"]
    found = await gets(talk, talk.kacho, report=["units"], form=["csv"], period=[""])
    rows = list(csv.reader(io.StringIO(found.content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["1010"]
    assert talk.kacho.card
    for asked in ("今月 20", "2026-10 00"):
        fields = {"report": ["units"], "form": ["csv"], "period": [asked]}
        await talk.kacho.sends("files.make", **fields)
        assert links(talk.kacho.card) == []
        assert any("担当の人だけ" in getattr(block, "error", "") for block in talk.kacho.card.blocks)


@pytest.mark.parametrize("name", ["hanako", "ken", "sakura"])
async def test_others_are_offered_what_they_may_see_of_figures_and_nothing_else(talk: Talk, name: str) -> None:
    who: Someone = getattr(talk, name)
    await who.says("/kizuki ファイル")
    assert offered(who.card) == ["figures"]
    for report in ("units", "adoption", "announcement"):
        await who.sends("files.make", report=[report], form=["csv"], period=["今月"])
    for value in ("announcement:1", "announcement:9", "units:1", "gossip:1", ":", "announcement:x"):
        await who.sends("files.make", value, form=["csv"])
        assert links(who.card) == []
    assert links(who.card) == []
    assert talk.rows("SELECT count(*) FROM file") == [(0,)]


async def test_a_forged_report_and_form_are_stale(talk: Talk) -> None:
    for fields in ({"report": ["gossip"], "form": ["csv"]}, {"report": ["units"], "form": ["exe"]}):
        await talk.jimu.sends("files.make", period=["今月"], **fields)
        assert links(talk.jimu.card) == []
    await talk.kacho.sends("files.make", report=["reach"], form=["csv"], period=["今月"])
    assert links(talk.kacho.card) == []


@pytest.mark.parametrize(
    "period", ["2030-01", "2026-11-20..2026-11-01", "1900-01", "9999", "2026-11-01..9999-12-31", "<b>今月</b>"]
)
async def test_a_period_that_cannot_be_is_said_at_its_field(talk: Talk, period: str) -> None:
    await talk.jimu.says("/kizuki ファイル")
    await talk.jimu.presses("files.make", report=["units"], form=["csv"], period=[period])
    assert links(talk.jimu.card) == []
    assert talk.jimu.card
    assert any(getattr(block, "error", "") for block in talk.jimu.card.blocks)


async def test_a_link_is_one_persons_and_ends(talk: Talk) -> None:
    await talk.jimu.says("/kizuki ファイル")
    await talk.jimu.presses("files.make", report=["notes"], form=["csv"], period=["今月"])
    (link,) = links(talk.jimu.card)
    assert await has(talk, talk.chiji, link) is None
    assert await has(talk, talk.stranger, link) is None
    # Fetched twice by its owner it is the same.
    first, second = await has(talk, talk.jimu, link), await has(talk, talk.jimu, link)
    assert first == second is not None
    talk.later(days=2)
    assert await has(talk, talk.jimu, link) is None


async def test_whoever_may_no_longer_read_gets_nothing(talk: Talk) -> None:
    await talk.kacho.says("/kizuki ファイル")
    await talk.kacho.presses("files.make", report=["notes"], form=["csv"], period=["今月"])
    (link,) = links(talk.kacho.card)
    await talk.database.transact(lambda tx: tx.cursor.execute("DELETE FROM role"))
    assert await fetched(talk.bot, talk.kacho.handle, link.token) is None


async def test_what_was_deleted_before_it_is_fetched_is_not_in_it(talk: Talk) -> None:
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    await talk.jimu.says("/kizuki ファイル")
    await talk.jimu.presses("files.make", report=["notes"], form=["csv"], period=["今月"])
    (link,) = links(talk.jimu.card)
    before = await has(talk, talk.jimu, link)
    assert before
    assert "番号札" in before.content.decode()
    await talk.hanako.sends("note.delete", "1")
    after = await has(talk, talk.jimu, link)
    assert after
    assert "番号札" not in after.content.decode()


async def test_the_office_sees_its_own_notes_in_its_files_and_nobody_else_does(talk: Talk) -> None:
    await full_life(talk)
    office = await gets(talk, talk.jimu, report=["notes"], form=["csv"], period=["今月"])
    assert "事務局だけに伝えたいこと" in office.content.decode()
    for who in (talk.kacho, talk.chiji):
        theirs = await gets(talk, who, report=["notes"], form=["csv"], period=["今月"])
        assert "事務局だけに伝えたいこと" not in theirs.content.decode()


async def test_what_was_handed_out_is_in_the_log_without_contents(talk: Talk) -> None:
    await gets(talk, talk.jimu, report=["kudos"], form=["pdf"], period=["2026-11 10"])
    ((subject, detail),) = talk.rows("SELECT subject, detail FROM audit WHERE action = 'export'")
    told = json.loads(str(detail))
    assert subject == "kudos"
    assert (told["form"], told["period"], told["unit"]) == ("pdf", "2026-11-01..2026-11-24", "10")


async def test_the_month_before_is_sent_as_links_where_the_settings_say_so(talk: Talk) -> None:
    await talk.ticks("recognition", "2026-12-01T09:30:00+09:00")
    await talk.delivered()
    assert not any(links(card) for card in talk.wire.sent.get("dm:jimu", []))
    talk.sets("reports", monthly=("xlsx", "pdf"))
    await talk.ticks("recognition", "2027-01-04T09:30:00+09:00")
    await talk.delivered()
    (card,) = [card for card in talk.wire.sent["dm:jimu"] if links(card)]
    assert [link.name.split("-")[1] for link in links(card)] == [
        name for name in ("recognition", "units", "adoption", "figures", "announcement", "reach") for _ in range(2)
    ]
    for link in links(card):
        found = await fetched(talk.bot, talk.jimu.handle, link.token)
        assert found
        assert len(found.content) > 1_000
    assert not any(links(card) for card in talk.wire.sent.get("dm:chiji", []))
    talk.later(days=13)
    assert await is_there(talk.bot, talk.jimu.handle, links(card)[0].token)
    talk.later(days=2)
    assert not await is_there(talk.bot, talk.jimu.handle, links(card)[0].token)


def test_nothing_of_a_file_stays_on_the_disk() -> None:
    assert not list(Path("/tmp").glob("kizuki-*/report.*"))  # noqa: S108 - looks, writes nothing
