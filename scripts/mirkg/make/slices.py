"""Slices: what other ontologies state of the classes that entities are mapped to, in a graph of its own.

A slice holds the classes to which an entity is mapped, all that is above them, and every axiom of these that names no
other class. An entity falls under a class by an exact or a broad match, and under all that is above that class: a close
match proves nothing of the kind. Above a class is what it is a subclass of, by name or as a part of its definition, and
a role that it has, as the drugs of ChEBI have theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg.make import reason
from mirkg.make.ontologies import DEPRECATED, LICENCE, REPLACED, TOLD, VERSION, VERSION_INFO, Ontology, Term
from mirkg.model import files
from mirkg.model.problems import BadInput, Problem
from mirkg.model.rdf import in_graph, order
from mirkg.model.vocabulary import BASE, LABEL, RDF_TYPE, SUBCLASS, curie, expand, graph, mk

GRAPH = graph("slices")
_EQUAL, _APART, _ALL, _PROPERTY, _SOME, _CLASS, _ONTOLOGY, _NOTHING, _OBJECT, _DATA = (
    ox.NamedNode(expand(f"owl:{name}"))
    for name in """
    equivalentClass disjointWith intersectionOf onProperty someValuesFrom Class Ontology Nothing ObjectProperty
    DatatypeProperty
    """.split()  # noqa: SIM905
)
_FIRST, _REST = (ox.NamedNode(expand(f"rdf:{name}")) for name in ("first", "rest"))
_DEFINED_BY = ox.NamedNode(expand("rdfs:isDefinedBy"))
_ROLE = ox.NamedNode(expand("RO:0000087"))  # has role
_UNDER = tuple(ox.NamedNode(expand(f"skos:{name}Match")) for name in ("exact", "broad"))
_IN = mk("inClass")
_BUILT_IN = (expand("owl:"), expand("rdf:"), expand("rdfs:"), expand("xsd:"))
_TRUE = {"true", "1"}


class Merged(NamedTuple):
    """Hold a graph with slices, and what should be said of them."""

    quads: list[ox.Quad]
    report: list[str]


class Slice(NamedTuple):
    """Hold the part of an ontology around the classes that entities are mapped to."""

    ontology: Ontology
    classes: set[ox.NamedNode]
    triples: list[ox.Triple]


def merged(quads: Iterable[ox.Quad], given: list[Ontology]) -> Merged:
    """Return a graph with the slices of ontologies, which with it and the alignments are consistent.

    Raises:
        BadInput: the graph has no mappings; an ontology is given twice or in the graph already, shares no class with
            it, or contradicts it; or there is no Java for the reasoner.
    """
    quads = list(quads)
    _once(quads, given)
    matches = list(_matches(quads))
    if not matches:
        raise BadInput("The graph to add to maps no entity to anything. Name a built graph with --graph.")
    targets = {match.target for match in matches}
    slices = [cut(one, {node for node in targets if one.describes(node)}) for one in given]
    under = {pair for part in slices for match in matches for pair in _under(match, part)}
    new = [triple for part in slices for triple in part.triples]
    new += [ox.Triple(entity, _IN, node) for entity, node in under]
    held = list({*(quad for quad in quads if quad.graph_name == GRAPH), *in_graph(new, GRAPH)})
    falling = {quad.triple for quad in held if quad.predicate == _IN}
    direct = [one for one in matches if one.relation in _UNDER and ox.Triple(one.entity, _IN, one.target) in falling]
    _consistent(quads, held, [ox.Triple(one.entity, RDF_TYPE, one.target) for one in direct], given)
    whole = {*(quad for quad in quads if quad.graph_name != GRAPH), *held}
    return Merged(sorted(whole, key=order), [line for part in slices for line in _report(part, targets, under)])


class _Match(NamedTuple):
    """Name a match of an entity."""

    entity: ox.NamedNode
    relation: ox.NamedNode
    target: ox.NamedNode


def _matches(quads: Iterable[ox.Quad]) -> Iterator[_Match]:
    """Yield the matches that a graph holds."""
    for quad in quads:
        entity, target = quad.subject, quad.object
        named = isinstance(entity, ox.NamedNode) and isinstance(target, ox.NamedNode)
        if named and quad.graph_name == graph("mappings"):
            yield _Match(entity, quad.predicate, target)  # type: ignore[arg-type]


def _under(match: _Match, part: Slice) -> Iterator[tuple[ox.NamedNode, ox.NamedNode]]:
    """Yield an entity with each class under which it falls by a match."""
    if match.relation in _UNDER and match.target in part.classes and not obsolete(part.ontology, match.target):
        yield from ((match.entity, node) for node in above(part.ontology, {match.target}))


def _once(quads: list[ox.Quad], given: list[Ontology]) -> None:
    """Refuse an ontology that is there already, in whatever version."""
    there = {quad.subject: "the graph" for quad in quads if quad.graph_name == GRAPH and quad.object == _ONTOLOGY}
    for one in given:
        if one.iri in there:
            what = f"is {one.name}, and {there[one.iri]} holds that ontology already."
            do = "Merge one version of each, into a graph without it."
            raise BadInput(Problem(one.file, 0, "", what, do))
        there[one.iri] = one.file


def cut(ontology: Ontology, matched: set[ox.NamedNode]) -> Slice:
    """Return the slice of an ontology around some of its classes.

    Raises:
        BadInput: there are none.
    """
    if not matched:
        what = "has none of the classes that entities are mapped to."
        raise BadInput(Problem(ontology.file, 0, "", what, "Merge an ontology that data/mappings.sssom.tsv names."))
    classes = above(ontology, matched)
    triples = [ox.Triple(ontology.iri, RDF_TYPE, _ONTOLOGY)]
    triples += [ox.Triple(ontology.iri, predicate, value) for predicate, value in ontology.header.items()]
    for one in sorted(classes, key=str):
        triples += [ox.Triple(one, RDF_TYPE, _CLASS), ox.Triple(one, _DEFINED_BY, ontology.iri)]
        triples += [ox.Triple(one, SUBCLASS, up) for up in _wider(ontology, one)]
        triples += _stated(ontology, one, classes)
    return Slice(ontology, classes, triples + _properties(ontology, triples))


def above(ontology: Ontology, start: set[ox.NamedNode]) -> set[ox.NamedNode]:
    """Return some classes and all that is above them."""
    found: set[ox.NamedNode] = set()
    ahead = list(start)
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += [*_wider(ontology, one), *_roles(ontology, one)]
    return found


def _wider(ontology: Ontology, one: ox.NamedNode) -> Iterator[ox.NamedNode]:
    """Yield the classes of which a class is a subclass, by name or as a part of its definition."""
    for part in _parts(ontology, one):
        if isinstance(part, ox.NamedNode) and not part.value.startswith((BASE, *_BUILT_IN)):
            yield part


def _roles(ontology: Ontology, one: ox.NamedNode) -> Iterator[ox.NamedNode]:
    """Yield the roles that the members of a class have."""
    for part in _parts(ontology, one):
        if _ROLE in ontology.objects(part, _PROPERTY):
            yield from (role for role in ontology.objects(part, _SOME) if isinstance(role, ox.NamedNode))


def _parts(ontology: Ontology, one: ox.NamedNode) -> Iterator[Term]:
    """Yield what the members of a class all are: classes and expressions, those of an intersection one by one."""
    for predicate in (SUBCLASS, _EQUAL):
        for node in ontology.objects(one, predicate):
            yield node
            for listed in ontology.objects(node, _ALL):
                yield from _members(ontology, listed)


def _members(ontology: Ontology, listed: Term) -> Iterator[Term]:
    """Yield the members of a list of RDF, of one without an end each once."""
    seen: set[Term] = set()
    ahead = [listed]
    while ahead:
        cell = ahead.pop()
        if cell not in seen:
            seen.add(cell)
            yield from ontology.objects(cell, _FIRST)
            ahead += ontology.objects(cell, _REST)


def _stated(ontology: Ontology, one: ox.NamedNode, classes: set[ox.NamedNode]) -> Iterator[ox.Triple]:
    """Yield what an ontology tells of a class, and its axioms that name no class outside of some."""
    for predicate, value in ontology.facts.get(one, ()):
        if predicate in TOLD or (predicate in (SUBCLASS, _EQUAL, _APART) and value in classes):
            yield ox.Triple(one, predicate, value)
        elif predicate in (SUBCLASS, _EQUAL, _APART) and isinstance(value, ox.BlankNode):
            axiom = [ox.Triple(one, predicate, value), *_expression(ontology, value)]
            if all(_within(triple, classes) for triple in axiom[1:]):
                yield from _named(axiom)


def _expression(ontology: Ontology, node: ox.BlankNode) -> Iterator[ox.Triple]:
    """Yield the triples of a class expression, in an order that its content alone gives."""
    seen: set[ox.BlankNode] = set()
    ahead = [node]
    while ahead:
        part = ahead.pop()
        if part not in seen:
            seen.add(part)
            for predicate, value in sorted(ontology.facts.get(part, ()), key=_content):
                yield ox.Triple(part, predicate, value)
                ahead += [value] if isinstance(value, ox.BlankNode) else []


def _content(fact: tuple[ox.NamedNode, Term]) -> tuple[str, str]:
    predicate, value = fact
    return predicate.value, "" if isinstance(value, ox.BlankNode) else str(value)


def _named(axiom: list[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield the triples of an axiom with blank nodes that are named by its content, so that they never change."""
    nodes = dict.fromkeys(node for one in axiom for node in (one.subject, one.object) if isinstance(node, ox.BlankNode))
    places: dict[Any, str] = {node: str(place) for place, node in enumerate(nodes)}
    lines = [
        " ".join(places.get(node, str(node)) for node in (one.subject, one.predicate, one.object)) for one in axiom
    ]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
    own: dict[Any, Any] = {node: ox.BlankNode(f"slice-{digest}-{place}") for node, place in places.items()}
    for one in axiom:
        yield ox.Triple(own.get(one.subject, one.subject), one.predicate, own.get(one.object, one.object))


