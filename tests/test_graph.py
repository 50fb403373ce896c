"""Names, questions and cards in Python, on the built graph."""

import pytest

import mirkg
from mirkg.ask import store
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.names import Meant
from mirkg.ask.store import Answer
from mirkg.model.problems import BadInput
from mirkg.show import answer as rows


def meant(kg: KnowledgeGraph, name: str, *kinds: str) -> Meant:
    return kg.names.meant(name, kinds)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("tamoxifen", "tamoxifen"),
        ("Tamoxifen", "tamoxifen"),
        ("ADR", "doxorubicin"),
        ("adriamycin", "doxorubicin"),
        ("lapatinib ditosylate", "lapatinib"),
        ("hsa-miR-130b", "miR-130b"),
        ("microRNA-130b", "miR-130b"),
        ("mir130b", "miR-130b"),
        ("HGNC:9588", "PTEN"),
        ("hgnc:9588", "PTEN"),
        ("mke:PTEN", "PTEN"),
        ("https://w3id.org/mirkg/entity/PTEN", "PTEN"),
        ("https://identifiers.org/hgnc:9588", "PTEN"),
        ("PI3K/Akt pathway", "PI3K/AKT pathway"),
        ("14-3-3ζ", "YWHAZ"),
        ("mirbase.mature:MIMAT0000278", "miR-221-3p"),
    ],
)
def test_name_means_its_entity(kg: KnowledgeGraph, name: str, label: str) -> None:
    assert meant(kg, name).entity.label == label


def test_arm_that_is_not_printed_answers_with_the_armless_name_and_says_so(kg: KnowledgeGraph) -> None:
    found = meant(kg, "hsa-miR-451-5p")
    assert found.entity.label == "miR-451"
    assert found.remark == "No arm of miR-451 is printed as hsa-miR-451-5p; this is miR-451."


def test_mirna_without_arm_stands_for_its_arms_and_says_so(kg: KnowledgeGraph) -> None:
    found = meant(kg, "miR-221")
    assert [iri.rpartition("/")[2] for iri in found.iris] == ["miR-221", "miR-221-3p"]
    assert found.remark == "miR-221 also stands for miR-221-3p."


