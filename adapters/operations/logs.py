"""The log on standard error, as text or as JSON: what was done and how it ended, never a content.

Kizuki's own lines are written to hold none. What libraries say may quote anything, so of theirs only the fixed words of
the message are shown, and of every exception its kind and the lines it came through.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from bot import settings
from bot.documents import Faults
from bot.trace import where
from bot.watch import Seen

OURS = "kizuki"
QUIET = ("apscheduler",)

log = logging.getLogger("kizuki")


def begin(how: Literal["text", "json"]) -> None:
    """Write everything from INFO on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if how == "json" else Text())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def wanted(config: Path) -> Literal["text", "json"]:
    """How app.yaml wants it; as text where app.yaml cannot be read, which is told elsewhere."""
    try:
        return settings.load(config).server.logs
    except Faults:
        return "text"


def watch_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Have what fails in the event loop itself logged without the words of its exception."""
    loop.set_exception_handler(_failed)


def _failed(_: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    fault = context.get("exception")
    log.error("event loop: %s", where(fault) if isinstance(fault, BaseException) else "trouble")


class Text(logging.Formatter):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The time, the level, whose line it is, and what it says."""
        return f"{self.formatTime(record)} {record.levelname} {record.name} {said(record)}"


class Json(logging.Formatter):
    """A line for machines: one object with the same fields for every request and every slot."""

    def format(self, record: logging.LogRecord) -> str:
        """The object, in one line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        found: dict[str, Any] = {"time": time, "level": record.levelname.lower(), "name": record.name}
        seen = getattr(record, "seen", None)
        found |= _event(seen) if isinstance(seen, Seen) else {"message": said(record)}
        return json.dumps(found, ensure_ascii=False)


def _event(seen: Seen) -> dict[str, object]:
    told = {"action": seen.action, "outcome": seen.outcome, "duration_ms": round(seen.seconds * 1000, 1)}
    more = {"key": seen.key, "platform": seen.platform, "status": seen.status, "why": seen.why}
    return told | {name: value for name, value in more.items() if value}


def said(record: logging.LogRecord) -> str:
    """What a line says, with nothing in it that anybody wrote."""
    ours = record.name.partition(".")[0] == OURS
    text = record.getMessage() if ours else _fixed(record)
    fault = record.exc_info[1] if record.exc_info else None
    return " ".join((f"{text}; {where(fault)}" if fault else text).split("\n"))


def _fixed(record: logging.LogRecord) -> str:
    """A library's message without what it put in; where that stands in it already, only the line that said it."""
    if record.args and isinstance(record.msg, str):
        return record.msg
    return f"{record.module}:{record.lineno}"
