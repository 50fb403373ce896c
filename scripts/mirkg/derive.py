"""Derive: what follows from the claims, by the rules in ontology/rules, one SPARQL query each.

The rules run in the order of their file names; what one derives the next one reads.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from mirkg import paths
from mirkg.rdf import in_graph
from mirkg.vocabulary import graph


def derived(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return all that the rules derive from a graph, as quads of the derived graph."""
    store = ox.Store()
    store.bulk_extend(quads)
    name = graph("derived")
    for rule in paths.resources("ontology/rules", ".rq"):
        triples = store.query(paths.text(rule), use_default_graph_as_union=True)
        assert isinstance(triples, ox.QueryTriples)
        store.extend(in_graph(triples, name))
    return list(store.quads_for_pattern(None, None, None, name))
