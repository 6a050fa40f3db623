"""Files made for one person, as downloads: whose they are is asked again at every fetch."""

from urllib.parse import quote

from aiohttp import web

from adapters.files.fetching import Fetched

# A page opened from the downloads runs nothing and fetches nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def download(file: Fetched) -> web.Response:
    """A file as an attachment under its own name, in whatever script that is (RFC 5987), kept by no cache."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in file.name)
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
    }
    charset = "utf-8" if file.media.startswith("text/") or file.media == "application/json" else None
    return web.Response(body=file.content, content_type=file.media, charset=charset, headers=headers)
