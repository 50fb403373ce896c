"""The exports: another library reads each of them, and finds what SPARQL finds in the graph."""

import csv
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import networkx
import openpyxl
import pyarrow.parquet
import pyhornedowl
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import RDFS, SKOS

from conftest import ROOT, Run
from mirkg import export
from mirkg.ask.graph import KnowledgeGraph
from mirkg.export import preferred, things
from mirkg.export.claims import COLUMNS
from mirkg.export.nanopub import signed, signer
from mirkg.export.things import Things
from mirkg.make import build, reason
from mirkg.model import rdf, vocabulary
from mirkg.model.vocabulary import BASE, MK, prefixes

GRAPH = ROOT / "data" / "mirkg.trig"
Export = Callable[..., bytes]


@pytest.fixture(scope="module")
def graph() -> Things:
    return things.read(str(GRAPH))


@pytest.fixture(scope="module")
def exported(graph: Things) -> Export:
    """Return a function that exports the graph in a format, once; of several files the one with an ending."""
    done: dict[tuple[str, str], bytes] = {}

    def get(form: str, ending: str = "") -> bytes:
        if (form, ending) not in done:
            file = io.BytesIO()
            export.parts(form, graph)[ending](file)
            done[form, ending] = file.getvalue()
        return done[form, ending]

    return get


def counts(kg: KnowledgeGraph, what: str, pattern: str, by: str) -> Counter[str]:
    """Count things by a value with SPARQL."""
    query = f"SELECT ?by (COUNT(DISTINCT {what}) AS ?n) WHERE {{ {pattern} {by} }} GROUP BY ?by"
    return Counter({str(row["by"]).removeprefix(MK): int(row["n"]) for row in kg.query(query)})


SIGN, STANDING = "?p a/mk:sign ?by .", "?p mk:standing ?by ."
CLAIMS = "?claim mk:asserts|mk:denies ?p ."


def of_claims(kg: KnowledgeGraph, by: str) -> Counter[str]:
    return counts(kg, "?claim", CLAIMS, by)


def of_statements(kg: KnowledgeGraph, by: str, *, between_entities: bool = False) -> Counter[str]:
    """Count propositions by a value, once as asserted and once as denied."""
    limit = "?p mk:object/a/rdfs:subClassOf mk:Entity ." if between_entities else ""
    return counts(kg, "?p", f"?c mk:asserts ?p . {limit}", by) + counts(kg, "?p", f"?c mk:denies ?p . {limit}", by)


def denied(kg: KnowledgeGraph) -> int:
    return len(kg.query("SELECT DISTINCT ?p WHERE { ?c mk:denies ?p }"))


# --- RDF


def canonical(quads: object) -> set[str]:
    dataset = ox.Dataset(quads)  # type: ignore[arg-type]
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(map(str, dataset))


@pytest.fixture(scope="module")
def stated(graph: Things) -> tuple[set[str], set[str]]:
    """Return the graph's quads, and the triples of their union, as N-Quads with blank nodes named by RDFC-1.0."""
    return set(map(str, graph.quads)), canonical(ox.Quad(*quad.triple) for quad in graph.quads)


def test_trig_is_the_committed_graph(exported: Export) -> None:
    assert exported("trig") == GRAPH.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(("form", "read"), [("nq", ox.RdfFormat.N_QUADS), ("jsonld", ox.RdfFormat.JSON_LD)])
def test_forms_with_graphs_are_the_same_quads(
    exported: Export, stated: tuple[set[str], set[str]], form: str, read: ox.RdfFormat
) -> None:
    assert canonical(ox.parse(exported(form), format=read)) == stated[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "read"), [("ttl", ox.RdfFormat.TURTLE), ("nt", ox.RdfFormat.N_TRIPLES), ("rdfxml", ox.RdfFormat.RDF_XML)]
)
def test_forms_without_graphs_are_their_union(
    exported: Export, stated: tuple[set[str], set[str]], form: str, read: ox.RdfFormat
) -> None:
    assert canonical(ox.parse(exported(form), format=read)) == stated[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("form", "read"), [("trig", "trig"), ("jsonld", "json-ld"), ("rdfxml", "xml"), ("ttl", "turtle")]
)
def test_rdflib_reads_as_many_triples(exported: Export, form: str, read: str) -> None:
    found = rdflib.Dataset(default_union=True).parse(data=exported(form), format=read)
    assert len(found) == len({str(quad.triple) for quad in ox.parse(path=str(GRAPH))})


