"""The words of a query: as the engine reads them, in time that grows no faster than the text; and FROM."""

import random
import socket
import time

import pyoxigraph as ox
import pytest
import rdflib

from conftest import ROOT, Run
from mirkg.ask import sparql
from mirkg.ask.graph import KnowledgeGraph
from mirkg.model.problems import BadInput

GRAPHS = "https://w3id.org/mirkg/graph/"
NAMES = ("ontology", "entities")


def closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


# --- against the engine's own reading

OBJECTS = ["true", "5", "5.5", "1e5", "''", "'a'@en", '"""x"y"""', ":o", "<http://e/o>", "'\\u0022'", "'\\''", "?o"]
DECOYS = [
    "",
    "FILTER(1<2)",
    "FILTER('SERVICE :x{}'!='')",
    "#SERVICE :x{}\n",
    "BIND('''FROM <g> {SERVICE''' AS ?t)",
    'FILTER("\\"SERVICE :x{\\\\">"")',
    "FILTER(?p!=<http://e/SERVICE>)",
    "BIND(1 AS ?SERVICE)",
    "OPTIONAL{?s SERVICE:p ?from}",
    "OPTIONAL{?s from:p 'x'@SERVICE}",
    "OPTIONAL{?s ?p _:SERVICE}",
]
SERVICES = [
    "",
    "",
    "SERVICE:x{?a ?b ?c}",
    "service <THERE>{}",
    "SERVICE\t:x{}",
    "SerVice#c\n:x{?a ?b ?c}",
    "SERVICE<THERE>{}",
]
CLAUSES = [
    "",
    "",
    "FROM<http://e/g>",
    "FROM:g",
    "from :g",
    "FROM NAMED :g",
    "FROMNAMED:g",
    "FROM\n<\\u0068ttp://e/g>",
    "FROM#c\nNAMED<g>",
    "FROM from:g",
]
FORMS = [
    "SELECT*",
    "SELECT ?s ",
    "SELECT DISTINCT?s",
    "ASK",
    "CONSTRUCT{?s ?p ?o}",
    "DESCRIBE?s",
    "select(1 AS?one)",
    "REDUCED ",
]
HEADS = [
    "PREFIX :<THERE> ",
    "BASE<http://e/>PREFIX:<THERE>PREFIX from:<http://e/>prefix SERVICE:<http://e/>",
    "PREFIX:<THERE>#FROM <x>\nPREFIX from:<http://e/>",
]


