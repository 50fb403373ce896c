"""RDF: graphs as bytes and triples as quads, where the library's types leave a choice open."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from mirkg.model.problems import BadInput, Problem


def refuse_document_type(name: str, content: bytes, form: ox.RdfFormat) -> None:
    """Refuse RDF/XML with a document type, whose entities can grow without bound, wherever RDF is read.

    Raises:
        BadInput: it has one.
    """
    if form == ox.RdfFormat.RDF_XML and b"<!doctype" in content.lower():
        raise BadInput(Problem(name, 0, "", "declares a document type, which is not read.", "Remove the <!DOCTYPE>."))


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
