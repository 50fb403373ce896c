"""RDF: graphs as bytes and triples as quads, where the library's types leave a choice open."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox


def serialized(
    statements: Iterable[ox.Quad] | Iterable[ox.Triple], form: ox.RdfFormat, prefixes: dict[str, str] | None = None
) -> bytes:
    """Return quads or triples in a format, in the order given."""
    content = ox.serialize(statements, format=form, prefixes=prefixes)
    assert content is not None  # None only where an output is given
    return content


def in_graph(triples: Iterable[ox.Triple], name: ox.NamedNode) -> list[ox.Quad]:
    """Return triples as quads of one named graph."""
    return [ox.Quad(triple.subject, triple.predicate, triple.object, name) for triple in triples]
