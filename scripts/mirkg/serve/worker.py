"""Worker: processes that each hold the graph and answer one query at a time, killed at their limits and replaced."""

from __future__ import annotations

import asyncio
import contextlib
import io
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg.model.problems import BadInput
from mirkg.serve.guard import Limits, TooMuch
from mirkg.serve.negotiation import GRAPHS, RESULTS, best

_SPAWN = multiprocessing.get_context("spawn")


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


class Busy(Exception):
    """Tell that no worker became free in time."""


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
    except TooMuch as error:
        return Result("too much", "text/plain", str(error).encode())
    except (MemoryError, RuntimeError, ValueError, OSError) as error:
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


def _work(pipe: Connection, path: str, limits: Limits) -> None:
    """Answer jobs until the pipe closes, without new files or sockets and with bounded memory."""
    from mirkg.ask import store

    graph = store.load(path)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where a process that runs out of memory would print its stack
    _confine(limits.memory)
    pipe.send(True)
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            pipe.send(answered(graph, pipe.recv(), limits))


def _confine(memory: int) -> None:
    """Let this process open nothing more, grow by no more than some bytes, and die with its parent, on Linux."""
    try:
        import ctypes
        import resource
        import signal
        from pathlib import Path

        from mirkg.model.vocabulary import prefixes

        prefixes()  # read before files are shut
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        used = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        highest = max(map(int, os.listdir("/proc/self/fd"))) + 1
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))
    except (ImportError, AttributeError, OSError, ValueError):
        pass


class _Slot:
    """Hold one worker process, and start another when it dies."""

    def __init__(self, path: str, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self.start()

    def start(self) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_work, args=(theirs, self.path, self.limits), daemon=True)
        self.process.start()
        theirs.close()
        self.pipe.recv()

    def ask(self, job: Job) -> Result:
        """Answer a job within the time limit; a worker that does not is killed and replaced."""
        try:
            self.pipe.send(job)
            if self.pipe.poll(self.limits.seconds):
                result: Result = self.pipe.recv()
                return result
            why = f"The query took longer than {self.limits.seconds:g} s and was stopped. Ask for less, or add LIMIT."
        except (EOFError, OSError):
            why = "The query used more memory than it may, and was stopped. Ask for less."
        self.stop()
        self.start()
        return Result("too much", "text/plain", why.encode())

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Pool:
    """Share some workers among requests."""

    def __init__(self, path: str, limits: Limits) -> None:
        self.limits = limits
        self.slots = [_Slot(path, limits) for _ in range(limits.parallel)]
        self.free: asyncio.Queue[_Slot] = asyncio.Queue()
        for slot in self.slots:
            self.free.put_nowait(slot)

    async def ask(self, job: Job) -> Result:
        """Answer a job as soon as a worker is free.

        Raises:
            Busy: none became free in time.
        """
        try:
            slot = await asyncio.wait_for(self.free.get(), self.limits.waiting)
        except TimeoutError as error:
            raise Busy from error
        work = asyncio.get_running_loop().run_in_executor(None, slot.ask, job)
        work.add_done_callback(lambda _: self.free.put_nowait(slot))  # also when the client has left
        return await asyncio.shield(work)

    def stop(self) -> None:
        """Stop all workers."""
        for slot in self.slots:
            slot.stop()
