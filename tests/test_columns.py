"""The rules as SQL derive what they derive as SPARQL: construct by construct, on the review, and on invented claims."""

import random
from collections.abc import Iterable
from functools import cache

import pyoxigraph as ox
import pytest

from mirkg.bench import synthetic
from mirkg.make import build
from mirkg.model import derive
from mirkg.model.problems import BadInput
from mirkg.model.rdf import in_graph, serialized
from mirkg.model.vocabulary import graph
from mirkg.scale import columns

pytest.importorskip("duckdb", reason="the extra scale is not installed")

SPACE = "https://example.org/"
WORDS = ("alpha", "Beta/gamma", 'said "so"', "back\\slash", "two\nlines\tand a tab", "ä/é", "", "/", "it's")
CONSTRUCTS = {
    "join": "?x :p ?y . ?y :q ?z . ?x :r ?z BIND(?z AS ?v)",
    "join without a common variable": "?x :label ?l . ?y :p ?v . ?v :q ?z . ?x :r ?z .",
    "constant": ":n1 :p ?x . ?y :number 1 ; :q ?v",
    "one variable twice": "?x :p ?x BIND(:found AS ?v)",
    "property of no triple": "{ ?x :nothing ?v } UNION { ?x :p ?v MINUS { ?v :nothing ?z } }",
    "optional": "?x :p ?y OPTIONAL { ?y :q ?v }",
    "optional within optional": "?x :p ?y OPTIONAL { ?y :q ?z OPTIONAL { ?z :r ?v } }",
    "optional first": "OPTIONAL { ?x :p ?v } ?x :q ?y",
    "joined on what can be unbound": "?x :p ?y OPTIONAL { ?x :q ?z } ?z :r ?v FILTER(STR(?z) != STR(?v))",
    "minus": "?x :p ?v MINUS { ?v :q ?x }",
    "minus without a common variable": "?x :p ?v MINUS { ?a :q ?b }",
    "minus within minus": "?x :p ?v MINUS { ?v :q ?z MINUS { ?z :r ?x } }",
    "union with one side unbound": "{ ?x :p ?v } UNION { ?x :q ?w } UNION { ?x :label ?l BIND(:named AS ?v) }",
    "union joined on what can be unbound": "?x :p ?v . { ?x :q ?z } UNION { ?x :p ?v . ?v :r ?z }",
    "nested group": "?x :p ?v . { ?v :q ?z FILTER(?z != ?v) }",
    "exists": "?x :p ?v FILTER EXISTS { ?v :q ?z }",
    "not exists": "?x :p ?v FILTER NOT EXISTS { ?v :q ?x }",
    "not exists before its variable": "FILTER NOT EXISTS { ?v :q ?x } ?x :p ?v",
    "exists in an expression": "?x :p ?v FILTER(?x = ?v || EXISTS { ?v :q ?x } || !EXISTS { ?x :r ?z })",
    "exists equal exists": "?x :p ?v FILTER(EXISTS { ?x :q ?y } = EXISTS { ?v :q ?z })",
    "sequence": "?x :p/:q/:r ?v",
    "inverse": "?x :p/^:q ?v",
    "alternative": "?x (:p|:q)/:r ?v",
    "none or one": "?x :p ?y . ?y :q?/:r ?v",
    "any number in a sequence": "?x :p/:q*/:r ?v",
    "any number": "?x :label ?l . ?x (:p|^:q)* ?v",
    "any number to a constant": "?x :p ?v . ?v :q* :n2",
    "one or more": "?x :q+ ?v",
    "values": "VALUES ?v { :n1 :n2 :none } ?x :p ?v",
    "filter on integers": "?x :p ?v . ?v :number ?a . ?x :number ?b FILTER(?a > 0 && ?a != ?b || ?b <= -1)",
    "in": "?x :p ?v . ?v :number ?a FILTER(?a IN (1, -1)) FILTER(?v NOT IN (:n1, :n2))",
    "arithmetic": "?x :number ?a . ?y :number ?b FILTER(?a - 1 + ?b * 2 > -1 * ?a) BIND(?y AS ?v)",
    "product as an integer": "?x :number ?a . ?x :p/:number ?b BIND(?a * ?b AS ?v)",
    "order of texts": "?x :label ?a . ?y :label ?b FILTER(?a < ?b) BIND(?y AS ?v)",
    "order of names": "?x :p ?v FILTER(STR(?x) < STR(?v))",
    "text of an unbound variable": "?x :p ?y OPTIONAL { ?y :label ?l } BIND(CONCAT('is ', ?l) AS ?v)",
    "if": "?x :number ?n BIND(IF(?n > 0, 'up', IF(?n < 0, 'down', 'none')) AS ?v)",
    "if between nodes": "?x :number ?n BIND(IF(?n > 0, :up, :down) AS ?v)",
    "if on an unbound variable": "?x :p ?y OPTIONAL { ?y :number ?n } BIND(IF(?n > 0, 'up', 'down') AS ?v)",
    "condition on an unbound variable": "?x :p ?v OPTIONAL { ?v :number ?n } FILTER(?n > 0 || ?x = :n1)",
    "made": "?x :number ?n BIND(IRI(CONCAT(STR(?x), '/', STR(?n))) AS ?v)",
    "made and looked up": "?x :q ?y BIND(IRI(CONCAT('https://example.org/', STRAFTER(STR(?x), 'g/'))) AS ?v) ?v :p ?z",
    "after": "?x :label ?l BIND(CONCAT('[', STRAFTER(?l, '/'), ']') AS ?v)",
    "before": "?x :label ?l BIND(CONCAT('[', STRBEFORE(?l, '/'), ']') AS ?v)",
    "part": "?x :label ?l BIND(SUBSTR(?l, STRLEN(STRAFTER(?l, '/')) + 1) AS ?v)",
    "letters": "?x :label ?l FILTER(CONTAINS(LCASE(?l), 'beta') || CONTAINS(?l, '/')) BIND(?l AS ?v)",
    "replace": "?x :label ?l BIND(REPLACE(?l, '/', ' or ') AS ?v)",
    "least": "{ SELECT ?x (MIN(STR(?y)) AS ?s) WHERE { ?x :p ?y } GROUP BY ?x } BIND(IRI(?s) AS ?v)",
    "greatest": "{ SELECT ?x (MAX(?n) AS ?v) WHERE { ?x :p/:number ?n } GROUP BY ?x }",
    "count": "{ SELECT ?x (COUNT(?y) AS ?v) WHERE { ?x :p ?z OPTIONAL { ?z :q ?y } } GROUP BY ?x }",
    "count of different": "{ SELECT ?x (COUNT(DISTINCT ?y) AS ?v) WHERE { ?x :p/:q ?y } GROUP BY ?x }",
    "group joined": "{ SELECT ?y (MIN(?n) AS ?v) WHERE { ?y :p/:number ?n } GROUP BY ?y } ?x :q ?y ; :number ?v",
    "selected": "{ SELECT DISTINCT ?x ?v WHERE { ?x :p ?z . ?z :q ?v } } MINUS { ?x :r ?z }",
    "other terms": "?x :p ?y . ?x :mixed ?v . ?y :true true",
}
REFUSED = {
    "?x ?p ?v": "the variable ?p as a property",
    "?x :p ?v FILTER(REGEX(STR(?v), 'n'))": "REGEX",
    "?x :p ?v FILTER(?v > 1)": "the comparison > of node and integer",
    "?x :p ?v FILTER(?n > 1)": "?n is not bound",
    "?x :p ?v BIND(?x AS ?v)": "BIND of ?v",
    "?x :p ?v . ?x :label ?v": "a comparison has two forms, node and text",
    "?x :p ?y OPTIONAL { ?x :q ?v } MINUS { ?v :q ?y }": "?v, which can be unbound",
    "{ SELECT ?x (MIN(?y) AS ?v) WHERE { ?x :p ?y } GROUP BY ?x }": "min of node",
    "GRAPH :g { ?x :p ?v }": "GraphGraphPattern",
    "?x :label ?l BIND(REPLACE(?l, 'a.', '') AS ?v)": "REPLACE of other than plain letters",
}


