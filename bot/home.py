"""Home: what a person sees when they open the bot by itself."""

from datetime import date, timedelta

from bot import daily, delegates, digest, note_view, pulse, sign_ins
from bot.cards import Block, Button, Card, Divider, Heading, Quote, Reply, Span, muted, row, say
from bot.people import answering, scopes
from bot.turn import Turn
from storage import absences, kudos, notes, reports
from storage.notes import NoteRow

SHOWN = 3


def show(turn: Turn) -> Reply:
    """Open surveys, today's principle, what waits for me, my unit's week, my notes, thanks I received, settings."""
    t = turn.t
    if turn.who is None:
        return Reply(_of_a_stranger(turn), "home")
    blocks: list[Block] = [Heading(t("home.hello", name=turn.me.name(turn.lang))), _ways_in(turn)]
    blocks += [*pulse.at_home(turn), Divider()]
    blocks += daily.card(turn, daily.due(turn.house, turn.today, daily.EVERYONE), turn.lang).blocks
    blocks += [Divider(), *_waiting(turn), *digest.in_short(turn), *_notes(turn), *_thanks(turn)]
    blocks += _own(turn)
    return Reply(Card(tuple(blocks), t("home.summary"), turn.lang), "home")


def _of_a_stranger(turn: Turn) -> Card:
    """Today's principle, and kindly why there is no more."""
    card = daily.card(turn, daily.due(turn.house, turn.today, daily.EVERYONE), turn.lang)
    why = turn.t(f"people.{turn.standing}")
    link = (row(Button("link.ask", turn.t("link.type_a_code"))),) if turn.standing in ("unknown", "guest") else ()
    return Card((*card.blocks, Divider(), muted(why), *link), card.summary, turn.lang)


def _own(turn: Turn) -> list[Block]:
    """Settings, being away, accounts, and what is stored about me."""
    t = turn.t
    coming = absences.coming(turn.tx, turn.me.id, today=turn.day)
    first, last = (date.fromisoformat(d) for d in (coming[0].starts_on, coming[0].ends_on)) if coming else (None, None)
    away = [muted(t("home.away", first=first, last=last - timedelta(days=1)))] if first and last else []
    buttons = row(
        Button("preferences.open", t("preferences.title")),
        Button("absence.ask", t("absence.title")),
        Button("absence.back", t("absence.cancel")) if coming else None,
        Button("link.show", t("link.title")),
        delegates.way_in(turn),
        Button("mydata.ask", t("home.mydata")),
    )
    return [Divider(), Heading(t("home.own"), 2), *away, *delegates.in_short(turn), buttons]


def _ways_in(turn: Turn) -> Block:
    t = turn.t
    return row(
        Button("note.compose", t("notes.compose"), "", "primary"),
        Button("kudos.compose", t("kudos.compose")),
        Button("dashboard.open", t("dashboard.title")) if sign_ins.is_open(turn) else None,
    )


def _waiting(turn: Turn) -> list[Block]:
    """What the person is to answer: for each unit they answer for, and for the secretariat what only it can answer."""
    blocks: list[Block] = []
    for unit_id in answering(turn):
        counts = reports.count_waiting(turn.tx, unit_id, today=turn.day)
        blocks += _to_answer(turn, counts, reports.waiting(turn.tx, unit_id, today=turn.day, limit=SHOWN))
    for scope in scopes(turn, "secretariat"):
        counts = reports.count_office(turn.tx, today=turn.day, unit=scope)
        blocks += _to_answer(turn, counts, reports.office_waiting(turn.tx, today=turn.day, unit=scope, limit=SHOWN))
    return blocks


def _to_answer(turn: Turn, counts: tuple[int, int], found: list[NoteRow]) -> list[Block]:
    t = turn.t
    blocks: list[Block] = []
    if found:
        blocks.append(Heading(t("home.waiting", n=counts[0], overdue=counts[1]), 2))
    for note in found:
        blocks.append(Quote(note_view.shortened(note.text, 120), t("home.note", id=note.id)))
        blocks.append(row(Button("note.answer", t("notes.answer"), str(note.id), "primary")))
    return blocks


def _notes(turn: Turn) -> list[Block]:
    t = turn.t
    own = notes.mine(turn.tx, turn.me.id, limit=SHOWN)
    blocks: list[Block] = [Heading(t("home.my_notes"), 2)]
    for note in own:
        state = t(f"notes.state.{note.state}")
        blocks.append(
            say(Span(t("home.note", id=note.id), "strong"), f" {note_view.shortened(note.text)} ", Span(state, "muted"))
        )
    return blocks if own else [*blocks, muted(t("find.none_yet"))]


def _thanks(turn: Turn) -> list[Block]:
    t, lang = turn.t, turn.lang
    received = kudos.received(turn.tx, turn.me.id, limit=SHOWN)
    if not received:
        return []
    lines = [Quote(k.text, k.giver(lang)) for k in received]
    return [Heading(t("home.my_kudos"), 2), *lines]
