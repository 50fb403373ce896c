"""Derive: what follows from the claims, by the rules in ontology/rules, one SPARQL query each.

The rules run in the order of their file names; what one derives the next one reads. A rule of one policy for
edges has its name before the ending; one that ends in `.repeated.rq` runs until it derives nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from mirkg.model import files
from mirkg.model.rdf import in_graph
from mirkg.model.vocabulary import graph

CURATED, AS_STATED = "curated", "as-stated"
REPEATED = ".repeated.rq"


def derived(quads: Iterable[ox.Quad], policy: str = CURATED) -> list[ox.Quad]:
    """Return all that the rules derive from a graph, as quads of the derived graph."""
    store = ox.Store()
    store.bulk_extend(quads)
    apply(store, rules(policy))
    return list(store.quads_for_pattern(None, None, None, graph("derived")))


def apply(store: ox.Store, rules: Iterable[str]) -> None:
    """Apply rules in order, and put what they derive into the derived graph of a store."""
    for rule in rules:
        grown = _applied(store, files.text(rule))
        while grown and rule.endswith(REPEATED):
            grown = _applied(store, files.text(rule))


def _applied(store: ox.Store, rule: str) -> bool:
    """Apply one rule once, and tell whether it derived anything new."""
    before = len(store)
    triples = store.query(rule, use_default_graph_as_union=True)
    assert isinstance(triples, ox.QueryTriples)
    store.extend(in_graph(triples, graph("derived")))
    return len(store) > before


def rules(policy: str = CURATED) -> list[str]:
    """Return the paths of the rules that run under a policy, in order."""
    other = AS_STATED if policy == CURATED else CURATED
    return [path for path in files.resources("ontology/rules", ".rq") if not path.endswith(f".{other}.rq")]


def inference_rules() -> list[str]:
    """Return the paths of the rules of the sign algebra, which come last."""
    files = rules()
    return files[next(number for number, path in enumerate(files) if "-carries." in path) :]
