"""pyrudof finds what pySHACL finds: in the review, in mutations of it, and in the W3C tests of SHACL core.

Where they differ in the W3C tests stands in tests/cases/validators.tsv, with the versions that it holds for; the test
fails if a difference comes or goes.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import test_shapes
from conftest import ROOT, Run
from mirkg.make import build, check, shapes, validators
from mirkg.model import vocabulary
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import ontology
from mutation import mutated

SUITE = Path(os.environ.get("MIRKG_W3C", ROOT.parent / "shared" / "real" / "w3c")) / "data-shapes-test-suite/tests/core"
DIFFERENCES = ROOT / "tests" / "cases" / "validators.tsv"
SH = "http://www.w3.org/ns/shacl#"
SHT = "http://www.w3.org/ns/shacl-test#"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"


@pytest.fixture(autouse=True)
def _nothing_was_judged_before() -> None:
    shapes._reading.cache_clear()


@pytest.fixture
def both() -> None:
    pytest.importorskip("pyrudof", reason="the extra scale is not installed")


def each(quads: list[ox.Quad], origins: dict[str, Any]) -> list[list[Any]]:
    """Return what each engine finds, and last what pySHACL does where it judges all nodes, alike or not."""
    return [*(shapes.judged(quads, origins, engine) for engine in validators.NAMES), whole(quads, origins)]


def whole(quads: list[ox.Quad], origins: dict[str, Any], engine: str = "pyshacl") -> list[Any]:
    data = [*(quad for quad in quads if quad.graph_name != vocabulary.graph("ontology")), *ontology()]
    known = shapes.with_propositions(shapes.statements(data), origins)
    return shapes.validated(data, shapes.load(shapes.DATA), known, engine)


def test_engine_that_is_not_installed_is_told(mirkg: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validators, "find_spec", lambda _: None)
    done = mirkg("check", "--engine", "pyrudof")
    assert done.returncode == 2
    assert done.stderr == "mirkg: --engine pyrudof needs pyrudof. Install it with: pip install 'mirkg[scale]'\n"


def test_without_pyrudof_pyshacl_judges(monkeypatch: pytest.MonkeyPatch, valid: list[ox.Quad]) -> None:
    monkeypatch.setattr(validators, "find_spec", lambda _: None)
    monkeypatch.setattr(validators, "_by_pyrudof", None)
    assert shapes.judged(valid, {}) == []


@pytest.mark.usefixtures("both")
def test_with_pyrudof_it_judges(monkeypatch: pytest.MonkeyPatch, valid: list[ox.Quad]) -> None:
    monkeypatch.setattr(validators, "_by_pyshacl", None)
    assert shapes.judged(valid, {}) == []


@pytest.mark.usefixtures("both")
def test_graph_that_pyrudof_cannot_judge_is_told(monkeypatch: pytest.MonkeyPatch, valid: list[ox.Quad]) -> None:
    monkeypatch.setattr(validators, "_lines", lambda _: "<broken")
    with pytest.raises(BadInput, match=r"pyrudof cannot judge this graph .* Try --engine pyshacl"):
        shapes.judged(valid, {}, "pyrudof")


# --- the review and its mutations


@pytest.fixture(scope="module")
def valid() -> list[ox.Quad]:
    return check.read(ROOT / "tests" / "cases" / "valid.ttl")


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("seed", range(4))
def test_both_find_the_same_in_a_mutated_case(valid: list[ox.Quad], seed: int) -> None:
    fast, alike, reference = each(mutated(valid, 20, seed), {})
    assert len(reference) > 5
    assert fast == alike == reference


@pytest.mark.usefixtures("both")
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_both_find_the_same_in_many_mutated_cases(valid: list[ox.Quad], seed: int) -> None:
    fast, alike, reference = each(mutated(valid, 10, seed), {})
    assert fast == alike == reference


@pytest.mark.usefixtures("both")
@pytest.mark.slow
def test_both_find_the_same_in_the_review(built: build.Built) -> None:
    fast, alike, reference = each(built.quads, built.origins)
    assert len(reference) > 20
    assert fast == alike == reference


@pytest.mark.usefixtures("both")
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_both_find_the_same_in_the_mutated_review(built: build.Built, seed: int) -> None:
    fast, alike, reference = each(mutated(built.quads, 100, seed), built.origins)
    assert len(reference) > 100
    assert fast == alike == reference


@pytest.mark.slow
@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("shape", [*test_shapes.BROKEN, *test_shapes.STYLE_BROKEN])
def test_both_find_the_same_where_a_shape_is_broken(valid: list[ox.Quad], shape: str) -> None:
    if shape in test_shapes.BROKEN:
        quads, names = test_shapes.changed(test_shapes.BROKEN[shape][0], [*valid, *ontology()]), shapes.DATA
    else:
        quads, names = test_shapes.changed(test_shapes.STYLE_BROKEN[shape][0], list(ontology())), shapes.STYLE
        quads = test_shapes.own_terms(quads)
    fast, reference = (shapes.validated(quads, shapes.load(names), {}, engine) for engine in validators.NAMES)
    assert fast == reference
    assert fast


# --- the W3C tests of SHACL core


def cases() -> list[Path]:
    return sorted(path for path in SUITE.glob("*/*.ttl") if b"sht:Validate" in path.read_bytes())


def graph(path: Path) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(path=str(path), base_iri=f"http://example.org/{path.name}")]


def told(report: list[ox.Triple], node: Any) -> Counter[str]:
    """Return the results of a report: focus node, value, shape, component and severity; blank nodes are alike."""
    about: dict[Any, dict[str, Any]] = {}
    for triple in report:
        about.setdefault(triple.subject, {})[triple.predicate.value.removeprefix(SH)] = triple.object
    results = [triple.object for triple in report if triple.subject == node and triple.predicate.value == SH + "result"]
    keys = ("focusNode", "value", "sourceShape", "sourceConstraintComponent", "resultSeverity")
    return Counter(" ".join(_shown(about[result].get(key)) for key in keys) for result in results)


def _shown(term: Any) -> str:
    if term is None or isinstance(term, ox.BlankNode):
        return "-" if term is None else "_:"
    return str(term).replace(SH, "sh:").replace("\t", " ").replace("\n", " ")


def found(path: Path) -> dict[str, Counter[str]]:
    """Return what each engine finds in a case, and what the W3C expects."""
    case = graph(path)
    value = {triple.predicate.value: triple.object for triple in case if triple.predicate.value.startswith((MF, SHT))}
    near = {kind: path.parent / Path(value[SHT + kind].value).name for kind in ("dataGraph", "shapesGraph")}
    parts = {kind: case if one == path else graph(one) for kind, one in near.items()}
    answers = {"W3C": told(case, value[MF + "result"])}
    for engine in validators.NAMES:
        try:
            report = validators.report(parts["dataGraph"], parts["shapesGraph"], engine)
            [node] = {triple.subject for triple in report if triple.predicate.value == SH + "conforms"}
            answers[engine] = told(report, node)
        except Exception as error:
            answers[engine] = Counter([f"refused: {type(error).__name__}"])
    return answers


@pytest.mark.usefixtures("both")
@pytest.mark.slow
def test_w3c_differences_are_the_known_ones() -> None:
    if not SUITE.is_dir():
        pytest.skip("the W3C tests of SHACL are not here; name their folder in MIRKG_W3C")
    lines: list[str] = []
    expected = 0
    for path in cases():
        answers = found(path)
        expected += answers["W3C"].total()
        for engine, other in (("pyrudof", "pyshacl"), ("pyrudof", "W3C"), ("pyshacl", "W3C")):
            ours, theirs = answers[engine], answers[other]
            lines += [f"{path.parent.name}/{path.name}\t{engine}\t{other}\tmore\t{one}" for one in (ours - theirs)]
            lines += [f"{path.parent.name}/{path.name}\t{engine}\t{other}\tless\t{one}" for one in (theirs - ours)]
    assert (len(cases()), expected) == (98, 213)
    known = [line for line in DIFFERENCES.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert sorted(lines) == known
