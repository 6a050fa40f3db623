"""The weekly digest as managers get it: with the results of surveys, and short when nothing was."""

from datetime import datetime, timedelta

from tests.bot.test_surveys import AFTER, answers, opened
from tests.talk import Talk

MONDAY = datetime.fromisoformat("2026-11-30T08:30:00+09:00")


async def week_over(talk: Talk, monday: datetime = MONDAY) -> list[str]:
    """What each manager of the counter gets on a Monday."""
    talk.now = monday
    await talk.bot.tick("digest", monday)
    await talk.delivered()
    return [text for text in talk.kacho.inbox if "週のまとめ" in text]


async def test_results_of_a_survey_that_closed_are_in_it(talk: Talk) -> None:
    talk.sets("pulse", k=3)
    await opened(talk, set="environment", audience={"units": ["10"]})
    for someone in (talk.hanako, talk.taro, talk.kacho, talk.bucho, talk.ken, talk.sakura):
        await answers(someone, q1=["4"])
    await talk.ticks("pulse-close", AFTER)
    (digest,) = await week_over(talk, datetime.fromisoformat("2026-11-30T08:40:00+09:00"))
    assert "みんなの声" in digest
    later = await week_over(talk, MONDAY + timedelta(weeks=1))
    assert [text for text in later if "みんなの声" in text] == [digest], "they are news only once"


async def test_reading_and_trying_are_counted_beside_what_is_usual(talk: Talk) -> None:
    talk.sets("pulse", k=3)
    await talk.hanako.says("/kizuki 今日")
    await talk.hanako.presses("daily.tried")
    (digest,) = await week_over(talk)
    assert "やってみた人: 1人（" in digest
    assert "やってみた回数: 1（いつもの週は0）" in digest


async def test_of_few_people_nobody_is_told_who_read_and_tried(talk: Talk) -> None:
    talk.sets("pulse", k=5)
    await talk.hanako.says("/kizuki 今日")
    await talk.hanako.presses("daily.tried")
    (digest,) = await week_over(talk)
    assert "やってみた" not in digest


async def test_a_week_in_which_nothing_happened_is_short(talk: Talk) -> None:
    (digest,) = await week_over(talk)
    assert "回答を待つ気づきはありません。気づきも感謝もない1週間でした。" in digest
    assert "今週のヒント" not in digest
    assert len(digest.splitlines()) <= 8
