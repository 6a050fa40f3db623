"""Which feature an event asks for: commands by their words, presses by their action, the rest by what it is."""

from collections.abc import Callable
from typing import assert_never

from bot import (
    absence,
    accounts,
    adoption_card,
    announcements_composing,
    announcements_following,
    announcements_pressed,
    answers,
    arrivals,
    asking,
    awards,
    certificate_asking,
    channels,
    commands,
    daily,
    delegates,
    digest,
    find,
    forget,
    guide,
    home,
    kudos,
    leader,
    linking,
    mydata,
    notes,
    preferences,
    principles,
    pulse,
    pulse_composing,
    pulse_following,
    quotes,
    recognition,
    report_asking,
    revise,
    sealing,
    sign_ins,
    unit_figures_composing,
    unit_figures_reporting,
    unit_figures_stories,
)
from bot.cards import Block, Button, Card, Quote, Reply, row, say
from bot.events import Command, Event, Joined, Left, Opened, Press
from bot.phrases import Phrases
from bot.turn import Refusal, Turn

Action = Callable[[Turn, Press], Reply | None]

ACTIONS: dict[str, Action] = {
    **notes.ACTIONS,
    **revise.ACTIONS,
    **answers.ACTIONS,
    **find.ACTIONS,
    **kudos.ACTIONS,
    **daily.ACTIONS,
    **principles.ACTIONS,
    **guide.ACTIONS,
    **leader.ACTIONS,
    **preferences.ACTIONS,
    **mydata.ACTIONS,
    **forget.ACTIONS,
    **accounts.ACTIONS,
    **linking.ACTIONS,
    **absence.ACTIONS,
    **delegates.ACTIONS,
    **arrivals.ACTIONS,
    **sealing.ACTIONS,
    **sign_ins.ACTIONS,
    **digest.ACTIONS,
    **recognition.ACTIONS,
    **awards.ACTIONS,
    **certificate_asking.ACTIONS,
    **adoption_card.ACTIONS,
    **quotes.ACTIONS,
    **report_asking.ACTIONS,
    **channels.ACTIONS,
    **announcements_composing.ACTIONS,
    **announcements_following.ACTIONS,
    **announcements_pressed.ACTIONS,
    **unit_figures_composing.ACTIONS,
    **unit_figures_reporting.ACTIONS,
    **unit_figures_stories.ACTIONS,
    **pulse.ACTIONS,
    **pulse_composing.ACTIONS,
    **pulse_following.ACTIONS,
}

# What stands behind a command: by itself, or with what is typed after it.
ALONE: dict[str, Callable[[Turn], Reply]] = {
    "help": commands.show_help,
    "today": daily.today,
    "mine": find.mine,
    "back": absence.back,
    "delegate": delegates.show,
    "mydata": mydata.make,
    "forget": forget.start,
    "settings": preferences.show,
    "digest": digest.show,
    "adoption": adoption_card.show,
    "file": report_asking.start,
    "message": leader.compose,
    "announce": announcements_following.show,
    "figures": unit_figures_reporting.show,
    "channel": channels.start,
    "home": home.show,
    "guide": guide.start,
    "pulse": pulse.show,
    "survey": pulse_composing.start,
    "dashboard": sign_ins.show,
}
WITH_MORE: dict[str, Callable[[Turn, str], Reply]] = {
    "principle": principles.read,
    "search": find.start,
    "show": revise.show_or_mine,
    "who": asking.who,
    "away": absence.start,
    "link": linking.show,
    "account": accounts.look_up,
    "report": recognition.show,
    "awards": awards.start,
}

