"""Network: entities as nodes and what claims state of them as edges, for tools that draw and measure graphs.

An edge is one proposition as asserted, or as denied: negated. Its sign is 1, -1, or 0 for unsigned. Where a source
speaks of a proposition, as in a reversal, the proposition is a node too. What was only inferred is not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

from mirkg.export import Parts
from mirkg.export.claims import Statement, kind, number, references, statements
from mirkg.export.things import Term, Things

Data = dict[str, str | int | bool]
_NODE = {"name": "string", "kind": "string", "synonyms": "string"}
_EDGE = {
    "label": "string",
    "kind": "string",
    "sign": "int",
    "negated": "boolean",
    "standing": "string",
    "grade": "string",
    "withheld": "string",
    "claims": "int",
    "agreeing": "int",
    "disputing": "int",
    "references": "string",
    "retracted": "string",
}


def parts(things: Things, form: str) -> Parts:
    """Return what writes the network."""
    write = _graphml if form == "graphml" else _cytoscape
    return {"": lambda file: write(things, file)}


def _nodes(things: Things) -> Iterator[Data]:
    """Yield the subjects and objects of what is stated, sorted by IRI."""
    found = {
        node
        for statement in statements(things)
        for node in things.objects(statement.proposition, "mk:subject", "mk:object")
    }
    for node in sorted(found, key=str):
        yield {
            "id": _iri(node),
            "name": things.label(node),
            "kind": "".join(things.names(node, "rdf:type")),
            "synonyms": "; ".join(things.texts(node, "skos:altLabel")),
        }


def _edges(things: Things) -> Iterator[Data]:
    for statement in statements(things):
        (subject,) = things.objects(statement.proposition, "mk:subject")
        (object_,) = things.objects(statement.proposition, "mk:object")
        found = kind(things, statement.proposition)
        yield {
            "id": _iri(statement.proposition) + ("#denied" if statement.denied else ""),
            "source": _iri(subject),
            "target": _iri(object_),
            "label": ("denied: " if statement.denied else "") + found.phrase,
            "kind": found.name,
            "sign": found.sign,
            "negated": statement.denied,
            **_support(things, statement),
        }


def _support(things: Things, statement: Statement) -> Data:
    """Return how a statement stands, and the numbers of the references of its claims."""
    assessments = things.pointing(statement.proposition, "mk:ofProposition")
    cited = {one for claim in statement.claims for one in references(things, claim)}
    fallen = {one for one in cited if {*things.names(one, "mk:publicationStatus")} & {"retracted", "withdrawn"}}

    def first(*properties: str) -> str:
        return "; ".join(sorted({found for one in assessments for found in things.names(one, *properties)}))

    def count(property: str) -> int:
        return sum(int(things.text(one, property) or 0) for one in assessments)

    def numbers(nodes: set[Term]) -> str:
        return "; ".join(str(one) for one in sorted(number(things, node) for node in nodes))

    return {
        "standing": first("mk:standing"),
        "grade": first("mk:edgeGrade"),
        "withheld": first("mk:withheldBecause"),
        "claims": len(statement.claims),
        "agreeing": count("mk:agreeingReferenceCount"),
        "disputing": count("mk:disputingReferenceCount"),
        "references": numbers(cited),
        "retracted": numbers(fallen),
    }


def _iri(node: Term) -> str:
    return getattr(node, "value", str(node))


def _graphml(things: Things, file: BinaryIO) -> None:
    def line(text: str) -> None:
        file.write(text.encode() + b"\n")

    line('<?xml version="1.0" encoding="UTF-8"?>')
    line('<graphml xmlns="http://graphml.graphdrawing.org/xmlns">')
    for sort, keys in (("node", _NODE), ("edge", _EDGE)):
        for key, type in keys.items():
            line(f'  <key id="{sort}-{key}" for="{sort}" attr.name="{key}" attr.type="{type}"/>')
    line('  <graph id="mirkg" edgedefault="directed">')
    for data in _nodes(things):
        line(f"    <node id={quoteattr(str(data['id']))}>{_data('node', _NODE, data)}</node>")
    for data in _edges(things):
        ends = " ".join(f"{key}={quoteattr(str(data[key]))}" for key in ("id", "source", "target"))
        line(f"    <edge {ends}>{_data('edge', _EDGE, data)}</edge>")
    line("  </graph>\n</graphml>")


def _data(sort: str, keys: dict[str, str], data: Data) -> str:
    """Return the attributes of a node or an edge as GraphML has them."""
    texts = {key: str(data[key]).lower() if keys[key] == "boolean" else escape(str(data[key])) for key in keys}
    return "".join(f'<data key="{sort}-{key}">{text}</data>' for key, text in texts.items())


def _cytoscape(things: Things, file: BinaryIO) -> None:
    """Write what Cytoscape and cytoscape.js read; `value` and `key` are those of networkx."""

    def listed(found: Iterator[dict[str, Any]]) -> str:
        return ",\n   ".join(json.dumps({"data": data}, ensure_ascii=False) for data in found)

    nodes = ({**data, "value": data["id"]} for data in _nodes(things))
    edges = ({**data, "key": data["id"], "interaction": data["kind"]} for data in _edges(things))
    head = '{\n "data": {"name": "mirkg"}, "directed": true, "multigraph": true,\n "elements": {\n  "nodes": [\n   '
    file.write(f'{head}{listed(nodes)}\n  ],\n  "edges": [\n   {listed(edges)}\n  ]\n }}\n}}\n'.encode())
