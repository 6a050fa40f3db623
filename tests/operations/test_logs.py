"""A note, a kudos and an answer are in the database and nowhere in the log, as text and as JSON."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from adapters.operations import logs
from tests import surveys
from tests.surveys import CODE, THREE
from tests.talk import Talk
from tests.web.visitors import pages

NOTE, THANKS, LINE = "番号札の紙が極秘になくなる", "引き継ぎ資料が丁寧で助かりました", "窓口の端末が遅い"
ANSWER = {"q1": ["heard"], "q2": ["time", "tools"], "q3": [LINE]}
STORED = {"select text from note": NOTE, "select text from kudos": THANKS, "select text from pulse_line": LINE}
EVENT = {"time", "level", "name", "action", "outcome", "duration_ms", "key", "platform"}


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the log to the other tests as it was."""
    root, handlers, level = logging.root, logging.root.handlers[:], logging.root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


async def a_day(talk: Talk) -> None:
    """A note, a kudos, an answer, a refusal, a delivery that fails, a schedule, and libraries that talk."""
    await talk.hanako.says(f"/kizuki {NOTE}")
    await talk.hanako.presses("note.confirm", numbers=["2"])
    await talk.hanako.says(f"/kudos @taro {THANKS}")
    await talk.hanako.presses("感謝を送る", numbers=["3"])
    await surveys.opened(talk.database, talk.bot, THREE)
    await talk.hanako.sends("pulse.answer", CODE, **ANSWER)
    await talk.stranger.sends("note.confirm", NOTE)
    talk.wire.refuse = [RuntimeError(NOTE)]
    await talk.delivered()
    await talk.ticks("tidy", "2026-11-24T10:05:00+09:00")
    logging.getLogger("aiohttp.server").error("failed for %s", NOTE, exc_info=ValueError(THANKS))
    logging.getLogger("slack_bolt.App").warning(f"Unhandled request ({LINE})")
    asyncio.get_running_loop().call_exception_handler({"message": NOTE, "exception": KeyError(LINE)})


@pytest.mark.parametrize("how", ["text", "json"])
async def test_what_people_write_is_stored_and_not_logged(
    talk: Talk, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.begin("json" if how == "json" else "text")
    logging.root.setLevel(logging.DEBUG)
    logs.watch_loop(asyncio.get_running_loop())
    await a_day(talk)
    for sql, text in STORED.items():
        assert (text,) in talk.rows(sql), "there is something that could leak"
    told = capsys.readouterr().err
    for word in (NOTE, THANKS, LINE, "番号札", "heard", "tools", json.dumps(NOTE)[1:-1]):
        assert word not in told
    for word in ("press note.confirm", "press pulse.answer", "RuntimeError", "KeyError", "failed for %s", "ValueError"):
        assert word in told


async def test_every_event_is_one_object_with_the_same_fields(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin("json")
    await a_day(talk)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    events = {line["action"]: line for line in lines if "action" in line}
    assert set(events["command kizuki"]) == EVENT
    assert events["command kizuki"]["outcome"] == "done"
    assert events["command kizuki"]["key"] == "event-1"
    assert events["command kizuki"]["duration_ms"] > 0
    assert events["command kizuki"]["level"] == "info"
    assert datetime.fromisoformat(events["command kizuki"]["time"]).tzinfo is not None
    assert set(events["press pulse.answer"]) == EVENT - {"platform"}
    assert events["press pulse.answer"]["key"] == "-", "nobody may know who pressed"
    refused = [line for line in lines if line.get("outcome") == "refused"]
    assert [line["why"] for line in refused] == ["cards.expired"]
    assert events["tick tidy"] | {"time": "", "duration_ms": 0} == {
        "time": "",
        "level": "info",
        "name": "kizuki",
        "action": "tick tidy",
        "outcome": "done",
        "duration_ms": 0,
        "key": "2026-11-24T10:05:00+09:00",
    }
    others = [line for line in lines if "action" not in line]
    assert all(set(line) == {"time", "level", "name", "message"} for line in others)
    assert all("\n" not in line["message"] for line in others)


async def test_every_page_is_one_object_too_and_names_its_route_alone(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.begin("json")
    async with pages(talk) as found:
        browser = found.browser()
        await browser.signs_in(talk.hanako)
        for address in ("notes?q=極秘の語", "notes/987654", "units/1010", "in/" + "himitsu" * 6, "極秘"):
            await browser.opens(address)
        await browser.posts("notes", text="極秘")
    told = capsys.readouterr().err
    seen = [json.loads(line) for line in told.splitlines() if '"action": "page ' in line]
    assert [(line["action"], line["outcome"], line["status"], line.get("why", "")) for line in seen[3:]] == [
        ("page GET /dashboard/notes", "done", 200, ""),
        ("page GET /dashboard/notes/{id}", "refused", 404, ""),
        ("page GET /dashboard/units/{code}", "refused", 403, ""),
        ("page GET /dashboard/in/{secret}", "refused", 410, "link_over"),
        ("page ?", "refused", 404, "no_page"),
        ("page ?", "refused", 405, "no_such_way"),
    ]
    assert all(set(line) - {"why"} == EVENT - {"platform"} | {"status"} and line["key"] == "-" for line in seen)
    for word in ("極秘", "987654", "1010", "himitsu", "hanako", "%"):
        assert word not in "".join(line for line in told.splitlines() if '"action": "page ' in line)


def test_the_setting_is_read_before_anything_else_is(tmp_path: Path) -> None:
    (file := tmp_path / "app.yaml").write_text("organisation: {name: {ja: 試験}}\nserver: {logs: json}\n")
    assert logs.wanted(file) == "json"
    file.write_text("organisation: {}\nserver: {logs: json}\n")
    assert logs.wanted(file) == "text", "what is wrong in it is told by `kizuki check`"
