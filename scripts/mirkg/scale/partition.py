"""Partition: from some rows of a large table to the quads that belong to them, with what follows, and what is wrong.

Every quad belongs to one part of a build: to the entities, to a slice of the sources, to the partition of its subject,
or to inferences, which cross subjects and come last. What a partition needs of others is built with it and left out of
what it gives.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cache
from heapq import merge
from io import BytesIO
from itertools import chain, count, groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TextIO

import pyoxigraph as ox

from mirkg.make import build, shapes
from mirkg.make.alike import Statement
from mirkg.make.review import ReviewGraph
from mirkg.make.tables import Review, Row, Tables
from mirkg.model import derive
from mirkg.model.iris import Entities
from mirkg.model.problems import Problem
from mirkg.model.rdf import serialized
from mirkg.model.vocabulary import RDF_TYPE, expand, graph, mk
from mirkg.scale import columns
from mirkg.scale.chains import MEMORY, Chains, Share
from mirkg.scale.staging import Part

_DERIVED = graph("derived")
_END = f" {_DERIVED} .\n"
_ON = str(mk("onEntity"))
_OF_ENTITIES = {str(mk("comparableTo")), str(mk("within"))}  # what is derived of entities alone
_GIVING = {str(mk("carries")), str(mk("edgeGrade"))}
_KINDS = {form: form.removesuffix("s") for form in ("passages", "references", "brackets", "notes")}
MANY = 3_000  # claims from which DuckDB, which plans for seconds, is faster than pyoxigraph
_AT_ONCE = 100_000  # quads that are judged at once
_LEVEL = 1  # of packing: others take up to twice the time for a sixth of the size
_PROPOSITION, _STEP = "/proposition/", "/derived/step/"
_TERM = re.compile(r"(?<![\w:?])(?:mk|prov|rdfs|skos):\w+")


Classes = Callable[[Iterable[str]], Iterable[Statement]]  # from nodes to what states their classes


class Pack:
    """Hold sorted lines packed with gzip, the same bytes for the same lines."""

    def __init__(self, quads: Iterable[ox.Quad] = ()) -> None:
        """Begin with some quads, or with nothing."""
        self.size = 0
        self._bytes = BytesIO()
        self._file = gzip.GzipFile("", "wb", _LEVEL, self._bytes, mtime=0)
        self.add(lines(quads))

    def add(self, some: list[str]) -> None:
        """Add lines that sort after all that are there."""
        self._file.write("".join(some).encode())
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
    derived = _derived(stated, len(data.entities) >= MANY)
    quads = [*stated, *derived]
    links = _given([*_terms(), *shared, *derived])
    return Made(Pack([*_terms(), *quads]), Pack(links), shapes.judged(quads, origins))


def of_mechanisms(data: Tables, review: Review, names: list[str]) -> Made:
    """Build some mechanisms of a review."""
    told = _graph(review, data, {}, {})
    quads = list(told.mechanisms(names))
    return Made(Pack(quads), Pack(), shapes.judged_nodes(_nodes(quads), shapes.statements([*told.about(), *quads]), {}))


def of_sources(part: Part, form: str, own: list[Row]) -> Made:
    """Build rows of passages, references, brackets or notes, with what is derived of references alone."""
    origins: dict[str, Row] = {}
    told = _graph(part.review, part.tables, origins, part.mentions)
    nodes: set[Any] = {told.part(_KINDS[form], row["id"]) for row in own}
    stated = {*build.shared(part.tables, told.named, {}, {}), *told.about(), *told.sources()}
    derived = _derived(stated, len(own) >= MANY) if form == "references" else []
    quads = [quad for quad in [*stated, *derived] if quad.subject in nodes]
    noted: set[Any] = {quad.object for quad in stated if quad.predicate == mk("about")}
    claims = [ox.Quad(node, RDF_TYPE, mk("Claim"), graph("claims")) for node in noted - {one.subject for one in stated}]
    known = shapes.statements([*stated, *derived, *claims])
    return Made(Pack(quads), Pack(), shapes.judged_nodes(set(map(str, nodes)), known, origins))


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
    needed = chain(
        _terms(),
        build.shared(part.tables, told.named, {}, part.names_of_pathways),
        told.about(),
        told.sources(),
        told.mechanisms(row["mechanism"] for row in part.review.claims),
        (quad for quad in told.undone(far) if quad.predicate == RDF_TYPE),
    )
    stated = list(_in_files(chain(told.statements(), told.undone(near)), folder))
    beside, derived = folder / "beside.nq", folder / "derived.nq"
    ox.serialize(needed, beside, format=ox.RdfFormat.N_QUADS)
    classes = _derive(_rules(inference=False), [*stated, beside], len(part.review.claims) >= MANY, derived)
    known = shapes.with_propositions(_said(stated), origins)
    subjects, entities = {str(told.named.entity(name)) for name in part.subjects}, _entities(part.tables, told.named)
    content, links, problems = Pack(), Pack(), []
    for some in _by_subject(*stated, derived):
        kept, stating = _belonging(some, subjects, str(told.source)[:-1])
        problems += _judged(stating, entities, classes, known)
        content.add(kept)
        links.add(_links(stating))
    return Made(content, links, sorted(problems))


def of_inferences(given: list[Path], data: Tables) -> Made:
    """Build what follows by chains of links from what inference reads of all parts, in memory."""
    with TemporaryDirectory() as folder:
        inferred = Path(folder) / "inferred.nq"
        return _inferred(inferred, _in_memory(_rules(inference=True), given, inferred), data)


def of_mediations(share: Share, links: Path) -> Made:
    """Find the mediations of some chains, by a file of all links; they are what a part of inference reads of others."""
    with TemporaryDirectory() as folder:
        found = Path(folder) / "mediations.nq"
        _chains(share, links, found).mediations(found)
        return Made(Pack(), _together(found), [])


def of_chains(share: Share, data: Tables, links: Path, *mediations: Path) -> Made:
    """Build what follows by some chains, by a file of all links and by all mediations."""
    with TemporaryDirectory() as folder:
        inferred = Path(folder) / "inferred.nq"
        own = _chains(share, links, inferred)
        own.conclude(mediations)
        own.write(inferred)
        return _inferred(inferred, own.classes, data)


def _chains(share: Share, links: Path, beside: Path) -> Chains:
    return Chains(columns.connect(MEMORY, folder=beside.parent), links, share)


def of_steps(places: Iterable[Path]) -> Made:
    """Put together the steps of chains, which several parts of inference give."""
    return Made(_together(*places), Pack(), [])


def _together(*places: Path) -> Pack:
    """Pack the lines of files of sorted lines, each once."""
    content = Pack()
    for some in _by_subject(*places):
        content.add(some)
    return content


def _inferred(inferred: Path, classes: Classes, data: Tables) -> Made:
    """Return what was inferred without the steps of chains, which other parts can give too."""
    entities = _entities(data, Entities(data.bases))
    content, steps, problems = Pack(), Pack(), []
    for some in _by_subject(inferred):
        problems += _judged(list(map(_statement, some)), entities, classes, {})
        own: tuple[list[str], list[str]] = [], []
        for line in some:
            own[_STEP in line.split(" ", 1)[0]].append(line)
        content.add(own[False])
        steps.add(own[True])
    return Made(content, steps, sorted(problems))


def _judged(some: list[Statement], entities: set[str], classes: Classes, origins: dict[str, Row]) -> list[Problem]:
    """Return what is wrong with some nodes but for entities, by what they state and the classes of what they name."""
    named = classes({value for _, _, value in some})
    return shapes.judged_nodes(shapes.subjects(some) - entities, [*named, *some], origins)


def _in_files(quads: Iterable[ox.Quad], folder: Path) -> Iterator[Path]:
    """Write quads to files of sorted lines, some thousands in each, and yield their names."""
    ahead = iter(quads)
    for number in count():
        if not (some := set(islice(ahead, _AT_ONCE))):
            return
        path = folder / f"stated-{number}.nq"
        path.write_text("".join(lines(some)), "utf-8", newline="\n")
        yield path


def _by_subject(*places: Path) -> Iterator[list[str]]:
    """Yield the lines of files of sorted lines, some thousands at once, those of one subject together and each once."""
    with ExitStack() as stack:
        merged = merge(*(stack.enter_context(_opened(place)) for place in places))
        some: dict[str, None] = {}
        for _, own in groupby(merged, key=lambda line: line.split(" ", 1)[0]):
            some.update(dict.fromkeys(own))
            if len(some) >= _AT_ONCE:
                yield list(some)
                some = {}
        yield list(some)


def _opened(place: Path) -> TextIO:
    open_ = gzip.open if place.suffix == ".gz" else open
    return open_(place, "rt", encoding="utf-8", newline="\n")


def _said(places: Iterable[Path]) -> Iterator[Statement]:
    """Yield what claims say in files of lines."""
    for place in places:
        with _opened(place) as told:
            yield from (_statement(line) for line in told if line.split(" ", 2)[1] in shapes.SAYS)


def lines(quads: Iterable[ox.Quad]) -> list[str]:
    """Return quads as the sorted lines of N-Quads."""
    return sorted(f"{line}\n" for line in serialized(quads, ox.RdfFormat.N_QUADS).decode().split("\n")[:-1])


def _statement(line: str) -> Statement:
    """Return what a line of N-Quads states, without its graph."""
    subject, predicate, rest = line.split(" ", 2)
    return subject, predicate, rest.rsplit(" ", 2)[0]


@cache
def _terms() -> tuple[ox.Quad, ...]:
    return tuple(build.terms())


def _graph(review: Review, data: Tables, origins: dict[str, Row], mentions: dict[str, list[str]]) -> ReviewGraph:
    named, placed = Entities(data.bases), review.kind == "table"
    return ReviewGraph(review, data.entities, named, origins, mentions.__getitem__, placed=placed)


def _nodes(quads: Iterable[ox.Quad]) -> set[str]:
    return {str(quad.subject) for quad in quads}


def _entities(data: Tables, named: Entities) -> set[str]:
    return {str(named.entity(row["id"])) for row in data.entities}


def _derived(quads: Iterable[ox.Quad], many: bool) -> list[ox.Quad]:
    """Return what the rules before inference derive from some quads and the ontology."""
    with TemporaryDirectory() as folder:
        given, place = Path(folder) / "given.nq", Path(folder) / "derived.nq"
        ox.serialize([*_terms(), *quads], given, format=ox.RdfFormat.N_QUADS)
        _derive(_rules(inference=False), [given], many, place)
        return list(ox.parse(path=place, format=ox.RdfFormat.N_QUADS))


def _rules(*, inference: bool) -> list[str]:
    return [rule for rule in derive.rules() if rule.startswith(derive.INFERENCE) == inference]


def _derive(rules: list[str], given: list[Path], many: bool, place: Path) -> Classes:
    """Write what rules derive from files to one of sorted lines, and return what tells the classes of nodes.

    DuckDB does it where there is much and it is installed, else pyoxigraph.
    """
    if not (many and columns.installed()):
        return _in_memory(rules, given, place)
    tables = columns.Columns(columns.connect(MEMORY, folder=place.parent))
    tables.load_files(list(map(str, given)))
    tables.apply(rules)
    tables.write(place)
    return tables.classes


def _in_memory(rules: list[str], given: list[Path], place: Path) -> Classes:
    """Do as `_derive`, by pyoxigraph."""
    store = ox.Store()
    for path in given:
        store.bulk_load(_content(path), ox.RdfFormat.N_QUADS)
    derive.apply(store, rules)
    derived = store.quads_for_pattern(None, None, None, _DERIVED)
    place.write_text("".join(lines(derived)), "utf-8", newline="\n")

    def classes(nodes: Iterable[str]) -> Iterator[Statement]:
        for node in nodes:
            if node.startswith("<"):
                yield from shapes.statements(store.quads_for_pattern(ox.NamedNode(node[1:-1]), RDF_TYPE, None, None))

    return classes


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _belonging(some: list[str], own: set[str], source: str) -> tuple[list[str], list[Statement]]:
    """Return the lines that belong to a partition, and what they state.

    What is stated does, and what is derived of the claims of some subjects: not of a source or entities, nor of others.
    """
    stating = list(map(_statement, some))
    others = {subject for subject, predicate, value in stating if predicate == _ON and value not in own}
    kept = [
        (line, (subject, predicate, value))
        for line, (subject, predicate, value) in zip(some, stating, strict=True)
        if not line.endswith(_END)
        or (predicate not in _OF_ENTITIES and subject not in others and not subject.startswith(source))
    ]
    return [line for line, _ in kept], [stated for _, stated in kept]


def _links(some: list[Statement]) -> list[str]:
    """Return what inference reads: all propositions, and the claims and assessments that give links."""
    giving = {subject for subject, predicate, _ in some if predicate in _GIVING}
    read = _read_by_inference()
    return [
        f"{subject} {predicate} {value} {graph('claims')} .\n"
        for subject, predicate, value in some
        if predicate in read and (subject in giving or _PROPOSITION in subject)
    ]


def _given(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return quads as what inference is given, so that only what it adds is derived."""
    return [ox.Quad(quad.subject, quad.predicate, quad.object, graph("claims")) for quad in quads]


@cache
def _read_by_inference() -> frozenset[str]:
    """Return the properties that the rules of inference name."""
    texts = map(derive.text, _rules(inference=True))
    return frozenset({str(RDF_TYPE), *(f"<{expand(name)}>" for text in texts for name in _TERM.findall(text))})
