"""The ontology and what the code reads from it."""

import ast
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS

from conftest import ROOT
from mirkg.make import build, reason
from mirkg.make.forms import FORMS
from mirkg.model import vocabulary
from mirkg.model.vocabulary import MK

TERMS = rdflib.Graph().parse(ROOT / "ontology" / "mirkg.ttl")
MK_ = rdflib.Namespace(MK)


def test_header_says_what_it_is() -> None:
    ontology = rdflib.URIRef("https://w3id.org/mirkg/ontology")
    told = {str(predicate).rpartition("/")[2].rpartition("#")[2] for predicate in TERMS.predicates(ontology)}
    assert told >= {"title", "description", "license", "versionIRI", "preferredNamespacePrefix", "source", "creator"}


def test_tree_of_edges_equals_tree_of_kinds() -> None:
    kinds = vocabulary.kinds()
    with_edges = {kind.name: kind for kind in kinds.values() if kind.edge}
    tree = {(kind.edge, with_edges[kind.parent].edge) for kind in with_edges.values() if kind.parent in with_edges}
    properties = {
        (str(low).removeprefix(MK), str(high).removeprefix(MK))
        for low, high in TERMS.subject_objects(RDFS.subPropertyOf)
        if str(low).removeprefix(MK) in {kind.edge for kind in with_edges.values()}
    }
    assert tree == properties
    assert len(tree) == 9


def test_sign_and_family_of_each_kind() -> None:
    signs = {name: kind.sign for name, kind in vocabulary.kinds().items() if kind.sign}
    assert signs == {
        "ActivationEffect": 1,
        "HighExpression": 1,
        "LowExpression": -1,
        "PathwayActivationEffect": 1,
        "PathwayInhibitionEffect": -1,
        "ProcessPromotionEffect": 1,
        "ProcessSuppressionEffect": -1,
        "RepressionEffect": -1,
        "ResistanceEffect": 1,
        "SensitizingEffect": -1,
        "TargetingEffect": -1,
    }
    for kind in vocabulary.kinds().values():
        parent = vocabulary.kinds().get(kind.parent)
        assert kind.family == (parent.family if parent else kind.name)


SUPERCLASSES = {
    "Molecule": ("Gene", "GeneGroup", "LongNoncodingRNA", "MicroRNA"),
    "Therapy": ("Drug", "DrugClass", "Treatment"),
    "Generic": ("Category", "EntitySet"),
}


def test_superclasses_are_no_kinds_and_their_classes_are() -> None:
    for name, classes in SUPERCLASSES.items():
        assert vocabulary.classes_of(name) == classes
        assert set(classes) <= vocabulary.entity_kinds()
    assert len(vocabulary.entity_kinds()) == 19
    assert vocabulary.entity_kinds().isdisjoint(SUPERCLASSES)


