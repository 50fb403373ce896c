"""Worker: a process that holds the graph, can reach nothing else, and answers one request at a time."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg.model.problems import BadInput
from mirkg.serve.guard import Limits, TooMuch
from mirkg.serve.negotiation import GRAPHS, RESULTS, best

MEMORY = "The query used more memory than it may, and was stopped. Ask for less."


class Asked(NamedTuple):
    """Hold a request as it came: nothing of it was decoded but its path."""

    method: str
    path: str
    query: bytes
    media: str
    body: bytes
    accept: str
    known: str


class Reply(NamedTuple):
    """Hold an answer: its status, its content, and its headers."""

    status: int
    content: bytes
    headers: dict[str, str]


class Job(NamedTuple):
    """Hold a query, the graphs that it asks (None for all), what its client accepts, and the base of its IRIs."""

    query: str
    default: list[str] | None
    named: list[str] | None
    accept: str
    base: str


class Result(NamedTuple):
    """Hold the answer to a job: its kind (ok, bad, too much, not acceptable), its media type and its content."""

    kind: str
    media: str
    content: bytes


class _Sink(io.BytesIO):
    """Take bytes up to a cap."""

    def __init__(self, cap: int) -> None:
        super().__init__()
        self.cap = cap

    def write(self, data: object) -> int:
        if self.tell() + len(data) > self.cap:  # type: ignore[arg-type]
            raise TooMuch(f"The answer is larger than {self.cap} bytes. Ask for less, or add LIMIT.")
        return super().write(data)  # type: ignore[arg-type]


def answered(store: object, job: Job, limits: Limits) -> Result:
    """Return the whole answer to a job, or why there is none."""
    from mirkg.ask.store import Store

    assert isinstance(store, Store)
    try:
        found = store.run(job.query, _nodes(job.default), _nodes(job.named), job.base)
        graph = isinstance(found, ox.QueryTriples)
        media = best(job.accept, GRAPHS if graph else RESULTS)
        if not media:
            offered = ", ".join(GRAPHS if graph else RESULTS)
            return Result("not acceptable", "text/plain", f"This answer can be had as: {offered}.".encode())
        if isinstance(found, ox.QueryTriples):
            return Result("ok", media, _graph(found, GRAPHS[media], limits))
        return Result("ok", media, _rows(found, RESULTS[media], limits))
    except BadInput as error:
        return Result("bad", "text/plain", str(error).encode())
    except (TooMuch, MemoryError) as error:
        return Result("too much", "text/plain", (str(error) or MEMORY).encode())
    except (RuntimeError, ValueError, OSError) as error:
        return Result("bad", "text/plain", f"The query cannot be answered: {error}.".encode())


def _nodes(iris: list[str] | None) -> Any:
    return None if iris is None else [ox.NamedNode(iri) for iri in iris]


def _rows(found: ox.QuerySolutions | ox.QueryBoolean, form: ox.QueryResultsFormat, limits: Limits) -> bytes:
    """Serialize rows under the caps; they are counted in JSON, from which the other forms are made."""
    if isinstance(found, ox.QueryBoolean):
        content = found.serialize(format=form)
        assert content is not None
        return content
    sink = _Sink(limits.bytes)
    found.serialize(sink, format=ox.QueryResultsFormat.JSON)
    told = sink.getvalue()
    again = ox.parse_query_results(told, format=ox.QueryResultsFormat.JSON)
    assert isinstance(again, ox.QuerySolutions)
    if sum(1 for _ in again) > limits.rows:
        raise TooMuch(f"The answer has more than {limits.rows} rows. Ask for less, or add LIMIT.")
    if form == ox.QueryResultsFormat.JSON:
        return told
    again = ox.parse_query_results(told, format=ox.QueryResultsFormat.JSON)
    assert isinstance(again, ox.QuerySolutions)
    sink = _Sink(limits.bytes)
    again.serialize(sink, format=form)
    return sink.getvalue()


def _graph(triples: Iterable[ox.Triple], form: ox.RdfFormat, limits: Limits) -> bytes:
    from mirkg.model.vocabulary import prefixes

    sink = _Sink(limits.bytes)
    named = prefixes() if form != ox.RdfFormat.N_TRIPLES else None
    ox.serialize(sorted(_capped(triples, limits.rows), key=str), sink, form, prefixes=named)
    return sink.getvalue()


def _capped(triples: Iterable[ox.Triple], cap: int) -> Iterator[ox.Triple]:
    for number, triple in enumerate(triples):
        if number >= cap:
            raise TooMuch(f"The answer has more than {cap} triples. Ask for less, or add LIMIT.")
        yield triple


def work(pipe: Connection, path: str, content: bytes, base: str, limits: Limits) -> None:
    """Answer requests until the pipe closes, without files, sockets or names of hosts, and with bounded memory.

    The first message says what is wrong with the graph, nothing if it can be served.
    """
    from mirkg.serve.desk import Desk

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends its workers
    try:
        desk = Desk(path, content, base, limits)
    except BadInput as error:
        pipe.send(str(error))
        return
    desk.warm()
    _alone(pipe.fileno())
    _confine(limits.memory)
    pipe.send("")
    with contextlib.suppress(EOFError):
        while True:
            reply = desk.answer(pipe.recv())
            pipe.send(reply._replace(content=b""))
            pipe.send_bytes(reply.content)


def _alone(keep: int) -> None:
    """Close what this process has open but the pipe; what it prints goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    os.closerange(3, keep)
    os.closerange(keep + 1, 65_536)


def _confine(memory: int) -> None:
    """Let this process open nothing more, grow by no more than some bytes, and die with its parent.

    Linux does all of it, and a worker that cannot be confined there does not start. Windows knows no such limits.

    Raises:
        OSError: the system refuses.
    """
    if sys.platform == "win32":
        return
    import resource

    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        used = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    os.nice(5)  # the server itself goes first
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