@pytest.mark.parametrize(
    ("name", "kinds", "message"),
    [
        ("tamoxifn", (), r"Nothing here is called 'tamoxifn'\. The nearest is tamoxifen"),
        ("zzz", (), r"Nothing here is called 'zzz'\.$"),
        ("PTEN", ("Drug",), "PTEN is a Gene, and this takes a Drug"),
        ("FOO:1", (), "Nothing here is called 'FOO:1'"),
        ("https://example.org/x", (), "Nothing here is called"),
        ("HGNC:0", (), "Nothing here is called"),
        ("miR-999-3p", (), "Nothing here is called 'miR-999-3p'"),
    ],
)
def test_unknown_name_is_answered_with_the_nearest(
    kg: KnowledgeGraph, name: str, kinds: tuple[str, ...], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        meant(kg, name, *kinds)


def test_name_of_two_entities_is_asked_back() -> None:
    turtle = """
    @prefix mk: <https://w3id.org/mirkg/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
    mk:Gene rdfs:subClassOf mk:Entity . mk:Disease rdfs:subClassOf mk:Entity .
    <https://example.org/g> a mk:Gene ; rdfs:label "HER2" . <https://example.org/d> a mk:Disease ; rdfs:label "HER2" .
    """
    import pyoxigraph as ox

    kg = KnowledgeGraph(store.of(ox.parse(turtle, format=ox.RdfFormat.TURTLE)))
    with pytest.raises(BadInput, match=r"'HER2' could be HER2 \(Disease, .*; HER2 \(Gene, .*Give the IRI"):
        kg.names.meant("HER2")
    assert kg.names.meant("HER2", ["Gene"]).entity.iri == "https://example.org/g"
    assert kg.names.meant("https://example.org/d").entity.kind == "Disease"


def test_ask_returns_rows_by_column() -> None:
    found = mirkg.open().ask("conferring-mirnas", drug="tamoxifen")
    row = {"drug": "tamoxifen", "mirna": "miR-205", "grade": "cited", "cited": 1, "agreeing": 0}
    assert any(row.items() <= one.items() for one in found)


def test_class_of_drugs_answers_for_its_members(kg: KnowledgeGraph) -> None:
    asked = kg.asked("conferring-mirnas", {"drug": "antineoplastic agent"})
    assert {row[0] for row in asked.answer.rows} >= {"antineoplastic agent", "doxorubicin", "tamoxifen"}
    assert asked.remarks[0].startswith("antineoplastic agent also stands for ")


@pytest.mark.parametrize(
    ("question", "values", "message"),
    [
        (
            "mirnas-for-drug",
            {"drugs": "tamoxifen"},
            r"has no parameter 'drugs'\. The nearest is drug\. It takes drug, in\.",
        ),
        ("claims-of-reference", {"reference": "x"}, "A reference is named by its number, and 'x' is none"),
        ("claims-of-reference", {"reference": "²"}, "A reference is named by its number"),
        ("mirnas-for-drg", {}, "There is no question 'mirnas-for-drg'. The nearest is mirnas-for-drug"),
    ],
)
def test_misused_question_says_what_it_takes(
    kg: KnowledgeGraph, question: str, values: dict[str, str], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        kg.asked(question, values)


def test_values_cannot_break_out_of_the_query(kg: KnowledgeGraph) -> None:
    with pytest.raises(BadInput, match="Nothing here is called"):
        kg.asked("mirnas-for-drug", {"drug": "https://x> } ?s ?p ?o { <y"})


def test_query_returns_rows(kg: KnowledgeGraph) -> None:
    assert kg.query("SELECT ?o WHERE { mke:miR-130b mk:targets ?o }") == [{"o": "https://w3id.org/mirkg/entity/PTEN"}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT * WHERE {\n  ?s ?p\n}", r"expected one of[^\n]* At line 3, column 1:\n  }\n  \^"),
        (
            "SELECT * WHERE { ?s foo:p ?o }",
            "the prefix foo:, which is neither declared nor known. At line 1, column 21:",
        ),
        ("", "The query is not SPARQL 1.1"),
    ],
)
def test_broken_query_is_told_where(kg: KnowledgeGraph, query: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        kg.query(query)


def test_card_tells_claims_status_notes_and_links(kg: KnowledgeGraph) -> None:
    card = kg.explain("lncRNA-HOTAIR")
    assert card.entity.label == "HOTAIR"
    assert (
        "HOTAIR promotes apoptosis",
        "disputed",
        "",
        "",
        "disputed",
        "interaction ¶1 s17",
        "[72]",
        "",
    ) in card.does.rows
    assert card.notes.rows[0][0] == "conflict"
    assert [row[:3] for row in card.references.rows] == [("72", "2019", "active")]
    assert ("exactMatch", "https://identifiers.org/hgnc:33510") in card.links.rows
    assert kg.explain("PTEN").acted_on.rows
    assert card.dict()["iri"] == "https://w3id.org/mirkg/entity/HOTAIR"


# --- rows


ANSWER = Answer(("a", "b"), [("x, y", "1"), ("x, y", 'say "hi"')])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("tsv", 'a\tb\nx, y\t1\nx, y\tsay "hi"\n'),
        ("csv", 'a,b\r\n"x, y",1\r\n"x, y","say ""hi"""\r\n'),
        ("json", '[\n {\n  "a": "x, y",\n  "b": "1"\n },\n {\n  "a": "x, y",\n  "b": "say \\"hi\\""\n }\n]\n'),
        ("table", 'a     b\nx, y  1\n      say "hi"\n'),
    ],
)
def test_rows_are_written_in_each_format(form: str, expected: str) -> None:
    assert rows.written(ANSWER, form) == expected


def test_table_is_folded_to_the_width_of_a_terminal() -> None:
    answer = Answer(("name", "text"), [("x", "long " * 30)])
    lines = rows.written(answer, "table", width=60, bold=True).splitlines()
    assert lines[0].startswith("\x1b[1m")
    assert max(map(len, lines[1:])) <= 60
    assert " ".join(" ".join(lines[1:]).split()) == "x " + " ".join(["long"] * 30)  # nothing is cut off


def test_answer_without_rows_has_its_header() -> None:
    assert rows.written(Answer(("a", "b"), []), "table") == "a  b\n"
    assert rows.written(Answer(("a", "b"), []), "json") == "[]\n"


# --- files


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.trig", None, "cannot be read"),
        ("bad.trig", "<a> <b> .", r"bad.trig:1: is not well formed"),
        ("empty.trig", "", "holds no triples"),
        ("graph.py", "x", "has no ending of an RDF format"),
    ],
)
def test_file_that_is_no_graph_is_refused(tmp_path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match=message):
        mirkg.open(tmp_path / name)
