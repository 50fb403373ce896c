"""Door: the connections of the server: how many there may be, and which are cut off because they keep silent."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import Server

from mirkg.serve.guard import Limits, who
from mirkg.serve.pool import Pool

_READ = 16_384  # bytes that are read at once, so that one connection does not keep the others waiting
_FREE = 16_384  # bytes that a request may send beyond its body
_LAST = 0.5  # seconds for the last answers
HEAD = 65_536  # bytes that the line and the headers of a request may have
LONG = "The address has more than {} characters. Send the query by POST."


class Connection(H11Protocol):
    """Hold one connection, and know since when it waits for its client."""

    limits: Limits
    proxy: str
    rooms: dict[str, dict[Connection, None]]  # the connections of each address, the oldest first

    def connection_made(self, transport: Any) -> None:
        """Take a connection; where there are too many, an old one that asks nothing makes room."""
        super().connection_made(transport)
        transport.max_size = _READ
        self.address = who(self.client[0] if self.client else "")
        self.since = time.monotonic()
        self.received = 0
        self.refused = False
        self.app = self._carrying(self.app)
        room = self.rooms.setdefault(self.address, {})
        room[self] = None
        if self.address != self.proxy and len(room) > self.limits.connections:
            self._make(room)
        elif len(self.connections) > self.limits.all_connections:
            self._make(max(self.rooms.values(), key=len))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        super().connection_lost(exc)
        room = self.rooms.get(self.address, {})
        room.pop(self, None)
        if not room:
            self.rooms.pop(self.address, None)

    def _make(self, room: dict[Connection, None]) -> None:
        """Make room: cut the oldest connection of an address that asks nothing, or this one."""
        last = next((one for one in room if one is not self and one.idle), self)
        self.rooms[last.address].pop(last)
        last.connections.discard(last)
        last.cut()

    def _carrying(self, app: Any) -> Any:
        """Return the application, with a way to cut this connection and to see that its client is gone."""

        async def carried(scope: Any, receive: Any, send: Any) -> None:
            await app(scope | {"cut": self.cut, "gone": self.transport.is_closing}, receive, send)

        return carried

    def cut(self) -> None:
        """Leave the client at once, whatever it has not taken."""
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.abort()

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request, unless the request has become too large."""
        self.received += len(data)
        if self.received > 2 * self.limits.body + _FREE:
            self.cut()
        elif not self.refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Say why this is no request, and let the client send to its end, or else it could not read the answer."""
        if not self.idle:
            if self.cycle.response_started:
                self.cut()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        status, why = _refusal(self.conn.trailing_data[0])
        content = f"{why}\n".encode()
        lines = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "Content-Type: text/plain; charset=utf-8",
            "X-Content-Type-Options: nosniff",
            "Access-Control-Allow-Origin: *",
            f"Content-Length: {len(content)}",
            "Connection: close",
        )
        self.transport.write("".join(f"{line}\r\n" for line in (*lines, "")).encode() + content)
        self.transport.write_eof()
        self.refused, self.since = True, time.monotonic()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.since = time.monotonic()
        self.received = 0
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Note that the client does not take what it asked for."""
        self.since = time.monotonic()
        super().pause_writing()

    def late(self, now: float) -> bool:
        """Tell whether the client neither sent a whole request in time nor took what was answered."""
        waits = self.refused or self.idle or self.transport.is_closing() or self.flow.write_paused
        return waits and now - self.since > self.limits.arriving


def _refusal(held: bytes) -> tuple[HTTPStatus, str]:
    """Return what is wrong with what a client sent."""
    if len(held) <= HEAD:
        return HTTPStatus.BAD_REQUEST, "This is no HTTP request."
    line = held.find(b"\n") if b"\n" in held else len(held)
    if line > HEAD / 2:
        return HTTPStatus.REQUEST_URI_TOO_LONG, LONG.format(HEAD)
    return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"The headers may have {HEAD} bytes."


class Serving(Server):
    """Serve until a signal says stop, and then stop soon, whatever is going on."""

    def __init__(self, config: Config, pool: Pool, limits: Limits) -> None:
        super().__init__(config)
        self.pool, self.limits = pool, limits

    async def on_tick(self, counter: int) -> bool:
        """Cut the connections that are late, once a second."""
        if counter % 10 == 0:
            now = time.monotonic()
            for one in list(self.server_state.connections):
                if isinstance(one, Connection) and one.late(now):
                    one.cut()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: Any = None) -> None:
        """End what is being worked on, let its answers go out for a moment, and then end the connections."""
        self.pool.stop()
        for server in self.servers:
            server.close()
        connections = [one for one in self.server_state.connections if isinstance(one, Connection)]
        end = time.monotonic() + _LAST
        while time.monotonic() < end and not all(one.idle or one.transport.is_closing() for one in connections):
            await asyncio.sleep(0.05)
        for one in connections:
            one.cut()
        await super().shutdown(sockets)
