"""Payloads in the shapes of Slack's documentation (tests/slack/recorded), as events of the core."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.keys import Keys
from adapters.slack import parse
from adapters.slack.origin import Origin
from adapters.slack.wording import worded
from bot.events import Handle, Mention, Place

KEYS = Keys("slack", b"secret")
RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> Any:
    """One payload."""
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


def place(enterprise: str, team: str, channel: str) -> Place:
    where = {"enterprise": enterprise, "team": team, "channel": channel}
    return Place("slack", f"{enterprise or team}:{channel}", False, where)


def chat(enterprise: str, team: str, user: str) -> Place:
    where = {"enterprise": enterprise, "team": team, "channel": user}
    return Place("slack", f"{enterprise or team}:{user}", True, where)


def test_a_slash_command() -> None:
    event, origin = parse.command(recorded("slash_command"), "kizuki", KEYS, {})
    assert event.who == Handle("slack", "E0001:U2147483697")
    assert event.where == place("E0001", "T0001", "C2147483705")
    assert (event.name, event.text) == ("kizuki", "94070 & @hana")
    assert event.mentions == (Mention(Handle("slack", "E0001:U1"), "@hana"),)
    assert origin.trigger == "13345224609.738474920.8088930838d88f008e0"
    assert origin.mine


def test_a_command_in_somebody_elses_direct_message_counts_for_the_chat_with_the_bot() -> None:
    body = {**recorded("slash_command"), "channel_name": "directmessage", "channel_id": "D9"}
    assert parse.command(body, "kizuki", KEYS, {})[0].where == chat("E0001", "T0001", "U2147483697")


def test_a_press_on_a_message_brings_every_field() -> None:
    found = parse.press(recorded("block_actions_message"), KEYS)
    assert found
    event, origin = found
    assert (event.action, event.value) == ("note.confirm", "click_me_123")
    assert event.where == place("", "T9TK3CUKW", "CBR2V3XEX")
    assert event.fields == {
        "numbers": ("1",),
        "others": (),
        "kind": ("notice",),
        "one": (),
        "to": ("slack/T9TK3CUKW:U1", "slack/T9TK3CUKW:U2"),
        "who": ("slack/T9TK3CUKW:U3",),
        "day": ("2026-11-24",),
        "time": ("18:00",),
        "text": (),
    }
    assert (origin.kind, origin.mine, origin.from_home) == ("press", True, False)


def test_a_press_on_a_message_others_see_is_not_only_mine() -> None:
    body = recorded("block_actions_message")
    body["container"]["is_ephemeral"] = False
    found = parse.press(body, KEYS)
    assert found
    assert not found[1].mine


def test_a_press_at_home() -> None:
    found = parse.press(recorded("block_actions_home"), KEYS)
    assert found
    event, origin = found
    assert event.action == "note.compose"
    assert event.where == chat("", "T9TK3CUKW", "UA8RXUSPL")
    assert (origin.kind, origin.from_home) == ("view", True)
    assert origin.about == {"c": "", "h": 1}


def test_a_dialog_remembers_where_it_was_opened() -> None:
    found = parse.submitted(recorded("view_submission"), KEYS)
    assert found
    event, origin = found
    assert (event.action, event.value) == ("note.write", "3@tokyo@1.1.0")
    assert event.fields == {"text": ("This is my example inputted value",)}
    assert event.where == place("", "T1234567890", "C1")
    assert origin.from_home


def test_shortcuts() -> None:
    event, _ = parse.shortcut(recorded("message_action"), KEYS, {})
    assert event.action == "note.quote"
    text = "World's smallest big cat! https://youtube.com/watch?v=W86cTIoMv2U <3 @here #general"
    assert event.fields == {"text": (text,), "by": ("slack/T0MJRM1A7:U0MJRG1AL",), "to": ("slack/T0MJRM1A7:U0MJRG1AL",)}
    event, origin = parse.shortcut(recorded("shortcut"), KEYS, {})
    assert (event.action, event.fields) == ("kudos.compose", {})
    assert event.where.private
    assert origin.response_url == ""


def test_words_to_the_bot() -> None:
    found = parse.message(recorded("app_mention"), KEYS, "UBOT", {"U2": "太郎"})
    assert found
    event, origin = found
    assert event.text == "is it everything a river should be? @太郎"
    assert event.mentions == (Mention(Handle("slack", "T061EG9R6:U2"), "@太郎"),)
    assert (origin.thread, origin.mine) == ("1515449500.000001", False)
    found = parse.message(recorded("message_im"), KEYS, "UBOT", {})
    assert found
    assert found[0].where == chat("", "T061EG9R6", "U2147483697")
    assert found[1].mine


@pytest.mark.parametrize("name", ["message_changed", "message_of_a_bot"])
def test_what_nobody_said_to_the_bot(name: str) -> None:
    assert parse.message(recorded(name), KEYS, "UBOT", {}) is None


def test_another_apps_words_in_the_chat_are_not_a_persons() -> None:
    body = recorded("message_im")
    body["event"]["bot_id"] = "B2"
    assert parse.message(body, KEYS, "UBOT", {}) is None


def test_reactions() -> None:
    found = parse.reaction(recorded("reaction_added"), KEYS, "clap")
    assert found
    assert found[0].fields == {"to": ("slack/T061EG9R6:U222222222",)}
    assert parse.reaction(recorded("reaction_added"), KEYS, "heart") is None
    assert parse.reaction(recorded("reaction_added"), KEYS, "") is None
    assert parse.reaction(recorded("reaction_to_a_file"), KEYS, "clap") is None
    own = recorded("reaction_added")
    own["event"]["item_user"] = own["event"]["user"]
    assert parse.reaction(own, KEYS, "clap") is None


def test_the_same_button_pressed_again_is_another_press() -> None:
    first, again = recorded("block_actions_message"), recorded("block_actions_message")
    again["actions"][0]["action_ts"] = "1548426418.000000"
    other = recorded("block_actions_message")
    other["actions"][0]["action_id"] = "note.discard:6-1"
    keys = {found[0].key for body in (first, again, other, first) if (found := parse.press(body, KEYS))}
    assert len(keys) == 3


def test_coming_and_going() -> None:
    found = parse.joined(recorded("member_joined_channel"), KEYS, "窓口課")
    assert (found.where, found.title) == (place("", "T061EG9R6", "C0698JE0H"), "窓口課")
    assert found.by == Handle("slack", "T061EG9R6:U123456789")
    assert parse.left(recorded("channel_archive"), KEYS).where.id == "T061EG9R6:C024BE91L"
    assert parse.left(recorded("group_deleted"), KEYS).where.id == "T061EG9R6:G0QN9RGTT"


def test_home() -> None:
    found = parse.opened(recorded("app_home_opened"), KEYS)
    assert found
    assert found[0].where == chat("", "T061EG9R6", "U123ABC456")
    assert parse.opened(recorded("app_home_messages"), KEYS) is None


def test_a_key_is_of_what_was_done_and_tells_nothing_of_it() -> None:
    first = recorded("message_im")
    again = {**first, "event_id": "EvOTHER", "event_time": 1}
    other = {**first, "event": {**first["event"], "ts": "1355517523.000006"}}
    keys = []
    for body in (first, again, other):
        found = parse.message(body, KEYS, "UBOT", {})
        assert found
        keys.append(found[0].key)
    assert keys[0] == keys[1] != keys[2]
    assert "U2147483697" not in keys[0]
    assert "1355517523" not in keys[0]
    with_another_secret = parse.message(first, Keys("slack", b"other"), "UBOT", {})
    assert with_another_secret
    assert with_another_secret[0].key != keys[0]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a &lt;b&gt; &amp;copy; &copy;", "a <b> &copy; &copy;"),
        ("<https://a.example/?x=1&amp;y=2|ここ>", "ここ"),
        ("<https://a.example|https://a.example>", "https://a.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!subteam^S1|@窓口> <!channel> <!date^1^x|11月>", "@窓口 @channel 11月"),
        ("<#C1|general> <#C2>", "#general #C2"),
        ("1 &lt; 2 <3", "1 < 2 <3"),
    ],
)
def test_texts_are_what_the_person_saw(written: str, seen: str) -> None:
    assert worded(written, "T1").text == seen


def test_an_origin_names_one_chat_for_a_person_however_they_came() -> None:
    ways = [Origin("home", "", "T1", "T1", "U1"), Origin("press", "", "T1", "T1", "U1", channel="D5")]
    assert {o.where.id for o in ways} == {"T1:U1"}
