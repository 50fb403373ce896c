"""Check: whether tables hold together, graphs fit the shapes, and the ontology keeps its style."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib.namespace import RDF, SH

from mirkg.make import build, integrity
from mirkg.make.tables import Row, Tables
from mirkg.model import files
from mirkg.model.problems import BadInput, Problem
from mirkg.model.rdf import serialized
from mirkg.model.vocabulary import BASE, MK, graph, ontology

_DATA_SHAPES = ("claims", "entities", "sources", "derived", "advice")
_STYLE_SHAPES = ("ontology-style", "exceptions")
_SHAPES = BASE + "shapes#"

# The column in which a row states what a property says; "object" is for paths that are no property.
_COLUMNS = {
    "statedIn": "passage",
    "citedThrough": "bracket",
    "citesAsEvidence": "references",
    "throughPathway": "through",
    "inCellLine": "cells",
    "inCellType": "cells",
    "comparedWith": "compared",
    "inDisease": "disease",
    "underTreatmentWith": "treatment",
    "partOfMechanism": "mechanism",
    "altLabel": "synonyms",
    "armOf": "arm_of",
    "memberOf": "member_of",
    "modelOf": "model_of",
    "derivedFromLine": "derived_from_line",
    "hasElement": "elements",
    "textDigest": "digest",
    "tableRow": "row",
    "referenceNumber": "id",
    "publicationStatus": "status",
    "noteKind": "kind",
    "type": "kind",
}


def tables(data: Tables) -> list[Problem]:
    """Return every problem of a data folder: its tables, and the graph that they build."""
    faults = integrity.problems(data)
    order = integrity.order_problems(data)
    if faults:
        return sorted(faults + order)
    built = build.build(data)
    return order + shapes(built.quads, built.origins)


def file(path: Path) -> list[Problem]:
    """Return every problem of an RDF file.

    Raises:
        BadInput: the file cannot be read or parsed, or its format is not known by its ending.
    """
    quads = read(path)
    found = shapes(quads, {})
    text = path.read_text("utf-8", errors="replace")
    return [problem._replace(file=files.shown(path), line=_line(text, problem.file)) for problem in found]


def read(path: Path) -> list[ox.Quad]:
    """Read an RDF file by its ending; RDF/XML with a document type is refused.

    Raises:
        BadInput: see `file`.
    """
    name = files.shown(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(Problem(name, 0, "", f"cannot be read ({error.strerror}).", "Name an RDF file.")) from error
    form = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
    if form is None:
        raise BadInput(
            Problem(name, 0, "", "has no ending of an RDF format.", "Name it .trig, .ttl, .nq, .nt, .rdf or .jsonld.")
        )
    if form == ox.RdfFormat.RDF_XML and b"<!DOCTYPE" in content:
        raise BadInput(Problem(name, 0, "", "declares a document type, which is not read.", "Remove the <!DOCTYPE>."))
    try:
        return list(ox.parse(content, format=form))
    except SyntaxError as error:
        message = str(error).partition("(")[0].strip() or "is not well formed"
        raise BadInput(Problem(name, error.lineno or 0, "", f"{message}.", "Mend the file there.")) from error


def _line(text: str, node: str) -> int:
    """Return the line of a text that first names a node, whole or by the end of its IRI."""
    for name in (node, node.removeprefix(BASE), re.split(r"[/#]", node)[-1]):
        place = text.find(name)
        if name and place >= 0:
            return text.count("\n", 0, place) + 1
    return 0


def style() -> list[Problem]:
    """Return where the ontology departs from its own style."""
    own = [quad for quad in ontology() if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(MK)]
    source = files.resource("ontology/mirkg.ttl")
    text = files.text(source)
    problems = _validate(_rdflib(own), _load(_STYLE_SHAPES), {})
    places = [(problem, f"mk:{problem.file.removeprefix(MK)}\n") for problem in problems]
    return [
        problem._replace(file=files.shown(source), line=text[: max(text.find(term), 0)].count("\n") + 1)
        for problem, term in places
    ]


def shapes(quads: Iterable[ox.Quad], origins: dict[str, Row]) -> list[Problem]:
    """Return where a graph does not fit the shapes, each at the row that made the node.

    A node that no row made stands in the place of the file by its IRI.
    """
    triples = [quad for quad in quads if quad.graph_name != graph("ontology")]
    data = _rdflib([*triples, *ontology()])
    return _validate(data, _load(_DATA_SHAPES), _with_propositions(data, origins))


def _with_propositions(data: rdflib.Graph, origins: dict[str, Row]) -> dict[str, Row]:
    """Add to the origins of nodes, for each proposition, the row of a claim that says it."""
    known = dict(origins)
    for verb in ("asserts", "denies"):
        for claim, _, said in sorted(data.triples((None, rdflib.URIRef(MK + verb), None))):
            if str(claim) in origins:
                known.setdefault(str(said), origins[str(claim)])
    return known


def _rdflib(quads: Iterable[ox.Quad]) -> rdflib.Graph:
    """Return quads as an rdflib graph in memory, which is what pySHACL judges rightly."""
    triples = serialized([quad.triple for quad in quads], ox.RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=triples, format="nt")


def _load(names: Iterable[str]) -> rdflib.Graph:
    loaded = rdflib.Graph()
    for name in names:
        loaded.parse(files.resource(f"shapes/{name}.ttl"))
    return loaded


def _validate(data: rdflib.Graph, shapes: rdflib.Graph, origins: dict[str, Row]) -> list[Problem]:
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
    place = (row.file, row.line, _column(row, term)) if row else (focus, 0, term)
    return Problem(*place, f"{shape}: {what}", "", severity)


def _column(row: Row, term: str) -> str:
    column = _COLUMNS.get(term, term)
    return column if column in row.cells else ""


def _short(value: str) -> str:
    return value.removeprefix(BASE).removeprefix("ontology#")