@cache
def drawn() -> list[ox.Quad]:
    """Return a small random graph with links, integers, texts and other terms."""
    chance = random.Random(0)
    nodes = [ox.NamedNode(f"{SPACE}n{number}") for number in range(15)]
    triples = [
        ox.Triple(chance.choice(nodes), ox.NamedNode(SPACE + name), chance.choice(nodes))
        for name in ("p", "q", "r")
        for _ in range(25)
    ]
    triples.append(ox.Triple(nodes[1], ox.NamedNode(SPACE + "p"), nodes[1]))
    for name, values in {
        "label": [ox.Literal(word) for word in WORDS],
        "number": [ox.Literal(number) for number in (-1, 0, 1, 12)],
        "mixed": [ox.Literal("x", language="en"), ox.Literal(1.5), nodes[0], ox.Literal('"')],
        "true": [ox.Literal(True), ox.Literal(False)],
    }.items():
        chosen = chance.sample(nodes, 10)
        triples += [ox.Triple(node, ox.NamedNode(SPACE + name), chance.choice(values)) for node in chosen]
    return in_graph(triples, graph("claims"))


def sparql(pattern: str) -> str:
    return (
        f"PREFIX : <{SPACE}>\nCONSTRUCT {{ ?x :gives ?v . :All ?edge ?v }} WHERE {{ {pattern} BIND(:also AS ?edge) }}"
    )


