"""Things: the nodes of a graph and what it says of them, in an order that never changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import pyoxigraph as ox

from mirkg.model import files, rdf
from mirkg.model.problems import BadInput, Problem
from mirkg.model.vocabulary import expand

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Things:
    """Look up what a graph says; properties and classes are named by CURIEs.

    It holds the quads as they were written: a store would write their literals anew, OWL's cardinalities among them.
    """

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        dataset = ox.Dataset(quads)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        self._dataset = dataset
        self._told: dict[Term, dict[str, set[Term]]] = {}
        self._pointing: dict[Term, dict[str, set[Term]]] = {}
        for quad in dataset:
            self._told.setdefault(quad.subject, {}).setdefault(quad.predicate.value, set()).add(quad.object)
            self._pointing.setdefault(quad.object, {}).setdefault(quad.predicate.value, set()).add(quad.subject)

    @cached_property
    def quads(self) -> list[ox.Quad]:
        """All quads in the order of the build, blank nodes named by RDFC-1.0."""
        return sorted(self._dataset, key=rdf.order)

    def of(self, *classes: str) -> list[ox.NamedNode]:
        """Return the named nodes that have one of some classes, sorted."""
        found = {node for name in classes for node in self.pointing(ox.NamedNode(expand(name)), "rdf:type")}
        return sorted((node for node in found if isinstance(node, ox.NamedNode)), key=str)

    def objects(self, node: Term, *properties: str) -> list[Term]:
        """Return what some properties of a node lead to, sorted."""
        return _sorted(self._told.get(node, {}), properties)

    def pointing(self, node: Term, *properties: str) -> list[Term]:
        """Return what leads to a node by some properties, sorted."""
        return _sorted(self._pointing.get(node, {}), properties)

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


def _sorted(told: dict[str, set[Term]], properties: tuple[str, ...]) -> list[Term]:
    """Return the nodes that stand by some properties, each once."""
    return sorted({node for name in properties for node in told.get(expand(name), ())}, key=str)


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