# Presses that only show something.
LOOKS = frozenset(
    (
        "note.compose",
        "note.show",
        "note.answer",
        "find.more",
        "kudos.compose",
        "preferences.open",
        "note.follow",
        "mydata.ask",
        "forget.ask",
        "forget.sure",
        "forget.leave",
        "absence.ask",
        *delegates.LOOKS,
        "link.ask",
        "digest.view",
        "digest.open",
        "adoption.unit",
        "channel.ask",
        *recognition.LOOKS,
        *awards.LOOKS,
        *certificate_asking.LOOKS,
        *quotes.ACTIONS,
        *principles.ACTIONS,
        *guide.ACTIONS,
        *announcements_following.LOOKS,
        *unit_figures_composing.LOOKS,
        *unit_figures_reporting.LOOKS,
        *pulse.LOOKS,
        *pulse_composing.LOOKS,
        *pulse_following.LOOKS,
        *report_asking.LOOKS,
    )
)
# Presses that open something to fill in or to read; on a platform where that must be known beforehand, in a dialog.
DIALOGS = frozenset(
    (
        "note.compose",
        "note.show",
        "note.follow",
        "note.answer",
        "note.edit",
        "note.quote",
        "kudos.compose",
        "kudos.quote",
        "kudos.to",
        "preferences.open",
        "channel.ask",
        "absence.ask",
        *delegates.LOOKS,
        "link.show",
        "link.ask",
        "mydata.ask",
        "forget.ask",
        "digest.open",
        "dashboard.open",
        "principle.show",
        "guide.open",
        "guide.shelf",
        "guide.group",
        *announcements_following.DIALOGS,
        *announcements_pressed.DIALOGS,
        *unit_figures_reporting.DIALOGS,
        *awards.DIALOGS,
        *pulse.DIALOGS,
        *pulse_composing.DIALOGS,
        *pulse_following.DIALOGS,
    )
)
# Presses nobody made: what cannot be done then is not answered with a refusal.
UNASKED = frozenset(("kudos.offer",))


def only_looks(phrases: Phrases, event: Event) -> bool:
    """Whether an event changes nothing: then it is answered beside the writers, however long its reading takes."""
    match event:
        case Command(name="pulse"):
            return True
        case Command():
            text = event.text
            asked = commands.parse(phrases, text)
            return event.name == "kizuki" and (not text.strip() or (asked is not None and asked.name in commands.LOOKS))
        case Press(action="command.run"):
            asked = commands.parse(phrases, event.value)
            return asked is not None and asked.name in commands.LOOKS
        case Press():
            return event.action in LOOKS
        case Opened():
            return True
        case _:
            return False


def dispatch(turn: Turn, event: Event) -> Reply | None:
    match event:
        case Command():
            return _typed(turn, event)
        case Press():
            return _press(turn, event)
        case Opened():
            return home.show(turn)
        case Joined():
            channels.joined(turn, event)
            return None
        case Left():
            channels.left(turn, event)
            return None
        case _:
            assert_never(event)


def _typed(turn: Turn, command: Command) -> Reply:
    if command.name == "pulse":
        return pulse_composing.start(turn) if pulse_composing.is_new(turn, command.text) else pulse.show(turn)
    thanks = command if command.name == "kudos" else commands.thanks(turn.house.phrases, command)
    return kudos.start(turn, thanks) if thanks else _kizuki(turn, command.text)


def _press(turn: Turn, press: Press) -> Reply | None:
    if press.action == "command.run":
        return _kizuki(turn, press.value)
    action = ACTIONS.get(press.action)
    if action is None:
        raise Refusal("cards.stale")
    return action(turn, press)


def _kizuki(turn: Turn, text: str) -> Reply:
    if not text.strip():
        return commands.show_help(turn)
    asked = commands.parse(turn.house.phrases, text)
    if asked:
        return _feature(turn, asked)
    near = commands.guess(turn.house.phrases, text)
    return commands.did_you_mean(turn, near, text) if near else notes.start(turn, text)


def _feature(turn: Turn, asked: commands.Asked) -> Reply:
    if asked.name in WITH_MORE:
        return WITH_MORE[asked.name](turn, asked.rest)
    return ALONE[asked.name](turn)


def refused(turn: Turn, refusal: Refusal) -> Reply:
    """The refusal as a card: why, what to do instead, and the text given back."""
    t = turn.t
    message = t(refusal.key, **refusal.values)
    blocks: list[Block] = [say(message)]
    if refusal.back:
        blocks.append(Quote(refusal.back))
    if refusal.key == "notes.empty":
        blocks.append(row(Button("note.compose", t("notes.compose"), "", "primary")))
    return Reply(Card(tuple(blocks), message, turn.lang), refused=True)
