"""Partition: from some rows of a large table to the quads that belong to them, with what follows, and what is wrong.

Every quad belongs to one part of a build: to the entities, to a slice of the sources, to the partition of its subject,
or to the inferences, which cross subjects and come last. What a partition needs of others is built with it and left out
of what it gives.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cache
from heapq import merge
from importlib.util import find_spec
from io import BytesIO
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
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
_ON = mk("onEntity")
_OF_ENTITIES = {mk("comparableTo"), mk("within")}  # what is derived of entities alone
_KINDS = {form: form.removesuffix("s") for form in ("passages", "references", "brackets", "notes")}
MANY = 3_000  # claims from which DuckDB, which plans for seconds, is faster than pyoxigraph
_AT_ONCE = 100_000  # quads that are judged at once
_LEVEL = 1  # of packing: others take up to twice the time for a sixth of the size
_MEMORY = "2GB"  # for DuckDB, which writes the rest to disk
_PROPOSITION = "/proposition/"
_TERM = re.compile(r"(?<![\w:?])(?:mk|prov|rdfs|skos):\w+")


Classes = Callable[[Iterable[Any]], Iterable[ox.Quad]]  # from nodes to what states their classes


class Pack:
    """Hold sorted lines packed with gzip, the same bytes for the same lines."""

    def __init__(self, quads: Iterable[ox.Quad] = ()) -> None:
        """Begin with some quads, or with nothing."""
        self.size = 0
        self._bytes = BytesIO()
        self._file = gzip.GzipFile("", "wb", _LEVEL, self._bytes, mtime=0)
        self.add(lines(quads))

    def add(self, some: list[bytes]) -> None:
        """Add lines that sort after all that are there."""
        self._file.write(b"".join(some))
        self.size += len(some)

    def content(self) -> bytes:
        """Return the bytes; nothing is added after that."""
        self._file.close()
        return self._bytes.getvalue()


class Made(NamedTuple):
    """Hold what a part of a build gives: its quads, those that inference reads, and what is wrong with it."""

    quads: Pack
    links: Pack
    problems: list[Problem]


def of_entities(data: Tables, names_of_pathways: dict[str, list[str]], review: Review) -> Made:
    """Build the ontology, what reviews share, and the review itself."""
    origins: dict[str, Row] = {}
    told = _graph(review, data, origins, {})
    shared = set(build.shared(data, told.named, origins, names_of_pathways))
    stated = {*shared, *told.about()}
    derived = _derived(stated)
    quads = [*stated, *derived]
    links = _given([*_terms(), *shared, *derived])
    return Made(Pack([*_terms(), *quads]), Pack(links), shapes.judged(quads, origins))


def of_mechanisms(data: Tables, review: Review, names: list[str]) -> Made:
    """Build some mechanisms of a review."""
    told = _graph(review, data, {}, {})
    quads = list(told.mechanisms(names))
    return Made(Pack(quads), Pack(), shapes.judged_nodes(_nodes(quads), [*told.about(), *quads], {}))


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
    return Made(Pack(quads), Pack(), shapes.judged_nodes(nodes, [*stated, *derived, *claims], origins))


def of_claims(part: Part) -> Made:
    """Build the claims of a partition, with all that follows from them but for inferences."""
    with TemporaryDirectory() as folder:
        return _of_claims(part, Path(folder))


def _of_claims(part: Part, folder: Path) -> Made:
    """Build a partition by way of files in a folder, so that what is derived is never in memory as a whole."""
    origins: dict[str, Row] = {}
    told = _graph(part.review, part.tables, origins, part.mentions)
    near: list[Row] = []
    far: list[Row] = []
    for row in [*part.review.claims, *part.reversing]:
        (near if row["object"].split("/")[0] in part.subjects else far).append(row)
    own = {*told.statements(), *told.undone(near)}
    needed = chain(
        _terms(),
        build.shared(part.tables, told.named, {}, part.names_of_pathways),
        told.about(),
        told.sources(),
        told.mechanisms(row["mechanism"] for row in part.review.claims),
        (quad for quad in told.undone(far) if quad.predicate == RDF_TYPE),
    )
    stated, beside, derived = (folder / f"{name}.nq" for name in ("stated", "beside", "derived"))
    stated.write_bytes(b"".join(lines(own)))
    ox.serialize(needed, beside, format=ox.RdfFormat.N_QUADS)
    known = shapes.with_propositions(own, origins)
    del own
    classes = _derive(_rules(inference=False), [stated, beside], len(part.review.claims) >= MANY, derived)
    subjects, entities = {told.named.entity(name) for name in part.subjects}, _entities(part.tables, told.named)
    content, links, problems = Pack(), Pack(), []
    for quads in _by_subject(stated, derived):
        kept = _belonging(quads, subjects, told.source.value)
        problems += _judged(kept, entities, classes, known)
        content.add(lines(kept))
        links.add(lines(_links(kept)))
    return Made(content, links, sorted(problems))


def of_inferences(links: list[Path], many: bool, data: Tables, folder: Path) -> Made:
    """Build what follows by chains of links, from what inference reads of all parts, by way of a file in a folder."""
    inferred = folder / "inferred.nq"
    classes = _derive(_rules(inference=True), links, many, inferred)
    entities = _entities(data, Entities(data.bases))
    content, problems = Pack(), []
    for quads in _by_subject(inferred):
        problems += _judged(quads, entities, classes, {})
        content.add(lines(quads))
    inferred.unlink()
    return Made(content, Pack(), sorted(problems))


def _judged(quads: list[ox.Quad], entities: set[Any], classes: Classes, origins: dict[str, Row]) -> list[Problem]:
    """Return what is wrong with the nodes of some quads but for entities, given the classes of what they name."""
    named = classes({quad.object for quad in quads})
    return shapes.judged_nodes(_nodes(quads) - entities, [*named, *quads], origins)


def _by_subject(*places: Path) -> Iterator[list[ox.Quad]]:
    """Yield the quads of files of sorted lines, some thousands at once, and those of one subject together."""
    with ExitStack() as stack:
        merged = merge(*(stack.enter_context(place.open("rb")) for place in places))
        some: list[bytes] = []
        for _, own in groupby(merged, key=lambda line: line.split(b" ", 1)[0]):
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


def _derived(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return what the rules before inference derive from a small graph and the ontology."""
    store = ox.Store()
    store.bulk_extend([*_terms(), *quads])
    return _applied(store, _rules(inference=False))


