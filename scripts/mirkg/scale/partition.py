"""Partition: from some rows of a large table to the quads that belong to them, with what follows, and what is wrong.

Every quad belongs to one part of a build: to the entities, to a slice of the sources, to the partition of its subject,
or to the inferences, which cross subjects and come last. What a partition needs of others is built with it and left out
of what it gives.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg.make import build, shapes
from mirkg.make.review import ReviewGraph
from mirkg.make.tables import Review, Row, Tables
from mirkg.model import derive
from mirkg.model.iris import Entities
from mirkg.model.problems import Problem
from mirkg.model.rdf import serialized
from mirkg.model.vocabulary import RDF_TYPE, expand, graph, mk
from mirkg.scale import columns
from mirkg.scale.staging import Part

_DERIVED = graph("derived")
_OF_ENTITIES = {mk("comparableTo"), mk("within")}  # what is derived of entities alone
_KINDS = {form: form.removesuffix("s") for form in ("passages", "references", "brackets", "notes")}
MANY = 3_000  # claims from which DuckDB, which plans for seconds, is faster than pyoxigraph
_AT_ONCE = 200_000  # quads of inference that are judged at once
_MEMORY = "2GB"  # for DuckDB, which writes the rest to disk
_PROPOSITION = "/proposition/"
_TERM = re.compile(r"(?<![\w:?])(?:mk|prov|rdfs|skos):\w+")


class Made(NamedTuple):
    """Hold what a part of a build gives: its quads, those that inference reads, and what is wrong with it."""

    quads: list[ox.Quad]
    links: list[ox.Quad]
    problems: list[Problem]


def of_entities(data: Tables, names_of_pathways: dict[str, list[str]], review: Review) -> Made:
    """Build the ontology, what reviews share, and the review itself."""
    origins: dict[str, Row] = {}
    told = _graph(review, data, origins, {})
    shared = set(build.shared(data, told.named, origins, names_of_pathways))
    stated = {*shared, *told.about()}
    derived = _derived(stated)
    quads = [*stated, *derived]
    return Made([*_terms(), *quads], _given([*_terms(), *shared, *derived]), shapes.judged(quads, origins))


def of_mechanisms(data: Tables, review: Review, names: list[str]) -> Made:
    """Build some mechanisms of a review."""
    told = _graph(review, data, {}, {})
    quads = list(told.mechanisms(names))
    return Made(quads, [], shapes.judged_nodes(_nodes(quads), [*told.about(), *quads], {}))


def of_sources(part: Part, form: str, own: list[Row]) -> Made:
    """Build rows of passages, references, brackets or notes, with what is derived of references alone."""
    origins: dict[str, Row] = {}
    told = _graph(part.review, part.tables, origins, part.mentions)
    nodes = {told.part(_KINDS[form], row["id"]) for row in own}
    stated = {*build.shared(part.tables, told.named, {}, {}), *told.about(), *told.sources()}
    derived = _derived(stated) if form == "references" else []
    quads = [quad for quad in [*stated, *derived] if quad.subject in nodes]
    noted: set[Any] = {quad.object for quad in stated if quad.predicate == mk("about")}
    claims = [ox.Quad(node, RDF_TYPE, mk("Claim"), graph("claims")) for node in noted - _nodes(stated)]
    return Made(quads, [], shapes.judged_nodes(nodes, [*stated, *derived, *claims], origins))


def of_claims(part: Part) -> Made:
    """Build the claims of a partition, with all that follows from them but for inferences."""
    origins: dict[str, Row] = {}
    told = _graph(part.review, part.tables, origins, part.mentions)
    near: list[Row] = []
    far: list[Row] = []
    for row in [*part.review.claims, *part.reversing]:
        (near if row["object"].split("/")[0] in part.subjects else far).append(row)
    own = {*told.statements(), *told.undone(near)}
    needed = {*build.shared(part.tables, told.named, {}, part.names_of_pathways), *told.about(), *told.sources()}
    needed.update(told.mechanisms(row["mechanism"] for row in part.review.claims))
    needed.update(quad for quad in told.undone(far) if quad.predicate == RDF_TYPE)
    derived = _derived([*own, *needed], many=len(part.review.claims) >= MANY)
    derived = _belonging(derived, {told.named.entity(name) for name in part.subjects}, told.source.value)
    nodes = _nodes([*own, *derived]) - _entities(part.tables, told.named)
    problems = shapes.judged_nodes(nodes, [*own, *needed, *derived], origins)
    return Made([*own, *derived], _links([*own, *derived]), problems)


def of_inferences(links: list[Path], many: bool, data: Tables, place: Path) -> list[Problem]:
    """Write what follows by chains of links to a file of sorted lines, and return what is wrong with it.

    It reads what inference needs of each part, from packed N-Quads. Where there is much, and DuckDB is installed, not
    all of it is in memory at once.
    """
    rules = _rules(inference=True)
    if many and find_spec("duckdb"):
        tables = columns.Columns(columns.connect(_MEMORY, folder=place.parent))
        tables.load_files(list(map(str, links)))
        tables.apply(rules)
        tables.write(place)
        classes: Callable[[set[Any]], Iterable[ox.Quad]] = tables.classes
    else:
        read = [quad for path in links for quad in ox.parse(gzip.decompress(path.read_bytes()), ox.RdfFormat.N_QUADS)]
        inferred = _by_pyoxigraph(rules, read)
        place.write_bytes(b"".join(lines(inferred)))
        stated = [quad for quad in [*read, *inferred] if quad.predicate == RDF_TYPE]
        classes = lambda nodes: (quad for quad in stated if quad.subject in nodes)  # noqa: E731
    entities = _entities(data, Entities(data.bases))
    found: list[Problem] = []
    for quads in _subject_by_subject(place):
        named = classes({quad.object for quad in quads})
        found += shapes.judged_nodes(_nodes(quads) - entities, [*named, *quads], {})
    return sorted(found)


def _subject_by_subject(place: Path) -> Iterator[list[ox.Quad]]:
    """Yield the quads of a file of sorted lines, some thousands at once, and those of one subject together."""
    with place.open("rb") as file:
        by_subject = groupby(file, key=lambda line: line.split(b" ", 1)[0])
        some: list[bytes] = []
        for _, own in by_subject:
            some += own
            if len(some) >= _AT_ONCE:
                yield list(ox.parse(b"".join(some), ox.RdfFormat.N_QUADS))
                some = []
        yield list(ox.parse(b"".join(some), ox.RdfFormat.N_QUADS))


def lines(quads: Iterable[ox.Quad]) -> list[bytes]:
    """Return quads as the sorted lines of N-Quads."""
    return sorted(serialized(quads, ox.RdfFormat.N_QUADS).splitlines(keepends=True))


@cache
def _terms() -> tuple[ox.Quad, ...]:
    return tuple(build.terms())


def _graph(review: Review, data: Tables, origins: dict[str, Row], mentions: dict[str, list[str]]) -> ReviewGraph:
    named, placed = Entities(data.bases), review.kind == "table"
    return ReviewGraph(review, data.entities, named, origins, mentions.__getitem__, placed=placed)


def _name(term: Any) -> str:
    return str(term.value)


def _nodes(quads: Iterable[ox.Quad]) -> set[Any]:
    return {quad.subject for quad in quads}


def _entities(data: Tables, named: Entities) -> set[Any]:
    return {named.entity(row["id"]) for row in data.entities}


def _derived(quads: Iterable[ox.Quad], *, many: bool = False) -> list[ox.Quad]:
    """Return what the rules before inference derive from a graph and the ontology."""
    return _ran(_rules(inference=False), [*_terms(), *quads], many=many)


def _rules(*, inference: bool) -> list[str]:
    return [rule for rule in derive.rules() if rule.startswith(derive.INFERENCE) == inference]


def _ran(rules: list[str], quads: list[ox.Quad], *, many: bool) -> list[ox.Quad]:
    """Return what rules derive from a graph: by DuckDB where there is much and it is installed, else by pyoxigraph."""
    if many and find_spec("duckdb"):
        tables = columns.Columns(columns.connect(_MEMORY))
        tables.load(quads)
        tables.apply(rules)
        return tables.derived()
    return _by_pyoxigraph(rules, quads)


def _by_pyoxigraph(rules: list[str], quads: list[ox.Quad]) -> list[ox.Quad]:
    store = ox.Store()
    store.bulk_extend(quads)
    derive.apply(store, rules)
    return list(store.quads_for_pattern(None, None, None, _DERIVED))


def _belonging(derived: list[ox.Quad], own: set[ox.NamedNode], source: str) -> list[ox.Quad]:
    """Return what is derived of the claims of some subjects: not of a source or entities, nor of others' subjects."""
    others = {quad.subject for quad in derived if quad.predicate == mk("onEntity") and quad.object not in own}
    return [
        quad
        for quad in derived
        if quad.predicate not in _OF_ENTITIES
        and quad.subject not in others
        and not _name(quad.subject).startswith(source)
    ]


def _links(quads: list[ox.Quad]) -> list[ox.Quad]:
    """Return what inference reads: all propositions, and the claims and assessments that give links."""
    giving = {quad.subject for quad in quads if quad.predicate in (mk("carries"), mk("edgeGrade"))}
    read = _read_by_inference()
    return _given(
        quad
        for quad in quads
        if quad.predicate in read and (quad.subject in giving or _PROPOSITION in _name(quad.subject))
    )


def _given(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return quads as what inference is given, so that only what it adds is derived."""
    return [ox.Quad(quad.subject, quad.predicate, quad.object, graph("claims")) for quad in quads]


@cache
def _read_by_inference() -> frozenset[ox.NamedNode]:
    """Return the properties that the rules of inference name."""
    texts = map(derive.text, _rules(inference=True))
    return frozenset({RDF_TYPE, *(ox.NamedNode(expand(name)) for text in texts for name in _TERM.findall(text))})
