"""Documents: what the project names and the graph does not describe as a thing: the ontology and files beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg import __version__
from mirkg.ask import queries
from mirkg.ask.store import Answer, Source
from mirkg.model import files, rdf
from mirkg.model.vocabulary import BASE, LABEL, MK, RDF_TYPE, curie, graph, prefixes
from mirkg.serve import documents as described
from mirkg.serve.pages import Linked

ONTOLOGY = ("ontology", f"ontology/{__version__}")  # the ontology by its name and by that of its version


class Document(NamedTuple):
    """Hold a document: its path under the base of our IRIs, what it says, its triples, and its rows on a page."""

    path: str
    title: str
    says: str
    triples: list[ox.Triple]
    rows: Answer
    named: bool = False  # whether a row is a term of the document, with a name, a label and a definition

    @property
    def iri(self) -> str:
        """The name of the document."""
        return BASE + self.path

    def terms(self) -> list[tuple[str, str]]:
        """Return the terms that the document defines beside its rows, each with its label."""
        labels = [one for one in self.triples if one.predicate == LABEL and not self.named]
        named = [
            (str(one.subject).strip("<>"), one.object.value) for one in labels if isinstance(one.object, ox.Literal)
        ]
        return sorted((iri.partition("#")[2], label) for iri, label in named if iri.startswith(f"{self.iri}#"))


def every(source: Source) -> list[Document]:
    """Return every document."""
    alignments, shapes, declared = _parsed("ontology", "alignments"), _shapes(), _parsed("ontology", "prefixes")
    mappings = described.triples(source, f"{BASE}graph/mappings")
    ontology = described.ontology(source)
    return [
        *(Document(path, "Ontology", "", ontology, Answer((), [])) for path in ONTOLOGY),
        Document(
            "ontology/alignments",
            "Alignments",
            "Matches of terms of the ontology with terms of others. Opt-in: they are no part of the graph.",
            alignments,
            _statements((one for one in alignments if _ours(one.subject)), ("term", "relation", "other term")),
        ),
        Document(
            "ontology/prefixes",
            "Prefixes",
            "Every prefix that the graph, the questions and the mappings use.",
            declared,
            Answer(("prefix", "namespace"), sorted(prefixes().items())),
        ),
        Document(
            "mappings",
            "Mappings",
            "The identifiers of entities in other vocabularies. The same as SSSOM is among the downloads.",
            mappings,
            _statements(mappings, ("entity", "relation", "identifier")),
        ),
        Document(
            "sparql",
            "SPARQL endpoint",
            "The name of the endpoint of mirkg serve. This site is made of files and has none.",
            _endpoint(),
            _statements(_endpoint(), ("endpoint", "relation", "value")),
        ),
        Document("shapes", "Shapes", "What data must look like, in SHACL.", shapes, _shape_rows(shapes), named=True),
    ]


def _endpoint() -> list[ox.Triple]:
    """Return what the name of the endpoint stands for."""
    own, sd = ox.NamedNode(f"{BASE}sparql"), "http://www.w3.org/ns/sparql-service-description#"
    return [
        ox.Triple(own, RDF_TYPE, ox.NamedNode(f"{sd}Service")),
        ox.Triple(own, ox.NamedNode(f"{sd}endpoint"), own),
        ox.Triple(own, ox.NamedNode(f"{sd}supportedLanguage"), ox.NamedNode(f"{sd}SPARQL11Query")),
    ]


def _parsed(folder: str, *names: str) -> list[ox.Triple]:
    """Return the triples of shipped files, their blank nodes named by RDFC-1.0."""
    quads = ox.Dataset()
    for name in names:
        path = files.resource(f"{folder}/{name}.ttl")
        for quad in rdf.in_graph((quad.triple for quad in ox.parse(path=path)), graph(name)):
            quads.add(quad)
    quads.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [quad.triple for quad in quads]


def _shapes() -> list[ox.Triple]:
    names = [
        path.replace("\\", "/").rpartition("/")[2].removesuffix(".ttl") for path in files.resources("shapes", ".ttl")
    ]
    return _parsed("shapes", *names)


def _ours(node: object) -> bool:
    """Tell whether a node is a term of the ontology."""
    return isinstance(node, ox.NamedNode) and node.value.startswith(MK)


def _statements(triples: Iterable[ox.Triple], columns: tuple[str, ...]) -> Answer:
    """Return the triples between IRIs as rows that lead there."""
    rows = [
        tuple(Linked(curie(node.value), node.value) for node in (one.subject, one.predicate, one.object))
        for one in triples
        if isinstance(one.subject, ox.NamedNode) and isinstance(one.object, ox.NamedNode)
    ]
    return Answer(columns, sorted(rows))


def _shape_rows(triples: list[ox.Triple]) -> Answer:
    """Return each named shape with its name and its message."""
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for one in triples:
        if isinstance(one.subject, ox.NamedNode) and isinstance(one.object, ox.Literal):
            told[one.subject.value][curie(one.predicate.value)] = one.object.value
    rows = []
    for iri, facts in sorted(told.items()):
        label = facts.get("rdfs:label") or facts.get(_SH + "name", "")
        says = " ".join(filter(None, [facts.get(_SH + "description", ""), facts.get(_SH + "message", "")]))
        rows.append((iri.partition("#")[2], label, says))
    return Answer(("shape", "label", "says"), [row for row in rows if row[0]])


_SH = "http://www.w3.org/ns/shacl#"

# --------------------------------------------------------------------------------------------------
# The terms of the ontology
# --------------------------------------------------------------------------------------------------

_KINDS = {  # headings, by the type that decides
    "owl:Class": "Classes",
    "owl:ObjectProperty": "Properties between things",
    "owl:DatatypeProperty": "Properties with values",
    "owl:AnnotationProperty": "Annotation properties",
    "skos:ConceptScheme": "Schemes",
    "skos:Concept": "Concepts",
}
_RELATIONS = {
    "rdfs:subClassOf": "below",
    "rdfs:subPropertyOf": "below",
    "rdfs:domain": "domain",
    "rdfs:range": "range",
    "skos:inScheme": "scheme",
    "rdf:type": "type",
}


def terms(source: Source, place: Callable[[str], str]) -> dict[str, list[dict[str, Any]]]:
    """Return the terms of the ontology by kind, each with what is stated of it and what it is matched with."""
    facts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, relation, value in source.select(queries.read("site-term-facts")).rows:
        facts[name].append((curie(relation), value))
    for one in _parsed("ontology", "alignments"):
        if _ours(one.subject) and isinstance(one.object, ox.NamedNode):
            facts[curie(str(one.subject)[1:-1]).removeprefix("mk:")].append(
                (curie(one.predicate.value), one.object.value)
            )
    found: dict[str, list[dict[str, Any]]] = {heading: [] for heading in [*_KINDS.values(), "Other terms"]}
    for term in source.select(queries.read("page-terms")).dicts():
        own = facts[term["name"]]
        types = [curie(value) for relation, value in own if relation == "rdf:type"]
        heading = next((_KINDS[one] for one in _KINDS if one in types), "Other terms")
        found[heading].append(term | {"facts": _facts(own, place)})
    return {heading: listed for heading, listed in found.items() if listed}


def _facts(own: list[tuple[str, str]], place: Callable[[str], str]) -> dict[str, list[tuple[str, str]]]:
    listed: dict[str, list[tuple[str, str]]] = {}
    for relation, value in sorted(set(own)):
        if curie(value) not in _KINDS and curie(value) != "owl:NamedIndividual":
            shown = listed.setdefault(_RELATIONS.get(relation, relation.partition(":")[2]), [])
            shown.append((curie(value), f"#{value.removeprefix(MK)}" if value.startswith(MK) else place(value)))
    return listed
