"""Check: whether tables hold together, graphs fit the shapes, and the ontology keeps its style."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox

from mirkg.make import build, integrity, shapes
from mirkg.make.tables import Tables
from mirkg.model import files
from mirkg.model.problems import BadInput, Problem
from mirkg.model.rdf import refuse_document_type
from mirkg.model.vocabulary import BASE, MK, ontology

_DATA_SHAPES = ("claims", "entities", "sources", "derived", "advice")
_STYLE_SHAPES = ("ontology-style", "exceptions")
_SHAPES = BASE + "shapes#"


def tables(data: Tables) -> list[Problem]:
    """Return every problem of a data folder: its tables, and the graph that they build."""
    faults = integrity.problems(data)
    order = integrity.order_problems(data)
    if faults:
        return sorted(faults + order)
    built = build.build(data)
    return order + integrity.advice(data) + shapes.judged(built.quads, built.origins)


def file(path: Path) -> list[Problem]:
    """Return every problem of an RDF file.

    Raises:
        BadInput: the file cannot be read or parsed, or its format is not known by its ending.
    """
    quads = read(path)
    found = shapes.judged(quads, {})
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
    refuse_document_type(name, content, form)
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
    problems = shapes.validated(shapes.in_memory(own), shapes.load(shapes.STYLE), {})
    places = [(problem, f"mk:{problem.file.removeprefix(MK)}\n") for problem in problems]
    return [
        problem._replace(file=files.shown(source), line=text[: max(text.find(term), 0)].count("\n") + 1)
        for problem, term in places
    ]
