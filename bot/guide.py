"""The guide: what stands beside the principles – a programme of activities, indicators, what others do."""

from bot.cards import Block, Button, Card, Heading, Reply, Span, muted, row, say
from bot.events import Press
from bot.packs import Leaf, Shelf
from bot.turn import Refusal, Turn


def start(turn: Turn) -> Reply:
    """`/kizuki guide`: every shelf in one line."""
    t, lang = turn.t, turn.lang
    shelves = turn.pack.shelves
    if not shelves:
        raise Refusal("guide.empty")
    lines = (say(Span(s.name[lang], "strong"), f" {s.about[lang]}") for s in shelves.values())
    buttons = row(*(Button("guide.shelf", s.name[lang], key) for key, s in shelves.items()))
    return Reply(Card((Heading(t("guide.title")), *lines, buttons), t("guide.title"), lang))


def open_guide(turn: Turn, _: Press) -> Reply:
    """The guide from a button."""
    return start(turn)


def shelf(turn: Turn, press: Press) -> Reply:
    """A shelf: its groups, and what stands in each."""
    found, lang = _shelf(turn, press.value), turn.lang
    blocks: list[Block] = [Heading(found.name[lang]), muted(found.about[lang])]
    for key, name in found.groups.items():
        titles = [leaf.title[lang] for leaf in found.leaves if leaf.group == key]
        blocks.append(Heading(name[lang], 2))
        blocks.append(say(turn.t("notes.word_separator").join(titles)))
        blocks.append(row(Button("guide.group", turn.t("guide.read", n=len(titles)), f"{press.value}:{key}")))
    return Reply(Card(tuple(blocks), found.name[lang], lang))


def group(turn: Turn, press: Press) -> Reply:
    """All that stands in a group of a shelf."""
    key, _, name = press.value.partition(":")
    found, lang = _shelf(turn, key), turn.lang
    if name not in found.groups:
        raise Refusal("cards.stale")
    blocks: list[Block] = [Heading(found.groups[name][lang])]
    for leaf in found.leaves:
        if leaf.group == name:
            blocks += told(found, leaf, lang)
    blocks.append(row(Button("guide.shelf", turn.t("guide.back", shelf=found.name[lang]), key)))
    return Reply(Card(tuple(blocks), found.groups[name][lang], lang))


def told(found: Shelf, leaf: Leaf, lang: str) -> list[Block]:
    """A leaf: what it is, and how one begins."""
    return [
        Heading(leaf.title[lang], 3),
        say(leaf.text[lang]),
        say(Span(f"{found.how[lang]} ", "strong"), leaf.how[lang]),
    ]


def _shelf(turn: Turn, key: str) -> Shelf:
    found = turn.pack.shelves.get(key)
    if found is None:
        raise Refusal("cards.stale")
    return found


ACTIONS = {"guide.open": open_guide, "guide.shelf": shelf, "guide.group": group}
