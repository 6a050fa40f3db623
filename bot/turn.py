"""What a feature is given: one transaction, who is asking, where, when, and the house around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bot import cards
from bot.cards import Card, Reply
from bot.events import Handle, Place
from bot.packs import Pack
from bot.phrases import Phrases, Speak
from bot.questions import QuestionSet
from bot.schedule import Calendar, millis, moment
from bot.settings import Settings
from bot.suggest import Suggester
from bot.vocabulary import Vocabulary
from bot.watch import Watch
from storage import audit, outbox, people, places, roles
from storage.database import Tx
from storage.people import PersonRow
from storage.roles import RoleRow


class Refusal(Exception):
    """A kind "no": the phrase that says why, what is given back (`back`), and the field it belongs to, if any.

    It undoes everything its turn did.
    """

    def __init__(self, key: str, *, back: str = "", field: str = "", **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.back = back
        self.field = field
        self.values = values


class TakesLong(Exception):
    """What was asked for may take seconds, where others wait: it is to be asked for again, where nobody does."""


def in_form(turn: "Turn", refusal: Refusal, form: Card) -> Reply:
    """A dialog's form again, with the refusal at the field it belongs to; without a field it stays a refusal."""
    if not refusal.field:
        raise refusal
    marked = cards.with_error(form, refusal.field, turn.t(refusal.key, **refusal.values))
    return Reply(marked, "dialog", replaces=True)


@dataclass(frozen=True, slots=True)
class House:
    """What stays the same from turn to turn."""

    settings: Settings
    phrases: Phrases
    pack: Pack
    vocabulary: Vocabulary
    suggester: Suggester
    calendar: Calendar
    pulses: Mapping[str, QuestionSet] = field(default_factory=dict)
    # What the keys of surveys are made of: in no database. Without it no survey can be answered.
    pulse_key: bytes = field(default=b"", repr=False)
    watch: Watch = field(default_factory=Watch, repr=False)

    @property
    def lang(self) -> str:
        """The organisation's language."""
        return self.settings.organisation.language


