"""The recognition report in chat: sent without names, opened part by part, for any period and unit in words."""

from datetime import date, datetime

import pytest

from bot import periods, recognition
from bot.cards import Buttons, plain
from bot.reports import between
from bot.turn import House, Turn
from storage import steps
from storage.database import Tx
from tests.talk import Talk

NOW = "2026-11-24T10:00:00+09:00"


async def _life(talk: Talk) -> None:
    """Two thank taro, one of them from elsewhere; a note is adopted after nine days."""
    talk.now = datetime.fromisoformat("2026-11-02T10:00:00+09:00")
    await talk.hanako.says("/kizuki 番号札の紙がない")
    await talk.hanako.presses("note.confirm", numbers=["1"])
    for giver, words in (
        (talk.hanako, "引き継ぎ資料が丁寧で助かりました"),
        (talk.ken, "税務課の相談にもすぐ来てくれました"),
    ):
        await giver.says(f"/kudos @taro {words}")
        await giver.presses("kudos.confirm", numbers=["10"])
    talk.now = datetime.fromisoformat("2026-11-11T11:00:00+09:00")
    await talk.kacho.sends("note.answered", "1:open", state=["adopted"], reason=["12月から紙を増やします"])
    talk.now = datetime.fromisoformat(NOW)


async def test_the_monthly_report_names_nobody_until_it_is_opened(talk: Talk) -> None:
    await _life(talk)
    talk.now = datetime.fromisoformat("2026-12-01T09:30:00+09:00")
    await talk.bot.tick("recognition", talk.now)
    await talk.delivered()
    for reader in (talk.jimu, talk.chiji):
        assert "試験都庁 表彰のための報告" in reader.inbox[-1]
        assert "感謝は2件、前の期間より2件増えました。" in reader.inbox[-1]
        assert "taro" not in reader.inbox[-1]
    assert not any("taro" in str(card) for (card,) in talk.rows("select card from body where key like 'recognition:%'"))
    pushed = talk.wire.sent["dm:jimu"][-1]
    assert "taro" in await talk.jimu.presses("全体を見る", pushed)
    assert not any("表彰のための報告" in one for one in talk.hanako.inbox)
    assert "担当の人だけ" in await talk.hanako.presses("全体を見る", pushed)
    assert "担当の人だけ" in await talk.hanako.says("/kizuki 報告")


async def test_every_part_is_one_press_away_and_leads_back(talk: Talk) -> None:
    await _life(talk)
    top = await talk.jimu.says("/kizuki 報告")
    assert len(top.splitlines()) < 22, "short on a phone"
    card = talk.jimu.card
    for words, there in {
        "規範ごとの候補": "#1",
        "かげで支える人": "この期間にあてはまる人はいません",
        "変わったこと": "採用まで9日",
        "広がり": "窓口局 (3)",
        "はじめて送った人": "はじめて感謝を送った人（2人）",
        "はじめて受けた人": "taro",
        "計算のしかた": "最大5点",
    }.items():
        assert there in await talk.jimu.presses(words, card), words
        assert talk.jimu.reply
        assert talk.jimu.reply.replaces
        assert "表彰のための報告" in await talk.jimu.presses("全体に戻る")
    assert "12月から紙を増やします" in await talk.jimu.presses("変わったこと")


async def test_one_pages_through_the_principles(talk: Talk) -> None:
    await _life(talk)
    await talk.jimu.says("/kizuki 報告")
    await talk.jimu.presses("規範ごとの候補")
    for number in range(2, 11):
        assert f"## #{number} " in await talk.jimu.presses("次へ")
    assert talk.jimu.card
    words = [b.text for block in talk.jimu.card.blocks if isinstance(block, Buttons) for b in block.buttons]
    assert words == ["前へ", "全体に戻る"]
    assert "1 | taro | 窓口課 | 1.8 | 2 | 2" in talk.jimu.sees
    assert "割引前2.4点 → 1.8点（同じ1〜3人だけに感謝 2人）" in talk.jimu.sees
    assert "税務課の相談にもすぐ来てくれました — kenさんからtaroさんへ" in talk.jimu.sees
    for far in ("99", "1000000"):
        assert "## #10 " in await talk.jimu.sends("report.page", f"2026-11-01/2026-12-01//principle/{far}")


