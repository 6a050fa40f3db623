"""Signing in to the pages: the link that is sent in chat, and the sessions it begins."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from bot.cards import Button, Card, Heading, Reply, muted, row, say
from bot.events import Handle, Press
from bot.turn import Refusal, Turn
from storage import people, sign_ins
from storage.people import PersonRow
from storage.sign_ins import SessionRow

# Where the pages are, and the page that a link opens.
PAGES = "/dashboard"
WAY_IN = f"{PAGES}/in"
# So many unused links may one person have at a time.
MOST_LINKS = 10
# What a cookie held before it was renewed is good for so long: other requests are under way with it.
OVERLAP = timedelta(minutes=1)
# A session's last use is written down no more often.
SEEN_EVERY = timedelta(minutes=1)
LINK = "link"


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that was begun, and the secret its cookie is to hold."""

    person_id: int
    secret: str


def show(turn: Turn) -> Reply:
    """`/kizuki dashboard`: a link that signs this person in, once and soon."""
    link, minutes = f"{_address(turn)}{WAY_IN}/{_fresh(turn)}", _minutes(turn)
    t = turn.t
    blocks = (
        Heading(t("dashboard.title"), 2),
        say(t("dashboard.about")),
        row(Button("", t("dashboard.open"), "", "primary", link=link)),
        muted(t("dashboard.holds", n=minutes)),
    )
    return Reply(Card(blocks, t("dashboard.ready", n=minutes), turn.lang), "dialog")


def ask(turn: Turn, _: Press) -> Reply:
    """The same from a button."""
    return show(turn)


def is_open(turn: Turn) -> bool:
    """Whether there are pages that this person could open."""
    return turn.who is not None and turn.settings.web.dashboard and bool(turn.settings.address)


def owner(turn: Turn, secret: str) -> PersonRow | None:
    """Who a link would sign in, if it still does and they work here; looking does not use it up."""
    found = sign_ins.link_of(turn.tx, hashed(secret), now=turn.at)
    return None if found is None else turn.present(people.get(turn.tx, found, today=turn.day))


def redeem(turn: Turn, secret: str) -> Begun | None:
    """Use a link up and begin a session of whoever it is of."""
    if owner(turn, secret) is None:
        return None
    found = sign_ins.use_link(turn.tx, hashed(secret), now=turn.at)
    return None if found is None else _begin(turn, found, LINK)


def admit(turn: Turn, handle: Handle, how: str) -> Begun | None:
    """Begin a session of whoever an account belongs to, which a provider has proved; None for nobody who works here."""
    person = turn.present(people.resolve(turn.tx, handle.platform, handle.id, today=turn.day))
    return None if person is None else _begin(turn, person.id, how)


def recognise(turn: Turn, secret: str) -> SessionRow | None:
    """The session of a cookie, while it lasts; the turn is then its person's, with the roles they hold now."""
    found = sign_ins.known(turn.tx, hashed(secret)) if secret else None
    if found is None or _is_over(turn, found, hashed(secret)):
        return None
    turn.become(turn.present(people.get(turn.tx, found.person_id, today=turn.day)))
    return found if turn.who else None


def is_due(turn: Turn, session: SessionRow) -> bool:
    """Whether something about a session is to be written down: a use after a while, or a new secret."""
    return turn.at - session.seen_at >= _ms(SEEN_EVERY)


def keep_up(turn: Turn, secret: str) -> str:
    """Write down that a session is used; the new secret of its cookie where that is due, else ""."""
    found = recognise(turn, secret)
    if found is None:
        return ""
    renews = found.mark == hashed(secret) and turn.at - found.renewed_at >= _ms(turn.settings.web.renew)
    fresh = secrets.token_urlsafe(32) if renews else ""
    if fresh and sign_ins.renew(turn.tx, found.id, old=found.mark, new=hashed(fresh), at=turn.at):
        return fresh
    sign_ins.see(turn.tx, found.id, at=turn.at)
    return ""


def leave(turn: Turn, session: int | None = None) -> None:
    """Sign out of one session of one's own, or everywhere."""
    if session is None:
        sign_ins.end_all(turn.tx, turn.me.id)
        turn.audit("sign_out.all", f"person:{turn.me.id}")
    else:
        sign_ins.end(turn.tx, session, turn.me.id)


def tidy(turn: Turn) -> None:
    """Forget links and sessions whose time is over."""
    web = turn.settings.web
    sign_ins.expire(turn.tx, now=turn.at, idle=turn.at_in(-web.idle), begun=turn.at_in(-web.longest))


def hashed(secret: str) -> str:
    """What is stored of a secret: it holds 256 bits drawn by lot, so that no salt is needed."""
    return sha256(secret.encode()).hexdigest()


def _address(turn: Turn) -> str:
    turn.me  # noqa: B018 - whoever is not on the roster reads principles, not figures
    if not turn.settings.web.dashboard:
        raise Refusal("dashboard.off")
    if not turn.settings.address:
        raise Refusal("dashboard.no_address")
    return turn.settings.address


def _fresh(turn: Turn) -> str:
    """A new link's secret."""
    holds = turn.settings.web.link_holds
    if sign_ins.links_since(turn.tx, turn.me.id, since=turn.at_in(-holds)) >= MOST_LINKS:
        raise Refusal("dashboard.too_many", n=_minutes(turn))
    secret = secrets.token_urlsafe(32)
    row_ = {"person_id": turn.me.id, "at": turn.at, "expires_at": turn.at_in(holds)}
    sign_ins.add_link(turn.tx, hashed(secret), **row_)
    return secret


def _begin(turn: Turn, person_id: int, how: str) -> Begun:
    secret, form = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    sign_ins.begin(turn.tx, person_id, mark=hashed(secret), form=form, how=how, at=turn.at)
    return Begun(person_id, secret)


def _is_over(turn: Turn, session: SessionRow, mark: str) -> bool:
    web, now = turn.settings.web, turn.at
    late = session.mark != mark and now - session.renewed_at > _ms(OVERLAP)
    return late or now - session.seen_at >= _ms(web.idle) or now - session.begun_at >= _ms(web.longest)


def _minutes(turn: Turn) -> int:
    return round(turn.settings.web.link_holds.total_seconds() / 60)


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)


ACTIONS = {"dashboard.open": ask}
