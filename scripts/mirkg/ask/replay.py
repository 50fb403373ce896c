"""Replay: what changes when references are retracted or reinstated, by another policy, or if titles alone are read.

This is the one task that takes the asking side to the rules: the graph is taken without what was derived, the
statuses are set, and all is derived anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.ask import queries, questions, store
from mirkg.ask.audit import Row, audit
from mirkg.ask.store import Answer, Source, Store
from mirkg.model import derive
from mirkg.model.problems import BadInput
from mirkg.model.retractions import Reference
from mirkg.model.vocabulary import RDF_TYPE, graph, mk

_STATUS, _READ = mk("publicationStatus"), mk("abstractRead")


def references(source: Source) -> list[Reference]:
    """Return the references of a graph in the order of their numbers."""
    return [Reference(*row) for row in source.select(queries.read("replay-references")).rows]


def replayed(source: Store, changed: Mapping[str, str], policy: str = derive.CURATED) -> Store:
    """Return a graph derived anew with some references, by number, under another status.

    A paper that has several numbers has one status.

    Raises:
        BadInput: no reference has one of the numbers, or the graph does not tell what was derived from what was read.
    """
    _refuse_flat(source)
    numbers = {
        quad.subject: quad.object.value
        for quad in source.graph.quads_for_pattern(None, mk("referenceNumber"), None)
        if isinstance(quad.object, ox.Literal)
    }
    if unknown := set(changed) - set(numbers.values()):
        raise BadInput(f"There is no reference {', '.join(sorted(unknown))}. They go from 1 to {len(numbers)}.")
    papers = {quad.subject: quad.object for quad in source.graph.quads_for_pattern(None, mk("paper"), None)}
    statuses = {node: changed[number] for node, number in numbers.items() if number in changed}
    of_papers = {papers[node]: status for node, status in statuses.items() if node in papers}
    statuses = {node: of_papers[papers[node]] for node in numbers if papers.get(node) in of_papers} | statuses
    return _derived((_under(quad, statuses.get(quad.subject)) for quad in source.graph), policy)


def titled(source: Store, policy: str = derive.CURATED) -> Store:
    """Return a graph derived anew as if only the titles of the cited papers had been read.

    Raises:
        BadInput: the graph has no named graphs.
    """
    _refuse_flat(source)
    gone: set[object] = set()
    for passage in source.graph.quads_for_pattern(None, RDF_TYPE, mk("AbstractSentence")):
        claims = [quad.subject for quad in source.graph.quads_for_pattern(None, mk("statedIn"), passage.subject)]
        gone |= {passage.subject, *claims}
    said: set[object] = set()
    still: set[object] = set()
    for verb in (mk("asserts"), mk("denies")):
        for quad in source.graph.quads_for_pattern(None, verb, None):
            (said if quad.subject in gone else still).add(quad.object)
    gone |= {node for node in said - still if not _object_of_others(source, node, said - still)}
    kept = (_unread(quad) for quad in source.graph if quad.subject not in gone and quad.object not in gone)
    return _derived(kept, policy)


def _refuse_flat(source: Store) -> None:
    """Refuse a graph in which what was derived cannot be separated from what was read."""
    if next(source.graph.quads_for_pattern(None, None, None, graph("claims")), None) is None:
        raise BadInput(
            "This graph has no named graphs, and what was derived in it cannot be separated from what was read. Name "
            "the mirkg.trig or mirkg.nq that `mirkg build -o` writes beside it."
        )


def _object_of_others(source: Store, proposition: object, without: set[object]) -> bool:
    """Tell whether a proposition is the object of one that stays."""
    assert isinstance(proposition, ox.NamedNode)
    pointing = source.graph.quads_for_pattern(None, mk("object"), proposition)
    return any(quad.subject not in without for quad in pointing)


def _derived(quads: Iterable[ox.Quad], policy: str) -> Store:
    stated = [quad for quad in quads if quad.graph_name != graph("derived")]
    return store.of([*stated, *derive.derived(stated, policy)])


def _under(quad: ox.Quad, status: str | None) -> ox.Quad:
    if status is None or quad.predicate != _STATUS:
        return quad
    return ox.Quad(quad.subject, _STATUS, mk(status), quad.graph_name)


def _unread(quad: ox.Quad) -> ox.Quad:
    if quad.predicate != _READ:
        return quad
    return ox.Quad(quad.subject, _READ, mk("noAbstract"), quad.graph_name)


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
