"""Load: the graph into a store elsewhere, graph by graph, and its counts asked of the store afterwards.

By the Graph Store Protocol a graph takes the place of the one that was there. By SPARQL Update it is cleared and
inserted in batches, but for what has blank nodes, which are one only within one request. After a break the store is
asked for what it has, and what it lacks is sent; a graph that has other triples too is sent anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote
from urllib.request import Request

import pyoxigraph as ox

from mirkg.ask import queries, sparql
from mirkg.ask.remote import Endpoint
from mirkg.ask.signing import PASSWORD, TOKEN, USER, SignIn
from mirkg.ask.transport import fetched
from mirkg.model.problems import BadInput
from mirkg.model.rdf import serialized

TIMEOUT = 120  # seconds of silence
LARGEST = 1_000_000_000  # bytes of a graph that is read back
_DONE = (200, 201, 202, 204)
_BATCH = 2_000  # triples of one update; Virtuoso takes no 5,000

Tell = Callable[[str], None]


def graphs(store: ox.Store) -> dict[str, list[ox.Triple]]:
    """Return the triples of each named graph of a store, graphs and triples in order."""
    found: dict[str, list[ox.Triple]] = {}
    for quad in store:
        if isinstance(quad.graph_name, ox.NamedNode):
            found.setdefault(quad.graph_name.value, []).append(quad.triple)
    return {name: sorted(triples, key=str) for name, triples in sorted(found.items())}


def by_store(url: str, told: dict[str, list[ox.Triple]], there: dict[str, list[ox.Triple]], tell: Tell) -> None:
    """Put each graph by the Graph Store Protocol, but for those that are there.

    Raises:
        BadInput: the store does not take it; the message says why.
    """
    sign = SignIn()
    _meet(sign, url)
    for name, triples in told.items():
        if not lacking(triples, there.get(name, [])):
            tell(f"{name}  {len(triples):,} triples are there")
            continue
        address = f"{url}{'&' if '?' in url else '?'}graph={quote(name, safe='')}"
        _send(sign, address, serialized(triples, ox.RdfFormat.N_TRIPLES), "application/n-triples", "PUT")
        tell(f"{name}  {len(triples):,} triples")


def by_update(url: str, told: dict[str, list[ox.Triple]], there: dict[str, list[ox.Triple]], tell: Tell) -> None:
    """Insert what each graph lacks in batches by SPARQL Update; clear it first if it has other triples.

    Raises:
        BadInput: the store does not take it; the message says why.
    """
    sign = SignIn()
    for name, triples in told.items():
        lacked = lacking(triples, there.get(name, []))
        done = len(triples) - len(lacked)
        if done:
            tell(f"{name}  {done:,} of {len(triples):,} triples are there")
        else:
            _send(sign, url, sparql.cleared(name).encode(), "application/sparql-update", "POST")
        for batch in _batches(lacked):
            lines = serialized(batch, ox.RdfFormat.N_TRIPLES).decode()
            update = sparql.inserted(name, lines, blank=_blank(batch[0]))
            _send(sign, url, update.encode(), "application/sparql-update", "POST")
            done += len(batch)
            tell(f"{name}  {done:,} of {len(triples):,} triples")


def lacking(told: list[ox.Triple], there: list[ox.Triple]) -> list[ox.Triple]:
    """Return the triples that a graph lacks: all of them where it has others too, or a part of the blank nodes."""
    has, wanted = set(_canonical(there)), _canonical(told)
    lacked = [one for one in wanted if one not in has]
    whole = has <= set(wanted) and not (any(map(_blank, has)) and any(map(_blank, lacked)))
    return lacked if whole else wanted


def _canonical(triples: list[ox.Triple]) -> list[ox.Triple]:
    """Return triples in order, with literals as the embedded store writes them and blank nodes by RDFC-1.0."""
    kept = ox.Store()
    kept.extend(ox.Quad(*triple) for triple in triples)
    named = ox.Dataset(kept)
    named.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted((quad.triple for quad in named), key=str)


def _blank(triple: ox.Triple) -> bool:
    return isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)


def _batches(triples: list[ox.Triple]) -> Iterator[list[ox.Triple]]:
    """Yield triples in batches, first all that have a blank node."""
    if blank := [one for one in triples if _blank(one)]:
        yield blank
    rest = [one for one in triples if not _blank(one)]
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]


def contents(endpoint: Endpoint, names: Iterable[str]) -> dict[str, list[ox.Triple]]:
    """Return the triples that a store has in some named graphs."""
    return {name: endpoint.triples(queries.read("load-content", graph=[name])) for name in names}


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


def _meet(sign: SignIn, url: str) -> None:
    """Let a store say how to sign in before it is sent a graph: it may not wait for the end of one that it refuses."""
    try:
        asking = Request(f"{url}{'&' if '?' in url else '?'}default", method="HEAD")
        fetched(asking, TIMEOUT, LARGEST, accepted=_DONE, asked=sign.asked)
    except BadInput as error:
        if "wants a sign-in" in str(error):
            raise _unsigned(url) from error


def _send(sign: SignIn, url: str, content: bytes, media: str, method: str) -> None:
    request = Request(url, content, {"Content-Type": media, "User-Agent": "mirkg"}, method=method)
    sign.sign(request)
    try:
        fetched(request, TIMEOUT, LARGEST, accepted=_DONE, asked=sign.asked)
    except BadInput as error:
        if "wants a sign-in" in str(error):
            raise _unsigned(url) from error
        raise


def _unsigned(url: str) -> BadInput:
    hint = f"set {USER} and {PASSWORD}, or {TOKEN}, in the environment"
    return BadInput(f"{url} refused the sign-in or wants one: {hint}.")
