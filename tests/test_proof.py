"""What leads from one entity to another: stated and inferred apart, step by step, or what was nearest."""

import json

import pyoxigraph as ox
import pytest

from conftest import Run
from mirkg.ask import graph, proof, replay
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.proof import Arrow, Evidence, Proof
from mirkg.ask.store import Store
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import mk
from mirkg.show import proof as drawing


@pytest.fixture(scope="module")
def as_stated(kg: KnowledgeGraph) -> KnowledgeGraph:
    assert isinstance(kg.source, Store)
    return KnowledgeGraph(replay.replayed(kg.source, {}, "as-stated"))


def paths(found: Proof) -> list[str]:
    return [drawing.drawn(inference.path) for inference in found.inferred]


def test_stated_and_inferred_stand_apart_with_their_places(kg: KnowledgeGraph) -> None:
    found = kg.proof("miR-130b", "Adriamycin")
    assert found.object.label == "doxorubicin"
    assert [(drawing.drawn([one.arrow]), one.through, one.evidence) for one in found.stated] == [
        (
            "miR-130b → resistance to doxorubicin",
            ["PTEN-PI3K/AKT pathway"],
            [Evidence("interaction ¶1 s4", "[64–66]", "", ["author mismatch"])],
        ),
        (
            "miR-130b → resistance to antineoplastic agent",
            ["PI3K/AKT pathway", "PTEN"],
            [Evidence("interaction ¶1 s7", "[64–66]", "", []), Evidence("title of reference 64", "", "", [])],
        ),
    ]
    assert "miR-130b ⊣ PTEN ⊣ PTEN-PI3K/AKT pathway → resistance to doxorubicin" in paths(found)
    assert found.nearest == []


def test_steps_of_a_mediation_stand_below_it(kg: KnowledgeGraph) -> None:
    [found] = [one for one in kg.proof("miR-134", "doxorubicin").inferred if one.arrow.end == "doxorubicin"]
    assert (found.says, found.grade, found.outcome) == ("miR-134 sensitizes to doxorubicin", "confirmed", "signs")
    first, second = found.steps
    assert (first.kind, first.arrow) == ("stated", Arrow("miR-134", -1, "ABCC1", "MolecularEffect"))
    assert first.evidence == [Evidence("title of reference 106", "", "", [])]
    assert (second.kind, second.arrow) == ("mediation", Arrow("ABCC1", 1, "doxorubicin", "DrugResponseEffect"))
    assert [drawing.drawn([step.arrow]) for step in second.steps] == [
        "miR-145 ⊣ ABCC1",
        "miR-145 ⊣ resistance to doxorubicin",
    ]


def test_member_is_drawn_as_such(kg: KnowledgeGraph) -> None:
    found = kg.proof("miR-487a", "antineoplastic agent")
    assert "miR-487a ⊣ ABCG2 ∈ ABC transporter → resistance to antineoplastic agent" in paths(found)


def test_disputed_statement_is_shown_with_what_speaks_against_it(kg: KnowledgeGraph) -> None:
    text = drawing.text(kg.proof("HOTAIR", "doxorubicin"))
    assert (
        "HOTAIR ⊣ resistance to doxorubicin, through PI3K/AKT/mTOR pathway   (disputed, withheld: disputed, doubted)"
        in text
    )
    assert "against: HOTAIR confers resistance to doxorubicin (title of reference 72), but HOTAIR sensitizes" in text


@pytest.mark.slow
def test_withheld_steps_are_taken_only_when_asked(kg: KnowledgeGraph, as_stated: KnowledgeGraph) -> None:
    pair = ("LINC00968", "WNT2/β-catenin pathway")
    assert kg.proof(*pair).inferred == []
    assert "Steps that are withheld are taken with --policy as-stated." in drawing.text(kg.proof(*pair))
    found = as_stated.proof(*pair)
    assert paths(found) == ["LINC00968 ⊣ WNT2 → WNT2/β-catenin pathway"]
    assert found.inferred[0].grade == "retracted only"


def test_nothing_connects_says_so_with_the_nearest(kg: KnowledgeGraph) -> None:
    found = kg.proof("miR-7", "trastuzumab")
    assert (found.stated, found.inferred) == ([], [])
    ends = {name for arrow in found.nearest for name in (arrow.start, arrow.end)}
    assert {"miR-7", "trastuzumab"} <= ends
    for before, after in zip(found.nearest, found.nearest[1:], strict=False):
        assert {before.start, before.end} & {after.start, after.end}
    assert "No edge and no inference leads from miR-7 to trastuzumab." in drawing.text(found)


