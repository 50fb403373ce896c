import os
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from conftest import ROOT, Run
from mirkg import __version__
from mirkg.ask import questions
from mirkg.ask.graph import KnowledgeGraph
from mirkg.make import build, tables
from mirkg.make.review import printed
from mirkg.model import files
from mirkg.model.iris import slug
from mirkg.model.vocabulary import graph


def test_committed_graph_is_what_build_writes(built: build.Built) -> None:
    assert (ROOT / "data" / "mirkg.trig").read_bytes() == built.trig()


@pytest.mark.slow
def test_bytes_do_not_depend_on_row_order(data: Path, built: build.Built) -> None:
    shuffle = random.Random(3).shuffle
    for path in data.rglob("*.tsv"):
        lines = path.read_text("utf-8").splitlines()
        head = next(number for number, line in enumerate(lines) if not line.startswith("#")) + 1
        rows = lines[head:]
        shuffle(rows)
        path.write_text("\n".join([*lines[:head], *rows]) + "\n", "utf-8")
    assert build.build(tables.load(data)).trig() == built.trig()


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_bytes_do_not_depend_on_the_hash_seed(seed: str, tmp_path: Path, built: build.Built) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-m", "mirkg", "build", "-o", str(tmp_path / seed)]
    subprocess.run(command, check=True, env=environment, cwd=tmp_path, capture_output=True)
    assert (tmp_path / seed / "mirkg.trig").read_bytes() == built.trig()


def canonical(quads: Iterable[ox.Quad]) -> set[str]:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(map(str, dataset))


@pytest.mark.slow
def test_every_form_holds_the_same_triples(mirkg: Run, tmp_path: Path, built: build.Built) -> None:
    done = mirkg("build", "-o", "out")
    assert done.returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "mirkg.jsonld",
        "mirkg.nq",
        "mirkg.trig",
        "mirkg.ttl",
    ]
    for name in ("mirkg.trig", "mirkg.nq", "mirkg.jsonld"):
        assert canonical(ox.parse(path=str(tmp_path / "out" / name))) == set(map(str, built.quads)), name
    union = [ox.Quad(quad.subject, quad.predicate, quad.object) for quad in built.quads]
    assert canonical(ox.parse(path=str(tmp_path / "out" / "mirkg.ttl"))) == canonical(union)


@pytest.mark.slow
def test_rdflib_reads_the_same_number_of_triples(built: build.Built) -> None:
    dataset = rdflib.Dataset(default_union=True).parse(data=built.trig().decode(), format="trig")
    assert len(dataset) == len({str(quad.triple) for quad in built.quads})


def test_only_owl_expressions_have_blank_nodes(built: build.Built) -> None:
    with_blanks = {
        quad.graph_name
        for quad in built.quads
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)
    }
    assert with_blanks == {graph("ontology")}


def test_graphs_are_the_six(built: build.Built) -> None:
    names = {str(quad.graph_name)[1:-1].rpartition("/")[2] for quad in built.quads}
    assert names == {"ontology", "entities", "claims", "derived", "mappings", "metadata"}


VOID = "PREFIX void: <http://rdfs.org/ns/void#> PREFIX mkb: <https://w3id.org/mirkg/> "
DATA = "FILTER(?graph != <https://w3id.org/mirkg/graph/metadata>)"


def rows(kg: KnowledgeGraph, query: str) -> set[tuple[str, ...]]:
    return set(kg.source.select(VOID + query).rows)


def test_void_counts_are_those_of_sparql_for_each_graph(kg: KnowledgeGraph) -> None:
    told = rows(
        kg,
        "SELECT ?graph ?triples ?subjects ?classes ?properties { ?graph void:triples ?triples ; "
        "void:distinctSubjects ?subjects ; void:classes ?classes ; "
        "void:properties ?properties FILTER(STRSTARTS(STR(?graph), STR(mkb:graph)) && !CONTAINS(STR(?graph), '#')) }",
    )
    counted = rows(
        kg,
        "SELECT ?graph (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?ss) "
        "(COUNT(DISTINCT ?c) AS ?cs) (COUNT(DISTINCT ?p) AS ?ps) { GRAPH ?graph { ?s ?p ?o } "
        f"BIND(IF(?p = rdf:type && isIRI(?o), ?o, ?none) AS ?c) {DATA} }} GROUP BY ?graph",
    )
    assert len(told) == 5
    assert told == counted


