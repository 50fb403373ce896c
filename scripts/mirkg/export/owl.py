"""OWL: the ontology, and with it the entities, their mappings and edges, for the tools of ontologists.

The terms get what those tools look for: definitions as `IAO:0000115` too, English as the language of their texts, and
no label twice: terms that share a verb, such as those that activate a molecule and a pathway, are labelled by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pyoxigraph as ox

from mirkg.export import Parts, missing
from mirkg.export.things import Things
from mirkg.model import rdf
from mirkg.model.axioms import axioms
from mirkg.model.vocabulary import BASE, LABEL, MK, RDF_TYPE, expand, graph, prefixes

_ONTOLOGY, _DATASET = ox.NamedNode(BASE + "ontology"), ox.NamedNode(BASE.rstrip("/"))
_DEFINITION, _EXAMPLE = (ox.NamedNode(expand(f"skos:{name}")) for name in ("definition", "example"))
_IAO = ox.NamedNode(expand("IAO:0000115"))
_HEADER = ("dcterms:title", "dcterms:description", "dcterms:license", "dcterms:creator", "owl:versionInfo")
_ANNOTATION = ox.NamedNode(expand("owl:AnnotationProperty"))


def parts(things: Things, form: str) -> Parts:
    """Return what writes the ontology, by itself or with the entities.

    Raises:
        BadInput: a library that the functional syntax needs is not installed.
    """
    if form == "ontology":
        triples = [quad.triple for quad in things.quads if quad.graph_name == graph("ontology")]
        return {"": lambda file: _write(_told(triples, _ONTOLOGY), file, ox.RdfFormat.RDF_XML)}
    whole = [*_header(things), *_entities(things)]
    if form == "owl-ofn":
        return _functional(whole)
    syntax = ox.RdfFormat.TURTLE if form == "owl-ttl" else ox.RdfFormat.RDF_XML
    return {"": lambda file: _write(_told(whole, _DATASET), file, syntax)}


def _header(things: Things) -> Iterator[ox.Triple]:
    """Yield what says that the whole is an ontology, under the IRI of the dataset."""
    yield ox.Triple(_DATASET, RDF_TYPE, ox.NamedNode(expand("owl:Ontology")))
    for name in _HEADER:
        for value in things.objects(_DATASET, name):
            yield ox.Triple(_DATASET, ox.NamedNode(expand(name)), value)


def _entities(things: Things) -> Iterator[ox.Triple]:
    """Yield ontology, entities, edges and mappings; a file has one header, and the mappings are annotations."""
    yield from (triple for triple in axioms(things.quads) if triple.subject != _ONTOLOGY)
    mappings = [quad.triple for quad in things.quads if quad.graph_name == graph("mappings")]
    yield from mappings
    for predicate in {triple.predicate for triple in mappings}:
        yield ox.Triple(predicate, RDF_TYPE, _ANNOTATION)


def _told(triples: Iterable[ox.Triple], header: ox.NamedNode) -> list[ox.Triple]:
    """Return triples with the terms as ontologists read them, the header first, each once."""
    triples = list(triples)
    labels = _labels(triples)
    found = {str(one): one for triple in triples for one in _read(triple, labels)}
    for triple in (
        ox.Triple(_IAO, RDF_TYPE, _ANNOTATION),
        ox.Triple(_IAO, LABEL, ox.Literal("definition", language="en")),
    ):
        found[str(triple)] = triple

    def order(triple: ox.Triple) -> tuple[bool, str, bool, str]:
        return triple.subject != header, str(triple.subject), triple.predicate != RDF_TYPE, str(triple)

    return sorted(found.values(), key=order)


def _read(triple: ox.Triple, labels: dict[str, str]) -> Iterator[ox.Triple]:
    """Yield a triple; of a term of ours with its text in English, and of a definition twice."""
    subject, predicate, text = triple.subject, triple.predicate, triple.object
    ours = isinstance(subject, ox.NamedNode) and subject.value.startswith(MK)
    if not ours or not isinstance(text, ox.Literal) or predicate not in (LABEL, _DEFINITION, _EXAMPLE):
        yield triple
        return
    value = labels.get(str(subject), text.value) if predicate == LABEL else text.value
    english = ox.Literal(value, language="en")
    yield ox.Triple(subject, predicate, english)
    if predicate == _DEFINITION:
        yield ox.Triple(subject, _IAO, english)


def _labels(triples: list[ox.Triple]) -> dict[str, str]:
    """Return the labels of terms that share theirs with another, made of their names."""
    told = {
        str(triple.subject): str(getattr(triple.object, "value", ""))
        for triple in triples
        if triple.predicate == LABEL
        and isinstance(triple.subject, ox.NamedNode)
        and triple.subject.value.startswith(MK)
    }
    shared = Counter(label.casefold() for label in told.values())
    spelled = {iri: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", iri.strip("<>").removeprefix(MK)).lower() for iri in told}
    return {iri: spelled[iri] for iri, label in told.items() if shared[label.casefold()] > 1}


def _write(triples: list[ox.Triple], file: BinaryIO, syntax: ox.RdfFormat) -> None:
    rdf.stream(triples, file, syntax, prefixes())


def _functional(triples: list[ox.Triple]) -> Parts:
    """Return what writes the functional syntax, which horned-owl makes of the RDF/XML."""
    try:
        import pyhornedowl
    except ModuleNotFoundError as error:
        raise missing("py-horned-owl", "owl-ofn", "owl") from error

    def write(file: BinaryIO) -> None:
        content = rdf.serialized(_told(triples, _DATASET), ox.RdfFormat.RDF_XML, prefixes())
        ontology = pyhornedowl.open_ontology_from_string(content.decode(), "rdf")
        for prefix, space in prefixes().items():
            ontology.prefix_mapping.add_prefix(prefix, space)
        file.write(ontology.save_to_string("ofn").encode())

    return {"": write}
