"""The case list every renderer is held to: real cards, made by the real features in one fixed conversation."""

from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

from bot import adoption, adoption_card, digest, recognition, reports
from bot.cards import (
    Block,
    Button,
    Card,
    Chart,
    Choice,
    Divider,
    Facts,
    File,
    Heading,
    Image,
    Option,
    PersonPick,
    Quote,
    Span,
    Table,
    TextInput,
    row,
    say,
)
from bot.events import Joined, Place
from bot.organisation import LANGUAGES
from bot.turn import Turn
from storage import people, units
from storage.database import Tx
from tests import surveys
from tests.cards_told import told
from tests.talk import Someone, Talk

NASTY = "<!channel> @everyone *太字* <b>x</b> [逃げ道](javascript:alert(1)) \u202e右から\u202c {0} %s 🙂"


async def cases(talk: Talk, lang: str) -> dict[str, Card]:
    """Every kind of card in one language, by name."""
    talk.house.settings.organisation.__dict__["language"] = lang
    await talk.database.transact(lambda tx: _speak(tx, lang))
    found: dict[str, Card] = {"every_block": every_block(lang)}

    def keep(name: str, someone: Someone) -> None:
        assert someone.card is not None
        found[name] = someone.card

    await _notes(talk, keep)
    await _kudos(talk, keep)
    await _rest(talk, keep)
    await _pulse(talk, keep)
    await talk.delivered()
    found["pulse_in_channel"], found["pulse_one_press"] = (talk.wire.sent[place][-1] for place in ("zeimu", "digital"))
    rooms = (("madoguchi", "in_channel"), ("hiroba", "greeting"), ("dm:taro", "private"), ("dm:ken", "arriving"))
    for place, name in rooms:
        for number, card in enumerate(talk.wire.sent[place], 1):
            found[f"{name}_{number}"] = card
    found.update(await talk.database.read(lambda tx: _reports(tx, talk, lang)))
    await told(talk, keep, NASTY)
    await _awards(talk, keep)
    found["award_in_channel"] = talk.wire.sent["zeimu"][-1]
    found["award_told"] = talk.wire.sent["dm:taro"][-1]
    await talk.jimu.sends("award.withdraw", "2026-11-01/2026-12-01/")
    await talk.delivered()
    found["award_withdrawn"] = talk.wire.sent["zeimu"][-1]
    found["award_taken_back"] = talk.wire.sent["dm:taro"][-1]
    return found


def _speak(tx: Tx, lang: str) -> None:
    tx.cursor.execute(f"update person set language = '{lang}'")


async def _notes(talk: Talk, keep) -> None:  # type: ignore[no-untyped-def]
    await talk.hanako.says("/kizuki 窓口で同じ住所を三回書いてもらっている #1")
    keep("note_ask", talk.hanako)
    await talk.hanako.presses("note.confirm", numbers=[])
    keep("note_ask_again", talk.hanako)
    await talk.hanako.presses("note.confirm", numbers=["1", "2"])
    keep("note_confirmed", talk.hanako)
    await talk.hanako.says(f"/kizuki {NASTY}")
    await talk.hanako.presses("note.confirm", numbers=["none"])
    keep("note_nasty", talk.hanako)
    await talk.taro.sends("note.support", "1")
    keep("note_supported", talk.taro)
    await talk.kacho.sends("note.answer", "1")
    keep("answer_dialog", talk.kacho)
    await talk.kacho.presses("note.answered", state=["declined"])
    keep("answer_dialog_again", talk.kacho)
    await talk.kacho.presses("note.answered", state=["considering"], reason=["12月の会議で決めます"])
    keep("note_answered", talk.kacho)
    await talk.hanako.sends("note.edit", "1")
    keep("edit_dialog", talk.hanako)
    await talk.hanako.says("/kizuki #99")
    keep("refusal", talk.hanako)
    await talk.hanako.sends("note.quote", text=[NASTY], by=["wire/taro"])
    keep("note_quote", talk.hanako)


