"""Who may ask: nobody but pages this server made, opened by whoever started it.

A browser is a program that strangers send requests through. Against each way there is a check:

* another machine             the sockets are those of the loopback interface (`server`)
* a name made to point here   (DNS rebinding) the Host must be a loopback address with our port
* another program or user     the path begins with a token made anew at each start
* another page                what changes anything, and every WebSocket, must carry our Origin
* words that look like code   the policy runs our own scripts and styles only, and asks nobody else
"""

import secrets
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self' {sockets}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-security policy. Addresses of sockets are named, as not every 'self' means them; none
with brackets, which a policy cannot name."""

_READING = frozenset({"GET", "HEAD"})
_REFUSED_SOCKET = 4403  # private use, after HTTP's 403

_WRONG_HOST = "This address is not one listenlive answers on. Open the address it printed.\n"
_WRONG_TOKEN = (
    "This address is not, or no longer, valid: each start of listenlive makes a new one. "
    "Open the address it printed.\n"
)
_WRONG_ORIGIN = "Only a page of listenlive may change anything here.\n"


def new_token() -> str:
    """A token nobody can guess: 192 random bits, fit for an address."""
    return secrets.token_urlsafe(24)


def hosts(port: int) -> frozenset[str]:
    """What a browser on this machine calls the server: as Host, and in an Origin."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))


class Guard:
    """Lets a request through to `app` if it may ask; everything answered is marked as private.

    `app` sees the token as its root path, so that addresses it makes carry it. Only where a page
    is to be the `microphone` may it ask for it.
    """

    def __init__(
        self, app: ASGIApp, *, token: str, hosts: Iterable[str], microphone: bool = False
    ) -> None:
        self._app = app
        self._token = token
        self._hosts = frozenset(hosts)
        sockets = " ".join(f"ws://{host}" for host in sorted(self._hosts) if "[" not in host)
        self._allowed = f"camera=(), geolocation=(), microphone=({'self' if microphone else ''})"
        self._policy = POLICY.format(sockets=sockets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._seal(MutableHeaders(scope=message))
            await send(message)

        if (refusal := self._refusal(scope)) is None:
            inner = {**scope, "root_path": f"/{self._token}"}
            await self._app(inner, receive, sealed)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=_REFUSED_SOCKET)(scope, receive, send)
        else:
            await PlainTextResponse(refusal, status_code=403)(scope, receive, sealed)

    def _refusal(self, scope: Scope) -> str | None:
        """Why `scope` may not ask; None if it may."""
        headers = Headers(scope=scope)
        host = headers.getlist("host")
        if len(host) != 1 or host[0].lower() not in self._hosts:
            return _WRONG_HOST
        given = scope["path"].split("/", 2)[1] if scope["path"].startswith("/") else ""
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return _WRONG_TOKEN
        reads = scope["type"] == "http" and scope["method"] in _READING
        if not reads and headers.getlist("origin") != [f"http://{host[0].lower()}"]:
            return _WRONG_ORIGIN
        return None

    def _seal(self, headers: MutableHeaders) -> None:
        headers["content-security-policy"] = self._policy
        headers["x-content-type-options"] = "nosniff"
        headers["x-frame-options"] = "DENY"
        # Not "no-referrer": with that, a browser sends "Origin: null" along with our own forms.
        headers["referrer-policy"] = "same-origin"
        headers["cross-origin-opener-policy"] = "same-origin"
        headers["cross-origin-resource-policy"] = "same-origin"
        headers["permissions-policy"] = self._allowed
        if "cache-control" not in headers:
            headers["cache-control"] = "no-store"
