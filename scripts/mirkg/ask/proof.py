"""Proof: what is stated and what follows between two entities, step by step, or what was nearest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from mirkg.ask import queries
from mirkg.ask.names import Entity, Meant
from mirkg.ask.reading import limits
from mirkg.ask.store import Source

MEDIATION, MEDIATED = "5-inference/09-mediation", "5-inference/10-mediated"


class Evidence(NamedTuple):
    """Name what a statement or a step rests on: a place with its bracket and notes, or a source of a component.

    The bracket that closes the run of a sentence without one is drawn apart, since it is no citation.
    """

    where: str
    cites: str
    retracted: str
    noted: list[str]
    run: str = ""
    denied: bool = False


class Arrow(NamedTuple):
    """Hold one signed step from one entity to another; without a family it goes from a member to its group."""

    start: str
    sign: int
    end: str
    family: str


class Statement(NamedTuple):
    """Hold what claims state or deny of the two entities, or of what is comparable to them."""

    iri: str
    says: str
    arrow: Arrow
    standing: str
    nearness: str
    voice: str
    grade: str
    withheld: list[str]
    through: list[str]
    evidence: list[Evidence]
    against: list[str]

    def denied(self) -> bool:
        """Tell whether the statement is only ever denied."""
        return all(evidence.denied for evidence in self.evidence)


class Step(NamedTuple):
    """Hold one step of an inference: stated, component, member or mediation (which has steps of its own).

    What is stated has the IRI of its proposition.
    """

    kind: str
    arrow: Arrow
    grade: str
    nearness: str
    evidence: list[Evidence]
    steps: list[Step]
    iri: str = ""


class Inference(NamedTuple):
    """Hold one inference, the path to draw, its steps in order, and how it relates to what is stated."""

    iri: str
    says: str
    arrow: Arrow
    path: list[Arrow]
    rule: str
    grade: str
    outcome: str
    compared: list[str]
    against: list[str]
    steps: list[Step]


class Proof(NamedTuple):
    """Hold all that connects two entities; what was nearest is filled where nothing does."""

    subject: Entity
    object: Entity
    remarks: list[str]
    stated: list[Statement]
    inferred: list[Inference]
    nearest: list[Arrow]
    limits: str

    def dict(self) -> dict[str, Any]:
        """Return the proof as plain data."""
        return {name: _plain(value) for name, value in self._asdict().items()}


def _plain(value: Any) -> Any:
    """Return named tuples as dictionaries, all the way down."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def proof(source: Source, subject: Meant, object_: Meant) -> Proof:
    """Return what connects a subject with an object, in this direction."""
    starts, ends = subject.iris, object_.iris
    stated = _stated(source.select(queries.read("proof-stated", subject=starts, object=ends)).dicts())
    inferred = _inferred(source, source.select(queries.read("proof-inferred", subject=starts, object=ends)).dicts())
    stated.sort(key=lambda one: one.arrow.end != object_.entity.label)  # what is of the very object first
    inferred.sort(key=lambda one: one.arrow.end != object_.entity.label)
    connected = inferred or any(statement.grade for statement in stated)
    nearest = [] if connected else _nearest(source, starts, ends)
    remarks = [meant.remark for meant in (subject, object_) if meant.remark]
    return Proof(subject.entity, object_.entity, remarks, stated, inferred, nearest, limits(source))


def turtle(source: Source, found: Proof) -> bytes:
    """Return the propositions, claims, inferences and steps of a proof as Turtle."""
    import pyoxigraph as ox

    from mirkg.model.rdf import serialized
    from mirkg.model.vocabulary import prefixes

    roots = [*(statement.iri for statement in found.stated), *(inference.iri for inference in found.inferred)]
    parts = source.select(queries.read("proof-parts", root=roots)).rows
    nodes = sorted({*roots, *(node for (node,) in parts)})
    told = source.raw(queries.read("proof-triples", node=nodes), "tsv")
    triples = {str(quad.triple): quad.triple for quad in ox.parse(told, format=ox.RdfFormat.TURTLE)}
    return serialized([triples[key] for key in sorted(triples)], ox.RdfFormat.TURTLE, prefixes())


