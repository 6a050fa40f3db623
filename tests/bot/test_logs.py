"""Nothing a person writes reaches the log, whatever happens to it."""

import logging

import pytest

from storage import notes
from tests.talk import Talk

WHISPER = "極秘の相談ごと"


async def test_no_content_reaches_the_log(talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await talk.hanako.says(f"/kizuki {WHISPER}を聞いた")
    await talk.hanako.presses("note.confirm", numbers=["2"])
    await talk.hanako.says(f"/kudos @taro {WHISPER}をありがとう")
    await talk.hanako.presses("感謝を送る", numbers=["3"])
    await talk.kacho.sends("note.answered", "1:open", state=["declined"], reason=[WHISPER])
    await talk.hanako.says(f"/kizuki 検索 {WHISPER}")
    await talk.hanako.sends(WHISPER, WHISPER)
    talk.wire.refuse = [RuntimeError(WHISPER), RuntimeError(WHISPER)]
    await talk.delivered()
    assert "command kizuki done" in caplog.text
    assert "RuntimeError" in caplog.text
    assert WHISPER not in caplog.text


async def test_a_bug_gives_the_text_back_and_logs_only_where_it_was(
    talk: Talk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)

    def broken(*args: object, **kwargs: object) -> int:
        raise KeyError(WHISPER)

    await talk.hanako.says(f"/kizuki {WHISPER}")
    card = talk.hanako.card
    monkeypatch.setattr(notes, "add", broken)
    seen = await talk.hanako.presses("note.confirm", card, numbers=["2"])
    assert "うまくいきませんでした。何も記録されていません。" in seen
    assert "KeyError at" in caplog.text
    assert "test_logs.py" in caplog.text
    assert WHISPER not in caplog.text
    monkeypatch.undo()
    assert "記録しました" in await talk.hanako.presses("note.confirm", card, numbers=["2"]), "nothing was lost"
