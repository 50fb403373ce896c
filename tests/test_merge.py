"""Merge: true slices of other ontologies in a graph of their own, by whose classes questions can be asked."""

import gzip
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyhornedowl
import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDFS

from conftest import ROOT, Run
from mirkg.ask import questions, store
from mirkg.ask.graph import KnowledgeGraph
from mirkg.make import build, ontologies, reason, slices
from mirkg.model import rdf
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import BASE, expand, graph

CASES = ROOT / "tests" / "cases" / "ontologies"
REAL = [str(CASES / name) for name in ("chebi.owl", "go.obo", "mondo.ttl")]
# An ontology that was made up for these tests, around classes to which entities are mapped.
MADE_UP = """
@prefix ex: <https://example.org/> .
@prefix obo: <http://purl.obolibrary.org/obo/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:ontology a owl:Ontology ; owl:versionIRI ex:1 ; <http://purl.org/dc/terms/license> ex:licence .
obo:CHEBI_28748 a owl:Class ; rdfs:label "doxorubicin" ; rdfs:subClassOf ex:Red .
obo:CHEBI_41774 a owl:Class ; rdfs:label "tamoxifen" ; rdfs:subClassOf ex:White .
ex:Red a owl:Class ; rdfs:label "red drug" ; rdfs:subClassOf ex:Drug .
ex:White a owl:Class ; rdfs:label "white drug" ; rdfs:subClassOf ex:Drug .
ex:Drug a owl:Class ; rdfs:label "made-up drug" .
ex:Beside a owl:Class ; rdfs:label "beside" ; rdfs:subClassOf ex:Red .
"""


OBO = """format-version: 1.2
ontology: made-up

[Term]
id: CHEBI:41774
name: tamoxifen
"""


@pytest.fixture
def without_reasoner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what is merged for consistent, since HermiT takes seconds; the slow tests ask it."""
    monkeypatch.setattr(reason, "hermit", lambda _: SimpleNamespace(below=lambda name: {name}))


@pytest.fixture(scope="module")
def merged(built: build.Built) -> slices.Merged:
    """Return the graph with slices of three real ontologies, taken for consistent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reason, "hermit", lambda _: SimpleNamespace(below=lambda name: {name}))
        return slices.merged(built.quads, [ontologies.read(file) for file in REAL])


@pytest.fixture(scope="module")
def joined(merged: slices.Merged) -> KnowledgeGraph:
    return KnowledgeGraph(store.of(merged.quads))


@pytest.fixture(scope="module")
def small(built: build.Built) -> list[ox.Quad]:
    """Return the graph without claims and what is derived from them."""
    kept = {graph(name) for name in ("ontology", "entities", "mappings")}
    return [quad for quad in built.quads if quad.graph_name in kept]


def made_up(folder: Path, more: str = "", name: str = "made-up.ttl") -> str:
    """Write the made-up ontology, with more of it, and return its file."""
    (folder / name).write_text(MADE_UP + more, "utf-8")
    return str(folder / name)


def held(quads: list[ox.Quad]) -> list[ox.Quad]:
    return [quad for quad in quads if quad.graph_name == graph("slices")]


# --- what is read


def test_headers_of_real_files_are_kept() -> None:
    told = {
        one.iri.value: {predicate.value.rpartition("/")[2]: value.value for predicate, value in one.header.items()}  # type: ignore[union-attr]
        for one in map(ontologies.read, REAL)
    }
    assert told == {
        "http://purl.obolibrary.org/obo/chebi.owl": {
            "owl#versionInfo": "2026-05-01",
            "license": "https://creativecommons.org/licenses/by/4.0/",
        },
        "http://purl.obolibrary.org/obo/go.owl": {
            "title": "Gene Ontology",
            "license": "http://creativecommons.org/licenses/by/4.0/",
        },
        "http://purl.obolibrary.org/obo/mondo.owl": {
            "owl#versionInfo": "v2026-05-05",
            "license": "https://creativecommons.org/licenses/by/4.0/",
        },
    }


