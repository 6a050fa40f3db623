"""A person's own settings: language, quiet hours, the daily principle, no messages at all."""

import re

from bot.cards import Block, Button, Card, Choice, Heading, Option, Reply, TextInput, muted, row, say, with_error
from bot.events import Press
from bot.organisation import LANGUAGES
from bot.people import Thing, may
from bot.turn import Turn
from storage import people, places
from storage.places import PlaceRow

GETS = ("daily", "muted")
DAILY = "daily"


def show(turn: Turn) -> Reply:
    """The dialog with one's settings."""
    me = turn.me
    gets = tuple(name for name in GETS if getattr(me, name))
    quiet = turn.settings.quiet
    start, end = me.quiet_from or quiet.start, me.quiet_to or quiet.end
    return Reply(_dialog(turn, me.language or turn.lang, start, end, gets), "dialog")


def open_from(turn: Turn, _: Press) -> Reply:
    """The same from a button."""
    return show(turn)


def save(turn: Turn, press: Press) -> Reply:
    """Keep what was chosen."""
    language, start, end = press.first("language"), press.first("quiet_from"), press.first("quiet_to")
    gets = press.fields.get("gets", ())
    wrong = next((n for n, v in (("quiet_from", start), ("quiet_to", end)) if not _is_time(v)), "")
    if wrong or language not in LANGUAGES:
        card = _dialog(turn, language, start, end, gets)
        return Reply(with_error(card, wrong or "language", turn.t("preferences.no_time")), "dialog", replaces=True)
    people.save_settings(
        turn.tx,
        turn.me.id,
        language=language,
        quiet_from=start,
        quiet_to=end,
        daily="daily" in gets,
        muted="muted" in gets,
        digest=turn.me.digest,
        reminders=turn.me.reminders,
        askable=turn.me.askable,
        deliver_to=turn.me.deliver_to,
    )
    channel = _own_channel(turn)
    if channel and press.value == str(channel.id):
        places.subscribe(turn.tx, channel.id, daily=DAILY in press.fields.get("channel", ()))
    t = turn.speak(language)
    text = t("preferences.saved")
    detail = t("preferences.muted_now") if "muted" in gets else t("preferences.quiet_now", start=start, end=end)
    return Reply(Card((say(text), muted(detail)), text, language))


def _own_channel(turn: Turn) -> PlaceRow | None:
    """The channel one is in, if one may decide what it receives."""
    where = turn.where
    found = places.find(turn.tx, where.platform, where.id) if where and not where.private else None
    return found if found and may(turn, "place.settings", Thing(unit_id=found.unit_id)) else None


def _channel_wishes(turn: Turn, channel: PlaceRow | None) -> tuple[Block, ...]:
    if channel is None:
        return ()
    t = turn.t
    options = (Option(DAILY, t("preferences.channel_daily")),)
    chosen = (DAILY,) if channel.daily else ()
    return (Choice("channel", t("preferences.channel", title=channel.title), options, chosen, many=True),)


def _is_time(text: str) -> bool:
    return re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text) is not None


def _dialog(turn: Turn, language: str, start: str, end: str, gets: tuple[str, ...]) -> Card:
    t = turn.t
    languages = tuple(Option(lang, t(f"preferences.languages.{lang}")) for lang in LANGUAGES)
    wishes = tuple(Option(name, t(f"preferences.gets.{name}"), t(f"preferences.gets_hint.{name}")) for name in GETS)
    channel = _own_channel(turn)
    blocks: tuple[Block, ...] = (
        Heading(t("preferences.title")),
        Choice("language", t("preferences.language"), languages, (language,)),
        TextInput("quiet_from", t("preferences.quiet_from"), start, t("preferences.quiet_hint"), format="time"),
        TextInput("quiet_to", t("preferences.quiet_to"), end, format="time"),
        Choice("gets", t("preferences.wishes"), wishes, gets, many=True),
        *_channel_wishes(turn, channel),
        row(Button("preferences.save", t("notes.save"), str(channel.id) if channel else "", "primary")),
    )
    return Card(blocks, t("preferences.title"), turn.lang)


ACTIONS = {"preferences.open": open_from, "preferences.save": save}
