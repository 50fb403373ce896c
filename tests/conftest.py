"""What the tests share: the built graph, a copy of the tables to break, and the command line."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from rdflib.plugins import sparql

from mirkg.ask import graph
from mirkg.ask.graph import KnowledgeGraph
from mirkg.cli import main
from mirkg.make import build, tables

ROOT = Path(__file__).resolve().parent.parent


def review_text() -> Path:
    """Return where the review's text is, which is not redistributed; skip the test elsewhere."""
    path = Path(os.environ.get("MIRKG_REVIEW_TEXT", ROOT.parent / "shared" / "source" / "review.txt"))
    if not path.exists():
        pytest.skip("the review's text is not redistributed; name your copy in MIRKG_REVIEW_TEXT")
    return path


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the snapshot of the tests, and of the processes that they start, out of the user's own folder."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["MIRKG_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def copy_of_review() -> str:
    return review_text().read_text("utf-8")


@pytest.fixture(scope="session")
def built() -> build.Built:
    return build.build(tables.load(ROOT / "data"))


@pytest.fixture(scope="session")
def kg() -> KnowledgeGraph:
    return graph.open(ROOT / "data" / "mirkg.trig")


@pytest.fixture(scope="session")
def second_engine() -> rdflib.Dataset:
    """Return the built graph in rdflib, with all its graphs as one."""
    sparql.SPARQL_LOAD_GRAPHS = False
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(ROOT / "data" / "mirkg.trig")
    return dataset


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a copy of the tables that a test may break."""
    copy = tmp_path / "data"
    shutil.copytree(ROOT / "data", copy, ignore=shutil.ignore_patterns("mirkg.trig"))
    return copy


def drop_abstracts(data: Path) -> None:
    """Take the claims of abstracts out of a copy of the tables, so that papers speak through their titles alone."""
    path = data / "reviews/amiri-2024/claims.tsv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    left = [line for line in lines if not line.startswith("abstract-of-")]
    assert len(left) < len(lines)
    path.write_text("".join(left), "utf-8")


@pytest.fixture(scope="session")
def built_from_titles(tmp_path_factory: pytest.TempPathFactory) -> build.Built:
    """Return the graph of the tables without the claims of abstracts."""
    copy = tmp_path_factory.mktemp("titles") / "data"
    shutil.copytree(ROOT / "data", copy, ignore=shutil.ignore_patterns("mirkg.trig"))
    drop_abstracts(copy)
    return build.build(tables.load(copy))


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def mirkg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command line in this process, in an empty folder."""

    def run(*arguments: str | Path, input: str = "") -> subprocess.CompletedProcess[str]:
        streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2)]
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input.encode()), "utf-8"))
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            try:
                status = main([str(argument) for argument in arguments])
            except SystemExit as left:  # argparse
                status = int(left.code or 0)
        for stream in streams:
            stream.flush()
        out, err = (stream.buffer.getvalue().decode() for stream in streams)
        return subprocess.CompletedProcess(arguments, status, out, err)

    return run


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """Return a function that runs the command line as a process, in an empty folder."""

    def run(*arguments: str | Path, input: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mirkg", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, input=input, cwd=tmp_path, check=False)

    return run


def change(path: Path, old: str, new: str) -> int:
    """Replace text that stands once in a file; return its line."""
    content = path.read_text("utf-8")
    assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times in {path.name}"
    path.write_text(content.replace(old, new), "utf-8")
    return content[: content.index(old)].count("\n") + 1
