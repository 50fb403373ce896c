"""Axioms: the part of a built graph that OWL speaks of: ontology, entities and edges.

Claims are about what sources say, and sources contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from mirkg.model.vocabulary import RDF_TYPE, expand, graph, kinds, mk


def axioms(quads: Iterable[ox.Quad]) -> list[ox.Triple]:
    """Return the triples of ontology, entities as individuals, and edges, with drugs that are all different."""
    edges = {mk(kind.edge) for kind in kinds().values() if kind.edge}
    individual = ox.NamedNode(expand("owl:NamedIndividual"))
    entities = graph("entities")
    found: list[ox.Triple] = []
    drugs: set[ox.NamedNode] = set()
    for quad in quads:
        if quad.graph_name in (graph("ontology"), entities) or quad.predicate in edges:
            found.append(quad.triple)
        if quad.graph_name == entities and quad.predicate == RDF_TYPE:
            found.append(ox.Triple(quad.subject, RDF_TYPE, individual))
            if quad.object == mk("Drug") and isinstance(quad.subject, ox.NamedNode):
                drugs.add(quad.subject)
    return found + _all_different(sorted(drugs, key=str))


def _all_different(nodes: list[ox.NamedNode]) -> list[ox.Triple]:
    """State that nodes are pairwise different, without which two of them cannot be counted."""
    if len(nodes) < 2:
        return []
    first, rest, nil = (ox.NamedNode(expand(f"rdf:{name}")) for name in ("first", "rest", "nil"))
    axiom = ox.BlankNode("different")
    cells = [ox.BlankNode(f"different{number}") for number in range(len(nodes))]
    triples = [
        ox.Triple(axiom, RDF_TYPE, ox.NamedNode(expand("owl:AllDifferent"))),
        ox.Triple(axiom, ox.NamedNode(expand("owl:distinctMembers")), cells[0]),
    ]
    for number, (cell, node) in enumerate(zip(cells, nodes, strict=True)):
        after = cells[number + 1] if number + 1 < len(cells) else nil
        triples += [ox.Triple(cell, first, node), ox.Triple(cell, rest, after)]
    return triples
