"""Derive: what follows from the claims, by the rules in ontology/rules, one SPARQL query each.

The rules run in the order of their file names; what one derives the next one reads.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from mirkg import paths
from mirkg.vocabulary import graph


def derived(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return all that the rules derive from a graph, as quads of the derived graph."""
    store = ox.Store()
    store.bulk_extend(quads)
    name = graph("derived")
    for rule in sorted(paths.resource("ontology/rules").glob("*.rq")):
        triples = store.query(rule.read_text("utf-8"), use_default_graph_as_union=True)
        assert isinstance(triples, ox.QueryTriples)
        store.extend([ox.Quad(*triple, name) for triple in triples])
    return list(store.quads_for_pattern(None, None, None, name))
