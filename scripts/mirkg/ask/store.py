"""Store: the built graph in an embedded SPARQL store, read from its file and queried as one union."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple, Protocol

import pyoxigraph as ox

from mirkg.ask import sparql
from mirkg.model import files, rdf
from mirkg.model.problems import BadInput, Problem
from mirkg.model.rdf import serialized


class Answer(NamedTuple):
    """Hold the rows of an answer; a value is a literal's text or an IRI, and "" where there is none."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]

    def dicts(self) -> list[dict[str, str]]:
        """Return the rows as dictionaries by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Source(Protocol):
    """Answer SPARQL: the embedded store and a remote endpoint both do."""

    def select(self, query: str) -> Answer:
        """Return the rows of a SELECT query."""

    def raw(self, query: str, form: str) -> bytes:
        """Return the answer to any query: results as json, csv or tsv, graphs as Turtle."""


_RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}


_SERVICE = (
    "SERVICE is refused: the other endpoint may never answer, and the embedded store could not stop waiting. Ask that "
    "endpoint itself with --endpoint; `mirkg federate` joins the graph with some."
)


class Store:
    """Answer SPARQL from a graph held in memory."""

    def __init__(self, graph: ox.Store) -> None:
        self.graph = graph

    def select(self, query: str) -> Answer:
        """Return the rows of a SELECT query.

        Raises:
            BadInput: the query is not well formed, or no SELECT.
        """
        solutions = self.run(query)
        if not isinstance(solutions, ox.QuerySolutions):
            raise BadInput("This is no SELECT query, and only SELECT has rows.")
        columns = tuple(variable.value for variable in solutions.variables)
        return Answer(columns, [tuple(_text(value) for value in solution) for solution in solutions])

    def raw(self, query: str, form: str) -> bytes:
        """Return the answer to any query: results as json, csv or tsv, graphs as JSON-LD or Turtle.

        Raises:
            BadInput: the query is not well formed; the message says where.
        """
        return written(self.run(query), form)

    def run(
        self,
        query: str,
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] | None = None,
        named: list[ox.NamedNode | ox.BlankNode] | None = None,
        base: str | None = None,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Run a query on the union of all graphs, on those that it names after FROM, or on the graphs given.

        The prefixes of the project are known to it. They are read only for a query that does not declare its own,
        which no question needs.

        Raises:
            BadInput: the query is not well formed, or names a graph that is not here; the message says where.
        """
        if "service" in query.lower() and sparql.reaches_out(list(sparql.tokens(query))):
            raise BadInput(_SERVICE)
        given = default is not None or named is not None
        run = partial(
            self.graph.query,
            query,
            base_iri=base,
            use_default_graph_as_union=not given and not self._named_by(query, base),
            default_graph=default,
            named_graphs=named,
        )
        try:
            return run()
        except SyntaxError:
            from mirkg.model.vocabulary import prefixes

        try:
            return run(prefixes=prefixes())
        except SyntaxError as error:
            raise BadInput(sparql.fault(query, str(error), prefixes())) from error

    def _named_by(self, query: str, base: str | None) -> bool:
        """Tell whether a query names its graphs after FROM; all must be here."""
        if "from" not in query.lower():
            return False
        names = sparql.graphs(query, base)
        here = {graph.value for graph in self.graph.named_graphs()}
        for name in names:
            sparql.of_this_store(name, here)
        return bool(names)


def written(answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples | Iterable[ox.Triple], form: str) -> bytes:
    """Return an answer as bytes: results as json, csv or tsv, graphs as JSON-LD or Turtle."""
    if isinstance(answer, ox.QueryBoolean) and form != "json":
        return b"true\n" if answer else b"false\n"
    if isinstance(answer, ox.QuerySolutions | ox.QueryBoolean):
        content = answer.serialize(format=_RESULTS[form])
        assert content is not None
        return content
    return serialized(answer, ox.RdfFormat.JSON_LD if form == "json" else ox.RdfFormat.TURTLE)


def load(path: str | os.PathLike[str], content: bytes | None = None) -> Store:
    """Read a graph from an RDF file, or from the bytes of one that was read already.

    Raises:
        BadInput: the file cannot be read, is not well-formed RDF, declares a document type, or holds no triples.
    """
    name = str(path)
    graph = ox.Store()
    try:
        content, form = rdf.read(name, files.read(name) if content is None else content)
        graph.bulk_load(content, format=form)
    except OSError as error:
        why = error.strerror or error
        raise BadInput(Problem(name, 0, "", f"cannot be read ({why}).", "Name a graph, or build it.")) from error
    except (SyntaxError, ValueError, MemoryError) as error:
        raise rdf.ill_formed(name, error, "Build it anew.") from error
    if not len(graph):
        raise BadInput(Problem(name, 0, "", "holds no triples.", "Name a built graph."))
    return Store(graph)


def of(quads: Iterable[ox.Quad]) -> Store:
    """Return a store of quads."""
    graph = ox.Store()
    graph.bulk_extend(quads)
    return Store(graph)


def _text(value: object) -> str:
    return "" if value is None else str(getattr(value, "value", value))
