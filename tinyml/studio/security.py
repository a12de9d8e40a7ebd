"""Who may ask: a browser on this computer (or one that knows the password) that was opened with the token, and its own page.

Another page in the same browser can send requests here, but it can neither read the token nor hide where it comes from.
"""

import hmac
import ipaddress
import secrets
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY_BYTES = 8 << 20  # of anything but an upload
PAUSE_S = 1.0  # after a wrong password; one at a time
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), serial=(self), microphone=(), geolocation=()",
}
CLOSED = "This page opens with the address that `tinyml studio` prints: it holds a key. Copy that address into the browser."
LOGIN = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>tinyml studio</title><link rel="stylesheet" href="/static/studio.css">
<main class="login"><form method="post" action="/login"><h1>tinyml studio</h1>
<label>Password<input type="password" name="password" autofocus required autocomplete="current-password"></label>
<button class="primary">Open</button></form></main></html>"""


@dataclass
class Rights:
    """What a request must show: the token as a cookie, and a Host that is this server's own."""

    port: int
    host: str = "127.0.0.1"
    password: str = ""  # where the home network may ask
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _last_wrong: float = 0.0

    @property
    def cookie(self) -> str:
        """The cookie's name; a browser keeps one for all ports of a host."""
        return f"tinyml_studio_{self.port}"

    @property
    def address(self) -> str:
        """Where the page opens; with the token in it where no password is asked for."""
        place = f"http://{self.host}:{self.port}/"
        return place if self.password else f"{place}?token={self.token}"

    def knows_host(self, host: str) -> bool:
        """Tell whether a Host header names this server; a name that another's name server gave is none of its own."""
        try:
            parts = urlsplit(f"//{host}")
            name, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        if port != self.port:
            return False
        if name in ("127.0.0.1", "localhost"):
            return True
        if not self.password:
            return False
        own = socket.gethostname().lower()
        return name in (self.host, own, f"{own}.local") or _is_address(name)

    def accepts(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.token.encode())

    def accepts_password(self, password: str) -> bool:
        """Tell whether a password is the right one; after a wrong one none counts for `PAUSE_S`."""
        if not self.password or time.monotonic() - self._last_wrong < PAUSE_S:
            return False
        right = hmac.compare_digest(password.encode(), self.password.encode())
        if not right:
            self._last_wrong = time.monotonic()
        return right


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Gate:
    """ASGI middleware that lets through what `Rights` allows, and adds the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp, rights: Rights) -> None:
        self.app, self.rights = app, rights

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = await self._refusal(scope, receive)
        await (refusal or self.app)(scope, receive, send_with_headers)

    async def _refusal(self, scope: Scope, receive: Receive) -> Response | None:
        """Return the answer to a request that goes no further, None for one that may pass."""
        rights, headers = self.rights, Headers(scope=scope)
        if not rights.knows_host(headers.get("host", "")):
            return PlainTextResponse("this server is not called that", 421)
        own = {f"http://{headers['host']}"}
        site, origin = headers.get("sec-fetch-site", "none"), headers.get("origin")
        writes = scope["method"] not in ("GET", "HEAD")
        if origin not in (None, *own) or (writes and origin is None) or site not in ("same-origin", "none"):
            navigates = not writes and headers.get("sec-fetch-mode") == "navigate" and origin is None
            if not navigates:
                return PlainTextResponse("requests from other pages are refused", 403)
        if scope["path"] == "/" and scope["method"] == "GET" and scope["query_string"]:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
            return self._opened() if rights.accepts(given) else PlainTextResponse(CLOSED, 403)
        if rights.accepts(cookie_parser(headers.get("cookie", "")).get(rights.cookie, "")):
            return self._too_large(scope, headers)
        if rights.password:
            if scope["path"] == "/login" and writes:
                return await self._login(receive)
            if scope["path"] in ("/", "/login"):
                return Response(LOGIN, 200, media_type="text/html")
            if scope["path"] == "/static/studio.css":
                return None
        return PlainTextResponse(CLOSED, 403)

    def _opened(self) -> Response:
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self.rights.cookie, self.rights.token, httponly=True, samesite="strict")
        return answer

    async def _login(self, receive: Receive) -> Response:
        body = b""
        while len(body) < 4096:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        given = parse_qs(body[:4096].decode("latin-1")).get("password", [""])[0]
        if self.rights.accepts_password(given.encode("latin-1").decode("utf-8", "replace")):
            return self._opened()
        return Response(
            LOGIN.replace(
                "<button", '<p role="alert">Not the password. Wait a second, try again.</p><button'
            ),
            403,
            media_type="text/html",
        )

    def _too_large(self, scope: Scope, headers: Headers) -> Response | None:
        from tinyml.studio.uploads import LARGEST_FILE_BYTES

        limit = LARGEST_FILE_BYTES if scope["path"] == "/api/upload" else LARGEST_BODY_BYTES
        try:
            length = int(headers.get("content-length", "0"))
        except ValueError:
            return PlainTextResponse("the length of the body is not a number", 400)
        if length > limit:
            return PlainTextResponse(f"more than {limit >> 20} MB", 413)
        return None