def names_with_escapes(content: bytes) -> list[str]:
    """Return the prefixed names of Turtle or TriG that hold a backslash."""
    bare = re.sub(r'"(?:[^"\\\n]|\\.)*"|<[^>\s]*>', " ", content.decode())
    return re.findall(r"\S*\\\S*", bare)


@pytest.mark.parametrize("form", ["trig", "ttl", "owl-ttl", "nanopub"])
def test_no_prefixed_name_has_a_backslash(exported: Export, form: str) -> None:
    assert names_with_escapes(exported(form)) == []


def test_a_name_that_needs_an_escape_is_found_and_written_in_full() -> None:
    node, odd = ox.NamedNode(BASE + "entity/a"), ox.NamedNode(BASE + "entity/b/c.")
    triples = [ox.Triple(node, ox.NamedNode(MK + "p"), odd)]
    assert names_with_escapes(ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes()) or b"")
    written = rdf.serialized(triples, ox.RdfFormat.TURTLE, prefixes())
    assert names_with_escapes(written) == []
    assert f"<{node.value}> mk:p <{odd.value}> ." in written.decode()


def test_what_a_prefix_can_stand_for_is_not_written_out(exported: Export) -> None:
    whole = set(re.findall(rf"(?<!: )<({BASE}[^>]*)>", exported("trig").decode()))
    spaces = {iri.rpartition("/")[0] + "/" for iri in whole}
    odd = {iri.rpartition("/")[0] + "/" for iri in whole if "#" in iri}  # their prefix would need an escape
    assert (spaces - odd) & set(prefixes().values()) <= {BASE}  # whose own few names go the way of those with slashes


def test_json_ld_holds_a_claim_as_a_person_reads_it(exported: Export) -> None:
    document = json.loads(exported("jsonld"))
    (claims,) = (one["@graph"] for one in document["@graph"] if one["@id"] == "mkgraph:claims")
    claim = next(one for one in claims if one["@id"] == "mkclaim:interaction-1-16-1")
    assert claim["@type"] == "Claim"
    assert claim["asserts"] == {
        "@id": "mkb:proposition/HOTAIR/SensitizingEffect/doxorubicin",
        "@type": "SensitizingEffect",
        "label": "HOTAIR sensitizes to doxorubicin",
        "object": "mke:doxorubicin",
        "subject": "mke:HOTAIR",
    }
    assert claim["citedThrough"]["citesAsEvidence"] == "mkreference:72"
    assert claim["statedIn"]["sentence"] == 16
    assert (claim["inCellType"], claim["date"]) == ("mke:breast-cancer-cell", "2026-11-25")
    assert "rdf:type" not in document["@context"]


# --- OWL


def test_owlready_takes_in_every_triple(exported: Export, kg: KnowledgeGraph) -> None:
    import owlready2

    for form, individuals in (("owl", "?s a/rdfs:subClassOf mk:Entity"), ("ontology", "?s a owl:NamedIndividual")):
        loaded = owlready2.World().get_ontology("http://example.org/").load(fileobj=io.BytesIO(exported(form)))
        triples = set(ox.parse(exported(form), format=ox.RdfFormat.RDF_XML))
        assert len(loaded.graph) - len(triples) in (0, 1)  # owlready2 adds a header of its own where the base differs
        expected = {row["s"] for row in kg.query(f"SELECT DISTINCT ?s WHERE {{ {individuals} }}")}
        assert expected <= {one.iri for one in loaded.world.individuals()}
        terms = {quad.subject.value for quad in vocabulary.ontology() if isinstance(quad.subject, ox.NamedNode)}
        assert {one.iri for one in loaded.world.classes()} <= terms


@pytest.mark.slow
@pytest.mark.parametrize("form", ["ontology", "owl", "owl-ttl", "owl-ofn"])
def test_owl_is_in_owl_2_dl(exported: Export, form: str) -> None:
    assert reason.violations(exported(form)) == []


@pytest.mark.slow
def test_hermit_reads_the_export_as_it_reads_the_graph(exported: Export, built: build.Built) -> None:
    found = reason.read(ox.parse(exported("owl"), format=ox.RdfFormat.RDF_XML))
    assert found.consistent
    assert found == reason.read(built.quads)


