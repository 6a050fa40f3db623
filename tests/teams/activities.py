"""Whether an activity that the bot sends is one Teams takes and shows whole."""

import json
from typing import Any

from tests.teams import adaptive, values
from tests.teams.refusals import Err
from tests.teams.tenant import Json

MOST_BYTES = 100 * 1024
CARD = "application/vnd.microsoft.card.adaptive"
CONSENT = "application/vnd.microsoft.teams.card.file.consent"
INFO = "application/vnd.microsoft.teams.card.file.info"
SIMPLE = ("application/vnd.microsoft.card.hero", "application/vnd.microsoft.card.thumbnail")
TYPES = ("message", "typing")
KNOWN = {
    *("type", "id", "text", "textFormat", "attachmentLayout", "attachments", "summary", "locale", "inputHint"),
    *("entities", "channelData", "channelId", "serviceUrl", "from", "recipient", "conversation", "replyToId"),
    *("importance", "deliveryMode", "timestamp", "localTimestamp", "speak", "suggestedActions", "value", "action"),
}


def size(body: Json) -> int:
    """How big it is, as Teams counts: JSON in UTF-16."""
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le", "surrogatepass"))


def refuse(body: Any) -> None:
    """Refuse what Teams itself refuses."""
    if not isinstance(body, dict) or body.get("type") not in TYPES:
        raise Err(400, "BadSyntax", "Activity type is missing or cannot be sent")
    if size(body) > MOST_BYTES:
        raise Err(413, "MessageSizeTooBig", "Message size too large")
    if body["type"] == "message" and not (body.get("text") or body.get("attachments")):
        raise Err(400, "BadSyntax", "Activity must include non empty 'text' field or at least 1 attachment")


def faults(body: Json) -> list[str]:
    """What Teams takes and does not show, or not as it was meant."""
    found = [f"activity: knows no {name!r}" for name in body if name not in KNOWN]
    if body.get("textFormat", "plain") not in ("plain", "markdown", "xml"):
        found.append(f"textFormat: {body['textFormat']!r}")
    found += [f"{name}: is no text" for name in ("text", "summary") if not isinstance(body.get(name, ""), str)]
    for number, entity in enumerate(body.get("entities") or ()):
        found += [f"entities[{number}]: {problem}" for problem in _entity(entity, str(body.get("text") or ""))]
    for number, attachment in enumerate(body.get("attachments") or ()):
        found += [f"attachments[{number}].{problem}" for problem in _attachment(attachment)]
    if body.get("attachments") and not body.get("summary") and not body.get("text"):
        found.append("activity: without a summary its notification says nothing")
    return found


def _entity(entity: Json, text: str) -> list[str]:
    if entity.get("type") != "mention":
        return []
    problem = values.mention(entity)
    if problem:
        return [problem]
    return [] if entity["text"] in text else [f"{entity['text']!r} stands not in the text"]


def _attachment(found: Any) -> list[str]:
    if not isinstance(found, dict):
        return ["is no attachment"]
    content = found.get("content")
    match found.get("contentType"):
        case "application/vnd.microsoft.card.adaptive":
            return adaptive.faults(content)
        case "application/vnd.microsoft.teams.card.file.consent":
            return consent_faults(found)
        case "application/vnd.microsoft.teams.card.file.info":
            whole = found.get("name") and found.get("contentUrl") and {"uniqueId", "fileType"} <= set(content or ())
            return [] if whole else ["a file needs name, contentUrl, uniqueId and fileType"]
        case kind if kind in SIMPLE:
            return thumbnail_faults(content)
        case kind:
            return [f"contentType {kind!r} is shown to nobody"]


def consent_faults(found: Json) -> list[str]:
    """What is wrong with a card that asks whether a file may be stored."""
    content = found.get("content")
    wanted = {"description", "sizeInBytes", "acceptContext", "declineContext"}
    if not found.get("name") or not isinstance(content, dict) or set(content) - wanted:
        return ["a file consent needs a name and knows description, sizeInBytes, acceptContext and declineContext"]
    if not isinstance(content.get("sizeInBytes"), int) or content["sizeInBytes"] < 1:
        return ["sizeInBytes is no size"]
    return []


def thumbnail_faults(content: Any) -> list[str]:
    """What is wrong with a small card, such as a preview."""
    if not isinstance(content, dict) or not content.get("title"):
        return ["a small card needs a title"]
    strange = set(content) - {"title", "subtitle", "text", "images", "buttons", "tap"}
    return [f"a small card knows no {sorted(strange)}"] if strange else []
