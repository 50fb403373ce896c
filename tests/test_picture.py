"""Pictures: layers in which no label covers another, and a drawing that says what its edges say."""

import random
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from conftest import Run
from mirkg.ask import picture
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.names import Entity
from mirkg.ask.picture import Edge
from mirkg.ask.proof import Arrow
from mirkg.show import picture as drawing
from mirkg.show.layers import Box, Layout, Link, laid, ranks

SVG = "{http://www.w3.org/2000/svg}"
FEW = ["doxorubicin", "tamoxifen", "miRNAs", "HOTAIR", "PTEN", "miR-130b"]


def around(kg: KnowledgeGraph, name: str) -> list[Edge]:
    return picture.around(kg.source, kg.names.meant(name).entity)


def known(kg: KnowledgeGraph) -> dict[str, Entity]:
    return {one.label: one for one in kg.names.entities.values()}


def clear(layout: Layout) -> bool:
    """Tell whether no name, label or line covers another name or label, and all is inside of the picture."""
    boxes = [*layout.nodes.values(), *layout.labels]
    frame = Box(0, 0, layout.width, layout.height)
    inside = all(
        one.x >= 0 and one.y >= 0 and one.x + one.width <= frame.width and one.y + one.height <= frame.height
        for one in boxes
    )
    covered = any(one.overlaps(other) for one, other in combinations(boxes, 2))
    crossed = any(
        box.overlaps(Box(min(x, right), min(y, end), abs(right - x), abs(end - y)))
        for number, line in enumerate(layout.lines)
        for (x, y), (right, end) in pairwise(line)
        for box in boxes
        if box is not layout.labels[number]
    )
    return inside and not covered and not crossed


@pytest.mark.parametrize("name", FEW)
def test_nothing_covers_a_label(kg: KnowledgeGraph, name: str) -> None:
    edges = around(kg, name)
    assert clear(drawing.arranged(edges, known(kg)))
    few = drawing.picked([edge for edge in edges if name in edge.arrow], drawing.FEW)
    assert clear(drawing.arranged(few, known(kg), name))


@pytest.mark.slow
def test_nothing_covers_a_label_in_the_picture_of_any_entity(kg: KnowledgeGraph) -> None:
    drawn = 0
    for entity in kg.names.entities.values():
        edges = picture.around(kg.source, entity)
        drawn += bool(edges)
        assert clear(drawing.arranged(edges, known(kg))), entity.label
        assert clear(drawing.arranged([one for one in edges if entity.label in one.arrow], known(kg), entity.label))
    assert drawn > 200


def test_nothing_covers_a_label_in_a_proof(kg: KnowledgeGraph) -> None:
    edges = picture.of_proof(kg.proof("miR-130b", "doxorubicin"))
    layout = drawing.arranged(edges, known(kg))
    assert clear(layout)
    assert layout.nodes["miR-130b"].x < layout.nodes["PTEN"].x < layout.nodes["PI3K/AKT pathway"].x
    assert layout.nodes["PI3K/AKT pathway"].x < layout.nodes["resistance to doxorubicin"].x


def test_each_stated_step_of_a_proof_leads_to_its_statement(kg: KnowledgeGraph) -> None:
    edges = picture.of_proof(kg.proof("miR-130b", "doxorubicin"))
    steps = [edge for edge in edges if not edge.link and not edge.inferred]
    assert len(steps) > 3
    for edge in steps:
        assert kg.query(f"ASK {{ <{edge.iri}> mk:subject/rdfs:label '{edge.arrow.start}' }}")
        assert f'href="{edge.iri}"' in drawing.svg(edges, kg.names.entities.values(), "proof")


@pytest.mark.parametrize("seed", range(20))
def test_nothing_covers_a_label_in_a_graph_by_chance(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"n{number}" for number in range(chance.randint(2, 14))]
    bands = {name: chance.randint(0, 3) for name in names}
    pairs = [(one, other) for one in names for other in names if one != other]
    joined = chance.sample(pairs, min(len(pairs), 25))
    links = [Link(one, other, (chance.uniform(5, 90), chance.uniform(10, 40))) for one, other in joined]
    sizes = {name: (chance.uniform(20, 120), chance.uniform(15, 60)) for name in names}
    columns = ranks(bands, joined)
    layout = laid(sizes, links, columns)
    assert clear(layout)
    assert layout == laid(sizes, links, columns)
    for link, line in zip(links, layout.lines, strict=True):
        start, end = layout.nodes[link.start], layout.nodes[link.end]
        assert line[0][0] in (start.x, start.x + start.width)
        assert start.y < line[0][1] < start.y + start.height
        assert line[-1][0] in (end.x, end.x + end.width)
        assert end.y < line[-1][1] < end.y + end.height