@pytest.mark.parametrize("part", ["class", "property"])
def test_void_partitions_are_those_of_sparql_for_each_graph(kg: KnowledgeGraph, part: str) -> None:
    told = rows(
        kg,
        f"SELECT ?graph ?term ?n {{ ?graph void:{part}Partition ?part . ?part void:{part} ?term ; "
        f"void:{'entities' if part == 'class' else 'triples'} ?n FILTER(?graph != <https://w3id.org/mirkg>) }}",
    )
    pattern = "?s a ?term FILTER(isIRI(?term))" if part == "class" else "?s ?term ?o"
    counted = rows(
        kg, f"SELECT ?graph ?term (COUNT(*) AS ?n) {{ GRAPH ?graph {{ {pattern} }} {DATA} }} GROUP BY ?graph ?term"
    )
    assert len(told) > 90
    assert told == counted


def test_void_counts_of_the_dataset_are_those_of_the_union_without_its_description(kg: KnowledgeGraph) -> None:
    [told] = rows(
        kg,
        "SELECT ?triples ?subjects ?classes { <https://w3id.org/mirkg> void:triples ?triples ; "
        "void:distinctSubjects ?subjects ; void:classes ?classes }",
    )
    union = f"{{ SELECT DISTINCT ?s ?p ?o {{ GRAPH ?graph {{ ?s ?p ?o }} {DATA} }} }}"
    [counted] = rows(
        kg,
        "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?ss) (COUNT(DISTINCT ?c) AS ?cs) "
        f"{{ {union} BIND(IF(?p = rdf:type && isIRI(?o), ?o, ?none) AS ?c) }}",
    )
    assert told == counted


def test_void_counts_every_link_to_another_vocabulary(kg: KnowledgeGraph) -> None:
    told = rows(
        kg,
        "SELECT ?space ?relation ?n { ?links a void:Linkset ; void:objectsTarget/void:uriSpace ?space ; "
        "void:linkPredicate ?relation ; void:triples ?n }",
    )
    links = rows(
        kg,
        "SELECT ?s ?relation ?o { GRAPH <https://w3id.org/mirkg/graph/mappings> "
        "{ ?s ?relation ?o } FILTER(isIRI(?o)) }",
    )
    spaces = {space for space, *_ in told}
    counted: dict[tuple[str, str], int] = {}
    for _, relation, other in links:
        space = max((one for one in spaces if other.startswith(one)), key=len, default="")
        if space and "skos" in relation:
            counted[space, relation] = counted.get((space, relation), 0) + 1
    assert len(told) > 20
    assert {(space, relation): int(n) for space, relation, n in told} == counted


def test_the_build_says_what_it_used(kg: KnowledgeGraph) -> None:
    told = rows(
        kg,
        "SELECT ?used ?by { <https://w3id.org/mirkg> prov:wasGeneratedBy ?build . "
        "?build prov:used ?used ; prov:wasAssociatedWith/rdfs:label ?by }",
    )
    assert told == {
        (f"https://w3id.org/mirkg/ontology/{__version__}", f"mirkg {__version__}"),
        ("https://doi.org/10.1515/hmbci-2024-0066", f"mirkg {__version__}"),
    }


def test_a_client_of_the_endpoint_finds_the_questions_as_examples(kg: KnowledgeGraph) -> None:
    found = rows(
        kg,
        "PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX schema: <https://schema.org/> SELECT ?name ?comment ?query "
        "{ ?example a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select ?query ; schema:target mkb:sparql "
        "BIND(STRAFTER(STR(?example), '/questions/') AS ?name) }",
    )
    assert found == {(one.id, one.question, one.query) for one in questions.catalogue().values()}
    words = rows(kg, "SELECT ?word { mkb:questions\\/direction-of <https://schema.org/keywords> ?word }")
    assert words == {(word,) for word in questions.find("direction-of").columns}


