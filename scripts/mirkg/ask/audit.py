"""Audit: what an editor or curator should look at, and apart from it what is no finding.

A finding is what a title turns, what it says of another drug, disease or subject, a reference that fell or is under
concern, a claim that a title elsewhere in the list turns, a miRNA that a row lacks, and what a curator noted. Titles
that are indirect or silent are rows and no findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mirkg.ask import queries
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.names import EMPTY
from mirkg.ask.store import Answer, Source
from mirkg.model.problems import BadInput, nearest
from mirkg.model.retractions import CONCERN, unrecorded

FILTERS = ("entity", "reference", "kind")
LEVELS = ("high", "medium", "low")
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

    def kinds(self) -> list[str]:
        """Return the kinds of finding and of verdict that occur."""
        return sorted({row.finding for row in [*self.findings, *self.rows]})

    def dict(self) -> dict[str, list[dict[str, str]]]:
        """Return the audit as plain data."""
        return {
            "summary": self.summary().dicts(),
            "findings": self.answer(self.findings).dicts(),
            "rows": self.answer(self.rows).dicts(),
        }

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


def asked(kg: KnowledgeGraph, entity: str = "", reference: str = "", kind: str = "") -> tuple[Audit, Audit]:
    """Return the audit of a graph, and what of it is about an entity, a reference or one kind.

    Raises:
        BadInput: the graph holds no claims, or there is no such entity, reference or kind.
    """
    if not kg.source.select(queries.read("graph-claims")).rows:
        raise BadInput(EMPTY)
    whole = audit(kg.source)
    if kind and kind not in whole.kinds():
        raise BadInput(f"Nothing is {kind!r}.{nearest(kind, whole.kinds())} The kinds are: {', '.join(whole.kinds())}.")
    number = kg.reference(reference) if reference else ""
    entities = frozenset(kg.names.meant(entity).iris) if entity else frozenset()
    return whole, whole.filtered(number, entities, kind)


def audit(source: Source) -> Audit:
    """Audit a graph."""

    def told(query: str) -> list[dict[str, str]]:
        return source.select(query).dicts()

    verdicts = [_verdict(row) for row in told(queries.read("audit-verdicts"))]
    disputes, unclaimed = told(queries.read("audit-disputes")), told(queries.read("audit-unclaimed"))
    found = [row for row in verdicts if row.finding not in NO_FINDINGS]
    found += [_status(row) for row in told(queries.read("audit-statuses"))]
    found += [_row(row, "high", "disputed", row["reason"]) for row in disputes]
    found += [_row(row, "low", "unclaimed subject", row["reason"]) for row in unclaimed]
    found += [_note(row) for row in told(queries.read("audit-notes"))]
    found += [row for reference in told(queries.read("replay-references")) for row in _marks(reference)]
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


def _marks(told: dict[str, str]) -> Iterator[Row]:
    """Yield a finding where a title prints that the paper fell, and the recorded status does not say so."""
    if printed := unrecorded(told["title"], told["status"]):
        reason = f"The title of reference {told['number']} says {printed}, and its status is {told['status']}."
        severity = "medium" if printed == CONCERN else "high"
        row = {"where": "reference list", "claimed": told["title"], "reference": told["number"]}
        yield _row(row, severity, "unrecorded mark", reason)
