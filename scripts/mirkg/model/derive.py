"""Derive: what follows from the claims, by the rules in ontology/rules, one SPARQL query each.

The rules run in the order of their paths, stage after stage; what one derives the next one reads. A folder that bears
the name of a policy holds what runs under that policy alone. A rule in a folder whose name ends in `repeated` runs
until it derives nothing new, with the number of the run as `?round`, so that each run need only extend what the one
before derived; every other rule runs once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from mirkg.model import files
from mirkg.model.rdf import in_graph
from mirkg.model.vocabulary import graph

CURATED, AS_STATED = POLICIES = ("curated", "as-stated")
INFERENCE = "5-inference"
_FOLDER, _ENDING, _REPEATED = "ontology/rules", ".rq", "repeated"


def derived(quads: Iterable[ox.Quad], policy: str = CURATED) -> list[ox.Quad]:
    """Return all that the rules derive from a graph, as quads of the derived graph."""
    store = ox.Store()
    store.bulk_extend(quads)
    apply(store, rules(policy))
    return list(store.quads_for_pattern(None, None, None, graph("derived")))


def apply(store: ox.Store, rules: Iterable[str]) -> None:
    """Apply rules in order, and put what they derive into the derived graph of a store."""
    for rule in rules:
        query = text(rule)
        if not repeated(rule):
            _once(store, query)
            continue
        number = 1
        while _once(store, query, number):
            number += 1


def _once(store: ox.Store, query: str, number: int = 0) -> bool:
    """Add what one rule derives from a store; of a repeated one, by the number of its run, tell if any of it is new.

    To count a store takes as long as to read it, and of the triples of a run the first is new as a rule.
    """
    given: dict[ox.Variable, Any] = {ox.Variable("round"): ox.Literal(number)} if number else {}
    triples = store.query(query, use_default_graph_as_union=True, substitutions=given)
    assert isinstance(triples, ox.QueryTriples)
    quads = in_graph(triples, graph("derived"))
    new = number > 0 and any(quad not in store for quad in quads)
    store.extend(quads)
    return new


def rules(policy: str = CURATED) -> list[str]:
    """Return the names of the rules that run under a policy, in order.

    A name is the path of the file in ontology/rules without its ending; `mk:rule` states it of what the rule derives.
    """
    others = {other for other in POLICIES if other != policy}
    found = (name.removesuffix(_ENDING) for name in files.below(_FOLDER, _ENDING))
    return [name for name in found if others.isdisjoint(name.split("/"))]


def text(rule: str) -> str:
    """Return the query of a rule."""
    return files.text(path(rule))


def path(rule: str) -> str:
    """Return the path of the file of a rule."""
    return os.path.join(files.resource(_FOLDER), *f"{rule}{_ENDING}".split("/"))


def sentence(rule: str) -> str:
    """Return what a rule says, in one sentence: the first line of its header."""
    return text(rule).partition("\n")[0].removeprefix("# ")


def writes(rule: str) -> list[str]:
    """Return the classes and properties of what a rule constructs, as its text names them."""
    template = text(rule).partition("\nCONSTRUCT ")[2].partition("\nWHERE ")[0].strip("{} \n")
    names: list[str] = []
    for clause in re.split(r"\s[;.](?=\s|$)", template):
        first, *others = clause.split(" , ")
        if first.strip():
            verb, *objects = [first.split()[-2], first.split()[-1], *map(str.strip, others)]
            names += objects if verb == "a" else [verb]
    return list(dict.fromkeys(names))


def repeated(rule: str) -> bool:
    """Tell whether a rule runs until it derives nothing new."""
    return rule.split("/")[-2].endswith(_REPEATED)
