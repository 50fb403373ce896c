"""Federation: questions that join the graph with a public endpoint by the identifiers of the mappings.

Each is one file in ontology/federation. The last part of its pattern is one SERVICE. It shares one variable, the key,
with what stands before it, so that the file runs as pasted in a store that may ask others. Here it is asked in three
steps: our graph gives the values of the key, the endpoint is asked about them in batches, and its rows are joined in
our graph.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pyoxigraph as ox

from mirkg.ask import questions, sparql
from mirkg.ask.questions import Question
from mirkg.ask.remote import Endpoint
from mirkg.ask.store import Answer, Source
from mirkg.model import files
from mirkg.model.problems import BadInput

_BATCH = 50  # values of one request

Tell = Callable[[str], None]


@cache
def catalogue() -> dict[str, Question]:
    """Return every question that asks another endpoint too, by id, in the order of the files."""
    paths = files.resources("ontology/federation", ".rq")
    return {found.id: found for found in map(questions.parse, map(files.text, paths))}


def find(name: str) -> Question:
    """Return a question by its id.

    Raises:
        BadInput: there is none of that name; the message names the nearest.
    """
    return questions.one_of(catalogue(), name, "mirkg federate")


def address(question: Question) -> str:
    """Return the address of the endpoint that the file of a question names."""
    return sparql.service(question.query).address


def asked(source: Source, question: Question, remote: Endpoint, tell: Tell) -> Answer:
    """Return the whole answer to a question, of our graph and of an endpoint.

    Raises:
        BadInput: one of the two does not answer, or with less or other than was asked for; then there are no rows.
    """
    service = sparql.service(question.query)
    keys = sorted(_rows(source, service.keys()))
    if not keys:
        tell(f"The graph has no value of {service.variables[0]}: {remote.url} was not asked.")
        return Answer(question.columns, [])
    batches = [keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH)]
    tell(f"Asking {remote.url} about {len(keys):,} values of {service.variables[0]}, {_BATCH} at a time.")
    rows = {row for batch in batches for row in _rows(remote, service.asked(batch))}
    return source.select(service.joined(sorted(rows)))


def _rows(source: Source, query: str) -> list[str]:
    """Return the rows of an answer, each with its values as SPARQL writes them."""
    found = ox.parse_query_results(source.raw(query, "json"), format=ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    rows = [list(solution) for solution in found]
    if any(isinstance(value, ox.BlankNode) for row in rows for value in row):
        raise BadInput("The endpoint answered with a blank node, which cannot be joined. Ask for what it has instead.")
    return [" ".join("UNDEF" if value is None else str(value) for value in row) for row in rows]
