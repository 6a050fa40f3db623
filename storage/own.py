"""What is stored about one person, table by table: the list that reading it out and forgetting it both go by."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Boolean, bindparam, or_, select
from sqlmodel import SQLModel

from storage.absences import Absence
from storage.accounts import Account, LinkCode, LinkTry
from storage.announcements import Announcement, AnnouncementSeen
from storage.awards import Award, AwardRound, AwardWinner
from storage.columns import columns
from storage.daily import LeaderMessage, Mark
from storage.database import Tx
from storage.drafts import Draft
from storage.files import File
from storage.given import AwardGiven, AwardGivenTo
from storage.inductions import Induction
from storage.kudos import Kudos, KudosClap, KudosTo
from storage.messages import Message
from storage.notes import Note
from storage.outbox import Outbox
from storage.people import SETTINGS, Person
from storage.places import Place
from storage.postings import Posting
from storage.pulses import Pulse, PulseInvited
from storage.quota import Quota
from storage.roles import Deputy, Role
from storage.sign_ins import PageSession, SignIn
from storage.statements import Statement
from storage.steps import NoteStep
from storage.supports import NoteSupport
from storage.unit_figures import UnitFigure, UnitFigureReport, UnitFigureStory

Fields = dict[str, Any]
# The playground keeps its messages under a person's account there, and their chat with the bot under this name.
PLAYGROUND, DIRECT = "playground", "dm:"

# Every column that refers to a person, and the section of their data in which it is read out.
OWN: Mapping[str, str] = {
    "person.id": "person",
    "person.deliver_to": "settings",
    "person.used": "settings",
    "account.person_id": "accounts",
    "account.ext_id": "accounts",
    "link_code.ext_id": "link_codes",
    "link_try.ext_id": "link_tries",
    "posting.person_id": "postings",
    "role.person_id": "roles",
    "deputy.person_id": "deputies",
    "deputy.deputy_id": "stands_in_for",
    "absence.person_id": "absences",
    "induction.person_id": "inductions",
    "note.author_id": "notes",
    "note_tag.author_id": "notes",
    "note_step.person_id": "answers_given",
    "note_support.person_id": "supports",
    "kudos.giver_id": "kudos_given",
    "kudos_tag.giver_id": "kudos_given",
    "kudos_to.person_id": "kudos_received",
    "kudos_tag.receiver_id": "kudos_received",
    "kudos_clap.person_id": "claps",
    "quota.person_id": "thanks_per_day",
    "mark.person_id": "read",
    "leader_message.person_id": "leader_messages",
    "announcement.person_id": "announcements",
    "announcement_seen.person_id": "announcements_seen",
    "unit_figure.person_id": "figures_named",
    "unit_figure.reporter_id": "figures_mine",
    "unit_figure_report.person_id": "figures_reported",
    "unit_figure_story.person_id": "figure_stories",
    "draft.person_id": "drafts",
    "file.person_id": "files",
    "sign_in.person_id": "sign_ins",
    "page_session.person_id": "sessions",
    "outbox.person_id": "messages_owed",
    "pulse_invited.person_id": "pulses",
    "award_winner.person_id": "awards_chosen",
    "award_given_to.person_id": "awards",
    "place.person_id": "private_chats",
    "place.account": "private_chats",
    "place.ext_id": "private_chats",
    "message.author": "playground",
    "message.only_for": "playground",
    "audit.actor": "audit",
    "audit.subject": "audit",
}


class _Source(NamedTuple):
    """The rows of a table that are a person's by one column, what is read out of them, and what is yes or no there."""

    statement: Statement[Any]
    names: tuple[str, ...]
    flags: frozenset[str] = frozenset()


def _source(model: type[SQLModel], *names: str, by: str = "person_id") -> _Source:
    table = columns(model)
    order = list(model.__table__.primary_key)  # type: ignore[attr-defined]
    chosen = select(*(table[name] for name in names)).where(table[by] == bindparam("person"))
    flags = frozenset(name for name in names if isinstance(table[name].type, Boolean))
    return _Source(Statement(chosen.order_by(*order)), names, flags)