def test_the_functional_syntax_has_the_same_axioms(exported: Export) -> None:
    whole, functional = (
        pyhornedowl.open_ontology_from_string(exported(form).decode(), syntax)
        for form, syntax in (("owl", "rdf"), ("owl-ofn", "ofn"))
    )
    assert set(map(str, whole.get_axioms())) == set(map(str, functional.get_axioms()))
    assert str(whole.get_iri()) == str(functional.get_iri()) == BASE.rstrip("/")


@pytest.mark.parametrize("form", ["owl", "ontology"])
def test_terms_have_definitions_for_obo_one_language_and_no_label_twice(exported: Export, form: str) -> None:
    found = rdflib.Graph().parse(data=exported(form), format="xml")
    iao = rdflib.URIRef("http://purl.obolibrary.org/obo/IAO_0000115")
    assert set(found.subject_objects(iao)) == {
        (term, text) for term, text in found.subject_objects(SKOS.definition) if str(term).startswith(MK)
    }
    labels = [(term, label) for term, label in found.subject_objects(RDFS.label) if str(term).startswith(MK)]
    assert {label.language for _, label in labels} == {"en"}
    assert len({label.casefold() for _, label in labels}) == len(labels) > 280
    assert {str(term) for term, _ in labels} == {str(term) for term in found.subjects(RDFS.isDefinedBy)}


def test_the_owl_export_has_the_edges_of_the_graph(exported: Export, kg: KnowledgeGraph) -> None:
    edges = {kind.edge for kind in vocabulary.kinds().values() if kind.edge}
    found = Counter(
        quad.predicate.value.removeprefix(MK) for quad in ox.parse(exported("owl"), format=ox.RdfFormat.RDF_XML)
    )
    pattern = "?kind mk:edgeProperty ?by . ?s ?by ?o . FILTER(isIRI(?o))"
    assert {name: found[name] for name in edges if found[name]} == counts(kg, "*", pattern, "").copy()


# --- SSSOM


def test_sssom_has_every_mapping_and_only_labels_that_the_project_has(exported: Export, kg: KnowledgeGraph) -> None:
    lines = exported("sssom").decode().splitlines()
    rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    query = "SELECT ?s ?p ?o WHERE { GRAPH <https://w3id.org/mirkg/graph/mappings> { ?s ?p ?o } }"
    expected = {tuple(map(vocabulary.curie, row.values())) for row in kg.query(query)}
    assert {(row["subject_id"], row["predicate_id"], row["object_id"]) for row in rows} == expected
    assert len(rows) == len(expected)
    table = (ROOT / "data" / "mappings.sssom.tsv").read_text("utf-8").splitlines()
    curated = list(csv.DictReader((line for line in table if not line.startswith("#")), delimiter="\t"))
    labels = {(row["object_id"], row["object_label"]) for row in curated}
    terms = {
        (vocabulary.curie(str(quad.subject)[1:-1]), quad.object.value)
        for quad in vocabulary.ontology()
        if quad.predicate == vocabulary.LABEL and isinstance(quad.object, ox.Literal)
    }
    assert {(row["object_id"], row["object_label"]) for row in rows if row["object_label"]} <= labels | terms
    assert all(row["subject_label"] and row["mapping_justification"] == "semapv:ManualMappingCuration" for row in rows)


