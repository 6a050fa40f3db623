"""What the log may say: what was done and where it failed, never a word of what was written."""

from collections.abc import Container

from bot.events import Command, Event, Press

# Only the writer of a nameless note follows it or takes it back, and some of them confirm one.
SILENT = frozenset(("note.confirm", "note.follow", "note.unseal"))
COMMANDS = frozenset(("kizuki", "kudos", "pulse"))
# Whatever somebody presses in a survey: next to it stands what was answered, and how often.
HIDDEN = "pulse."


def named(event: Event, actions: Container[str]) -> str:
    """What an event is called in log and figures; a command or action nobody knows is not repeated there."""
    match event:
        case Command():
            return f"command {event.name if event.name in COMMANDS else '?'}"
        case Press():
            return f"press {event.action}" if event.action in actions else "press ?"
        case _:
            return type(event).__name__.lower()


def key(event: Event) -> str:
    """The key of an event as the log shows it: it may name the account, so none where nobody may know who pressed."""
    return "-" if hides(event) or (isinstance(event, Press) and event.action in SILENT) else event.key


def platform(event: Event) -> str:
    """Where an event came from; nowhere, where that alone could tell who it was: few may use a platform."""
    return "" if key(event) == "-" else event.where.platform


def hides(event: Event) -> bool:
    """Whether nothing may be kept that names the account behind an event, not even its key."""
    return isinstance(event, Press) and event.action.startswith(HIDDEN)


def where(fault: BaseException) -> str:
    """The kind of a fault and the lines it came through; never its message, which may hold what a person wrote."""
    steps = []
    trace = fault.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        steps.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(fault).__name__} at {' > '.join(steps[-5:])}"
