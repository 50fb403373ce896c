"""Papers: the references of a graph and the reviews that list them, with what identifies them."""

from __future__ import annotations

from typing import NamedTuple

from mirkg.ask import queries
from mirkg.ask.store import Source


class Paper(NamedTuple):
    """Hold one reference: its number in its review, what identifies it, its status, and what was read of it."""

    iri: str
    number: str
    label: str
    title: str
    author: str
    year: str
    status: str
    read: str
    doi: str
    pmid: str
    type: str
    review: str

    @property
    def links(self) -> list[tuple[str, str]]:
        """Where the paper can be read, each with its name; empty where no identifier is known."""
        known = [("PubMed", f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/")] if self.pmid else []
        return known + ([("DOI", f"https://doi.org/{self.doi}")] if self.doi else [])


class Review(NamedTuple):
    """Hold one review: its title, its DOI, when it was published, and the diseases that it is about."""

    iri: str
    title: str
    doi: str
    date: str
    scope: str


def papers(source: Source) -> dict[str, Paper]:
    """Return the references of a graph by IRI, in the order of their numbers."""
    found = [Paper(*row) for row in source.select(queries.read("page-references")).rows]
    found = [one._replace(status="not retracted") if one.status == "active" else one for one in found]
    return {one.iri: one for one in sorted(found, key=lambda one: (one.review, int(one.number)))}


def named(source: Source) -> str:
    """Return which reviews a graph is about, and how many of their references were checked for retraction."""
    every = papers(source).values()
    checked = sum(paper.status != "not checked" for paper in every)
    parts = [f"{one.title} ({', '.join(part for part in (one.date, one.doi) if part)})" for one in reviews(source)]
    return f"{'; '.join(parts)}. {checked} of {len(every)} references were checked for retraction."


def reviews(source: Source) -> list[Review]:
    """Return the reviews of a graph by title; one with several scopes once."""
    found: dict[str, Review] = {}
    for row in source.select(queries.read("page-reviews")).rows:
        one = Review(*row)
        before = found.get(one.iri)
        found[one.iri] = one._replace(scope=f"{before.scope}, {one.scope}") if before else one
    return list(found.values())
