"""「あなたの声 → こう動いた」: what was heard in a survey and what was done about it, told to channels."""

import json
from datetime import date
from typing import Any

from bot import pulse_inviting, pulse_view
from bot.cards import Block, Button, Card, Heading, Quote, Reply, Span, TextInput, muted, row, say
from bot.events import Press, is_blank
from bot.people import require
from bot.turn import Refusal, Turn, in_form
from storage import pulses
from storage.pulses import CLOSED, PulseRow

LONGEST = 600


def ask(turn: Turn, press: Press) -> Reply:
    """The dialog to write in, for the secretariat."""
    return Reply(_form(turn, _closed(turn, press.value), "", ""), "dialog")


def post(turn: Turn, press: Press) -> Reply:
    """Tell it in the channels that heard what came of the survey, and keep it with the survey."""
    pulse = pulses.hold_alone(turn.tx, _closed(turn, press.value).id)
    if pulse is None:
        raise Refusal("cards.stale")
    heard, done = press.first("heard").strip(), press.first("done").strip()
    try:
        _check(heard, "heard")
        _check(done, "done")
    except Refusal as refusal:
        return in_form(turn, refusal, _form(turn, pulse, heard, done))
    number = _kept(turn, pulse, heard, done)
    heard_in = pulse_inviting.heard_in(turn, pulse)
    for place in heard_in:
        turn.publish(place, f"pulse-follow:{pulse.code}:{number}:{place}", card(turn, pulse, heard, done))
    turn.audit("pulse.follow", f"pulse:{pulse.code}", number=number)
    text = turn.t("pulse_asking.followed", n=len(heard_in)) if heard_in else turn.t("pulse_asking.followed_nowhere")
    return Reply(Card((say(text), Quote(heard), Quote(done)), text, turn.lang))


def said(pulse: PulseRow) -> list[dict[str, Any]]:
    """What was told of a survey afterwards, oldest first: day, heard, done."""
    found: list[dict[str, Any]] = json.loads(pulse.follow_up or "[]")
    return found


def card(turn: Turn, pulse: PulseRow, heard: str, done: str) -> Card:
    """What channels show."""
    lang = turn.house.lang
    t = turn.speak(lang)
    heading = t("pulse_asking.follow_heading")
    about = muted(t("pulse_asking.about", title=pulse_view.title(pulse, lang), day=date.fromisoformat(pulse.opened_on)))
    blocks: tuple[Block, ...] = (
        Heading(heading, 2),
        about,
        say(Span(t("pulse_asking.heard"), "strong")),
        Quote(heard),
        say(Span(t("pulse_asking.done"), "strong")),
        Quote(done),
    )
    return Card(blocks, f"{heading} {heard} → {done}", lang)


def _closed(turn: Turn, code: str) -> PulseRow:
    """The survey a button is about, if its results are out and the person may speak about it."""
    turn.me  # noqa: B018 - whoever may only read is told so
    require(turn, "pulse.follow")
    found = pulses.by_code(turn.tx, code)
    if found is None or found.state != CLOSED:
        raise Refusal("cards.stale")
    return found


def _kept(turn: Turn, pulse: PulseRow, heard: str, done: str) -> int:
    told = [*said(pulse), {"day": turn.day, "heard": heard, "done": done}]
    pulses.follow(turn.tx, pulse.id, json.dumps(told, ensure_ascii=False))
    return len(told)


def _check(text: str, field: str) -> None:
    if is_blank(text) or len(text) > LONGEST:
        raise Refusal("pulse_asking.text_length", field=field, longest=LONGEST)


def _form(turn: Turn, pulse: PulseRow, heard: str, done: str) -> Card:
    t, title = turn.t, pulse_view.title(pulse, turn.lang)
    hint = t("pulse_asking.text_length", longest=LONGEST)
    blocks: tuple[Block, ...] = (
        Heading(t("pulse_asking.follow_heading")),
        muted(t("pulse_asking.about", title=title, day=date.fromisoformat(pulse.opened_on))),
        TextInput("heard", t("pulse_asking.heard"), heard, hint, lines=3, required=True),
        TextInput("done", t("pulse_asking.done"), done, hint, lines=3, required=True),
        muted(t("pulse_asking.follow_where")),
        row(Button("survey.tell", t("pulse_asking.tell"), pulse.code, "primary")),
    )
    return Card(blocks, t("pulse_asking.follow_heading"), turn.lang)


ACTIONS = {"survey.follow": ask, "survey.tell": post}
LOOKS = frozenset(("survey.follow",))
DIALOGS = frozenset(("survey.follow",))
