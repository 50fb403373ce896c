"""IRIs: how the graph names its things. The rules in ontology/rules mint IRIs of derived nodes by the same pattern.

An IRI is a base, a word for what it names, and a local name. What is derived has the base of what it is derived from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote

import pyoxigraph as ox

from mirkg.model import normal
from mirkg.model.vocabulary import BASE

WORDS = ("entity", "component", "proposition", "claim", "source", "bracket", "derived")  # what no base may hold


@lru_cache(100_000)
def slug(name: str) -> str:
    """Return the part of an IRI that stands for a name: letters, digits, `.` and `-`; Greek spelled."""
    return "-".join(re.findall(r"[A-Za-z0-9.]+", normal.plain(name)))


class Entities:
    """Name the entities of some tables and what is stated of them, each under the base of the review that defines it.

    A local name is one entity's under all bases, since the rules tell nodes apart by local names alone.
    """

    def __init__(self, bases: Mapping[str, str] | None = None) -> None:
        self._bases = bases or {}  # by slug, where the base is not ours

    def _base(self, name: str) -> str:
        return self._bases.get(slug(name), BASE)

    def entity(self, name: str) -> ox.NamedNode:
        """Return the IRI of an entity."""
        return ox.NamedNode(f"{self._base(name)}entity/{slug(name)}")

    def component(self, pathway: str, component: str) -> ox.NamedNode:
        """Return the IRI of the statement that something is a component of a pathway."""
        return ox.NamedNode(f"{self._base(pathway)}component/{slug(pathway)}/{slug(component)}")

    def proposition(self, subject: str, kind: str, *objects: str) -> ox.NamedNode:
        """Return the IRI of a proposition: subject, kind, object, and of a conversion its product."""
        return ox.NamedNode(f"{self._base(subject)}proposition/{slug(subject)}/{kind}/" + "/".join(map(slug, objects)))


def claim(review: str, name: str, base: str = BASE) -> ox.NamedNode:
    """Return the IRI of a claim of a review, under the base that the review has."""
    return ox.NamedNode(f"{base}claim/{review}/{name}")


def source(review: str, base: str = BASE) -> ox.NamedNode:
    """Return the IRI of a review, under the base that it has."""
    return ox.NamedNode(f"{base}source/{review}")


def path(iri: str, bases: Iterable[str]) -> str:
    """Return what stands behind the base of an IRI, the longest base that fits; "" where none does."""
    for base in sorted(bases, key=len, reverse=True):
        behind = iri.removeprefix(base)
        if behind != iri and (base == BASE or behind.partition("/")[0] in WORDS):
            return behind
    return ""


def doi(name: str) -> ox.NamedNode:
    """Return the IRI that resolves a DOI, which may hold characters that no IRI has."""
    return ox.NamedNode("https://doi.org/" + quote(name, safe="/:;()._~!*'@&=+$,-"))


def part(review: str, kind: str, name: str, base: str = BASE) -> ox.NamedNode:
    """Return the IRI of a part of a review: a passage, reference, bracket, mechanism or note."""
    return ox.NamedNode(f"{base}source/{review}/{kind}/{name}")
