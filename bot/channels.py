"""Channels: the bot comes and goes, and whoever looks after a unit says whose channel it is and what appears there."""

from bot import places
from bot.cards import Block, Button, Card, Choice, Heading, Option, Reply, Span, TextInput, muted, row, say
from bot.events import Joined, Left, Press, number_in
from bot.people import Thing, managed, may, require, scopes
from bot.turn import Refusal, Turn, in_form
from storage import outbox, units
from storage import places as stored
from storage.places import PlaceRow
from storage.search import fold
from storage.units import UnitRow

DAILY, KUDOS = "daily", "kudos"
CODES_SHOWN = 8


def joined(turn: Turn, event: Joined) -> None:
    """The bot came to a place: it is known from now on, and a channel of no unit yet is greeted, once a coming."""
    known = stored.find(turn.tx, event.where.platform, event.where.id)
    place_id = places.save(turn, event.where, known, title=event.title, daily=event.greets)
    came = known is None or known.gone_at is not None
    if came and event.greets and not event.where.private and (known is None or known.unit_id is None):
        turn.publish(place_id, f"hello:{place_id}:{turn.key}", _greeting(turn, place_id, None))


def left(turn: Turn, event: Left) -> None:
    """The bot is no longer in a place."""
    found = stored.find(turn.tx, event.where.platform, event.where.id)
    if found:
        stored.mark_gone(turn.tx, found.id, at=turn.at, why=event.why)


def start(turn: Turn) -> Reply:
    """`/kizuki channel`: the dialog, for the channel it is typed in."""
    where = turn.where
    _require_some_role(turn)
    if where is None or where.private:
        raise Refusal("channel.not_private")
    found = stored.find(turn.tx, where.platform, where.id)
    if found is None or found.gone_at is not None:
        raise Refusal("channel.invite")
    return _ask(turn, found)


def ask(turn: Turn, press: Press) -> Reply:
    """The dialog, from the greeting."""
    _require_some_role(turn)
    return _ask(turn, _channel(turn, press.value))


def save(turn: Turn, press: Press) -> Reply:
    """Whose channel it is from now on, and what appears there."""
    _require_some_role(turn)
    place = _channel(turn, press.value)
    typed, gets = press.first("unit"), press.fields.get("gets", ())
    try:
        unit = _chosen(turn, place, typed)
    except Refusal as refusal:
        return in_form(turn, refusal, _dialog(turn, place, typed, gets))
    kudos = KUDOS in gets if _may_choose_kudos(turn) else bool(place.kudos)
    _settle(turn, place, unit, daily=DAILY in gets, kudos=kudos)
    return Reply(_saved(turn, place, unit, daily=DAILY in gets), "me")


def _require_some_role(turn: Turn) -> None:
    turn.me  # noqa: B018 - whoever may only read is told so
    require(turn, "place.ask")


def _channel(turn: Turn, value: str) -> PlaceRow:
    """The channel a button is about, while the bot is in it."""
    place_id = number_in(value)
    found = stored.get(turn.tx, place_id) if place_id is not None else None
    if found is None or found.private or found.gone_at is not None:
        raise Refusal("cards.stale")
    return found


def _ask(turn: Turn, place: PlaceRow) -> Reply:
    _require_of_before(turn, place)
    mine = managed(turn)
    likely = place.unit_id if place.unit_id is not None else mine[0] if len(mine) == 1 else None
    unit = units.get(turn.tx, likely) if likely is not None else None
    name = unit.name(turn.lang) if unit else ""
    typed = name if not unit or len(_named(turn, name)) == 1 else unit.code
    gets = ((DAILY, place.daily), (KUDOS, place.kudos))
    return Reply(_dialog(turn, place, typed, tuple(name for name, on in gets if on)), "dialog")


def _chosen(turn: Turn, place: PlaceRow, typed: str) -> UnitRow:
    """The unit that was typed, if the person may give it the channel and take it from the one that had it."""
    found = _named(turn, typed)
    if not typed.strip():
        raise Refusal("channel.unit_needed", field="unit")
    if not found:
        raise Refusal("channel.no_unit", field="unit", name=typed.strip())
    if len(found) > 1:
        codes = turn.t("notes.word_separator").join(unit.code for unit in found[:CODES_SHOWN])
        raise Refusal("channel.several", field="unit", codes=codes + ("…" if len(found) > CODES_SHOWN else ""))
    if not may(turn, "place.settings", Thing(unit_id=found[0].id)):
        raise Refusal("people.may_not", field="unit")
    _require_of_before(turn, place, field="unit")
    return found[0]


