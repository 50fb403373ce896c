"""JSON-LD: the graph as one document that a person can read, each claim with its proposition, passage and brackets.

The context is its own: the terms of the ontology by their names, the prefixes of the project, the values of properties
as what they are. A node is written once in each graph, but for those that stand inside of claims.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any, BinaryIO

import pyoxigraph as ox

from mirkg.export import Parts
from mirkg.export.things import Term, Things, name
from mirkg.model.vocabulary import MK, RDF_TYPE, curie, expand, mk, prefixes

_INSIDE = frozenset(map(mk, ("asserts", "denies", "statedIn", "citedThrough")))
_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_STRING, _LANGUAGE = _XSD + "string", expand("rdf:langString")

Node = dict[ox.NamedNode, list[Term]]  # what is said of one subject, by property
Nodes = dict[ox.NamedNode | ox.BlankNode | ox.Triple, Node]


def parts(things: Things, _: str) -> Parts:
    """Return what writes the document."""
    return {"": lambda file: _write(things.quads, file)}


def _write(quads: list[ox.Quad], file: BinaryIO) -> None:
    terms = _terms(quads)
    told = {key: said for key, said in sorted(terms.values()) if said}
    context = {"@version": 1.1, "@vocab": MK, **_prefixes(), **told}
    names = {iri: key for iri, (key, _) in terms.items()}
    coerced = {iri for iri, (_, told) in terms.items() if "@type" in told}

    def written(node: Any, depth: int) -> bytes:
        return json.dumps(node, ensure_ascii=False, indent=1).replace("\n", "\n" + " " * depth).encode()

    file.write(b'{\n "@context": ' + written(context, 1) + b',\n "@graph": [')
    for number, (graph, nodes) in enumerate(_graphs(quads)):
        head = json.dumps({"@id": curie(graph)}, ensure_ascii=False)[:-1]
        file.write((",\n  " if number else "\n  ").encode() + head.encode() + b', "@graph": [')
        for place, node in enumerate(_documents(nodes, names, coerced)):
            file.write((",\n   " if place else "\n   ").encode() + written(node, 3))
        file.write(b"\n  ]}")
    file.write(b"\n ]\n}\n")


def _graphs(quads: list[ox.Quad]) -> Iterator[tuple[str, Nodes]]:
    """Yield each graph with its nodes."""
    for graph, inside in groupby(quads, key=lambda quad: quad.graph_name):
        nodes: Nodes = {}
        for quad in inside:
            nodes.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad.object)
        yield getattr(graph, "value", "@default"), nodes


def _documents(nodes: Nodes, names: dict[ox.NamedNode, str], coerced: set[ox.NamedNode]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of one graph; what claims hold stands inside of them."""
    claims = {node for node, told in nodes.items() if mk("Claim") in told.get(RDF_TYPE, ())}
    held = {value for claim in claims for key in _INSIDE & nodes[claim].keys() for value in nodes[claim][key]}

    def document(node: Term, *, whole: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"@id": _id(node)}
        for predicate, objects in nodes.get(node, {}).items():  # type: ignore[arg-type]
            inside = whole and predicate in _INSIDE
            values = [
                document(one, whole=False)
                if inside and one in nodes
                else _type(one)
                if predicate == RDF_TYPE
                else _value(one, coerced=predicate in coerced)
                for one in objects
            ]
            found[names[predicate]] = values[0] if len(values) == 1 else values
        return found

    for node in nodes:
        if node not in held:
            yield document(node, whole=node in claims)


def _terms(quads: list[ox.Quad]) -> dict[ox.NamedNode, tuple[str, dict[str, str]]]:
    """Return for each property the key by which it is written, and what the context says of that key."""
    values: dict[ox.NamedNode, set[str]] = {}
    for quad in quads:
        values.setdefault(quad.predicate, set()).add(_sort(quad.object))
    ours = {node.value.removeprefix(MK) for node in values if node.value.startswith(MK)}
    found: dict[ox.NamedNode, tuple[str, dict[str, str]]] = {RDF_TYPE: ("@type", {})}
    taken = set(ours)
    for node in sorted(values.keys() - {RDF_TYPE}, key=lambda node: (not node.value.startswith(MK), node.value)):
        short = name(node)
        key = short if node.value.startswith(MK) or short not in taken else curie(node.value)
        taken.add(key)
        only = next(iter(values[node])) if len(values[node]) == 1 else ""
        found[node] = key, {"@id": curie(node.value), **({"@type": only} if only else {})}
    return found


def _sort(term: Term) -> str:
    """Return to what the context can coerce a value: an IRI or a datatype; nothing where JSON says it."""
    if isinstance(term, ox.NamedNode | ox.BlankNode):
        return "@id"
    native = isinstance(term, ox.Literal) and not isinstance(_value(term, coerced=False), dict)
    return "" if native or getattr(term, "language", None) else curie(getattr(term, "datatype").value)  # noqa: B009


def _value(term: Term, *, coerced: bool) -> Any:
    """Return a value as JSON."""
    if not isinstance(term, ox.Literal):
        return _id(term) if coerced else {"@id": _id(term)}
    if term.language:
        return {"@language": term.language, "@value": term.value}
    datatype = term.datatype.value
    if coerced or datatype == _STRING:
        return term.value
    if datatype == _XSD + "integer" and _INTEGER.fullmatch(term.value):
        return int(term.value)
    if datatype == _XSD + "boolean" and term.value in ("true", "false"):
        return term.value == "true"
    return {"@type": curie(datatype), "@value": term.value}


def _type(term: Term) -> str:
    """Return a class as it stands after @type: one of ours by its name."""
    iri = getattr(term, "value", "")
    return iri.removeprefix(MK) if iri.startswith(MK) else _id(term)


def _id(term: Term) -> str:
    return curie(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _prefixes() -> dict[str, Any]:
    """Return the prefixes; one that does not end in a delimiter must be declared to be one."""
    return {
        prefix: space if space[-1] in ":/?#[]@" else {"@id": space, "@prefix": True}
        for prefix, space in prefixes().items()
    }