def _within(triple: ox.Triple, classes: set[ox.NamedNode]) -> bool:
    """Tell whether a triple of an expression names no class outside of some."""
    value = triple.object
    if not isinstance(value, ox.NamedNode) or triple.predicate == _PROPERTY:
        return True
    return value in classes or value.value.startswith(_BUILT_IN)


def _properties(ontology: Ontology, triples: list[ox.Triple]) -> list[ox.Triple]:
    """Return what an ontology tells of the properties that expressions name."""
    named = {triple.object for triple in triples if triple.predicate == _PROPERTY}
    found: list[ox.Triple] = []
    for one in sorted(named, key=str):
        if isinstance(one, ox.NamedNode):
            kinds = [kind for kind in ontology.objects(one, RDF_TYPE) if kind in (_OBJECT, _DATA)] or [_OBJECT]
            found += [ox.Triple(one, RDF_TYPE, kind) for kind in kinds]
            found.append(ox.Triple(one, _DEFINED_BY, ontology.iri))
            found += [ox.Triple(one, LABEL, label) for label in ontology.objects(one, LABEL)]
    return found


def obsolete(ontology: Ontology, one: Term) -> bool:
    """Tell whether an ontology marks a class as obsolete."""
    return any(getattr(value, "value", "") in _TRUE for value in ontology.objects(one, DEPRECATED))