@dataclass(slots=True)
class Turn:
    """One event, or one scheduled run, inside its transaction."""

    tx: Tx
    house: House
    now: datetime
    who: PersonRow | None = None
    handle: Handle | None = None
    where: Place | None = None
    key: str = ""
    standing: str = "unknown"
    actor: str = "schedule"
    # Others wait behind it.
    hurried: bool = False
    _held: list[RoleRow] | None = None

    @property
    def me(self) -> PersonRow:
        """The person who is asking; whoever is not on the roster may only read, and is told why (`standing`)."""
        if self.who is None:
            raise Refusal(f"people.{self.standing}")
        return self.who

    def become(self, person: PersonRow | None) -> None:
        """Have the turn be of somebody, as soon as it is known who is asking."""
        self.who, self._held = person, None

    def take_time(self) -> None:
        """Said before something that may take seconds in a large organisation; raises `TakesLong` where others wait."""
        if self.hurried:
            raise TakesLong

    @property
    def roles(self) -> list[RoleRow]:
        """What the person who is asking may do beyond staff, today."""
        if self._held is None:
            self._held = [] if self.who is None else roles.of(self.tx, self.who.id, today=self.day)
        return self._held

    @property
    def lang(self) -> str:
        """The language of the person who is asking."""
        return (self.who and self.who.language) or self.house.lang

    @property
    def today(self) -> date:
        """The day it is in the organisation's time zone."""
        return self.now.date()

    @property
    def day(self) -> str:
        """Today as the database keeps it."""
        return self.now.date().isoformat()

    @property
    def at(self) -> int:
        """This moment as the database keeps it."""
        return millis(self.now)

    def at_in(self, span: timedelta) -> int:
        """The moment so much later, or earlier for a negative span, as the database keeps it."""
        return self.at + round(span.total_seconds() * 1000)

    @property
    def pack(self) -> Pack:
        """The organisation's principles."""
        return self.house.pack

    @property
    def settings(self) -> Settings:
        """What app.yaml says."""
        return self.house.settings

    @property
    def t(self) -> Speak:
        """Phrases in the language of the person who is asking."""
        return self.house.phrases.bound(self.lang)

    def speak(self, lang: str) -> Speak:
        """Phrases in another language."""
        return self.house.phrases.bound(lang)

    def answer_by(self) -> date:
        """The day by which a note that comes in today is to be answered."""
        return self.house.calendar.after(self.today, self.settings.notes.answer_within)

    def local(self, at: int) -> datetime:
        """A stored moment in the organisation's time zone."""
        return moment(at, self.settings.zone)

    def tell(self, person_id: int, key: str, make: Callable[[str], Card], *, body: str = "", days: int = 0) -> None:
        """Owe a person a private message in their language. `body` names a card that many readers share.

        After `days` it is not worth sending any more; 0 is never. Quiet hours are kept when it goes out.
        """
        person = people.get(self.tx, person_id, today=self.day)
        if person is not None:
            self.tell_person(person, key, make, body=body, days=days)

    def tell_person(
        self,
        person: PersonRow,
        key: str,
        make: Callable[[str], Card],
        *,
        body: str = "",
        days: int = 0,
        wait: timedelta = timedelta(),
    ) -> None:
        """`tell` for somebody who was looked up already; it goes out after `wait`."""
        if person.muted or not self.works_here(person):
            return
        lang = self.language_of(person)
        stored = self._kept(f"{body or key}:{lang}", lambda: make(lang))
        expires = self.at_in(timedelta(days=days)) if days else None
        outbox.post(self.tx, key, stored, due_at=self.at_in(wait), person_id=person.id, expires_at=expires)

    def _kept(self, name: str, make: Callable[[], Card]) -> int:
        """The stored card of a name; drawn only where it is not there yet, as thousands may share it."""
        known = outbox.known_body(self.tx, name)
        return known if known is not None else outbox.body(self.tx, name, cards.dump(make()), at=self.at)

    def language_of(self, person: PersonRow) -> str:
        """The language a person reads: their own choice, or the organisation's."""
        return person.language or self.house.lang

    def works_here(self, person: PersonRow) -> bool:
        """Whether a person has begun and has not left."""
        return person.joined_on <= self.day and (person.left_on is None or person.left_on > self.day)

    def present(self, person: PersonRow | None) -> PersonRow | None:
        """The person, where they take part today: no bot, begun and not left."""
        return person if person and not person.bot and self.works_here(person) else None

    def publish(self, place_id: int, key: str, card: Card) -> None:
        """Owe a place a message."""
        stored = outbox.body(self.tx, key, cards.dump(card), at=self.at)
        outbox.post(self.tx, key, stored, due_at=self.at, place_id=place_id)

    def change(self, key: str, card: Card) -> None:
        """Have an earlier message show this card instead, wherever it is; the newest change wins."""
        outbox.change(self.tx, key, self._changed(key, card), due_at=self.at)

    def withdraw(self, key: str, card: Card) -> None:
        """Take an earlier message back: never shown if it was not yet, else replaced by this card."""
        outbox.withdraw(self.tx, key, self._changed(key, card), due_at=self.at)

    def _changed(self, key: str, card: Card) -> int:
        return outbox.body(self.tx, f"{key}:{self.key}", cards.dump(card), at=self.at)

    def platform_name(self, platform: str, lang: str = "") -> str:
        """What a platform is called in a language, or in that of the person who is asking."""
        return self.house.phrases.under(lang or self.lang, "platforms").get(platform, platform)

    def audit(self, action: str, subject: str = "", **detail: object) -> None:
        """Write into the audit log what the person, or else the actor, did; never what anybody wrote."""
        actor = f"person:{self.who.id}" if self.who else self.actor
        audit.add(self.tx, action, actor=actor, subject=subject, at=self.at, **detail)

    def channel(self, unit_id: int | None) -> int | None:
        """The channel of a unit, or of the nearest unit above it."""
        return None if unit_id is None else places.channel_of(self.tx, unit_id, today=self.day)
