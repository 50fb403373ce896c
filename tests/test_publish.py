"""What a site must hold before it is published: each check on a clean graph or site, and with one planted violation."""

import hashlib
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from conftest import ROOT, Run
from mirkg.ask import store
from mirkg.ask.graph import KnowledgeGraph
from mirkg.model import vocabulary
from mirkg.site import checks, folder
from mirkg.site.making import Site
from test_site import HOST, SMALL

CLEAN = """
graph/ontology {
  <ontology> a owl:Ontology ; dcterms:title "t" ; dcterms:description "d" ; dcterms:license <http://l> ;
    dcterms:creator "c" ; owl:versionIRI <ontology/1.0> ; owl:versionInfo "1.0" ;
    vann:preferredNamespacePrefix "mk" ; vann:preferredNamespaceUri "https://w3id.org/mirkg/ontology#" .
  mk:Entity a owl:Class ; rdfs:label "entity" ; skos:definition "A thing that a source speaks of." .
  mk:Gene a owl:Class ; rdfs:subClassOf mk:Entity ; rdfs:label "gene" ; skos:definition "A part of a genome." .
  mk:targets a owl:ObjectProperty ; rdfs:label "targets" ; skos:definition "One acts on the other." ;
    rdfs:domain mk:Entity ; rdfs:range mk:Entity .
  mk:up a skos:Concept ; skos:inScheme mk:Signs ; rdfs:label "up" ; skos:definition "More than before." .
}
graph/entities { mke:PTEN a mk:Gene ; rdfs:label "PTEN" ; skos:exactMatch HGNC:9588 . }
graph/metadata {
  <https://w3id.org/mirkg> void:subset <graph/entities> ; dcterms:license <http://l> ; dcterms:title "t" ;
    owl:versionInfo "1.0" ; prov:wasGeneratedBy <graph/metadata#build> .
  <graph/metadata#build> prov:used <ontology/1.0> ; prov:wasAssociatedWith <graph/metadata#mirkg> .
  <graph/entities> void:triples 3 ; void:classPartition <graph/metadata#c> ; void:propertyPartition <graph/metadata#p> .
  <graph/metadata#c> void:class mk:Gene ; void:entities 1 .
  <graph/metadata#p> void:property rdfs:label ; void:triples 1 .
}
"""
PUT = {  # what is added to the graph of the ontology, and what breaks
    "term-label": ("mk:Drug a owl:Class ; skos:definition 'A medicine.' .", "mk:Drug"),
    "term-one-label": ("mk:Gene rdfs:label 'locus' .", "mk:Gene"),
    "term-definition": ("mk:Drug a owl:Class ; rdfs:label 'drug' .", "mk:Drug"),
    "term-one-definition": ("mk:Gene skos:definition 'Something else.' .", "mk:Gene"),
    "definition-sentence": ("mk:Drug a owl:Class ; rdfs:label 'drug' ; skos:definition 'a medicine' .", "mk:Drug"),
    "definition-own": ("mk:Drug a owl:Class ; rdfs:label 'drug' ; skos:definition 'Drug.' .", "mk:Drug"),
    "definition-unique": ("mk:Drug a owl:Class ; skos:definition 'A part of a genome.' .", "mk:Drug mk:Gene"),
    "label-unique": ("mk:Drug rdfs:label 'Gene' ; skos:definition 'A medicine.' .", "mk:Drug mk:Gene"),
    "label-trimmed": ("mk:Drug rdfs:label 'drug ' .", "mk:Drug"),
    "term-known": ("mke:PTEN mk:tragets mke:PTEN .", "mk:tragets"),
    "term-own": ("skos:Concept a owl:Class ; rdfs:label 'concept' .", "skos:Concept"),
    "class-cycle": ("mk:Entity rdfs:subClassOf mk:Gene .", "mk:Entity mk:Gene"),
    "property-cycle": ("mk:targets rdfs:subPropertyOf mk:targets .", "mk:targets"),
    "one-domain": ("mk:targets rdfs:domain mk:Gene .", "mk:targets"),
    "one-range": ("mk:targets rdfs:range mk:Gene .", "mk:targets"),
    "no-inverse-of-itself": ("mk:targets owl:inverseOf mk:targets .", "mk:targets"),
    "no-equal-to-itself": ("mk:Gene owl:disjointWith mk:Gene .", "mk:Gene"),
    "no-miscellaneous": ("mk:Drug a owl:Class ; rdfs:label 'other things' .", "mk:Drug"),
    "no-merged-class": ("mk:DrugOrGene a owl:Class .", "mk:DrugOrGene"),
    "class-name": ("mk:drug_class a owl:Class .", "mk:drug_class"),
    "property-name": ("mk:Regulates a owl:ObjectProperty .", "mk:Regulates"),
    "no-is-a": ("mk:isA a owl:ObjectProperty .", "mk:isA"),
    "no-deprecated": ("mk:Gene owl:deprecated true .", "mk:Gene"),
    "one-kind-of-property": ("mk:targets a owl:AnnotationProperty .", "mk:targets"),
    "concept-scheme": ("mk:down a skos:Concept .", "mk:down"),
    "thing-label": ("mke:AKT a mk:Gene .", "mke:AKT"),
    "iri-plain": ("<entity/NF_kB> rdfs:label 'NF-kB' .", "mke:NF_kB"),
    "mapping-subject": ("mke:AKT skos:exactMatch HGNC:391 .", "mke:AKT"),
    "mapping-object": ("mke:PTEN skos:closeMatch 'HGNC:9588' .", "mke:PTEN"),
    "mapping-once": ("mke:PTEN skos:closeMatch HGNC:9588 .", "mke:PTEN"),
    "header-once": ("<other> a owl:Ontology .", "mkb:ontology mkb:other"),
}
TURNED = {  # what is changed, into what, and what breaks
    "header-title": ('<ontology> a owl:Ontology ; dcterms:title "t" ;', "<ontology> a owl:Ontology ;", "mkb:ontology"),
    "header-description": ('dcterms:description "d" ;', "", "mkb:ontology"),
    "header-licence": (
        'dcterms:description "d" ; dcterms:license <http://l> ;',
        'dcterms:description "d" ;',
        "mkb:ontology",
    ),
    "header-creator": ('dcterms:creator "c" ;', "", "mkb:ontology"),
    "header-version-iri": ("owl:versionIRI <ontology/1.0> ;", "", "mkb:ontology"),
    "header-version": ('owl:versionInfo "1.0" ;\n    vann', "vann", "mkb:ontology"),
    "header-version-equal": ("owl:versionIRI <ontology/1.0>", "owl:versionIRI <ontology/0.9>", "mkb:ontology"),
    "header-prefix": ('vann:preferredNamespacePrefix "mk" ;', "", "mkb:ontology"),
    "header-namespace": (' ; vann:preferredNamespaceUri "https://w3id.org/mirkg/ontology#"', "", "mkb:ontology"),
    "dataset-licence": ('dcterms:license <http://l> ; dcterms:title "t" ;\n    owl', "owl", "https://w3id.org/mirkg"),
    "version-equal": ('owl:versionInfo "1.0" ; prov', 'owl:versionInfo "0.9" ; prov', "https://w3id.org/mirkg"),
    "build-stated": (" ; prov:wasAssociatedWith <graph/metadata#mirkg>", "", "https://w3id.org/mirkg"),
    "void-triples": ("void:triples 3", "void:triples 4", "mkgraph:entities"),
    "void-classes": ("void:entities 1", "void:entities 2", "mkgraph:entities"),
    "void-properties": (
        "void:property rdfs:label ; void:triples 1",
        "void:property rdfs:label ; void:triples 7",
        "mkgraph:entities",
    ),
}


