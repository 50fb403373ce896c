"""Remote: the same questions asked of any SPARQL 1.1 endpoint, through SPARQLWrapper.

Rows are asked for as SPARQL JSON and graphs as N-Triples, whatever is printed in the end, so that every answer is read
before it is believed. `ask.transport` fetches it whole, in bounded time and memory.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pyoxigraph as ox

from mirkg.ask import sparql
from mirkg.ask.store import Answer, written
from mirkg.ask.transport import Reply, fetched, told
from mirkg.model import rdf
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import prefixes

TIMEOUT = 30  # seconds of silence; a whole answer may take four times as long
LARGEST = 100_000_000  # bytes of an answer
_ROWS = ("application/sparql-results+json", "application/json")
_GRAPHS = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
_CUT = re.compile(r"truncat|partial|incomplete|x-sql-(?:state|message)", re.IGNORECASE)


class Endpoint:
    """Answer SPARQL from a remote endpoint, by POST, within a time and a size."""

    def __init__(self, url: str, timeout: float = TIMEOUT, largest: int = LARGEST) -> None:
        if not re.fullmatch(r"https?://[^\s/?#][^\s\x00-\x1f]*", url):
            raise BadInput(f"{url!r} is no endpoint. Give its http:// or https:// address.")
        self.url = url
        self.timeout = timeout
        self.largest = largest

    def select(self, query: str) -> Answer:
        """Return the rows of a SELECT query.

        Raises:
            BadInput: the endpoint does not answer, refuses the query, or answers something else.
        """
        results = self._results(query, self._asked(query, _ROWS[0]))
        if isinstance(results, bool):
            raise BadInput(f"{self.url} answered yes or no, and rows were asked for.")
        return results

    def raw(self, query: str, form: str) -> bytes:
        """Return the answer to any query: results as json, csv or tsv, graphs as JSON-LD or Turtle.

        Raises:
            BadInput: see `select`.
        """
        if sparql.form(query) in ("CONSTRUCT", "DESCRIBE"):
            return written(self.triples(query), form)
        reply = self._asked(query, _ROWS[0])
        results = self._results(query, reply)
        if form == "json":
            return reply.content
        if isinstance(results, bool):
            return b"true\n" if results else b"false\n"
        try:
            return written(ox.parse_query_results(reply.content, format=ox.QueryResultsFormat.JSON), form)
        except (SyntaxError, ValueError) as error:
            raise self._other(f"rows that cannot be written as {form}: {told(str(error))}") from error

    def _asked(self, query: str, accept: str) -> Reply:
        """Return the whole answer to a query, and refuse one that says of itself that it is not whole."""
        from SPARQLWrapper import POST, SPARQLWrapper

        class Client(SPARQLWrapper):
            def request(self) -> Any:
                return self._createRequest()

        client = Client(self.url, agent="mirkg")
        client.setMethod(POST)
        client.setQuery(sparql.declared(query, prefixes()))
        client.setOnlyConneg(True)
        client.addCustomHttpHeader("Accept", accept)
        reply = fetched(client.request(), self.timeout, self.largest)
        for name, value in reply.headers.items():
            if _CUT.search(name) and value.strip().lower() not in ("", "0", "false", "no"):
                raise BadInput(
                    f"{self.url} says that its answer is not whole ({told(f'{name}: {value}')}). Ask for less."
                )
        return reply

    def _results(self, query: str, reply: Reply) -> Answer | bool:
        """Read rows, or yes or no, and compare their variables with those that were asked for."""
        if reply.media not in _ROWS:
            raise self._other(reply.described)
        try:
            results = json.loads(reply.content)
            if isinstance(results.get("boolean"), bool):
                return bool(results["boolean"])
            columns = tuple(results["head"]["vars"])
            rows = [_row(columns, row) for row in results["results"]["bindings"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self._other("JSON that is none of them, or cut off") from error
        wanted = _variables(query)
        if wanted is not None and wanted != set(columns):
            raise self._other(
                f"the variables {told(' '.join(columns))} where {' '.join(sorted(wanted))} were asked for"
            )
        most = reply.headers.get("X-SPARQL-MaxRows", "")
        if most.isdecimal() and len(rows) >= int(most) and not _limited(query, int(most)):
            raise BadInput(f"{self.url} gives at most {most} rows, and gave as many: there may be more. Add LIMIT.")
        return Answer(columns, rows)

    def triples(self, query: str) -> list[ox.Triple]:
        """Return the triples of a CONSTRUCT or DESCRIBE query.

        Raises:
            BadInput: see `select`.
        """
        reply = self._asked(query, "application/n-triples, text/turtle;q=0.9")
        form = _GRAPHS.get(reply.media)
        if form is None:
            raise self._other(reply.described, "a graph")
        if b"<<" in reply.content:
            raise self._other("quoted triples, which are not read here", "a graph")
        if form == ox.RdfFormat.RDF_XML and b"<!doctype" in reply.content.lower():
            raise self._other("RDF/XML with a document type, which is not read", "a graph")
        try:
            if form == ox.RdfFormat.RDF_XML:
                rdf.well_formed(reply.content)
            return [quad.triple for quad in ox.parse(reply.content, format=form)]
        except (SyntaxError, ValueError, MemoryError) as error:
            raise self._other(f"one that is not well formed, or cut off: {told(str(error))}", "a graph") from error

    def _other(self, what: str, wanted: str = "SPARQL results") -> BadInput:
        return BadInput(
            f"{self.url} did not answer with {wanted}, but with {what}. Is it a SPARQL 1.1 endpoint, and does it want "
            "a sign-in?"
        )


def _row(columns: tuple[str, ...], row: dict[str, dict[str, str]]) -> tuple[str, ...]:
    """Return one row; raise TypeError where it has a variable that was not announced, or a value that is no text."""
    if not set(row) <= set(columns) or not all(isinstance(term["value"], str) for term in row.values()):
        raise TypeError
    return tuple(row[name]["value"] if name in row else "" for name in columns)


def _variables(query: str) -> set[str] | None:
    """Return the variables of a SELECT query, or nothing if its text does not say."""
    if sparql.reaches_out(list(sparql.tokens(query))):
        return None
    try:
        found = ox.Store().query(query, prefixes=prefixes())
    except (SyntaxError, ValueError, OSError):
        return None
    return {variable.value for variable in found.variables} if isinstance(found, ox.QuerySolutions) else None


def _limited(query: str, most: int) -> bool:
    """Tell whether a query asks for no more rows than an endpoint gives."""
    limits = re.findall(r"\bLIMIT\s+([0-9]{1,9})", query, re.IGNORECASE)
    return bool(limits) and int(limits[-1]) <= most
