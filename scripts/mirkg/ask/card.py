"""Card: what the graph holds on one entity, with the claims behind it and where to read on."""

from __future__ import annotations

from typing import NamedTuple

from mirkg.ask.names import Entity, Meant
from mirkg.ask.store import Answer, Source

_PREFIXES = """
PREFIX cito: <http://purl.org/spar/cito/>
PREFIX mk: <https://w3id.org/mirkg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
_SYNONYMS = _PREFIXES + "SELECT ?synonym WHERE {{ <{0}> skos:altLabel ?synonym }} ORDER BY ?synonym"
_LINKS = (
    _PREFIXES
    + """
SELECT ?relation ?link WHERE {{
  VALUES ?match {{ skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch skos:relatedMatch }}
  <{0}> ?match ?target
  BIND(STRAFTER(STR(?match), "#") AS ?relation)
  BIND(STR(?target) AS ?link)
}} ORDER BY ?relation ?link"""
)
_STATEMENTS = (
    _PREFIXES
    + """
SELECT DISTINCT ?statement ?standing ?withheld ?says ?cites WHERE {{
  ?proposition mk:{1} <{0}> ; rdfs:label ?statement ; mk:standing/rdfs:label ?standing .
  ?claim mk:asserts|mk:denies ?proposition ; mk:statedIn/rdfs:label ?says .
  OPTIONAL {{ ?claim mk:citedThrough/rdfs:label ?cites }}
  OPTIONAL {{
    SELECT ?proposition (MIN(?reason) AS ?withheld)
    WHERE {{ ?assessment mk:ofProposition ?proposition ; mk:withheldBecause/rdfs:label ?reason }}
    GROUP BY ?proposition
  }}
}} ORDER BY ?statement ?says ?cites"""
)
_REFERENCES = (
    _PREFIXES
    + """
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT DISTINCT ?reference ?year ?status ?title WHERE {{
  ?proposition mk:subject|mk:object <{0}> .
  ?claim mk:asserts|mk:denies ?proposition .
  ?claim (mk:citedThrough/cito:citesAsEvidence)|(mk:statedIn/mk:reference) ?node .
  ?node mk:referenceNumber ?reference ; mk:year ?year ; dcterms:title ?title ; mk:publicationStatus/rdfs:label ?status .
}} ORDER BY ?reference"""
)
_NOTES = (
    _PREFIXES
    + """
SELECT DISTINCT ?note ?reason WHERE {{
  ?proposition mk:subject|mk:object <{0}> .
  ?claim mk:asserts|mk:denies ?proposition .
  {{ ?node mk:about ?claim ; mk:noteKind/rdfs:label ?note ; mk:reason ?reason }}
  UNION
  {{ ?node mk:between ?claim ; mk:reason ?reason BIND("conflict" AS ?note) }}
}} ORDER BY ?note ?reason"""
)


class Card(NamedTuple):
    """Hold one entity's card: names, what it does, what acts on it, sources, notes, links out."""

    entity: Entity
    remark: str
    synonyms: list[str]
    does: Answer
    acted_on: Answer
    references: Answer
    notes: Answer
    links: Answer

    def sections(self) -> dict[str, Answer]:
        """Return the parts that hold rows, by heading."""
        parts = {
            "What it does": self.does,
            "What acts on it": self.acted_on,
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
            "notes": self.notes.dicts(),
            "references": self.references.dicts(),
            "links": self.links.dicts(),
        }


def card(source: Source, meant: Meant) -> Card:
    """Return the card of one entity."""
    iri = meant.entity.iri

    def rows(query: str, *more: str) -> Answer:
        return source.select(query.format(iri, *more))

    return Card(
        entity=meant.entity,
        remark=meant.remark,
        synonyms=[synonym for (synonym,) in rows(_SYNONYMS).rows],
        does=rows(_STATEMENTS, "subject"),
        acted_on=rows(_STATEMENTS, "object"),
        references=rows(_REFERENCES),
        notes=rows(_NOTES),
        links=rows(_LINKS),
    )
