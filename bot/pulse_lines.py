"""Free lines of a survey, for the nearest manager of the unit they come from: without a name, a day or an order."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial

from bot import pulse_view
from bot.cards import Block, Card, Heading, Quote, muted
from bot.people import office
from bot.turn import Turn
from storage import roles, units
from storage.pulses import PulseRow

# So many are shown in one message; the rest follows in others.
SHOWN = 20
# The codes of the units that a line comes from, and what it says.
Line = tuple[Sequence[str], str]


def tell(turn: Turn, pulse: PulseRow, lines: Iterable[Line]) -> None:
    """Owe the lines of every group to whoever manages one of its units, or else to the secretariat."""
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for codes, text in lines:
        groups[tuple(codes)].append(text)
    for number, codes in enumerate(sorted(groups), 1):
        texts = groups[codes]
        random.SystemRandom().shuffle(texts)
        readers = _readers(turn, codes)
        for at in range(0, len(texts), SHOWN):
            draw = partial(_card, turn, pulse, codes, texts[at : at + SHOWN])
            key = f"pulse-lines:{pulse.code}:{number}-{at // SHOWN + 1}"
            for reader in readers:
                turn.tell(reader, f"{key}:{reader}", draw, body=key)


def _readers(turn: Turn, codes: Iterable[str]) -> list[int]:
    """The nearest manager of each unit."""
    known = (units.by_code(turn.tx, code) for code in codes)
    held = (roles.managers_of(turn.tx, unit.id, today=turn.day) for unit in known if unit)
    nearest = list(dict.fromkeys(managers[0] for managers in held if managers))
    return nearest or office(turn, None)


def _card(turn: Turn, pulse: PulseRow, codes: Iterable[str], texts: Iterable[str], lang: str) -> Card:
    t = turn.speak(lang)
    found = (units.by_code(turn.tx, code) for code in codes)
    where = t("notes.word_separator").join(unit.name(lang) for unit in found if unit)
    heading = t("pulse_asking.lines", title=pulse_view.title(pulse, lang))
    from_ = (muted(t("pulse_asking.lines_from", units=where)),) if where else ()
    blocks: tuple[Block, ...] = (
        Heading(heading, 2),
        *from_,
        *map(Quote, texts),
        muted(t("pulse_asking.lines_shuffled")),
    )
    return Card(blocks, heading, lang)
