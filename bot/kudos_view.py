"""How thanks look: while they are written, to those thanked, in their channel."""

from bot import note_view
from bot.cards import (
    Block,
    Button,
    Card,
    Choice,
    Facts,
    Heading,
    Option,
    PersonPick,
    Quote,
    Span,
    TextInput,
    muted,
    row,
    say,
)
from bot.draft_view import number_choices
from bot.phrases import Speak
from bot.suggest import Ranked
from bot.turn import Turn
from storage import kudos
from storage.kudos import KudosRow
from storage.people import PersonRow

VISIBLE = ("public", "private")


def public_card(turn: Turn, given: KudosRow) -> Card:
    """A public kudos as its channel shows it now."""
    lang = turn.house.lang
    thanked = kudos.receivers(turn.tx, given.id)
    names = named(turn.speak(lang), [en if lang == "en" and en else ja for _, ja, en in thanked])
    return drawn_public(turn, given, names, kudos.numbers(turn.tx, given.id), kudos.claps(turn.tx, given.id))


def withdrawn_card(turn: Turn, lang: str) -> Card:
    text = turn.speak(lang)("kudos.withdrawn")
    return Card((say(Span(text, "muted")),), text, lang)


def named(t: Speak, names: list[str]) -> str:
    return t("kudos.name_separator").join(t("kudos.san", name=name) for name in names)


def received_card(turn: Turn, given: KudosRow, numbers: tuple[int, ...], lang: str) -> Card:
    t = turn.speak(lang)
    giver = given.giver(lang)
    line = t("kudos.received", name=giver)
    shown = " ".join(turn.pack.title(n, lang) for n in numbers)
    note = () if given.public else (muted(t("kudos.only_you")),)
    blocks: tuple[Block, ...] = (Heading(line, 2), Quote(given.text, giver), say(shown), *note)
    return Card(blocks, f"{line} {given.text}", lang)


def drawn_public(turn: Turn, given: KudosRow, names: str, numbers: tuple[int, ...], claps: int) -> Card:
    lang = turn.house.lang
    t = turn.speak(lang)
    giver = given.giver(lang)
    line = t("kudos.line", giver=giver, names=names)
    blocks = (
        Heading(line, 2),
        Quote(given.text, giver),
        say(" ".join(turn.pack.title(n, lang) for n in numbers)),
        row(Button("kudos.clap", t("kudos.clap", n=claps), str(given.id))),
    )
    return Card(blocks, f"{line}: {given.text}", lang)


def given_card(turn: Turn, given: KudosRow, thanked: list[PersonRow], numbers: tuple[int, ...], used: int) -> Card:
    t = turn.t
    done = t("kudos.given", names=named(t, [p.name(turn.lang) for p in thanked]))
    blocks = (
        say(Span(done, "strong")),
        Quote(given.text),
        Facts(((t("notes.principles"), note_view.principles(turn.house, numbers, turn.lang)),)),
        muted(t("kudos.left", n=turn.settings.kudos.daily_cap - used)),
        row(Button("kudos.take_back", t("kudos.take_back"), str(given.id), "danger", t("kudos.take_back_sure"))),
    )
    return Card(blocks, done, turn.lang)


def compose_card(
    turn: Turn, to: tuple[str, ...], text: str, numbers: tuple[int, ...], *, quote: tuple[Block, ...] = ()
) -> Card:
    """The dialog to write thanks in; `to` may hold handles that are chosen, `quote` what it is about."""
    t, limits = turn.t, turn.settings.kudos
    hint = t("kudos.text_hint", shortest=limits.shortest, longest=limits.longest)
    typed = "".join(f" #{n}" for n in numbers)
    blocks: tuple[Block, ...] = (
        Heading(t("kudos.compose")),
        *quote,
        PersonPick("to", t("kudos.to"), to, many=True),
        TextInput("text", t("kudos.text"), text or typed.strip(), hint, lines=3, required=True),
        row(Button("kudos.write", t("notes.next_step"), "", "primary")),
    )
    return Card(blocks, t("kudos.compose"), turn.lang)


def ask_card(
    turn: Turn,
    draft_id: int,
    text: str,
    ranked: Ranked,
    thanked: list[PersonRow],
    numbers: tuple[int, ...],
    *,
    again: bool = False,
) -> Card:
    t, lang = turn.t, turn.lang
    names = named(t, [p.name(lang) for p in thanked])
    choices = number_choices(turn, ranked, numbers, allow_none=False, none_first=False, again=again)
    visible = tuple(Option(v, t(f"kudos.visible.{v}")) for v in VISIBLE)
    blocks: tuple[Block, ...] = (
        Heading(t("kudos.ask", names=names), 2),
        Quote(text),
        *choices,
        Choice("visible", t("kudos.visible_label"), visible, ("public",)),
        row(
            Button("kudos.confirm", t("kudos.confirm"), str(draft_id), "primary"),
            Button("kudos.discard", t("notes.discard"), str(draft_id)),
        ),
    )
    return Card(blocks, t("kudos.ask", names=names), lang)
