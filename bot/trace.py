"""What the log may say: what was done and where it failed, never a word of what was written."""

from collections.abc import Container

from bot.events import Command, Event, Press


def named(event: Event, actions: Container[str]) -> str:
    """What an event is called in the log; an action nobody knows is not repeated there."""
    match event:
        case Command():
            return f"command {event.name}"
        case Press():
            return f"press {event.action}" if event.action in actions else "press ?"
        case _:
            return type(event).__name__.lower()


def where(fault: BaseException) -> str:
    """The kind of a fault and the lines it came through; never its message, which may hold what a person wrote."""
    steps = []
    trace = fault.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        steps.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(fault).__name__} at {' > '.join(steps[-5:])}"
