"""The queries: each is one file that says what it returns, names only what exists, and runs on both engines."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SKOS
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from conftest import ROOT
from mirkg.ask import queries, questions, sparql
from mirkg.ask.graph import KnowledgeGraph
from mirkg.model import vocabulary
from mirkg.model.problems import BadInput

PACKAGE = ROOT / "scripts" / "mirkg"
QUERIES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "ontology" / "queries").glob("*.rq"))}
EVERY_FILE = sorted((ROOT / "ontology").rglob("*.rq"))
OWN_NAMES = [path for path in EVERY_FILE if path.parent.name != "federation"]  # those are in tests/test_federation.py
each = pytest.mark.parametrize("name", QUERIES)

# --- no SPARQL in Python

SPARQL = re.compile(
    r"""\bselect\s+(distinct\s+|reduced\s+)?[?$*(]
    |\b(ask|construct|where|optional|union|minus|graph\s\S+|service\s\S+|exists|values\s\S+)\s*\{
    |\bdescribe\s+([?$<*]|[\w.-]+:\w)
    |\b(insert|delete)\s+(data\s*)?\{
    |\bprefix\s+\S*:\s*<
    |[?$]\w+\s+(a\s|[\^(]*[a-z][\w.-]*:[a-z])
    |[\w.-]+:\w+[)+*?]*\s+[?$]\w""",
    re.VERBOSE | re.IGNORECASE,
)
MERGED = {"names-classes", "names-members"}  # what they return is only in a graph that another ontology was merged into
WRITTEN = {
    "ask/sparql.py": [
        "WHERE {",
        "VALUES ?… { … }",
        "{ GRAPH <…> {\n…} }",
        "INSERT … WHERE {}",
        "…SELECT DISTINCT …\nWHERE {…}",
        "VALUES … { … }",
        "…SELECT DISTINCT …\nWHERE {\n  ……}",
        "…VALUES (…) { … }…",
        "PREFIX …: <…>",
    ],  # the one place that writes into queries
    "commands/demo.py": ["mirkg query 'SELECT * WHERE { mke:miR-130b ?edge ?object }'"],  # shown, to be typed
}


def text(node: ast.AST) -> str:
    """Return the text that an expression makes, with … for what is known only when it runs."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(map(text, parts))
        case ast.FormattedValue(value=value):
            return text(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text(left) + text(right)
        case ast.BinOp(left=left, op=ast.Mod()):
            return text(left)
        case ast.Call(func=ast.Attribute(value=template, attr="format")):
            return text(template)
        case ast.Call(func=ast.Attribute(value=glue, attr="join"), args=[ast.List(elts=parts) | ast.Tuple(elts=parts)]):
            return text(glue).join(map(text, parts))
    return "…"


def sparql_in(node: ast.AST) -> Iterator[str]:
    """Yield the strings of a module that look like SPARQL, each as large as the expression that makes it."""
    if SPARQL.search(text(node)):
        yield text(node)
    else:
        for child in ast.iter_child_nodes(node):
            yield from sparql_in(child)


def test_no_module_holds_sparql() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): list(sparql_in(ast.parse(path.read_text("utf-8"))))
        for path in PACKAGE.rglob("*.py")
    }
    found = {name: strings for name, strings in found.items() if strings}
    assert found.keys() == WRITTEN.keys()
    assert found["ask/sparql.py"] == WRITTEN["ask/sparql.py"]
    (shown,) = found["commands/demo.py"]
    assert [line for line in shown.splitlines() if SPARQL.search(line)] == ["  " + WRITTEN["commands/demo.py"][0]]


@pytest.mark.parametrize(
    "source",
    [
        "q = 'SELECT ?s WHERE { ?s ?p ?o }'",
        "q = 'select distinct *\\n{ ?s ?p ?o }'",
        "q = 'ASK { ?s ?p ?o }'",
        "q = 'PREFIX mk: <https://w3id.org/mirkg/ontology#>'",
        "q = 'CONSTRUCT {{ {0} ?p ?o }} WHERE {{ {0} ?p ?o }}'.format(node)",
        "q = f'SEL{\"ECT\"} ?s WHERE {{ ?s ?p <{iri}> }}'",
        "q = f'{head} WHERE {{ ?s {path} ?o }}'",
        "q = HEAD + 'SEL' + 'ECT ?s'",
        "q = ' '.join(['SELECT', '?s', 'WHERE', '{', '?s', '?p', iri, '}'])",
        "q = 'ASK { <%s> ?p ?o }' % iri",
        "q = '?claim mk:asserts ?proposition'",
        "q = 'OPTIONAL { ' + part + ' }'",
        "def f():\n    return source.select('DESCRIBE mke:PTEN')",
        "class A:\n    q: str = '; rdfs:label ?label .'",
    ],
)
def test_sparql_in_a_module_is_found(source: str) -> None:
    assert list(sparql_in(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "'''Return the rows of a SELECT query.'''",
        "x = f'Ask for less than {limit} rows where you can.'",
        "x = 'Name an entity: ?subject=miR-130b, or two: &object=doxorubicin.'",
        "x = 'claim mk:asserts proposition; mk:statedIn passage'",
    ],
)
def test_prose_is_no_sparql(source: str) -> None:
    assert not list(sparql_in(ast.parse(source)))


# --- what a file says of itself


@each
def test_header_says_what_the_query_returns(name: str) -> None:
    comments = [line for line in QUERIES[name].splitlines() if line.lstrip().startswith("#")]
    assert QUERIES[name].startswith("\n".join(comments) + "\n"), "comments stand at the top"
    sentence, *rest = comments
    assert re.fullmatch(r"# [A-Z][^.?!]{15,}\.", sentence), "one sentence"
    assert all(line.startswith("# parameter: ") for line in rest)


@each
def test_parameters_are_declared_as_those_of_questions(name: str) -> None:
    head, where, pattern = QUERIES[name].partition("\nWHERE {\n")
    assert where and "\nWHERE {\n" not in pattern, "one line on which values enter"
    assert re.search(r"^(SELECT|CONSTRUCT) [^\n]+$", head, re.MULTILINE), "what is returned stands on one line"
    kinds = {"IRI", *(quad.subject.value.removeprefix(vocabulary.MK) for quad in vocabulary.ontology())}
    for parameter in questions.parameters(QUERIES[name]):
        assert re.search(rf"\?{parameter.variable}\b", pattern)
        assert set(parameter.kinds) <= kinds


@each
def test_prefixes_are_those_that_are_used(name: str) -> None:
    declared = re.findall(r"^PREFIX (\S+): <(.+)>$", QUERIES[name], re.MULTILINE)
    assert declared == sorted(declared)
    assert {prefix for prefix, _ in declared} == {prefix for prefix, _ in terms(QUERIES[name])}
    assert all(vocabulary.prefixes()[prefix] == namespace for prefix, namespace in declared)
    assert QUERIES[name].count("<http") == len(declared), "no IRI is written out"


# --- what it names


def terms(query: str) -> set[tuple[str, str]]:
    """Return the prefixed names of a query, outside of comments, strings, IRIs and declarations."""
    plain = re.sub(r"\bPREFIX\s+\S+|\"[^\"\n]*\"|<[^<>\s]*>|#[^\n]*", " ", query)
    return set(re.findall(r"(?<![\w?$:.-])([A-Za-z][\w.-]*|):([\w-]*)", plain))


def unknown(query: str, kg: KnowledgeGraph) -> set[str]:
    """Return the names of a query that are in no vocabulary: ours in the ontology, others there or in the graph."""
    ours = {quad.subject for quad in vocabulary.ontology()}
    others = {"owl": OWL, "rdf": RDF, "rdfs": RDFS, "skos": SKOS}
    assert isinstance(kg.source.graph, ox.Store)

    def known(prefix: str, local: str) -> bool:
        if not local:
            return prefix in vocabulary.prefixes()
        node = ox.NamedNode(vocabulary.prefixes()[prefix] + local)
        if prefix == "mk":
            return node in ours
        patterns = [(node, None, None), (None, node, None), (None, None, node)]
        return local in others.get(prefix, ()) or any(
            next(kg.source.graph.quads_for_pattern(*one), None) for one in patterns
        )

    return {f"{prefix}:{local}" for prefix, local in terms(query) if not known(prefix, local)}


@pytest.mark.parametrize("path", OWN_NAMES, ids=lambda path: path.stem)
def test_every_name_is_in_its_vocabulary(path: Path, kg: KnowledgeGraph) -> None:
    assert unknown(path.read_text("utf-8"), kg) == set()


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("card-inferred", "mk:Inference ;", "mk:Inferrence ;"),
        ("card-inferred", "mk:from|mk:to", "mk:from|mk:too"),
        ("names-narrower", "(mk:broader|", "(mk:brouder|"),
        ("card-links", "skos:closeMatch", "skos:closedMatch"),
        ("card-references", "cito:citesAsEvidence", "cito:citesAsEvidense"),
    ],
)
def test_a_misspelt_name_is_found(name: str, right: str, wrong: str, kg: KnowledgeGraph) -> None:
    assert right in QUERIES[name]
    broken = QUERIES[name].replace(right, wrong)
    assert len(unknown(broken, kg)) == 1
    kg.source.run(broken)  # no engine minds


