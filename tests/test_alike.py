"""Nodes are alike only if no shape tells them apart: the shapes read no more than `make/alike.py` says they do."""

from typing import Any

import pyoxigraph as ox
import pytest

from conftest import ROOT
from mirkg.make import check, shapes, validators
from mirkg.make.alike import Nodes, Reading
from mirkg.model.vocabulary import LABEL, RDF_TYPE, SUBCLASS, mk, ontology

SH = "http://www.w3.org/ns/shacl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# What `alike` knows how to read; of a property that is new here, see that it does not read more of a node
READ = {
    *("alternativePath", "and", "class", "datatype", "description", "hasValue", "in", "maxCount", "maxInclusive"),
    *("message", "minCount", "minInclusive", "name", "not", "or", "path", "pattern", "property", "qualifiedMaxCount"),
    *("qualifiedMinCount", "qualifiedValueShape", "severity", "targetClass", "targetSubjectsOf"),
}


def values(name: str) -> list[tuple[Any, Any]]:
    return [(one.subject, one.object) for one in shapes.load(shapes.DATA) if one.predicate.value == name]


def listed(node: Any) -> list[Any]:
    first, rest = dict(values(f"{RDF}first")), dict(values(f"{RDF}rest"))
    found = []
    while node in first:
        found.append(first[node])
        node = rest[node]
    return found


def test_shapes_use_nothing_that_reads_more_of_a_node() -> None:
    used = {one.predicate.value for one in shapes.load(shapes.DATA)}
    assert {name.removeprefix(SH) for name in used if name.startswith(SH)} == READ


def test_paths_are_properties_or_one_of_several_or_one_after_another() -> None:
    several = dict(values(f"{SH}alternativePath"))
    paths = [path for _, path in values(f"{SH}path")]
    steps = [listed(several.get(path, path)) or [path] for path in paths]
    assert {type(step) for one in steps for step in one} == {ox.NamedNode}


def test_shape_of_a_value_reads_its_classes_only() -> None:
    inner = [shape for _, shape in values(f"{SH}qualifiedValueShape")]
    assert inner
    for shape in inner:
        assert {one.predicate.value for one in shapes.load(shapes.DATA) if one.subject == shape} == {f"{SH}class"}


def test_further_steps_and_compared_values_are_found() -> None:
    reading = Reading(shapes.load(shapes.DATA))
    assert named(reading.far) == ["inScheme", "sign", "subClassOf", "type"]
    assert named(reading.compared) == ["length", "netSign", "position", "type"]
    assert reading.most == 5


def named(terms: set[str]) -> list[str]:
    return sorted(term.split("#")[1].rstrip(">") for term in terms if term.startswith("<"))


@pytest.fixture(scope="module")
def valid() -> list[ox.Quad]:
    return check.read(ROOT / "tests" / "cases" / "valid.ttl")


def copied(quads: list[ox.Quad], node: Any, name: str) -> tuple[ox.NamedNode, list[ox.Quad]]:
    """Return another node that states the same."""
    other = ox.NamedNode(name)
    return other, [
        ox.Quad(other, quad.predicate, quad.object, quad.graph_name) for quad in quads if quad.subject == node
    ]


def kinds(quads: list[ox.Quad], *nodes: Any) -> int:
    reading = Reading(shapes.load(shapes.DATA))
    return len(Nodes(map(str, nodes), shapes.statements([*quads, *ontology()]), reading).kinds())


def test_nodes_that_state_the_same_are_alike_and_others_not(valid: list[ox.Quad]) -> None:
    claim = next(quad.subject for quad in valid if quad.predicate == RDF_TYPE and quad.object == mk("Claim"))
    other, copy = copied(valid, claim, "https://w3id.org/mirkg/claim/other")
    assert kinds([*valid, *copy], claim, other) == 1
    stated = ox.Quad(other, mk("statedIn"), other, copy[0].graph_name)
    assert kinds([*valid, *copy, stated], claim, other) == 2
    unread = ox.Quad(other, mk("stands"), other, copy[0].graph_name)
    assert kinds([*valid, *copy, unread], claim, other) == 1
    assert kinds([*valid, *copy[1:]], claim, other) == 2


def test_all_nodes_of_a_broken_kind_are_told(valid: list[ox.Quad]) -> None:
    claim = next(quad.subject for quad in valid if quad.predicate == RDF_TYPE and quad.object == mk("Claim"))
    quads = [quad for quad in valid if (quad.subject, quad.predicate) != (claim, mk("statedIn"))]
    copies = [copied(quads, claim, f"https://w3id.org/mirkg/claim/other-{number}") for number in range(3)]
    everything = [*quads, *(quad for _, some in copies for quad in some)]
    found = shapes.judged(everything, {})
    broken = {one.file for one in found if one.what.startswith("claim-passage")}
    assert broken == {claim.value, *(node.value for node, _ in copies)}


def test_kind_that_conforms_is_judged_once(monkeypatch: pytest.MonkeyPatch, valid: list[ox.Quad]) -> None:
    shapes._reading.cache_clear()
    assert shapes.judged(valid, {}) == []
    monkeypatch.setattr(validators, "report", None)  # so that nothing can be judged
    assert shapes.judged(valid, {}) == []


def test_class_that_a_graph_makes_narrower_than_ours_is_judged() -> None:
    own, node = ox.NamedNode("https://example.org/Own"), ox.NamedNode("https://example.org/one")
    quads = [ox.Quad(own, SUBCLASS, mk("Claim")), ox.Quad(node, RDF_TYPE, own)]
    assert shapes.judged(quads[1:], {}) == []  # and that is not remembered where the class is narrower
    whole = shapes.validated([*quads, *ontology()], shapes.load(shapes.DATA), {}, "pyshacl")
    shapes_of_it = ["claim-basis", "claim-basis-concept", "claim-passage", "claim-proposition"]
    assert sorted(one.what.split(":")[0] for one in whole) == shapes_of_it
    assert shapes.judged(quads, {}) == whole


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (ox.Literal("a word"), ox.Literal("another"), True),
        (ox.Literal('says "so"'), ox.Literal('says "no"'), False),  # not known to be alike, since letters are escaped
        (ox.Literal("a word", language="en"), ox.Literal("ein Wort", language="de"), False),
        (ox.Literal("a word"), ox.Literal("a word", language="en"), False),
        (ox.Literal("miR-7"), ox.Literal("hsa-miR-205*"), True),
        (ox.Literal("miR-7"), ox.Literal("miR-7\n"), False),  # a pattern of ours tells them apart
        (ox.Literal(7), ox.Literal(8), True),
        (ox.Literal(7), ox.Literal("7"), False),
        (ox.Literal(7), ox.Literal("seven", datatype=ox.Literal(7).datatype), False),
        (ox.Literal('7"@en', datatype=mk("kind")), ox.Literal('8"@en', datatype=mk("kind")), False),
        (mk("one"), mk("other"), True),
        (mk("one"), ox.BlankNode("b"), False),
        (mk("one"), ox.Literal("one"), False),
    ],
)
def test_of_what_is_stated_a_shape_reads_the_kind_alone(one: Any, other: Any, alike: bool) -> None:
    nodes = [ox.NamedNode(f"https://example.org/{name}") for name in ("first", "second")]
    quads = [ox.Quad(node, LABEL, value) for node, value in zip(nodes, (one, other), strict=True)]
    assert (kinds(quads, *nodes) == 1) == alike
