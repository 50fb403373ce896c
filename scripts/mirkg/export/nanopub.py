"""Nanopublications: each claim as one: what it says, from where, and who recorded it; signed where a key is given.

The assertion is the claim with its proposition and context, so that a denial stays one. The provenance leads to the
passage, the brackets and the references with their status, and tells how the proposition stands.
"""

from __future__ import annotations

import re
import warnings
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pyoxigraph as ox

from mirkg.export import Parts, missing
from mirkg.export.things import Term, Things
from mirkg.model import files, rdf
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import BASE, RDF_TYPE, expand, prefixes

_NP = "http://www.nanopub.org/nschema#"
_GRAPHS = {"assertion": "Assertion", "provenance": "Provenance", "pubinfo": "PublicationInfo"}
_OWN_IRI = re.compile(r"<(https?://[^>#]+/nanopub/[^>#]*)#?([^>]*)>")
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


def signer(path: str) -> Any:
    """Return what signs with the RSA key in a file.

    Raises:
        BadInput: the library is not installed, or the file holds no private key.
    """
    try:
        from nanopub.nanopub_conf import NanopubConf
        from nanopub.profile import Profile
    except ModuleNotFoundError as error:
        raise missing(error.name or "nanopub", "A signature", "nanopub") from error
    return NanopubConf(Profile("", "", *_keys(path)))


def signed(things: Things, conf: Any, progress: Callable[[int], None]) -> Parts:
    """Return what writes all nanopublications signed, each under its trusty URI."""

    def write(file: BinaryIO) -> None:
        quads: list[ox.Quad] = []
        for done, claim in enumerate(things.of("mk:Claim")):
            progress(done)
            quads += _signed(_nanopub(things, claim), conf)
        rdf.stream(quads, file, ox.RdfFormat.TRIG, {**prefixes(), "np": _NP, "npx": "http://purl.org/nanopub/x/"})

    return {"": write}


def _keys(path: str) -> tuple[str, str]:
    """Return the private and the public key of a file, as the nanopub library takes them: DER in base 64."""
    from Crypto.PublicKey import RSA

    try:
        content = files.read(path).strip()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    try:
        key = RSA.import_key(content if content.startswith(b"-----") else b64decode(content, validate=True))
    except ValueError as error:
        raise BadInput(f"{path} holds no RSA key without a passphrase, as PEM or as nanopub tools write it.") from error
    if not key.has_private():
        raise BadInput(f"{path} holds a public key. Name the private key.")
    return b64encode(key.export_key("DER", pkcs=8)).decode(), b64encode(key.public_key().export_key("DER")).decode()


def _signed(quads: Iterator[ox.Quad], conf: Any) -> list[ox.Quad]:
    """Return the quads of a nanopublication with its signature."""
    import rdflib
    from nanopub.nanopub import Nanopub

    unsigned = rdf.serialized(quads, ox.RdfFormat.N_QUADS).decode()
    # The library puts the trusty URI in the place of what its parts begin with, which has to end in a slash.
    named = _OWN_IRI.sub(r"<\1/\2>", unsigned)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it wants a class that rdflib will drop
        graph = rdflib.ConjunctiveGraph()
        graph.parse(data=named, format="nquads")
        made = Nanopub(rdf=graph, conf=conf)
        made.sign()
        content = made.rdf.serialize(format="nquads")
    return sorted(ox.parse(content, format=ox.RdfFormat.N_QUADS), key=rdf.order)


def _nanopub(things: Things, claim: ox.NamedNode) -> Iterator[ox.Quad]:
    """Yield the four graphs of one nanopublication."""
    name = claim.value.replace("/claim/", "/nanopub/", 1)
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
