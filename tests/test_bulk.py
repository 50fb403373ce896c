"""A table built in parts gives the quads and problems of one built at once; its build goes on where it was killed."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run, change
from mirkg.bench import synthetic
from mirkg.make import build, shapes, tables
from mirkg.make.forms import REVIEW_FORMS
from mirkg.make.tables import Tables
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import graph
from mirkg.scale import bulk, chains, partition, staging, stream
from mirkg.scale.chains import Share

REVIEW = ROOT / "data/reviews/amiri-2024/claims.tsv"
CLAIMS, PLANTED = 60, 2


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of invented claims."""
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    folder = tmp_path_factory.mktemp("invented") / "data"
    synthetic.write(CLAIMS, folder, 5, PLANTED)
    return folder / "reviews/synthetic/claims.parquet"


def whole(claims: Path) -> Tables:
    """Return the tables that a build in parts reads."""
    rows = {form: list(stream.rows(stream.beside(claims, form), form)) for form in REVIEW_FORMS}
    review = tables.described(claims.with_name("review.toml"))._replace(**rows)  # type: ignore[arg-type]
    return tables.shared(claims.parents[2])._replace(reviews=[review])


def built_at_once(claims: Path) -> tuple[set[ox.Quad], list[str]]:
    """Return the quads of a table but for the metadata, and what is wrong with it."""
    made = build.made(whole(claims))
    problems = shapes.judged(made.quads, made.origins)
    told = sorted(str(problem) for problem in problems if problem.severity == "violation")
    return {quad for quad in made.quads if quad.graph_name != graph("metadata")}, told