def _consistent(quads: list[ox.Quad], held: list[ox.Quad], types: list[ox.Triple], given: list[Ontology]) -> None:
    """Refuse slices that contradict the graph, the alignments or themselves."""

    def refused(what: str, do: str) -> BadInput:
        return BadInput(Problem(" and ".join(one.file for one in given), 0, "", what, do))

    told = {*TOLD, _DEFINED_BY, _IN}
    headers = {quad.subject for quad in held if quad.object == _ONTOLOGY}
    logic = [quad.triple for quad in held if quad.predicate not in told and quad.subject not in headers]
    aligned = [quad.triple for quad in ox.parse(path=files.resource("ontology/alignments.ttl"))]
    background = [*reason.axioms(quads), *aligned, *logic]
    found = reason.hermit([*background, *types])
    alone = found or reason.hermit(background)
    if alone is None:
        raise refused("contradicts itself, or the classes of mirkg.", "Mend it, or leave it out.")
    if empty := sorted(curie(one) for one in alone.below(_NOTHING.value) - {_NOTHING.value}):
        raise refused(f"leaves no member possible for {_listed(empty)}.", "Mend it, or leave it out.")
    if found is None:
        blamed = [f"{_curie(one.subject)} under {_curie(one.object)}" for one in reason.least(background, types)]
        what = f"contradicts the graph: {' and '.join(blamed)} cannot be."
        raise refused(what, "Mend a mapping, or leave the ontology out.")


def _report(part: Slice, targets: set[ox.NamedNode], under: set[tuple[ox.NamedNode, ox.NamedNode]]) -> Iterator[str]:
    """Yield what was taken of an ontology, and what a curator should know of it."""
    ontology, matched = part.ontology, sorted(targets & part.classes, key=str)
    entities = {entity for entity, node in under if node in part.classes}
    yield (
        f"{ontology.file}: {ontology.name}: {len(matched)} classes that entities are mapped to, {len(part.classes)} "
        f"with all above; {len(entities)} entities fall under them"
    )
    if not ontology.header.keys() & {VERSION, VERSION_INFO}:
        yield f"{ontology.file}: it states no version"
    if LICENCE not in ontology.header:
        yield f"{ontology.file}: it states no licence"
    for node in matched:
        if obsolete(ontology, node):
            instead = _listed([_curie(one) for one in ontology.objects(node, REPLACED)])
            yield f"{ontology.file}: {_curie(node)} is obsolete" + (
                f"; in its place stands {instead}" if instead else ""
            )
    spaces = {_curie(node).partition(":")[0] for node in matched}
    lacking = sorted(_curie(node) for node in targets if not ontology.describes(node))
    if lacking := [name for name in lacking if name.partition(":")[0] in spaces]:
        yield f"{ontology.file}: it lacks {_listed(lacking)}"
    if bare := sorted(_curie(node) for node in part.classes if not ontology.objects(node, LABEL)):
        yield f"{ontology.file}: it has no label for {_listed(bare)}; is it whole?"


def _curie(term: object) -> str:
    return curie(getattr(term, "value", str(term)))


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
