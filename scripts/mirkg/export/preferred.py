"""Preferred: the entities under the IRIs of their authorities, where a mapping is exact and no other entity has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

import pyoxigraph as ox

from mirkg.export.things import Things
from mirkg.model.vocabulary import curie, expand, graph

# The authorities, the one for a kind of entity before those that list it too.
_AUTHORITIES = """
    HGNC mirbase mirbase.mature NCBIGene ENSEMBL FPLX hgnc.genegroup complexportal UniProtKB CHEBI DRUGBANK
    CHEMBL.COMPOUND pharmgkb.drug MONDO DOID cellosaurus CL UBERON GO Reactome wikipathways kegg.pathway PW SO MAXO EFO
    HP mirbase.family MOD NCIT MESH
    """.split()  # noqa: SIM905
_EXACT, _IDENTIFIER = ox.NamedNode(expand("skos:exactMatch")), ox.NamedNode(expand("dcterms:identifier"))
_Node = TypeVar("_Node")


def renamed(things: Things) -> tuple[Things, list[str]]:
    """Return a graph with its entities under preferred IRIs, and the labels of those that keep theirs.

    Every triple of an entity moves with it. What it was called stays as its `dcterms:identifier`.
    """
    entities = sorted({node for node in map(_entity, things.quads) if node}, key=str)
    wanted = {node: found for node in entities if (found := _preferred(things, node))}
    times = Counter(wanted.values())
    names = {node: found for node, found in wanted.items() if times[found] == 1}
    kept = sorted(things.label(node) for node in entities if node not in names)
    return Things(_quads(things.quads, names)), kept


def _entity(quad: ox.Quad) -> ox.NamedNode | None:
    """Return the entity that a quad describes, if one."""
    node = quad.subject
    ours = isinstance(node, ox.NamedNode) and "/entity/" in node.value
    return node if ours and quad.graph_name == graph("entities") and isinstance(node, ox.NamedNode) else None


def _preferred(things: Things, node: ox.NamedNode) -> ox.NamedNode | None:
    """Return the one IRI that the first authority has for an entity, by an exact match."""
    by_prefix: dict[str, list[ox.NamedNode]] = {}
    for found in things.objects(node, "skos:exactMatch"):
        if isinstance(found, ox.NamedNode):
            by_prefix.setdefault(curie(found.value).partition(":")[0], []).append(found)
    return next((by_prefix[name][0] for name in _AUTHORITIES if len(by_prefix.get(name, ())) == 1), None)


def _quads(quads: Iterable[ox.Quad], names: dict[ox.NamedNode, ox.NamedNode]) -> list[ox.Quad]:
    def new(node: _Node) -> _Node:
        return names.get(node, node)  # type: ignore[call-overload, no-any-return]

    moved = [ox.Quad(new(quad.subject), quad.predicate, new(quad.object), quad.graph_name) for quad in quads]
    told = [ox.Quad(name, _IDENTIFIER, ox.Literal(node.value), graph("mappings")) for node, name in names.items()]
    return [quad for quad in moved if quad.predicate != _EXACT or quad.subject != quad.object] + told
