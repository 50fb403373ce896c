"""Shapes: what pySHACL finds in a graph, reported at the row that made each node."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable
from functools import cache
from typing import Any

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib.namespace import RDF, SH

from mirkg.make.forms import stated_by
from mirkg.make.tables import Row
from mirkg.model import files
from mirkg.model.problems import Problem
from mirkg.model.rdf import serialized
from mirkg.model.vocabulary import BASE, MK, curie, graph, ontology

logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)  # what it would say of literals, `ill_typed` tells
warnings.filterwarnings("ignore", module="rdflib.term")
DATA = ("claims", "entities", "sources", "derived", "advice")
STYLE = ("ontology-style", "exceptions")
_SHAPES = BASE + "shapes#"


def judged(quads: Iterable[ox.Quad], origins: dict[str, Row]) -> list[Problem]:
    """Return where a graph does not fit the shapes, each at the row that made the node.

    A node that no row made stands in the place of the file by its IRI.
    """
    triples = [quad for quad in quads if quad.graph_name != graph("ontology")]
    data = in_memory([*triples, *ontology()])
    return validated(data, load(DATA), _with_propositions(data, origins))


def _with_propositions(data: rdflib.Graph, origins: dict[str, Row]) -> dict[str, Row]:
    """Add to the origins of nodes, for each proposition, the row of a claim that says it."""
    known = dict(origins)
    for verb in ("asserts", "denies"):
        for claim, _, said in sorted(data.triples((None, rdflib.URIRef(MK + verb), None))):
            if str(claim) in origins:
                known.setdefault(str(said), origins[str(claim)])
    return known


def ill_typed(literal: ox.Literal) -> bool:
    """Tell whether a literal is not of its datatype, by what pySHACL's library makes of it."""
    return bool(rdflib.Literal(literal.value, datatype=literal.datatype.value).ill_typed)


def in_memory(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    """Return quads as an rdflib graph in memory, which is what pySHACL judges rightly."""
    triples = serialized([quad.triple for quad in quads], ox.RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=triples, format="nt")


@cache
def load(names: tuple[str, ...]) -> rdflib.Graph:
    """Return the shapes of some files as one graph."""
    loaded = rdflib.Graph()
    for name in names:
        loaded.parse(files.resource(f"shapes/{name}.ttl"))
    return loaded


def validated(data: rdflib.Graph, shapes: rdflib.Graph, origins: dict[str, Row]) -> list[Problem]:
    """Return what pySHACL finds, sorted, each problem at the row that made its node."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", allow_warnings=True)
    assert isinstance(report, rdflib.Graph)
    return sorted({_problem(report, result, origins) for result in report.subjects(RDF.type, SH.ValidationResult)})


def _problem(report: rdflib.Graph, result: Any, origins: dict[str, Row]) -> Problem:
    focus = str(report.value(result, SH.focusNode))
    shape = str(report.value(result, SH.sourceShape)).removeprefix(_SHAPES)
    message = str(report.value(result, SH.resultMessage))
    value = report.value(result, SH.value)
    severity = str(report.value(result, SH.resultSeverity)).removeprefix(str(SH)).lower()
    path = report.value(result, SH.resultPath)
    term = re.split(r"[/#]", str(path))[-1] if isinstance(path, rdflib.URIRef) else ""
    what = f"{message} Found {_short(str(value))}." if value is not None and str(value) != focus else message
    row = origins.get(focus)
    column = stated_by(curie(str(path)), frozenset(row.cells)) if row else term
    place = (row.file, row.line, column) if row else (focus, 0, column)
    return Problem(*place, f"{shape}: {what}", "", severity)


def _short(value: str) -> str:
    return value.removeprefix(BASE).removeprefix("ontology#")
