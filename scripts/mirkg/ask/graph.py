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
    import networkx

    from mirkg.ask.card import Card
    from mirkg.ask.proof import Proof
    from mirkg.ask.rows import Rows


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

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """What the IRIs of the graph's own things begin with: ours, and that of each review."""
        from mirkg.model.vocabulary import BASE

        found = [base for (base,) in self.source.select(queries.read("graph-bases")).rows]
        return tuple(dict.fromkeys([BASE, *found]))

    def ask(self, question: str, **parameters: str | int) -> Rows:
        """Ask a competency question by its id and return its rows; how names were read comes as warnings.

        Raises:
            BadInput: no such question, parameter or name; the message names the nearest.
        """
        from mirkg.ask import rows

        query, remarks = self.bound(question, {name: str(value) for name, value in parameters.items()})
        for remark in remarks:
            warnings.warn(remark, stacklevel=2)
        found = rows.read(self.source.raw(query, "json"))
        assert isinstance(found, rows.Rows)  # a question is a SELECT
        if not found:
            self._refuse_if_empty()
        return found

    def asked(self, question: str, values: dict[str, str]) -> Asked:
        """Ask a competency question; the answer comes with remarks on its names.

        Raises:
            BadInput: see `ask`.
        """
        query, remarks = self.bound(question, values)
        answer = self.source.select(query)
        if not answer.rows:
            self._refuse_if_empty()
        return Asked(answer, remarks)

    def _refuse_if_empty(self) -> None:
        """Refuse a graph that holds no claims, of which no answer would say anything."""
        if not self.source.select(queries.read("graph-claims")).rows:
            raise BadInput(EMPTY)

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

    def query(self, sparql: str) -> Rows | bool:
        """Run a query on the union of all graphs: SELECT gives rows, ASK yes or no, CONSTRUCT and DESCRIBE triples.

        Values have their types, IRIs are `IRI`, and what is not bound is None. Triples are rows of subject, predicate,
        object.

        Raises:
            BadInput: the query is not well formed; the message says where.
        """
        from mirkg.ask import rows
        from mirkg.ask.sparql import form

        if form(sparql) in ("CONSTRUCT", "DESCRIBE"):
            return rows.of_graph(self.source.raw(sparql, "ttl"))
        return rows.read(self.source.raw(sparql, "json"))

    def graph(self) -> networkx.MultiDiGraph[str]:
        """Return the edges as a graph of networkx, which the extra `notebook` installs.

        A node is the label of an entity, with `iri` and `kind`; an edge has its property as key, and `sign` (1, -1 or
        0), `grade` (confirmed, cited or uncited) and `cited`, the number of papers.

        Raises:
            BadInput: networkx is not installed.
        """
        from mirkg.ask import rows

        try:
            import networkx
        except ImportError as error:
            raise rows.missing("networkx") from error
        drawn: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
        found = rows.read(self.source.raw(queries.read("graph-edges"), "json"))
        assert isinstance(found, rows.Rows)
        for edge in found:
            for end in ("from", "to"):
                drawn.add_node(str(edge[end]), iri=edge[f"{end}Iri"], kind=edge[f"{end}Kind"])
            told = {name: edge[name] for name in ("sign", "grade", "cited")}
            drawn.add_edge(str(edge["from"]), str(edge["to"]), key=str(edge["property"]), **told)
        return drawn

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