def test_what_no_edge_touches_has_no_nearest(kg: KnowledgeGraph) -> None:
    found = kg.proof("mature miRNA", "trastuzumab")
    assert found.nearest == []
    assert "No edges connect the two." in drawing.text(found)


def test_turtle_holds_the_inference_with_its_steps_and_claims(kg: KnowledgeGraph) -> None:
    content = proof.turtle(kg.source, kg.proof("miR-134", "doxorubicin"))
    assert content.startswith(b"@prefix")
    assert content == proof.turtle(kg.source, kg.proof("miR-134", "doxorubicin"))
    triples = list(ox.parse(content, format=ox.RdfFormat.TURTLE))
    kinds = {
        str(triple.object.value).rpartition("#")[2] for triple in triples if triple.predicate.value.endswith("#type")
    }
    assert {"Inference", "Mediation", "Link", "Step", "Claim", "SensitizingEffect"} <= kinds
    assert any(triple.predicate == mk("position") for triple in triples)


def test_mermaid_draws_each_edge_once_between_nodes_that_it_declares(kg: KnowledgeGraph) -> None:
    lines = drawing.mermaid(kg.proof("miR-130b", "doxorubicin")).splitlines()
    assert lines[0] == "flowchart LR"
    declared = {line.strip().partition("[")[0] for line in lines[1:] if '["' in line}
    edges = [line.strip() for line in lines[1:] if "|" in line]
    assert len(edges) == len(set(edges))
    assert {name for edge in edges for name in (edge.split(" ")[0], edge.split(" ")[-1])} == declared
    assert 'n_miR_2d_130b -->|"⊣ confirmed: the same"| n_PTEN' in edges


def test_names_that_are_none_are_refused(kg: KnowledgeGraph) -> None:
    with pytest.raises(BadInput, match="Nothing here is called 'nobody'"):
        kg.proof("miR-130b", "nobody")


def test_an_inference_is_never_called_by_the_standing_of_a_statement(kg: KnowledgeGraph) -> None:
    found = kg.proof("miR-130b", "doxorubicin")
    assert {"confirmed", "cited", "uncited"} == {inference.grade for inference in found.inferred}
    lines = drawing.text(found).partition("\nInferred\n")[2].splitlines()
    heads = [line for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert len(heads) == len(found.inferred)
    for head, inference in zip(heads, found.inferred, strict=True):
        assert drawing.rests(inference.grade) in head
        assert "; confirmed;" not in head
    inferred = [line for line in drawing.mermaid(found).splitlines() if "inferred" in line]
    assert all("rests on a confirmed statement" in line or "confirmed" not in line for line in inferred)


# --- the command


def test_explain_prints_the_paths_between_two(mirkg: Run) -> None:
    done = mirkg("explain", "miR-130b", "Adriamycin")
    assert done.returncode == 0
    assert done.stdout.startswith("miR-130b and doxorubicin\n\nStated\n")
    assert "  miR-130b ⊣ PTEN ⊣ PTEN-PI3K/AKT pathway → resistance to doxorubicin   (" in done.stdout
    assert "not medical advice" in done.stdout


def test_explain_writes_json_and_turtle(mirkg: Run, kg: KnowledgeGraph) -> None:
    told = json.loads(mirkg("explain", "miR-134", "doxorubicin", "--format", "json").stdout)
    assert told == json.loads(json.dumps(kg.proof("miR-134", "doxorubicin").dict()))
    assert told["inferred"][0]["steps"][0]["arrow"]["start"] == "miR-134"
    assert "@prefix mk:" in mirkg("explain", "miR-134", "doxorubicin", "--format", "ttl").stdout


@pytest.mark.slow
def test_explain_with_the_policy_as_stated(mirkg: Run) -> None:
    done = mirkg("explain", "LINC00968", "WNT2/β-catenin pathway", "--policy", "as-stated")
    assert "LINC00968 ⊣ WNT2 → WNT2/β-catenin pathway   (" in done.stdout


@pytest.mark.parametrize("more", [("--policy", "as-stated"), ("--format", "mermaid")])
def test_what_is_for_two_is_refused_for_one(mirkg: Run, more: tuple[str, str]) -> None:
    done = mirkg("explain", "PTEN", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert "are for the paths between two" in done.stderr


def test_python_has_the_same_proof() -> None:
    says = {inference.says for inference in graph.open().proof("PTEN", "doxorubicin").inferred}
    assert says == {"PTEN sensitizes to antineoplastic agent", "PTEN sensitizes to doxorubicin"}