async def _kudos(talk: Talk, keep) -> None:  # type: ignore[no-untyped-def]
    await talk.hanako.says("/kudos ")
    keep("kudos_dialog", talk.hanako)
    await talk.hanako.says("/kudos @taro 引き継ぎ資料が丁寧で助かりました #10")
    keep("kudos_ask", talk.hanako)
    await talk.hanako.presses("kudos.confirm")
    keep("kudos_given", talk.hanako)
    await talk.hanako.sends("kudos.quote", text=["窓口の案内図を描き直しました"], to=["wire/taro"])
    keep("kudos_quote", talk.hanako)
    await talk.hanako.sends("kudos.offer", to=["wire/taro"])
    keep("kudos_offer", talk.hanako)


async def _awards(talk: Talk, keep) -> None:  # type: ignore[no-untyped-def]
    """The month is over: its report part by part, and an award from the shortlist to the channels."""
    await talk.ken.says("/kudos @taro 税務課の相談にもすぐ来てくれました #10")
    await talk.ken.presses("kudos.confirm")
    talk.now = datetime.fromisoformat("2026-12-02T10:00:00+09:00")
    await talk.jimu.says("/kizuki report last month")
    keep("report", talk.jimu)
    for part, at in (
        ("principle", 9),
        ("behind", 0),
        ("changes", 0),
        ("coverage", 0),
        ("first_receivers", 0),
        ("how", 0),
    ):
        await talk.jimu.sends("report.page", f"2026-11-01/2026-12-01//{part}/{at}")
        keep(f"report_{part}", talk.jimu)
    await talk.jimu.says("/kizuki awards last month")
    keep("awards", talk.jimu)
    await talk.jimu.presses("award.choose", number=["10"])
    keep("award_dialog", talk.jimu)
    assert talk.jimu.card
    (offered,) = (b for b in talk.jimu.card.blocks if isinstance(b, Choice))
    await talk.jimu.presses("award.save", winners=[offered.options[0].value], citation=[NASTY])
    keep("awards_chosen", talk.jimu)
    await talk.jimu.presses("award.preview")
    keep("award_preview", talk.jimu)
    await talk.jimu.presses("award.announce")
    keep("award_announced", talk.jimu)
    await talk.jimu.presses("award.certificates")
    keep("award_certificates", talk.jimu)
    await talk.jimu.presses("award.list")
    keep("awards_public", talk.jimu)
    await talk.delivered()


async def _rest(talk: Talk, keep) -> None:  # type: ignore[no-untyped-def]
    for name, typed in {
        "help": "help",
        "today": "today",
        "principle": "principle 3",
        "principles": "principle",
        "guide": "guide",
        "mine": "mine",
        "search": "search 住所",
        "settings_dialog": "settings",
        "did_you_mean": "heplp",
    }.items():
        await talk.hanako.says(f"/kizuki {typed}")
        keep(name, talk.hanako)
    for name, action, value in (
        ("principle_goals", "principle.page", "3:goals"),
        ("principle_arrangements", "principle.page", "3:arrangements"),
        ("guide_shelf", "guide.shelf", "indicators"),
        ("guide_group", "guide.group", "ideas:tell"),
    ):
        await talk.hanako.sends(action, value)
        keep(name, talk.hanako)
    await talk.kacho.sends("delegate.ask")
    keep("delegate_form", talk.kacho)
    await talk.kacho.sends("delegate.save", delegate=["wire/taro"])
    await talk.kacho.says("/kizuki 代理")
    keep("delegates", talk.kacho)
    await talk.kacho.sends("delegate.end", "1")
    keep("delegate_ended", talk.kacho)
    await talk.kacho.opens_home()
    keep("home", talk.kacho)
    await talk.kacho.presses("digest.open")
    keep("digest_running", talk.kacho)
    await _files(talk, keep)
    await _channels(talk, keep)
    await _people(talk, keep)
    await talk.chiji.says("/kizuki message")
    keep("leader_dialog", talk.chiji)
    await talk.bot.tick("daily", datetime.fromisoformat("2026-11-24T09:00:00+09:00"))