@pytest.mark.parametrize(
    ("tag", "iri"),
    [
        ("releases/2023-01-01", "http://purl.obolibrary.org/obo/made/releases/2023-01-01/made.owl"),
        (
            "made/releases/2025-12-17/made-base.owl",
            "http://purl.obolibrary.org/obo/made/releases/2025-12-17/made-base.owl",
        ),
        (
            "made/releases/2026-07-31/subsets/made.obo",
            "http://purl.obolibrary.org/obo/made/releases/2026-07-31/subsets/made.obo",
        ),
        ("7.97", "http://purl.obolibrary.org/obo/made/7.97/made.owl"),
        ("a word or two", ""),
    ],
)
def test_version_of_obo_is_read_as_its_format_maps_it(tmp_path: Path, tag: str, iri: str) -> None:
    path = tmp_path / "made.obo"
    path.write_text(f"format-version: 1.2\ndata-version: {tag}\nontology: made\n\n[Term]\nid: X:1\nname: x\n", "utf-8")
    header = ontologies.read(str(path)).header
    assert getattr(header.get(ontologies.VERSION), "value", "") == iri
    assert header[ontologies.VERSION_INFO] == ox.Literal(tag)


def test_odd_references_of_obo_are_left_out_and_its_lines_keep_their_numbers(tmp_path: Path) -> None:
    references = ("FMA:1", 'X:2 "a name"', "http://a.org/b ! a name", "EC:No 216/2009 MOL", "http://a.org/Category\\:C")
    text = OBO + "".join(f"xref: {one}\n" for one in references)
    (tmp_path / "made.obo").write_text(text, "utf-8")
    found = ontologies.read(str(tmp_path / "made.obo"))
    (predicate,) = (one for one in ontologies.TOLD if one.value.endswith("hasDbXref"))
    told = found.objects(ox.NamedNode(expand("CHEBI:41774")), predicate)
    assert sorted(getattr(one, "value", "") for one in told) == ["FMA:1", "X:2", "http://a.org/b"]
    (tmp_path / "made.obo").write_text(f"{text}nonsense\n", "utf-8")
    with pytest.raises(BadInput, match=r"made.obo:12: is not well formed OBO"):
        ontologies.read(str(tmp_path / "made.obo"))


def above(ontology: ontologies.Ontology) -> set[tuple[str, str]]:
    """Return which class of the slice around tamoxifen and doxorubicin is below which."""
    matched = {ox.NamedNode(expand(name)) for name in ("CHEBI:28748", "CHEBI:41774")}
    triples = slices.cut(ontology, matched).triples
    return {(str(one.subject), str(one.object)) for one in triples if one.predicate.value == str(RDFS.subClassOf)}


@pytest.mark.parametrize("syntax", ["owl", "ofn", "owx", "omn", "nt"])
def test_every_syntax_gives_the_same_slice(tmp_path: Path, syntax: str) -> None:
    source = ontologies.read(made_up(tmp_path))
    content = rdflib.Graph().parse(data=MADE_UP)
    path = tmp_path / f"other.{syntax}"
    if syntax == "nt":
        content.serialize(path, format="nt", encoding="utf-8")
    else:
        read: Any = pyhornedowl.open_ontology_from_string(content.serialize(format="xml"), "rdf")
        path.write_text(read.save_to_string(syntax), "utf-8")
    assert above(ontologies.read(str(path))) == above(source)
    assert len(above(source)) == 4


# --- what is taken


def test_slice_holds_all_above_and_nothing_beside(built: build.Built) -> None:
    whole = rdflib.Graph().parse(CASES / "chebi.owl")
    mapped = {str(quad.object.value) for quad in built.quads if quad.graph_name == graph("mappings")}  # type: ignore[union-attr]
    start = {term for term in whole.subjects(RDFS.subClassOf) if str(term) in mapped}
    expected = {up for term in start for up in whole.transitive_objects(term, RDFS.subClassOf)}
    matched = {ox.NamedNode(str(term)) for term in start}
    found = slices.cut(ontologies.read(REAL[0]), matched)
    assert {str(one.value) for one in found.classes} == {str(term) for term in expected}
    stated = {
        (str(one.subject), str(one.object)) for one in found.triples if one.predicate.value == str(RDFS.subClassOf)
    }
    for term, up in whole.subject_objects(RDFS.subClassOf):
        assert ((f"<{term}>", f"<{up}>") in stated) == (term in expected)
    assert {str(whole.value(term, RDFS.label)) for term in set(whole.subjects(RDFS.label)) - expected} == {
        "aminoglycoside antibiotic",
        "carbohydrate-containing antibiotic",
        "daunorubicin",
        "paclitaxel",
    }


