"""One's own settings for the pages: language, light or dark, and where one is signed in."""

from adapters.web.page import Ask, Page
from bot.people import require
from storage import sign_ins

THEMES = ("auto", "light", "dark")


def show(ask: Ask) -> Page:
    """`/dashboard/settings`."""
    turn = ask.turn
    require(turn, "page.read")
    sessions = [
        {
            "id": one.id,
            "this": one.id == ask.session.id,
            "how": ask.t(f"how.{one.how}") if one.how == "link" else one.how,
            "begun": turn.local(one.begun_at),
            "seen": turn.local(one.seen_at),
        }
        for one in sign_ins.of(turn.tx, turn.me.id)
    ]
    values = {"sessions": sessions, "themes": THEMES, "saved": ask.wants.text("saved") == "1"}
    return Page("settings.html", ask.t("page.settings"), "settings", values=values)