def test_one_claim_from_row_to_triples(built: build.Built) -> None:
    claim = "https://w3id.org/mirkg/claim/amiri-2024/interaction-1-16-1"
    told = {
        (
            quad.predicate.value.rpartition("#")[2].rpartition("/")[2],
            quad.object.value.removeprefix("https://w3id.org/mirkg/"),
        )
        for quad in built.quads
        if getattr(quad.subject, "value", "") == claim and quad.graph_name == graph("claims")
    }
    assert told == {
        ("type", "ontology#Claim"),
        ("label", "HOTAIR sensitizes to doxorubicin"),
        ("asserts", "proposition/HOTAIR/SensitizingEffect/doxorubicin"),
        ("statedIn", "source/amiri-2024/passage/interaction-1-16"),
        ("citedThrough", "source/amiri-2024/bracket/interaction-1-17-b1"),
        ("basis", "ontology#Unspecified"),
        ("throughPathway", "entity/PI3K-AKT-mTOR-pathway"),
        ("inCellType", "entity/breast-cancer-cell"),
        ("partOfMechanism", "source/amiri-2024/mechanism/HOTAIR-doxorubicin"),
        ("subjectAsPrinted", "lncRNA-HOTAIR"),
        ("objectAsPrinted", "DOX"),
        ("curator", "reconciled readers"),
        ("date", "2026-11-25"),
    }


@pytest.mark.parametrize(
    ("numbers", "label"),
    [
        ([64, 65, 66], "[64–66]"),
        ([81, 82], "[81, 82]"),
        ([112, 31], "[31, 112]"),
        ([7], "[7]"),
        ([1, 2, 3, 5], "[1–3, 5]"),
    ],
)
def test_bracket_is_written_as_printed(numbers: list[int], label: str) -> None:
    assert printed(numbers) == label


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("β-catenin", "beta-catenin"),
        ("PI3K/AKT", "PI3K-AKT"),
        ("14-3-3 ζ", "14-3-3-zeta"),
        ("NF-κB", "NF-kappaB"),
        ("a.b", "a.b"),
    ],
)
def test_slug_spells_greek_and_keeps_letters(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mirkg.trig"
    path.write_bytes(b"before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        files.write({str(path): b"after", str(tmp_path / "other"): b"more"})
    assert path.read_bytes() == b"before"
    assert [found.name for found in tmp_path.iterdir()] == ["mirkg.trig"]


@pytest.mark.slow
def test_output_that_is_a_file_is_refused(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    done = mirkg("build", "-o", "taken")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert (tmp_path / "taken").read_text() == "x"


@pytest.mark.slow
@pytest.mark.parametrize("taken", ["mirkg.trig", "mirkg.ttl"])
def test_one_target_that_cannot_be_written_changes_none(mirkg: Run, tmp_path: Path, taken: str) -> None:
    folder = tmp_path / "out"
    (folder / taken).mkdir(parents=True)
    names = {"mirkg.trig", "mirkg.nq", "mirkg.jsonld", "mirkg.ttl"}
    for name in names - {taken}:
        (folder / name).write_text("before")
    done = mirkg("build", "-o", "out")
    assert (done.returncode, f"{taken} cannot be written: Is a directory. Nothing was" in done.stderr) == (2, True)
    assert {path.name for path in folder.iterdir()} == names
    assert {(folder / name).read_text() for name in names - {taken}} == {"before"}


@pytest.mark.parametrize("failing", range(3))
def test_a_rename_that_fails_takes_the_others_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    wanted = {str(tmp_path / "new" / str(number)): b"after" for number in range(2)}
    wanted = {str(tmp_path / "old"): b"after", **wanted}
    (tmp_path / "old").write_bytes(b"before")
    replace, count = os.replace, iter(range(10))

    def sometimes(one: str, other: str) -> None:
        if next(count) == failing:
            raise OSError(1, "Operation not permitted", other)
        replace(one, other)

    monkeypatch.setattr(os, "replace", sometimes)
    with pytest.raises(OSError, match="not permitted"):
        files.write(wanted)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"old": b"before"}