def test_nothing_else_in_the_graph_changes(built: build.Built, merged: slices.Merged) -> None:
    assert [quad for quad in merged.quads if quad.graph_name != graph("slices")] == built.quads
    assert len(held(merged.quads)) > 1_000


def test_blank_nodes_are_those_of_no_other_graph(merged: slices.Merged) -> None:
    nodes = {
        place: {
            str(node)
            for quad in merged.quads
            for node in (quad.subject, quad.object)
            if isinstance(node, ox.BlankNode) and (quad.graph_name == graph("slices")) == place
        }
        for place in (True, False)
    }
    assert nodes[True] and nodes[False]
    assert nodes[True].isdisjoint(nodes[False])


def test_what_go_states_between_classes_of_the_slice_is_there(joined: KnowledgeGraph) -> None:
    rows = joined.query(
        "PREFIX obo: <http://purl.obolibrary.org/obo/> SELECT ?other ?property { GRAPH mkgraph:slices { obo:GO_0043066 "
        "owl:equivalentClass/owl:intersectionOf/rdf:rest*/rdf:first [ owl:onProperty/rdfs:label ?property ; "
        "owl:someValuesFrom/rdfs:label ?other ] } }"
    )
    assert rows == [{"other": "apoptotic process", "property": "negatively regulates"}]


def test_order_and_number_of_merges_do_not_matter(small: list[ox.Quad], without_reasoner: None) -> None:
    given = [ontologies.read(file) for file in REAL]
    one_by_one = small
    for one in reversed(given):
        one_by_one = slices.merged(one_by_one, [one]).quads
    assert one_by_one == slices.merged(small, given).quads


def test_an_entity_falls_under_classes_by_exact_and_broad_matches_alone(joined: KnowledgeGraph) -> None:
    rows = joined.query(
        "SELECT DISTINCT ?match ?in { GRAPH mkgraph:mappings { ?entity ?match ?class } "
        "GRAPH mkgraph:slices { ?class rdfs:isDefinedBy ?ontology } "
        "FILTER NOT EXISTS { ?entity skos:exactMatch|skos:broadMatch ?other . ?other rdfs:subClassOf* ?class "
        "FILTER(?match NOT IN (skos:exactMatch, skos:broadMatch)) } "
        "BIND(EXISTS { ?entity mk:inClass ?class } AS ?in) } ORDER BY ?match ?in"
    )
    assert isinstance(rows, list)
    found = [(str(row["match"]).rpartition("#")[2], row["in"]) for row in rows]
    assert found == [
        ("broadMatch", True),
        ("closeMatch", False),
        ("exactMatch", True),
        ("narrowMatch", False),
        ("relatedMatch", False),
    ]


def test_a_role_is_above_what_has_it(tmp_path: Path, small: list[ox.Quad], without_reasoner: None) -> None:
    role = (
        "obo:CHEBI_41774 rdfs:subClassOf [ a owl:Restriction ; owl:onProperty obo:RO_0000087 ; "
        'owl:someValuesFrom ex:Role ] .\nex:Role a owl:Class ; rdfs:label "made-up role" ; rdfs:subClassOf ex:Roles .\n'
        "obo:CHEBI_28748 rdfs:subClassOf "
        "[ a owl:Restriction ; owl:onProperty ex:other ; owl:someValuesFrom ex:Other ] .\n"
    )
    found = slices.merged(small, [ontologies.read(made_up(tmp_path, role))])
    kg = KnowledgeGraph(store.of(found.quads))
    assert kg.names.meant("made-up role", ["Drug"]).iris == [f"{BASE}entity/tamoxifen"]
    with pytest.raises(BadInput, match=r"^Nothing here is called 'https://example.org/Other'"):
        kg.names.meant("https://example.org/Other", ["Drug"])


