"""Accounts: who is behind a handle, how a second one comes to the same person, and how it is taken away again."""

from datetime import timedelta
from fnmatch import fnmatchcase

from bot import arrivals
from bot.cards import Block, Button, Card, Heading, Reply, Span, muted, row, say
from bot.events import Handle, Press, Profile
from bot.people import Thing, require
from bot.turn import Refusal, Turn
from storage import accounts, audit, outbox, people, places, roster, units
from storage.accounts import ROSTER, AccountRow
from storage.people import UNLISTED, PersonRow

ASK_AGAIN = timedelta(minutes=10)
# The platform could not be asked who it is: that is said, and asked again soon.
UNASKED, ASK_SOON = "unasked", timedelta(seconds=5)
# What an account's locale may say of its person's language; easy Japanese is only ever chosen.
GUESSED = ("ja", "en")


def known(turn: Turn, handle: Handle) -> AccountRow | None:
    """An account as it is known."""
    return accounts.get(turn.tx, handle.platform, handle.id)


def unmet(turn: Turn, handle: Handle) -> bool:
    """Whether the platform is to be asked who a handle is, because nobody knows or it was long ago."""
    known = accounts.get(turn.tx, handle.platform, handle.id)
    if known is None:
        return True
    free = known.person_id is None and not known.held
    again = ASK_SOON if known.kind == UNASKED else ASK_AGAIN
    return free and (known.checked_at is None or known.checked_at < turn.at_in(-again))


def meet(turn: Turn, handle: Handle, profile: Profile | None) -> None:
    """Give a handle to the person of the roster with its verified e-mail, or remember what it is.

    Without a profile the platform could not be asked: nobody is taken in, and the next event asks later.
    """
    known = accounts.hold(turn.tx, handle.platform, handle.id)
    if known.person_id is not None or known.held:
        # Somebody was faster while the platform was asked: another event, a code, an administrator.
        return
    if profile is None:
        kind = UNASKED if known.kind == "member" else known.kind
        accounts.note(turn.tx, handle.platform, handle.id, kind=kind, at=turn.at)
        return
    kind = kind_of(turn, profile)
    person = of_roster(turn, profile) if kind == "member" else None
    if person is None and kind == "member" and turn.settings.people.unlisted == "take-part":
        person = _taken_in(turn, handle, profile)
    if person is None:
        accounts.note(turn.tx, handle.platform, handle.id, kind=kind, at=turn.at)
        return
    begin(turn, guessed(turn, person, profile), handle, how=ROSTER if person.listed else "unlisted")


def begin(turn: Turn, person: PersonRow, handle: Handle, *, how: str, here: Handle | None = None) -> None:
    """Link a handle to a person, tell their other accounts but `here`, and have what waited for them go out."""
    others = accounts.of(turn.tx, person.id)
    link(turn, person, handle, how=how)
    if not others:
        arrivals.first_met(turn, person)
    lang = turn.language_of(person)
    for other in others:
        if here is None or other.name != here.name:
            tell_at(turn, Handle(other.platform, other.ext_id), linked_card(turn, handle, lang))


def link(turn: Turn, person: PersonRow, handle: Handle, *, how: str) -> None:
    """Link a handle to a person and have what waited for them go out; nobody is told."""
    accounts.link(turn.tx, handle.platform, handle.id, person_id=person.id, how=how, at=turn.at)
    places.hand_over(turn.tx, handle.platform, handle.id, person_id=person.id)
    outbox.wake(turn.tx, person.id, now=turn.at)
    turn.audit("link.begin", f"person:{person.id}", platform=handle.platform, how=how)


def first_used(turn: Turn) -> None:
    """Welcome whoever a directory linked, when they first do something themselves; not who had themselves forgotten."""
    linked = all(account.how == ROSTER for account in accounts.of(turn.tx, turn.me.id))
    if linked and not any(entry.action == "forget" for entry in audit.about(turn.tx, f"person:{turn.me.id}")):
        arrivals.first_met(turn, turn.me)


def guessed(turn: Turn, person: PersonRow, profile: Profile) -> PersonRow:
    """The person, in the language their platform is set to unless they or the roster chose one."""
    lang = profile.locale.replace("_", "-").partition("-")[0].lower()
    if person.language or lang not in GUESSED or lang == turn.house.lang:
        return person
    roster.speak(turn.tx, [(person.id, lang)])
    return person._replace(language=lang)


def standing(turn: Turn, handle: Handle, person: PersonRow | None) -> str:
    """Why a handle belongs to nobody who takes part: as the phrases under `people` are called."""
    if person is not None:
        return "bot" if person.bot else "not_yet" if person.joined_on > turn.day else "left"
    known = accounts.get(turn.tx, handle.platform, handle.id)
    return known.kind if known and known.kind != "member" else "unknown"


def kind_of(turn: Turn, profile: Profile) -> str:
    """What an account is: as its platform says, or shared, as app.yaml says."""
    patterns = turn.settings.people.shared
    shared = any(fnmatchcase(profile.email.lower(), pattern.lower()) for pattern in patterns)
    return "shared" if shared and profile.kind == "member" else profile.kind


def of_roster(turn: Turn, profile: Profile) -> PersonRow | None:
    """Whoever of the roster has the verified e-mail of an account and takes part today."""
    if not (profile.email and profile.verified):
        return None
    return turn.present(people.by_email(turn.tx, profile.email, today=turn.day))


