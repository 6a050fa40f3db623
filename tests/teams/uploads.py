"""The place in somebody's OneDrive that a file goes to after they agreed to it."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from tests.teams.login import refusal
from tests.teams.tenant import Json, guid

if TYPE_CHECKING:
    from tests.teams.server import LocalTeams

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(eq=False)
class Upload:
    """A file on its way; `content` holds what arrived, `whole` says that nothing is missing."""

    id: str
    name: str
    length: int
    content: bytes = b""
    whole: bool = False

    def told(self, base: str) -> Json:
        """`uploadInfo` of the invoke that says yes."""
        kind = self.name.rpartition(".")[2]
        page = f"https://city-my.sharepoint.com/personal/Documents/Applications/{self.name}"
        found = {"contentUrl": page, "name": self.name, "uploadUrl": f"{base}upload/{self.id}"}
        return {**found, "uniqueId": guid("file", self.id).upper(), "fileType": kind}


def routes(teams: "LocalTeams") -> list[web.RouteDef]:
    """The address that takes a file."""

    async def put(request: web.Request) -> web.Response:
        refused = refusal(teams, "upload")
        if refused:
            return web.json_response({"error": {"code": "serviceNotAvailable"}}, status=refused.status)
        return await _put(teams, request)

    return [web.put("/upload/{upload}", put)]


async def _put(teams: "LocalTeams", request: web.Request) -> web.Response:
    found = teams.uploads.get(request.match_info["upload"])
    if found is None or found.whole:
        return web.json_response({"error": {"code": "itemNotFound"}}, status=404)
    if "Authorization" in request.headers:
        teams.faults.append("upload: the address itself is the permission, and a token shown there is refused")
        return web.json_response({"error": {"code": "unauthenticated"}}, status=401)
    content = await request.read()
    span = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
    if span is None:
        return web.json_response({"error": {"code": "invalidRequest"}}, status=400)
    first, last, length = map(int, span.groups())
    if first != len(found.content) or last - first + 1 != len(content) or length != found.length:
        return web.json_response({"error": {"code": "invalidRange"}}, status=416)
    found.content += content
    found.whole = len(found.content) == length
    if not found.whole:
        return web.json_response({"nextExpectedRanges": [f"{len(found.content)}-"]}, status=202)
    return web.json_response({"id": found.id, "name": found.name, "size": length}, status=201)