def test_odd_expressions_are_read_to_an_end(tmp_path: Path, small: list[ox.Quad], without_reasoner: None) -> None:
    many = " ".join(["ex:Drug"] * 3_000)
    odd = (
        "ex:Drug rdfs:subClassOf _:circle . _:circle owl:intersectionOf _:list . "
        "_:list rdf:first ex:Circle ; rdf:rest _:list .\n"
        f"ex:Drug owl:equivalentClass [ owl:unionOf ( {many} ) ] , mk:Drug .\n"
        "ex:amount a owl:DatatypeProperty .\n"
        "ex:Drug rdfs:subClassOf [ a owl:Restriction ; owl:onProperty ex:amount ; owl:someValuesFrom xsd:string ] .\n"
    )
    prefixes = "".join(f"@prefix {name}: <{expand(f'{name}:')}> .\n" for name in ("mk", "rdf", "xsd"))
    found = slices.merged(small, [ontologies.read(made_up(tmp_path, prefixes + odd))])
    kg = KnowledgeGraph(store.of(found.quads))
    assert kg.names.meant("https://example.org/Circle", ["Drug"]).iris == [
        f"{BASE}entity/{x}" for x in ("doxorubicin", "tamoxifen")
    ]
    told = [
        quad
        for quad in held(found.quads)
        if str(quad.subject) in ("<https://example.org/amount>", f"<{expand('mk:Drug')}>")
    ]
    assert [str(quad.object) for quad in told] == [
        "<http://www.w3.org/2002/07/owl#DatatypeProperty>",
        "<https://example.org/ontology>",
    ]


def test_an_obsolete_class_is_reported_and_nothing_falls_under_it(
    tmp_path: Path, small: list[ox.Quad], without_reasoner: None
) -> None:
    more = "obo:CHEBI_41774 owl:deprecated true ; obo:IAO_0100001 obo:CHEBI_28748 .\n"
    found = slices.merged(small, [ontologies.read(made_up(tmp_path, more))])
    assert found.report[-2].endswith("CHEBI:41774 is obsolete; in its place stands CHEBI:28748")
    kg = KnowledgeGraph(store.of(found.quads))
    assert kg.names.meant("made-up drug", ["Drug"]).iris == [f"{BASE}entity/doxorubicin"]


def test_report_says_what_was_taken_and_what_is_missing(merged: slices.Merged) -> None:
    chebi, go, mondo = REAL
    assert merged.report == [
        f"{chebi}: http://purl.obolibrary.org/obo/chebi.owl (2026-05-01): 31 classes that entities are mapped to, 238 "
        "with all above; 24 entities fall under them",
        f"{go}: http://purl.obolibrary.org/obo/go.owl: 50 classes that entities are mapped to, 128 with all above; "
        "34 entities fall under them",
        f"{go}: it states no version",
        f"{mondo}: http://purl.obolibrary.org/obo/mondo.owl (v2026-05-05): 11 classes that entities are mapped to, 83 "
        "with all above; 11 entities fall under them",
    ]


# --- new answers

NEW = [
    # by a class of drugs of ChEBI
    ("mirnas-for-drug", "drug", "CHEBI:36141", "quinone", ["doxorubicin", "mitoxantrone"]),
    (
        "conferring-mirnas",
        "drug",
        "Protein kinase inhibitor",
        "protein kinase inhibitor",
        ["CDK4/6 inhibitor", "palbociclib"],
    ),
    ("resensitise", "drug", "CHEBI_35727", "triazoles", ["anastrozole", "letrozole"]),
    # by what is above a process or a pathway in GO
    ("regulators-of-process", "process", "GO:0012501", "programmed cell death", ["T-cell apoptosis", "apoptosis"]),
    (
        "regulators-of-pathway",
        "pathway",
        "http://purl.obolibrary.org/obo/GO_0007167",
        "enzyme-linked receptor protein signaling pathway",
        ["EGFR/PI3K pathway", "HER2 pathway"],
    ),
    # by a disease of MONDO, with its subtypes
    (
        "claims-in-disease",
        "disease",
        "carcinoma",
        "carcinoma",
        [
            "ER-positive breast cancer",
            "HER2-positive breast cancer",
            "ductal carcinoma in situ",
            "esophageal squamous cell carcinoma",
            "triple-negative breast cancer",
        ],
    ),
]


