"""Description: what the graph says of itself: its size, classes, properties and links (VoID), and its making (PROV)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from mirkg import __version__
from mirkg.make.entities import Pair, facts, node, number, text
from mirkg.make.tables import Review
from mirkg.model import about, files, iris
from mirkg.model.vocabulary import BASE, RDF_TYPE, curie, graph, kinds, mk, prefixes

DATASET = ox.NamedNode(BASE.rstrip("/"))
_PARTS = f"{BASE}graph/metadata#"
_SH = "http://www.w3.org/ns/shacl#"
_SCHEMA = "https://schema.org/"
_Triple = tuple[int, int, int]  # its terms by their numbers
_DUMPS = ("mirkg.jsonld", "mirkg.nq", "mirkg.trig", "mirkg.ttl")


def described(quads: Iterable[ox.Quad], reviews: Iterable[Review]) -> Iterator[ox.Quad]:
    """Describe the dataset and each of its graphs; the description itself is not counted."""
    numbers: dict[Any, int] = {}  # terms are counted by numbers, which takes a third of the time
    graphs: dict[str, list[_Triple]] = defaultdict(list)
    for quad in quads:
        assert isinstance(quad.graph_name, ox.NamedNode)
        subject, verb, value = (numbers.setdefault(one, len(numbers)) for one in quad.triple)
        graphs[quad.graph_name.value.rpartition("/")[2]].append((subject, verb, value))
    terms = list(numbers)
    union = list(dict.fromkeys(triple for triples in graphs.values() for triple in triples))
    yield from _dataset(list(graphs), reviews, _example(union, terms))
    yield from _counted(DATASET, "", union, terms)
    for name, triples in graphs.items():
        yield from _counted(graph(name), f"{name}-", triples, terms)
    yield from _links([(terms[verb], terms[value]) for _, verb, value in graphs["mappings"]])
    yield from _questions()


def _example(triples: Iterable[_Triple], terms: list[Any]) -> ox.NamedNode | None:
    """Return the entity from which most edges lead."""
    names = {mk(kind.edge) for kind in kinds().values() if kind.edge}
    edges = {number for number, term in enumerate(terms) if term in names}
    found = Counter(terms[subject].value for subject, verb, _ in triples if verb in edges)
    most = max(sorted(found), key=found.__getitem__, default="")
    return ox.NamedNode(most) if most else None


def _dataset(names: list[str], reviews: Iterable[Review], example: ox.NamedNode | None) -> Iterator[ox.Quad]:
    build = ox.NamedNode(f"{_PARTS}build")
    program = ox.NamedNode(f"{_PARTS}mirkg")
    ontology = ox.NamedNode(f"{BASE}ontology/{__version__}")
    sources = [iris.doi(review.doi) for review in reviews if review.doi]
    pairs: list[Pair] = [
        (RDF_TYPE, node("void:Dataset")),
        (node("dcterms:title"), text(about.TITLE)),
        (node("dcterms:description"), text(about.DESCRIPTION)),
        (node("dcterms:license"), ox.NamedNode(about.DATA_LICENCE)),
        (node("dcterms:creator"), text(about.CREATOR)),
        (node("owl:versionInfo"), text(__version__)),
        (node("void:uriSpace"), text(BASE)),
        (node("void:exampleResource"), example),
        (node("prov:wasGeneratedBy"), build),
        *((node("void:dataDump"), ox.NamedNode(f"{BASE}download/{name}")) for name in _DUMPS),
        *((node("dcterms:source"), source) for source in sources),
        *((node("void:subset"), graph(name)) for name in names),
    ]
    yield from facts(DATASET, "metadata", pairs)
    yield from facts(
        build,
        "metadata",
        [
            (RDF_TYPE, node("prov:Activity")),
            (node("rdfs:label"), text("the build of the graph from its tables by mirkg build")),
            (node("prov:used"), ontology),
            *((node("prov:used"), source) for source in sources),
            (node("prov:wasAssociatedWith"), program),
        ],
    )
    yield from facts(
        program,
        "metadata",
        [
            (RDF_TYPE, node("prov:SoftwareAgent")),
            (node("rdfs:label"), text(f"mirkg {__version__}")),
            (node("owl:versionInfo"), text(__version__)),
            (node("dcterms:license"), ox.NamedNode(about.CODE_LICENCE)),
        ],
    )


def _counted(dataset: ox.NamedNode, prefix: str, triples: list[_Triple], terms: list[Any]) -> Iterator[ox.Quad]:
    """Count the triples of a dataset, and those of each of its classes and properties."""
    by_verb: dict[int, list[_Triple]] = defaultdict(list)
    for triple in triples:
        by_verb[triple[1]].append(triple)
    properties = {terms[verb].value: found for verb, found in by_verb.items()}
    types = Counter(value for _, _, value in properties.get(RDF_TYPE.value, ()))
    classes = {terms[one].value: count for one, count in types.items() if isinstance(terms[one], ox.NamedNode)}
    pairs: list[Pair] = [
        (RDF_TYPE, node("void:Dataset")),
        *_sizes(triples),
        (node("void:classes"), number(str(len(classes)))),
        (node("void:properties"), number(str(len(properties)))),
    ]
    for iri, count in classes.items():
        part = ox.NamedNode(f"{_PARTS}{prefix}class-{_name(iri)}")
        pairs.append((node("void:classPartition"), part))
        yield from facts(
            part, "metadata", [(node("void:class"), ox.NamedNode(iri)), (node("void:entities"), number(str(count)))]
        )
    for iri, found in properties.items():
        part = ox.NamedNode(f"{_PARTS}{prefix}property-{_name(iri)}")
        pairs.append((node("void:propertyPartition"), part))
        yield from facts(part, "metadata", [(node("void:property"), ox.NamedNode(iri)), *_sizes(found)])
    yield from facts(dataset, "metadata", pairs)


def _sizes(triples: list[_Triple]) -> Iterator[Pair]:
    """Yield how many triples, subjects and objects there are."""
    yield node("void:triples"), number(str(len(triples)))
    yield node("void:distinctSubjects"), number(str(len({subject for subject, _, _ in triples})))
    yield node("void:distinctObjects"), number(str(len({value for _, _, value in triples})))


def _links(mappings: Iterable[tuple[Any, Any]]) -> Iterator[ox.Quad]:
    """Describe the links to each other vocabulary, one set for each relation."""
    counts: Counter[tuple[str, str]] = Counter()
    for verb, value in mappings:
        if isinstance(value, ox.NamedNode) and curie(verb.value).startswith("skos:"):
            counts[curie(value.value).partition(":")[0], curie(verb.value)] += 1
    for (prefix, relation), count in counts.items():
        if prefix not in prefixes():
            continue
        target = ox.NamedNode(f"{_PARTS}target-{prefix}")
        links = ox.NamedNode(f"{_PARTS}links-{prefix}-{relation.partition(':')[2]}")
        yield from facts(
            target, "metadata", [(RDF_TYPE, node("void:Dataset")), (node("void:uriSpace"), text(prefixes()[prefix]))]
        )
        yield from facts(
            links,
            "metadata",
            [
                (RDF_TYPE, node("void:Linkset")),
                (node("void:linkPredicate"), node(relation)),
                (node("void:subjectsTarget"), DATASET),
                (node("void:objectsTarget"), target),
                (node("void:triples"), number(str(count))),
            ],
        )
        yield from facts(DATASET, "metadata", [(node("void:subset"), links)])


def _questions() -> Iterator[ox.Quad]:
    """State the questions as examples of queries, in the form in which SIB's endpoints publish theirs."""
    for path in files.resources("ontology/competency", ".rq"):
        query = files.text(path)
        told = dict(re.findall(r"^# (id|title|question|columns): (.+)$", query, re.MULTILINE))
        pairs: list[Pair] = [
            (RDF_TYPE, ox.NamedNode(f"{_SH}SPARQLExecutable")),
            (RDF_TYPE, ox.NamedNode(f"{_SH}SPARQLSelectExecutable")),
            (node("rdfs:label"), text(told["title"])),
            (node("rdfs:comment"), text(told["question"])),
            (ox.NamedNode(f"{_SH}select"), text(query)),
            (ox.NamedNode(f"{_SH}prefixes"), ox.NamedNode(f"{BASE}ontology/prefixes")),
            (ox.NamedNode(f"{_SCHEMA}target"), ox.NamedNode(f"{BASE}sparql")),
            *((ox.NamedNode(f"{_SCHEMA}keywords"), text(word)) for word in told["columns"].split()),
        ]
        yield from facts(ox.NamedNode(f"{BASE}questions/{told['id']}"), "metadata", pairs)


def _name(iri: str) -> str:
    """Return a term as a part of an IRI: its name, after its prefix where it is not ours."""
    prefix, _, local = curie(iri).partition(":")
    return local if prefix == "mk" else f"{prefix}-{local}"
