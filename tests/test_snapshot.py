"""A snapshot answers as the file does, is of the file as it is now, and never stands in the way of an answer."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run
from mirkg.ask import questions, snapshot, store
from mirkg.ask.graph import KnowledgeGraph
from mirkg.model.problems import BadInput

GRAPH = ROOT / "data" / "mirkg.trig"
ASK = ("ask", "mirnas-for-drug", "--drug", "tamoxifen", "--format", "tsv")
SMALL = '<http://e/s> <http://e/p> "{}" .\n'
VERSION = ox.__version__
OBJECTS = "SELECT ?o { ?s ?p ?o }"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let snapshots be kept in a folder that is not there yet."""
    monkeypatch.setenv("MIRKG_CACHE", str(tmp_path / "caches" / "mirkg"))
    return tmp_path / "caches" / "mirkg"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.trig"
    path.write_text(SMALL.format("first"))
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by each file that is read into memory."""
    paths: list[str] = []
    load = store.load
    monkeypatch.setattr(store, "load", lambda path, content: (paths.append(path), load(path, content))[1])
    return paths


def said(file: Path) -> list[tuple[str, ...]]:
    return snapshot.opened(str(file)).select(OBJECTS).rows


def places(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


# --- it answers as the file does


@pytest.mark.slow
@pytest.mark.parametrize("name", questions.catalogue())
def test_every_question_has_the_same_rows_from_the_snapshot(name: str, kg: KnowledgeGraph) -> None:
    query = questions.find(name).query
    assert snapshot.opened(str(GRAPH)).select(query) == kg.source.select(query)


@pytest.mark.slow
def test_commands_print_the_same_with_and_without(mirkg: Run, monkeypatch: pytest.MonkeyPatch, read: list[str]) -> None:
    commands = (
        ASK,
        ("ask", "mirnas-for-drug", "--drug", "Nolvadex"),
        ("explain", "miR-130b", "--format", "json"),
        ("query", "SELECT ?gene { mke:miR-130b mk:targets ?gene } ORDER BY ?gene"),
        ("audit", "--entity", "HOTAIR"),
    )
    kept = [mirkg(*command) for command in commands]
    assert read == []
    monkeypatch.setenv("MIRKG_CACHE", "")
    told = [mirkg(*command) for command in commands]
    assert len(read) == len(commands)
    assert [(one.returncode, one.stdout, one.stderr) for one in kept] == [
        (one.returncode, one.stdout, one.stderr) for one in told
    ]


# --- it is made once, and of the file as it is now


def test_snapshot_is_made_once(folder: Path, file: Path, read: list[str]) -> None:
    assert said(file) == [("first",)]
    [place] = places(folder)
    made = (place / "sums").stat().st_mtime_ns
    assert said(file) == [("first",)]
    assert places(folder) == [place]
    assert (place / "sums").stat().st_mtime_ns == made
    assert read == []


def test_changed_file_of_the_same_size_and_time_is_read_anew(folder: Path, file: Path) -> None:
    before = file.stat()
    assert said(file) == [("first",)]
    file.write_text(SMALL.format("other"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert said(file) == [("other",)]
    assert len(places(folder)) == 2


def test_another_version_of_the_engine_has_a_snapshot_of_its_own(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(file)
    monkeypatch.setattr(ox, "__version__", "0.4.0")
    assert said(file) == [("first",)]
    assert {place.name.rpartition("-")[2] for place in places(folder)} == {VERSION, "0.4.0"}


def test_old_snapshots_are_swept_and_nothing_else(folder: Path, file: Path) -> None:
    said(file)
    (folder / "notes.txt").write_text("mine")
    for number in range(5):
        file.write_text(SMALL.format(number))
        said(file)
    assert len(places(folder)) == 4
    assert (folder / "notes.txt").read_text() == "mine"
    assert said(file) == [("4",)]


# --- it never stands in the way of an answer


def without_a_file(place: Path) -> None:
    next((place / "store").glob("*.sst")).unlink()


def cut_short(place: Path) -> None:
    path = next((place / "store").glob("MANIFEST*"))
    path.write_bytes(path.read_bytes()[:-5])


def with_a_file_more(place: Path) -> None:
    (place / "store" / "000099.log").write_bytes(b"x")


def without_sums(place: Path) -> None:
    (place / "sums").unlink()


def with_broken_sums(place: Path) -> None:
    (place / "sums").write_bytes(b"\xff\xfe")


def emptied(place: Path) -> None:
    shutil.rmtree(place / "store")


DAMAGES = (without_a_file, cut_short, with_a_file_more, without_sums, with_broken_sums, emptied)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_snapshot_is_made_anew(
    folder: Path, file: Path, read: list[str], damage: Callable[[Path], None]
) -> None:
    said(file)
    [place] = places(folder)
    damage(place)
    assert said(file) == [("first",)]
    assert places(folder) == [place]
    assert sorted(one.name for one in place.iterdir()) == ["store", "sums"]
    assert read == []


def test_any_changed_byte_is_seen(folder: Path, file: Path) -> None:
    said(file)
    [place] = places(folder)
    choose = random.Random(1)
    for path in sorted((place / "store").iterdir()):
        whole = bytearray(path.read_bytes())
        for _ in range(5 if whole else 0):
            at = choose.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << choose.randrange(8)]) + whole[at + 1 :])
            assert not snapshot._whole(str(place)), (path.name, at)
            path.write_bytes(whole)
    assert snapshot._whole(str(place))


@pytest.mark.parametrize("where", ["", "/proc/nowhere", "/dev/null/x"])
def test_without_a_folder_the_file_is_read(
    file: Path, monkeypatch: pytest.MonkeyPatch, read: list[str], where: str
) -> None:
    monkeypatch.setenv("MIRKG_CACHE", where)
    assert said(file) == [("first",)]
    assert read == [str(file)]


def test_full_disk_leaves_nothing_behind(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    def full(_: str) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot, "_sums", full)
    assert said(file) == [("first",)]
    assert read == [str(file)]
    assert places(folder) == []


def test_snapshot_that_vanishes_when_it_is_opened_is_no_error(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch, read: list[str]
) -> None:
    said(file)
    monkeypatch.setattr(snapshot, "_whole", lambda place: shutil.rmtree(place) or True)
    assert said(file) == [("first",)]
    assert read == [str(file)]


def test_broken_file_is_told_as_without_a_snapshot(folder: Path, file: Path) -> None:
    file.write_text("<http://e/s> <http://e/p> .")
    with pytest.raises(BadInput, match="is not well formed"):
        said(file)
    assert places(folder) == []


@pytest.mark.skipif(os.name == "nt", reason="the names of folders are those of POSIX")
def test_folder_is_that_of_the_users_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIRKG_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert snapshot._folder() == "/caches/mirkg"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert snapshot._folder() == "/home/me/.cache/mirkg"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert snapshot._folder() == "/home/me/Library/Caches/mirkg"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert snapshot._folder() == "/local/mirkg"
    monkeypatch.delenv("LOCALAPPDATA")
    assert snapshot._folder() == ""


@pytest.mark.slow
def test_many_processes_at_once_answer_from_one_snapshot(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mirkg", *ASK]
    for _ in range(2):  # none is there; then a damaged one is
        started = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) for _ in range(8)
        ]
        told = {process.communicate() for process in started}
        assert {process.returncode for process in started} == {0}
        assert len(told) == 1
        [place] = places(folder)
        assert snapshot._whole(str(place))
        cut_short(place)


@pytest.mark.slow
def test_what_killed_processes_left_is_swept(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mirkg", *ASK]
    for number in range(5):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path) as process:
            while not folder.is_dir() or len(places(folder)) <= number:
                assert process.poll() is None
            process.kill()
    assert not any(snapshot._whole(str(place)) for place in places(folder))
    done = subprocess.run(command, capture_output=True, cwd=tmp_path, check=True)
    assert done.stderr == b""
    assert len(places(folder)) == 3
    assert sum(snapshot._whole(str(place)) for place in places(folder)) == 1


def test_snapshot_that_others_read_is_not_swept_for_those_that_are_being_made(folder: Path) -> None:
    folder.mkdir(parents=True)
    place = folder / f"{'0' * 64}-pyoxigraph-1"
    for age, name in enumerate([*(f"{place.name}.{number}" for number in range(5)), place.name]):
        (folder / name).mkdir()
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    swept = [f"{place}.{number}" for number in (3, 4)]
    assert snapshot._old(str(folder), str(place)) == swept
    assert snapshot._old(str(folder), swept[0]) == [swept[1], str(place)]
