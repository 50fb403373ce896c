"""Witness: the closure of signed links as OWL 2 RL derives it from property chains, a second opinion on the rules.

OWL can say how signs multiply (`down` after `down` is `up`) and that a member acts for its group, but not that a sign
beats no sign, nor how long a chain may be, nor that what was read from a mediation is not inferred back. HermiT refuses
the chains, since their hierarchy is not regular; owlrl, a rule engine, takes them.
"""

from __future__ import annotations

from collections.abc import Iterable

from mirkg.ask import queries
from mirkg.ask.store import Source

MEMBER = "member"
_CHAINS = {
    "up": (("up", "up"), ("down", "down"), ("up", MEMBER)),
    "down": (("up", "down"), ("down", "up"), ("down", MEMBER)),
}
_SPACE = "https://example.org/witness/"

Link = tuple[str, str, str]


def links(source: Source) -> set[Link]:
    """Return the links of a graph that have a sign, and its memberships."""
    answer = source.select(queries.read("witness-links"))
    return {(start, "up" if sign == "1" else "down", end) for start, sign, end, member in answer.rows if not member} | {
        (start, MEMBER, end) for start, _, end, member in answer.rows if member
    }


def closure(links: Iterable[Link]) -> set[Link]:
    """Return all links up and down that follow from links up, down and member, with those given."""
    import owlrl
    from rdflib import OWL, RDF, Graph, Namespace, URIRef
    from rdflib.collection import Collection

    space = Namespace(_SPACE)
    graph = Graph()
    for sign, chains in _CHAINS.items():
        graph.add((space[sign], RDF.type, OWL.ObjectProperty))
        for chain in chains:
            node = URIRef(_SPACE + "-".join((sign, *chain)))
            Collection(graph, node, [space[part] for part in chain])
            graph.add((space[sign], OWL.propertyChainAxiom, node))
    for start, sign, end in links:
        graph.add((URIRef(start), space[sign], URIRef(end)))
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return {(str(start), sign, str(end)) for sign in _CHAINS for start, end in graph.subject_objects(space[sign])}
