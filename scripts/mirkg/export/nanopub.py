"""Nanopublications: each claim as one, unsigned: what it says, from where, and who recorded it.

The assertion is the claim with its proposition and context, so that a denial stays one. The provenance leads to the
passage, the brackets and the references with their status, and tells how the proposition stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyoxigraph as ox

from mirkg.export import Parts
from mirkg.export.things import Term, Things
from mirkg.model import rdf
from mirkg.model.vocabulary import BASE, RDF_TYPE, expand, prefixes

_NP = "http://www.nanopub.org/nschema#"
_GRAPHS = {"assertion": "Assertion", "provenance": "Provenance", "pubinfo": "PublicationInfo"}
_PROPOSITION = ("rdf:type", "rdfs:label", "mk:subject", "mk:object", "mk:product")
_SAID = """
    rdf:type rdfs:label mk:asserts mk:denies mk:basis mk:through mk:throughPathway mk:inCellLine mk:inCellType
    mk:inDisease mk:underTreatmentWith mk:comparedWith mk:subjectForm mk:objectForm mk:subjectAsPrinted
    mk:objectAsPrinted
    """.split()  # noqa: SIM905
_PASSAGE = """
    rdf:type rdfs:label dcterms:isPartOf mk:section mk:paragraph mk:sentence mk:tableRow mk:reference mk:textDigest
    """.split()  # noqa: SIM905
_SOURCE = ["rdf:type", "rdfs:label", "dcterms:title", "bibo:doi", "fabio:hasPubMedId", "mk:publicationStatus"]

Pairs = Iterator[tuple[Term, str, Term]]


def parts(things: Things, _: str) -> Parts:
    """Return what writes all nanopublications as TriG."""

    def write(file: BinaryIO) -> None:
        quads = (quad for claim in things.of("mk:Claim") for quad in _nanopub(things, claim))
        rdf.stream(quads, file, ox.RdfFormat.TRIG, {**prefixes(), "np": _NP})

    return {"": write}


def _nanopub(things: Things, claim: ox.NamedNode) -> Iterator[ox.Quad]:
    """Yield the four graphs of one nanopublication."""
    name = f"{BASE}nanopub/{claim.value.removeprefix(BASE + 'claim/')}"
    this, head = ox.NamedNode(name), ox.NamedNode(f"{name}#Head")
    graphs = {key: ox.NamedNode(f"{name}#{key}") for key in _GRAPHS}
    yield ox.Quad(this, RDF_TYPE, ox.NamedNode(f"{_NP}Nanopublication"), head)
    for key, graph in graphs.items():
        yield ox.Quad(this, ox.NamedNode(f"{_NP}has{_GRAPHS[key]}"), graph, head)
    told = {
        "assertion": _assertion(things, claim),
        "provenance": _provenance(things, claim, graphs["assertion"]),
        "pubinfo": _publication(things, claim, this),
    }
    for key, triples in told.items():
        quads = {_quad(one, graphs[key]) for one in triples}
        yield from sorted(quads, key=rdf.order)


def _assertion(things: Things, claim: ox.NamedNode) -> Pairs:
    yield from _about(things, claim, _SAID)
    for proposition in things.objects(claim, "mk:asserts", "mk:denies"):
        yield from _about(things, proposition, _PROPOSITION)
        for part in things.objects(proposition, "mk:subject", "mk:object", "mk:product"):
            yield from _about(things, part, ("rdf:type", "rdfs:label"))


def _provenance(things: Things, claim: ox.NamedNode, assertion: ox.NamedNode) -> Pairs:
    for passage in things.objects(claim, "mk:statedIn"):
        yield assertion, "prov:wasDerivedFrom", passage
        yield claim, "mk:statedIn", passage
        yield from _about(things, passage, _PASSAGE)
        for source in things.objects(passage, "dcterms:isPartOf", "mk:reference"):
            yield from _about(things, source, _SOURCE)
    for bracket in things.objects(claim, "mk:citedThrough"):
        yield claim, "mk:citedThrough", bracket
        yield from _about(things, bracket, ("rdf:type", "rdfs:label", "cito:citesAsEvidence"))
        for reference in things.objects(bracket, "cito:citesAsEvidence"):
            yield from _about(things, reference, _SOURCE)
    for proposition in things.objects(claim, "mk:asserts", "mk:denies"):
        yield from _about(things, proposition, ("mk:standing",))


def _publication(things: Things, claim: ox.NamedNode, this: ox.NamedNode) -> Pairs:
    dataset = ox.NamedNode(BASE.rstrip("/"))
    yield this, "dcterms:isPartOf", dataset
    yield this, "dcterms:subject", claim
    for mine, theirs in (("rdfs:label", claim), ("mk:curator", claim), ("dcterms:license", dataset)):
        yield from ((this, mine, value) for value in things.objects(theirs, mine))
    for name in ("dcterms:creator", "owl:versionInfo"):
        yield from ((this, name, value) for value in things.objects(dataset, name))
    yield from ((this, "dcterms:created", date) for date in things.objects(claim, "dcterms:date"))


def _about(things: Things, node: Term, properties: tuple[str, ...] | list[str]) -> Pairs:
    for name in properties:
        yield from ((node, name, value) for value in things.objects(node, name))


def _quad(told: tuple[Term, str, Term], graph: ox.NamedNode) -> ox.Quad:
    subject, name, value = told
    assert not isinstance(subject, ox.Literal)
    return ox.Quad(subject, ox.NamedNode(expand(name)), value, graph)
