"""Files: an address to upload to, the upload, and sharing what was uploaded."""

from typing import TYPE_CHECKING

from aiohttp import web

from tests.slack.calls import Ask, method, refused
from tests.slack.calls import refuse as refuse_call
from tests.slack.methods import destination, needed
from tests.slack.refusals import Err
from tests.slack.workspace import Json, Message, ident

if TYPE_CHECKING:
    from tests.slack.server import LocalSlack


@method("files.getUploadURLExternal", "files:write", takes_json=False)
def get_upload_url(ask: Ask) -> Json:
    """An address for one file of so many bytes."""
    from tests.slack.server import File

    name, length = needed(ask, "filename"), str(ask.args.get("length") or "")
    if not length.isdigit() or int(length) < 1:
        raise Err("invalid_arguments", response_metadata={"messages": ["[ERROR] must be greater than 0: length"]})
    found = File(ident("F"), name, int(length))
    ask.slack.files[found.id] = found
    return {"upload_url": f"{ask.slack.url}/upload/v1/{found.id}", "file_id": found.id}


async def upload(slack: "LocalSlack", request: web.Request) -> web.StreamResponse:
    """Take the bytes; no token is asked for here."""
    from tests.slack.server import Call

    call = Call("upload", {"id": request.match_info["id"]}, "", slack.now())
    slack.calls.append(call)
    if (refusal := refused(slack, "upload", "", "")) is not None:
        return await refuse_call(refusal, request, call)
    found = slack.files.get(request.match_info["id"])
    content = await _content(request)
    if found is None or found.content is not None:
        return web.Response(status=404, text="not found")
    if len(content) != found.length:
        return web.Response(status=400, text="length")
    found.content = content
    return web.Response(text=f"OK - {len(content)}")


async def _content(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    part = next((p for p in (await request.post()).values() if isinstance(p, web.FileField)), None)
    return part.file.read() if part else b""


@method("files.completeUploadExternal", "files:write")
def complete_upload(ask: Ask) -> Json:
    """Share uploaded files in a conversation, which is named by its own id."""
    files = ask.args.get("files")
    if not isinstance(files, list) or not files:
        raise Err("invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: files"]})
    found = [ask.slack.files.get(str(f.get("id"))) for f in files]
    done = [f for f in found if f is not None and f.content is not None]
    if len(done) != len(files):
        raise Err("file_not_found")
    for file, given in zip(done, files, strict=True):
        file.title = str(given.get("title") or file.name)
    if ask.args.get("channel_id"):
        _share(ask, needed(ask, "channel_id"), [f.id for f in done])
    return {"files": [{"id": f.id, "title": f.title, "name": f.name} for f in done]}


def _share(ask: Ask, channel: str, files: list[str]) -> None:
    home, where = destination(ask, channel, people=False)
    text = str(ask.args.get("initial_comment") or "")
    thread = str(ask.args.get("thread_ts") or "")
    message = Message(where.id, ask.slack.ts(), home.bot_user, text, [], thread, by_bot=True, files=files)
    for file in files:
        ask.slack.files[file].shared.append(where.id)
    ask.slack.post(home, where, message)