def test_ranks_follow_bands_and_links_and_cut_circles() -> None:
    bands = {"mirna": 1, "a": 2, "b": 2, "c": 2, "response": 5}
    links = [("mirna", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("a", "c"), ("mirna", "response")]
    assert ranks(bands, links) == {"mirna": 0, "a": 1, "b": 2, "c": 3, "response": 4}


def test_nothing_is_laid_out_as_nothing() -> None:
    layout = laid({}, [], {})
    assert (layout.nodes, layout.labels, layout.lines) == ({}, [], [])


EDGES = [
    Edge(Arrow("miR-1", -1, "X", "MolecularEffect"), iri="https://w3id.org/mirkg/proposition/1", standing="confirmed"),
    Edge(Arrow("miR-1", 0, "Y", "MolecularEffect"), standing="cited", retracted="1 of 2 retracted"),
    Edge(Arrow("X", 1, "drug", "DrugResponseEffect"), inferred="cited", hypothesis=True, outcome="new"),
    Edge(Arrow("miR-1", -1, "drug", "DrugResponseEffect"), standing="disputed", withheld="disputed"),
    Edge(Arrow("X", 1, "Y", ""), link="member"),
    Edge(Arrow("X", 1, "X", "MolecularEffect"), standing="cited"),
]
ENTITIES = [
    Entity("https://w3id.org/mirkg/entity/1", "MicroRNA", "miR-1"),
    Entity("https://w3id.org/mirkg/entity/x", "Gene", "X"),
    Entity("https://w3id.org/mirkg/entity/y", "GeneGroup", "Y"),
    Entity("javascript:alert(1)", "Drug", "drug"),
]


def test_a_picture_says_direction_by_shape_and_colour_and_how_each_edge_stands() -> None:
    root = ET.fromstring(drawing.svg(EDGES, ENTITIES, 'A <"picture">'))
    assert root.get("aria-label") == 'A <"picture">'
    lines = [
        (one.get("class"), one.get("stroke-dasharray"), one.get("stroke-width"))
        for one in root.iter(f"{SVG}path")
        if "edge" in (one.get("class") or "")
    ]
    assert lines == [
        ("edge down", None, "2.6"),
        ("edge unsigned", None, "1.7"),
        ("edge up", "8 4", "1.6"),
        ("edge down", "1.5 4", "1.6"),
        ("edge member", None, "1.2"),
    ]
    heads = {(one.get("class"), one.get("d"), one.get("stroke")) for one in root.iter(f"{SVG}path")}
    shapes = {one for one in heads if one[0] and one[0].startswith("head")}
    assert len({shape[1] for shape in shapes}) == len(shapes) == 4
    assert root.findtext(f"{SVG}desc") == (
        "miR-1 ⊣ X, confirmed; miR-1 –?– Y, cited; X → resistance to drug, hypothesis; a step is only cited; "
        "miR-1 ⊣ resistance to drug, withheld: disputed; X ∈ Y, member of its group."
    )
    words = [one.text for one in root.iter(f"{SVG}text") if one.get("class") == "label"]
    assert words == ["✓ confirmed", "• cited", "hypothesis", "a step is only cited", "✕ disputed", "member"]
    assert {one.get("href") for one in root.iter(f"{SVG}a")} == {
        "https://w3id.org/mirkg/proposition/1",
        *(one.iri for one in ENTITIES[:3]),
    }


def test_a_small_picture_has_the_best_edges_and_its_entity_in_the_middle() -> None:
    best = drawing.picked(EDGES, 2)
    assert best == EDGES[:1] + EDGES[4:5]
    shown = drawing.picked([edge for edge in EDGES[:4] if "X" in edge.arrow], 8)
    layout = drawing.arranged(shown, {one.label: one for one in ENTITIES}, "X")
    assert layout.nodes["miR-1"].x < layout.nodes["X"].x < layout.nodes["resistance to drug"].x
    assert "legend" not in drawing.svg(shown, ENTITIES, "X", middle="X")


def test_the_picture_of_a_drug_shows_through_what_the_response_is_changed(kg: KnowledgeGraph) -> None:
    edges = {edge.arrow: edge for edge in around(kg, "trastuzumab")}
    assert edges[Arrow("miR-21", 1, "trastuzumab", "DrugResponseEffect")].standing == "confirmed"
    assert edges[Arrow("miR-21", -1, "PTEN", "MolecularEffect")].standing == "confirmed"
    assert edges[Arrow("AKT", 1, "trastuzumab", "DrugResponseEffect")].inferred == "confirmed"
    assert Arrow("miR-21", 0, "trastuzumab", "DrugResponseEffect") not in edges  # its direction is stated elsewhere
    [disputed] = [
        edge for edge in around(kg, "HOTAIR") if edge.arrow == Arrow("HOTAIR", -1, "doxorubicin", "DrugResponseEffect")
    ]
    assert disputed.withheld == "disputed"


# --- the command


def test_explain_draws_one_entity_and_what_leads_to_another(mirkg: Run, kg: KnowledgeGraph, tmp_path: Path) -> None:
    done = mirkg("explain", "Adriamycin", "--format", "svg", "-o", "picture.svg")
    assert (done.returncode, done.stdout.split()[0]) == (0, "picture.svg")
    root = ET.fromstring((tmp_path / "picture.svg").read_text("utf-8"))
    assert root.get("aria-label") == "Picture of doxorubicin"
    assert "HOTAIR → resistance to doxorubicin, confirmed: the same" in (root.findtext(f"{SVG}desc") or "")
    printed = mirkg("explain", "miR-130b", "doxorubicin", "--format", "svg").stdout
    assert ET.fromstring(printed).get("aria-label") == "From miR-130b to doxorubicin"
    assert printed == mirkg("explain", "miR-130b", "doxorubicin", "--format", "svg").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("miR-130b", "-o", "picture.svg"), "-o is for a picture: add --format svg."),
        (("miR-130b", "--format", "svg", "-o", "nowhere/picture.svg"), "nowhere is no folder"),
        (("MCF-7", "--format", "svg", "-o", "picture.svg"), "There is nothing to draw"),
    ],
)
def test_a_picture_that_cannot_be_written_leaves_nothing(
    mirkg: Run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = mirkg("explain", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []
