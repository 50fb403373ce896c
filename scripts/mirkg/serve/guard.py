"""Guard: what a query may be before it is run, and how much one address may ask."""

from __future__ import annotations

import ipaddress
import os
import time
from collections import deque
from typing import Any, NamedTuple

from mirkg.ask import sparql
from mirkg.model.problems import BadInput


class Limits(NamedTuple):
    """Hold the limits of the server; times are in seconds, memory and bodies in bytes."""

    seconds: float = 10
    rows: int = 10_000
    bytes: int = 10_000_000
    length: int = 65_536
    nesting: int = 64
    parallel: int = max(2, os.cpu_count() or 1)
    waiting: float = 3
    per_minute: int = 600
    memory: int = 512_000_000
    quick: float = 0.5
    arriving: float = 10
    connections: int = 256
    all_connections: int = 1000
    unread: int = 32_000_000

    @property
    def seconds_per_minute(self) -> float:
        """Return how many seconds of work one address may cause a minute: one for ten requests that it may send."""
        return self.per_minute / 10

    @property
    def body(self) -> int:
        """Return how many bytes a body may have: a percent-encoded character is up to three times as long."""
        return 4 * self.length

    @property
    def of_one_address(self) -> int:
        """Return how many long queries of one address may run at once: all but one."""
        return max(1, self.parallel - 1)

    def told(self) -> dict[str, Any]:
        """Return the limits as plain data."""
        more = {"body": self.body, "seconds_per_minute": self.seconds_per_minute, "of_one_address": self.of_one_address}
        return self._asdict() | more


class TooMuch(Exception):
    """Tell that a request went over a limit; the message says which, and what to do."""


def checked(query: str, limits: Limits, graphs: frozenset[str], base: str | None = None) -> None:
    """Refuse a query that is too long or too deep, that would change the graph, or that would leave this store.

    This is for a clear message. What keeps a query inside is that its worker can open nothing.

    Raises:
        TooMuch: it is longer or nested deeper than the limits.
        BadInput: it is an update, uses SERVICE, or names a graph in FROM that is not here.
    """
    if len(query) > limits.length:
        raise TooMuch(f"The query has {len(query)} characters, and may have {limits.length}.")
    read = list(sparql.tokens(query))
    depth = 0
    for token in read:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth > limits.nesting:
            raise TooMuch(f"The query is nested deeper than {limits.nesting} brackets.")
        if token.kind == "mark" and token.text == "\\":
            raise BadInput("An escape such as \\u0041 may stand in strings and IRIs only.")
    if sparql.reaches_out(read):
        raise BadInput("SERVICE is refused: this endpoint asks no other.")
    form = sparql.verb(read)
    if form and form.text in sparql.UPDATES:
        raise BadInput(f"{form.text} is refused: this endpoint is read-only.")
    for name in sparql.graphs(query, base):
        sparql.of_this_store(name, graphs)


def who(address: str) -> str:
    """Return what counts as one address: of IPv6 the network of 64 bits, which one client has as a whole."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


class _Account:
    """Hold what one address asked in the last minute: when, and which work it caused."""

    def __init__(self) -> None:
        self.requests: deque[float] = deque()
        self.work: deque[tuple[float, float]] = deque()
        self.spent = 0.0

    def forget(self, before: float) -> None:
        while self.requests and self.requests[0] <= before:
            self.requests.popleft()
        while self.work and self.work[0][0] <= before:
            self.spent -= self.work.popleft()[1]


class Rate:
    """Count the requests of each address over the last minute, and the seconds of work that they caused."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._accounts: dict[str, _Account] = {}
        self._swept = time.monotonic()

    def _account(self, address: str) -> _Account:
        before = time.monotonic() - 60
        if self._swept < before:  # once a minute, those who went away
            self._swept = time.monotonic()
            for account in self._accounts.values():
                account.forget(before)
            self._accounts = {name: one for name, one in self._accounts.items() if one.requests or one.work}
        found = self._accounts.setdefault(address, _Account())
        found.forget(before)
        return found

    def wait(self, address: str) -> float:
        """Count one request, and return for how many seconds the address has to wait, 0 if it may go on."""
        account = self._account(address)
        now = time.monotonic()
        if len(account.requests) >= self.per_minute:
            return account.requests[0] + 60 - now
        account.requests.append(now)
        return 0

    def spend(self, address: str, seconds: float) -> None:
        """Count work that an address caused."""
        account = self._account(address)
        account.work.append((time.monotonic(), seconds))
        account.spent += seconds

    def spent(self, address: str) -> float:
        """Return the seconds of work that an address caused in the last minute."""
        return self._account(address).spent

    def wait_for_work(self, address: str) -> float:
        """Return for how many seconds an address has to wait before it may cause more work, 0 if it may."""
        account = self._account(address)
        left = account.spent - self.per_minute / 10
        if left < 0:
            return 0
        for at, seconds in account.work:
            left -= seconds
            if left < 0:
                return at + 60 - time.monotonic()
        return 60