def _rules(*, inference: bool) -> list[str]:
    return [rule for rule in derive.rules() if rule.startswith(derive.INFERENCE) == inference]


def _derive(rules: list[str], given: list[Path], many: bool, place: Path) -> Classes:
    """Write what rules derive from files to one of sorted lines, and return what tells the classes of nodes.

    DuckDB does it where there is much and it is installed, else pyoxigraph.
    """
    if many and find_spec("duckdb"):
        tables = columns.Columns(columns.connect(_MEMORY, folder=place.parent))
        tables.load_files(list(map(str, given)))
        tables.apply(rules)
        tables.write(place)
        return tables.classes
    store = ox.Store()
    for path in given:
        store.bulk_load(_content(path), ox.RdfFormat.N_QUADS)
    place.write_bytes(b"".join(lines(_applied(store, rules))))

    def classes(nodes: Iterable[Any]) -> Iterator[ox.Quad]:
        for node in nodes:
            if not isinstance(node, ox.Literal):
                yield from store.quads_for_pattern(node, RDF_TYPE, None, None)

    return classes


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _applied(store: ox.Store, rules: list[str]) -> list[ox.Quad]:
    derive.apply(store, rules)
    return list(store.quads_for_pattern(None, None, None, _DERIVED))


def _belonging(quads: list[ox.Quad], own: set[ox.NamedNode], source: str) -> list[ox.Quad]:
    """Return what is stated, and derived of the claims of some subjects: not of a source or entities, nor of others."""
    others = {quad.subject for quad in quads if quad.predicate == _ON and quad.object not in own}
    return [
        quad
        for quad in quads
        if quad.graph_name != _DERIVED
        or (
            quad.predicate not in _OF_ENTITIES
            and quad.subject not in others
            and not _name(quad.subject).startswith(source)
        )
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
