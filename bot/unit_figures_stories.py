"""Whoever improved most is asked what they did; if they agree, the story goes to the channel and into the report."""

from datetime import date
from functools import partial

from bot import phrases, unit_figures, unit_figures_report
from bot.cards import Block, Button, Card, Heading, Quote, Reply, TextInput, muted, row, say
from bot.events import Press, is_blank, number_in
from bot.notes import own_draft
from bot.people import Thing, require
from bot.turn import Refusal, Turn, in_form
from bot.unit_figures import LESS, month_name, words
from bot.unit_figures_report import Measured
from storage import drafts, outbox, units
from storage import unit_figures as stored
from storage.shown import drop_bodies
from storage.unit_figures import ASKED, DECLINED, SCALE, TOLD, WITHDRAWN, FigureRow, StoryRow

# What its drafts are called; "figures.already" says that one was used.
DRAFT = "figures"
LONGEST = 800
# In the months after a quarter, from and up to which working day somebody is asked: most have reported by then.
ASK_FROM, ASK_UNTIL = 10, 15
QUARTER, AFTER = 3, (1, 4, 7, 10)
# How many days the question is worth sending.
WORTH = 10


def ask(turn: Turn) -> None:
    """Ask whoever improved most in the last quarter, once; with nobody to ask it is looked at again the next day."""
    end = unit_figures.first_of(turn.today)
    calendar = turn.house.calendar
    number = calendar.working_days_before(turn.today) - calendar.working_days_before(end) + 1
    if end.month not in AFTER or not calendar.is_working(turn.today) or not ASK_FROM <= number <= ASK_UNTIL:
        return
    first = unit_figures.before(end, QUARTER)
    if stored.is_judged(turn.tx, first.isoformat()):
        return
    away = unit_figures.away(turn)
    for best in unit_figures_report.build(turn, first, end).best:
        _ask(turn, best, first, end, away=away)


def _ask(turn: Turn, best: Measured, first: date, end: date, *, away: set[int]) -> None:
    figure = best.figure
    who = unit_figures.reporter(turn, figure, away=away)
    if who is None or unit_figures.has_ended(turn, figure):
        return
    was, now = (round((value or 0) * SCALE) for value in (best.before, best.after))
    days = {"first": first.isoformat(), "end": end.isoformat()}
    made = stored.ask(turn.tx, figure.id, **days, person_id=who.id, before=was, after=now, at=turn.at)
    story = stored.story(turn.tx, made) if made is not None else None
    if story is not None:
        turn.tell_person(who, f"figure-story:{story.id}:{who.id}", partial(_question, turn, figure, story), days=WORTH)


def _question(turn: Turn, figure: FigureRow, story: StoryRow, lang: str) -> Card:
    t = turn.speak(lang)
    text = _better(turn, figure, story, lang)
    buttons = row(
        Button("figure.answer", t("figures.answer"), str(story.id), "primary"),
        Button("figure.decline", t("figures.decline"), str(story.id)),
    )
    blocks = (
        Heading(t("figures.ask_title"), 2),
        say(text),
        say(t("figures.ask")),
        muted(t("figures.ask_how")),
        buttons,
    )
    return Card(blocks, f"{text} {t('figures.ask')}", lang)


def _better(turn: Turn, figure: FigureRow, story: StoryRow, lang: str) -> str:
    """What became better, by how much, from which mean to which."""
    last = unit_figures.before(date.fromisoformat(story.end))
    key = "figures.less_now" if figure.better == LESS else "figures.more_now"
    return turn.speak(lang)(
        key,
        unit=unit_figures.unit_name(figure, lang),
        name=words(figure, lang).name,
        first=month_name(story.first, lang),
        last=month_name(last, lang),
        before=_mean(figure, story.before, lang),
        after=_mean(figure, story.after, lang),
    )


def _mean(figure: FigureRow, value: int, lang: str) -> str:
    measure, plain = words(figure, lang).measure, phrases.shown(lang, round(value / SCALE, 1))
    return f"{plain} {measure}" if lang == "en" else f"{plain}{measure}"


def answer(turn: Turn, press: Press) -> Reply:
    """The dialog to tell it in."""
    story, figure = _mine(turn, press.value)
    return Reply(_form(turn, story, figure, ""), "dialog")


def preview(turn: Turn, press: Press) -> Reply:
    """What others would read, before they do."""
    story, figure = _mine(turn, press.value)
    text = press.first("text").strip()
    if is_blank(text) or len(text) > LONGEST:
        refusal = Refusal("figures.length", field="text", longest=LONGEST)
        return in_form(turn, refusal, _form(turn, story, figure, text))
    kept = turn.at + 24 * 3_600_000
    draft_id = drafts.add(
        turn.tx, person_id=turn.me.id, kind=DRAFT, text=text, data={"story": story.id}, expires_at=kept
    )
    shown = _told(turn, figure, story, text, turn.lang)
    where = turn.t("figures.goes_to" if turn.channel(figure.unit_id) else "figures.goes_to_report")
    blocks: tuple[Block, ...] = (
        Heading(turn.t("figures.preview_title")),
        muted(where),
        *shown.blocks,
        row(Button("figure.tell", turn.t("figures.tell"), str(draft_id), "primary")),
    )
    return Reply(Card(blocks, turn.t("figures.preview_title"), turn.lang), "dialog", replaces=True)


