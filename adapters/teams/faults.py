"""What Teams' refusals mean: for the message, for its place, for everything.

https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages and …/rate-limit
"""

import random
from collections.abc import Mapping

from adapters.platform import Gone, Later

# Nobody gets anything there any more, by Teams' word for it.
GONE = {
    "MessageWritesBlocked": "blocked",
    "UserBlocked": "blocked",
    "BotNotInConversationRoster": "not_installed",
    "BotDisabledByAdmin": "not_installed",
    "AppNotInstalled": "not_installed",
    "ForbiddenOperationException": "not_installed",
    "ConversationNotFound": "removed",
    "ConversationBlockedByUser": "blocked",
    "BotNotRegistered": "not_installed",
    "MemberNotFoundInConversation": "removed",
}
# The message that was to change is not there any more, or its channel lets nobody change it.
UNCHANGEABLE = frozenset(("ActivityNotFoundInConversation", "MessageNotFound", "ActivityNotFound"))
TRY_AGAIN = frozenset((408, 412, 429, 502, 503, 504))
SOON, LONGEST, UNKNOWN = 2.0, 3_600.0, 30.0


class Refused(Exception):
    """Teams refused a call for what was in it; `error` is Teams' word for that, never anything that was written."""

    def __init__(self, call: str, status: int, error: str) -> None:
        super().__init__(f"{call}: {status} {error}")
        self.status = status
        self.error = error


class TooLarge(Refused):
    """The message is larger than Teams takes."""


class Unproved(Exception):
    """Teams did not take the token."""


class Unanswered(Exception):
    """What was sent got no answer: it may be there, or not. Each such try counts."""


class Limited(Later):
    """Teams takes no more for so many seconds."""


class Troubled(Later):
    """Teams has trouble of its own with this call."""


def meaning(call: str, status: int, error: str, headers: Mapping[str, str]) -> Exception:
    """What an answer that is no success means to whoever called."""
    if status == 401:
        return Unproved(call)
    if status == 429:
        return Limited(_retry_after(headers))
    if status in TRY_AGAIN or status >= 500:
        return Troubled(about(SOON))
    if status == 413 or error == "MessageSizeTooBig":
        return TooLarge(call, status, error)
    if error in UNCHANGEABLE:
        return Refused(call, status, error)
    # Any other 403 or 404, such as a gateway's, says nothing of the place.
    if status in (403, 404) and error in GONE:
        return Gone(GONE[error])
    return Refused(call, status, error)


def _retry_after(headers: Mapping[str, str]) -> float:
    """The seconds Teams asks for, and a little more, so that not all come back at once."""
    given = headers.get("Retry-After", "")
    seconds = float(given) if given.replace(".", "", 1).isdigit() else UNKNOWN
    return min(max(seconds, 1.0), LONGEST) * random.uniform(1.0, 1.2)


def about(seconds: float) -> float:
    """Some seconds, so that not all come back at once."""
    return seconds * random.uniform(0.5, 1.5)