def _arrow(row: dict[str, str]) -> Arrow:
    return Arrow(row["from"], int(row["sign"]), row["to"], row["family"])


def _grouped(rows: Iterable[dict[str, str]], *keys: str) -> list[list[dict[str, str]]]:
    """Return rows with equal keys together, in the order in which they come."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return list(groups.values())


def _distinct(rows: Iterable[dict[str, str]], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows if row[column]))


def _evidence(rows: list[dict[str, str]], where: str) -> list[Evidence]:
    return [
        Evidence(
            where=group[0][where],
            cites=group[0]["cites"],
            retracted=group[0]["retracted"],
            noted=_distinct(group, "noted"),
            run=group[0]["run"],
            denied=bool(group[0].get("denied")),
        )
        for group in _grouped((row for row in rows if row[where]), where, "cites", "retracted")
    ]


def _stated(rows: list[dict[str, str]]) -> list[Statement]:
    return [
        Statement(
            iri=group[0]["proposition"],
            says=group[0]["says"],
            arrow=_arrow(group[0]),
            standing=group[0]["standing"],
            nearness=group[0]["nearness"],
            voice=group[0]["voice"],
            grade=group[0]["grade"],
            withheld=_distinct(group, "withheld"),
            through=_distinct(group, "through"),
            evidence=_evidence(group, "place"),
            against=_distinct(group, "against"),
        )
        for group in _grouped(rows, "proposition")
    ]


def _inferred(source: Source, rows: list[dict[str, str]]) -> list[Inference]:
    steps = _steps(source, _distinct(rows, "inference"))
    return [
        Inference(
            iri=group[0]["inference"],
            says=group[0]["says"],
            arrow=_arrow(group[0]),
            path=_path(group[0], steps[group[0]["inference"]]),
            rule=group[0]["rule"],
            grade=group[0]["grade"],
            outcome=group[0]["outcome"],
            compared=_distinct(group, "compared"),
            against=_distinct(group, "against"),
            steps=steps[group[0]["inference"]],
        )
        for group in _grouped(rows, "inference")
    ]


def _path(row: dict[str, str], steps: list[Step]) -> list[Arrow]:
    """Return the arrows to draw: those of the steps, and of a mediation its own after those that lead to it."""
    if row["rule"] != MEDIATION:
        return [step.arrow for step in steps]
    return [*(step.arrow for step in steps[:-1] if row["through"]), _arrow(row)]


def _steps(source: Source, nodes: list[str]) -> dict[str, list[Step]]:
    """Return the steps of each inference in order, those of a mediation below it."""
    if not nodes:
        return {}
    rows = source.select(queries.read("proof-steps", inference=nodes)).dicts()
    nested = _steps(source, _distinct((row for row in rows if row["class"] == "mediation"), "link"))
    steps: dict[str, list[Step]] = defaultdict(list)
    for group in _grouped(rows, "node", "position"):
        first = group[0]
        below = nested.get(first["link"], [])
        evidence = [] if below else _evidence(group, "says")
        step = Step(first["class"], _arrow(first), first["grade"], first["nearness"], evidence, below, first["stated"])
        steps[first["node"]].append(step)
    return steps


def _nearest(source: Source, starts: list[str], ends: list[str]) -> list[Arrow]:
    """Return the fewest edges that connect two entities whatever their direction; empty if none do."""
    beside: dict[str, list[tuple[str, Arrow]]] = defaultdict(list)
    for row in source.select(queries.read("proof-edges")).dicts():
        beside[row["subject"]].append((row["object"], _arrow(row)))
        beside[row["object"]].append((row["subject"], _arrow(row)))
    paths: dict[str, list[Arrow]] = {start: [] for start in starts}
    queue = list(starts)
    for node in queue:
        if node in ends:
            return paths[node]
        for other, arrow in beside[node]:
            if other not in paths:
                paths[other] = [*paths[node], arrow]
                queue.append(other)
    return []