def asked(kg: KnowledgeGraph, question: str, parameter: str, names: list[str]) -> list[tuple[str, ...]]:
    """Return the rows of a question asked for each of some names, sorted, each once."""
    return sorted({row for name in names for row in kg.asked(question, {parameter: name}).answer.rows})


@pytest.mark.parametrize(("question", "parameter", "name", "label", "members"), NEW, ids=[one[0] for one in NEW])
def test_a_class_is_answered_with_what_is_said_of_its_members(
    question: str,
    parameter: str,
    name: str,
    label: str,
    members: list[str],
    kg: KnowledgeGraph,
    joined: KnowledgeGraph,
) -> None:
    found = joined.asked(question, {parameter: name})
    assert sorted(found.answer.rows) == asked(kg, question, parameter, members)
    assert len(found.answer.rows) > 2
    (remark, *_) = found.remarks
    assert remark.startswith(f"{label} is a class of http://purl.obolibrary.org/obo/")
    told = ", ".join(members)
    assert f", and nothing is said of it; this is on its members here: {told}." in remark
    with pytest.raises(BadInput, match="Nothing here is called"):
        kg.asked(question, {parameter: name})


def test_an_entity_stands_for_what_falls_under_its_class_too(kg: KnowledgeGraph, joined: KnowledgeGraph) -> None:
    found = joined.asked("regulators-of-process", {"process": "apoptosis"})
    assert found.remarks == ["By a merged ontology it stands for T-cell apoptosis too."]
    names = ["apoptosis", "T-cell apoptosis"]
    assert sorted(found.answer.rows) == asked(kg, "regulators-of-process", "process", names)


def test_members_of_other_kinds_are_no_answer(joined: KnowledgeGraph) -> None:
    told = "programmed cell death is a class of http://purl.obolibrary.org/obo/go.owl, and nothing under it is a Drug"
    with pytest.raises(BadInput, match=told):
        joined.asked("conferring-mirnas", {"drug": "GO:0012501"})


def test_a_class_has_no_card(joined: KnowledgeGraph) -> None:
    with pytest.raises(BadInput, match=r"nothing is said of it\. Ask for a member: doxorubicin, mitoxantrone\.$"):
        joined.explain("CHEBI:36141")


def test_a_label_of_two_classes_is_refused(tmp_path: Path, small: list[ox.Quad], without_reasoner: None) -> None:
    more = 'ex:White rdfs:label "red drug" .\n'
    kg = KnowledgeGraph(store.of(slices.merged(small, [ontologies.read(made_up(tmp_path, more))]).quads))
    with pytest.raises(
        BadInput, match=r"^'red drug' could be https://example.org/Red of .* or https://example.org/White of"
    ):
        kg.names.meant("red drug", ["Drug"])


@pytest.mark.slow
def test_what_names_no_class_is_answered_as_before(kg: KnowledgeGraph, joined: KnowledgeGraph) -> None:
    for name, question in questions.catalogue().items():
        assert joined.source.select(question.query) == kg.source.select(question.query), name


# --- the command


@pytest.mark.slow
def test_a_merged_file_is_asked_as_any_other(
    mirkg: Run, tmp_path: Path, merged: slices.Merged, without_reasoner: None
) -> None:
    done = mirkg("merge", *REAL, "-o", "merged.trig")
    assert (done.returncode, done.stderr.splitlines()) == (0, merged.report)
    assert done.stdout == f"merged.trig  {(tmp_path / 'merged.trig').stat().st_size:,} bytes\n"
    assert mirkg("merge", *REAL).stdout.encode() == (tmp_path / "merged.trig").read_bytes()
    answer = mirkg(
        "ask", "single-drug-mirnas", "--drug", "taxane diterpenoid", "--graph", "merged.trig", "--format", "csv"
    )
    assert answer.stdout == mirkg("ask", "single-drug-mirnas", "--drug", "taxane", "--format", "csv").stdout
    assert mirkg("explain", "doxorubicin", "--graph", "merged.trig").stdout == mirkg("explain", "doxorubicin").stdout
    above = "SELECT ?label { mke:cisplatin mk:inClass ?class . ?class rdfs:label ?label } ORDER BY ?label"
    assert (
        "coordination entity" in mirkg("query", above, "--graph", "merged.trig", "--format", "csv").stdout.splitlines()
    )


