"""Shapes: what a validator finds in a graph, reported at the row that made each node."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

import pyoxigraph as ox

from mirkg.make import validators
from mirkg.make.alike import Nodes, Reading, Statement
from mirkg.make.forms import stated_by
from mirkg.make.tables import Row
from mirkg.model import files
from mirkg.model.problems import Problem
from mirkg.model.vocabulary import BASE, curie, graph, mk, ontology

DATA = ("claims", "entities", "sources", "derived", "advice")
STYLE = ("ontology-style", "exceptions")
_SHAPES = BASE + "shapes#"
_SH = "http://www.w3.org/ns/shacl#"
_TARGETS = (f"{_SH}targetClass", f"{_SH}targetSubjectsOf")
SAYS = {str(mk("asserts")), str(mk("denies"))}  # properties by which a claim names its proposition
_AT_ONCE = 1_000  # nodes that are judged at once


def judged(quads: Iterable[ox.Quad], origins: dict[str, Row], engine: str = "") -> list[Problem]:
    """Return where a graph does not fit the shapes, each at the row that made the node.

    A node that no row made stands in the place of the file by its IRI. The engine is one of `validators.NAMES`, the
    fastest that is installed if none is named.
    """
    terms = graph("ontology")
    data = statements(quad for quad in quads if quad.graph_name != terms)
    return judged_nodes(subjects([*data, *_terms()]), data, origins, engine)


def statements(quads: Iterable[ox.Quad]) -> list[Statement]:
    """Return quads without their graphs: subject, property and object, each as N-Triples write it."""
    return [str(quad.triple).split(" ", 2) for quad in quads]


def subjects(stated: Iterable[Statement]) -> set[str]:
    """Return the nodes of which something is stated."""
    return {subject for subject, _, _ in stated}


def judged_nodes(
    nodes: Iterable[str], stated: Collection[Statement], origins: dict[str, Row], engine: str = ""
) -> list[Problem]:
    """Return where some nodes of a graph do not fit the shapes, as `judged` does.

    Nodes are written as in N-Triples. Of those that no shape tells apart one is judged (`alike.py`), and the others
    only where it does not conform.
    """
    engine = validators.chosen(engine)
    near = Nodes(sorted(nodes), chain(stated, _terms()), _reading(engine))
    kinds = {kind: alike for kind, alike in near.kinds().items() if kind not in near.sound}
    results = _of_nodes([alike[0] for alike in kinds.values()], near, engine)
    broken = {str(result["focusNode"]) for result in results}
    near.sound.update(kind for kind, alike in kinds.items() if alike[0] not in broken)
    others = [node for alike in kinds.values() if alike[0] in broken for node in alike[1:]]
    results += _of_nodes(others, near, engine)
    known = with_propositions(stated, origins) if results else {}
    return sorted({_problem(result, known) for result in results})


@cache
def _terms() -> list[Statement]:
    """Return the statements of the ontology."""
    return statements(ontology())


@cache
def _reading(engine: str) -> Reading:
    """Return what the shapes of data read, with the kinds of nodes that conform by an engine."""
    return Reading(load(DATA))


def _of_nodes(nodes: list[str], near: Nodes, engine: str) -> list[dict[str, Any]]:
    """Return the results for some nodes, some thousands at once."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(nodes), _AT_ONCE):
        some = nodes[start : start + _AT_ONCE]
        found += _results(near.around(some), [*_aimed(near.members(some))], engine)
    return found


def _aimed(members: dict[str, list[str]]) -> Iterator[ox.Triple]:
    """Yield the shapes of data, each aimed at the nodes of its class or property one by one."""
    for triple in load(DATA):
        if triple.predicate.value in _TARGETS:
            nodes = members.get(str(triple.object), ())
            yield from (ox.Triple(triple.subject, ox.NamedNode(f"{_SH}targetNode"), _node(node)) for node in nodes)
        else:
            yield triple


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name[1:-1])


def with_propositions(stated: Iterable[Statement], origins: dict[str, Row]) -> dict[str, Row]:
    """Add to the origins of nodes, for each proposition, the row of a claim that says it."""
    known = dict(origins)
    for _, claim, said in sorted((verb, subject, value) for subject, verb, value in stated if verb in SAYS):
        if claim[1:-1] in origins:
            known.setdefault(said[1:-1], origins[claim[1:-1]])
    return known


def validated(
    quads: Iterable[ox.Quad], shapes: Collection[ox.Triple], origins: dict[str, Row], engine: str = ""
) -> list[Problem]:
    """Return what a validator finds by some shapes, sorted, each problem at the row that made its node."""
    return sorted({_problem(told, origins) for told in _results((quad.triple for quad in quads), shapes, engine)})


def _results(triples: Iterable[ox.Triple], shapes: Collection[ox.Triple], engine: str) -> list[dict[str, Any]]:
    """Return the results of a validator, each by the local names of its properties."""
    report = validators.report(triples, shapes, engine)
    about: dict[Any, dict[str, Any]] = {}
    for triple in report:
        about.setdefault(triple.subject, {})[triple.predicate.value.removeprefix(_SH)] = triple.object
    messages = {triple.subject: triple.object for triple in shapes if triple.predicate.value == _SH + "message"}
    results = [about[triple.object] for triple in report if triple.predicate.value == _SH + "result"]
    for told in results:  # pyrudof has words of its own for some constraints
        told["resultMessage"] = messages.get(told["sourceShape"], told["resultMessage"])
    return results


@cache
def load(names: tuple[str, ...]) -> tuple[ox.Triple, ...]:
    """Return the shapes of some files."""
    paths = [files.resource(f"shapes/{name}.ttl") for name in names]
    return tuple(quad.triple for path in paths for quad in ox.parse(path=path))


def _problem(result: dict[str, Any], origins: dict[str, Row]) -> Problem:
    """Return one result of a report as a problem."""
    focus, message = _text(result["focusNode"]), _text(result["resultMessage"])
    shape = _text(result["sourceShape"]).removeprefix(_SHAPES)
    severity = _text(result["resultSeverity"]).removeprefix(_SH).lower()
    path, value = result.get("resultPath"), result.get("value")
    iri = path.value if isinstance(path, ox.NamedNode) else ""
    what = message if value is None or _text(value) == focus else f"{message} Found {_short(_text(value))}."
    row = origins.get(focus)
    column = stated_by(curie(iri), frozenset(row.cells)) if row else re.split(r"[/#]", iri)[-1]
    place = (row.file, row.line, column) if row else (focus, 0, column)
    return Problem(*place, f"{shape}: {what}", "", severity)


def _text(term: Any) -> str:
    return str(term.value)


def _short(value: str) -> str:
    return value.removeprefix(BASE).removeprefix("ontology#")
