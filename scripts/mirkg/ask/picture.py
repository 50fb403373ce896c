"""Picture: the edges to draw around an entity, behind the response to a drug, or of a proof, and how each stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from mirkg.ask import queries
from mirkg.ask.names import Entity
from mirkg.ask.proof import MEDIATED, Arrow, Proof
from mirkg.ask.statements import STANDINGS
from mirkg.ask.store import Source
from mirkg.model.vocabulary import classes_of

RESPONSE = "DrugResponseEffect"


class Edge(NamedTuple):
    """Hold one arrow to draw: stated, with its standing or why it is withheld; else inferred, or what links by name.

    What is inferred has the grade of its weakest step; `link` is "component" or "member".
    """

    arrow: Arrow
    iri: str = ""  # of the proposition
    standing: str = ""
    nearness: str = ""
    voice: str = ""
    withheld: str = ""
    retracted: str = ""
    inferred: str = ""
    hypothesis: bool = False
    outcome: str = ""
    link: str = ""

    @property
    def rank(self) -> tuple[int, bool, bool]:
        """What edges are picked by: the best standing first, those with a sign, what is inferred last."""
        known = self.inferred or self.standing or STANDINGS[0]
        place = STANDINGS.index(known) if known in STANDINGS else len(STANDINGS)
        return (len(STANDINGS) if self.withheld else place, not self.arrow.sign, bool(self.inferred))


def around(source: Source, entity: Entity) -> list[Edge]:
    """Return the statements about an entity; of a drug also through what the response to it is changed.

    A statement without a direction is left out beside one that has it.
    """
    found = _stated(source, [entity.iri])
    behind = _behind(source, entity, found) if entity.kind in classes_of("Therapy") else []
    signed = {edge.arrow._replace(sign=0) for edge in found if edge.arrow.sign and not edge.withheld}
    return _once([*(edge for edge in found if edge.arrow not in signed), *behind])


def _behind(source: Source, drug: Entity, responses: list[Edge]) -> list[Edge]:
    """Return what acts on that through which the response is changed, and what follows for the response."""
    rows = source.select(queries.read("page-mediators", drug=[drug.iri])).dicts()
    mediators = {row["mediator"]: row["from"] for row in rows}
    if not mediators:
        return []
    actors = {*mediators.values(), *(edge.arrow.start for edge in responses if edge.arrow.family == RESPONSE)}
    stated = [
        edge
        for edge in _stated(source, mediators)
        if edge.arrow.start in actors and edge.arrow.end in mediators.values() and not edge.withheld
    ]
    components = [
        Edge(Arrow(row["from"], int(row["sign"]), row["to"], "PathwayEffect"), link="component")
        for row in source.select(queries.read("page-components", pathway=mediators)).dicts()
        if row["component"] in mediators
    ]
    inferred = [
        Edge(
            Arrow(row["from"], int(row["sign"]), row["to"], RESPONSE),
            iri=row["proposition"],
            inferred=row["grade"],
            outcome=row["outcome"],
        )
        for row in rows
        if row["proposition"]
    ]
    return [*stated, *components, *inferred]


def of_proof(proof: Proof) -> list[Edge]:
    """Return what is stated between two entities, and the steps of all that is inferred, the best first."""
    found = [
        Edge(
            one.arrow,
            iri=one.iri,
            standing=one.standing,
            nearness=one.nearness,
            voice=one.voice,
            withheld="" if one.grade else ", ".join(one.withheld),
            retracted="; ".join(dict.fromkeys(said.retracted for said in one.evidence if said.retracted)),
        )
        for one in proof.stated
    ]
    for inference in sorted(proof.inferred, key=lambda one: STANDINGS.index(one.grade)):
        steps = {step.arrow: step for step in inference.steps if step.kind != "mediation"}
        for arrow in inference.path:
            if step := steps.get(arrow):
                link = "" if step.kind == "stated" else step.kind
                found.append(Edge(arrow, iri=step.iri, standing=step.grade, nearness=step.nearness, link=link))
            else:
                found.append(
                    Edge(
                        arrow,
                        iri=inference.iri,
                        inferred=inference.grade,
                        hypothesis=inference.rule == MEDIATED,
                        outcome=inference.outcome,
                    )
                )
    return _once(found)


def _stated(source: Source, entities: Iterable[str]) -> list[Edge]:
    return [
        Edge(
            Arrow(row["from"], int(row["sign"]), row["to"], row["family"]),
            iri=row["proposition"],
            standing=row["standing"],
            nearness=row["nearness"],
            voice=row["voice"],
            withheld=row["withheld"],
            retracted=row["retracted"],
        )
        for row in source.select(queries.read("page-around", entity=entities)).dicts()
    ]


def _once(edges: Iterable[Edge]) -> list[Edge]:
    """Return edges, of several that are one arrow, all stated or all inferred, the best."""
    found: dict[tuple[Arrow, bool], Edge] = {}
    for edge in edges:
        key = edge.arrow, bool(edge.inferred)
        if key not in found or edge.rank < found[key].rank:
            found[key] = edge
    return list(found.values())