@pytest.mark.slow
def test_sssom_py_has_nothing_to_warn_of(exported: Export, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    parsers = pytest.importorskip("sssom.parsers", reason="pip install sssom")
    from sssom.validators import validate

    path = tmp_path / "mirkg.sssom.tsv"
    path.write_bytes(exported("sssom"))
    found = parsers.parse_sssom_table(str(path))
    reports = validate(found, fail_on_error=False)
    assert [result for report in reports.values() for result in report.results] == []
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
    assert len(found.df) == exported("sssom").count(b"\nmke:")


# --- networks


@pytest.mark.parametrize("form", ["graphml", "cytoscape"])
def test_networkx_finds_signs_denials_and_standings(exported: Export, kg: KnowledgeGraph, form: str) -> None:
    content = exported(form)
    found = networkx.parse_graphml(content) if form == "graphml" else networkx.cytoscape_graph(json.loads(content))
    edges = [data for *_, data in found.edges(data=True)]
    assert Counter(str(data["sign"]) for data in edges) == of_statements(kg, SIGN)
    assert Counter(data["standing"] for data in edges) == of_statements(kg, STANDING)
    assert sum(data["negated"] for data in edges) == denied(kg)
    assert all(data["label"].startswith("denied: ") == data["negated"] for data in edges)
    ends = kg.query("SELECT DISTINCT ?n WHERE { ?c (mk:asserts|mk:denies)/(mk:subject|mk:object) ?n }")
    assert set(found.nodes) == {row["n"] for row in ends}
    hotair = found.get_edge_data(f"{BASE}entity/HOTAIR", f"{BASE}entity/doxorubicin").values()
    assert {(data["kind"], data["sign"], data["standing"]) for data in hotair} == {
        ("ResistanceEffect", 1, "confirmed"),
        ("SensitizingEffect", -1, "disputed"),
    }


# --- tables


def table(exported: Export, form: str) -> list[dict[str, object]]:
    """Read the table with the library that its readers use; an empty cell is nothing."""
    if form == "csv":
        return list(csv.DictReader(io.StringIO(exported("csv").decode(), newline="")))
    if form == "parquet":
        found: list[dict[str, object]] = pyarrow.parquet.read_table(io.BytesIO(exported("parquet"))).to_pylist()
        return found
    head, *rows = openpyxl.load_workbook(io.BytesIO(exported("xlsx"))).active.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_table_agrees_with_the_graph(exported: Export, kg: KnowledgeGraph, form: str) -> None:
    rows = table(exported, form)
    assert {str(row["claim"]) for row in rows} == {row["c"] for row in kg.query("SELECT ?c WHERE { ?c a mk:Claim }")}
    assert len(rows) == len({row["claim"] for row in rows})
    assert all(list(row) == list(COLUMNS) for row in rows)
    assert Counter(str(row["sign"]) for row in rows) == of_claims(kg, SIGN)
    assert Counter(row["standing"] for row in rows) == of_claims(kg, STANDING)
    assert sum(row["denied"] in (True, "true") for row in rows) == len(kg.query("SELECT ?c { ?c mk:denies ?p }"))
    retracted = "?c (mk:citedThrough/cito:citesAsEvidence)|mk:voiceOf ?r . ?r mk:publicationStatus mk:retracted"
    assert sum(bool(row["retracted"]) for row in rows) == len(kg.query(f"SELECT DISTINCT ?c {{ {retracted} }}"))


def test_the_three_tables_say_the_same(exported: Export) -> None:
    def told(row: dict[str, object]) -> tuple[str, ...]:
        return tuple(
            "; ".join(value)
            if isinstance(value, list)
            else str("" if value is None else value).removeprefix("'").lower()
            if not isinstance(value, str)
            else value.removeprefix("'")
            for value in row.values()
        )

    sheets = [list(map(told, table(exported, form))) for form in ("csv", "xlsx", "parquet")]
    assert sheets[0] == sheets[1] == sheets[2]


ODD = """
@prefix mk: <https://w3id.org/mirkg/ontology#> . @prefix mke: <https://w3id.org/mirkg/entity/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix c: <https://w3id.org/mirkg/claim/mine/> .
c:1 a mk:Claim ; rdfs:label "=1+1" ; mk:asserts c:up ; mk:statedIn c:p ; mk:subjectAsPrinted "@SUM(A1)" .
c:2 a mk:Claim ; rdfs:label "+2" ; mk:denies c:up ; mk:statedIn c:p ; mk:subjectAsPrinted "-cmd|x" .
c:3 a mk:Claim ; rdfs:label "<&\\"'>" ; mk:asserts c:down ; mk:statedIn c:p ; mk:subjectAsPrinted "a|b\\tc" .
c:p a mk:TextPassage ; rdfs:label "p" .
c:up a mk:ActivationEffect ; rdfs:label "up" ; mk:subject mke:A ; mk:object mke:B .
c:down a mk:RepressionEffect ; rdfs:label "down" ; mk:subject mke:A ; mk:object mke:B .
mke:A a mk:MicroRNA ; rdfs:label "=A()" . mke:B a mk:Gene ; rdfs:label "B|<b>" .
"""


def odd(form: str, ending: str = "") -> bytes:
    """Export a small graph of odd names, one denial and two opposite signs."""
    file = io.BytesIO()
    export.parts(form, Things(ox.parse(ODD, format=ox.RdfFormat.TURTLE)))[ending](file)
    return file.getvalue()


def test_no_cell_is_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(odd("csv").decode(), newline="")))
    assert [row["says"] for row in rows] == ["'=1+1", "+2", "<&\"'>"]
    assert [row["subject_as_printed"] for row in rows] == ["'@SUM(A1)", "'-cmd|x", "a|b\tc"]
    cells = list(openpyxl.load_workbook(io.BytesIO(odd("xlsx"))).active.iter_rows())
    assert {cell.data_type for row in cells for cell in row if isinstance(cell.value, str)} == {"s"}
    assert cells[1][1].value == "=1+1"


