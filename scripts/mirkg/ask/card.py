"""Card: what the graph holds on one entity, with the claims behind it and where to read on."""

from __future__ import annotations

from typing import NamedTuple

from mirkg.ask import queries
from mirkg.ask.names import Entity, Meant
from mirkg.ask.reading import limits
from mirkg.ask.store import Answer, Source
from mirkg.model.vocabulary import MK


class Card(NamedTuple):
    """Hold one entity's card: names, what it does and what acts on it, what follows, sources, notes, links out."""

    entity: Entity
    remark: str
    synonyms: list[str]
    does: Answer
    acted_on: Answer
    wider: Answer
    inferred: Answer
    references: Answer
    notes: Answer
    links: Answer
    limits: str

    def sections(self) -> dict[str, Answer]:
        """Return the parts that hold rows, by heading."""
        parts = {
            "What it does": self.does,
            "What acts on it": self.acted_on,
            "What follows": self.inferred,
            "Said of its classes and sets, not of it": self.wider,
            "Notes and conflicts": self.notes,
            "References": self.references,
            "Elsewhere": self.links,
        }
        return {heading: answer for heading, answer in parts.items() if answer.rows}

    def dict(self) -> dict[str, object]:
        """Return the card as plain data."""
        return {
            "iri": self.entity.iri,
            "label": self.entity.label,
            "kind": self.entity.kind,
            "synonyms": self.synonyms,
            "does": self.does.dicts(),
            "acted_on": self.acted_on.dicts(),
            "inferred": self.inferred.dicts(),
            "wider": self.wider.dicts(),
            "notes": self.notes.dicts(),
            "references": self.references.dicts(),
            "links": self.links.dicts(),
            "limits": self.limits,
        }


def card(source: Source, meant: Meant) -> Card:
    """Return the card of one entity."""
    iri = [meant.entity.iri]
    does = queries.read("card-statements", entity=iri, role=[MK + "subject"])
    acted_on = queries.read("card-statements", entity=iri, role=[MK + "object"])
    synonyms = source.select(queries.read("card-synonyms", entity=iri))
    return Card(
        entity=meant.entity,
        remark=meant.remark,
        synonyms=[synonym for (synonym,) in synonyms.rows],
        does=source.select(does),
        acted_on=source.select(acted_on),
        wider=source.select(queries.read("card-wider", entity=iri)),
        inferred=source.select(queries.read("card-inferred", entity=iri)),
        references=source.select(queries.read("card-references", entity=iri)),
        notes=source.select(queries.read("card-notes", entity=iri)),
        links=source.select(queries.read("card-links", entity=iri)),
        limits=limits(source),
    )
