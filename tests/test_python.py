"""Python for analysts: typed rows, frames, graphs, and the page that shows them, which is run as it stands."""

import builtins
import datetime
import re
import struct
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import networkx
import pytest

from conftest import ROOT
from mirkg import IRI, BadInput, Rows
from mirkg.ask import rows
from mirkg.ask.graph import KnowledgeGraph


@pytest.mark.slow
def test_page_runs_as_it_stands_to_two_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 6
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    grid = names["grid"]
    assert (grid.loc["miR-130b", "doxorubicin"], grid.loc["miR-145", "doxorubicin"]) == (1, -1)
    assert {"miR-130b", "PTEN", "doxorubicin"} <= set(names["mechanism"])
    for name, width, height in (("heatmap.png", 1080, 1920), ("mechanism.png", 1080, 720)):
        content = (tmp_path / name).read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", content[16:24]) == (width, height)


def test_values_have_their_types(kg: KnowledgeGraph) -> None:
    query = """SELECT * WHERE { VALUES (?iri ?whole ?part ?power ?yes ?day ?text ?none)
      { (mk:cited 3 0.5 1e2 true "2026-11-27"^^xsd:date "x"@en UNDEF) } }"""
    assert kg.query(query) == [
        {"iri": "https://w3id.org/mirkg/ontology#cited", "whole": 3, "part": Decimal("0.5"), "power": 100.0,
         "yes": True, "day": datetime.date(2026, 11, 27), "text": "x", "none": None}
    ]  # fmt: skip
    (row,) = kg.query(query)
    assert [type(row[name]) for name in ("iri", "whole", "yes")] == [IRI, int, bool]


@pytest.mark.parametrize(
    ("text", "datatype"), [("many", "integer"), ("maybe", "boolean"), ("2026-02-30", "date"), ("1,5", "decimal")]
)
def test_literal_that_is_not_of_its_datatype_stays_a_text(text: str, datatype: str) -> None:
    content = f"""{{"head": {{"vars": ["v"]}}, "results": {{"bindings": [{{"v": {{"type": "literal", "value": "{text}",
      "datatype": "http://www.w3.org/2001/XMLSchema#{datatype}"}}}}]}}}}"""
    assert rows.read(content.encode()) == [{"v": text}]


def test_other_forms_of_queries_have_answers_of_their_own(kg: KnowledgeGraph) -> None:
    assert (kg.query("ASK { mke:PTEN a mk:Gene }"), kg.query("ASK { mke:PTEN a mk:Drug }")) == (True, False)
    made = kg.query("CONSTRUCT { ?s rdfs:label ?l } WHERE { VALUES ?s { mke:PTEN } ?s rdfs:label ?l }")
    assert made == [
        {"subject": "https://w3id.org/mirkg/entity/PTEN", "predicate": "http://www.w3.org/2000/01/rdf-schema#label",
         "object": "PTEN"}
    ]  # fmt: skip
    label = {"predicate": IRI("http://www.w3.org/2000/01/rdf-schema#label"), "object": "PTEN"}
    assert any(label.items() <= row.items() for row in kg.query("DESCRIBE mke:PTEN"))


def test_frames_have_the_columns_and_rows_of_the_answer(kg: KnowledgeGraph) -> None:
    answer = kg.query("SELECT ?n ?s WHERE { ?s mk:referenceNumber ?n } ORDER BY ?n LIMIT 3")
    assert answer.pandas()["n"].tolist() == answer.polars()["n"].to_list() == [1, 2, 3]
    assert answer.polars()["s"].to_list() == [
        f"https://w3id.org/mirkg/source/amiri-2024/reference/{n}" for n in (1, 2, 3)
    ]
    empty = kg.query("SELECT ?n ?s WHERE { ?s mk:referenceNumber ?n FILTER(?n > 1000) }")
    assert list(empty.pandas().columns) == empty.polars().columns == ["n", "s"]


def test_notebook_shows_rows_as_a_table_without_what_a_browser_would_run() -> None:
    shown = Rows(("a",), [{"a": "<script>"}, {"a": IRI("https://example.org/?a=1&b=2")}, {"a": None}])._repr_html_()
    assert shown == (
        "<table><caption>3 rows</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>&lt;script&gt;</td></tr>"
        '<tr><td><a href="https://example.org/?a=1&amp;b=2">https://example.org/?a=1&amp;b=2</a></td></tr>'
        "<tr><td></td></tr></tbody></table>"
    )
    many = Rows(("a",), [{"a": number} for number in range(61)])._repr_html_()
    assert many.count("<tr>") == 61 and "61 rows, the first 60 shown" in many


def test_graph_has_every_edge_once_with_its_sign_and_grade(kg: KnowledgeGraph) -> None:
    drawn = kg.graph()
    assert isinstance(drawn, networkx.MultiDiGraph)
    assert drawn["HOTAIR"]["doxorubicin"] == {"confersResistanceTo": {"sign": 1, "grade": "confirmed", "cited": 0}}
    assert drawn.nodes["HOTAIR"] == {"iri": "https://w3id.org/mirkg/entity/HOTAIR", "kind": "LongNoncodingRNA"}
    count = "SELECT (COUNT(*) AS ?n) WHERE { ?a mk:edgeGrade ?g }"
    assert kg.query(count) == [{"n": drawn.number_of_edges()}]


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("pandas", lambda kg: Rows(()).pandas()),
        ("polars", lambda kg: Rows(()).polars()),
        ("networkx", lambda kg: kg.graph()),
    ],
)
def test_missing_library_is_named(
    kg: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, package: str, call: Callable[[KnowledgeGraph], object]
) -> None:
    found = builtins.__import__

    def absent(name: str, *rest: object, **more: object) -> object:
        if name == package:
            raise ImportError(name)
        return found(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(BadInput, match=rf"This needs {package}\. Install it with: pip install 'mirkg\[notebook\]'"):
        call(kg)
