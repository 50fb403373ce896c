"""App: the hall of the server, which carries requests to the workers and answers back, and decodes neither.

It runs on one event loop: nothing here takes longer the more a request says.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import mimetypes
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from mirkg.serve.desk import GUIDES, TEXT, Refused, policy, tag, unchanged
from mirkg.serve.door import LONG
from mirkg.serve.downloads import KINDS
from mirkg.serve.guard import Limits, Rate, who
from mirkg.serve.negotiation import best
from mirkg.serve.pool import Busy, Pool
from mirkg.serve.worker import Asked, Reply

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Remarks, Retry-After",
    "Content-Security-Policy": policy(),
}
_SECURE = {"Cross-Origin-Opener-Policy": "same-origin"}  # browsers warn of it on plain http
_OPTIONS = {
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_GUIDE = "/guide"
_PIECE = 65_536  # bytes that are sent at once
_SLOWEST = 50_000  # bytes a second at which an answer has to be taken
_FAULT = "The server has a fault, and could not answer this. It has been written to its log."
_LOG = logging.getLogger("mirkg.serve")


class Unread:
    """Count the bytes of requests and answers that are held for clients, in all and for each address."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held: Counter[str] = Counter()

    @contextmanager
    def holding(self, address: str, size: int) -> Iterator[None]:
        """Hold some bytes for an address; what fits into one piece is always held.

        Raises:
            Refused: all addresses, or this one, have too many that they did not take.
        """
        if size <= _PIECE:
            yield
            return
        if self.held.total() + size > self.most or self.held[address] + size > self.most / 2:
            full = "Too much that was answered is not taken yet. Try again shortly."
            raise Refused(503, full, {"Retry-After": "2", "Connection": "close"})
        self.held[address] += size
        try:
            yield
        finally:
            self.held -= Counter({address: size})


