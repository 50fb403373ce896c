"""Worker: what a worker is asked and replies, and how it answers a query within its limits."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg.model.problems import BadInput
from mirkg.serve.guard import Limits, TooMuch
from mirkg.serve.negotiation import GRAPHS, RESULTS, best

MEMORY = "The query used more memory than it may, and was stopped. Ask for less."


class Asked(NamedTuple):
    """Hold a request as it came, with the way from its path to the top: nothing was decoded but the path."""

    method: str
    path: str
    query: bytes
    media: str
    body: bytes
    accept: str
    known: str
    root: str = "."


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
