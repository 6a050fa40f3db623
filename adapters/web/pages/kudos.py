"""Thanks: those everybody sees, and one's own."""

from adapters.web.page import Ask, Page
from adapters.web.pages import files, parts
from bot import kudos_list
from bot.kudos_list import WHICH
from bot.people import require


def index(ask: Ask) -> Page:
    """`/dashboard/kudos`."""
    turn, wants = ask.turn, ask.wants
    require(turn, "page.read")
    which, number = wants.one_of("which", WHICH, "all"), wants.principle(turn.pack.numbers)
    found = kudos_list.found(turn, which, number, wants.page())
    tabs = [(name, parts.query(ask, "principle", which=name), name == which) for name in WHICH]
    values = {
        "found": found,
        "which": which,
        "number": number,
        "tabs": tabs,
        "files": files.links(ask, "kudos"),
        "leaves": parts.leaves(ask, found.page, found.pages, "which", "principle"),
    }
    return Page("kudos.html", ask.t("page.kudos"), "kudos", values=values)
