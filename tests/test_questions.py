import re
from pathlib import Path

import pytest
import rdflib

from mirkg.ask import questions, replay
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.questions import Question
from mirkg.ask.store import Store
from mirkg.model.problems import BadInput

ROOT = Path(__file__).resolve().parent.parent
EXPECTED = ROOT / "tests" / "expected"
FILES = sorted((ROOT / "ontology" / "competency").glob("*.rq"))
BY_HAND = "# origin: written by hand from the review, before the answer was seen"
READ = "# origin: read against the review row by row"
SAMPLED = "# origin: 40 of {} rows read against the review"


def expected(question: str) -> tuple[dict[str, str], tuple[str, ...], list[tuple[str, ...]]]:
    """Return the parameters, columns and rows of an expected answer."""
    parameters, origin, header, *rows = (EXPECTED / f"{question}.tsv").read_text("utf-8").splitlines()
    assert origin in (BY_HAND, READ, SAMPLED.format(len(rows)))
    values = dict(
        pair.split("=", 1) for pair in re.split(r" (?=\w+=)", parameters.removeprefix("# parameters:").strip()) if pair
    )
    return values, tuple(header.split("\t")), [tuple(row.split("\t")) for row in rows]


@pytest.mark.parametrize("name", questions.catalogue())
def test_answer_is_the_whole_expected_one_on_pyoxigraph(name: str, kg: KnowledgeGraph) -> None:
    values, columns, rows = expected(name)
    answer = kg.asked(name, values).answer
    assert answer.columns == columns
    assert answer.rows == rows


LONG = """
    clean-evidence drug-pairs-sharing-mirnas listed-expression mirnas-for-drug resensitise shared-mirnas
    uncited-directed-claims verdicts-for
    """.split()  # noqa: SIM905


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.slow) if one in LONG else one for one in questions.catalogue()]
)
def test_answer_is_the_same_on_rdflib(name: str, kg: KnowledgeGraph, second_engine: rdflib.Dataset) -> None:
    values, columns, rows = expected(name)
    found = questions.find(name)
    terms = {
        parameter.name: kg.terms(parameter, values[parameter.name], [])
        for parameter in found.parameters
        if parameter.name in values
    }
    result = second_engine.query(found.bound(dict(terms)))
    assert tuple(str(variable) for variable in result.vars or ()) == columns
    assert sorted(tuple("" if value is None else str(value) for value in row) for row in result) == sorted(rows)


@pytest.mark.slow
@pytest.mark.parametrize("name", questions.catalogue())
def test_all_rows_without_parameters_are_the_same_on_both_engines(
    name: str, kg: KnowledgeGraph, second_engine: rdflib.Dataset
) -> None:
    query = questions.find(name).query
    rows = [tuple("" if value is None else str(value) for value in row) for row in second_engine.query(query)]
    assert sorted(rows) == sorted(kg.source.select(query).rows)


def test_at_least_six_expected_answers_were_written_by_hand() -> None:
    assert sum(BY_HAND in path.read_text("utf-8").splitlines() for path in EXPECTED.glob("*.tsv")) >= 6


@pytest.mark.parametrize("name", questions.catalogue())
def test_only_a_long_expected_answer_was_read_in_part(name: str) -> None:
    _, _, rows = expected(name)
    assert rows
    assert len(rows) > 60 or SAMPLED.format(len(rows)) not in (EXPECTED / f"{name}.tsv").read_text("utf-8")


def test_every_expected_answer_belongs_to_a_question() -> None:
    assert {path.stem for path in EXPECTED.glob("*.tsv")} == set(questions.catalogue())


def test_what_is_contradicted_or_denied_is_not_among_what_nothing_speaks_against(kg: KnowledgeGraph) -> None:
    clean = {row["statement"] for row in kg.ask("clean-evidence")}
    both = {row[side] for row in kg.ask("contradictions") for side in ("raising", "lowering")}
    denied = {row["statement"].removeprefix("denied: ") for row in kg.ask("denials")}
    assert {"HOTAIR confers resistance to doxorubicin", "miR-452 sensitizes to doxorubicin"} <= both
    assert "miR-130b targets PTEN" in clean
    assert clean & (both | denied) == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_header_tells_what_the_query_does(path: Path) -> None:
    text = path.read_text("utf-8")
    question = questions.parse(text)
    keys = re.findall(r"^# (\w+):", text, re.MULTILINE)
    assert [key for key in keys if key != "parameter"] == ["id", "title", "question", "columns"]
    assert re.fullmatch(rf"cq\d\d-{question.id}", path.stem)
    assert question.question.endswith("?")
    clause = re.search(r"^SELECT (?:DISTINCT )?(.+)$", text, re.MULTILINE)[1]
    selected = tuple(re.findall(r"\?(\w+)", re.sub(r"\([^)]*\([^)]*\) AS (\?\w+)\)", r"\1", clause)))
    assert selected == question.columns
    assert text.rstrip().splitlines()[-1] == "ORDER BY " + " ".join(f"?{column}" for column in question.columns)
    plain = re.sub(r"<[^>]*>|^#.*$", "", text, flags=re.MULTILINE)
    used = set(re.findall(r"(?<![\w<])([a-z]+):\w", plain))
    assert used == set(re.findall(r"^PREFIX (\w+):", text, re.MULTILINE))
    for parameter in question.parameters:
        assert f"?{parameter.variable}" in text.split("WHERE {", 1)[1]


def test_bound_puts_the_values_at_the_start_of_the_pattern() -> None:
    question = Question(
        "x", "", "?", (questions.parameter("drug ?drugNode (Drug) a drug"),), (), "SELECT *\nWHERE {\n  ?s ?p ?o\n}"
    )
    assert (
        question.bound({"drug": ["<a>", "<b>"]}) == "SELECT *\nWHERE {\n  VALUES ?drugNode { <a> <b> }\n  ?s ?p ?o\n}"
    )


@pytest.mark.slow
def test_what_abstracts_change_is_what_a_replay_with_titles_alone_changes(kg: KnowledgeGraph) -> None:
    query = (
        "SELECT ?node ?v ?r ?s { ?node a mk:ReferenceVerdict ; mk:verdict/rdfs:label ?v ; mk:onClaim/rdfs:label ?s ; "
    )
    query += "mk:onReference/mk:referenceNumber ?r }"
    assert isinstance(kg.source, Store)
    with_titles_alone = KnowledgeGraph(replay.titled(kg.source))
    alone = {row["node"]: row["v"] for row in with_titles_alone.query(query)}
    changed = {(row["r"], row["s"], row["v"]) for row in kg.query(query) if alone[row["node"]] != row["v"]}
    asked = kg.ask("abstract-against-title")
    assert changed == {(row["reference"], row["statement"], row["verdict"]) for row in asked}


def test_unknown_question_names_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"no question 'mirna-for-drug'\. The nearest is mirnas-for-drug"):
        questions.find("mirna-for-drug")


def test_parameter_line_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        questions.parameter("drug the drug")