def _require_of_before(turn: Turn, place: PlaceRow, *, field: str = "") -> None:
    """A channel is taken from a unit, or from the whole organisation's thanks, only by who looks after those."""
    taken = place.unit_id is not None or place.kudos
    if taken and not may(turn, "place.settings", Thing(unit_id=place.unit_id)):
        raise Refusal("people.may_not", field=field)


def _named(turn: Turn, typed: str) -> list[UnitRow]:
    """The units of today with this code or exactly this name, however wide or capital it is typed."""
    wanted = _plain(typed)
    alive = [u for u in units.everything(turn.tx) if u.starts_on <= turn.day < (u.ends_on or units.EVER)]
    coded = [u for u in alive if _plain(u.code) == wanted]
    return coded or [u for u in alive if wanted and wanted in (_plain(u.name_ja), _plain(u.name_en))]


def _plain(text: str) -> str:
    return " ".join(fold(text).split())


def _may_choose_kudos(turn: Turn) -> bool:
    return None in scopes(turn, "secretariat")


def _settle(turn: Turn, place: PlaceRow, unit: UnitRow, *, daily: bool, kudos: bool) -> None:
    if (place.unit_id, place.daily, place.kudos) != (unit.id, daily, kudos):
        if not stored.settle(turn.tx, place, unit_id=unit.id, daily=daily, kudos=kudos):
            raise Refusal("cards.stale")
        turn.audit("settings.place", f"place:{place.id}", unit=unit.code, daily=daily, kudos=kudos)
    for other in stored.thank_only_in(turn.tx, place.id) if kudos and not place.kudos else ():
        turn.audit("settings.place", f"place:{other}", kudos=False)
    for key in outbox.keys(turn.tx, f"hello:{place.id}:%"):
        turn.change(key, _greeting(turn, place.id, unit))


def _greeting(turn: Turn, place_id: int, unit: UnitRow | None) -> Card:
    """Who kizuki is, and whose channel this is."""
    lang = turn.house.lang
    t = turn.speak(lang)
    hello = t("channel.hello", usage=t("commands.note_usage"))
    whose = t("channel.whose", unit=unit.name(lang)) if unit else ""
    button = Button("channel.ask", t("channel.change" if unit else "channel.decide"), str(place_id))
    shown = (say(Span(whose, "strong")),) if whose else ()
    return Card((say(hello), *shown, row(button)), f"{hello} {whose}".strip(), lang)


def _dialog(turn: Turn, place: PlaceRow, typed: str, gets: tuple[str, ...]) -> Card:
    t = turn.t
    options = [Option(DAILY, t("preferences.channel_daily"))]
    if _may_choose_kudos(turn):
        options.append(Option(KUDOS, t("channel.kudos"), t("channel.kudos_hint")))
    about = (muted(t("preferences.channel", title=place.title)),) if place.title else ()
    blocks: tuple[Block, ...] = (
        Heading(t("channel.title")),
        *about,
        TextInput("unit", t("channel.unit"), typed, t("channel.unit_hint"), required=True),
        Choice("gets", t("channel.gets"), tuple(options), gets, many=True),
        row(Button("channel.save", t("notes.save"), str(place.id), "primary")),
    )
    return Card(blocks, t("channel.title"), turn.lang)


def _saved(turn: Turn, place: PlaceRow, unit: UnitRow, *, daily: bool) -> Card:
    """What appears in the channel from now on, as things stand."""
    t, name = turn.t, unit.name(turn.lang)
    done = t("channel.saved", unit=name)
    here, thanks = turn.channel(unit.id) == place.id, stored.kudos_channel(turn.tx)
    lines = [t("channel.notes_here" if here else "channel.notes_elsewhere", unit=name)]
    if thanks == place.id:
        lines.append(t("channel.all_thanks"))
    elif here and thanks is None:
        lines.append(t("channel.thanks_here", unit=name))
    lines.append(t("channel.daily_on" if daily else "channel.daily_off"))
    return Card((say(Span(done, "strong")), *map(say, lines)), f"{done} {' '.join(lines)}", turn.lang)


ACTIONS = {"channel.ask": ask, "channel.save": save}
