"""Names: every form that readers use means the same thing at every door, and what could be two things is asked back."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run
from mirkg.ask import store
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.names import Names
from mirkg.ask.store import Store
from mirkg.model import identifiers
from mirkg.model.problems import BadInput
from mirkg.serve.desk import Desk
from mirkg.serve.guard import Limits
from mirkg.serve.worker import Asked

FORMS = [
    # miRNAs: the organism, the spelling of miR, the space, the old mark of an arm
    ("miR-221", "miR-221"),
    ("hsa-miR-221", "miR-221"),
    ("hsa_miR_221", "miR-221"),
    ("miR221", "miR-221"),
    ("mir 221", "miR-221"),
    ("miRNA-221", "miR-221"),
    ("microRNA 221", "miR-221"),
    ("micro-RNA-221", "miR-221"),
    ("miR\u2011221", "miR-221"),
    ("miR-221*", "miR-221"),
    ("hsa-miR-221-5p", "miR-221"),
    ("microRNA-21", "miR-21"),
    ("miRNA-21", "miR-21"),
    ("microRNA-31", "miR-31"),
    ("hsa-let-7a", "let-7a"),
    ("lncRNA HOTAIR", "HOTAIR"),
    # genes: aliases, Greek letters as readers type them
    ("pten", "PTEN"),
    ("HER-2", "ERBB2"),
    ("HER2/neu", "ERBB2"),
    ("beta-catenin", "CTNNB1"),
    ("β catenin", "CTNNB1"),
    ("GSK3b", "GSK3B"),
    ("TGF-beta", "TGF-β"),
    ("TGFb", "TGF-β"),
    # pathways: with and without what says that they are pathways
    ("NF-κB", "NF-κB pathway"),
    ("NF-kB", "NF-κB pathway"),
    ("NFkB", "NF-κB pathway"),
    ("NF-kappa B signaling", "NF-κB pathway"),
    ("PI3K/AKT", "PI3K/AKT pathway"),
    ("PI3K/Akt", "PI3K/AKT pathway"),
    ("PI3K-Akt", "PI3K/AKT pathway"),
    ("PI3K/Akt signalling pathway", "PI3K/AKT pathway"),
    ("Wnt", "Wnt pathway"),
    ("wnt signaling", "Wnt pathway"),
    ("PTEN pathway", "PTEN pathway"),
    ("PTEN signaling", "PTEN pathway"),
    # drugs: what the review or a paper prints
    ("Adriamycin", "doxorubicin"),
    ("ADR", "doxorubicin"),
    ("AZD5363", "capivasertib"),
    ("lapatinib ditosylate", "lapatinib"),
    ("anthracyclines", "anthracycline"),
    # cells
    ("MCF7", "MCF-7"),
    ("MCF7 cells", "MCF-7"),
    ("MDA MB 231 cell line", "MDA-MB-231"),
    ("drug-resistant MCF-7", "drug-resistant MCF-7"),
    ("T cells", "T cell"),
    # identifiers, in each form of their registries
    ("CHEBI:28748", "doxorubicin"),
    ("chebi:28748", "doxorubicin"),
    ("CHEBI_28748", "doxorubicin"),
    ("CHEBI:CHEBI:28748", "doxorubicin"),
    ("https://bioregistry.io/chebi:28748", "doxorubicin"),
    ("https://identifiers.org/CHEBI:28748", "doxorubicin"),
    ("https://identifiers.org/CHEBI%3A28748", "doxorubicin"),
    ("https://identifiers.org/chebi:28748", "doxorubicin"),
    ("http://identifiers.org/chebi/CHEBI:28748", "doxorubicin"),
    ("http://purl.obolibrary.org/obo/CHEBI_28748", "doxorubicin"),
    ("https://purl.obolibrary.org/obo/CHEBI_28748", "doxorubicin"),
    ("<http://purl.obolibrary.org/obo/CHEBI_28748>", "doxorubicin"),
    ("DB00997", "doxorubicin"),
    ("HGNC:9588", "PTEN"),
    ("hgnc:9588", "PTEN"),
    ("HGNC:HGNC:9588", "PTEN"),
    ("https://identifiers.org/hgnc/9588", "PTEN"),
    ("uniprot:P60484", "PTEN"),
    ("http://purl.uniprot.org/uniprot/P60484", "PTEN"),
    ("P60484", "PTEN"),
    ("mirbase.mature:MIMAT0000278", "miR-221-3p"),
    ("MIMAT0000278", "miR-221-3p"),
    ("CVCL_0031", "MCF-7"),
    ("mke:PTEN", "PTEN"),
    ("https://w3id.org/mirkg/entity/PTEN", "PTEN"),
    ("http://127.0.0.1:8000/entity/PTEN", "PTEN"),
    ("https://example.org/graphs/mirkg/entity/PTEN.html", "PTEN"),
]
SOME = ["microRNA 221", "HER2/neu", "NFkB", "https://bioregistry.io/chebi:28748"]
MEANT = dict(FORMS)


@pytest.mark.parametrize(("form", "label"), FORMS)
def test_form_means_its_entity(kg: KnowledgeGraph, form: str, label: str) -> None:
    assert kg.names.meant(form).entity.label == label


@pytest.mark.parametrize(
    ("form", "kind", "label"),
    [
        ("NF-κB", "Molecule", "nuclear factor-κB"),
        ("NF-kB", "Molecule", "nuclear factor-κB"),
        ("NF-κB", "SignalingPathway", "NF-κB pathway"),
        ("PI3K", "Molecule", "phosphoinositide 3-kinase"),
        ("PI3K", "SignalingPathway", "PI3K pathway"),
        ("PTEN", "SignalingPathway", "PTEN pathway"),
        ("TGF-beta", "SignalingPathway", "TGF-β pathway"),
        ("beta-catenin", "SignalingPathway", "β-catenin pathway"),
        ("drug-resistant MCF-7", "CellLine", "drug-resistant MCF-7"),
    ],
)
def test_what_is_asked_for_decides_between_two_things_of_one_name(
    kg: KnowledgeGraph, form: str, kind: str, label: str
) -> None:
    assert kg.names.meant(form, [kind]).entity.label == label


@pytest.mark.parametrize(
    ("form", "kinds", "message"),
    [
        ("miR-221/222", (), "'miR-221/222' names miR-221 and miR-222. Ask for one of them."),
        ("miR-181a/b", (), "'miR-181a/b' names miR-181a and miR-181b. Ask for one of them."),
        ("miR-132 and miR-212", (), "'miR-132 and miR-212' names miR-132 and miR-212. Ask for one of them."),
        ("miR-451-5p", ("Drug",), "Nothing here is called 'miR-451-5p'."),
        ("miR-221", ("Drug",), "miR-221 is a MicroRNA, and this takes a Drug."),
        ("microRNA-2", (), "Nothing here is called 'microRNA-2'. The nearest is miR-22, miR-21, miR-452."),
        ("Herceptin", (), "Nothing here is called 'Herceptin'."),  # no source read here has it
        ("9588", (), "Nothing here is called '9588'."),  # of which registry?
        ("https://example.org/entity/nothing", (), "Nothing here is called 'https://example.org/entity/nothing'."),
    ],
)
def test_what_is_no_one_thing_is_asked_back(
    kg: KnowledgeGraph, form: str, kinds: tuple[str, ...], message: str
) -> None:
    with pytest.raises(BadInput) as refused:
        kg.names.meant(form, kinds)
    assert str(refused.value) == message


def test_accession_of_two_entities_is_asked_back(kg: KnowledgeGraph) -> None:
    with pytest.raises(BadInput, match=r"'MI0000298' could be miR-221 \(.*; miR-221-3p \(.*Give the IRI"):
        kg.names.meant("MI0000298")


def test_accession_has_one_form() -> None:
    assert identifiers.plain_curie("https://identifiers.org/CHEBI:1") == "chebi:1"
    assert identifiers.plain_curie("https://example.org/CHEBI:1") == "https:" + "//example.org/chebi:1"
    assert identifiers.plain_curie("BT_474") == "bt_474"


# --- what is said of a set is found from its elements


def test_set_is_found_from_each_element_and_marked(kg: KnowledgeGraph) -> None:
    asked = kg.asked("drugs-for-mirna", {"mirna": "miR-31"})
    assert [row[:3] for row in asked.answer.rows] == [
        ("one of miR-7, miR-21, miR-31 or miR-124", "antineoplastic agent", "unsigned")
    ]
    assert asked.remarks == [
        'What is said of one of miR-7, miR-21, miR-31 or miR-124, without saying which, is marked "one of".'
    ]


@pytest.mark.parametrize(
    ("question", "parameter", "value"),
    [
        ("regulators-of-pathway", "pathway", "NF-κB"),
        ("drugs-for-mirna", "mirna", "miR-7"),
        ("mechanism-of", "subject", "miR-31"),
        ("direction-of", "subject", "miR-31"),
    ],
)
def test_questions_mark_what_is_said_of_a_set(kg: KnowledgeGraph, question: str, parameter: str, value: str) -> None:
    rows = kg.asked(question, {parameter: value}).answer.rows
    assert any(row[0].startswith("one of ") for row in rows)


def test_set_is_found_from_what_is_wider_than_an_element(kg: KnowledgeGraph) -> None:
    ends = [iri.rpartition("/")[2] for iri in kg.names.meant("JAK/STAT pathway").iris]
    assert "PI3K-AKT-mTOR-TGF-beta-STAT3-or-NF-kappaB-pathway" in ends


# --- the doors


@pytest.fixture(scope="module")
def got() -> Callable[..., str]:
    """Return what the server answers to a path and its parameters."""
    path = ROOT / "data" / "mirkg.trig"
    desk = Desk(str(path), path.read_bytes(), "", Limits())

    def get(path: str, accept: str = "application/json", **values: str) -> str:
        reply = desk.answer(Asked("GET", path, urlencode(values).encode(), "", b"", accept, ""))
        return f"{reply.status} {reply.content.decode()}"

    return get


@pytest.mark.parametrize(("form", "label"), FORMS)
def test_search_finds_a_form_first(got: Callable[..., str], form: str, label: str) -> None:
    status, _, content = got("/api/search", q=form).partition(" ")
    assert (status, json.loads(content)[0]["label"]) == ("200", label)
    page = got("/search", accept="text/html", q=form)
    assert page.partition('<ul class="found">')[2].partition("</a>")[0].endswith(f">{label}")


def test_search_offers_each_of_several(got: Callable[..., str]) -> None:
    found = json.loads(got("/api/search", q="miR-221/222").partition(" ")[2])
    assert [one["label"] for one in found] == ["miR-221", "miR-222"]


def test_search_for_the_unknown_names_the_nearest(got: Callable[..., str]) -> None:
    assert "The nearest is doxorubicin" in got("/search", accept="text/html", q="doxorubicine")


@pytest.mark.parametrize("form", SOME)
def test_form_is_the_same_at_every_door(got: Callable[..., str], mirkg: Run, kg: KnowledgeGraph, form: str) -> None:
    label = MEANT[form]
    assert kg.explain(form).entity.label == label
    assert json.loads(got("/api/explain", subject=form).partition(" ")[2])["label"] == label
    assert mirkg("explain", form).stdout == mirkg("explain", label).stdout
    asked = mirkg("ask", "verdicts-for", "--subject", form, "--format", "tsv")
    assert asked.stdout == mirkg("ask", "verdicts-for", "--subject", label, "--format", "tsv").stdout
    assert got("/api/ask/verdicts-for", subject=form) == got("/api/ask/verdicts-for", subject=label)


def test_audit_takes_a_form(got: Callable[..., str], mirkg: Run) -> None:
    named = mirkg("audit", "--entity", "hsa miR 130b")
    assert named.returncode == 0
    assert named.stdout == mirkg("audit", "--entity", "miR-130b").stdout
    assert got("/api/audit", entity="microRNA 130b") == got("/api/audit", entity="miR-130b")
    assert mirkg("audit", "--entity", "miR-221/222").returncode == 2


def test_name_as_printed_is_found_without_reading_all_names(kg: KnowledgeGraph) -> None:
    names = Names(kg.source)
    assert names.meant("Adriamycin", ["Therapy"]).entity.label == "doxorubicin"
    assert "by_name" not in vars(names)
    assert names.meant("adriamycin", ["Therapy"]).entity.label == "doxorubicin"
    assert "by_name" in vars(names)


@pytest.mark.parametrize("name", ["PTEN", "pten"])
def test_entity_to_which_a_store_gives_several_kinds_is_one(kg: KnowledgeGraph, name: str) -> None:
    assert isinstance(kg.source, Store)
    gene = "<https://w3id.org/mirkg/entity/PTEN>"
    more = f"{gene} a <https://w3id.org/mirkg/ontology#Molecule> ."
    molecule = "<https://w3id.org/mirkg/ontology#Molecule> <http://www.w3.org/2000/01/rdf-schema#subClassOf> "
    quads = [
        *kg.source.graph,
        *ox.parse(f"{more} {molecule} <https://w3id.org/mirkg/ontology#Entity> .", ox.RdfFormat.TURTLE),
    ]
    assert Names(store.of(quads)).meant(name).entity.iri == gene[1:-1]