@pytest.mark.parametrize("path", sorted((ROOT / "ontology/rules").rglob("*.rq")), ids=lambda path: path.stem)
def test_rule_makes_no_iri_of_a_base_that_it_writes_out(path: Path) -> None:
    assert (
        re.findall(r"https?://[^\s>\"]*", re.sub(r"^PREFIX .*$", "", path.read_text("utf-8"), flags=re.MULTILINE)) == []
    )


# --- what it returns


def rows(found: object) -> list[tuple[str, ...]]:
    """Return an answer of either engine as sorted rows of text; a graph's rows are its triples."""
    if isinstance(found, ox.QueryTriples):
        listed = {(triple.subject, triple.predicate, triple.object) for triple in found}
    else:
        listed = list(found)  # type: ignore[call-overload]
    return sorted(tuple(_text(value) for value in row) for row in listed)


def _text(value: object) -> str:
    if isinstance(value, ox.BlankNode | rdflib.BNode):
        return "_:"
    if isinstance(value, ox.Literal | ox.NamedNode):
        return value.value
    return "" if value is None else str(value)


@pytest.mark.slow
@each
def test_both_engines_return_the_same_rows_as_it_stands(
    name: str, kg: KnowledgeGraph, second_engine: rdflib.Dataset
) -> None:
    found = rows(kg.source.run(QUERIES[name]))
    assert found or name in MERGED
    assert found == rows(second_engine.query(QUERIES[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if questions.parameters(query)])
def test_both_engines_return_nothing_of_what_is_not_there(
    name: str, kg: KnowledgeGraph, second_engine: rdflib.Dataset
) -> None:
    for parameter in questions.parameters(QUERIES[name]):
        query = queries.read(name, **{parameter.name: ["https://example.org/nothing"]})
        assert f"WHERE {{\n  VALUES ?{parameter.variable} {{ <https://example.org/nothing> }}\n" in query
        assert rows(kg.source.run(query)) == rows(second_engine.query(query)) == []


@pytest.mark.parametrize("iri", ["", "x> ?p ?o } #", "a b", 'a"b', "a\nb", "a\\u003eb", "{}"])
def test_what_is_no_iri_does_not_enter_a_query(iri: str) -> None:
    with pytest.raises(BadInput, match="is no IRI"):
        queries.read("page-outgoing", thing=[iri])


def test_values_enter_once_and_in_their_order() -> None:
    query = sparql.bound("SELECT *\nWHERE {\n  { SELECT *\nWHERE {\n} } }", {"a": ["<x>", "<y>"], "b": ["1"]})
    assert query.count("VALUES") == 2
    assert "\nWHERE {\n  VALUES ?a { <x> <y> }\n  VALUES ?b { 1 }\n  { SELECT" in query


NESTED = """SELECT ?a
WHERE {
  {
    SELECT ?a (COUNT(?b) AS ?count)
    WHERE {
      {
        SELECT ?a ?b
        WHERE {
          ?a <p> ?b .
        }
      }
    }
    GROUP BY ?a
  }
  {
    SELECT ?count
    WHERE {
      {
        SELECT ?a
        WHERE {
          ?a <p> ?c .
        }
      }
    }
  }
  OPTIONAL {
    SELECT ?b ?a
    WHERE {
      ?a <q> ?b .
    }
  }
}"""


def test_values_enter_the_subselects_that_give_the_variable_to_the_whole() -> None:
    before = NESTED.splitlines()
    after = sparql.bound(NESTED, {"a": ["<x>"]}).splitlines()
    added = [line for line in after if "VALUES" in line]
    assert [line for line in after if line not in added] == before
    assert {line.strip() for line in added} == {"VALUES ?a { <x> }"}
    entered = [after[number - 2 : number] for number, line in enumerate(after) if line in added]
    assert [select.strip() for select, _ in entered] == [
        "SELECT ?a",
        "SELECT ?a (COUNT(?b) AS ?count)",
        "SELECT ?a ?b",
        "SELECT ?b ?a",
    ]


def test_values_enter_no_subselect_that_is_distinct() -> None:
    distinct = NESTED.replace("SELECT ?a (COUNT", "SELECT DISTINCT ?a (COUNT")
    assert sparql.bound(distinct, {"a": ["<x>"]}).count("VALUES") == 2


def test_value_of_what_a_query_computes_enters_once() -> None:
    computing = NESTED.replace("?a <q> ?b .", "BIND(?b AS ?a)")
    assert sparql.bound(computing, {"a": ["<x>"]}).count("VALUES") == 1


# --- what would be slow in a large graph

SMALL = "The sub-select is a small table, joined on what both sides bind; all rows of 3,000 claims take under a second."
MIDDLE = "What stands outside is looked up by what every branch binds."
SLOW = {  # each style that was measured to be slow, and the files in which it is not
    "BIND joined": {
        "5-inference/09-mediation": "What is joined are the kinds of one family, of which two have a sign.",
    },
    "EXISTS of several triples": {
        "audit-disputes": "It runs once for each dispute, of which there are few.",
        "cq14-single-drug-mirnas": "It runs once for each miRNA and drug.",
    },
    "MINUS of parts that share no variable": {},
    "OPTIONAL in the middle": {},
    "pattern outside UNION": dict.fromkeys(
        [
            "2-verdicts/08-indirect",
            "3-standing/5-standing",
            "4-edges/curated/5-withheld-denied",
            "4-edges/curated/8-carries",
            "5-inference/01-link-component",
            "5-inference/13-context",
            "audit-notes",
            "audit-references",
            "audit-statuses",
            "card-notes",
            "card-wider",
            "cq38-resensitise",
            "cq50-abstract-against-title",
            "names-narrower",
            "page-labels",
            "page-narrower",
            "page-wider",
            "page-words",
            "proof-inferred",
        ],
        MIDDLE,
    ),
    "sub-select joined": {
        **dict.fromkeys(
            [
                "1-compare/08-conflict",
                "2-verdicts/06-other-drug",
                "2-verdicts/08-indirect",
                "5-inference/09-mediation",
                "5-inference/10-mediated",
            ],
            "What is joined is found by several variables at once, which no flat pattern does.",
        ),
        "4-edges/curated/4-withheld-claims": "It gathers the reasons, which are few.",
        "5-inference/15-outcome-conflicts": "Flat patterns take up to 200 times as long.",
        "5-inference/16-outcome-agrees": "As for 15-outcome-conflicts.",
        "5-inference/17-outcome-signs": "As for 15-outcome-conflicts.",
        **dict.fromkeys(
            [
                "cq01-mirnas-for-drug",
                "cq03-direction-of",
                "cq05-conferring-mirnas",
                "cq06-sensitizing-mirnas",
                "cq07-unsigned-mirnas",
                "cq08-pathways-for-drug",
                "cq21-narrative-only-entities",
                "cq22-counts-by-drug",
                "cq25-what-falls-with-reference",
                "cq26-trust-of-drug",
                "cq29-unsupported-table-entries",
                "cq34-pathway-sign-per-drug",
                "cq35-coherent-mechanisms",
                "cq36-incoherent-mechanisms",
                "cq37-expected-directions",
                "cq38-resensitise",
                "cq39-shared-mechanisms",
                "cq45-genes-behind-drug",
                "cq47-authors-named",
            ],
            SMALL,
        ),
    },
}


def nodes(part: object) -> Iterator[object]:
    """Yield a part of a parsed query and all its parts, to any depth."""
    yield part
    if isinstance(part, CompValue):
        for value in part.values():
            yield from nodes(value)
    elif not isinstance(part, str | None) and isinstance(part, Iterable):
        for one in part:
            yield from nodes(one)


def variables(part: object) -> set[str]:
    return {str(one) for one in nodes(part) if isinstance(one, rdflib.Variable)}


def triples(part: object) -> list[list[object]]:
    """Return the triples of a part, each with its subject, predicate and object."""
    blocks = [one for one in nodes(part) if isinstance(one, CompValue) and one.name == "TriplesBlock"]
    flat = [list(run) for block in blocks for run in block.triples]
    return [run[at : at + 3] for run in flat for at in range(0, len(run), 3)]


def tied(parts: list[set[str]]) -> bool:
    """Tell whether sets of variables hang together, each with some other."""
    first, *rest = parts
    while near := [one for one in rest if one & first]:
        first = first.union(*near)
        rest = [one for one in rest if one not in near]
    return not rest


def slow_styles(query: str) -> Iterator[str]:
    """Yield the styles of a query that make an engine join row by row, or all with all."""
    for one in nodes(parseQuery(query)):
        if not isinstance(one, CompValue):
            continue
        if one.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS") and len(triples(one)) > 1:
            yield "EXISTS of several triples"
        if one.name == "MinusGraphPattern" and not tied([variables(triple) for triple in triples(one)] or [set()]):
            yield "MINUS of parts that share no variable"
        if one.name == "GroupGraphPatternSub":
            yield from slow_parts(list(one.part or []))


def slow_parts(parts: list[CompValue]) -> Iterator[str]:
    """Yield the slow styles of the parts of one group."""
    for at, part in enumerate(parts):
        others = [one for one in parts if one is not part and one.name in ("TriplesBlock", "GroupOrUnionGraphPattern")]
        later = [one for one in others if any(one is two for two in parts[at:])]
        if part.name == "OptionalGraphPattern" and later:
            yield "OPTIONAL in the middle"
        if part.name == "Bind" and any(str(part.var) in variables(one) for one in later):
            yield "BIND joined"
        if part.name == "GroupOrUnionGraphPattern" and others:
            if len(part.graph) > 1:
                yield "pattern outside UNION"
            if any(one.name == "SubSelect" and not one.groupby for one in part.graph):
                yield "sub-select joined"


@pytest.mark.slow
def test_no_query_is_in_a_slow_style_without_a_reason() -> None:
    found: dict[str, set[str]] = {style: set() for style in SLOW}
    for path in EVERY_FILE:
        folder, _, name = path.relative_to(ROOT / "ontology").with_suffix("").as_posix().partition("/")
        # publish is about the ontology and the header of the graph, which do not grow; federation runs elsewhere
        if folder not in ("publish", "federation"):
            for style in slow_styles(path.read_text("utf-8")):
                found[style].add(name)
    assert found == {style: set(files) for style, files in SLOW.items()}


@pytest.mark.parametrize(
    ("style", "where"),
    [
        ("BIND joined", "?a mk:p ?b . BIND(IRI(?b) AS ?c) ?c mk:p ?d ."),
        ("EXISTS of several triples", "?a mk:p ?b . FILTER NOT EXISTS { ?a mk:q ?c . ?c mk:p ?b }"),
        ("MINUS of parts that share no variable", "?a mk:p ?b . MINUS { ?a mk:q mk:c . ?b mk:q mk:d }"),
        ("OPTIONAL in the middle", "?a mk:p ?b . OPTIONAL { ?a mk:q ?c } ?b mk:p ?d ."),
        ("pattern outside UNION", "?a mk:p ?b . { ?a mk:q ?c } UNION { ?c mk:q ?a }"),
        ("sub-select joined", "?a mk:p ?b . { SELECT ?b WHERE { ?b mk:q ?c } }"),
    ],
)
def test_a_slow_style_is_found(style: str, where: str) -> None:
    assert list(slow_styles(f"PREFIX mk: <{vocabulary.MK}> SELECT * WHERE {{ {where} }}")) == [style]


@pytest.mark.parametrize(
    "where",
    [
        "?a mk:p ?b . FILTER NOT EXISTS { ?a mk:q ?c } OPTIONAL { ?b mk:q ?d } BIND(1 AS ?e)",
        "?a mk:p ?b . MINUS { ?a mk:q ?c . ?c mk:q ?b } { SELECT ?b (MIN(?d) AS ?e) WHERE { ?b mk:q ?d } GROUP BY ?b }",
        "{ ?a mk:p ?b . ?a mk:q ?c } UNION { ?a mk:p ?b } OPTIONAL { ?b mk:q ?d }",
    ],
)
def test_what_is_quick_is_no_slow_style(where: str) -> None:
    assert not list(slow_styles(f"PREFIX mk: <{vocabulary.MK}> SELECT * WHERE {{ {where} }}"))


def grouped_for_nothing(query: str) -> bool:
    """Tell whether a sub-select groups its rows and counts nothing: rdflib 7 then joins it with all."""
    found = (one for one in nodes(parseQuery(query)) if isinstance(one, CompValue) and one.name == "SubSelect")
    return any(one.groupby and all(item.evar is None for item in one.projection) for one in found)


@pytest.mark.slow
def test_no_sub_select_of_a_rule_groups_where_distinct_would_do() -> None:
    assert grouped_for_nothing("SELECT * WHERE { ?a ?p ?b { SELECT ?b WHERE { ?b ?q ?c } GROUP BY ?b } }")
    rules = (ROOT / "ontology" / "rules").rglob("*.rq")
    assert [path.name for path in rules if grouped_for_nothing(path.read_text("utf-8"))] == []


# --- who reads it


def test_every_file_is_read_by_name_and_with_its_parameters() -> None:
    read: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "queries.read":
                (name,) = (argument.value for argument in node.args if isinstance(argument, ast.Constant))
                read.setdefault(name, set()).update(str(keyword.arg) for keyword in node.keywords)
    declared = {name: {one.name for one in questions.parameters(query)} for name, query in QUERIES.items()}
    assert read == declared
