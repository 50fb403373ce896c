"""Load: the graph into a store elsewhere, graph by graph, and its counts asked of the store afterwards.

By the Graph Store Protocol a graph takes the place of the one that was there. By SPARQL Update it is cleared and
inserted in batches, but for what has blank nodes, which are one only within one request. Triples are sent in one order,
so that after a break the number that is there tells where to go on.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from urllib.parse import quote
from urllib.request import Request

import pyoxigraph as ox

from mirkg.ask import queries, sparql
from mirkg.ask.remote import Endpoint
from mirkg.ask.transport import fetched
from mirkg.model.problems import BadInput
from mirkg.model.rdf import serialized

_TIMEOUT = 120  # seconds of silence
_LARGEST = 1_000_000  # bytes of an answer
_BATCH = 5_000  # triples of one update
USER, PASSWORD, TOKEN = "MIRKG_USER", "MIRKG_PASSWORD", "MIRKG_TOKEN"

Tell = Callable[[str], None]


def graphs(store: ox.Store) -> dict[str, list[ox.Triple]]:
    """Return the triples of each named graph of a store, graphs and triples in order."""
    found: dict[str, list[ox.Triple]] = {}
    for quad in store:
        if isinstance(quad.graph_name, ox.NamedNode):
            found.setdefault(quad.graph_name.value, []).append(quad.triple)
    return {name: sorted(triples, key=str) for name, triples in sorted(found.items())}


def by_store(url: str, told: dict[str, list[ox.Triple]], there: dict[str, int], tell: Tell) -> None:
    """Put each graph by the Graph Store Protocol, but for those of which all triples are there.

    Raises:
        BadInput: the store does not take it; the message says why.
    """
    for name, triples in told.items():
        if there.get(name) == len(triples):
            tell(f"{name}  {len(triples):,} triples are there")
            continue
        address = f"{url}{'&' if '?' in url else '?'}graph={quote(name, safe='')}"
        _send(address, serialized(triples, ox.RdfFormat.N_TRIPLES), "application/n-triples", "PUT")
        tell(f"{name}  {len(triples):,} triples")


def by_update(url: str, told: dict[str, list[ox.Triple]], there: dict[str, int], tell: Tell) -> None:
    """Insert each graph in batches by SPARQL Update; clear it first, unless its first batches are there.

    Raises:
        BadInput: the store does not take it; the message says why.
    """
    for name, triples in told.items():
        kept = there.get(name, 0)
        done = 0
        for batch in _batches(triples):
            done += len(batch)
            if done <= kept <= len(triples):
                tell(f"{name}  {done:,} of {len(triples):,} triples are there")
                continue
            if done == len(batch):
                _send(url, sparql.cleared(name).encode(), "application/sparql-update", "POST")
            lines = serialized(batch, ox.RdfFormat.N_TRIPLES).decode()
            _send(url, sparql.inserted(name, lines).encode(), "application/sparql-update", "POST")
            tell(f"{name}  {done:,} of {len(triples):,} triples")


def _batches(triples: list[ox.Triple]) -> Iterator[list[ox.Triple]]:
    """Yield triples in batches, first all that have a blank node."""
    blank = [one for one in triples if isinstance(one.subject, ox.BlankNode) or isinstance(one.object, ox.BlankNode)]
    if blank:
        yield blank
    joined = set(blank)
    rest = [one for one in triples if one not in joined]
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]


def counts(endpoint: Endpoint) -> dict[str, int]:
    """Return how many triples each named graph of a store has."""
    return {name: int(float(count)) for name, count in endpoint.select(queries.read("load-counts")).rows}


def differing(there: dict[str, int], told: dict[str, list[ox.Triple]]) -> list[str]:
    """Return in sentences which graphs a store has with another number of triples than was sent."""
    return [
        f"{name} has {there.get(name, 0):,} triples there, and {len(triples):,} were sent."
        for name, triples in told.items()
        if there.get(name, 0) != len(triples)
    ]


def _send(url: str, content: bytes, media: str, method: str) -> None:
    request = Request(url, content, {"Content-Type": media, "User-Agent": "mirkg", **_signed()}, method=method)
    try:
        fetched(request, _TIMEOUT, _LARGEST, accepted=(200, 201, 202, 204))
    except BadInput as error:
        if "wants a sign-in" in str(error):
            hint = f"set {USER} and {PASSWORD}, or {TOKEN}, in the environment"
            raise BadInput(f"{url} refused the sign-in or wants one: {hint}.") from error
        raise


def _signed() -> dict[str, str]:
    """Return the header that signs in, from the environment alone; it is never printed."""
    if token := os.environ.get(TOKEN):
        return {"Authorization": f"Bearer {token}"}
    if user := os.environ.get(USER):
        both = f"{user}:{os.environ.get(PASSWORD, '')}".encode()
        return {"Authorization": "Basic " + base64.b64encode(both).decode()}
    return {}