class Hall:
    """Carry requests to the workers, and their answers back."""

    def __init__(self, path: str, content: bytes, base: str, limits: Limits) -> None:
        self.limits, self.base = limits, base
        self.prefix = urlsplit(base).path.rstrip("/")
        self.rate = Rate(limits.per_minute)
        self.unread = Unread(limits.unread)
        self.pool = Pool(path, content, base, limits, self.rate)
        told = {"status": "ok", "graph": hashlib.sha256(content).hexdigest(), "limits": limits.told()}
        self.health = Reply(
            200, json.dumps(told, indent=1).encode(), {"Content-Type": "application/json", "Cache-Control": "no-store"}
        )
        self.kept = dict(_static())  # what never changes, and is the same for everybody
        self.making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        address = who((scope.get("client") or ("",))[0])
        scope["path"], scope["root"] = within(scope["path"], scope["raw_path"], self.prefix)
        left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            reply = await self._reply(scope, receive, address, left)
            if fault := reply.headers.pop("Fault", ""):
                _LOG.error("%s %r: %s", scope["method"], scope["path"][:200], fault)
            with self.unread.holding(address, 0 if self._shared(reply) else len(reply.content)):
                await self._sent(scope, reply, send)
        except Refused as error:
            headers = {"Content-Type": TEXT, "Cache-Control": "no-store"} | error.headers
            await self._sent(scope, Reply(error.status, f"{error.message}\n".encode(), headers), send)
        except asyncio.CancelledError:  # the server stops
            scope["cut"]()
        except Exception:
            _LOG.exception("%s %r", scope["method"], scope["path"][:200])
            headers = {"Content-Type": TEXT, "Cache-Control": "no-store", "Connection": "close"}
            await self._sent(scope, Reply(500, f"{_FAULT}\n".encode(), headers), send)
        finally:
            left.cancel()

    def _shared(self, reply: Reply) -> bool:
        return any(reply.content is kept.content for kept in self.kept.values())

    async def _reply(self, scope: Any, receive: Any, address: str, left: asyncio.Future[None]) -> Reply:
        if wait := self.rate.wait(address):
            limit = f"One address may ask {self.limits.per_minute} times a minute."
            raise Refused(429, limit, {"Retry-After": str(int(wait) + 1), "Connection": "close"})
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        method, path = scope["method"], scope["path"]
        allowed = "GET, HEAD, POST, OPTIONS" if path == "/sparql" else "GET, HEAD, OPTIONS"
        if method == "OPTIONS":
            return Reply(204, b"", _OPTIONS | {"Allow": allowed, "Access-Control-Allow-Methods": allowed})
        if method not in allowed.split(", "):
            raise Refused(405, f"{path[:200]} takes: {allowed}.", {"Allow": allowed, "Connection": "close"})
        if len(scope["raw_path"]) + len(scope["query_string"]) > self.limits.length:
            raise Refused(414, LONG.format(self.limits.length), {"Connection": "close"})
        if not path:  # the prefix as such: links on a page are relative to what ends in a slash
            return Reply(308, b"", {"Location": f"{self.base}/"})
        if path == "/health":
            return self.health
        known = headers.get(b"if-none-match", "")
        if path.startswith("/static/") and path not in self.kept:
            raise Refused(404, f"There is no {path[:200]} here.")
        if path != _GUIDE and path not in self.kept and path.removeprefix("/download/") not in KINDS:
            return await self._worked(scope, receive, headers, address, left)
        key = path if path != _GUIDE else f"{path} {scope['root']} {best(headers.get(b'accept', ''), GUIDES)}"
        async with self.making[key]:  # what is the same for everybody is made once
            kept = self.kept.get(key)
            if not kept:
                kept = await self._worked(scope, receive, headers, address, left)
                if kept.status != 200:
                    return kept
                self.kept[key] = kept
        own = kept.headers["ETag"]
        return Reply(304, b"", {"ETag": own, "Vary": "Accept"}) if unchanged(known, own) else kept

    async def _worked(
        self, scope: Any, receive: Any, headers: dict[bytes, str], address: str, left: asyncio.Future[None]
    ) -> Reply:
        """Let a worker answer a request."""
        if wait := self.rate.wait_for_work(address):
            limit = f"One address may cause {self.limits.seconds_per_minute:g} seconds of work a minute."
            raise Refused(429, limit, {"Retry-After": str(int(wait) + 1), "Connection": "close"})
        method, length = scope["method"], headers.get(b"content-length", "")
        size = int(length) if length.isdecimal() else self.limits.body
        with self.unread.holding(address, size if method == "POST" else 0):
            body = await self._body(receive, size) if method == "POST" else b""
            media = headers.get(b"content-type", "").partition(";")[0].strip().lower()
            known, accept = headers.get(b"if-none-match", ""), headers.get(b"accept", "")
            query = scope["query_string"]
            asked = Asked(method, scope["path"], query, media, body, accept, known, scope["root"])
            watching = asyncio.create_task(_watch(receive, left))
            try:
                return await self.pool.ask(asked, address, left)
            except Busy as error:
                raise Refused(503, "All workers are busy. Try again shortly.", {"Retry-After": "2"}) from error
            finally:
                watching.cancel()

    async def _body(self, receive: Any, size: int) -> bytes:
        """Return the body of a request, if it is small and arrives in time."""
        most = self.limits.body
        too_large = Refused(413, f"The body may have {most} bytes.", {"Connection": "close"})
        if size > most:
            raise too_large
        found = bytearray()
        try:
            async with asyncio.timeout(self.limits.arriving):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Refused(400, "The client left before it had sent the body.")
                    found += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(found) > most:
                        raise too_large
        except TimeoutError as error:
            late = f"The body did not arrive within {self.limits.arriving:g} s."
            raise Refused(408, late, {"Connection": "close"}) from error
        return bytes(found)

    async def _sent(self, scope: Any, reply: Reply, send: Any) -> None:
        """Send an answer piece by piece, as fast as the client takes it; who is too slow is cut off."""
        size = len(reply.content)
        headers = {**_HEADERS, **(_SECURE if self.base.startswith("https:") else {}), **reply.headers}
        if reply.status not in (204, 304):
            headers["Content-Length"] = str(size)
        told = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        try:
            async with asyncio.timeout(self.limits.arriving + size / _SLOWEST):
                await send({"type": "http.response.start", "status": reply.status, "headers": told})
                for start in range(0, size or 1, _PIECE):
                    if scope["gone"]():
                        scope["cut"]()
                        return
                    more = start + _PIECE < size
                    piece = reply.content[start : start + _PIECE]
                    await send({"type": "http.response.body", "body": piece, "more_body": more})
        except TimeoutError:
            scope["cut"]()


def within(path: str, raw: bytes, prefix: str) -> tuple[str, str]:
    """Return the path of a request without a slash at its end, and the way from where the client is to the top.

    A proxy may have kept the prefix under which clients see the server, or have taken it away. The path is empty where
    it is the prefix alone.
    """
    deep = raw.count(b"/") - 1
    if prefix and (path == prefix or path.startswith(f"{prefix}/")):
        path, deep = path.removeprefix(prefix), deep - prefix.count("/")
        if not path:
            return "", "."
    return path.removesuffix("/") or "/", "/".join([".."] * deep) or "."


async def _watch(receive: Any, left: asyncio.Future[None]) -> None:
    """Tell when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    if not left.done():
        left.set_result(None)


def _static() -> Iterator[tuple[str, Reply]]:
    """Yield the files of the pages by their paths."""
    folder = files("mirkg.serve") / "static"
    waiting = [("/static", folder)]
    while waiting:
        path, one = waiting.pop()
        if one.is_dir():
            waiting += [(f"{path}/{part.name}", part) for part in one.iterdir()]
            continue
        content = one.read_bytes()
        media = mimetypes.guess_type(path)[0] or "application/octet-stream"
        text = media.startswith("text/")
        headers = {"Content-Type": f"{media}; charset=utf-8" if text else media, "ETag": tag(content)}
        yield path, Reply(200, content, headers)
