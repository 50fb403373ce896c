"""What a worker makes of one job, without its process."""

import json

import pytest

from mirkg.ask import graph
from mirkg.ask.store import Store
from mirkg.serve.guard import Limits
from mirkg.serve.worker import Job, answered


@pytest.fixture(scope="module")
def store() -> Store:
    source = graph.open().source
    assert isinstance(source, Store)
    return source


def job(query: str, accept: str = "", default: list[str] | None = None, named: list[str] | None = None) -> Job:
    return Job(query, default, named, accept, "https://example.org/sparql")


ROWS = "SELECT ?drug WHERE { ?drug a mk:Drug } ORDER BY ?drug LIMIT 5"


def test_rows_graphs_and_booleans_are_whole(store: Store) -> None:
    rows = answered(store, job(ROWS), Limits())
    assert (rows.kind, rows.media, len(json.loads(rows.content)["results"]["bindings"])) == (
        "ok",
        "application/sparql-results+json",
        5,
    )
    assert answered(store, job(ROWS, "text/csv"), Limits()).content.count(b"\r\n") == 6
    graph = answered(store, job("CONSTRUCT { mke:PTEN a mk:Gene } WHERE {}"), Limits())
    assert (graph.kind, graph.media) == ("ok", "text/turtle")
    assert graph.content.rstrip().endswith(b"mke:PTEN a mk:Gene .")
    assert json.loads(answered(store, job("ASK {}"), Limits()).content)["boolean"] is True


def test_dataset_of_the_protocol_is_what_is_asked(store: Store) -> None:
    ontology = ["https://w3id.org/mirkg/graph/ontology"]
    asked = answered(store, job("ASK { ?s a mk:Claim }", default=ontology, named=[]), Limits())
    assert json.loads(asked.content)["boolean"] is False
    named = answered(
        store, job("ASK { GRAPH ?g { ?s a <http://www.w3.org/2002/07/owl#Class> } }", "", [], ontology), Limits()
    )
    assert json.loads(named.content)["boolean"] is True


def test_what_is_over_a_cap_is_no_answer(store: Store) -> None:
    assert answered(store, job(ROWS), Limits(rows=4)).content.startswith(b"The answer has more than 4 rows.")
    assert answered(store, job(ROWS), Limits(bytes=100)).content.startswith(b"The answer is larger than 100 bytes.")
    triples = answered(store, job("DESCRIBE mke:PTEN"), Limits(rows=1))
    assert (triples.kind, triples.content.startswith(b"The answer has more than 1 triples.")) == ("too much", True)


def test_bad_queries_and_forms_are_told(store: Store) -> None:
    assert answered(store, job("SELECT nonsense"), Limits()).kind == "bad"
    assert answered(store, job(ROWS, "image/png"), Limits()).kind == "not acceptable"
    assert b"text/turtle" in answered(store, job("DESCRIBE mke:PTEN", "text/csv"), Limits()).content
