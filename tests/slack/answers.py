"""What Slack makes of the app's answer to something a person did: shown, applied to a dialog, or "that failed"."""

from typing import TYPE_CHECKING

from tests.slack import blockkit
from tests.slack.deliveries import Answer
from tests.slack.refusals import Err
from tests.slack.responses import show
from tests.slack.views import lay
from tests.slack.workspace import Json, View

if TYPE_CHECKING:
    from tests.slack.person import Person


def to_command(person: "Person", form: Json, answer: Answer) -> None:
    """The body of the answer is shown: as text, or as a message with blocks."""
    if not answer.ok:
        word = "operation_timeout" if answer.why == "http_timeout" else "dispatch_failed"
        person.warnings.append(f'{form["command"]} failed with the error "{word}"')
        return
    sent = answer.json or ({"text": answer.body} if answer.body.strip() else {})
    if not sent or not (sent.get("text") or sent.get("blocks")):
        return
    slack = person.slack
    faults = blockkit.message_faults(sent) if slack.lints else []
    slack.advice += blockkit.advice(sent)
    if faults:
        slack.faults += [f"answer to {form['command']}: {fault}" for fault in faults]
        person.warnings.append(f'{form["command"]} failed with the error "invalid_command_response"')
        return
    show(slack, slack.response_urls[form["response_url"].removeprefix(slack.url)], sent)


def to_interaction(person: "Person", answer: Answer) -> None:
    """A press is only acknowledged; what its answer carries is shown to nobody."""
    if not answer.ok:
        person.warnings.append("This app did not respond")
    elif answer.body.strip() and answer.json != {"text": ""}:
        person.slack.faults.append("the answer to an interaction carries a body, which nobody sees")


def to_submission(person: "Person", view: View, answer: Answer) -> None:
    """Nothing closes the dialog; else it is updated, covered, cleared, or marked at its fields."""
    if not answer.ok:
        person.warnings.append("We had some trouble connecting. Try again?")
        return
    sent = answer.json
    match sent.get("response_action"):
        case None:
            _close(person, view)
        case "clear":
            person.modals.clear()
        case "errors":
            _mark(person, view, sent.get("errors"))
        case "update":
            _draw(person, view, sent.get("view"), over=False)
        case "push":
            _draw(person, view, sent.get("view"), over=True)
        case other:
            person.slack.faults.append(f"unknown response_action {other!r}")


def _close(person: "Person", view: View) -> None:
    if view in person.modals:
        person.modals.remove(view)


def _mark(person: "Person", view: View, errors: object) -> None:
    """An error stands at an input block of this very view, else Slack shows nothing but trouble."""
    fields = {b["block_id"] for b in view.blocks if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        person.slack.faults.append("response_action errors without errors")
        return
    for name, text in errors.items():
        if name not in fields:
            person.slack.faults.append(f"an error for {name!r}, which is no input block of the dialog")
        elif not isinstance(text, str) or not text:
            person.slack.faults.append(f"an empty error for {name!r}")
        else:
            view.errors[name] = text


def _draw(person: "Person", view: View, body: object, *, over: bool) -> None:
    if not isinstance(body, dict) or body.get("type") != "modal":
        person.slack.faults.append("response_action without a modal")
        return
    faults = blockkit.view_faults(body) if person.slack.lints else []
    if faults:
        person.slack.faults += [f"answer to a dialog: {fault}" for fault in faults]
        person.warnings.append("We had some trouble connecting. Try again?")
        return
    if not over:
        view.write(body)
        return
    try:
        lay(person.workspace, person.id, body, view)
    except Err as err:
        person.slack.faults.append(f"answer to a dialog: {err.error}")