def tell(turn: Turn, press: Press) -> Reply:
    """The consent: from now on it is told."""
    draft = own_draft(turn, press.value, DRAFT)
    story, figure = _mine(turn, str(draft.unpacked()["story"]))
    if not drafts.settle(turn.tx, draft.id, became=story.id):
        raise Refusal("cards.stale")
    if not stored.settle(turn.tx, story.id, was=ASKED, to=TOLD, text=draft.text, told_at=turn.at):
        raise Refusal("cards.stale")
    publish(turn, story.id)
    turn.audit("figure.tell", f"figure:{figure.id}")
    text = turn.t("figures.told")
    back = Button("figure.untell", turn.t("figures.untell"), str(story.id), "danger", turn.t("figures.untell_sure"))
    return Reply(Card((say(text), row(back)), text, turn.lang))


def publish(turn: Turn, story_id: int) -> None:
    """Owe the unit's channel a story that may be told."""
    story = stored.story(turn.tx, story_id)
    figure = stored.get(turn.tx, story.figure_id) if story else None
    channel = turn.channel(figure.unit_id) if figure else None
    if story is not None and figure is not None and channel is not None:
        turn.publish(channel, _key(story), _told(turn, figure, story, story.text, turn.house.lang))


def decline(turn: Turn, press: Press) -> Reply:
    """Not this time."""
    story, _ = _mine(turn, press.value)
    stored.settle(turn.tx, story.id, was=ASKED, to=DECLINED)
    text = turn.t("figures.declined")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def untell(turn: Turn, press: Press) -> Reply:
    """Take a story back, wherever it stands."""
    story, _ = _of(turn, press.value)
    if story.state != TOLD:
        raise Refusal("cards.stale")
    stored.settle(turn.tx, story.id, was=TOLD, to=WITHDRAWN)
    turn.withdraw(_key(story), _gone(turn))
    turn.audit("figure.untell", f"figure:{story.figure_id}")
    text = turn.t("figures.untold")
    return Reply(Card((muted(text),), text, turn.lang), replaces=True)


def forget(turn: Turn, *, erase: bool) -> None:
    """Before a person is forgotten: where their words are erased, their stories are taken back."""
    mine = stored.stories_of(turn.tx, turn.me.id)
    if erase:
        for story in mine:
            if story.state == TOLD:
                turn.change(_key(story), _gone(turn))
        bodies = [body for story in mine if (body := outbox.known_body(turn.tx, _key(story))) is not None]
        drop_bodies(turn.tx, bodies)
        stored.empty_stories(turn.tx, turn.me.id)


def _gone(turn: Turn) -> Card:
    lang = turn.house.lang
    text = turn.speak(lang)("figures.story_gone")
    return Card((muted(text),), text, lang)


def _key(story: StoryRow) -> str:
    return f"figure-told:{story.id}"


def _of(turn: Turn, value: str) -> tuple[StoryRow, FigureRow]:
    """A story by its button, if it is the person's own."""
    ident = number_in(value)
    story = stored.story(turn.tx, ident) if ident is not None else None
    figure = stored.get(turn.tx, story.figure_id) if story else None
    if story is None or figure is None:
        raise Refusal("cards.stale")
    require(turn, "figure.tell", Thing(owner_id=story.person_id))
    return story, figure


def _mine(turn: Turn, value: str) -> tuple[StoryRow, FigureRow]:
    """The same while it is asked for."""
    story, figure = _of(turn, value)
    if story.state != ASKED:
        raise Refusal("figures.answered")
    return story, figure


def _form(turn: Turn, story: StoryRow, figure: FigureRow, text: str) -> Card:
    t = turn.t
    hint = t("figures.hint.story", longest=LONGEST)
    blocks: tuple[Block, ...] = (
        Heading(t("figures.answer_title")),
        say(_better(turn, figure, story, turn.lang)),
        TextInput("text", t("figures.ask"), text, hint, lines=5, required=True),
        row(Button("figure.preview", t("figures.look"), str(story.id), "primary")),
    )
    return Card(blocks, t("figures.answer_title"), turn.lang)


def _told(turn: Turn, figure: FigureRow, story: StoryRow, text: str, lang: str) -> Card:
    """The story as others read it: the unit's, nobody is named."""
    t, unit = turn.speak(lang), units.get(turn.tx, figure.unit_id)
    by = unit.name(lang) if unit else ""
    heading = t("figures.story_title")
    better = _better(turn, figure, story, lang)
    return Card((Heading(heading, 2), say(better), Quote(text, by)), f"{heading} {better}", lang)


ACTIONS = {
    "figure.answer": answer,
    "figure.preview": preview,
    "figure.tell": tell,
    "figure.decline": decline,
    "figure.untell": untell,
}
