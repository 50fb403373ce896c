"""Shapes: what a validator finds in a graph, reported at the row that made each node."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pyoxigraph as ox

from mirkg.make import validators
from mirkg.make.forms import stated_by
from mirkg.make.tables import Row
from mirkg.model import files
from mirkg.model.problems import Problem
from mirkg.model.vocabulary import BASE, MK, curie, graph, ontology

DATA = ("claims", "entities", "sources", "derived", "advice")
STYLE = ("ontology-style", "exceptions")
_SHAPES = BASE + "shapes#"
_SH = "http://www.w3.org/ns/shacl#"


def judged(
    quads: Iterable[ox.Quad], origins: dict[str, Row], engine: str = "", only: Callable[[str], bool] = bool
) -> list[Problem]:
    """Return where a graph does not fit the shapes, each at the row that made the node.

    A node that no row made stands in the place of the file by its IRI. The engine is one of `validators.NAMES`, the
    fastest that is installed if none is named. `only` tells whether a node, by its IRI, is judged.
    """
    terms = graph("ontology")
    data = [quad for quad in quads if quad.graph_name != terms]
    return validated([*data, *ontology()], DATA, _with_propositions(data, origins), engine, only)


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
    quads: Iterable[ox.Quad],
    names: tuple[str, ...],
    origins: dict[str, Row],
    engine: str = "",
    only: Callable[[str], bool] = bool,
) -> list[Problem]:
    """Return what a validator finds by some files of shapes, sorted, each problem at the row that made its node."""
    report = validators.report((quad.triple for quad in quads), load(names), engine)
    about: dict[Any, dict[str, Any]] = {}
    for triple in report:
        about.setdefault(triple.subject, {})[triple.predicate.value.removeprefix(_SH)] = triple.object
    messages = {triple.subject: triple.object for triple in load(names) if triple.predicate.value == _SH + "message"}
    results = [about[triple.object] for triple in report if triple.predicate.value == _SH + "result"]
    results = [told for told in results if only(_text(told["focusNode"]))]
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
