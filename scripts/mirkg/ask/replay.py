"""Replay: what changes when references fall, or return, or edges are drawn by another policy.

This is the one errand that takes the asking side to the rules: the graph is taken without what was derived, the
statuses are set, and all is derived anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.ask import queries, questions, store
from mirkg.ask.audit import Row, audit
from mirkg.ask.store import Answer, Source, Store
from mirkg.model import derive
from mirkg.model.problems import BadInput
from mirkg.model.retractions import Reference
from mirkg.model.vocabulary import graph, mk

_STATUS = mk("publicationStatus")


def references(source: Source) -> list[Reference]:
    """Return the references of a graph in the order of their numbers."""
    return [Reference(*row) for row in source.select(queries.read("replay-references")).rows]


def replayed(source: Store, changed: Mapping[str, str], policy: str = derive.CURATED) -> Store:
    """Return a graph derived anew with some references, by number, under another status.

    Raises:
        BadInput: no reference has one of the numbers, or the graph does not tell what was derived from what was read.
    """
    if next(source.graph.quads_for_pattern(None, None, None, graph("claims")), None) is None:
        raise BadInput(
            "This graph has no named graphs, and what was derived in it cannot be told from what was read. Name the "
            "mirkg.trig or mirkg.nq that `mirkg build -o` writes beside it."
        )
    numbers = {
        quad.subject: quad.object.value
        for quad in source.graph.quads_for_pattern(None, mk("referenceNumber"), None)
        if isinstance(quad.object, ox.Literal)
    }
    if unknown := set(changed) - set(numbers.values()):
        raise BadInput(f"There is no reference {', '.join(sorted(unknown))}. They go from 1 to {len(numbers)}.")
    quads = [
        _under(quad, changed.get(numbers.get(quad.subject, "")))
        for quad in source.graph
        if quad.graph_name != graph("derived")
    ]
    return store.of([*quads, *derive.derived(quads, policy)])


def _under(quad: ox.Quad, status: str | None) -> ox.Quad:
    if status is None or quad.predicate != _STATUS:
        return quad
    return ox.Quad(quad.subject, _STATUS, mk(status), quad.graph_name)


class Change(NamedTuple):
    """Hold one thing that a replay changed."""

    kind: str
    change: str
    what: str
    reason: str


CHANGE_COLUMNS = Change._fields


def changes(before: Source, after: Source) -> list[Change]:
    """Return what differs between two graphs, findings, standings, edges, inferences and answers, and why."""
    found = [*_findings(before, after), *_standings(before, after), *_inferences(before, after)]
    for question in questions.catalogue().values():
        lost, gained = difference(before.select(question.query), after.select(question.query))
        for rows, word in ((lost, "lost"), (gained, "gained")):
            if rows:
                found.append(Change("answer", word, f"{question.id}: {len(rows)} rows", _shown(rows[0])))
    return found


def _inferences(before: Source, after: Source) -> list[Change]:
    query = queries.read("replay-inferences")
    lost, gained = difference(before.select(query), after.select(query))
    return [
        *(Change("inference", "lost", says, f"no longer: {path}") for says, path in lost),
        *(Change("inference", "gained", says, path) for says, path in gained),
    ]


def _findings(before: Source, after: Source) -> list[Change]:
    old, new = set(audit(before).findings), set(audit(after).findings)
    return [
        *(Change("finding", "gone", _finding(row), row.reason) for row in sorted(old - new)),
        *(Change("finding", "new", _finding(row), row.reason) for row in sorted(new - old)),
    ]


def _finding(row: Row) -> str:
    return f"{row.finding}: {row.claimed} ({row.where})"


def _standings(before: Source, after: Source) -> list[Change]:
    query = queries.read("replay-standings")
    old = {row[0]: row[1:] for row in before.select(query).rows}
    found = []
    for label, *rest in sorted(after.select(query).rows):
        standing, cited, agreeing, disputing, grade, withheld = rest
        was = old[label]
        if standing != was[0]:
            counts = f"standing references: {cited} cited, {agreeing} agreeing, {disputing} disputing"
            found.append(Change("standing", f"{was[0]} → {standing}", label, counts))
        if was[4] and not grade:
            found.append(Change("edge", "lost", label, f"withheld: {withheld}"))
        elif grade and not was[4]:
            found.append(Change("edge", "gained", label, f"graded {grade}"))
        elif grade != was[4]:
            found.append(Change("edge", f"{was[4]} → {grade}", label, "its grade is its standing"))
    return found


def difference(before: Answer, after: Answer) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the rows that an answer lost and gained."""
    old, new = set(before.rows), set(after.rows)
    return [row for row in before.rows if row not in new], [row for row in after.rows if row not in old]


def marked(before: Answer, after: Answer) -> Answer:
    """Return an answer with what it lost and gained marked in a first column."""
    lost, gained = difference(before, after)
    rows = [("lost", *row) for row in lost] + [("gained" if row in set(gained) else "", *row) for row in after.rows]
    return Answer(("change", *after.columns), sorted(rows, key=lambda row: row[1:]))


def _shown(row: tuple[str, ...]) -> str:
    return "such as " + " | ".join(cell for cell in row if cell)
