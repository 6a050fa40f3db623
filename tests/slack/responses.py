"""response_url: five answers within thirty minutes, to the person who acted and to the message it came from."""

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from tests.slack import blockkit
from tests.slack.calls import refuse as refuse_call
from tests.slack.calls import refused
from tests.slack.workspace import Json, Message, Workspace, numbered

if TYPE_CHECKING:
    from tests.slack.server import LocalSlack

USES, LIVES_S = 5, 1_800.0


@dataclass(eq=False)
class ResponseUrl:
    """One such address."""

    workspace: Workspace
    channel: str
    user: str
    origin: Message | None
    at: float
    uses: int = 0


async def respond(slack: "LocalSlack", request: web.Request) -> web.StreamResponse:
    """Take an answer, or say why not."""
    from tests.slack.server import Call

    found = slack.response_urls.get(request.path)
    sent = await _json(request)
    call = Call("response_url", sent or {}, "", slack.now())
    slack.calls.append(call)
    refusal = refused(slack, "response_url", found.channel if found else "", found.workspace.id if found else "")
    if refusal and not refusal.late:
        return await refuse_call(refusal, request, call)
    call.status, error = _answered(slack, found, sent)
    if error:
        call.answer = {"ok": False, "error": error}
        return web.json_response(call.answer, status=call.status)
    if refusal:
        await asyncio.sleep(refusal.late)
    call.answer = {"ok": True}
    return web.Response(text="ok")


async def _json(request: web.Request) -> Json | None:
    """The body, which has to be a JSON object."""
    try:
        found = json.loads(await request.text())
    except ValueError:
        return None
    return found if request.content_type == "application/json" and isinstance(found, dict) else None


def _answered(slack: "LocalSlack", found: ResponseUrl | None, sent: Json | None) -> tuple[int, str]:
    """Do what was asked; the status and Slack's word for a refusal."""
    if found is None:
        return 404, "no_service"
    if slack.now() - found.at > LIVES_S:
        return 404, "expired_url"
    if found.uses >= USES:
        return 200, "used_url"
    if sent is None:
        return 400, "invalid_payload"
    found.uses += 1
    if sent.get("delete_original"):
        return _deleted(found)
    faults = blockkit.message_faults(sent) if slack.lints else []
    slack.advice += blockkit.advice(sent)
    if faults:
        slack.faults += [f"response_url: {fault}" for fault in faults]
        return 400, "invalid_blocks"
    return _replaced(found, sent, slack) if sent.get("replace_original") else _added(slack, found, sent)


def _deleted(found: ResponseUrl) -> tuple[int, str]:
    if found.origin is None or found.origin.deleted:
        return 404, "message_not_found"
    found.origin.deleted = True
    return 200, ""


def _replaced(found: ResponseUrl, sent: Json, slack: "LocalSlack") -> tuple[int, str]:
    """Only the message it came from can be replaced, and it stays for those who saw it."""
    if found.origin is None or found.origin.deleted or not found.origin.by_bot:
        return 404, "message_not_found"
    found.origin.write(str(sent["text"]), sent.get("blocks") or [])
    slack.attention(found.user, found.origin)
    return 200, ""


def _added(slack: "LocalSlack", found: ResponseUrl, sent: Json) -> tuple[int, str]:
    show(slack, found, sent)
    return 200, ""


def show(slack: "LocalSlack", found: ResponseUrl, sent: Json) -> Message:
    """Show an answer: to the person alone, or to the channel."""
    home = found.workspace
    thread = str(sent.get("thread_ts") or "")
    blocks = numbered(sent.get("blocks") or [])
    text = str(sent.get("text") or "")
    message = Message(found.channel, slack.ts(), home.bot_user, text, blocks, thread, by_bot=True)
    if sent.get("response_type") == "in_channel":
        slack.post(home, home.channels[found.channel], message)
        slack.attention(found.user, message)
        return message
    return slack.whisper(home, found.user, message)