def by_sparql(quads: list[ox.Quad], text: str) -> list[str]:
    store = ox.Store()
    store.bulk_extend(quads)
    triples = store.query(text, use_default_graph_as_union=True)
    assert isinstance(triples, ox.QueryTriples)
    return lines(in_graph(triples, graph("derived")))


def by_sql(quads: list[ox.Quad], text: str) -> list[str]:
    held = columns.Columns(columns.connect(threads=1))
    held.load(quads)
    held.construct(text)
    return lines(held.derived())


def lines(quads: Iterable[ox.Quad]) -> list[str]:
    return sorted(set(serialized(quads, ox.RdfFormat.N_QUADS).decode().splitlines()))


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_construct_gives_what_sparql_gives(name: str) -> None:
    text = sparql(CONSTRUCTS[name])
    assert by_sql(drawn(), text) == by_sparql(drawn(), text) != []


@pytest.mark.parametrize("pattern", REFUSED)
def test_other_construct_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(columns.sql.Unknown) as error:
        by_sql(drawn(), sparql(pattern))
    assert REFUSED[pattern] in str(error.value)


def test_rule_that_is_not_translated_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "text", lambda _: sparql("?x ?p ?v"))
    held = columns.Columns(columns.connect())
    held.load(drawn())
    with pytest.raises(BadInput, match=r"^The rule 1-compare/01-stands cannot run on tables: the variable \?p as"):
        held.apply(["1-compare/01-stands"])


def test_property_with_objects_of_two_forms_is_refused() -> None:
    with pytest.raises(
        columns.sql.Unknown, match=r"^the objects of <https://example.org/p> have two forms, node and te"
    ):
        by_sql(drawn(), sparql("?x :label ?v").replace(":gives", ":p"))


def test_triple_that_was_stated_and_is_derived_is_both() -> None:
    quads = drawn()
    text = sparql("?x :p ?v").replace(":gives", ":q")
    assert by_sql(quads, text) == by_sparql(quads, text) != []


def test_names_that_differ_in_case_are_kept_apart() -> None:
    quads = [*drawn(), ox.Quad(ox.NamedNode(SPACE + "n1"), ox.NamedNode(SPACE + "P"), ox.Literal(1), graph("claims"))]
    text = sparql("?x :P ?V . ?y :p ?v")
    assert by_sql(quads, text) == by_sparql(quads, text) != []


def test_line_that_is_no_quad_is_told(tmp_path: object) -> None:
    path = f"{tmp_path}/broken.nq"
    with open(path, "w") as file:
        file.write("<https://example.org/a> <https://example.org/p> .\n")
    with pytest.raises(BadInput, match=r"broken.nq: a line is no quad: <https://example.org/a> "):
        columns.Columns(columns.connect()).load_files([path])


# --- all rules


def same(quads: list[ox.Quad], policy: str) -> None:
    quads = [quad for quad in quads if quad.graph_name != graph("derived")]
    expected = lines(derive.derived(quads, policy))
    assert expected
    assert lines(columns.derived(quads, policy)) == expected


@pytest.mark.slow
@pytest.mark.parametrize("policy", derive.POLICIES)
def test_rules_derive_the_same_of_the_review(built: build.Built, policy: str) -> None:
    same(built.quads, policy)


@pytest.mark.slow
@pytest.mark.parametrize("policy", derive.POLICIES)
@pytest.mark.parametrize("claims", [200, 1000])
def test_rules_derive_the_same_of_invented_claims(claims: int, policy: str) -> None:
    same(build.stated(synthetic.made(claims, 3).tables, {}), policy)


def test_without_duckdb_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(BadInput, match=r"need duckdb. Install it with: pip install 'mirkg\[scale\]'"):
        columns.connect()
