"""Dossier: all that a graph holds on one entity, statement by statement, for a page that people read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from mirkg.ask import queries, statements
from mirkg.ask.names import Entity
from mirkg.ask.papers import Paper
from mirkg.ask.proof import MEDIATED
from mirkg.ask.statements import STANDINGS, Said, Statement
from mirkg.ask.store import Source
from mirkg.model.vocabulary import classes_of

# Which section a statement belongs to, by the kind of the entity at its other end.
_SECTIONS = {
    "Drugs and treatments": classes_of("Therapy"),
    "miRNAs and other RNAs": ("MicroRNA", "LongNoncodingRNA", "RNAType"),
    "Genes and proteins": ("Gene", "GeneGroup"),
    "Pathways": ("SignalingPathway",),
    "Processes": ("BiologicalProcess",),
}
EXPRESSION, OTHER = "Expression", "Cells, diseases and more"
SECTIONS = (*_SECTIONS, EXPRESSION, OTHER)


class Inferred(NamedTuple):
    """Hold a proposition that follows by the rules for signs, with its paths; the grade is that of the weakest step."""

    proposition: str
    says: str
    hypothesis: bool
    grade: str
    outcomes: list[str]
    paths: list[str]


class Dossier(NamedTuple):
    """Hold what is known of one entity; `wider` is said of its classes and sets, and not of it."""

    entity: Entity
    synonyms: list[str]
    links: list[tuple[str, str]]
    part_of: list[tuple[str, str]]
    includes: list[tuple[str, str]]
    stated: list[Statement]
    wider: dict[str, list[Said]]
    inferred: list[Inferred]

    def sections(self) -> dict[str, list[Statement]]:
        """Return the statements by the kind of what is at their other end, the best first, without empty sections."""
        found: dict[str, list[Statement]] = {name: [] for name in SECTIONS}
        for one in self.stated:
            found[_section(one, self.entity.iri)].append(one)
        return {name: group for name, group in found.items() if group}

    def papers(self) -> list[Paper]:
        """Return the references behind the statements, by number."""
        found = {
            behind.paper.iri: behind.paper for one in self.stated for said in one.evidence for behind in said.papers
        }
        return sorted(found.values(), key=lambda one: (one.review, int(one.number)))


def _section(one: Statement, iri: str) -> str:
    if one.family == "ExpressionState":
        return EXPRESSION
    kind = one.other(iri).kind
    return next((name for name, kinds in _SECTIONS.items() if kind in kinds), OTHER)


def dossier(source: Source, papers: dict[str, Paper], entity: Entity) -> Dossier:
    """Return the dossier of one entity."""
    iri = [entity.iri]
    beside: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for how, other, label in source.select(queries.read("page-narrower", entity=iri)).rows:
        beside[how].append((other, label))
    return Dossier(
        entity=entity,
        synonyms=[synonym for (synonym,) in source.select(queries.read("card-synonyms", entity=iri)).rows],
        links=[(relation, link) for relation, link in source.select(queries.read("card-links", entity=iri)).rows],
        part_of=beside["part of"],
        includes=beside["includes"],
        stated=statements.about(source, papers, iri),
        wider=_wider(source, entity),
        inferred=inferred(source.select(queries.read("page-inferred", entity=iri)).dicts()),
    )


def _wider(source: Source, entity: Entity) -> dict[str, list[Said]]:
    """Return what is said of the classes, groups and sets of an entity and not of itself, by the name of each."""
    found: dict[str, list[Said]] = defaultdict(list)
    rows = source.select(queries.read("page-wider", entity=[entity.iri])).rows
    names = {iri: f"one of {label}" if how == "one of" else label for iri, label, how in rows}
    for one in statements.in_short(source, names) if names else []:
        if entity.iri not in (one.subject, one.object):
            found[names.get(one.subject) or names[one.object]].append(one)
    return dict(sorted(found.items()))


def inferred(rows: Iterable[dict[str, str]]) -> list[Inferred]:
    """Return what follows, one for each proposition: what rests on the best steps first, hypotheses after the rest."""
    grouped: dict[tuple[str, bool], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        grouped[row["proposition"], row["rule"] == MEDIATED].append(row)
    found = []
    for (iri, hypothesis), group in grouped.items():
        grade = min((row["grade"] for row in group), key=STANDINGS.index)
        outcomes = list(dict.fromkeys(row["outcome"] for row in group))
        paths = list(dict.fromkeys(row["path"] for row in sorted(group, key=lambda row: STANDINGS.index(row["grade"]))))
        found.append(Inferred(iri, group[0]["says"], hypothesis, grade, outcomes, paths))
    return sorted(found, key=lambda one: (one.hypothesis, STANDINGS.index(one.grade), one.says))
