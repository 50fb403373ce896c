"""Shapes: what a validator finds in a graph, reported at the row that made each node."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import pyoxigraph as ox

from mirkg.make import validators
from mirkg.make.forms import stated_by
from mirkg.make.tables import Row
from mirkg.model import files
from mirkg.model.problems import Problem
from mirkg.model.vocabulary import BASE, MK, RDF_TYPE, SUBCLASS, curie, graph, ontology

DATA = ("claims", "entities", "sources", "derived", "advice")
STYLE = ("ontology-style", "exceptions")
_SHAPES = BASE + "shapes#"
_SH = "http://www.w3.org/ns/shacl#"
_TARGETS = (f"{_SH}targetClass", f"{_SH}targetSubjectsOf")
_AT_ONCE = 1_000  # nodes that are judged at once


def judged(quads: Iterable[ox.Quad], origins: dict[str, Row], engine: str = "") -> list[Problem]:
    """Return where a graph does not fit the shapes, each at the row that made the node.

    A node that no row made stands in the place of the file by its IRI. The engine is one of `validators.NAMES`, the
    fastest that is installed if none is named.
    """
    terms = graph("ontology")
    data = [quad for quad in quads if quad.graph_name != terms]
    return validated([*data, *ontology()], load(DATA), _with_propositions(data, origins), engine)


def judged_nodes(nodes: Iterable[str], quads: Iterable[ox.Quad], origins: dict[str, Row]) -> list[Problem]:
    """Return where some nodes of a graph do not fit the shapes, as `judged` does, some thousands at once.

    Shapes read what a node states and the classes of what it names, so that of all other nodes no more is given.
    """
    data = list(quads)
    known = _with_propositions(data, origins)
    stated: dict[str, list[ox.Quad]] = {node: [] for node in sorted(nodes)}
    classes: dict[Any, list[ox.Quad]] = defaultdict(list)
    for quad in data:
        if (own := stated.get(_text(quad.subject))) is not None:
            own.append(quad)
        elif quad.predicate == RDF_TYPE:
            classes[quad.subject].append(quad)
    found: list[Problem] = []
    ahead = iter(stated.values())
    while some := list(islice(ahead, _AT_ONCE)):
        own = [quad for one in some for quad in one]
        far = {quad.object for quad in own}
        named = [quad for node in far for quad in classes.get(node, ())]
        named += [quad for node in far for quad in stated.get(_text(node), ()) if quad.predicate == RDF_TYPE]
        found += validated({*own, *named, *ontology()}, [*_aimed(own)], known)
    return sorted(found)


def _aimed(quads: Iterable[ox.Quad]) -> Iterator[ox.Triple]:
    """Yield the shapes of data, each aimed at the nodes of its class that some quads are about, one by one."""
    members: dict[Any, set[Any]] = defaultdict(set)
    for quad in quads:
        members[quad.predicate].add(quad.subject)
        if quad.predicate == RDF_TYPE:
            for wider in _classes()[quad.object]:
                members[wider].add(quad.subject)
    for triple in load(DATA):
        if triple.predicate.value in _TARGETS:
            nodes = sorted(members[triple.object], key=_text)
            yield from (ox.Triple(triple.subject, ox.NamedNode(f"{_SH}targetNode"), node) for node in nodes)
        else:
            yield triple


@cache
def _classes() -> dict[Any, set[Any]]:
    """Return for each class of the ontology itself and all that are wider."""
    above: dict[Any, set[Any]] = defaultdict(set)
    for triple in ontology():
        if triple.predicate == SUBCLASS:
            above[triple.subject].add(triple.object)
    found: dict[Any, set[Any]] = defaultdict(set)
    for name in {quad.subject for quad in ontology()}:
        ahead = [name]
        while ahead:
            one = ahead.pop()
            if one not in found[name]:
                found[name].add(one)
                ahead += above.get(one, ())
    return found


def _with_propositions(quads: Iterable[ox.Quad], origins: dict[str, Row]) -> dict[str, Row]:
    """Add to the origins of nodes, for each proposition, the row of a claim that says it."""
    known = dict(origins)
    said = [(quad.predicate.value, _text(quad.subject), _text(quad.object)) for quad in quads if _says(quad)]
    for _, claim, proposition in sorted(said):
        if claim in origins:
            known.setdefault(proposition, origins[claim])
    return known


def _says(quad: ox.Quad) -> bool:
    return quad.predicate.value in (MK + "asserts", MK + "denies")


def validated(
    quads: Iterable[ox.Quad], shapes: Collection[ox.Triple], origins: dict[str, Row], engine: str = ""
) -> list[Problem]:
    """Return what a validator finds by some shapes, sorted, each problem at the row that made its node."""
    report = validators.report((quad.triple for quad in quads), shapes, engine)
    about: dict[Any, dict[str, Any]] = {}
    for triple in report:
        about.setdefault(triple.subject, {})[triple.predicate.value.removeprefix(_SH)] = triple.object
    messages = {triple.subject: triple.object for triple in shapes if triple.predicate.value == _SH + "message"}
    results = [about[triple.object] for triple in report if triple.predicate.value == _SH + "result"]
    for told in results:  # pyrudof has words of its own for some constraints
        told["resultMessage"] = messages.get(told["sourceShape"], told["resultMessage"])
    return sorted({_problem(told, origins) for told in results})


@cache
def load(names: tuple[str, ...]) -> tuple[ox.Triple, ...]:
    """Return the shapes of some files."""
    paths = [files.resource(f"shapes/{name}.ttl") for name in names]
    return tuple(quad.triple for path in paths for quad in ox.parse(path=path))


def _problem(result: dict[str, Any], origins: dict[str, Row]) -> Problem:
    """Return one result of a report, by the local names of its properties, as a problem."""
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
