"""Finding notes: one's own, by words, by number, by unit, by day."""

import re
from datetime import date, datetime, time
from typing import NamedTuple

from bot import note_view
from bot.cards import Block, Button, Card, Heading, Reply, muted, row, say
from bot.events import Press, number_in
from bot.people import Thing, may
from bot.schedule import millis
from bot.suggest import typed, without_numbers
from bot.turn import Refusal, Turn
from storage import kudos, notes, search, units
from storage.search import Wanted, fold

PAGE = 5
COUNTED = 1_000
LONGEST, MOST_WORDS = 200, 10
MINE = 10
FURTHEST = 100_000
OLDEST = date(2000, 1, 1)


class _Query(NamedTuple):
    wanted: Wanted
    text: str


def start(turn: Turn, text: str) -> Reply:
    """`/kizuki search …`: words, #N, unit:NAME, since:2026-10-01, in any order."""
    return _page(turn, text, 0)


def more(turn: Turn, press: Press) -> Reply:
    """The next page of a search; `value` is where it begins and the search itself."""
    begin, _, text = press.value.partition(":")
    offset = number_in(begin)
    if offset is None or offset > FURTHEST:
        raise Refusal("cards.stale")
    return _page(turn, text, offset)


def mine(turn: Turn) -> Reply:
    """One's own notes, and the kudos one gave and received."""
    t, me = turn.t, turn.me
    own = notes.mine(turn.tx, me.id, limit=MINE)
    total = notes.count_mine(turn.tx, me.id)
    heading = t("find.mine", n=total)
    blocks: list[Block] = [Heading(heading)]
    for note in own:
        blocks += note_view.listed(turn, note)
    if not own:
        blocks += [say(t("find.none_yet")), row(Button("note.compose", t("notes.compose"), "", "primary"))]
    blocks += _thanks(turn)
    return Reply(Card(tuple(blocks), heading, turn.lang))


def _thanks(turn: Turn) -> tuple[Block, ...]:
    t, lang = turn.t, turn.lang
    received = kudos.received(turn.tx, turn.me.id, limit=3)
    lines = tuple(say(t("find.kudos_line", name=k.giver(lang), text=note_view.shortened(k.text))) for k in received)
    return (Heading(t("find.kudos"), 2), *lines) if lines else ()


def _page(turn: Turn, text: str, offset: int) -> Reply:
    turn.me  # noqa: B018 - whoever is not on the roster reads principles, not colleagues' notes
    if not text.strip():
        raise Refusal("find.what")
    if len(text) > LONGEST or len(text.split()) > MOST_WORDS:
        raise Refusal("find.too_long", longest=LONGEST, words=MOST_WORDS)
    query = _parsed(turn, text)
    found = search.find(turn.tx, query.wanted, limit=PAGE + 1, offset=offset)
    total = search.count(turn.tx, query.wanted, limit=COUNTED)
    t = turn.t
    key = "find.more_than" if total >= COUNTED else "find.found"
    heading = t(key, text=query.text, n=total)
    blocks: list[Block] = [Heading(heading, 2)]
    for note in found[:PAGE]:
        blocks += note_view.listed(turn, note)
    if not found:
        blocks.append(muted(t("find.nothing")))
    further = Button("find.more", t("find.more"), f"{offset + PAGE}:{text}") if len(found) > PAGE else None
    keep = Button("note.write", t("commands.keep_as_note"), text) if offset == 0 else None
    if further or keep:
        blocks.append(row(further, keep))
    return Reply(Card(tuple(blocks), heading, turn.lang), replaces=offset > 0)


def _parsed(turn: Turn, text: str) -> _Query:
    plain = fold(text)
    unit_id, plain = _unit(turn, plain)
    since, plain = _since(turn, plain)
    numbers = typed(plain, turn.pack)
    if numbers.unknown:
        raise Refusal("notes.no_such_number", number=numbers.unknown[0], last=turn.pack.numbers[-1])
    words = without_numbers(plain).split()
    wanted = Wanted(
        tuple(words),
        numbers.known[0] if numbers.known else None,
        unit_id,
        since,
        turn.who.id if turn.who else 0,
        office=may(turn, "note.see", Thing(audience="office")),
    )
    return _Query(wanted, text)


def _unit(turn: Turn, plain: str) -> tuple[int | None, str]:
    asked = re.search(r"(?:unit|部署|所属):(\S+)", plain)
    if not asked:
        return None, plain
    found = [
        u for u in units.everything(turn.tx) if asked[1] == u.code or asked[1] in fold(u.name_ja + " " + u.name_en)
    ]
    if not found:
        raise Refusal("find.no_unit", name=asked[1])
    return found[0].id, plain.replace(asked[0], " ")


def _since(turn: Turn, plain: str) -> tuple[int | None, str]:
    asked = re.search(r"(?:since|から|以降):(\S+)", plain)
    if not asked:
        return None, plain
    try:
        day = date.fromisoformat(asked[1].replace("/", "-"))
    except ValueError:
        raise Refusal("find.no_day", text=asked[1]) from None
    start = datetime.combine(max(day, OLDEST), time(), turn.settings.zone)
    return millis(start), plain.replace(asked[0], " ")


ACTIONS = {"find.more": more}
