"""Statements: what is said of an entity, one for each proposition, with the claims and papers behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from mirkg.ask import queries
from mirkg.ask.names import Entity
from mirkg.ask.papers import Paper
from mirkg.ask.store import Source

# Best first; what a paper contradicts or retraction undoes comes last.
STANDINGS = ("confirmed", "cited", "uncited", "disputed", "retracted only")
_SPEAKS = {"ReferenceTitle": "title", "AbstractSentence": "abstract"}

_WHAT = {
    "inCellLine": "in",
    "inCellType": "in",
    "inDisease": "in",
    "underTreatmentWith": "under",
    "comparedWith": "compared with",
    "through": "through",
    "throughPathway": "through",
    "basis": "wording",
    "subjectForm": "form",
    "objectForm": "form",
    "subjectAsPrinted": "printed as",
    "objectAsPrinted": "printed as",
}


class Behind(NamedTuple):
    """Hold a paper behind a claim: cited for it, with its verdict and the reasons, or speaking for itself."""

    paper: Paper
    cited: bool
    verdict: str
    reasons: list[str]


class Context(NamedTuple):
    """Hold one thing that narrows a claim down: in which cells, through what, as printed."""

    what: str
    iri: str
    label: str


class Evidence(NamedTuple):
    """Hold one claim: where it is said, what it cites, which papers stand behind it, and what curators noted."""

    claim: str
    states: str
    denied: bool
    passage: str
    place: str
    voice: str
    cites: list[tuple[str, str]]
    run: str
    retracted: str
    papers: list[Behind]
    context: list[Context]
    notes: list[tuple[str, str]]


class Statement(NamedTuple):
    """Hold one proposition with its standing and all its claims; a sign of 0 is none."""

    iri: str
    says: str
    family: str
    sign: int
    subject: Entity
    object: Entity
    standing: str
    nearness: str
    voice: str
    withheld: str
    confirming: list[Paper]
    evidence: list[Evidence]

    @property
    def denied(self) -> bool:
        """Whether the statement is only ever denied."""
        return all(one.denied for one in self.evidence)

    @property
    def in_review(self) -> bool:
        """Whether the review itself says it, and not only a paper that it cites."""
        return any(not one.voice for one in self.evidence)

    @property
    def agreed_in_part(self) -> bool:
        """Whether a cited paper agrees, though not so closely that it confirms the statement."""
        return not self.confirming and any(behind.verdict == "agrees" for one in self.evidence for behind in one.papers)

    @property
    def rank(self) -> tuple[int, int, str]:
        """What the statement is sorted by: the best standing first, then those with a sign, then by words."""
        return _rank(self)

    def other(self, iri: str) -> Entity:
        """Return the end of the statement that an entity is not."""
        return self.object if self.subject.iri == iri else self.subject


class Said(NamedTuple):
    """Hold one proposition in short, without who claims it."""

    iri: str
    says: str
    subject: str
    object: str
    family: str
    sign: int
    standing: str
    denied: bool

    @property
    def rank(self) -> tuple[int, int, str]:
        """What it is sorted by, as a statement is."""
        return _rank(self)


def _rank(one: Statement | Said) -> tuple[int, int, str]:
    place = STANDINGS.index(one.standing) if one.standing in STANDINGS else len(STANDINGS)
    return (len(STANDINGS) if one.denied else place, not one.sign, one.says)


def in_short(source: Source, entities: Iterable[str] | None = None) -> list[Said]:
    """Return the propositions about some entities, or all of them, the best first."""
    query = queries.read("page-propositions", entity=entities) if entities else queries.read("page-propositions")
    found = [
        Said(iri, says, subject, object_, family, int(sign), standing, bool(denied))
        for iri, says, subject, object_, family, sign, standing, denied in source.select(query).rows
    ]
    return sorted(found, key=lambda one: (one.rank, one.iri))


def about(source: Source, papers: dict[str, Paper], entities: Iterable[str]) -> list[Statement]:
    """Return the statements that have one of some entities as subject or object, the best first."""
    return _statements(source, papers, queries.read("statement-claims", entity=entities))


def of_propositions(source: Source, papers: dict[str, Paper], propositions: Iterable[str]) -> list[Statement]:
    """Return the statements of propositions."""
    return _statements(source, papers, queries.read("statement-claims", proposition=propositions))


def of_claims(source: Source, papers: dict[str, Paper], claims: Iterable[str]) -> list[Statement]:
    """Return the statements that claims make, each with those claims only."""
    return _statements(source, papers, queries.read("statement-claims", claim=claims))


def _statements(source: Source, papers: dict[str, Paper], query: str) -> list[Statement]:
    rows = source.select(query).dicts()
    evidence = _evidence(source, papers, rows)
    claims: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        claims[row["proposition"]][row["claim"]] = None
    first = {row["proposition"]: row for row in reversed(rows)}
    confirming = _confirming(source, papers, list(first))
    found = [_statement(row, confirming[iri], [evidence[claim] for claim in claims[iri]]) for iri, row in first.items()]
    return sorted(found, key=lambda one: (one.rank, one.iri))


def _confirming(source: Source, papers: dict[str, Paper], propositions: list[str]) -> dict[str, list[Paper]]:
    found: dict[str, list[Paper]] = defaultdict(list)
    if propositions:
        for iri, reference in source.select(queries.read("statement-confirming", proposition=propositions)).rows:
            found[iri].append(papers[reference])
    return defaultdict(list, {iri: sorted(group, key=lambda one: int(one.number)) for iri, group in found.items()})


def _statement(row: dict[str, str], confirming: list[Paper], evidence: list[Evidence]) -> Statement:
    return Statement(
        iri=row["proposition"],
        says=row["says"],
        family=row["family"],
        sign=int(row["sign"]),
        subject=Entity(row["subject"], row["subject_kind"], row["subject_label"]),
        object=Entity(row["object"], row["object_kind"], row["object_label"]),
        standing=row["standing"],
        nearness=row["nearness"],
        voice=row["voice"],
        withheld=row["withheld"],
        confirming=confirming,
        evidence=sorted(evidence, key=lambda one: (bool(one.voice), one.place, one.claim)),  # the review's own first
    )


def _evidence(source: Source, papers: dict[str, Paper], rows: list[dict[str, str]]) -> dict[str, Evidence]:
    claims = list(dict.fromkeys(row["claim"] for row in rows))
    if not claims:
        return {}
    behind = _behind(source, papers, claims)
    context: dict[str, list[Context]] = defaultdict(list)
    for row in source.select(queries.read("statement-context", claim=claims)).dicts():
        context[row["claim"]].append(Context(_WHAT[row["what"]], row["value"], row["label"]))
    notes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for claim, note, reason in source.select(queries.read("statement-notes", claim=claims)).rows:
        notes[claim][note].append(reason)
    cites: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for row in rows:
        if row["bracket"]:
            cites[row["claim"]][row["bracket"], row["cites"]] = None
    return {
        row["claim"]: Evidence(
            claim=row["claim"],
            states=row["states"],
            denied=bool(row["denied"]),
            passage=row["passage"],
            place=row["place"],
            voice=_SPEAKS.get(row["passage_kind"], ""),
            cites=list(cites[row["claim"]]),
            run=row["run"],
            retracted=row["retracted"],
            papers=behind.get(row["claim"], []),
            context=context[row["claim"]],
            notes=[(note, " ".join(reasons)) for note, reasons in notes[row["claim"]].items()],
        )
        for row in rows
    }


def _behind(source: Source, papers: dict[str, Paper], claims: list[str]) -> dict[str, list[Behind]]:
    """Return the papers behind each claim by their numbers; one that is cited comes with its verdict, if it has one."""
    verdicts: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for claim, reference, verdict, reason in source.select(queries.read("statement-verdicts", claim=claims)).rows:
        verdicts[claim, reference][verdict].append(reason)
    found: dict[str, list[Behind]] = defaultdict(list)
    for claim, reference, own in source.select(queries.read("statement-papers", claim=claims)).rows:
        said = verdicts[claim, reference]
        reasons = [reason for group in said.values() for reason in group]
        found[claim].append(Behind(papers[reference], not own, ", ".join(said), reasons))
    return {claim: sorted(group, key=lambda one: int(one.paper.number)) for claim, group in found.items()}