def _taken_in(turn: Turn, handle: Handle, profile: Profile) -> PersonRow | None:
    """Somebody who is on no roster and may take part all the same, in no unit."""
    email = profile.email if profile.verified else None
    if email and people.by_email(turn.tx, email, today=turn.day):
        return None
    person_id = people.add(
        turn.tx,
        number=f"{UNLISTED}{handle.name}",
        name_ja=profile.name or handle.id,
        name_en=profile.name or handle.id,
        email=email,
        joined_on=turn.day,
        listed=False,
    )
    turn.audit("person.unlisted", f"person:{person_id}", platform=handle.platform)
    return people.get(turn.tx, person_id, today=turn.day)


def listed(turn: Turn, person: PersonRow) -> tuple[Block, ...]:
    """A person's accounts, with what can be done about each."""
    t = turn.t
    found = accounts.of(turn.tx, person.id)
    blocks: list[Block] = [Heading(t("link.mine", n=len(found)), 2)]
    for account in found:
        name = called(turn, [a.name for a in found], account.name)
        blocks += _entry(turn, account, name, last=len(found) == 1 and turn.me.id == person.id)
    return tuple(blocks)


def _entry(turn: Turn, account: AccountRow, name: str, *, last: bool) -> tuple[Block, ...]:
    """An account; one's last one cannot be taken away by oneself, or one could not come back."""
    t = turn.t
    since = turn.local(account.linked_at).date() if account.linked_at else None
    line = t("link.since", day=since, how=t(f"link.by.{account.how}")) if since else t(f"link.by.{account.how}")
    here = turn.handle is not None and account.name == turn.handle.name
    name += f" {t('link.this_one')}" if here else ""
    off = Button("account.unlink", t("link.unlink"), account.name, "danger", t("link.unlink_sure"))
    return (say(Span(name, "strong"), Span(f" {line}", "muted")), *(() if last else (row(off),)))


def called(turn: Turn, found: list[str], name: str) -> str:
    """The platform of an account; two accounts on one platform are told apart by a number."""
    platform = name.partition("/")[0]
    alike = [other for other in found if other.partition("/")[0] == platform]
    return turn.platform_name(platform) + (f" ({alike.index(name) + 1})" if len(alike) > 1 else "")


def unlink(turn: Turn, press: Press) -> Reply:
    """Take an account from its person; by its owner, or by an administrator who mends a wrong link."""
    platform, _, ext_id = press.value.partition("/")
    found = accounts.get(turn.tx, platform, ext_id)
    if found is None or found.person_id is None:
        raise Refusal("link.gone")
    person = people.get(turn.tx, found.person_id, today=turn.day)
    require(turn, "account.unlink", Thing(unit_id=person and person.unit_id, owner_id=found.person_id))
    if turn.me.id == found.person_id and len(accounts.of(turn.tx, found.person_id)) == 1:
        raise Refusal("link.last")
    end(turn, found)
    text = turn.t("link.unlinked", platform=turn.platform_name(platform))
    return Reply(Card((say(text), muted(turn.t("link.unlinked_hint"))), text, turn.lang))


def end(turn: Turn, account: AccountRow) -> None:
    """Take an account from its person for good, and say so where the person can still be reached."""
    assert account.person_id is not None  # noqa: S101 - the caller looked
    accounts.unlink(turn.tx, account.platform, account.ext_id)
    places.hand_over(turn.tx, account.platform, account.ext_id, person_id=None)
    turn.audit("link.end", f"person:{account.person_id}", platform=account.platform)
    person = people.get(turn.tx, account.person_id, today=turn.day)
    lang = turn.language_of(person) if person else turn.house.lang
    if person is not None:
        key = f"unlink:{account.platform}:{account.ext_id}:{turn.at}"
        turn.tell_person(person, key, lambda lang: _unlinked_card(turn, account, lang))
    tell_at(turn, Handle(account.platform, account.ext_id), _unlinked_card(turn, account, lang))


def look_up(turn: Turn, number: str) -> Reply:
    """`/kizuki account 012345`: an administrator looks at a person's accounts to mend a wrong link."""
    # Typed words arrive without case.
    tried = (people.by_number(turn.tx, each, today=turn.day) for each in (number, number.upper()))
    person = next((found for found in tried if found), None)
    require(turn, "person.look_up", Thing(unit_id=person.unit_id if person else None))
    if person is None:
        raise Refusal("link.no_number", back=number, number=number)
    t = turn.t
    unit = units.get(turn.tx, person.unit_id) if person.unit_id else None
    heading = f"{person.name(turn.lang)} ({number})"
    where = unit.name(turn.lang) if unit else t("notes.no_unit")
    blocks = (Heading(heading), muted(where), *listed(turn, person), muted(t("link.mend_hint")))
    turn.audit("person.look_up", f"person:{person.id}")
    return Reply(Card(blocks, heading, turn.lang))


def linked_card(turn: Turn, handle: Handle, lang: str) -> Card:
    """What a person's other accounts are told."""
    t = turn.speak(lang)
    text = t("link.told", platform=turn.platform_name(handle.platform, lang), at=turn.now)
    off = Button("account.unlink", t("link.not_me"), handle.name, "danger", t("link.unlink_sure"))
    return Card((say(text), row(off)), text, lang)


def tell_at(turn: Turn, handle: Handle, card: Card) -> None:
    """Tell an account in its own private chat, whichever the person uses: a link made by somebody else must show."""
    place = places.private_of(turn.tx, handle.platform, handle.id)
    if place is not None:
        turn.publish(place, f"link:{handle.platform}:{handle.id}:{turn.key}:{turn.at}", card)


def _unlinked_card(turn: Turn, account: AccountRow, lang: str) -> Card:
    t = turn.speak(lang)
    text = t("link.told_off", platform=turn.platform_name(account.platform, lang), at=turn.now)
    return Card((say(text), muted(t("link.unlinked_hint"))), text, lang)


ACTIONS = {"account.unlink": unlink}
