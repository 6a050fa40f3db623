"""What somebody does beside messages and their buttons: the message extension, dialogs, and files."""

from typing import TYPE_CHECKING

from tests.teams import answers, payloads
from tests.teams.activities import CONSENT
from tests.teams.conversations import Conversation, Message
from tests.teams.deliveries import Answer, How
from tests.teams.dialogs import Dialog, Result
from tests.teams.plain import copied
from tests.teams.tenant import Json, guid
from tests.teams.uploads import Upload

if TYPE_CHECKING:
    from tests.teams.person import Person


async def fetches(person: "Person", command: str, message: Message | None, where: Conversation, how: How) -> None:
    """Ask for the dialog of an action, of a message or of the message field."""
    context, there = ("message", message.conversation) if message else ("compose", where)
    more: Json = {"messagePayload": payloads.quoted(person.teams, message)} if message else {}
    value = payloads.extension(command, context, requestId=guid("request", person.teams.stamp()), **more)
    answer = await _invokes(person, there, "composeExtension/fetchTask", value, message, how)
    answers.to_task(person, answers.opening(there, message, command, context), answer)


async def sends(person: "Person", dialog: Dialog, data: Json, how: How) -> None:
    """Send what stands in a dialog, to whoever opened it."""
    if not dialog.command:
        answer = await person.invokes(dialog.where, "task/submit", payloads.task(data), None, how)
    else:
        quoted: Json = {"messagePayload": payloads.quoted(person.teams, dialog.message)} if dialog.message else {}
        value = payloads.extension(dialog.command, dialog.context, data=data, **quoted)
        answer = await _invokes(person, dialog.where, "composeExtension/submitAction", value, dialog.message, how)
    answers.to_task(person, dialog, answer)


async def _invokes(
    person: "Person", where: Conversation, name: str, value: Json, message: Message | None, how: How
) -> Answer:
    """In a channel the thread of the message is named, but the invoke answers to no activity of the bot."""
    activity = payloads.invoke(person.teams, person.account, where, name, value, on=message)
    activity.pop("replyToId", None)
    activity["channelData"]["source"] = {"name": "message" if message else "compose"}
    person.answer = await person.teams.deliveries.deliver(activity, how)
    return person.answer


async def searches(
    person: "Person", text: str, command: str, where: Conversation, parameter: str, how: How
) -> list[Result]:
    """Search; without a text it is the first look, which Teams calls the initial run."""
    given = {"name": parameter or "words", "value": text} if text else {"name": "initialRun", "value": "true"}
    value = {"commandId": command, "parameters": [given], "queryOptions": {"skip": 0, "count": 25}}
    answer = await _invokes(person, where, "composeExtension/query", value, None, how)
    answers.to_query(person, answer)
    return person.results


def inserts(person: "Person", result: Result, where: Conversation) -> Message:
    """Post a card as one's own message."""
    assert person.account in where.people, f"{person.name} is not in {where.name or where.id}"
    ident = person.teams.stamp()
    attachment = {"contentType": result.content_type, "content": copied(result.content)}
    root = ident if where.kind == "channel" else ""
    said: Json = {"type": "message", "text": "", "attachments": [attachment]}
    return person.teams.post(Message(ident, where, person.id, said, root))


async def answers_file(person: "Person", message: Message | None, action: str, how: How) -> str:
    """Say yes or no to a file that the bot offers; it goes to an address that is told with a yes."""
    offered = message or person.looking
    assert isinstance(offered, Message), f"{person.name} sees no file"
    consent = next((a for a in offered.attachments if a.get("contentType") == CONSENT), None)
    assert consent is not None, f"{person.name} sees no file"
    content = consent["content"]
    value: Json = {"type": "fileUpload", "action": action, "context": content.get(f"{action}Context")}
    if action == "accept":
        upload = Upload(guid("upload", offered.id), consent["name"], content["sizeInBytes"])
        person.teams.uploads[upload.id] = upload
        value["uploadInfo"] = upload.told(person.teams.url)
    answer = await person.invokes(offered.conversation, "fileConsent/invoke", value, offered, how)
    if not answer.ok:
        person.warnings.append(answers.WRONG)
    return person.sees


async def reaction(person: "Person", name: str, kind: str, message: Message, how: How) -> str:
    """Tell the bot of an emoji under one of its messages; of others it does not hear."""
    where = message.conversation
    if message.by_bot and where.bot:
        told: Json = {name: [{"type": kind}], "replyToId": message.id}
        found = payloads.activity(person.teams, "messageReaction", person.account, where, root=message.root, **told)
        async with person.waiting(where):
            await person.tells(found, how)
    return person.sees
