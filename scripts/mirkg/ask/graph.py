"""Graph: the knowledge graph as a thing to ask, whether it is embedded or behind an endpoint."""

from __future__ import annotations

import os
import warnings
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mirkg.ask import queries, questions, store
from mirkg.ask.names import EMPTY, Names
from mirkg.ask.store import Answer, Source
from mirkg.model import files
from mirkg.model.problems import BadInput, nearest

if TYPE_CHECKING:
    from mirkg.ask.card import Card
    from mirkg.ask.proof import Proof


class Asked(NamedTuple):
    """Hold the answer to a question and what should be said about how its names were read."""

    answer: Answer
    remarks: list[str]


class KnowledgeGraph:
    """Answer questions, SPARQL and names from one source."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def names(self) -> Names:
        """The names of the entities, read at their first use."""
        return Names(self.source)

    def ask(self, question: str, **parameters: str | int) -> list[dict[str, str]]:
        """Ask a competency question by its id and return its rows; how names were read comes as warnings.

        Raises:
            BadInput: no such question, parameter or name; the message names the nearest.
        """
        asked = self.asked(question, {name: str(value) for name, value in parameters.items()})
        for remark in asked.remarks:
            warnings.warn(remark, stacklevel=2)
        return asked.answer.dicts()

    def asked(self, question: str, values: dict[str, str]) -> Asked:
        """Ask a competency question; the answer comes with remarks on its names.

        Raises:
            BadInput: see `ask`.
        """
        query, remarks = self.bound(question, values)
        answer = self.source.select(query)
        if not answer.rows and not self.source.select(queries.read("graph-claims")).rows:
            raise BadInput(EMPTY)
        return Asked(answer, remarks)

    def bound(self, question: str, values: dict[str, str]) -> tuple[str, list[str]]:
        """Return the query of a question with its parameters bound, and remarks on their names.

        Raises:
            BadInput: see `ask`.
        """
        found = questions.find(question)
        known = {parameter.name: parameter for parameter in found.parameters}
        remarks: list[str] = []
        bound: dict[str, list[str]] = {}
        for name, value in values.items():
            if name not in known:
                takes = ", ".join(known) or "no parameter"
                raise BadInput(f"{question} has no parameter {name!r}.{nearest(name, known)} It takes {takes}.")
            bound[name] = self.terms(known[name], value, remarks)
        return found.bound(dict(bound)), remarks

    def terms(self, parameter: questions.Parameter, value: str, remarks: list[str]) -> list[str]:
        """Return what a value of a parameter means, as terms of SPARQL, and add remarks on how it was read."""
        if parameter.kinds == (questions.NUMBER,):
            return [self.reference(value)]
        if parameter.kinds == (questions.PLACE,):
            return [questions.place(value)]
        meant = self.names.meant(value, parameter.kinds)
        if meant.remark:
            remarks.append(meant.remark)
        return [f"<{iri}>" for iri in meant.iris]

    def reference(self, value: str) -> str:
        """Return the number of a reference as SPARQL writes it.

        Raises:
            BadInput: it is no number, or no reference has it.
        """
        if not value.isascii() or not value.isdigit():
            raise BadInput(f"A reference is named by its number, and {value!r} is none.")
        rows = self.source.select(queries.read("graph-reference-numbers")).rows
        numbers = {int(number) for (number,) in rows}
        if int(value) not in numbers:
            raise BadInput(f"There is no reference {value}. They go from {min(numbers)} to {max(numbers)}.")
        return str(int(value))

    def query(self, sparql: str) -> list[dict[str, str]]:
        """Run a SELECT query on the union of all graphs and return its rows.

        Raises:
            BadInput: the query is not well formed; the message says where.
        """
        return self.source.select(sparql).dicts()

    def explain(self, name: str) -> Card:
        """Return the card of one entity.

        Raises:
            BadInput: nothing has that name; the message names the nearest.
        """
        from mirkg.ask.card import card

        return card(self.source, self.names.meant(name))

    def proof(self, subject: str, object: str) -> Proof:
        """Return what is stated and what follows between two entities, or what was nearest.

        Raises:
            BadInput: nothing has one of the names; the message names the nearest.
        """
        from mirkg.ask.proof import proof

        return proof(self.source, self.names.meant(subject), self.names.meant(object))


def open(path: str | os.PathLike[str] | None = None) -> KnowledgeGraph:
    """Open a built graph, without a path the one that the package ships.

    Raises:
        BadInput: the file is no graph.
    """
    return KnowledgeGraph(store.load(path or files.resource("data/mirkg.trig")))


def connect(url: str) -> KnowledgeGraph:
    """Return the graph behind a SPARQL 1.1 endpoint."""
    from mirkg.ask.remote import Endpoint

    return KnowledgeGraph(Endpoint(url))
