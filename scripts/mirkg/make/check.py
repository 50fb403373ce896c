"""Check: whether tables hold together, graphs fit the shapes, and the ontology keeps its style."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from mirkg.make import build, integrity, shapes, validators
from mirkg.make.tables import Tables
from mirkg.model import files, rdf
from mirkg.model.problems import BadInput, Problem, nearest
from mirkg.model.vocabulary import BASE, MK, RDF_TYPE, curie, ontology


def tables(data: Tables, engine: str = "") -> list[Problem]:
    """Return every problem of a data folder: its tables, and the graph that they build."""
    faults = integrity.problems(data)
    order = integrity.order_problems(data)
    if faults:
        return sorted(faults + order)
    built = build.made(data)
    return order + integrity.advice(data) + shapes.judged(built.quads, built.origins, engine)


def file(path: Path, engine: str = "") -> list[Problem]:
    """Return every problem of an RDF file.

    Raises:
        BadInput: the file cannot be read or parsed, its format is not known, or it has what the shapes cannot judge.
    """
    name, content = files.shown(path), _content(path)
    quads = rdf.parsed(name, content)
    if any(isinstance(quad.subject, ox.Triple) or isinstance(quad.object, ox.Triple) for quad in quads):
        do = "State it as a claim with a source."
        raise BadInput(Problem(name, 0, "", "holds a quoted triple, which the shapes cannot judge.", do))
    found = [*_nothing(quads), *_foreign(quads), *_literals(quads)]
    if any(term in _defined() for term in _subjects(quads)):
        found += _styled(quads, engine)
    found += shapes.judged(quads, {}, engine)
    lines = _Lines(content.decode("utf-8", errors="replace"))
    return [
        problem._replace(
            file=name, line=lines.of(problem.file), do=" ".join(filter(None, [problem.do, _node(problem)]))
        )
        for problem in dict.fromkeys(found)
    ]


def read(path: Path) -> list[ox.Quad]:
    """Read an RDF file; RDF/XML with a document type is refused.

    Raises:
        BadInput: see `file`.
    """
    return rdf.parsed(files.shown(path), _content(path))


def _content(path: Path) -> bytes:
    try:
        return files.read(path)
    except OSError as error:
        what = f"cannot be read ({error.strerror})."
        raise BadInput(Problem(files.shown(path), 0, "", what, "Name an RDF file.")) from error


# --------------------------------------------------------------------------------------------------
# What no shape sees: that there is nothing of ours, or something that only looks like ours
# --------------------------------------------------------------------------------------------------

_LIKE_OURS = re.compile(r"https?://(?:www\.)?w3id\.org/mirkg(?:[/#].*)?", re.IGNORECASE)


@cache
def _defined() -> frozenset[str]:
    return frozenset(quad.subject.value for quad in ontology() if isinstance(quad.subject, ox.NamedNode))


def _subjects(quads: list[ox.Quad]) -> set[str]:
    return {quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)}


def looked_at(quads: Iterable[ox.Quad]) -> dict[str, int]:
    """Return how many things of each class of ours a graph has, and how many terms of the ontology it defines."""
    classes = Counter(
        quad.object.value.removeprefix(MK)
        for quad in set(quads)
        if quad.predicate == RDF_TYPE and isinstance(quad.object, ox.NamedNode) and quad.object.value.startswith(MK)
    )
    own = sum(term in _defined() and term.startswith(MK) for term in _subjects(list(quads)))
    return dict(sorted(classes.items())) | ({"terms of the ontology": own} if own else {})


def _nothing(quads: list[ox.Quad]) -> Iterator[Problem]:
    """Refuse a file in which there is nothing to check, since that is no 0 problems."""
    if not quads:
        yield Problem("", 0, "", "holds no triples: nothing was checked.", "Name a graph in the terms of mirkg.")
    elif not looked_at(quads):
        what = f"holds {len(quads)} triples, and none about a class of {MK}: nothing was checked."
        yield Problem("", 0, "", what, "Give its things classes of the ontology, such as mk:Claim.")


def _foreign(quads: list[ox.Quad]) -> Iterator[Problem]:
    """Refuse terms that look like ours and are none: another namespace, or a name that the ontology lacks."""
    for quad in quads:
        terms = [quad.predicate, *([quad.object] if isinstance(quad.object, ox.NamedNode) else [])]
        for term in [*terms, quad.subject]:
            value = term.value if isinstance(term, ox.NamedNode) else ""
            if value.startswith(MK) and value not in _defined() and term is not quad.subject:
                near = nearest(value.removeprefix(MK), [one.removeprefix(MK) for one in _defined()])
                yield Problem(
                    value, 0, "", f"mk:{value.removeprefix(MK)} is no term of the ontology.{near}", "Correct it."
                )
            elif _LIKE_OURS.fullmatch(value) and not value.startswith(BASE) and value != BASE[:-1]:
                yield Problem(
                    value, 0, "", f"{value} is not in our namespace.", f"Write {MK} for terms and {BASE} for data."
                )
        if quad.predicate.value.startswith(BASE) and not quad.predicate.value.startswith(MK):
            yield Problem(quad.predicate.value, 0, "", f"{quad.predicate.value} is no term.", f"Terms begin with {MK}.")


def _literals(quads: list[ox.Quad]) -> Iterator[Problem]:
    """Refuse literals that are not of their datatype, which the library of the shapes only mumbles about."""
    for quad in quads:
        if isinstance(quad.object, ox.Literal) and validators.ill_typed(quad.object):
            value, kind = quad.object.value[:60], curie(quad.object.datatype.value)
            node = quad.subject.value if isinstance(quad.subject, ox.NamedNode) else ""
            yield Problem(node, 0, curie(quad.predicate.value), f"{value!r} is no {kind}.", "Correct the value.")


# --------------------------------------------------------------------------------------------------
# Places in a file
# --------------------------------------------------------------------------------------------------


class _Lines:
    """Find the lines of a text that name nodes, as its prefixes let it write them."""

    def __init__(self, text: str) -> None:
        self.text = text
        declared = re.findall(r"(?i)@?prefix\s+([\w.-]*):\s*<([^<>\s]*)>", text)
        self.spaces = [(prefix, space) for prefix, space in declared if space]

    def of(self, node: str) -> int:
        """Return the line that has a node as subject, else the first that names it, else 0."""
        if not node:
            return 0
        whole = [f"<{node}>", f'"{node}"', f"<{node.removeprefix(BASE)}>"]
        short = [f"{prefix}:{node[len(space) :]}" for prefix, space in self.spaces if node.startswith(space)]
        short += [form.replace("/", "\\/") for form in short if "/" in form]
        forms = "|".join(map(re.escape, [*whole, *short]))
        place = re.search(rf"^[ \t]*(?:{forms})(?=[\s;,.])", self.text, re.MULTILINE) or re.search(
            rf"(?<![\w:-])(?:{forms})(?![\w-])", self.text
        )
        return self.text.count("\n", 0, place.start()) + 1 if place else 0


def _node(problem: Problem) -> str:
    """Return which node a problem is about, where its words do not say so."""
    named = problem.file and problem.file not in problem.what and not problem.what.startswith("mk:")
    return f"See {curie(problem.file)}." if named else ""


def style(engine: str = "") -> list[Problem]:
    """Return where the ontology departs from its own style."""
    source = files.resource("ontology/mirkg.ttl")
    lines = _Lines(files.text(source))
    name = files.shown(source)
    return [problem._replace(file=name, line=lines.of(problem.file)) for problem in _styled(ontology(), engine)]


def _styled(quads: Iterable[ox.Quad], engine: str) -> list[Problem]:
    """Return where the terms of ours that a graph defines depart from the style of the ontology."""
    own = [quad for quad in quads if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(MK)]
    return shapes.validated(own, shapes.load(shapes.STYLE), {}, engine)