async def _files(talk: Talk, keep) -> None:  # type: ignore[no-untyped-def]
    """A report as a file: what to have, and the link to it."""
    await talk.kacho.presses("files.ask")
    keep("files_ask", talk.kacho)
    with patch("bot.drawn_files.secrets.token_urlsafe", return_value="a-token"):
        await talk.kacho.presses("files.make", report=["digest"], form=["pdf"])
    keep("files_link", talk.kacho)


async def _channels(talk: Talk, keep) -> None:  # type: ignore[no-untyped-def]
    await talk.bot.handle(Joined(talk.key(), Place("wire", "hiroba"), "広場"))
    await talk.delivered()
    talk.jimu.place = Place("wire", "hiroba")
    await talk.jimu.presses("channel.ask", talk.wire.sent["hiroba"][0])
    keep("channel_dialog", talk.jimu)
    await talk.jimu.presses("channel.save", unit=["ない課"])
    keep("channel_dialog_again", talk.jimu)
    await talk.jimu.presses("channel.save", unit=["20"], gets=["daily", "kudos"])
    keep("channel_saved", talk.jimu)
    await talk.delivered()


async def _people(talk: Talk, keep) -> None:  # type: ignore[no-untyped-def]
    await talk.taro.sends("preferences.open")
    await talk.taro.presses("preferences.save", gets=["askable", "honour"])
    for name, typed in {
        "who": "who #10",
        "away_dialog": "away",
        "away": "away 2026-12-01..2026-12-10",
        "back": "back",
        "link_wrong": "link 000",
        "forget": "forget",
    }.items():
        await talk.hanako.says(f"/kizuki {typed}")
        keep(name, talk.hanako)
    await talk.stranger.opens_home()
    keep("home_of_a_stranger", talk.stranger)
    talk.sets("notes", nameless=True)
    await talk.hanako.says("/kizuki 残業の申請が実態と合っていない")
    with patch("bot.sealing.secrets.token_urlsafe", return_value="receipt"):
        await talk.hanako.presses("note.confirm", numbers=["2"], audience=["nameless"])
    keep("sealed", talk.hanako)
    await talk.moves("ken", "1010", "2026-11-24")
    await talk.bot.tick("arrivals", datetime.fromisoformat("2026-11-24T09:15:00+09:00"))
    await talk.bot.tick("arrivals", datetime.fromisoformat("2026-11-25T09:15:00+09:00"))


async def _pulse(talk: Talk, keep) -> None:  # type: ignore[no-untyped-def]
    """Surveys with every kind of question; what is drawn by lot elsewhere is the same in every run here."""
    nasty = replace(surveys.question("choice", "nasty", ("a", "b")), text=dict.fromkeys(LANGUAGES, NASTY))
    talk.house = talk.bot.house = replace(talk.bot.house, pulse_key=b"a key for tests, known to everybody")
    many = (*surveys.THREE, surveys.question("nps", "recommendation"), nasty)
    with (
        patch("bot.receipts.secrets.token_bytes", return_value=bytes(12)),
        patch("bot.receipts.secrets.token_hex", return_value="0" * 32),
    ):
        await surveys.opened(talk.database, talk.bot, surveys.SCALE)
        await surveys.opened(talk.database, talk.bot, (many[3],), code="nps-2026-11-24")
        await surveys.opened(talk.database, talk.bot, many, code="long-2026-11-24", closes_on="2026-12-05")
        await talk.hanako.says("/pulse")
        keep("pulse_list", talk.hanako)
        await talk.hanako.presses("pulse.tap")
        keep("pulse_thanks", talk.hanako)
        await talk.hanako.presses("pulse.change")
        keep("pulse_change_dialog", talk.hanako)
        await talk.hanako.sends("pulse.open", "long-2026-11-24")
        keep("pulse_dialog", talk.hanako)
        given = {"q1": ["read"], "q2": ["time", "tools"], "q3": [NASTY], "q4": ["10"]}
        await talk.hanako.presses("pulse.answer", **given)
        keep("pulse_dialog_again", talk.hanako)
        await talk.hanako.presses("pulse.answer", q5=["b"])
        await talk.hanako.presses("pulse.store")
        keep("pulse_stored", talk.hanako)
        await talk.hanako.says("/pulse")
        keep("pulse_list_answered", talk.hanako)
        await talk.jimu.sends("pulse.open", "long-2026-11-24")
        keep("pulse_not_asked", talk.jimu)
    for unit, code in (("1020", "long-2026-11-24"), ("20", surveys.CODE)):
        await surveys.invited(talk.database, talk.bot, unit=unit, code=code)


