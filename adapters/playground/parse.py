"""What the browser sends, as events of the core."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.playground.guard import Refused
from adapters.playground.roster import NAME, Roster, calls_bot
from bot.events import Command, Handle, Opened, Place, Press

SLASH = re.compile(r"^[/／](kizuki|kudos|pulse)(?:[\s\u3000]+|$)(.*)$", re.DOTALL | re.IGNORECASE)
ACTION = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
LONGEST = 20_000
# PostgreSQL stores no NUL, and half a surrogate pair is no character: both are shown by their stand-ins.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Sent:
    """A checked request: who did it, in which language they read, and the key of what they did."""

    who: Handle
    lang: str
    key: str
    data: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text of the request, with stand-ins for what cannot be stored."""
        found = self.data.get(name, "")
        if not isinstance(found, str) or len(found) > LONGEST:
            raise Refused(400, "malformed")
        return storable(found)

    def number(self, name: str) -> int:
        """A whole number of the request, 0 when it is missing."""
        found = self.data.get(name, 0)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 2**62:
            raise Refused(400, "malformed")
        return found


def storable(text: str) -> str:
    """The text with a visible stand-in for each character that no database keeps."""
    return _UNSTORABLE.sub(lambda found: "␀" if found[0] == "\x00" else "\ufffd", text)


def data(raw: bytes) -> dict[str, Any]:
    """The JSON object in a body."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused(400, "malformed") from None
    if not isinstance(found, dict):
        raise Refused(400, "malformed")
    return found


def sent(found: dict[str, Any], roster: Roster, languages: tuple[str, ...]) -> Sent:
    """Check who sent it and that it has an id of its own."""
    account, ident, lang = found.get("as"), found.get("id"), found.get("lang")
    if not isinstance(account, str) or not isinstance(ident, str) or not ACTION.match(ident):
        raise Refused(400, "malformed")
    if account not in roster.members:
        raise Refused(404, "nobody")
    return Sent(Handle(NAME, account), lang if lang in languages else "ja", f"{NAME}:{account}:{ident}", found)


def place(request: Sent, roster: Roster) -> Place:
    """The place a request names, if its sender can be there."""
    found = roster.place(request.who.id, request.text("place"))
    if found is None:
        raise Refused(404, "nowhere")
    return found


def command(request: Sent, where: Place, roster: Roster) -> Command | None:
    """The command in a text, or None when it is meant for the people there."""
    text = request.text("text")
    slash = SLASH.match(text)
    if slash:
        return _command(request, where, roster, slash[1].lower(), slash[2].strip())
    if text.startswith("/"):
        raise Refused(422, "unknown_command")
    asked = text.strip() if where.private else calls_bot(text)
    return None if asked is None else _command(request, where, roster, "kizuki", asked)


def _command(request: Sent, where: Place, roster: Roster, name: str, text: str) -> Command:
    return Command(request.key, request.who, where, name, text, roster.mentions(text, _picked(request)))


def _picked(request: Sent) -> dict[str, str]:
    """Names picked from the completion list, with the account each stands for."""
    found = request.data.get("mentions", {})
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise Refused(400, "malformed")
    return {storable(k): v for k, v in found.items() if k}


def press(request: Sent, where: Place) -> Press:
    """A pressed button with the fields of its card."""
    action, value = request.text("action"), request.text("value")
    if not action:
        raise Refused(400, "malformed")
    return Press(request.key, request.who, where, action, value, _fields(request.data.get("fields", {})))


def _fields(found: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(found, dict):
        raise Refused(400, "malformed")
    return {storable(name): _values(values) for name, values in found.items()}


def _values(found: object) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(v, str) for v in found):
        raise Refused(400, "malformed")
    return tuple(storable(v) for v in found if v)


def opened(request: Sent, where: Place) -> Opened:
    """Home, opened."""
    return Opened(request.key, request.who, where)