def test_odd_names_and_a_denial_survive_in_networks() -> None:
    for found in (networkx.parse_graphml(odd("graphml")), networkx.cytoscape_graph(json.loads(odd("cytoscape")))):
        edges = sorted((data["sign"], data["negated"]) for *_, data in found.edges(data=True))
        assert edges == [(-1, False), (1, False), (1, True)]
        assert {data["name"] for _, data in found.nodes(data=True)} == {"=A()", "B|<b>"}


# --- KGX


def test_kgx_tables_and_lines_say_the_same(exported: Export) -> None:
    for part in ("_nodes", "_edges"):
        lines = [json.loads(line) for line in exported("kgx-jsonl", f"{part}.jsonl").splitlines()]
        rows = list(csv.DictReader(io.StringIO(exported("kgx", f"{part}.tsv").decode()), delimiter="\t", quoting=3))
        told = [
            {
                key: "|".join(value) if isinstance(value, list) else str(value)
                for key, value in line.items()
                if value is not False
            }
            for line in lines
        ]
        told = [{**line, **({"negated": "true"} if line.get("negated") else {})} for line in told]
        assert [{key: value for key, value in row.items() if value} for row in rows] == told


def test_kgx_keeps_signs_denials_and_standings(exported: Export, kg: KnowledgeGraph) -> None:
    edges = [json.loads(line) for line in exported("kgx-jsonl", "_edges.jsonl").splitlines()]
    nodes = {json.loads(line)["id"] for line in exported("kgx-jsonl", "_nodes.jsonl").splitlines()}
    assert len({edge["id"] for edge in edges}) == len(edges)
    assert {end for edge in edges for end in (edge["subject"], edge["object"])} == nodes
    assert Counter(str(edge["sign"]) for edge in edges) == of_statements(kg, SIGN, between_entities=True)
    assert Counter(edge["standing"] for edge in edges) == of_statements(kg, STANDING, between_entities=True)
    assert sum(edge["negated"] for edge in edges) == denied(kg)
    for edge in edges:
        assert (edge["knowledge_level"], edge["agent_type"]) == ("knowledge_assertion", "text_mining_agent")
        assert _sign(edge) == edge["sign"], edge["id"]
        assert set(edge.get("retracted_publications", ())) <= set(edge.get("publications", ()))


def _sign(edge: dict[str, str]) -> int:
    """Return the sign of an edge as its predicate and qualifiers have it."""
    signs = {
        "biolink:decreases_sensitivity_to": 1,
        "biolink:increases_sensitivity_to": -1,
        "increased": 1,
        "decreased": -1,
    }
    direction = edge.get("object_direction_qualifier") or edge.get("subject_direction_qualifier", "")
    return signs.get(edge["predicate"], signs.get(direction, 0))


def test_kgx_tells_opposite_signs_and_a_denial_apart() -> None:
    edges = [json.loads(line) for line in odd("kgx-jsonl", "_edges.jsonl").splitlines()]
    found = [(edge["object_direction_qualifier"], edge["negated"], edge["agent_type"]) for edge in edges]
    assert sorted(found) == [
        ("decreased", False, "not_provided"),
        ("increased", False, "not_provided"),
        ("increased", True, "not_provided"),
    ]
    assert len({edge["id"] for edge in edges}) == 3
    rows = list(csv.DictReader(io.StringIO(odd("kgx", "_nodes.tsv").decode()), delimiter="\t", quoting=3))
    assert [row["name"] for row in rows] == ["=A()", "B/<b>"]  # a bar sets values apart


def test_what_kgx_cannot_hold_is_told(graph: Things, kg: KnowledgeGraph, capsys: pytest.CaptureFixture[str]) -> None:
    export.parts("kgx", graph)
    left = kg.query("SELECT DISTINCT ?l { ?c mk:asserts ?p . ?p a mk:Reversal ; rdfs:label ?l }")
    told = capsys.readouterr().err
    assert left and all(row["l"] in told for row in left)