def trig(text: str) -> bytes:
    """Return a graph of this file with its prefixes and its graphs by their names."""
    head = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in vocabulary.prefixes().items())
    named = text.replace("\ngraph/", "\n<https://w3id.org/mirkg/graph/").replace(" {", "> {")
    return f"@base <https://w3id.org/mirkg/> .\n{head}{named}".encode()


def broken(name: str, text: str) -> list[str]:
    """Return what a check finds in a graph, as both engines do."""
    found = checks.on_graph(name, store.load("x.trig", trig(text)))[1]
    second = rdflib.Dataset(default_union=True)
    second.parse(data=trig(text), format="trig")
    query = (ROOT / "ontology" / "publish" / f"{name}.rq").read_text("utf-8")
    assert [str(row[0]) for row in second.query(query)] == found, "both engines find the same"
    return [vocabulary.curie(one) for one in found]


@pytest.mark.parametrize("name", checks.queries())
def test_a_check_finds_the_violation_that_is_planted_and_nothing_in_a_clean_graph(name: str) -> None:
    assert broken(name, CLEAN) == []
    if name in PUT:
        more, expected = PUT[name]
        spoiled = CLEAN.replace("  mk:Entity a owl:Class", f"  {more}\n  mk:Entity a owl:Class", 1)
    else:
        old, new, expected = TURNED[name]
        assert CLEAN.count(old) == 1
        spoiled = CLEAN.replace(old, new)
    assert broken(name, spoiled) == expected.split()


@pytest.mark.parametrize("name", checks.queries())
def test_a_check_says_what_must_hold(name: str) -> None:
    must = checks.on_graph(name, store.load("x.trig", trig(CLEAN)))[0]
    assert "MUST" in must and must.endswith(".")


@pytest.mark.parametrize("name", sorted(set(checks.queries()) - {"label-unique"}))
def test_the_graph_can_be_published(kg: KnowledgeGraph, name: str) -> None:
    assert checks.on_graph(name, kg.source)[1] == []


