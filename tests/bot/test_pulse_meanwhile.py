"""What happens while a survey is open: people leave and move away, clocks are set back, an hour comes twice."""

from datetime import datetime

from bot import release
from bot.pulse_settings import Audience
from bot.surveys import Wanted, ask, open_one
from bot.turn import Turn
from storage import pulses
from storage.database import Tx
from tests.bot.test_pulse_closing import STAFF, answered, pulse_of
from tests.bot.test_surveys import AFTER, CODE, answers, opened, states
from tests.talk import Someone, Talk


async def test_an_audience_that_left_before_the_close_is_told_of_in_the_organisation_only(talk: Talk) -> None:
    """All who were asked have moved away, and one has left: those who answered still count where they were asked."""
    talk.sets("pulse", k=3)
    await opened(talk, audience={"units": ["10"]})
    for name in ("hanako", "taro", "kacho"):
        await answers(getattr(talk, name))
    for name in STAFF:
        await talk.moves(name, "20", "2026-11-26")
    await talk.database.transact(
        lambda tx: tx.cursor.execute("update person set left_on = '2026-11-27' where number = 'taro'")
    )
    await talk.ticks("pulse-close", AFTER)
    talk.later(hours=1)
    await talk.delivered()
    assert states(talk)[0][1:3] == ("closed", 6)
    found = talk.database.read_now(lambda tx: release.results(Turn(tx, talk.house, talk.now), CODE))
    assert [(g.invited, g.answered) for g in found.questions[0].groups if g.parent is None] == [(6, 3)]
    assert "みんなの声" in talk.shown_in("madoguchi")[-1]
    assert not any("みんなの声" in text for text in Someone(talk, "taro").inbox)


async def test_nobody_left_to_tell_closes_all_the_same(talk: Talk) -> None:
    """Everybody who was asked has left, and there is no channel any more."""
    await opened(talk, audience={"units": ["10"]}, invite="person")
    await talk.database.transact(lambda tx: tx.cursor.execute("update person set left_on = '2026-11-26'"))
    await talk.database.transact(lambda tx: tx.cursor.execute("update place set gone_at = 1"))
    await talk.ticks("pulse-close", AFTER)
    await talk.delivered()
    assert states(talk)[0][1] == "closed"
    assert talk.rows("select count(*) from outbox where key like 'pulse-results:%'") == [(0,)]
    assert talk.rows("select count(*) from pulse_tally") == [(0,)]


async def test_a_clock_set_back_opens_no_closed_survey_again(talk: Talk) -> None:
    await answered(talk)
    await talk.ticks("pulse-close", AFTER)
    told = talk.rows("select released from pulse")
    for moment in ("2026-11-24T09:00:00+09:00", "2026-11-20T08:40:00+09:00"):
        talk.now = datetime.fromisoformat(moment)
        await talk.ticks("pulse", moment)
        await talk.jimu.sends("pulse.open", CODE)
        assert talk.jimu.reply
        assert talk.jimu.reply.refused
    await talk.ticks("pulse-close", AFTER)
    assert talk.rows("select released from pulse") == told
    assert len(states(talk)) == 1


async def test_a_clock_set_back_while_it_is_open_counts_on_and_closes_once(talk: Talk) -> None:
    """Set back to before it opened, by an hour and by four days; then right again."""
    await opened(talk)
    await answers(talk.hanako)
    for moment in ("2026-11-24T07:40:00+09:00", "2026-11-20T08:40:00+09:00"):
        await talk.ticks("pulse", moment)
        await talk.ticks("pulse-close", moment)
        assert states(talk)[0][1] == "open"
        await talk.hanako.sends("pulse.answer", CODE, **{f"q{n}": ["1"] for n in range(1, 5)})
        assert talk.hanako.reply
        assert talk.hanako.reply.refused
    await answers(talk.taro)
    assert len(states(talk)) == 1
    assert talk.rows("select count(*) from pulse_ticket") == [(2,)]
    await talk.ticks("pulse-close", AFTER)
    assert [row[1] for row in states(talk)] == ["closed"]


async def test_a_clock_set_back_while_it_closes_lets_nobody_answer(talk: Talk) -> None:
    await opened(talk)
    await talk.database.transact(lambda tx: pulses.stop(tx, pulse_of(talk).id))
    talk.now = datetime.fromisoformat("2026-11-24T09:00:00+09:00")
    await talk.hanako.sends("pulse.answer", CODE, **{f"q{n}": ["4"] for n in range(1, 5)})
    assert "締め切りました" in talk.hanako.sees
    assert talk.rows("select count(*) from pulse_ticket") == [(0,)]


async def test_a_survey_is_open_for_the_hour_that_comes_twice_and_until_midnight(talk: Talk) -> None:
    """In New York the clock goes back on 1 November 2026, from two to one, while the survey is open."""
    talk.sets("organisation", timezone="America/New_York")
    zone = talk.house.settings.zone
    talk.now = datetime(2026, 10, 31, 9, tzinfo=zone)

    def begin(tx: Tx) -> str:
        turn = Turn(tx, talk.house, talk.now)
        return open_one(turn, Wanted("mood", ask(talk.house, "environment", turn.today), Audience(), 1)).code

    code = await talk.database.transact(begin)
    assert pulse_of(talk, code).closes_on == "2026-11-03"
    first, second = datetime(2026, 11, 1, 1, 30, tzinfo=zone), datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=zone)
    assert second.timestamp() - first.timestamp() == 3600
    last = datetime(2026, 11, 2, 23, 59, 59, tzinfo=zone)
    for someone, moment in ((talk.hanako, first), (talk.taro, second), (talk.ken, last)):
        talk.now = moment
        await talk.bot.tick("pulse-close", moment)
        await someone.sends("pulse.answer", code, **{f"q{n}": ["4"] for n in range(1, 5)})
        assert someone.reply
        assert not someone.reply.refused
    talk.now = datetime(2026, 11, 3, tzinfo=zone)
    await talk.sakura.sends("pulse.answer", code, **{f"q{n}": ["4"] for n in range(1, 5)})
    assert talk.sakura.reply
    assert talk.sakura.reply.refused
    talk.now = datetime(2026, 11, 4, 8, 15, tzinfo=zone)
    await talk.bot.tick("pulse-close", talk.now)
    found = talk.database.read_now(lambda tx: release.results(Turn(tx, talk.house, talk.now), code))
    # Three answered: too few for anything to be told.
    assert (found.questions[0].groups[0].shown, pulse_of(talk, code).closed_on) == ("hidden", "2026-11-04")