@pytest.mark.slow
def test_biolink_knows_every_category_predicate_and_qualifier(exported: Export) -> None:
    bmt = pytest.importorskip("bmt", reason="pip install bmt biolink-model")
    schema = pytest.importorskip("biolink_model.schema", reason="pip install biolink-model")
    path = next(Path(folder) / "biolink_model.yaml" for folder in schema.__path__)
    biolink = bmt.Toolkit(str(path), {"predicate mappings": []})
    for line in exported("kgx-jsonl", "_nodes.jsonl").splitlines():
        assert all(map(biolink.is_category, json.loads(line)["category"]))
    enums = {"direction": "DirectionQualifierEnum", "aspect": "GeneOrGeneProductOrChemicalEntityAspectEnum"}
    for line in exported("kgx-jsonl", "_edges.jsonl").splitlines():
        edge = json.loads(line)
        element = biolink.get_element(edge["predicate"])
        assert biolink.is_predicate(edge["predicate"]) and not element.deprecated
        assert biolink.is_permissible_value_of_enum("KnowledgeLevelEnum", edge["knowledge_level"])
        assert biolink.is_permissible_value_of_enum("AgentTypeEnum", edge["agent_type"])
        for side in ("subject", "object"):
            for sort, enum in enums.items():
                value = edge.get(f"{side}_{sort}_qualifier")
                assert value is None or biolink.is_permissible_value_of_enum(enum, value)


# --- nanopublications


@pytest.fixture(scope="module")
def nanopubs(exported: Export) -> dict[str, list[ox.Quad]]:
    """Return the quads of each nanopublication."""
    found: dict[str, list[ox.Quad]] = {}
    for quad in ox.parse(exported("nanopub"), format=ox.RdfFormat.TRIG):
        found.setdefault(str(quad.graph_name)[1:].partition("#")[0], []).append(quad)
    return found


def test_each_claim_is_one_nanopublication(nanopubs: dict[str, list[ox.Quad]], kg: KnowledgeGraph) -> None:
    claims = {row["c"].replace("/claim/", "/nanopub/") for row in kg.query("SELECT ?c { ?c a mk:Claim }")}
    assert set(nanopubs) == claims
    for name, quads in nanopubs.items():
        graphs = {str(quad.graph_name)[1:-1].removeprefix(f"{name}#") for quad in quads}
        assert graphs == {"Head", "assertion", "provenance", "pubinfo"}


def test_nanopublications_keep_kinds_denials_and_standings(
    nanopubs: dict[str, list[ox.Quad]], kg: KnowledgeGraph
) -> None:
    quads = [quad for listed in nanopubs.values() for quad in listed]
    kinds = {f"{MK}{name}": str(kind.sign) for name, kind in vocabulary.kinds().items()}
    asserted = [quad for quad in quads if str(quad.graph_name).endswith("#assertion>")]
    said = {
        (quad.graph_name, quad.object) for quad in asserted if quad.predicate.value in (MK + "asserts", MK + "denies")
    }
    signs = Counter(
        kinds[str(quad.object)[1:-1]]
        for quad in asserted
        if quad.predicate == vocabulary.RDF_TYPE and (quad.graph_name, quad.subject) in said
    )
    assert signs == of_claims(kg, SIGN)
    standing = Counter(str(q.object)[1:-1].removeprefix(MK) for q in quads if q.predicate == vocabulary.mk("standing"))
    assert standing == of_claims(kg, STANDING)
    denials = [quad for quad in asserted if quad.predicate == vocabulary.mk("denies")]
    assert len(denials) == len(kg.query("SELECT ?c { ?c mk:denies ?p }"))


