"""IRIs: how the graph names its things. The rules in ontology/rules mint IRIs of derived nodes by the same pattern."""

from __future__ import annotations

import re
from urllib.parse import quote

import pyoxigraph as ox

from mirkg.model import normal
from mirkg.model.vocabulary import BASE


def slug(name: str) -> str:
    """Return the part of an IRI that stands for a name: letters, digits, `.` and `-`; Greek spelled."""
    return "-".join(re.findall(r"[A-Za-z0-9.]+", normal.plain(name)))


def entity(name: str) -> ox.NamedNode:
    """Return the IRI of an entity."""
    return ox.NamedNode(f"{BASE}entity/{slug(name)}")


def component(pathway: str, component: str) -> ox.NamedNode:
    """Return the IRI of the statement that something is a component of a pathway."""
    return ox.NamedNode(f"{BASE}component/{slug(pathway)}/{slug(component)}")


def proposition(subject: str, kind: str, *objects: str) -> ox.NamedNode:
    """Return the IRI of a proposition: subject, kind, object, and of a conversion its product."""
    return ox.NamedNode(f"{BASE}proposition/{slug(subject)}/{kind}/" + "/".join(map(slug, objects)))


def claim(review: str, name: str, base: str = BASE) -> ox.NamedNode:
    """Return the IRI of a claim of a review, under the base that the review has."""
    return ox.NamedNode(f"{base}claim/{review}/{name}")


def source(review: str, base: str = BASE) -> ox.NamedNode:
    """Return the IRI of a review, under the base that it has."""
    return ox.NamedNode(f"{base}source/{review}")


def doi(name: str) -> ox.NamedNode:
    """Return the IRI that resolves a DOI, which may hold characters that no IRI has."""
    return ox.NamedNode("https://doi.org/" + quote(name, safe="/:;()._~!*'@&=+$,-"))


def part(review: str, kind: str, name: str, base: str = BASE) -> ox.NamedNode:
    """Return the IRI of a part of a review: a passage, reference, bracket, mechanism or note."""
    return ox.NamedNode(f"{base}source/{review}/{kind}/{name}")
