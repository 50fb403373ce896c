"""Audit: what an editor or curator should look at, and apart from it what is no finding.

A finding is what a title turns, what it says of another drug, disease or subject, a reference that fell or is under
concern, a claim that a title elsewhere in the list turns, a miRNA that a row lacks, and what a curator noted. Titles
that are indirect or silent are rows and no findings.
"""

from __future__ import annotations

from typing import NamedTuple

from mirkg.ask.store import Answer, Source

LEVELS = ("high", "medium", "low")
_PREFIXES = """
PREFIX cito: <http://purl.org/spar/cito/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX mk: <https://w3id.org/mirkg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
_CLAIMED = """
  ?claim mk:asserts ?proposition ; mk:statedIn/rdfs:label ?where .
  ?proposition rdfs:label ?claimed ; mk:subject ?subject ; mk:object ?object .
"""
_VERDICTS = (
    _PREFIXES
    + "SELECT ?verdict ?where ?claimed ?reference ?title ?reason ?subject ?object WHERE {"
    + _CLAIMED
    + """
  ?node mk:onClaim ?claim ; mk:verdict/rdfs:label ?verdict ; mk:reason ?reason .
  { ?node mk:onReference ?referenceNode } UNION
  { ?node mk:verdict mk:silent ; mk:onBracket/cito:citesAsEvidence ?referenceNode }
  ?referenceNode mk:referenceNumber ?reference ; dcterms:title ?title .
  FILTER(?verdict = "silent" || CONTAINS(?reason, CONCAT("reference ", STR(?reference), " ")))
}"""
)
_STATUSES = (
    _PREFIXES
    + "SELECT ?verdict ?where ?claimed ?reference ?title ?standing ?subject ?object WHERE {"
    + _CLAIMED
    + """
  VALUES ?status { mk:retracted mk:withdrawn mk:concern }
  ?referenceNode mk:publicationStatus ?status ; mk:referenceNumber ?reference ; dcterms:title ?title .
  ?status rdfs:label ?verdict .
  ?claim mk:citedThrough/cito:citesAsEvidence ?referenceNode .
  ?proposition mk:standing/rdfs:label ?standing .
}"""
)
_CONFLICTS = (
    _PREFIXES
    + "SELECT ?where ?claimed ?reference ?title ?reason ?subject ?object WHERE {"
    + _CLAIMED
    + """
  ?conflict mk:between ?claim , ?titleClaim ; mk:reason ?reason .
  ?titleClaim mk:statedIn/mk:reference ?referenceNode .
  ?referenceNode mk:referenceNumber ?reference ; dcterms:title ?title .
  FILTER(?claim != ?titleClaim)
  FILTER NOT EXISTS { ?claim mk:statedIn/mk:reference ?own }
  FILTER NOT EXISTS { ?node mk:onClaim ?claim ; mk:verdict mk:signConflict ; mk:onReference ?referenceNode }
}"""
)
_UNCLAIMED = (
    _PREFIXES
    + """SELECT ?where ?claimed ?reference ?title ?reason ?subject WHERE {
  ?finding a mk:UnclaimedSubject ; mk:onBracket/mk:statedIn/rdfs:label ?where ; mk:onReference ?referenceNode ;
    mk:onEntity ?subject ; mk:reason ?reason .
  ?subject rdfs:label ?claimed .
  ?referenceNode mk:referenceNumber ?reference ; dcterms:title ?title .
}"""
)
_NOTES = (
    _PREFIXES
    + """SELECT ?verdict ?where ?claimed ?reference ?reason ?blocks ?subject ?object WHERE {
  ?note mk:noteKind ?kind ; mk:reason ?reason ; mk:about ?about .
  ?kind rdfs:label ?verdict .
  BIND(EXISTS { ?kind <http://www.w3.org/2004/02/skos/core#inScheme> mk:WithholdingScheme } AS ?blocks)
  {
    ?about mk:asserts ?proposition ; mk:statedIn/rdfs:label ?where .
    ?proposition rdfs:label ?claimed ; mk:subject ?subject ; mk:object ?object .
  } UNION {
    ?about mk:referenceNumber ?reference ; dcterms:title ?claimed .
    BIND("reference list" AS ?where)
  }
}"""
)
_SEVERITY = {
    "sign conflict": "high",
    "disputed": "high",
    "retracted": "high",
    "withdrawn": "high",
    "other disease": "medium",
    "other drug": "medium",
    "other subject": "medium",
    "expression of concern": "medium",
}
NO_FINDINGS = ("agrees", "indirect", "silent")


class Row(NamedTuple):
    """Hold one row of the audit: a finding with its severity, or a verdict that is none."""

    severity: str
    finding: str
    where: str
    claimed: str
    reference: str
    title: str
    reason: str
    found: str
    entities: tuple[str, ...]

    def shown(self) -> tuple[str, ...]:
        """Return the row as it is printed, without what only filters read."""
        return self[:-1]


COLUMNS = Row._fields[:-1]


class Audit(NamedTuple):
    """Hold the findings, and apart from them the verdicts that are none."""

    findings: list[Row]
    rows: list[Row]

    def filtered(self, reference: str = "", entities: frozenset[str] = frozenset(), finding: str = "") -> Audit:
        """Return what is about a reference, about one of some entities, or of one kind."""

        def kept(row: Row) -> bool:
            return (
                (not reference or row.reference == reference)
                and (not entities or bool(entities & set(row.entities)))
                and (not finding or row.finding == finding)
            )

        return Audit([row for row in self.findings if kept(row)], [row for row in self.rows if kept(row)])

    def summary(self) -> Answer:
        """Return how many claims or references each finding and verdict is about, findings first."""
        counts: dict[tuple[int, str, str], set[tuple[str, ...]]] = {}
        for row in [*self.findings, *self.rows]:
            rank = LEVELS.index(row.severity) if row.severity in LEVELS else len(LEVELS)
            counts.setdefault((rank, row.severity, row.finding), set()).add((row.where, row.claimed))
        listed = [(severity, finding, str(len(about))) for (_, severity, finding), about in sorted(counts.items())]
        return Answer(("severity", "finding", "claims"), [tuple(row) for row in listed])

    def answer(self, rows: list[Row]) -> Answer:
        """Return rows as an answer."""
        return Answer(COLUMNS, [row.shown() for row in rows])

    def reaches(self, level: str) -> bool:
        """Return whether a finding is as severe as a level or more."""
        return any(LEVELS.index(row.severity) <= LEVELS.index(level) for row in self.findings)


def audit(source: Source) -> Audit:
    """Audit a graph."""
    verdicts = [_verdict(row) for row in source.select(_VERDICTS).dicts()]
    found = [row for row in verdicts if row.finding not in NO_FINDINGS]
    found += [_status(row) for row in source.select(_STATUSES).dicts()]
    found += [_row(row, "high", "disputed", row["reason"]) for row in source.select(_CONFLICTS).dicts()]
    found += [_row(row, "low", "unclaimed subject", row["reason"]) for row in source.select(_UNCLAIMED).dicts()]
    found += [_note(row) for row in source.select(_NOTES).dicts()]
    found = sorted(set(found), key=lambda row: (LEVELS.index(row.severity), row))
    return Audit(found, sorted({row for row in verdicts if row.finding in NO_FINDINGS}))


def _row(told: dict[str, str], severity: str, finding: str, reason: str, found: str = "computed") -> Row:
    entities = tuple(told[name] for name in ("subject", "object") if told.get(name))
    reference, title = told.get("reference", ""), told.get("title", "")
    return Row(severity, finding, told["where"], told["claimed"], reference, title, reason, found, entities)


def _verdict(told: dict[str, str]) -> Row:
    return _row(told, _SEVERITY.get(told["verdict"], "none"), told["verdict"], told["reason"])


def _status(told: dict[str, str]) -> Row:
    fell = "under an expression of concern" if told["verdict"] == "expression of concern" else told["verdict"]
    reason = f"Reference {told['reference']} is {fell}; the standing of the claim is {told['standing']}."
    return _row(told, _SEVERITY[told["verdict"]], told["verdict"], reason)


def _note(told: dict[str, str]) -> Row:
    severity = "medium" if told["blocks"] == "true" else "low"
    return _row(told, severity, told["verdict"], told["reason"], "noted")
