"""What stands before the page's server: which paths there are, how long requests may be, and whose they are."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from multigan_studio.uploads import BYTES
from multigan_studio.workshop import QUOTA, Workshop

__all__ = ["Guard"]

# All that the page itself asks for. Gradio has more: proxies, calls for programs, monitoring.
READ = ("/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/")
PAGES = (
    "/", "/config", "/config/", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt", "/gradio_api/info",
    "/gradio_api/theme.css", "/gradio_api/queue/data", "/gradio_api/upload_progress", "/gradio_api/startup-events",
)  # fmt: skip
FILE, UPLOAD, NEWS = "/gradio_api/file=", "/gradio_api/upload", "/gradio_api/queue/data"
# With this line Gradio ends the stream of a page's news.
CLOSED = b'data: {"msg":"close_stream"'
# Paths that take a request with a body, and how many bytes: a painted map of a few million pixels is far below.
WRITTEN = {
    UPLOAD: BYTES + 100_000,
    "/gradio_api/queue/join": 8_000_000,
    "/gradio_api/reset": 10_000,
    "/gradio_api/cancel": 10_000,
}
# Seconds that a body may take to arrive.
PATIENCE = 60
# The browser itself holds to this: nothing is loaded from, or sent to, anywhere else. The page's own parts are written
# in JavaScript that is put together in the browser, hence the two exceptions for scripts.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
# What a browser may show of the studio's folder. All else it saves: a page or a drawing that somebody dropped could
# run there.
SHOWN = (
    ".png", ".jpg", ".jpeg", ".webp", ".gif", ".apng", ".bmp", ".wav", ".flac", ".ogg", ".mp3", ".mp4", ".webm", ".txt",
)  # fmt: skip
SAVED = ((b"content-disposition", b"attachment"), (b"content-type", b"application/octet-stream"))
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class _RefusedError(Exception):
    """A request that goes no further.

    Args:
        status: of HTTP.
        reason: a sentence.
    """

    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status, self.reason = status, reason


class Guard:
    """ASGI middleware of the page.

    Args:
        app: what it stands before.
        workshop: the only folder whose files are served and taken.
        patience: seconds that a body may take to arrive.
    """

    def __init__(self, app: Any, workshop: Workshop, patience: float = PATIENCE):
        self.app, self.workshop, self.patience = app, workshop, patience

    async def __call__(self, scope, receive, send):
        """Passes a request on, or answers it with a sentence."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the page has no web sockets
        try:
            saved = scope["path"].startswith(FILE) and not unquote(scope["path"]).lower().endswith(SHOWN)
            own = (*HEADERS, *SAVED) if saved else HEADERS
            receive, send = await self._looked_at(scope, receive), _with_headers(send, own)
            await (self._kept_open if scope["path"] == NEWS else self.app)(scope, receive, send)
        except _RefusedError as refused:
            await _answer(send, refused.status, refused.reason)

    async def _kept_open(self, scope, receive, send):
        """Streams a page's news for as long as it is open.

        Gradio ends the stream where nothing is on its way to the page, and the page opens another with its next click.
        A click that the page makes while the end is on its way is answered nowhere, and its button waits for ever.
        """
        begun, closed = False, True

        async def pass_on(message):
            nonlocal begun, closed
            if message["type"] == "http.response.start":
                begun, known = True, begun
                if known:
                    return
            elif message.get("body", b"").startswith(CLOSED):
                closed = True
                return
            elif closed and not message.get("more_body"):
                return
            await send(message)

        while closed:
            closed = False
            await self.app(scope, receive, pass_on)

    async def _looked_at(self, scope, receive):
        """Returns what the body is read by from now on; raises `_RefusedError`."""
        method, path = scope["method"], scope["path"]
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        if method in ("GET", "HEAD"):
            self._check_read(path)
            return receive
        if method != "POST" or path.rstrip("/") not in WRITTEN:
            raise _RefusedError(404, "There is nothing here.")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            raise _RefusedError(403, "Another page may not use this one.")
        path, limit = path.rstrip("/"), WRITTEN[path.rstrip("/")]
        if path == UPLOAD and self.workshop.size() > QUOTA:
            raise _RefusedError(507, "The studio's folder is full; start it anew.")
        if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > limit:
            raise _RefusedError(413, "This is too large for the page.")
        try:
            async with asyncio.timeout(self.patience):
                body = b"".join([part async for part in _parts(receive, limit)])
        except TimeoutError:
            raise _RefusedError(408, "This took too long to arrive.") from None
        if path != UPLOAD:
            self._check_files(body)
        return _replayed(body, receive)

    def _check_read(self, path: str) -> None:
        if path.startswith(FILE):
            name = unquote(path[len(FILE) :])
            if not name.startswith("/") or not self.workshop.holds(name):
                raise _RefusedError(403, "Only what the studio made can be read.")
        elif path not in PAGES and not path.startswith(READ):
            raise _RefusedError(404, "There is nothing here.")

    def _check_files(self, body: bytes) -> None:
        """Refuses files that were not dropped on the page: paths of this machine, and addresses of others, which the
        server would go and fetch.
        """
        try:
            sent = json.loads(body) if body else {}
        except (ValueError, RecursionError):
            raise _RefusedError(400, "This is no request of the page.") from None
        for table in _tables(sent):
            path, address = table.get("path"), table.get("url")
            if isinstance(path, str) and not self.workshop.holds(path):
                raise _RefusedError(403, "Only files that were dropped on the page can be used.")
            if isinstance(address, str) and address.startswith("data:"):
                raise _RefusedError(403, "Only files that were dropped on the page can be used.")


def _tables(value: Any) -> Iterator[dict]:
    """All objects in a JSON value."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


async def _parts(receive, limit: int):
    total = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _RefusedError(400, "The request was cut off.")
        part = message.get("body", b"")
        total += len(part)
        if total > limit:
            raise _RefusedError(413, "This is too large for the page.")
        yield part
        if not message.get("more_body"):
            return


def _replayed(body: bytes, receive):
    """Hands a body out that was read already, and then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def read():
        return waiting.pop() if waiting else await receive()

    return read


def _with_headers(send, own):
    """Sends an answer with headers of its own in place of what it says there."""

    async def answer(message):
        if message["type"] == "http.response.start":
            names = {name for name, _ in own}
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in names]
            message = {**message, "headers": [*kept, *own]}
        await send(message)

    return answer


async def _answer(send, status: int, reason: str) -> None:
    body = reason.encode()
    headers: Sequence = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *HEADERS]})
    await send({"type": "http.response.body", "body": body})