# --- on the files of a site


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small site that was written."""
    quads = [
        quad
        for quad in ox.parse(path=ROOT / "data" / "mirkg.trig")
        if quad.graph_name.value.endswith("/ontology") or SMALL.search(str(quad.subject).strip("<>"))
    ]
    content = ox.serialize(quads, format=ox.RdfFormat.TRIG)
    path = tmp_path_factory.mktemp("publish") / "site"
    folder.write(str(path), Site("small.trig", content, HOST).files(), lambda _: None)
    return path


def change(site: Path, name: str, old: str, new: str) -> None:
    path = site / name
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")


PLANTED = {
    "file-sums": ("questions.html", "</html>", "</html >", "questions.html was changed"),
    "links": ("questions.html", 'href="audit.html"', 'href="adit.html"', "questions.html leads to adit.html"),
    "page-json-ld": (
        "index.html",
        '<script type="application/ld+json">{',
        '<script type="application/ld+json">',
        "index.html",
    ),
    "signposts": ("entity/HOTAIR.html", 'rel="cite-as"', 'rel="cites"', "entity/HOTAIR.html"),
    "dcat-truth": ("download/mirkg.nq", "HOTAIR", "HOTHEAD", "download/mirkg.nq: digest"),
    "dcat-whole": (
        "index.nt",
        "dcat#mediaType",
        "dcat#kind",
        "https://w3id.org/mirkg/download/mappings.sssom.tsv: mediaType",
    ),
    "versions-equal": ("CITATION.cff", "version: 0.", "version: 9.", "CITATION.cff: 9.1.0"),
    "days-equal": (".zenodo.json", '"publication_date": "2', '"publication_date": "1', ".zenodo.json: 1026-11-27"),
    "licences-equal": ("ro-crate-metadata.json", "licenses/by/4.0/", "licenses/by/4.0/", ""),
    "prefixes-equal": ("questions/direction-of.rq", "mirkg/ontology#", "mirkg/terms#", "questions/direction-of.rq: mk"),
    "mapping-syntax": ("download/mappings.sssom.tsv", "\tHGNC:", "\tHGCN:", "object_id HGCN:"),
    "questions-run": ("questions/direction-of.rq", "WHERE", "WERE", "questions/direction-of.rq"),
    "iri-redirected": (folder.SUMS, "  .htaccess", "  thing/x.nt", "https://w3id.org/mirkg/thing/x"),
    "iri-dereferences": ("entity/HOTAIR.nt", "<https", "<http", "entity/HOTAIR"),
}


def found(site: Path, name: str) -> list[str]:
    [check] = [one for one in checks.ON_FILES if one.__name__ == f"_{name.replace('-', '_')}"]
    return list(check(checks.Folder(str(site))))


def test_every_check_on_files_has_a_violation() -> None:
    assert {one.__name__.strip("_").replace("_", "-") for one in checks.ON_FILES} == set(PLANTED)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_check_on_files_finds_the_violation_that_is_planted(written: Path, tmp_path: Path, name: str) -> None:
    site = tmp_path / "site"
    shutil.copytree(written, site)
    before = set(found(site, name))
    if name != "iri-dereferences":  # a small graph names what it does not describe
        assert before == set()
    file, old, new, expected = PLANTED[name]
    if name == "licences-equal":
        content = (site / file).read_text("utf-8")
        (site / file).write_text(content.replace("licenses/by/4.0/", "licenses/by-nc/4.0/"), "utf-8")
        expected = "ro-crate-metadata.json: https://creativecommons.org/licenses/by-nc/4.0/"
    elif name == "iri-dereferences":
        (site / file).unlink()
    else:
        change(site, file, old, new)
    assert any(expected in one for one in set(found(site, name)) - before)


def test_a_site_is_checked_with_one_line_each(mirkg: Run, written: Path, tmp_path: Path) -> None:
    done = mirkg("check", "--publish", written)
    lines = done.stdout.splitlines()
    assert len([line for line in lines if line.startswith(("fine  ", "broken"))]) == len(checks.queries()) + len(
        PLANTED
    )
    assert lines[-1].endswith("broken")
    assert done.returncode == 1  # a small graph names what it does not describe
    (tmp_path / "empty").mkdir()
    done = mirkg("check", "--publish", "empty")
    assert (done.returncode, done.stderr) == (2, "mirkg: empty is no site. Write one with: mirkg site -o empty\n")
    assert mirkg("check", "--publish", written, "--owl").returncode == 2


def test_digests_are_those_that_sha256sum_reads(written: Path) -> None:
    for line in (written / folder.SUMS).read_text("utf-8").splitlines()[:20]:
        digest, name = line.split("  ")
        assert hashlib.sha256((written / name).read_bytes()).hexdigest() == digest