_PERSON = (
    "id",
    "staff_number",
    "name_ja",
    "name_en",
    "title_ja",
    "title_en",
    "email",
    "joined_on",
    "left_on",
    "listed",
)
_HELD = ("starts_on", "ends_on")
_kudos, _to = columns(Kudos), columns(KudosTo)
_KUDOS = ("id", "at", "unit_id", "text", "public", "pack", "version", "taken_back_at")
_received = (
    select(*(_kudos[name] for name in ("giver_id", *_KUDOS)))
    .join(KudosTo, _to.kudos_id == _kudos.id)
    .where(_to.person_id == bindparam("person"))
    .order_by(_kudos.id)
)
_place, _out = columns(Place), columns(Outbox)
_OWED = ("key", "state", "due_at", "sent_at")
_pulse, _invited = columns(Pulse), columns(PulseInvited)
_PULSES = ("code", "opened_on", "closes_on")
_pulses = (
    select(*(_pulse[name] for name in _PULSES))
    .join(PulseInvited, _invited.pulse_id == _pulse.id)
    .where(_invited.person_id == bindparam("person"))
    .order_by(_pulse.opened_on, _pulse.id)
)
_SEEN = ("announcement_id", "read_at", "pressed_at")
_FIGURE = ("id", "unit_id", "words")
_round = columns(AwardRound)


def _honours(award: type[SQLModel], to: type[SQLModel]) -> Any:
    """Awards of somebody, as they were chosen or as they were announced."""
    own, have = columns(award), columns(to)
    return (
        select(_round.first_on, _round.end_on, own.number, own.edition, own.citation, have.unit_id)
        .join(award, own.round_id == _round.id)
        .join(to, have.award_id == own.id)
        .where(have.person_id == bindparam("person"))
        .order_by(_round.first_on, own.id)
    )