@pytest.mark.parametrize("syntax", ["owl", "ofn", "owx", "omn", "obo", "ttl"])
def test_a_file_that_ends_in_the_middle_is_refused(mirkg: Run, tmp_path: Path, syntax: str) -> None:
    xml = rdflib.Graph().parse(data=MADE_UP).serialize(format="xml")
    if syntax in ("ofn", "owx", "omn"):
        read: Any = pyhornedowl.open_ontology_from_string(xml, "rdf")
        text = read.save_to_string(syntax)
    else:
        text = {"owl": xml, "obo": OBO, "ttl": MADE_UP}[syntax]
    end = text.index("CHEBI:41774" if syntax == "obo" else "tamoxifen") + 4
    (tmp_path / f"cut.{syntax}").write_text(text[: end if syntax != "obo" else end - 5], "utf-8")
    done = mirkg("merge", f"cut.{syntax}", "-o", "merged.trig")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"mirkg: cut.{syntax}:")
    assert "is not well formed" in done.stderr and "Is the file whole?" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {f"cut.{syntax}"}


def nothing(folder: Path) -> list[str]:
    return [str(folder / "nothing.owl")]


def empty(folder: Path) -> list[str]:
    (folder / "empty.obo").write_text("", "utf-8")
    return ["empty.obo"]


def packed(folder: Path) -> list[str]:
    (folder / "packed.obo").write_bytes(gzip.compress(b"format-version: 1.2\n"))
    return ["packed.obo"]


def headless(folder: Path) -> list[str]:
    made_up(folder)
    (folder / "headless.ttl").write_text(MADE_UP.replace("a owl:Ontology ;", ""), "utf-8")
    return ["headless.ttl"]


def two_in_one(folder: Path) -> list[str]:
    return [made_up(folder, "ex:another a owl:Ontology .")]


def no_term(folder: Path) -> list[str]:
    text = MADE_UP.replace("CHEBI_28748", "CHEBI_999999991").replace("CHEBI_41774", "CHEBI_999999992")
    (folder / "no-term.ttl").write_text(text, "utf-8")
    return ["no-term.ttl"]


def twice(folder: Path) -> list[str]:
    return [made_up(folder), "made-up.ttl"]


def two_versions(folder: Path) -> list[str]:
    (folder / "newer.ttl").write_text(MADE_UP.replace("owl:versionIRI ex:1", "owl:versionIRI ex:2"), "utf-8")
    return [made_up(folder), "newer.ttl"]


