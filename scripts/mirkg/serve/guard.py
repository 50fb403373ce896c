"""Guard: what a query may be before it is run, and how often one address may ask."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from mirkg.model.problems import BadInput


class Limits(NamedTuple):
    """Hold the limits of the server: seconds, rows, bytes, characters, braces, processes, requests, bytes."""

    seconds: float = 10
    rows: int = 10_000
    bytes: int = 10_000_000
    length: int = 65_536
    nesting: int = 64
    parallel: int = 4
    waiting: float = 3
    per_minute: int = 600
    memory: int = 512_000_000


class TooMuch(Exception):
    """Tell that a request went over a limit; the message says which, and what to do."""


_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n\r]*)
    |(?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}|"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    |(?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    |(?P<variable>[?$]\w+)
    |(?P<word>@?[A-Za-z_][\w.-]*(?::[^\s{}()<>;,"']*)?|:[^\s{}()<>;,"']+)
    |(?P<open>[{(\[])
    |(?P<close>[})\]])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"}
_FORMS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}


def checked(query: str, limits: Limits, graphs: frozenset[str]) -> None:
    """Refuse a query that is too long or too deep, that would change the graph, or that would leave this store.

    Raises:
        TooMuch: it is longer or nested deeper than the limits.
        BadInput: it is an update, uses SERVICE, or names a graph in FROM that is not here.
    """
    if len(query) > limits.length:
        raise TooMuch(f"The query has {len(query)} characters, and may have {limits.length}.")
    plain = _ESCAPE.sub(_unescaped, query)
    depth = 0
    words: list[tuple[str, str]] = []
    for kind, text in _tokens(plain):
        depth += (kind == "open") - (kind == "close")
        if depth > limits.nesting:
            raise TooMuch(f"The query is nested deeper than {limits.nesting} brackets.")
        if kind in ("word", "iri"):
            words.append((kind, text))
    _words(words, graphs)


def _unescaped(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 else "?"


def _tokens(query: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(query):
        assert match.lastgroup is not None
        yield match.lastgroup, match[0]


def _words(words: list[tuple[str, str]], graphs: frozenset[str]) -> None:
    upper = [text.upper() if kind == "word" else "" for kind, text in words]
    if "SERVICE" in upper:
        raise BadInput("SERVICE is refused: this endpoint asks no other.")
    first = next((word for word in upper if word in _FORMS | _UPDATES), "")
    if first in _UPDATES:
        raise BadInput(f"{first} is refused: this endpoint is read-only.")
    for number, word in enumerate(upper):
        if word != "FROM":
            continue
        after = number + 2 if upper[number + 1 : number + 2] == ["NAMED"] else number + 1
        if words[after : after + 1] and words[after][0] == "iri":
            of_this_store(words[after][1][1:-1], graphs)


def of_this_store(iri: str, graphs: frozenset[str]) -> None:
    """Refuse a graph that is not in this store.

    Raises:
        BadInput: it is not.
    """
    if iri not in graphs:
        raise BadInput(f"<{iri[:200]}> is no graph of this store. Its graphs are: {', '.join(sorted(graphs))}.")


class Rate:
    """Count the requests of each address over the last minute."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._seen: dict[str, deque[float]] = {}

    def wait(self, address: str) -> float:
        """Count one request, and return for how many seconds the address has to wait, 0 if it may go on."""
        now = time.monotonic()
        seen = self._seen.setdefault(address, deque())
        while seen and seen[0] <= now - 60:
            seen.popleft()
        if len(seen) >= self.per_minute:
            return seen[0] + 60 - now
        seen.append(now)
        if len(self._seen) > 10_000:  # addresses that went away
            self._seen = {one: times for one, times in self._seen.items() if times and times[-1] > now - 60}
        return 0
