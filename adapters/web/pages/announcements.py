"""Announcements: those the reader may follow, and what became of one."""

from adapters.web.page import Ask, Page, at
from adapters.web.pages import files, parts
from adapters.web.wants import Refused
from bot import announcements, note_list
from bot.announcement_view import unpacked
from bot.announcements import Recipient
from bot.events import number_in
from bot.people import require
from storage.announced_results import GROUPS

LISTED, PAGE = 50, 50


def index(ask: Ask) -> Page:
    """`/dashboard/announcements`."""
    turn = ask.turn
    require(turn, "announce.write")
    listed = [
        (one.id, unpacked(one.words)["ja"].title, _state(ask, one.state, one.due_at, (one.name_ja, one.name_en)))
        for one in announcements.mine(turn, limit=LISTED)
    ]
    return Page("announcements.html", ask.t("page.announcements"), "announcements", values={"listed": listed})


def show(ask: Ask) -> Page:
    """`/dashboard/announcements/3`."""
    turn = ask.turn
    require(turn, "announce.write")
    number, group, page = number_in(ask.wants.part("id")), ask.wants.one_of("group", GROUPS), ask.wants.page()
    if number is None:
        raise Refused(404, "no_page")
    offset = (page - 1) * PAGE
    found = announcements.status(turn, number, group=group, offset=offset, limit=PAGE if group else 0)
    last = max(1, -(-found.count(group) // PAGE)) if group else 1
    note_list.check_page(page, last)
    names = [(name, found.count(name)) for name in GROUPS if found.named and found.count(name)]
    values = {
        "found": found,
        "state": ask.speak(f"announcements.state.{found.state}", at=found.due, by=_by(ask, found.by)),
        "groups": [
            (n, ask.speak(f"announcements.group.{n}"), c, parts.query(ask, group=n), n == group) for n, c in names
        ],
        "recipients": [(one.name(ask.lang), one.unit(ask.lang) or "–", _what(ask, one)) for one in found.recipients],
        "group": group,
        "files": files.links(ask, "announcement", code=str(number)),
        "leaves": parts.leaves(ask, page, last, "group"),
    }
    crumbs = ((at("announcements"), ask.t("page.announcements")),)
    return Page("announcement.html", found.title, "announcements", crumbs, values)


def _state(ask: Ask, state: str, due_at: int, by: tuple[str, str]) -> str:
    return ask.speak(f"announcements.state.{state}", at=ask.turn.local(due_at), by=_by(ask, by))


def _by(ask: Ask, by: tuple[str, str]) -> str:
    return by[1] if ask.lang == "en" and by[1] else by[0]


def _what(ask: Ask, one: Recipient) -> str:
    """When it got there, was read or pressed; or what is in the way."""
    if one.why:
        return ask.speak(f"announcements.why.{one.why}")
    moment = one.pressed or one.read or one.sent
    return ask.speak("notes.moment", at=moment) if moment else ask.speak(f"announcements.group.{one.group}")
