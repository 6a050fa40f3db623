"""The bodies with which invokes are answered."""

from typing import Any

from adapters.texts import cut

Json = dict[str, Any]
ADAPTIVE = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"
ERROR = "application/vnd.microsoft.error"
TOLD = 300


def drawn(card: Json) -> Json:
    """A card in the place of the one whose button was pressed."""
    return {"statusCode": 200, "type": ADAPTIVE, "value": card}


def said(text: str) -> Json:
    """A few words under the card, which stays as it is."""
    return {"statusCode": 200, "type": MESSAGE, "value": cut(text, TOLD)}


def failed(text: str) -> Json:
    """What went wrong, said under the card; nothing was done, and it may be pressed again."""
    return {"statusCode": 500, "type": ERROR, "value": {"code": "busy", "message": cut(text, TOLD)}}


def task(value: Json) -> Json:
    """A dialog, opened or with something else in it."""
    return {"task": {"type": "continue", "value": value}}


def word(text: str) -> Json:
    """A dialog that closes with a few words."""
    return {"task": {"type": "message", "value": cut(text, TOLD)}}


def results(found: list[Json]) -> Json:
    """What a search found."""
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": found}}


def nothing(text: str) -> Json:
    """Why a search found nothing."""
    return {"composeExtension": {"type": "message", "text": cut(text, TOLD)}}


def result(card: Json, title: str, text: str) -> Json:
    """One thing found: the card that is inserted, and how it is listed."""
    preview = {"contentType": "application/vnd.microsoft.card.thumbnail", "content": {"title": title, "text": text}}
    return {"contentType": ADAPTIVE, "content": card, "preview": preview}
