"""The alignments: what they say is of terms that exist, and what follows with the axioms of others is sound."""

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import RDF

from conftest import ROOT
from mirkg.make import build, reason
from mirkg.model.rdf import in_graph
from mirkg.model.vocabulary import MK, SUBCLASS, expand, graph, mk

OBO = "http://purl.obolibrary.org/obo/"
ALIGNMENTS = ROOT / "ontology" / "alignments.ttl"
EVERY = "actsThrough activatesPathway inhibitsPathway affectsProcess promotesProcess suppressesProcess"
# A class for each question that RO's words can ask, of what is linked by a relation, with the edges that give it.
ASKED = {
    "acts": ("RO_0002264", EVERY),
    "actsUp": ("RO_0004032", "activatesPathway promotesProcess"),
    "actsDown": ("RO_0004033", "inhibitsPathway suppressesProcess"),
    "upstream": ("RO_0002418", EVERY),
}
LINKED = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n" + "\n".join(
    f"<https://example.org/{name}> a owl:Class ; owl:equivalentClass "
    f"[ a owl:Restriction ; owl:onProperty <{OBO}{relation}> ; owl:someValuesFrom owl:Thing ] ."
    for name, (relation, _) in ASKED.items()
)
SUBJECTS = {"upstream": ("BiologicalProcess", "SignalingPathway")}
MOLECULES = ("MicroRNA", "LongNoncodingRNA", "Gene", "GeneGroup")


def added(content: str | bytes) -> list[ox.Quad]:
    """Return the triples of a text in Turtle as a part of the ontology."""
    return in_graph([quad.triple for quad in ox.parse(content, format=ox.RdfFormat.TURTLE)], graph("ontology"))


@pytest.fixture(scope="module")
def with_ro(built: build.Built) -> list[ox.Quad]:
    """Return the graph with the alignments and what RO states of the relations that they name."""
    slice_of_ro = (ROOT / "tests" / "cases" / "ontologies" / "ro.ttl").read_bytes()
    return [*built.quads, *added(ALIGNMENTS.read_bytes()), *added(slice_of_ro)]


def subjects(built: build.Built, kinds: tuple[str, ...], edges: str) -> list[str]:
    """Return the entities of some kinds that have one of some edges."""
    classes, names = {mk(kind) for kind in kinds}, {mk(edge) for edge in edges.split()}
    fitting = {quad.subject for quad in built.quads if quad.object in classes}
    found = {quad.subject for quad in built.quads if quad.predicate in names and quad.subject in fitting}
    return sorted(str(one).rpartition("/")[2].removesuffix(">") for one in found)


def test_every_term_of_ours_exists_and_no_match_is_in_the_graph(built: build.Built) -> None:
    terms = rdflib.Graph().parse(ROOT / "ontology" / "mirkg.ttl")
    alignments = rdflib.Graph().parse(ALIGNMENTS)
    ours = {subject for subject in alignments.subjects() if str(subject).startswith(MK)}
    assert ours and all((subject, RDF.type, None) in terms for subject in ours)
    in_the_graph = {str(quad.triple) for quad in built.quads}
    for triple in alignments:
        assert " ".join(term.n3() for term in triple) not in in_the_graph


@pytest.mark.slow
def test_what_acts_on_a_process_is_found_by_the_relations_of_ro(built: build.Built, with_ro: list[ox.Quad]) -> None:
    found = reason.hermit(reason.axioms([*with_ro, *added(LINKED)]))
    assert found is not None
    assert [name for name in found.below(expand("owl:Nothing")) if name.startswith((MK, OBO))] == []
    told = {name: found.members(f"https://example.org/{name}") for name in ASKED}
    assert told == {name: subjects(built, SUBJECTS.get(name, MOLECULES), edges) for name, (_, edges) in ASKED.items()}
    assert "HOTAIR" in told["actsUp"] and "autophagy" in told["upstream"]
    assert set(told["acts"]) <= set(found.members(f"{OBO}BFO_0000040"))
    plain = reason.hermit(reason.axioms([*built.quads, *added(LINKED)]))
    assert plain is not None
    assert plain.members("https://example.org/acts") == []


@pytest.mark.slow
@pytest.mark.parametrize("relation", ["RO_0002211", "RO_0002213"])
def test_a_relation_between_processes_does_not_fit_what_molecules_do(with_ro: list[ox.Quad], relation: str) -> None:
    below = ox.NamedNode(expand("rdfs:subPropertyOf"))
    wrong = ox.Quad(mk("activatesPathway"), below, ox.NamedNode(OBO + relation), graph("ontology"))
    assert not reason.read([*with_ro, wrong]).consistent


@pytest.mark.slow
def test_alignments_are_in_owl_2_dl(with_ro: list[ox.Quad]) -> None:
    assert reason.outside_profile(with_ro) == []


@pytest.mark.slow
def test_a_molecule_that_is_a_process_is_inconsistent(with_ro: list[ox.Quad]) -> None:
    process = ox.Quad(mk("Gene"), SUBCLASS, ox.NamedNode(f"{OBO}BFO_0000015"), graph("ontology"))
    assert not reason.read([*with_ro, process]).consistent
