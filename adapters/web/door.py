"""What every request to the pages passes: the cookie, where it came from, and the headers of every answer."""

from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from adapters.web.wants import Refused
from bot.settings import Settings
from bot.sign_ins import PAGES
from storage.sign_ins import SessionRow

LARGEST = 64 * 1024
THEME, THEME_KEPT = "kizuki-theme", 365 * 24 * 3600
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Forms need to be told apart from those of other pages: with no-referrer a browser would hide where they stand.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
PRIVATE = {"Cache-Control": "no-store", "Vary": "Cookie"}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


class Door:
    """Cookies and headers, as the address in app.yaml wants them."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.server.url
        self.secure = settings.address.startswith("https://")
        # A browser takes the first name only with Secure, for the whole host and from nobody else.
        self.cookie = "__Host-kizuki" if self.secure else "kizuki"
        self._headers = {**HEADERS, **PRIVATE, **(HSTS if self.secure else {})}

    def secret(self, request: web.Request) -> str:
        """What the cookie of a request holds, "" without one."""
        return request.cookies.get(self.cookie, "")[:200]

    def let_in(self, response: web.StreamResponse, secret: str) -> None:
        """Have the browser keep a secret until it is closed."""
        response.set_cookie(self.cookie, secret, path="/", httponly=True, secure=self.secure, samesite="Lax")

    def let_out(self, response: web.StreamResponse) -> None:
        """Have the browser forget it."""
        response.del_cookie(self.cookie, path="/", httponly=True, secure=self.secure, samesite="Lax")

    def keep_theme(self, response: web.StreamResponse, theme: str) -> None:
        """Have this browser remember light or dark."""
        how = {"path": PAGES, "httponly": True, "secure": self.secure, "samesite": "Lax"}
        if theme:
            response.set_cookie(THEME, theme, max_age=THEME_KEPT, **how)  # type: ignore[arg-type]
        else:
            response.del_cookie(THEME, path=PAGES)

    def dress(self, response: web.StreamResponse) -> None:
        """Give an answer the headers of all."""
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)

    def own(self, request: web.Request) -> None:
        """Refuse what was not sent by a page of these."""
        site, origin = request.headers.get("Sec-Fetch-Site", "same-origin"), request.headers.get("Origin")
        if site not in ("same-origin", "none") or (origin is not None and origin != self._here(request)):
            raise Refused(403, "elsewhere")

    def _here(self, request: web.Request) -> str | None:
        """Where these pages are: as app.yaml says; without that, as a request says that came from this very machine."""
        if self._url:
            found = urlsplit(self._url)
            return f"{found.scheme}://{found.netloc}"
        return f"{request.scheme}://{request.host}" if _is_loopback(request.host) else None


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def theme(request: web.Request) -> str:
    """Light or dark, as this browser was told; "" leaves it to the system."""
    found = request.cookies.get(THEME, "")
    return found if found in ("light", "dark") else ""


def language(request: web.Request, otherwise: str) -> str:
    """The language of somebody nobody knows yet."""
    asked = request.headers.get("Accept-Language", "").lower()
    return "en" if asked.startswith("en") else "ja" if asked.startswith("ja") else otherwise


def form_is(session: SessionRow, given: str) -> bool:
    """Whether a form is one that was drawn for this session."""
    return compare_digest(session.form.encode(), given.encode())


async def fields(request: web.Request) -> dict[str, str]:
    """The fields of a form, refused before it grows large."""
    if request.content_type != "application/x-www-form-urlencoded" or (request.content_length or 0) > LARGEST:
        raise Refused(400, "no_form")
    data = await request.post()
    return {name: value for name, value in data.items() if isinstance(value, str)}