@pytest.mark.parametrize(
    ("typed", "shows"),
    [
        ("", "2026年11月、11月24日（火）まで"),
        ("今月", "2026年11月、11月24日（火）まで"),
        ("先月", "2026年10月　10月1日（木）〜10月31日（土）"),
        ("年度", "2026年度、11月24日（火）まで"),
        ("前年度", "2025年度"),
        ("2025", "2025年度"),
        ("2025年度", "2025年度"),
        ("fy2025", "2025年度"),
        ("四半期", "2026年度 第3四半期（10月から）、11月24日（火）まで"),
        ("前四半期", "2026年度 第2四半期（7月から）"),
        ("2025年度 第4四半期", "2025年度 第4四半期（1月から）　1月1日（木）〜3月31日（火）"),
        ("2026q1", "2026年度 第1四半期（4月から）"),
        ("第2四半期", "2026年度 第2四半期"),
        ("10月", "2026年10月"),
        ("12月", "2025年12月"),
        ("２０２６年９月", "2026年9月"),
        ("2026-09", "2026年9月"),
        ("march 2026", "2026年3月"),
        ("october", "2026年10月"),
        ("2026-10-05..2026-10-09", "2026年10月5日（月）〜10月9日（金）"),
        ("2026年10月5日から2026年10月9日", "2026年10月5日（月）〜10月9日（金）"),
        ("2026/10/5 〜 2026/10/9", "2026年10月5日（月）〜10月9日（金）"),
        ("2026-10-05", "2026年10月5日（月）\n"),
        ("2026-11-01..2026-11-05", "2026年11月1日（日）〜11月5日（木）\n"),
        ("2026-04-01..2026-11-15", "2026年4月1日（水）〜11月15日（日）\n"),
        ("2026-10-01..2026-11-20", "2026年10月1日（木）〜11月20日（金）\n"),
        ("2026-08-01..2026-10-31", "2026年8月1日（土）〜10月31日（土）\n"),
        ("2025-12-01..2026-01-31", "2025年12月1日（月）〜2026年1月31日（土）\n"),
        ("窓口課", "窓口課 表彰のための報告"),
        ("1010 先月", "窓口課 表彰のための報告"),
        ("先月 Counter Bureau", "窓口局 表彰のための報告"),
    ],
)
async def test_periods_and_units_in_words(talk: Talk, typed: str, shows: str) -> None:
    assert shows in await talk.jimu.says(f"/kizuki 報告 {typed}")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("先月 ない課", "「ない課」という部署は見つかりません"),
        ("ない課", "期間としても部署としても見つかりません"),
        ("2027年度", "まだ来ていません"),
        ("2026-12", "まだ来ていません"),
        ("2026-10-09..2026-10-05", "順番を入れ替えてください"),
        ("1900", "2000年より前の期間はありません"),
        ("1900-01-01..1900-12-31", "2000年より前の期間はありません"),
        ("2026-11-01..9999-12-31", "2099年より後の期間はありません"),
        ("9999-12-31", "2099年より後の期間はありません"),
        ("9999年12月", "2099年より後の期間はありません"),
        ("2026-02-30", "という日はありません"),
        ("2026-13", "という日はありません"),
        ("2026年度 第9四半期", "四半期は1から4まで"),
        ("0000", "という日はありません"),
        ("9999", "2099年より後の期間はありません"),
    ],
)
async def test_what_cannot_be_is_answered_clearly(talk: Talk, typed: str, says: str) -> None:
    assert says in await talk.jimu.says(f"/kizuki 報告 {typed}")


async def test_what_was_meant_as_a_note_is_one_press_away_from_it(talk: Talk) -> None:
    await talk.jimu.says("/kizuki 報告 書式が古い")
    assert "書式が古い" in await talk.jimu.presses("この文を気づきとして記録する")


async def test_several_units_of_one_name_are_told_apart_by_code(talk: Talk) -> None:
    await talk.database.transact(lambda tx: tx.cursor.execute("update unit set name_ja = '窓口課' where code = '20'"))
    assert "1010、20" in await talk.jimu.says("/kizuki 報告 窓口課")
    assert "窓口課 表彰のための報告" in await talk.jimu.says("/kizuki 報告 20")