def our_own(folder: Path) -> list[str]:
    return [str(ROOT / "data" / "mirkg.trig")]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (nothing, "nothing.owl: cannot be read (No such file or directory). Name the file of an ontology."),
        (
            empty,
            "empty.obo: names no ontology. It must state that an IRI is an owl:Ontology; in OBO, the tag ontology.",
        ),
        (packed, "packed.obo: is packed with gzip. Unpack it first."),
        (headless, "headless.ttl: names no ontology. It must state that an IRI is an owl:Ontology; in OBO, the tag"),
        (
            two_in_one,
            "names 2 ontologies, such as https://example.org/another and https://example.org/ontology. Give each in a",
        ),
        (no_term, "no-term.ttl: has none of the classes that entities are mapped to. Merge an ontology that data/"),
        (twice, "made-up.ttl: is https://example.org/ontology (https://example.org/1), and"),
        (two_versions, "newer.ttl: is https://example.org/ontology (https://example.org/2), and"),
        (our_own, "mirkg.trig: is a graph of mirkg and no other ontology. To add to it, name it with --graph."),
    ],
)
def test_wrong_input_is_refused_and_nothing_written(
    mirkg: Run, tmp_path: Path, without_reasoner: None, wrong: Callable[[Path], list[str]], said: str
) -> None:
    given = wrong(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    done = mirkg("merge", *given, "-o", "merged.trig")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == before


def test_an_ontology_that_is_in_the_graph_already_is_refused(
    mirkg: Run, tmp_path: Path, small: list[ox.Quad], without_reasoner: None
) -> None:
    made_up(tmp_path)
    (tmp_path / "small.nq").write_bytes(rdf.serialized(small, ox.RdfFormat.N_QUADS))
    done = mirkg("merge", "made-up.ttl", "--graph", "small.nq", "-o", "merged.nq")
    assert (done.returncode, done.stdout) == (0, f"merged.nq  {(tmp_path / 'merged.nq').stat().st_size:,} bytes\n")
    written = rdf.parsed("merged.nq", (tmp_path / "merged.nq").read_bytes())
    assert written == slices.merged(small, [ontologies.read(str(tmp_path / "made-up.ttl"))]).quads
    again = mirkg("merge", "made-up.ttl", "--graph", "merged.nq", "-o", "again.nq")
    assert again.returncode == 2
    assert "and the graph holds that ontology already. Merge one version of each, into a graph" in again.stderr
    as_ontology = mirkg("merge", "merged.nq", "-o", "again.nq")
    assert as_ontology.stderr == (
        "mirkg: merged.nq: is a graph of mirkg and no other ontology. To add to it, name it with --graph.\n"
    )
    no_graph = mirkg("merge", "made-up.ttl", "--graph", "made-up.ttl", "-o", "again.nq")
    assert (no_graph.returncode, no_graph.stderr) == (
        2,
        "mirkg: The graph to add to maps no entity to anything. Name a built graph with --graph.\n",
    )
    assert {path.name for path in tmp_path.iterdir()} == {"made-up.ttl", "merged.nq", "small.nq"}


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("merged.ttl", "merged.ttl should end in .trig or .nq, which keep the graphs apart."),
        ("made-up.trig", "made-up.trig is one of the ontologies. Write to another file."),
        ("no/where.trig", "no is no folder. Make it first. Nothing was written."),
    ],
)
def test_a_place_to_write_that_is_wrong_is_refused_at_once(mirkg: Run, tmp_path: Path, output: str, said: str) -> None:
    made_up(tmp_path, name="made-up.trig")
    done = mirkg("merge", "made-up.trig", "-o", output)
    assert (done.returncode, done.stderr) == (2, f"mirkg: {said}\n")
    assert (tmp_path / "made-up.trig").read_text("utf-8") == MADE_UP


def test_what_is_missing_to_read_obo_is_said(mirkg: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyhornedowl", None)
    done = mirkg("merge", REAL[1])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mirkg: To read .obo takes py-horned-owl. Install it with: pip install 'mirkg[owl]'\n"


# --- HermiT


@pytest.mark.slow
def test_slices_of_real_ontologies_are_consistent_with_the_graph(built: build.Built, merged: slices.Merged) -> None:
    assert slices.merged(built.quads, [ontologies.read(file) for file in REAL]) == merged


# What is above all drugs by the alignments.
ABOVE_DRUGS = "obo:CHEBI_24431 a owl:Class . ex:Red rdfs:subClassOf obo:CHEBI_24431 .\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "ex:White owl:disjointWith ex:Drug .\n",
            "leaves no member possible for CHEBI:41774, https://example.org/White. Mend it, or leave it out.",
        ),
        (
            f"{ABOVE_DRUGS}ex:White owl:disjointWith obo:CHEBI_24431 .\n",
            "contradicts the graph: mke:tamoxifen under CHEBI:41774 cannot be. Mend a mapping, or leave the ontology",
        ),
        (
            f"{ABOVE_DRUGS}obo:CHEBI_24431 rdfs:subClassOf ex:No , ex:Yes . ex:No owl:disjointWith ex:Yes .\n",
            "contradicts itself, or the classes of mirkg. Mend it, or leave it out.",
        ),
    ],
)
def test_an_ontology_that_contradicts_is_refused(mirkg: Run, tmp_path: Path, more: str, said: str) -> None:
    done = mirkg("merge", made_up(tmp_path, more), "-o", "merged.trig")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"made-up.ttl"}