@pytest.mark.parametrize(("name", "classes"), SUPERCLASSES.items())
def test_no_list_spells_out_a_superclass(name: str, classes: tuple[str, ...]) -> None:
    """Rules, questions, shapes and code name the superclass instead of all of its classes in one line."""
    found = [
        f"{path.name}:{number}"
        for folder, ending in (("ontology", "rq"), ("shapes", "ttl"), ("scripts", "py"))
        for path in sorted((ROOT / folder).rglob(f"*.{ending}"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if all(re.search(rf"\b{one}\b", line) for one in classes)
    ]
    assert found == [], f"mk:{name} says it"


def test_ranks_order_standings_nearness_and_verdicts() -> None:
    known = {str(node).removeprefix(MK): int(rank) for node, rank in TERMS.subject_objects(MK_["rank"])}
    orders = {
        "StandingScheme": ["retractedOnly", "disputed", "uncited", "cited", "confirmed"],
        "NearnessScheme": ["same", "member", "class", "unnamedDrug"],
        "VerdictScheme": [
            "signConflict",
            "denied",
            "agrees",
            "otherDisease",
            "otherDrug",
            "indirect",
            "otherSubject",
            "silent",
        ],
    }
    for scheme, order in orders.items():
        ranks = {name: known[name] for name in vocabulary.concepts(scheme)}
        assert sorted(ranks, key=lambda name: ranks[name]) == order
        assert len(set(ranks.values())) == len(ranks)
    assert set(known) == {name for order in orders.values() for name in order}


def test_entity_classes_are_pairwise_disjoint() -> None:
    listed = [set(rdflib.collection.Collection(TERMS, members)) for members in TERMS.objects(None, OWL.members)]
    assert {MK_[name] for name in vocabulary.entity_kinds()} in listed


def test_no_inverses_and_no_disjoint_edges() -> None:
    assert not list(TERMS.subject_objects(OWL.inverseOf))
    assert not list(TERMS.subject_objects(OWL.propertyDisjointWith))


def test_every_term_that_the_code_names_is_in_the_ontology() -> None:
    named = {name for form in FORMS.values() for column in form for name in column.properties}
    for path in (ROOT / "scripts" / "mirkg").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "mk"
            if called and isinstance(node.args[0], ast.Constant):
                named.add(f"mk:{node.args[0].value}")
    named = {name.removeprefix("mk:") for name in named if name.startswith("mk:")}
    assert len(named) > 30
    assert {name for name in named if (MK_[name], RDF.type, None) not in TERMS} == set()


def test_every_term_that_rules_and_questions_name_is_in_the_ontology() -> None:
    for path in [*(ROOT / "ontology" / "rules").rglob("*.rq"), *(ROOT / "ontology" / "competency").rglob("*.rq")]:
        names = set(re.findall(r"\bmk:(\w+)", path.read_text("utf-8")))
        assert {name for name in names if (MK_[name], RDF.type, None) not in TERMS} == set(), path.name


# --- HermiT


@pytest.fixture(scope="module")
def reading(built: build.Built) -> reason.Reading:
    return reason.read(built.quads)


@pytest.mark.slow
def test_graph_is_consistent_and_every_class_can_have_members(reading: reason.Reading) -> None:
    assert reading.consistent
    assert reading.unsatisfiable == []


def members(built: build.Built, *edges: str) -> dict[str, set[str]]:
    """Return for each miRNA of the edges the objects that it has."""
    mirnas = {quad.subject for quad in built.quads if quad.object == vocabulary.mk("MicroRNA")}
    found: dict[str, set[str]] = {}
    for quad in built.quads:
        if quad.predicate in {vocabulary.mk(edge) for edge in edges} and quad.subject in mirnas:
            found.setdefault(quad.subject.value.rpartition("/")[2], set()).add(quad.object.value.rpartition("/")[2])
    return found


@pytest.mark.slow
def test_hermit_classifies_as_a_plain_reading_of_the_edges_does(built: build.Built, reading: reason.Reading) -> None:
    resistance = members(built, "confersResistanceTo")
    sensitizing = members(built, "sensitizesTo")
    response = members(built, "modulatesResponseTo", "confersResistanceTo", "sensitizesTo")
    drugs = {q.subject.value.rpartition("/")[2] for q in built.quads if q.object == vocabulary.mk("Drug")}
    assert reading.members == {
        "ResistanceConferringMicroRNA": sorted(resistance),
        "SensitizingMicroRNA": sorted(sensitizing),
        "AmbivalentMicroRNA": sorted(set(resistance) & set(sensitizing)),
        "MultidrugMicroRNA": sorted(mirna for mirna, objects in response.items() if len(objects & drugs) > 1),
    }
    assert reading.members["MultidrugMicroRNA"]


def with_triple(built: build.Built, subject: str, predicate: ox.NamedNode, object_: ox.NamedNode) -> list[ox.Quad]:
    node = ox.NamedNode(f"{vocabulary.BASE}entity/{subject}")
    return [*built.quads, ox.Quad(node, predicate, object_, vocabulary.graph("entities"))]


@pytest.mark.slow
def test_a_drug_that_is_a_cell_line_is_inconsistent(built: build.Built) -> None:
    quads = with_triple(built, "tamoxifen", vocabulary.RDF_TYPE, vocabulary.mk("CellLine"))
    assert not reason.read(quads).consistent


@pytest.mark.slow
def test_a_clash_of_things_with_names_of_their_own_is_found(built: build.Built) -> None:
    thing = ox.NamedNode("https://example.org/thing")
    odd = [
        ox.Quad(thing, vocabulary.RDF_TYPE, vocabulary.mk(kind), vocabulary.graph("entities"))
        for kind in ("CellLine", "Drug")
    ]
    assert reason.clash([*built.quads, *odd]) == [quad.triple for quad in odd]


@pytest.mark.slow
def test_an_ontology_that_contradicts_itself_blames_no_entity(built: build.Built) -> None:
    nothing, thing = (ox.NamedNode(vocabulary.expand(f"owl:{name}")) for name in ("Nothing", "Thing"))
    absurd = ox.Quad(thing, vocabulary.SUBCLASS, nothing, vocabulary.graph("ontology"))
    assert reason.clash([*built.quads, absurd]) == []


@pytest.mark.slow
def test_graph_is_in_owl_2_dl(built: build.Built) -> None:
    assert reason.outside_profile(built.quads) == []


@pytest.mark.slow
def test_a_property_of_two_sorts_is_not_owl_2_dl(built: build.Built) -> None:
    data, ontology = ox.NamedNode(vocabulary.expand("owl:DatatypeProperty")), vocabulary.graph("ontology")
    odd = ox.Quad(vocabulary.mk("targets"), vocabulary.RDF_TYPE, data, ontology)
    found = reason.outside_profile([*built.quads, odd])
    assert found
    assert all("Cannot pun between properties" in violation for violation in found)


@pytest.mark.slow
def test_a_mirna_that_does_both_is_ambivalent_and_no_contradiction(built: build.Built) -> None:
    tamoxifen = ox.NamedNode(f"{vocabulary.BASE}entity/tamoxifen")
    found = reason.read(with_triple(built, "miR-124", vocabulary.mk("confersResistanceTo"), tamoxifen))
    assert found.consistent
    assert "miR-124" in found.members["AmbivalentMicroRNA"]


@pytest.mark.slow
def test_a_class_that_nothing_can_be_is_named(built: build.Built) -> None:
    subclass = vocabulary.SUBCLASS
    odd, ontology = vocabulary.mk("Odd"), vocabulary.graph("ontology")
    owl_class = ox.NamedNode(str(OWL.Class))
    quads = [ox.Quad(odd, vocabulary.RDF_TYPE, owl_class, ontology)]
    quads += [ox.Quad(odd, subclass, vocabulary.mk(name), ontology) for name in ("Drug", "CellLine")]
    assert reason.read([*built.quads, *quads]).unsatisfiable == ["Odd"]


def test_triples_that_do_not_arrive_are_an_error(built: build.Built, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reason.serialized
    monkeypatch.setattr(reason, "serialized", lambda triples, form: whole(triples[1:], form))
    with pytest.raises(RuntimeError, match="owlready2 took in"):
        reason.read(built.quads)


def test_package_is_typed() -> None:
    import mirkg

    assert (Path(mirkg.__file__).parent / "py.typed").exists()
