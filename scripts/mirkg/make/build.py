"""Build: from the curated rows to the quads of the graph, the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from mirkg import __version__
from mirkg.make import entities, integrity
from mirkg.make.entities import Pair, each, facts, node, number, text
from mirkg.make.review import ReviewGraph
from mirkg.make.tables import Review, Row, Tables
from mirkg.model import derive, iris
from mirkg.model.problems import BadInput
from mirkg.model.rdf import in_graph, serialized
from mirkg.model.vocabulary import BASE, RDF_TYPE, graph, ontology, prefixes


class Built(NamedTuple):
    """Hold the quads of a graph and, for each node that a row made, that row."""

    quads: list[ox.Quad]
    origins: dict[str, Row]

    def trig(self) -> bytes:
        """Return the graph as TriG, the bytes of data/mirkg.trig."""
        return serialized(self.quads, ox.RdfFormat.TRIG, prefixes())

    def files(self) -> dict[str, bytes]:
        """Return the graph in each form that `mirkg build -o` writes, by file name."""
        triples = sorted({str(quad.triple): quad.triple for quad in self.quads}.items())
        return {
            "mirkg.trig": self.trig(),
            "mirkg.nq": serialized(self.quads, ox.RdfFormat.N_QUADS),
            "mirkg.jsonld": serialized(self.quads, ox.RdfFormat.JSON_LD, prefixes()),
            "mirkg.ttl": serialized([triple for _, triple in triples], ox.RdfFormat.TURTLE, prefixes()),
        }


def build(tables: Tables) -> Built:
    """Build the whole graph from tables: what they state and what follows by the rules.

    Raises:
        BadInput: the tables do not hold together.
    """
    if faults := integrity.problems(tables):
        raise BadInput(faults)
    origins: dict[str, Row] = {}
    quads = set(_ontology())
    quads.update(entities.entities(tables.entities, origins))
    quads.update(entities.components(tables.components, origins))
    quads.update(entities.mappings(tables.mappings))
    several = sum(review.kind == "review" for review in tables.reviews) > 1
    for review in tables.reviews:
        named = several or review.kind == "table"
        quads.update(ReviewGraph(review, tables.entities, origins, named=named).quads())
    quads.update(derive.derived(quads))
    quads.update(_metadata(quads, tables.reviews))
    return Built(sorted(quads, key=_order), origins)


def _order(quad: ox.Quad) -> tuple[str, str, bool, str, str]:
    subject, predicate = str(quad.subject), quad.predicate
    return str(quad.graph_name), subject, predicate != RDF_TYPE, predicate.value, str(quad.object)


def _ontology() -> ox.Dataset:
    """Return the ontology as quads, the blank nodes of its expressions named by RDFC-1.0."""
    quads = ox.Dataset(in_graph((quad.triple for quad in ontology()), graph("ontology")))
    quads.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return quads


def _metadata(quads: Iterable[ox.Quad], reviews: Iterable[Review]) -> Iterator[ox.Quad]:
    """Describe the dataset and the size of each of its graphs (VoID)."""
    dataset = ox.NamedNode(BASE.rstrip("/"))
    pairs: list[Pair] = [
        (RDF_TYPE, node("void:Dataset")),
        (node("dcterms:title"), text("mirkg")),
        (node("dcterms:description"), text("An audited, executable knowledge graph of a scientific review.")),
        (node("dcterms:license"), ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")),
        (node("dcterms:creator"), text("mirkg contributors")),
        (node("owl:versionInfo"), text(__version__)),
        *each(
            node("dcterms:source"),
            (review.doi for review in reviews if review.doi),
            iris.doi,
        ),
    ]
    sizes: dict[ox.NamedNode, int] = {}
    for quad in quads:
        assert isinstance(quad.graph_name, ox.NamedNode)
        sizes[quad.graph_name] = sizes.get(quad.graph_name, 0) + 1
    pairs += [(node("void:subset"), name) for name in sizes]
    yield from facts(dataset, "metadata", pairs)
    for name, size in sizes.items():
        yield from facts(
            name, "metadata", [(RDF_TYPE, node("void:Dataset")), (node("void:triples"), number(str(size)))]
        )
