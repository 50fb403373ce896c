"""The invented tables: the same for the same numbers, like the review, and what is planted is what is found."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from conftest import ROOT, Run
from mirkg.ask import audit, store
from mirkg.ask.audit import Audit
from mirkg.bench import synthetic
from mirkg.bench.synthetic import Synthetic
from mirkg.make import build, integrity, shapes, tables
from mirkg.make.forms import REVIEW_FORMS
from mirkg.model.vocabulary import RDF_TYPE, graph, mk
from mirkg.scale import stream

CLAIMS, PLANTED = 200, 3


@cache
def made() -> Synthetic:
    return synthetic.made(CLAIMS, 7, PLANTED)


@cache
def built() -> build.Built:
    return build.build(made().tables)


@cache
def audited() -> Audit:
    return audit.audit(store.of(built().quads))


def places(claims: dict[str, str]) -> set[tuple[str, str]]:
    """Return where claims with a reference are printed, and the reference, as the audit writes them."""
    return {(f"conclusion ¶{number} s1", number) for number in claims.values()}


def found(finding: str) -> set[tuple[str, str]]:
    return {(row.where, row.reference) for row in audited().findings if row.finding == finding}


@pytest.mark.parametrize(
    ("sort", "finding"), [("conflicts", "sign conflict"), ("denials", "denied"), ("retractions", "retracted")]
)
def test_audit_finds_exactly_what_was_planted(sort: str, finding: str) -> None:
    planted = getattr(made().planted, sort)
    assert len(planted) == PLANTED
    told = {place for place in found(finding) if not place[0].startswith("title of ")}
    assert told == places(planted)


def test_nothing_is_found_where_nothing_was_planted() -> None:
    quads = build.build(synthetic.made(CLAIMS, 7, 0).tables).quads
    findings = {row.finding for row in audit.audit(store.of(quads)).findings}
    assert findings.isdisjoint({"sign conflict", "denied", "disputed", "retracted", "mixed voice"})
    kinds = {quad.object for quad in quads if quad.graph_name == graph("derived") and quad.predicate == RDF_TYPE}
    assert mk("ReferenceVerdict") in kinds
    assert mk("Conflict") not in kinds


@pytest.mark.slow
def test_shapes_find_exactly_the_planted_violations() -> None:
    problems = shapes.judged(built().quads, built().origins)
    rows = {row["id"]: row for row in made().tables.reviews[0].claims}
    broken = {f"{rows[claim]['subject']}/PathwayEffect/{rows[claim]['object']}" for claim in made().planted.violations}
    assert len(made().planted.violations) == PLANTED
    violations = [problem for problem in problems if problem.severity == "violation"]
    assert {problem.what.partition(":")[0] for problem in violations} == {"pathway-object"}
    assert len(violations) == len(broken)


def test_numbers_decide_the_tables() -> None:
    assert synthetic.made(CLAIMS, 7, PLANTED) == made()
    assert synthetic.made(CLAIMS, 8, PLANTED).tables.reviews[0].claims != made().tables.reviews[0].claims


def test_claims_keep_the_proportions_of_the_review_and_have_hubs() -> None:
    review, drawn = tables.load(ROOT / "data").reviews[0], synthetic.made(3000, 1, 0).tables.reviews[0]
    assert len(drawn.claims) == 3000
    for column in ("kind", "basis"):
        own, its = (Counter(row[column] for row in one.claims) for one in (review, drawn))
        assert all(abs(its[value] / 3000 - count / own.total()) < 0.04 for value, count in own.items())
    voices = [Counter(row["kind"] for row in one.passages) for one in (review, drawn)]
    assert set(voices[1]) == set(voices[0])
    subjects = Counter(row["subject"] for row in drawn.claims).most_common()
    assert subjects[0][1] > 50 > subjects[len(subjects) // 2][1] * 10


def test_invented_tables_hold_together() -> None:
    assert integrity.problems(synthetic.made(3000, 1).tables) == []


def test_hubs_and_repetitions_are_those_of_the_review_at_its_size() -> None:
    review = tables.load(ROOT / "data").reviews[0]
    drawn = synthetic.made(len(review.claims), 1, 0).tables.reviews[0]
    for column in ("subject", "object"):
        own, its = (Counter(row[column] for row in one.claims).most_common(1)[0][1] for one in (review, drawn))
        assert 0.7 < its / own < 1.5
    own, its = (len({(row["subject"], row["object"]) for row in one.claims}) for one in (review, drawn))
    assert 0.9 < its / own < 1.1


def test_propositions_grow_slower_than_claims() -> None:
    few, many = (
        len({(row["subject"], row["object"]) for row in synthetic.made(size, 1, 0).tables.reviews[0].claims})
        for size in (1000, 4000)
    )
    assert 2.5 < many / few < 3.5


def test_tables_that_are_written_are_those_that_are_made(mirkg: Run, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    done = mirkg("bench", "tables", "--claims", 50, "--seed", 3, "-o", "data")
    assert done.returncode == 0
    drawn = synthetic.made(50, 3)
    for name, claims in drawn.planted._asdict().items():
        assert f"planted {name}: {', '.join(sorted(claims))}" in done.stdout
    place = tmp_path / "data/reviews/synthetic"
    for form in REVIEW_FORMS:
        rows = [row.cells for row in stream.rows(place / f"{form}.parquet", form)]
        assert rows == [row.cells for row in getattr(drawn.tables.reviews[0], form)]
    shared = tables.shared(tmp_path / "data")
    assert [row.cells for row in shared.entities] == [row.cells for row in drawn.tables.entities]
    again = mirkg("bench", "tables", "-o", "data")
    assert (again.returncode, again.stderr) == (2, "mirkg: data is there already. Name a folder that is not.\n")
    assert mirkg("bench", "tables").returncode == mirkg("bench", "cold", "-o", "data").returncode == 2