_AWARDS = ("starts_on", "ends_on", "number", "edition", "text", "unit_id")
_chats = select(_place.id).where(_place.person_id == bindparam("person"), _place.private)
_owed = (
    select(*(_out[name] for name in _OWED))
    .where(or_(_out.person_id == bindparam("person"), _out.place_id.in_(_chats)))
    .order_by(_out.id)
)
_SOURCES: Mapping[str, _Source] = {
    "person": _source(
        Person,
        "id",
        "number",
        "name_ja",
        "name_en",
        "title_ja",
        "title_en",
        "email",
        "joined_on",
        "left_on",
        "listed",
        by="id",
    )._replace(names=_PERSON),
    "settings": _source(Person, *SETTINGS, "used", by="id"),
    "accounts": _source(Account, "platform", "ext_id", "kind", "how", "held", "linked_at", "checked_at"),
    "postings": _source(Posting, "unit_id", *_HELD),
    "roles": _source(Role, "role", "unit_id", *_HELD, "source"),
    "deputies": _source(Deputy, "deputy_id", *_HELD),
    "stands_in_for": _source(Deputy, "person_id", *_HELD, by="deputy_id"),
    "absences": _source(Absence, *_HELD, "told"),
    "inductions": _source(Induction, "starts_on", "unit_id", "first", "stopped"),
    "notes": _source(
        Note,
        "id",
        "at",
        "unit_id",
        "kind",
        "text",
        "audience",
        "state",
        "reason",
        "due_on",
        "answered_at",
        "deleted_at",
        "pack",
        "version",
        "none_offered",
        by="author_id",
    ),
    "answers_given": _source(NoteStep, "note_id", "at", "state", "reason"),
    "supports": _source(NoteSupport, "note_id", "at"),
    "kudos_given": _source(Kudos, *_KUDOS, by="giver_id"),
    "kudos_received": _Source(Statement(_received), ("giver_id", *_KUDOS), frozenset(("public",))),
    "claps": _source(KudosClap, "kudos_id", "at"),
    "thanks_per_day": _source(Quota, "day", "used")._replace(names=("day", "thanked")),
    "read": _source(Mark, "day", "number", "what", "facet", "unit_id", "pack", "version"),
    "leader_messages": _source(LeaderMessage, "day", "number", "text", "state", "edition", "at"),
    "announcements": _source(Announcement, "id", "at", "due_at", "words", "whom", "state")._replace(
        names=("id", "at", "due_at", "data", "whom", "state")
    ),
    "announcements_seen": _source(AnnouncementSeen, *_SEEN)._replace(names=("announcement", *_SEEN[1:])),
    "figures_named": _source(UnitFigure, *_FIGURE, "at")._replace(names=("id", "unit_id", "data", "at")),
    "figures_mine": _source(UnitFigure, *_FIGURE, by="reporter_id")._replace(names=("id", "unit_id", "data")),
    "figures_reported": _source(UnitFigureReport, "figure_id", "month", "value", "at")._replace(
        names=("figure", "month", "amount", "at")
    ),
    "figure_stories": _source(
        UnitFigureStory, "figure_id", "first", "end", "state", "text", "asked_at", "told_at"
    )._replace(names=("figure", *_HELD, "state", "text", "asked_at", "told_at")),
    "drafts": _source(Draft, "kind", "text", "data", "expires_at", "became"),
    "files": _source(File, "name", "media", "at", "expires_at"),
    "sign_ins": _source(SignIn, "at", "expires_at"),
    "sessions": _source(PageSession, "how", "begun_at", "seen_at", "renewed_at"),
    "pulses": _Source(Statement(_pulses), ("survey", *_PULSES[1:])),
    "awards": _Source(Statement(_honours(AwardGiven, AwardGivenTo)), _AWARDS),
    "awards_chosen": _Source(Statement(_honours(Award, AwardWinner)), _AWARDS),
    "messages_owed": _Source(Statement(_owed), _OWED),
    "private_chats": _source(Place, "platform", "ext_id", "account", "address", "gone_at"),
}
_of_account: Mapping[str, tuple[type[SQLModel], tuple[str, ...]]] = {
    "link_codes": (LinkCode, ("platform", "ext_id", "code", "expires_at")),
    "link_tries": (LinkTry, ("platform", "ext_id", "since", "wrong")),
}


def _by_handle(model: type[SQLModel], names: tuple[str, ...]) -> _Source:
    table = columns(model)
    here = (table.platform == bindparam("platform"), table.ext_id == bindparam("ext_id"))
    return _Source(Statement(select(*(table[name] for name in names)).where(*here)), names)


_HANDLED = {section: _by_handle(model, names) for section, (model, names) in _of_account.items()}
_message = columns(Message)
_SAID = ("at", "place", "author", "text", "card")
_said = Statement(
    select(_message.id, *(_message[name] for name in _SAID))
    .where(
        or_(
            _message.author == bindparam("account"),
            _message.only_for == bindparam("account"),
            _message.place == bindparam("chat"),
        )
    )
    .order_by(_message.id)
)


def rows(tx: Tx, section: str, person_id: int) -> list[Fields]:
    """A person's rows of one section, oldest first."""
    source = _SOURCES[section]
    found = _named(source.names, tx.all(source.statement, person=person_id))
    # SQLite's driver gives numbers for yes and no.
    return [row | {name: bool(row[name]) for name in source.flags if row[name] is not None} for row in found]


def of_account(tx: Tx, section: str, platform: str, ext_id: str) -> list[Fields]:
    """The rows of one section that are kept under a person's account."""
    source = _HANDLED[section]
    return _named(source.names, tx.all(source.statement, platform=platform, ext_id=ext_id))


def said(tx: Tx, account: str) -> list[Fields]:
    """What an account of the playground wrote, was shown alone, or reads in its chat with the bot."""
    return _named(_SAID, [row[1:] for row in tx.all(_said, account=account, chat=f"{DIRECT}{account}")])


def _named(names: tuple[str, ...], found: list[tuple[Any, ...]]) -> list[Fields]:
    return [dict(zip(names, row, strict=True)) for row in found]
