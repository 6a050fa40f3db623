"""A person's own settings: language, quiet hours, what they receive and where, whether they may be asked."""

import re

from bot import awards_telling
from bot.accounts import called
from bot.cards import Block, Button, Card, Choice, Heading, Option, Reply, TextInput, muted, row, say, with_error
from bot.events import Press
from bot.organisation import LANGUAGES
from bot.people import Thing, may
from bot.turn import Turn
from storage import accounts, people, places
from storage.people import SETTINGS
from storage.places import PlaceRow

GETS = ("digest", "reminders", "pulse", "askable", "honour", "muted")
DAILY = ("channel", "also")
CHANNEL = "daily"
LAST_USED = "last"


def show(turn: Turn) -> Reply:
    """The dialog with one's settings."""
    me, quiet = turn.me, turn.settings.quiet
    chosen = {
        "language": (me.language or turn.lang,),
        "quiet_from": (me.quiet_from or quiet.start,),
        "quiet_to": (me.quiet_to or quiet.end,),
        "daily": (DAILY[me.daily],),
        "gets": tuple(name for name in GETS if getattr(me, name)),
        "deliver_to": (me.deliver_to if me.deliver_to in _accounts(turn) else LAST_USED,),
    }
    return Reply(_dialog(turn, chosen), "dialog")


def open_from(turn: Turn, _: Press) -> Reply:
    """The same from a button."""
    return show(turn)


def save(turn: Turn, press: Press) -> Reply:
    """Keep what was chosen."""
    wrong = _wrong(press)
    if wrong:
        card = _dialog(turn, press.fields)
        return Reply(with_error(card, wrong, turn.t("preferences.no_time")), "dialog", replaces=True)
    wanted = _wanted(turn, press)
    before = {name: getattr(turn.me, name) for name in SETTINGS}
    people.save_settings(turn.tx, turn.me.id, **wanted)
    changed = sorted(name for name in SETTINGS if wanted[name] != before[name])
    turn.audit("settings.own", f"person:{turn.me.id}", changed=changed)
    if "honour" in changed and not wanted["honour"]:
        awards_telling.refuse(turn)
    _save_channel(turn, press)
    return _saved(turn, press, wanted)


def speak(turn: Turn, language: str) -> None:
    """Be spoken to in another language from now on, on every platform."""
    before = {name: getattr(turn.me, name) for name in SETTINGS}
    if before["language"] != language:
        people.save_settings(turn.tx, turn.me.id, **{**before, "language": language})
        turn.audit("settings.own", f"person:{turn.me.id}", changed=["language"])


def _wanted(turn: Turn, press: Press) -> dict[str, object]:
    gets = press.fields.get("gets", ())
    to = press.first("deliver_to")
    return {
        "language": press.first("language"),
        "quiet_from": press.first("quiet_from"),
        "quiet_to": press.first("quiet_to"),
        "daily": press.first("daily") == DAILY[True],
        **{name: name in gets for name in GETS},
        "deliver_to": to if to in _accounts(turn) else "",
    }


def _wrong(press: Press) -> str:
    """The first field with something in it that cannot be."""
    if press.first("language") not in LANGUAGES:
        return "language"
    return next((name for name in ("quiet_from", "quiet_to") if not _is_time(press.first(name))), "")


def _saved(turn: Turn, press: Press, wanted: dict[str, object]) -> Reply:
    lang = press.first("language")
    t = turn.speak(lang)
    text = t("preferences.saved")
    quiet = t("preferences.quiet_now", start=wanted["quiet_from"], end=wanted["quiet_to"])
    detail = t("preferences.muted_now") if wanted["muted"] else quiet
    return Reply(Card((say(text), muted(detail)), text, lang))


def _save_channel(turn: Turn, press: Press) -> None:
    channel = _own_channel(turn)
    wanted = CHANNEL in press.fields.get("channel", ())
    if channel and press.value == str(channel.id) and channel.daily != wanted:
        places.subscribe(turn.tx, channel.id, daily=wanted)
        turn.audit("settings.place", f"place:{channel.id}", daily=wanted)


def _own_channel(turn: Turn) -> PlaceRow | None:
    """The channel one is in, if one may decide what it receives."""
    where = turn.where
    found = places.find(turn.tx, where.platform, where.id) if where and not where.private else None
    return found if found and may(turn, "place.settings", Thing(unit_id=found.unit_id)) else None


def _channel_wishes(turn: Turn, channel: PlaceRow | None) -> tuple[Block, ...]:
    if channel is None:
        return ()
    t = turn.t
    options = (Option(CHANNEL, t("preferences.channel_daily")),)
    chosen = (CHANNEL,) if channel.daily else ()
    return (Choice("channel", t("preferences.channel", title=channel.title), options, chosen, many=True),)


def _accounts(turn: Turn) -> list[str]:
    return [account.name for account in accounts.of(turn.tx, turn.me.id)]


def _where(turn: Turn, chosen: tuple[str, ...]) -> tuple[Block, ...]:
    """Which of several accounts messages go to."""
    t = turn.t
    found = _accounts(turn)
    if len(found) < 2:
        return ()
    named = [Option(name, called(turn, found, name)) for name in found]
    options = (Option(LAST_USED, t("preferences.last_used")), *named)
    return (Choice("deliver_to", t("preferences.deliver_to"), options, chosen, look="menu"),)


def _is_time(text: str) -> bool:
    return re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text) is not None


def _dialog(turn: Turn, chosen: dict[str, tuple[str, ...]]) -> Card:
    t = turn.t
    languages = tuple(Option(lang, t(f"preferences.languages.{lang}")) for lang in LANGUAGES)
    daily = tuple(Option(name, t(f"preferences.daily.{name}")) for name in DAILY)
    wishes = tuple(Option(name, t(f"preferences.gets.{name}"), t(f"preferences.gets_hint.{name}")) for name in GETS)
    channel = _own_channel(turn)
    start, end = ((chosen.get(name) or ("",))[0] for name in ("quiet_from", "quiet_to"))
    blocks: tuple[Block, ...] = (
        Heading(t("preferences.title")),
        Choice("language", t("preferences.language"), languages, chosen.get("language", ())),
        TextInput("quiet_from", t("preferences.quiet_from"), start, t("preferences.quiet_hint"), format="time"),
        TextInput("quiet_to", t("preferences.quiet_to"), end, format="time"),
        Choice("daily", t("preferences.daily_label"), daily, chosen.get("daily", ())),
        *_where(turn, chosen.get("deliver_to", ())),
        Choice("gets", t("preferences.wishes"), wishes, chosen.get("gets", ()), many=True),
        *_channel_wishes(turn, channel),
        row(Button("preferences.save", t("notes.save"), str(channel.id) if channel else "", "primary")),
    )
    return Card(blocks, t("preferences.title"), turn.lang)


ACTIONS = {"preferences.open": open_from, "preferences.save": save}
