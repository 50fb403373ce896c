"""Vocabulary: the IRIs that the graph mints and what the ontology says of each kind of proposition."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.model import files

BASE = "https://w3id.org/mirkg/"
MK = BASE + "ontology#"
RDF_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
LABEL = ox.NamedNode(RDFS + "label")
SUBCLASS = ox.NamedNode(RDFS + "subClassOf")
INTEGER = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")


@cache
def mk(name: str) -> ox.NamedNode:
    """Return a term of the ontology."""
    return ox.NamedNode(MK + name)


@cache
def graph(name: str) -> ox.NamedNode:
    """Return the IRI of one named graph: ontology, entities, claims, derived, mappings, metadata or slices."""
    return ox.NamedNode(f"{BASE}graph/{name}")


@cache
def prefixes() -> dict[str, str]:
    """Return every prefix of ontology/prefixes.ttl with its namespace."""
    sh = "http://www.w3.org/ns/shacl#"
    pairs: dict[object, dict[str, str]] = {}
    for quad in ox.parse(path=files.resource("ontology/prefixes.ttl")):
        if quad.predicate.value in (sh + "prefix", sh + "namespace") and isinstance(quad.object, ox.Literal):
            pairs.setdefault(quad.subject, {})[quad.predicate.value] = quad.object.value
    return {pair[sh + "prefix"]: pair[sh + "namespace"] for pair in pairs.values()}


def expand(curie: str) -> str:
    """Return the IRI that a CURIE stands for.

    Raises:
        KeyError: its prefix is not in ontology/prefixes.ttl.
    """
    prefix, _, local = curie.partition(":")
    return prefixes()[prefix] + local


def curie(iri: str) -> str:
    """Return an IRI by the longest prefix that fits, or as it is."""
    fitting = [(len(space), prefix, space) for prefix, space in prefixes().items() if iri.startswith(space)]
    if not fitting or " " in iri:
        return iri
    _, prefix, space = max(fitting)
    return f"{prefix}:{iri[len(space) :]}"


class Kind(NamedTuple):
    """Hold what the ontology states of one kind of proposition."""

    name: str
    parent: str
    sign: int
    family: str
    edge: str
    phrase: str


@cache
def ontology() -> tuple[ox.Quad, ...]:
    """Return the triples of ontology/mirkg.ttl."""
    return tuple(ox.parse(path=files.resource("ontology/mirkg.ttl")))


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind of proposition that carries a family, by name."""
    told: dict[str, dict[str, str]] = {}
    for quad in ontology():
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
            told.setdefault(quad.subject.value, {})[quad.predicate.value] = quad.object.value
    return {iri.removeprefix(MK): _kind(iri, told) for iri in sorted(told) if MK + "family" in told[iri]}


def _kind(iri: str, told: dict[str, dict[str, str]]) -> Kind:
    facts = told[iri]
    edge = facts.get(MK + "edgeProperty", "")
    return Kind(
        name=iri.removeprefix(MK),
        parent=facts[SUBCLASS.value].removeprefix(MK),
        sign=int(facts[MK + "sign"]),
        family=facts[MK + "family"].removeprefix(MK),
        edge=edge.removeprefix(MK),
        phrase=told[edge][LABEL.value] if edge else facts[MK + "phrase"],
    )


@cache
def classes_of(name: str) -> tuple[str, ...]:
    """Return the names of the classes right below a class, sorted; of "Therapy" they are Drug and two more."""
    wider = mk(name)
    return tuple(
        sorted(
            quad.subject.value.removeprefix(MK)
            for quad in ontology()
            if quad.predicate == SUBCLASS and quad.object == wider and isinstance(quad.subject, ox.NamedNode)
        )
    )


def entity_kinds() -> frozenset[str]:
    """Return the names of the classes that an entity can be given."""
    return frozenset(classes_of("Entity"))


def kinds_of(name: str) -> tuple[str, ...]:
    """Return the kinds of entity that a class is short for: those below a superclass, else the class itself."""
    below = classes_of(name)
    return below if below and entity_kinds().issuperset(below) else (name,)


@cache
def concepts(scheme: str) -> frozenset[str]:
    """Return the names of the concepts of one scheme, such as those of "BasisScheme"."""
    member = ox.NamedNode("http://www.w3.org/2004/02/skos/core#inScheme")
    return frozenset(
        quad.subject.value.removeprefix(MK)
        for quad in ontology()
        if quad.predicate == member and quad.object == mk(scheme) and isinstance(quad.subject, ox.NamedNode)
    )
