"""Build: from the curated rows to the quads of the graph, the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.make import description, entities, integrity
from mirkg.make.mentions import Namer
from mirkg.make.review import ReviewGraph
from mirkg.make.tables import Row, Tables
from mirkg.model import derive
from mirkg.model.iris import Entities
from mirkg.model.problems import BadInput
from mirkg.model.rdf import in_graph, order, serialized, union
from mirkg.model.vocabulary import graph, ontology, prefixes


class Built(NamedTuple):
    """Hold the quads of a graph and, for each node that a row made, that row."""

    quads: list[ox.Quad]
    origins: dict[str, Row]

    def trig(self) -> bytes:
        """Return the graph as TriG, the bytes of data/mirkg.trig."""
        return serialized(self.quads, ox.RdfFormat.TRIG, prefixes())

    def files(self) -> dict[str, bytes]:
        """Return the graph in each form that `mirkg build -o` writes, by file name."""
        return {
            "mirkg.trig": self.trig(),
            "mirkg.nq": serialized(self.quads, ox.RdfFormat.N_QUADS),
            "mirkg.jsonld": serialized(self.quads, ox.RdfFormat.JSON_LD, prefixes()),
            "mirkg.ttl": serialized(union(self.quads), ox.RdfFormat.TURTLE, prefixes()),
        }


def build(tables: Tables) -> Built:
    """Build the whole graph from tables: what they state and what follows by the rules.

    Raises:
        BadInput: the tables do not hold together.
    """
    if faults := integrity.problems(tables):
        raise BadInput(faults)
    built = made(tables)
    return Built(sorted(built.quads, key=order), built.origins)


def made(tables: Tables) -> Built:
    """Build the whole graph, its quads in no order, from tables that are known to hold together."""
    origins: dict[str, Row] = {}
    quads = stated(tables, origins)
    quads.update(derive.derived(quads))
    quads.update(description.described(quads, tables.reviews))
    return Built(list(quads), origins)


def stated(tables: Tables, origins: dict[str, Row]) -> set[ox.Quad]:
    """Return what tables state, with the ontology, and note in origins for each node that a row makes that row."""
    quads = set(terms())
    named, namer = Entities(tables.bases), Namer(tables.entities)
    quads.update(shared(tables, named, origins, namer.names_of_pathways()))
    several = sum(review.kind == "review" for review in tables.reviews) > 1
    for review in tables.reviews:
        placed = several or review.kind == "table"
        graph_of_it = ReviewGraph(review, tables.entities, named, origins, namer.mentioned, placed=placed)
        quads.update(graph_of_it.quads())
    return quads


def shared(
    tables: Tables, named: Entities, origins: dict[str, Row], names_of_pathways: dict[str, list[str]]
) -> Iterator[ox.Quad]:
    """Yield what the tables state that reviews share: entities, components and mappings."""
    yield from entities.entities(tables.entities, named, origins)
    yield from entities.pathway_names(names_of_pathways, named)
    yield from entities.components(tables.components, named, origins)
    yield from entities.mappings(tables.mappings, named)


def terms() -> ox.Dataset:
    """Return the ontology as quads, the blank nodes of its expressions named by RDFC-1.0."""
    quads = ox.Dataset(in_graph((quad.triple for quad in ontology()), graph("ontology")))
    quads.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return quads
