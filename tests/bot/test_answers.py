"""Conversations about answering notes."""

from tests.talk import Talk

NOTE = "窓口で同じ住所を三回書いてもらっている"


async def _noted(talk: Talk, **fields: list[str]) -> None:
    await talk.hanako.says(f"/kizuki {NOTE}")
    await talk.hanako.presses("note.confirm", **{"numbers": ["2"], **fields})
    await talk.delivered()


async def _answers(talk: Talk, state: str, reason: str = "") -> str:
    await talk.kacho.sends("note.answer", "1")
    return await talk.kacho.presses("回答を送る", state=[state], reason=[reason])


async def test_writer_and_supporters_hear_of_every_step(talk: Talk) -> None:
    await _noted(talk)
    await talk.taro.sends("note.support", "1")
    await talk.ken.sends("note.support", "1")
    for state in ("received", "considering", "adopted", "done"):
        await _answers(talk, state, f"理由 {state}")
        talk.later(minutes=1)
        await talk.delivered()
    assert len(talk.hanako.inbox) == len(talk.taro.inbox) == len(talk.ken.inbox) == 4
    assert "あなたの気づき No.1 が「採用」になりました。" in talk.hanako.inbox[2]
    assert "理由 adopted" in talk.hanako.inbox[2]
    assert "「私も」を付けた気づき" in talk.taro.inbox[0]
    assert 'is now "Done"' in talk.ken.inbox[3]
    assert talk.kacho.inbox == []
    assert "状況: 実施済み" in talk.shown_in("madoguchi")[0]
    assert talk.rows("select state from note_step order by id") == [
        ("received",),
        ("considering",),
        ("adopted",),
        ("done",),
    ]


async def test_declining_needs_a_reason_and_keeps_the_form(talk: Talk) -> None:
    await _noted(talk)
    await _answers(talk, "declined")
    assert talk.kacho.reply is not None
    assert (talk.kacho.reply.at, talk.kacho.reply.replaces) == ("dialog", True)
    assert talk.rows("select state from note") == [("open",)]
    assert "見送り — 予算がありません" in await talk.kacho.presses(
        "回答を送る", state=["declined"], reason=["予算がありません"]
    )


async def test_only_the_units_managers_and_the_secretariat_answer(talk: Talk) -> None:
    await _noted(talk)
    for person in (talk.hanako, talk.taro, talk.ken, talk.chiji):
        await person.sends("note.answer", "1")
        assert person.reply is not None
        assert person.reply.at == "me"
        await person.sends("note.answered", "1:open", state=["adopted"])
    assert talk.rows("select state from note") == [("open",)]
    await talk.bucho.sends("note.answered", "1:open", state=["received"])
    assert talk.rows("select state from note") == [("received",)]
    await talk.jimu.sends("note.answered", "1:received", state=["adopted"])
    assert talk.rows("select state from note") == [("adopted",)]


async def test_the_slower_of_two_answers_is_told_so(talk: Talk) -> None:
    await _noted(talk)
    await talk.kacho.sends("note.answer", "1")
    await talk.bucho.sends("note.answered", "1:open", state=["adopted"])
    assert "ほかの人が先に回答しました。いまの状況は「採用」です。" in await talk.kacho.presses(
        "回答を送る", state=["received"]
    )


async def test_a_step_that_is_not_possible_is_refused(talk: Talk) -> None:
    await _noted(talk)
    await talk.kacho.sends("note.answered", "1:open", state=["done"])
    assert "もう使えません" in await talk.kacho.sends("note.answered", "1:done", state=["received"])
    await talk.kacho.sends("note.answer", "1")
    assert "終わっています" in talk.kacho.sees


async def test_news_waits_for_the_end_of_quiet_hours(talk: Talk) -> None:
    await _noted(talk)
    talk.later(hours=12)
    await _answers(talk, "received")
    await talk.delivered()
    assert talk.hanako.inbox == []
    talk.later(hours=10)
    await talk.delivered()
    assert len(talk.hanako.inbox) == 1


async def test_overdue_answers_lead_the_managers_digest(talk: Talk) -> None:
    await _noted(talk)
    talk.later(days=20)
    seen = await talk.kacho.says("/kizuki まとめ")
    assert "期限を過ぎた回答が1件あります。" in seen
    assert "期限 12月8日（火）（過ぎています）" in seen
    await talk.kacho.presses("回答する")
    assert talk.kacho.reply is not None
    assert talk.kacho.reply.at == "dialog"