def lines_of(folder: Path) -> list[str]:
    """Return the lines of all parts, and assert that those of each are sorted and that the manifest proves it."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert manifest["complete"]
    assert {f"{name}.nq.gz" for name in manifest["parts"]} | {"manifest.json"} == {one.name for one in folder.iterdir()}
    found = []
    for name, told in manifest["parts"].items():
        with gzip.open(folder / f"{name}.nq.gz", "rt", encoding="utf-8", newline="\n") as part:
            lines = list(part)
        assert lines == sorted(lines)
        assert len(lines) == told["quads"]
        assert stream.digest(folder / f"{name}.nq.gz") == told["sha256"]
        found += lines
    return found


def run(claims: Path, folder: Path, partitions: int) -> dict[str, object]:
    return bulk.Bulk(claims, claims.parents[2], folder, partitions).run(lambda *_: None)


def problems(manifest: dict[str, object]) -> list[str]:
    parts = manifest["parts"]
    assert isinstance(parts, dict)
    return sorted(problem for told in parts.values() for problem in told["problems"])


@pytest.fixture(scope="module")
def at_once(table: Path) -> tuple[set[ox.Quad], list[str]]:
    return built_at_once(table)


@pytest.fixture(scope="module")
def in_parts(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts") / "built"
    run(table, folder, 3)
    return folder


def test_parts_hold_each_quad_of_a_build_at_once_and_none_twice(
    in_parts: Path, at_once: tuple[set[ox.Quad], list[str]]
) -> None:
    lines = lines_of(in_parts)
    assert len(set(lines)) == len(lines)
    assert set(lines) == set(partition.lines(at_once[0]))


def test_parts_find_the_problems_of_a_build_at_once(in_parts: Path, at_once: tuple[set[ox.Quad], list[str]]) -> None:
    found = problems(json.loads((in_parts / "manifest.json").read_bytes()))
    assert found == at_once[1]
    assert len(found) == PLANTED


def parts_of_inference(manifest: dict[str, object]) -> int:
    parts = manifest["parts"]
    assert isinstance(parts, dict)
    return sum(name.startswith("inferences-") for name in parts)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("partitions", "many", "inferring"), [(1, 3_000, 1), (9, 3_000, 1), (1, 1_000, 1), (7, 1_000, 7)]
)
def test_review_in_parts_is_the_review_at_once(
    partitions: int, many: int, inferring: int, tmp_path: Path, built: build.Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    if many == 1_000:
        pytest.importorskip("duckdb", reason="the extra scale is not installed")
    monkeypatch.setattr(partition, "MANY", many)
    manifest = run(REVIEW, tmp_path / "built", partitions)
    assert parts_of_inference(manifest) == inferring
    lines = lines_of(tmp_path / "built")
    assert len(set(lines)) == len(lines)
    assert set(lines) == set(partition.lines(quad for quad in built.quads if quad.graph_name != graph("metadata")))
    assert problems(manifest) == []


@pytest.mark.slow
def test_larger_table_in_parts_is_the_table_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synthetic.write(300, tmp_path / "data", 1)
    claims = tmp_path / "data/reviews/synthetic/claims.parquet"
    quads, told = built_at_once(claims)
    for partitions, many in ((9, 1_000_000), (2, 100)):  # the second by DuckDB, where it is installed
        monkeypatch.setattr(partition, "MANY", many)
        manifest = run(claims, tmp_path / f"built-{partitions}", partitions)
        assert Counter(lines_of(tmp_path / f"built-{partitions}")) == Counter(partition.lines(quads))
        assert problems(manifest) == told


@pytest.mark.slow
def test_build_that_breaks_off_goes_on_and_keeps_what_is_finished(
    table: Path, in_parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "built"
    monkeypatch.setattr(partition, "of_claims", breaking(partition.of_claims, after=1))
    with pytest.raises(KeyboardInterrupt):
        run(table, folder, 3)
    monkeypatch.undo()
    before = json.loads((folder / "manifest.json").read_bytes())
    assert not before["complete"]
    assert "claims-00000" in before["parts"]
    assert "claims-00001" not in before["parts"]
    monkeypatch.setattr(partition, "of_claims", counted := counting(partition.of_claims))
    run(table, folder, 3)
    assert counted.calls == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in in_parts.iterdir()
    }


@pytest.mark.slow
def test_inference_that_breaks_off_goes_on(
    table: Path, in_parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb", reason="the extra scale is not installed")
    folder = tmp_path / "built"
    monkeypatch.setattr(partition, "MANY", 10)
    monkeypatch.setattr(partition, "of_chains", breaking(partition.of_chains, after=1))
    with pytest.raises(KeyboardInterrupt):
        run(table, folder, 3)
    monkeypatch.undo()
    monkeypatch.setattr(partition, "MANY", 10)
    monkeypatch.setattr(partition, "of_chains", counted := counting(partition.of_chains))
    monkeypatch.setattr(chains, "links", None)  # what was found before is not sought again
    monkeypatch.setattr(partition, "of_mediations", None)
    assert parts_of_inference(run(table, folder, 3)) == 3
    assert counted.calls == 2
    assert sorted(lines_of(folder)) == sorted(lines_of(in_parts))


def test_part_for_which_duckdb_has_too_little_memory_is_named(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("duckdb", reason="the extra scale is not installed")
    monkeypatch.setattr(partition, "MANY", 10)
    monkeypatch.setattr(partition, "MEMORY", "4MB")
    with pytest.raises(BadInput, match=r"entities needs more memory than DuckDB is given .* --partitions N"):
        run(table, tmp_path / "built", 1)


def test_without_links_and_chains_nothing_is_inferred(tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="the extra scale is not installed")
    given = tmp_path / "given.nq"
    given.write_text("".join(partition.lines(build.terms())), "utf-8")
    chains.links([given], tmp_path / "links.duckdb")
    found = partition.of_mediations(Share(0, 2), tmp_path / "links.duckdb")
    (tmp_path / "mediations.nq.gz").write_bytes(found.links.content())
    data = tables.shared(ROOT / "data")
    made = partition.of_chains(Share(1, 2), data, tmp_path / "links.duckdb", tmp_path / "mediations.nq.gz")
    assert (found.links.size, made.quads.size, made.links.size, made.problems) == (0, 0, 0, [])


class counting:  # noqa: N801
    """Count the calls of a function."""

    def __init__(self, work: Callable[..., object]) -> None:
        self.work, self.calls = work, 0

    def __call__(self, *arguments: object) -> object:
        self.calls += 1
        return self.work(*arguments)


def breaking(work: Callable[..., object], after: int) -> Callable[..., object]:
    """Return a function that is broken off after so many calls."""
    counted = counting(work)

    def call(*arguments: object) -> object:
        if counted.calls == after:
            raise KeyboardInterrupt
        return counted(*arguments)

    return call


def test_parts_that_stay_are_counted(mirkg: Run, table: Path, in_parts: Path, tmp_path: Path) -> None:
    shutil.copytree(in_parts, tmp_path / "built")
    parts = len(json.loads((in_parts / "manifest.json").read_bytes())["parts"])
    (tmp_path / "built/claims-00002.nq.gz").unlink()
    done = mirkg("build", "--claims", table, "-o", "built", "--partitions", 3)
    assert f"quads in {parts} parts, {parts - 1} of them there already" in done.stdout


def test_finished_build_is_left_as_it_is(mirkg: Run, table: Path, in_parts: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in in_parts.iterdir()}
    done = mirkg("build", "--claims", table, "-o", in_parts, "--partitions", 3)
    assert done.returncode == 1
    assert done.stdout.count("claims-0000") == PLANTED
    assert f"{PLANTED} problems" in done.stdout
    assert {path.name: path.stat().st_mtime_ns for path in in_parts.iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize("part", ["claims-00001", "inferences-00000", "steps", "sources-00000"])
def test_spoiled_part_is_built_anew(part: str, table: Path, in_parts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "built"
    shutil.copytree(in_parts, folder)
    (folder / f"{part}.nq.gz").write_bytes(b"spoiled")
    run(table, folder, 3)
    assert lines_of(folder) == lines_of(in_parts)


@pytest.mark.slow
def test_killed_build_goes_on(table: Path, in_parts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "built"
    command = [sys.executable, "-m", "mirkg", "build", "--claims", str(table), "-o", str(folder), "--partitions", "3"]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            parts = len(list(folder.glob("*.nq.gz")))
            while process.poll() is None and len(list(folder.glob("*.nq.gz"))) < parts + 2:
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL) if process.poll() is None else None
    for left in (".manifest.json.1.kept", ".claims-00000.nq.gz.1.part"):  # where the kill came while it wrote
        (folder / left).touch()
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    assert lines_of(folder) == lines_of(in_parts)


# --- wrong input

WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "a column is missing": (
        lambda data: change(data / "claims.tsv", "\tbasis\t", "\tbases\t"),
        "claims.tsv:1: [basis, bases] lacks the column basis",
    ),
    "an entity is unknown": (
        lambda data: change(
            data / "claims.tsv", "\ttitle-64\tTargetingEffect\tmiR-130b", "\ttitle-64\tTargetingEffect\tmiR-0"
        ),
        "[subject] 'miR-0' is not in entities.",
    ),
    "a passage is unknown": (
        lambda data: change(data / "passages.tsv", "\ntitle-64\t", "\ntitle-640\t"),
        "[passage] 'title-64' is not in passages.",
    ),
    "a note is about nothing": (
        lambda data: change(data / "notes.tsv", "\treference-18|reference-19\t", "\treference-18|reference-999\t"),
        "[about] 'reference-999' is no claim and no reference.",
    ),
    "a claim stands twice": (
        lambda data: change(data / "claims.tsv", "\ntitle-64-1\t", "\ntitle-64-2\t"),
        "[id] 'title-64-2' repeats row 972 ('title-64-2').",
    ),
    "a table is missing": (lambda data: (data / "notes.tsv").unlink(), "has no notes.parquet and no notes.tsv."),
    "the scope is no entity": (
        lambda data: change(data / "review.toml", 'scope = "breast-cancer"', 'scope = "cancer-of-x"'),
        "[scope]: no entity 'cancer-of-x'.",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_table_is_refused_and_nothing_is_written(wrong: str, data: Path, mirkg: Run, tmp_path: Path) -> None:
    spoil, told = WRONG[wrong]
    folder = data / "reviews/amiri-2024"
    spoil(folder)
    done = mirkg("build", "--claims", folder / "claims.tsv", "-o", "built")
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert not (tmp_path / "built").exists()


def test_table_that_is_cut_off_is_refused(table: Path, mirkg: Run, tmp_path: Path) -> None:
    shutil.copytree(table.parents[2], tmp_path / "data")
    cut = tmp_path / "data/reviews/synthetic/claims.parquet"
    cut.write_bytes(cut.read_bytes()[:-100])
    done = mirkg("build", "--claims", cut, "-o", "built")
    assert done.returncode == 2
    assert done.stderr == "mirkg: data/reviews/synthetic/claims.parquet: is no whole Parquet file. Write it anew.\n"
    assert not (tmp_path / "built").exists()


def test_folder_with_another_build_or_other_files_is_left_alone(
    table: Path, in_parts: Path, mirkg: Run, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in in_parts.iterdir()}
    done = mirkg("build", "--claims", REVIEW, "-o", in_parts)
    assert done.returncode == 2
    assert "holds a build of other tables and options. Name another folder, or remove it." in done.stderr
    assert {path.name: path.read_bytes() for path in in_parts.iterdir()} == before
    (tmp_path / "kept.txt").write_text("mine")
    done = mirkg("build", "--claims", table, "-o", tmp_path)
    assert done.returncode == 2
    assert "is no empty folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--claims", REVIEW], "--claims goes with -o DIR"),
        (["--partitions", 2, "-o", "built"], "go with --claims"),
        (["--no-inference", "-o", "built"], "go with --claims"),
        (["--claims", "nowhere/claims.parquet", "-o", "built"], "claims.parquet: is no file."),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], told: str, mirkg: Run, tmp_path: Path) -> None:
    done = mirkg("build", *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_subjects_that_can_be_compared_lie_in_one_partition(table: Path, tmp_path: Path) -> None:
    places = {form: stream.beside(table, form) for form in REVIEW_FORMS}
    data = tables.shared(table.parents[2])
    staged = staging.Staging(tmp_path / "tables", data, tables.described(table.with_name("review.toml")), places)
    staged.fill(6, lambda _: None)
    parts = [staged.part(number) for number in range(6)]
    lines = [row.line for part in parts for row in part.review.claims]
    assert sorted(lines) == [row.line for row in stream.rows(table, "claims")]
    place = {name: number for number, part in enumerate(parts) for name in part.subjects}
    assert place.keys() == {row["id"] for row in data.entities}
    assert all(place[row["subject"]] == number for number, part in enumerate(parts) for row in part.review.claims)
    wider = [
        (row["id"], item)
        for row in data.entities
        for name in ("broader", "arm_of", "member_of")
        for item in row.items(name)
    ]
    assert {(narrow, wide) for narrow, wide in wider if place[narrow] != place[wide]} == set()
