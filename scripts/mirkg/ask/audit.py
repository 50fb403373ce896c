"""Audit: what an editor or curator should look at, and apart from it what is no finding.

A finding is what a cited paper contradicts or denies, what it says of another drug, disease or subject, a reference
that was retracted or is under concern, a claim that a paper elsewhere in the list contradicts, what is odd about a
paper that is cited, and what a curator noted. A verdict is counted once for each claim and bracket, whatever the
number of papers in the bracket; papers that agree, are indirect or silent are rows and no findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from mirkg.ask import queries
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.names import EMPTY
from mirkg.ask.reading import limits
from mirkg.ask.store import Answer, Source
from mirkg.model.problems import BadInput, nearest
from mirkg.model.retractions import CONCERN, unrecorded

_TRUE = ("true", "1")  # Virtuoso writes a boolean as a number
FILTERS = ("entity", "reference", "kind", "severity", "voice", "section")
LEVELS = ("high", "medium", "low")
_LIST = "reference list"
_SEVERITY = {
    "sign conflict": "high",
    "denied": "high",
    "disputed": "high",
    "retracted": "high",
    "withdrawn": "high",
    "other disease": "medium",
    "other drug": "medium",
    "other subject": "medium",
    "expression of concern": "medium",
    "unclaimed effect": "medium",
    "other drug elsewhere": "medium",
    "other disease of a reference": "medium",
    "mixed voice": "medium",
    "secondary source": "low",
    "unclaimed subject": "low",
}
NO_FINDINGS = ("agrees", "indirect", "silent")
FACETS = ("severity", "finding", "voice", "section")  # by which rows are counted and picked


class Row(NamedTuple):
    """Hold one row of the audit: a finding with its severity, or a verdict that is none."""

    severity: str
    finding: str
    where: str
    claimed: str
    reference: str
    voice: str
    read: str
    nearness: str
    title: str
    reason: str
    found: str
    counted: str
    section: str
    entities: tuple[str, ...]

    def shown(self) -> tuple[str, ...]:
        """Return the row as it is printed, without what only filters and counts read."""
        return self[:-3]


COLUMNS = Row._fields[:-3]


def count(rows: Iterable[Row]) -> int:
    """Return how many findings, or verdicts, rows tell of: one on several papers has a row for each of them."""
    return len({(row.finding, row.counted) for row in rows})


class Audit(NamedTuple):
    """Hold the findings, apart from them the verdicts that are none, and the verdict of every paper by itself."""

    findings: list[Row]
    rows: list[Row]
    papers: list[Row]
    limits: str

    def dict(self) -> dict[str, object]:
        """Return the audit as plain data."""
        return {
            "limits": self.limits,
            "summary": self.summary().dicts(),
            "findings": self.answer(self.findings).dicts(),
            "rows": self.answer(self.rows).dicts(),
        }

    def filtered(
        self, reference: str = "", entities: frozenset[str] = frozenset(), finding: str = "", **facets: str
    ) -> Audit:
        """Return what is about a reference, about one of some entities, of one kind, or has other facets.

        Of one reference, the rows are all its verdicts that are no findings, also those that decide no bracket.
        """

        def kept(row: Row) -> bool:
            return (
                (not reference or row.reference == reference)
                and (not entities or bool(entities & set(row.entities)))
                and (not finding or row.finding == finding)
                and all(getattr(row, name) == value for name, value in facets.items())
            )

        findings = [row for row in self.findings if kept(row)]
        rows = self.papers if reference else self.rows
        papers = [row for row in self.papers if kept(row)]
        return Audit(findings, [row for row in rows if kept(row)], papers, self.limits)

    def kinds(self) -> list[str]:
        """Return the kinds of findings and verdicts that there are."""
        return sorted({row.finding for row in [*self.findings, *self.rows, *self.papers]})

    def facets(self) -> Mapping[str, Mapping[str, int]]:
        """Return how many findings have each value of each facet, the severe first, then the most frequent."""
        once = {(name, row.finding, row.counted, getattr(row, name)) for row in self.findings for name in FACETS}
        counts = {name: Counter(value for facet, *_, value in once if facet == name and value) for name in FACETS}
        ranked = {level: -rank for rank, level in enumerate(reversed(LEVELS))}
        return {
            name: dict(sorted(found.items(), key=lambda one: (ranked.get(one[0], 0), -one[1], one[0])))
            for name, found in counts.items()
        }

    def summary(self) -> Answer:
        """Return how many claims, each with its bracket, or cited papers each finding and verdict is about."""
        counts: dict[tuple[int, str, str], set[str]] = {}
        for row in [*self.findings, *self.rows]:
            rank = LEVELS.index(row.severity) if row.severity in LEVELS else len(LEVELS)
            counts.setdefault((rank, row.severity, row.finding), set()).add(row.counted)
        listed = [(severity, finding, str(len(about))) for (_, severity, finding), about in sorted(counts.items())]
        return Answer(("severity", "finding", "count"), [tuple(row) for row in listed])

    def answer(self, rows: list[Row]) -> Answer:
        """Return rows as an answer."""
        return Answer(COLUMNS, [row.shown() for row in rows])

    def reaches(self, level: str) -> bool:
        """Return whether a finding is as severe as a level or more."""
        return any(LEVELS.index(row.severity) <= LEVELS.index(level) for row in self.findings)


def asked(
    kg: KnowledgeGraph, entity: str = "", reference: str = "", kind: str = "", whole: Audit | None = None, **facets: str
) -> tuple[Audit, Audit]:
    """Return the audit of a graph, made if it is not given, and what of it is about an entity, a reference or a kind.

    Raises:
        BadInput: the graph holds no claims, or there is no such entity, reference or kind, or no such value of a facet.
    """
    if not kg.source.select(queries.read("graph-claims")).rows:
        raise BadInput(EMPTY)
    whole = whole or audit(kg.source)
    for name, value in facets.items():
        values = whole.facets()[name]
        if value not in values:
            raise BadInput(
                f"No finding has the {name} {value!r}.{nearest(value, values)} It is one of: {', '.join(values)}."
            )
    if kind and kind not in whole.kinds():
        raise BadInput(f"Nothing is {kind!r}.{nearest(kind, whole.kinds())} The kinds are: {', '.join(whole.kinds())}.")
    number = kg.reference(reference) if reference else ""
    entities = frozenset(kg.names.meant(entity).iris) if entity else frozenset()
    return whole, whole.filtered(number, entities, kind, **facets)


def audit(source: Source) -> Audit:
    """Audit a graph."""

    def told(query: str) -> list[dict[str, str]]:
        return source.select(query).dicts()

    verdicts = _verdicts(told(queries.read("audit-verdicts")))
    decided = [row for row, decides in verdicts if decides]
    found = [row for row in decided if row.finding not in NO_FINDINGS]
    found += [_status(row) for row in told(queries.read("audit-statuses"))]
    found += [_row(row, "disputed") for row in told(queries.read("audit-disputes"))]
    found += [_row(row, row["finding"]) for row in told(queries.read("audit-references"))]
    found += [_note(row) for row in told(queries.read("audit-notes"))]
    found += [row for reference in told(queries.read("replay-references")) for row in _marks(reference)]
    found = sorted(set(found), key=lambda row: (LEVELS.index(row.severity), row))
    rows = sorted(row for row in decided if row.finding in NO_FINDINGS)
    papers = sorted(row for row, decides in verdicts if not decides or row.finding in NO_FINDINGS)
    sections = {row[0]: row[1] for row in source.select(queries.read("audit-sections")).rows}
    found, rows, papers = ([_placed(row, sections) for row in part] for part in (found, rows, papers))
    return Audit(found, rows, papers, limits(source))


def _placed(row: Row, sections: dict[str, str]) -> Row:
    return row._replace(section=sections.get(row.where, row.where if row.where == _LIST else "cited papers"))


def _row(told: dict[str, str], finding: str, severity: str = "", reason: str = "", found: str = "computed") -> Row:
    return Row(
        severity=severity or _SEVERITY[finding],
        finding=finding,
        where=told["where"],
        claimed=told["claimed"],
        reference=told.get("reference", ""),
        voice=told.get("voice", ""),
        read=told.get("read", ""),
        nearness=told.get("nearness", ""),
        title=told.get("title", ""),
        reason=reason or told["reason"],
        found=found,
        counted=told["counted"],
        section="",
        entities=tuple(told[name] for name in ("subject", "object") if told.get(name)),
    )


def _verdicts(told: list[dict[str, str]]) -> list[tuple[Row, bool]]:
    """Return a row for each claim, bracket and paper, with all that the paper says, and whether it decides."""
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in told:
        grouped.setdefault((row["paired"], row["bracket"]), []).append(row)
    rows = []
    for group in grouped.values():
        voices = sorted({row["voice"] for row in group})
        voice = voices[0] if len(voices) == 1 else "both"
        reason = " ".join(sorted({row["reason"] for row in group}))
        first, decided = group[0], group[0]["decided"]
        severity = (decided and _SEVERITY.get(first["verdict"])) or "none"
        told_once = {**first, "voice": voice, "counted": decided or first["paired"]}
        rows.append((_row(told_once, first["verdict"], severity, reason), bool(decided)))
    return rows


def _status(told: dict[str, str]) -> Row:
    fell = "under an expression of concern" if told["verdict"] == "expression of concern" else told["verdict"]
    reason = f"Reference {told['reference']} is {fell}. The standing of the statement: {told['standing']}."
    return _row(told, told["verdict"], reason=reason)


def _note(told: dict[str, str]) -> Row:
    return _row(told, told["verdict"], "medium" if told["blocks"] in _TRUE else "low", found="noted")


def _marks(told: dict[str, str]) -> Iterator[Row]:
    """Yield a finding where a title prints that the paper was retracted, and the recorded status does not say so."""
    if printed := unrecorded(told["title"], told["status"]):
        reason = f"The title of reference {told['number']} says {printed}, and its status is {told['status']}."
        severity = "medium" if printed == CONCERN else "high"
        row = {"where": _LIST, "claimed": told["title"], "reference": told["number"]}
        yield _row({**row, "counted": told["number"]}, "unrecorded mark", severity, reason)