def _reports(tx: Tx, talk: Talk, lang: str) -> dict[str, Card]:
    turn = Turn(tx, talk.house, talk.now)
    unit = units.by_code(tx, "1010")
    assert unit is not None
    assert people.staff(tx, today=turn.day)
    day = talk.now.date()
    week = digest.build(turn, unit.id, day, day.replace(day=28))
    span = reports.between(talk.house.settings, day.replace(day=1), day.replace(month=12, day=1))
    month = recognition.build(turn, span)
    spread = adoption.build(turn, adoption_card.lately(turn))
    return {
        "digest": digest.card(talk.house, week, lang),
        "recognition": recognition.card(talk.house, month, lang),
        "adoption": adoption_card.drawn(talk.house, spread, lang),
    }


def every_block(lang: str) -> Card:
    """One card with every kind of block and every odd thing in it."""
    blocks: tuple[Block, ...] = (
        Heading(NASTY),
        Heading("二", 2),
        Heading("三", 3),
        say("前", Span("太い", "strong"), Span("薄い", "muted"), Span("外", link="https://example.jp/a?b=1&c=2")),
        say(Span("危ない", link="javascript:alert(1)")),
        Quote(f"{NASTY}\n二行目", by=NASTY),
        Facts((("項目", NASTY), ("件数", "1,234"))),
        Table("表", ("名前", "件"), ((NASTY, "1"), ("b", "23")), numeric=(1,)),
        Chart("棒", ("#1 あ", "#2 い"), (3, 0), "件"),
        Chart("線", ("4月", "5月", "6月"), (1, 5, 2.5), shape="line"),
        Image("https://example.jp/a.png", "絵の説明"),
        File("記録.json", "application/json", "a-token_1", NASTY),
        Choice("one", "ひとつ", (Option("a", "あ", "ヒント"), Option("b", NASTY)), ("a",), error="選んでください"),
        Choice("many", "いくつか", (Option("a", "あ"), Option("b", "い")), ("a", "b"), many=True),
        Choice("menu", "畳む", (Option("a", "あ"), Option("b", "い")), ("b",), look="menu"),
        Choice("menus", "畳んでいくつか", (Option("a", "あ"), Option("b", "い")), many=True, look="menu"),
        PersonPick("to", "誰に", ("wire/taro",), many=True, error="選んでください"),
        TextInput("text", "文", NASTY, "ヒント", lines=3, required=True, error="長すぎます"),
        TextInput("day", "日", "2026-11-24", format="date"),
        TextInput("time", "時", "18:00", format="time"),
        Divider(),
        row(
            Button("a.b", "する", "1", "primary"),
            Button("a.c", NASTY, NASTY, "danger", confirm="本当に？"),
            Button("", "開く", link="https://example.jp/"),
        ),
    )
    return Card(blocks, "まとめの文", lang)