def random_query(choose: random.Random, there: str) -> str:
    """Return a query, well formed or not, whose words stand close to each other."""

    def gap() -> str:
        return choose.choice(["", "", " ", "\n", "#x\n"])

    service = choose.choice(SERVICES).replace("THERE", there) if choose.random() < 0.05 else ""
    parts = [choose.choice(DECOYS), f"?s ?p {choose.choice(OBJECTS)}{choose.choice(['.', '', ' .', ';.'])}"]
    choose.shuffle(parts)
    body = [*parts, service, choose.choice(DECOYS)]
    head = (
        choose.choice(HEADS).replace("THERE", there) if service else choose.choice(HEADS).replace("THERE", "http://e/")
    )
    text = head + choose.choice(FORMS) + gap() + choose.choice(CLAUSES) + gap()
    text += choose.choice(["WHERE", "", "where "]) + "{" + "".join(one + gap() for one in body) + "}"
    if choose.random() < 0.1:
        place = choose.randrange(len(text))
        text = text[:place] + choose.choice("'\"<>\\.{}#:") + text[place:]
    return text


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """Return a store whose unnamed graph holds what no named graph holds, so that FROM can be seen."""
    made = ox.Store()
    values = ("true", "5", "5.5", "1e5", "''", "'a'@en", "'x\"y'", "<http://e/o>", "'\"'", '"\'"')
    for value in values:
        for subject, graph in (("g", ox.NamedNode("http://e/g")), ("unnamed", ox.DefaultGraph())):
            text = f"<http://e/{subject}> <http://e/p> {value} ."
            made.extend(ox.Quad(*one.triple, graph) for one in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    return made


def test_10_000_random_queries_are_read_as_the_engine_reads_them(store: ox.Store) -> None:
    choose = random.Random(20261127)
    there = f"http://127.0.0.1:{closed_port()}/"
    accepted = reaching = naming = 0
    for _ in range(10_000):
        query = random_query(choose, there)
        read = list(sparql.tokens(query))
        try:
            answer = store.query(query)
            rows = [] if isinstance(answer, ox.QueryBoolean) else [str(row) for row in answer]
        except SyntaxError:
            continue
        except OSError:  # nobody listens there
            assert sparql.reaches_out(read), query
            reaching += 1
            continue
        accepted += 1
        assert "service" in query.lower() or not sparql.reaches_out(read), query
        named = bool(sparql.graphs(query))
        naming += named
        if any("http://e/unnamed" in row for row in rows):
            assert not named, query
        if any("http://e/g>" in row for row in rows):
            assert named, query
    assert accepted > 3000
    assert reaching > 30
    assert naming > 500


@pytest.mark.parametrize(
    "text",
    [
        '"\\',
        "a",
        "a.",
        ":a.",
        "<a",
        "'",
        '"',
        "1",
        ".",
        "a:",
        "@a-",
        "_:a.",
        "FROM ",
        "<\\u0041",
        "'\\\n",
        "{",
        "SERVICE ",
    ],
)
def test_reading_takes_time_in_proportion_to_the_text(text: str) -> None:
    begun = time.perf_counter()
    read = list(sparql.tokens(f"SELECT {text * (65_536 // len(text))}"))
    sparql.reaches_out(read)
    assert time.perf_counter() - begun < 5  # what was quadratic took a minute


@pytest.mark.parametrize(
    "query",
    [
        "PREFIX :<http://127.0.0.1:9999/>SELECT*{SERVICE:{?a ?b ?z}}",
        "SELECT*{?a ?b true.SERVICE<http://127.0.0.1/>{?a ?b ?z}}",
        "SELECT*{?a ?b true.SERVICE:x{?a ?b ?z}}",
        "SELECT*{?a ?b '\\\\u0022'.SERVICE:x{?a ?b '\"'}}",
        "SELECT*{SERVICESILENT:x{?a ?b ?c}}",
        "SELECT*{?a ?b ?o;.SERVICE:x{?a ?b ?c}}",
    ],
)
def test_what_asks_another_endpoint_is_seen(query: str) -> None:
    assert sparql.reaches_out(list(sparql.tokens(query)))


# --- FROM


@pytest.mark.parametrize(
    "clauses",
    [
        f"FROM <{GRAPHS}ontology>",
        "FROM g:ontology",
        "FROM:ontology",
        "FROM <ontology>",
        "from#c\n<\\u006fntology>",
        "FROM g:ontology FROM g:entities",
        "FROM g:ontology FROM NAMED g:entities",
        "FROM NAMED g:entities",
        "FROMNAMED:entities FROM<ontology>",
    ],
)
@pytest.mark.parametrize("pattern", ["?s ?p ?o", "GRAPH ?g { ?s ?p ?o }"])
def test_from_counts_what_is_in_the_graphs(
    kg: KnowledgeGraph, second: rdflib.Dataset, clauses: str, pattern: str
) -> None:
    head = f"BASE <{GRAPHS}> PREFIX : <{GRAPHS}> PREFIX g: <{GRAPHS}> "
    found = kg.query(f"{head} SELECT (COUNT(*) AS ?n) {clauses} {{ {pattern} }}")[0]["n"]
    names = [name for name in NAMES if name in clauses.replace("\\u006f", "o")]
    named = [name for name in names if f"NAMED g:{name}" in clauses or f"NAMED:{name}" in clauses]
    asked = named if "GRAPH" in pattern else [name for name in names if name not in named]
    assert int(found) == sum(len(second.graph(rdflib.URIRef(GRAPHS + name))) for name in asked)


@pytest.fixture(scope="module")
def second() -> rdflib.Dataset:
    dataset = rdflib.Dataset()
    dataset.parse(ROOT / "data" / "mirkg.trig", format="trig")
    return dataset


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT ?s FROM <{GRAPHS}ontology> {{ ?s a <http://www.w3.org/2002/07/owl#Class> FILTER(isIRI(?s)) }}",
        f"SELECT ?s FROM <{GRAPHS}ontology> FROM <{GRAPHS}entities> {{ ?s a <https://w3id.org/mirkg/ontology#Drug> }}",
        f"SELECT ?s FROM <{GRAPHS}claims> {{ ?s a <https://w3id.org/mirkg/ontology#Drug> }}",
    ],
)
@pytest.mark.slow
def test_from_gives_what_the_second_engine_gives(
    kg: KnowledgeGraph, second: rdflib.Dataset, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr("rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS", False)
    assert sorted(str(row[0]) for row in second.query(query)) == sorted(row["s"] for row in kg.query(query))


@pytest.mark.parametrize(
    "query",
    ["SELECT * FROM <http://localhost/> {}", "PREFIX x: <http://x/> ASK FROM NAMED x:y {}", "ASK FROM mke:PTEN {}"],
)
def test_a_graph_from_elsewhere_is_refused(kg: KnowledgeGraph, query: str) -> None:
    with pytest.raises(BadInput, match="is no graph of this store"):
        kg.query(query)


def test_the_command_honours_from(mirkg: Run, second: rdflib.Dataset) -> None:
    done = mirkg("query", f"SELECT (COUNT(*) AS ?n) FROM <{GRAPHS}ontology> {{ ?s ?p ?o }}", "--format", "tsv")
    assert done.stdout.splitlines()[1:] == [str(len(second.graph(rdflib.URIRef(f"{GRAPHS}ontology"))))]