@pytest.mark.slow
def test_the_nanopub_library_takes_them_for_valid(nanopubs: dict[str, list[ox.Quad]]) -> None:
    nanopub = pytest.importorskip("nanopub", reason="pip install nanopub")
    for name in sorted(nanopubs)[::40]:
        content = rdf.serialized(nanopubs[name], ox.RdfFormat.TRIG).decode()
        found = nanopub.Nanopub(rdf=rdflib.Dataset().parse(data=content, format="trig"), conf=nanopub.NanopubConf())
        assert found.is_valid


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a private key as PEM."""
    rsa = pytest.importorskip("Crypto.PublicKey.RSA", reason="pip install nanopub")
    file = tmp_path_factory.mktemp("key") / "id_rsa"
    file.write_bytes(rsa.generate(2048).export_key())
    return Path(file)


@pytest.mark.slow
def test_signed_nanopublications_are_valid_and_say_the_same(
    nanopubs: dict[str, list[ox.Quad]], graph: Things, signing: Path
) -> None:
    nanopub = pytest.importorskip("nanopub", reason="pip install nanopub")
    made = io.BytesIO()
    signed(graph, signer(str(signing)), lambda _: None)[""](made)
    found: dict[str, list[ox.Quad]] = {}
    for quad in ox.parse(made.getvalue(), format=ox.RdfFormat.TRIG):
        found.setdefault(str(quad.graph_name)[1:].partition("#")[0], []).append(quad)
    assert {name.rpartition("/")[0] for name in found} == set(nanopubs)
    for name in sorted(found)[::100]:
        own = rdflib.ConjunctiveGraph()
        own.parse(data=rdf.serialized(found[name], ox.RdfFormat.N_QUADS), format="nquads")
        read = nanopub.Nanopub(rdf=own, conf=nanopub.NanopubConf())
        assert read.is_valid
        assert read.has_valid_signature
        assert read.has_valid_trusty
        lines = {str(quad).replace(name, name.rpartition("/")[0]) for quad in found[name] if "#sig>" not in str(quad)}
        assert lines == {str(quad) for quad in nanopubs[name.rpartition("/")[0]]}


@pytest.mark.parametrize(
    ("content", "form", "message"),
    [
        ("", "nanopub", "holds no RSA key"),
        ("no key", "nanopub", "holds no RSA key"),
        (None, "nanopub", "cannot be read"),
        ("", "csv", "Only nanopublications are signed"),
    ],
)
def test_a_key_that_is_none_is_refused(
    mirkg: Run, tmp_path: Path, content: str | None, form: str, message: str
) -> None:
    pytest.importorskip("nanopub", reason="pip install nanopub")
    if content is not None:
        (tmp_path / "key").write_text(content)
    done = mirkg("export", form, "--key", str(tmp_path / "key"), "-o", str(tmp_path / "out"))
    assert (done.returncode, message in done.stderr) == (2, True)
    assert not (tmp_path / "out").exists()


def test_a_public_key_signs_nothing(mirkg: Run, tmp_path: Path, signing: Path) -> None:
    rsa = pytest.importorskip("Crypto.PublicKey.RSA", reason="pip install nanopub")
    (tmp_path / "key").write_bytes(rsa.import_key(signing.read_bytes()).public_key().export_key())
    done = mirkg("export", "nanopub", "--key", str(tmp_path / "key"), "-o", str(tmp_path / "out"))
    assert (done.returncode, "Name the private key" in done.stderr) == (2, True)


# --- preferred IRIs


@pytest.mark.slow
def test_preferred_iris_are_exact_alone_and_leave_nothing_behind(graph: Things, kg: KnowledgeGraph) -> None:
    moved, kept = preferred.renamed(graph)
    assert len(moved.quads) == len(graph.quads)
    subjects = {quad.subject for quad in moved.quads}
    own = {quad.object for quad in moved.quads if str(quad.object).startswith(f"<{BASE}entity/")}
    assert own <= subjects
    exact = {
        (row["e"], row["x"]) for row in kg.query("SELECT ?e ?x { ?e a/rdfs:subClassOf mk:Entity ; skos:exactMatch ?x }")
    }
    names = {
        (quad.object.value, quad.subject.value)
        for quad in moved.quads
        if quad.predicate.value.endswith("/identifier") and str(quad.object).startswith(f'"{BASE}entity/')
    }
    assert names <= exact
    assert len({new for _, new in names}) == len(names) > 100
    left = {moved.label(node) for node in moved.of(*(f"mk:{kind}" for kind in vocabulary.entity_kinds()))} & set(kept)
    assert len(kept) == len(left) == len(kg.query("SELECT DISTINCT ?e { ?e a/rdfs:subClassOf mk:Entity }")) - len(names)
    back = {ox.NamedNode(new): ox.NamedNode(old) for old, new in names}
    again = {
        str(
            ox.Quad(
                back.get(quad.subject, quad.subject),
                quad.predicate,
                back.get(quad.object, quad.object),
                quad.graph_name,
            )
        )
        for quad in moved.quads
    }
    assert {str(q) for q in graph.quads if q.graph_name != vocabulary.graph("mappings")} <= again


def test_two_entities_with_one_match_keep_their_own_iris(mirkg: Run, tmp_path: Path) -> None:
    head = "@prefix g: <https://w3id.org/mirkg/graph/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    same = " skos:exactMatch <https://identifiers.org/hgnc:1> ."
    text = f"{head} {ODD} g:mappings {{ mke:A{same} mke:B{same} }}"
    text = re.sub(r"(mke:A a .*)", r"g:entities { \1 }", text)
    (tmp_path / "odd.trig").write_text(text)
    done = mirkg("export", "nq", "--graph", "odd.trig", "--iris", "preferred")
    assert done.returncode == 0
    assert "2 entities keep our IRI, since no exact mapping is theirs alone: =A(), B|<b>" in done.stderr


# --- the command


def test_formats_are_listed(mirkg: Run) -> None:
    listed = mirkg("export").stdout.splitlines()[1:]
    assert [line.split()[0] for line in listed] == list(export.FORMATS)


@pytest.mark.slow
def test_standard_output_and_a_file_hold_the_same(mirkg: Run, tmp_path: Path, exported: Export) -> None:
    assert mirkg("export", "csv").stdout.encode() == exported("csv")
    done = mirkg("export", "csv", "-o", "claims.csv")
    assert done.stdout == f"claims.csv  {len(exported('csv')):,} bytes\n"
    assert (tmp_path / "claims.csv").read_bytes() == exported("csv")
    assert [path.name for path in tmp_path.iterdir()] == ["claims.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tirg",), "There is no format 'tirg'. The nearest is trig."),
        (("json",), "The formats are trig, nq, jsonld"),
        (("csv", "-o", "folder"), "folder is a folder. Name a file in it. Nothing was written."),
        (("csv", "-o", "none/claims.csv"), "none is no folder. Make it first. Nothing was written."),
        (("csv", "-o", "new/"), "new is no folder. Make it first."),
        (("csv", "-o", "/dev/null"), "/dev/null is no regular file. Leave out -o"),
        (("csv", "-o", ""), "-o needs a value"),
        (("csv", "--graph", "none.trig"), "none.trig: cannot be read (No such file or directory)."),
        (("csv", "--graph", "bad.trig"), "bad.trig:1: is not well formed"),
        (("csv", "--graph", "empty.ttl"), "empty.ttl: holds no triples."),
        (("kgx",), "kgx is 2 files. Name them with -o: -o mirkg writes mirkg_nodes.tsv and mirkg_edges.tsv."),
        (("sssom", "--iris", "preferred"), "sssom maps our own IRIs to others. Leave out --iris."),
        (("-o", "x.csv"), "Name the format first"),
    ],
)
def test_misuse_is_told_and_nothing_is_written(
    mirkg: Run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad.trig").write_text("<a> <b")
    (tmp_path / "empty.ttl").write_text("")
    done = mirkg("export", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bad.trig", "empty.ttl", "folder"]


@pytest.mark.parametrize("reason", [PermissionError(13, "Permission denied"), OSError(28, "No space left on device")])
def test_a_target_that_cannot_be_written_is_left_as_it_was(
    mirkg: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: OSError
) -> None:
    (tmp_path / "claims_nodes.tsv").write_text("before")

    def refuse(_: object, file: io.BytesIO) -> None:
        file.write(b"half")
        raise reason

    monkeypatch.setattr(
        export, "parts", lambda *_: {"_nodes.tsv": lambda f: f.write(b"x"), "_edges.tsv": lambda f: refuse(0, f)}
    )
    done = mirkg("export", "kgx", "-o", "claims", "--graph", ROOT / "tests" / "cases" / "valid.ttl")
    assert done.returncode == 2
    assert f"claims_nodes.tsv cannot be written: {reason.strerror}. Nothing was changed." in done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"claims_nodes.tsv": "before"}


@pytest.mark.parametrize(
    ("form", "module", "library", "extra"),
    [
        ("xlsx", "xlsxwriter", "XlsxWriter", "xlsx"),
        ("parquet", "pyarrow", "pyarrow", "parquet"),
        ("owl-ofn", "pyhornedowl", "py-horned-owl", "owl"),
    ],
)
def test_a_library_that_is_missing_is_named(
    mirkg: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, module: str, library: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    done = mirkg("export", form, "-o", "x", "--graph", ROOT / "tests" / "cases" / "valid.ttl")
    assert done.returncode == 2
    assert done.stderr == f"mirkg: {form} needs {library}. Install it with: pip install 'mirkg[{extra}]'\n"
    assert list(tmp_path.iterdir()) == []