async def test_whoever_reads_of_one_bureau_reads_of_it_alone(talk: Talk) -> None:
    await _life(talk)
    await talk.grants("hanako", "secretariat", "10")
    assert "窓口局 表彰のための報告" in await talk.hanako.says("/kizuki 報告")
    assert "窓口課 表彰のための報告" in await talk.hanako.says("/kizuki 報告 1010")
    assert "担当の人だけ" in await talk.hanako.says("/kizuki 報告 デジタル課")
    assert "担当の人だけ" in await talk.hanako.sends("report.page", "2026-11-01/2026-12-01//top/0")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "2026-11-01/2026-12-01//nothing/0",
        "2026-11-01/2026-12-01/999/top/0",
        "2026-11-01/2026-12-01/x/top/0",
        "a/b//top/0",
    ],
)
async def test_forged_pages_are_stale(talk: Talk, value: str) -> None:
    assert "もう使えません" in await talk.jimu.sends("report.page", value)


async def test_a_forged_page_of_other_days_is_answered_like_typed_ones(talk: Talk) -> None:
    assert "2000年より前" in await talk.jimu.sends("report.page", "1900-01-01/1901-01-01//top/0")
    assert "まだ来ていません" in await talk.jimu.sends("report.page", "2027-01-01/2027-02-01//top/0")
    assert "順番を" in await talk.jimu.sends("report.page", "2026-11-01/2026-11-01//top/0")


async def test_what_nobody_shall_see_is_in_no_part_of_it(talk: Talk) -> None:
    """Notes for the secretariat alone count nowhere; whoever wrote without a name has none."""
    talk.now = datetime.fromisoformat("2026-11-02T10:00:00+09:00")
    for audience, text in (("anonymous", "名前を出さない気づき"), ("office", "事務局だけの気づき")):
        await talk.hanako.says(f"/kizuki {text}")
        await talk.hanako.presses("note.confirm", numbers=["1"], audience=[audience])
    await talk.database.transact(_adopt)
    talk.now = datetime.fromisoformat(NOW)
    seen = await talk.jimu.sends("report.page", "2026-11-01/2026-12-01//changes/0")
    assert "名前を出さない気づき" in seen
    assert "事務局だけ" not in seen
    assert "hanako" not in seen
    assert "1件（採用・実施まで" in seen


def _adopt(tx: Tx) -> None:
    at = round(datetime.fromisoformat("2026-11-05T10:00:00+09:00").timestamp() * 1000)
    for note in (1, 2):
        moved = steps.move(
            tx, note, was="open", to="done", reason="", person_id=1, at=at, answered_at=at, due_on="2026-11-16"
        )
        assert moved


@pytest.mark.parametrize(
    ("first", "end", "before"),
    [
        (date(2026, 10, 1), date(2026, 11, 1), (date(2026, 9, 1), date(2026, 10, 1))),
        (date(2026, 3, 1), date(2026, 4, 1), (date(2026, 2, 1), date(2026, 3, 1))),
        (date(2026, 10, 1), date(2027, 1, 1), (date(2026, 7, 1), date(2026, 10, 1))),
        (date(2026, 4, 1), date(2027, 4, 1), (date(2025, 4, 1), date(2026, 4, 1))),
        (date(2026, 11, 1), date(2026, 11, 25), (date(2026, 10, 1), date(2026, 10, 25))),
        (date(2026, 3, 1), date(2026, 3, 31), (date(2026, 2, 1), date(2026, 3, 1))),
        (date(2026, 4, 1), date(2026, 11, 25), (date(2025, 4, 1), date(2025, 11, 25))),
        (date(2026, 10, 5), date(2026, 10, 10), (date(2026, 9, 30), date(2026, 10, 5))),
    ],
)
def test_a_period_is_compared_with_one_as_long(house: House, first: date, end: date, before: tuple[date, date]) -> None:
    assert periods.before(between(house.settings, first, end)) == before


async def test_the_whole_report_is_drawn_in_every_language_and_says_how(talk: Talk) -> None:
    await _life(talk)

    def drawn(tx: Tx) -> list[str]:
        turn = Turn(tx, talk.house, talk.now)
        report = recognition.build(turn, between(talk.house.settings, date(2026, 11, 1), date(2026, 12, 1)))
        return [plain(recognition.card(talk.house, report, lang)) for lang in talk.house.phrases.languages]

    ja, en, easy = await talk.database.read(drawn)
    for text in (ja, en, easy):
        assert "taro" in text.lower()
        assert "{" not in text
        for figure in ("11", "0.1", "1.5", "√"):
            assert figure in text, "weights and limits stand in it"
    assert "窓口局 | 3 |" in ja
