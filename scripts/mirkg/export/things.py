"""Things: the nodes of a graph and what it says of them, in an order that never changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import pyoxigraph as ox

from mirkg.model import files, rdf
from mirkg.model.problems import BadInput, Problem
from mirkg.model.vocabulary import RDF_TYPE, expand

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Things:
    """Look up what a graph says; properties and classes are named by CURIEs.

    It holds the quads as they were written: a store would write their literals anew, OWL's cardinalities among them.
    """

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.dataset = ox.Dataset(quads)
        self.dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)

    @cached_property
    def quads(self) -> list[ox.Quad]:
        """All quads in the order of the build, blank nodes named by RDFC-1.0."""
        return sorted(self.dataset, key=rdf.order)

    def of(self, *classes: str) -> list[ox.NamedNode]:
        """Return the named nodes that have one of some classes, sorted."""
        found = {
            quad.subject
            for name in classes
            for quad in self.dataset.quads_for_object(ox.NamedNode(expand(name)))
            if quad.predicate == RDF_TYPE
        }
        return sorted((node for node in found if isinstance(node, ox.NamedNode)), key=str)

    def objects(self, node: Term, *properties: str) -> list[Term]:
        """Return what some properties of a node lead to, sorted."""
        if isinstance(node, ox.Literal | ox.Triple):
            return []
        wanted = {expand(name) for name in properties}
        found = {quad.object for quad in self.dataset.quads_for_subject(node) if quad.predicate.value in wanted}
        return sorted(found, key=str)

    def pointing(self, node: Term, *properties: str) -> list[Term]:
        """Return what leads to a node by some properties, sorted."""
        wanted = {expand(name) for name in properties}
        found = {quad.subject for quad in self.dataset.quads_for_object(node) if quad.predicate.value in wanted}
        return sorted(found, key=str)

    def texts(self, node: Term, *properties: str) -> list[str]:
        """Return the text of what some properties of a node lead to: of a literal its value, else the IRI."""
        return [getattr(found, "value", str(found)) for found in self.objects(node, *properties)]

    def text(self, node: Term, *properties: str) -> str:
        """Return the first of the texts, or nothing."""
        return next(iter(self.texts(node, *properties)), "")

    def label(self, node: Term) -> str:
        """Return the label of a node, or the last part of its IRI."""
        return self.text(node, "rdfs:label") or name(node)

    def labels(self, node: Term, *properties: str) -> list[str]:
        """Return the labels of what some properties of a node lead to, sorted."""
        return sorted(self.label(found) for found in self.objects(node, *properties))

    def names(self, node: Term, *properties: str) -> list[str]:
        """Return the last parts of the IRIs that some properties of a node lead to, such as `confirmed`, sorted."""
        return sorted(map(name, self.objects(node, *properties)))


def read(path: str) -> Things:
    """Read a built graph from its file.

    Raises:
        BadInput: the file cannot be read, is not well-formed RDF, or holds no triples.
    """
    try:
        quads = rdf.parsed(path, files.read(path))
    except OSError as error:
        why = error.strerror or error
        raise BadInput(Problem(path, 0, "", f"cannot be read ({why}).", "Name a graph, or build it.")) from error
    if not quads:
        raise BadInput(Problem(path, 0, "", "holds no triples.", "Name a built graph."))
    return Things(quads)


def name(node: Term) -> str:
    """Return the last part of the IRI of a node."""
    return getattr(node, "value", str(node)).rpartition("#")[2].rpartition("/")[2]
