"""What Teams makes of the app's answer to an invoke: a card in place of a card, a dialog, a notice, or "wrong"."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.teams import activities, adaptive
from tests.teams.adaptive import Surface
from tests.teams.conversations import CARD, Conversation, Message
from tests.teams.deliveries import Answer
from tests.teams.dialogs import Dialog, Notice, Result
from tests.teams.tenant import Json

if TYPE_CHECKING:
    from tests.teams.person import Person

WRONG = "Something went wrong. Please try again."
UNREACHED = "Unable to reach app. Please try again."
MESSAGE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
SIZES = ("small", "medium", "large")


def to_activity(person: "Person", answer: Answer) -> None:
    """Nobody sees the answer to a message, unless there was none."""
    if not answer.ok:
        person.warnings.append(UNREACHED)


def to_execute(person: "Person", message: Message, answer: Answer) -> None:
    """A card takes the place of the card for this one person; a text is shown for a moment."""
    body = answer.json
    if answer.status != 200 or not body:
        person.warnings.append(WRONG)
        return
    status, kind, value = body.get("statusCode"), body.get("type"), body.get("value")
    if kind == CARD and status == 200 and isinstance(value, dict):
        if drawn(person, value, "message", "answer to a button"):
            message.view(person.id, value)
            person.looks_at(message)
    elif kind == MESSAGE and status == 200 and isinstance(value, str) and value:
        person.looks_at(Notice(value))
    elif kind == ERROR and isinstance(status, int) and status >= 400 and isinstance(value, dict):
        person.warnings.append(str(value.get("message") or WRONG))
    else:
        _odd(person, f"answer to a button: {body!r} is no answer")


def to_task(person: "Person", dialog: Dialog, answer: Answer) -> None:
    """A dialog opens, becomes another, shows a text, or closes. `dialog` tells where it was or will be open."""
    if not answer.ok:
        person.warnings.append(WRONG)
        return
    body = answer.json
    if not answer.body.strip() or body == {}:
        person.dialog = None
        return
    if "composeExtension" in body and dialog.command:
        person.dialog = None
        found = results(person, body["composeExtension"])
        person.drafts += found[:1]
        return
    _opened(person, dialog, body.get("task"))


def _opened(person: "Person", dialog: Dialog, task: Any) -> None:
    kind, value = (task.get("type"), task.get("value")) if isinstance(task, dict) else (None, None)
    if kind == "message" and isinstance(value, str):
        person.dialog = Dialog("", dialog.where, text=value, message=dialog.message)
    elif kind == "continue" and isinstance(value, dict):
        if not _frame_is_right(value):
            _odd(person, f"dialog: title, height, width and card are wanted, not {sorted(value)}")
            return
        card = (value.get("card") or {}).get("content")
        if drawn(person, card, "dialog", "dialog"):
            shown = replace(dialog, title=value["title"], card=card, text="", typed={})
            shown.height, shown.width = value.get("height", "medium"), value.get("width", "medium")
            person.dialog = shown
    else:
        _odd(person, f"answer to a dialog: {task!r} is no dialog")


def _frame_is_right(value: Json) -> bool:
    attachment = value.get("card")
    right = isinstance(attachment, dict) and attachment.get("contentType") == CARD
    sizes = all(isinstance(value.get(n, 1), int) or value[n] in SIZES for n in ("height", "width"))
    title = isinstance(value.get("title"), str) and bool(value["title"])
    return right and sizes and title and set(value) <= {"title", "height", "width", "card"}


def to_query(person: "Person", answer: Answer) -> None:
    """A search shows what was found, or a line."""
    person.results = []
    if answer.status != 200 or not answer.json:
        person.warnings.append(WRONG)
        return
    person.results = results(person, answer.json.get("composeExtension"))


def results(person: "Person", extension: Any) -> list[Result]:
    """What a message extension answers with, each part looked at."""
    kind = extension.get("type") if isinstance(extension, dict) else None
    if kind == "message" and isinstance(extension.get("text"), str):
        person.looks_at(Notice(extension["text"]))
        return []
    attachments = extension.get("attachments") if isinstance(extension, dict) else None
    layout = extension.get("attachmentLayout") in ("list", "grid") if isinstance(extension, dict) else False
    if kind != "result" or not isinstance(attachments, list) or not layout:
        _odd(person, f"composeExtension: {extension!r} is no result")
        return []
    return [found for a in attachments if (found := _result(person, a))]


def _result(person: "Person", attachment: Json) -> Result | None:
    preview = (attachment.get("preview") or {}).get("content") or {}
    problems = activities.thumbnail_faults(preview)
    if attachment.get("contentType") == CARD:
        problems += adaptive.faults(attachment.get("content"), "plain")
    if problems and person.teams.lints:
        person.teams.faults += [f"result: {problem}" for problem in problems]
        return None
    title, text = str(preview.get("title", "")), str(preview.get("text", ""))
    return Result(title, text, str(attachment["contentType"]), attachment["content"])


def drawn(person: "Person", card: Any, surface: Surface, what: str) -> bool:
    """Whether the card can be shown."""
    problems = adaptive.faults(card, surface)
    if not person.teams.lints or not problems:
        return isinstance(card, dict)
    person.teams.faults += [f"{what}: {problem}" for problem in problems]
    person.warnings.append(WRONG)
    return False


def _odd(person: "Person", fault: str) -> None:
    person.teams.faults.append(fault)
    person.warnings.append(WRONG)


def opening(where: Conversation, message: Message | None = None, command: str = "", context: str = "") -> Dialog:
    """A dialog that is being asked for."""
    return Dialog("", where, message=message, command=command, context=context)
