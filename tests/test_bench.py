"""The benches measure what they name, side by side, and say when the other was stopped; no figure is judged here."""

import datetime
import platform
import sys
import xml.etree.ElementTree as ET
from importlib import metadata
from types import SimpleNamespace

import pytest

from mirkg.ask import store
from mirkg.ask.store import Answer
from mirkg.bench import bench, parts
from mirkg.make import build
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import graph
from mirkg.show import bars

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def titles(monkeypatch: pytest.MonkeyPatch, built_from_titles: build.Built) -> None:
    """Measure the graph of titles alone, which is the smaller one."""
    monkeypatch.setattr(bench.graph, "open", lambda: SimpleNamespace(source=store.of(built_from_titles.quads)))


def ratios(answer: Answer) -> dict[str, float]:
    """Return the last column by the first, and assert that the times are times."""
    assert all(float(row[-2]) > 0 for row in answer.rows)
    return {row[0]: float(row[-1]) for row in answer.rows}


@pytest.mark.slow
def test_cold_asks_the_same_in_four_ways_and_compares_with_the_bare_script() -> None:
    answer = bench.cold(1)
    found = {row[0]: [float(cell) for cell in row[1:]] for row in answer.rows}
    assert list(found) == ["mirkg ask", "mirkg ask, without its snapshot", "bare pyoxigraph", "bare rdflib"]
    assert found["bare pyoxigraph"][2:] == [1, 1]
    assert all(cell > 0 for cells in found.values() for cell in cells)


@pytest.mark.slow
def test_check_finds_the_same_in_each_way_and_compares_with_pyshacl_alone() -> None:
    pytest.importorskip("pyrudof", reason="the extra scale is not installed")
    answer = bench.check(1)
    assert [row[0] for row in answer.rows] == [
        "mirkg check FILE, pyrudof",
        "mirkg check FILE, pyshacl",
        "bare pySHACL",
        "mirkg check, pyrudof",
        "mirkg check, pyshacl",
        "mirkg demo",
    ]
    assert answer.rows[2][3:] == ("1.00", "1.00")


def test_check_without_pyrudof_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "find_spec", lambda _: None)
    with pytest.raises(BadInput, match=r"pip install 'mirkg\[scale\]'"):
        bench.check(1)


def test_way_that_fails_gives_no_figure() -> None:
    with pytest.raises(RuntimeError, match=r"failed: .*no graph here"):
        bench._timed([sys.executable, "-c", "import sys; sys.exit('no graph here')"], "", [])


def test_setting_tells_machine_versions_and_date() -> None:
    told = bench.setting()
    assert told.startswith(f"Measured on {datetime.date.today()}: {platform.system()} {platform.machine()} with ")
    for name in ("pyoxigraph", "pyshacl", "rdflib"):
        assert f", {name} {metadata.version(name)}" in told


@pytest.fixture
def duckdb() -> None:
    pytest.importorskip("duckdb", reason="the extra scale is not installed")


@pytest.mark.slow
@pytest.mark.usefixtures("titles", "duckdb")
def test_derive_compares_sizes_with_the_faster_engine_at_the_first_and_stops_rdflib(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench, "SIZES", (1, 2))
    monkeypatch.setattr(bench, "LIMIT", 1)
    found = ratios(bench.derive(1, 2000))
    *ours, other = found
    assert ours == [f"mirkg on {name}, {size} times the claims" for size in (1, 2) for name in ("pyoxigraph", "duckdb")]
    assert min(found[name] for name in ours[:2]) == 1
    assert other.startswith("rdflib, stopped after ")


@pytest.mark.slow
@pytest.mark.usefixtures("titles", "duckdb")
def test_infer_compares_each_size_with_owlrl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SIZES", (1, 2))
    found = ratios(bench.infer(1, 2000))
    ours = (f"{part} on {engine}" for part in ("the closure", "all of it") for engine in ("pyoxigraph", "duckdb"))
    ways = (*ours, "owlrl")
    assert list(found) == [f"{who}, {size} times the claims" for size in (1, 2) for who in ways]
    assert found["owlrl, 1 times the claims"] == found["owlrl, 2 times the claims"] == 1


@pytest.mark.slow
@pytest.mark.usefixtures("titles", "duckdb")
def test_ratio_is_the_quotient_of_the_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SIZES", (1,))
    monkeypatch.setattr(bench, "_spent", lambda _: (0.25, 0.5))
    monkeypatch.setattr(bench, "within_limit", lambda *_: (True, 0.5))
    monkeypatch.setattr(bench, "_of_children", iter((1.0, 5.0)).__next__)
    assert bench.infer(1, 1).rows == [
        ("the closure on pyoxigraph, 1 times the claims", "250", "500", "0.50", "0.12"),
        ("the closure on duckdb, 1 times the claims", "250", "500", "0.50", "0.12"),
        ("all of it on pyoxigraph, 1 times the claims", "250", "500", "0.50", "0.12"),
        ("all of it on duckdb, 1 times the claims", "250", "500", "0.50", "0.12"),
        ("owlrl, 1 times the claims", "500", "4000", "1.00", "1.00"),
    ]


@pytest.mark.slow
def test_grow_counts_what_each_size_derives(monkeypatch: pytest.MonkeyPatch, built: build.Built) -> None:
    monkeypatch.setattr(bench, "GROWN", (60, 120))
    review, *invented = bench.grow(1).rows
    derived = sum(quad.graph_name == graph("derived") for quad in built.quads)
    assert review[:4] == ("the review", "1083", str(derived), f"{derived / 1083:.1f}")
    assert review[-1] == "1.00"
    assert [row[:2] for row in invented] == [("invented", "60"), ("invented", "120")]
    assert all(int(row[2]) == pytest.approx(float(row[3]) * int(row[1]), rel=0.01) for row in invented)
    assert all(int(row[2]) > 0 for row in invented)


def test_infer_without_owlrl_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "find_spec", lambda _: None)
    with pytest.raises(BadInput, match="pip install owlrl"):
        bench.infer(1, 1)


def failing() -> None:
    raise SystemExit(3)


def test_work_that_fails_gives_no_figure() -> None:
    with pytest.raises(RuntimeError, match="failing failed with exit status 3"):
        bench.within_limit(failing)


@pytest.mark.slow
def test_serve_asks_three_servers_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("oxigraph", "rdflib-endpoint"):
        try:
            bench.program(name)
        except BadInput:
            pytest.skip(f"{name} is not installed")
    monkeypatch.setattr(bench, "ASKED", ("targets-of",))
    answer = bench.serve(1)
    assert [row[:2] for row in answer.rows] == [
        ("targets-of", way) for way in ("mirkg serve", "oxigraph serve-read-only", "rdflib-endpoint")
    ]
    assert answer.rows[0][-1] == "1.00"


def test_serve_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.shutil, "which", lambda *_, **__: None)
    with pytest.raises(BadInput, match="pip install oxigraph"):
        bench.serve(1)


def test_times_are_drawn_as_bars_on_a_scale_of_powers_of_ten() -> None:
    rows: list[tuple[str, ...]] = [("one", "10", "1.00"), ("other <b>", "1,000", "100.00"), ("stopped", "", "")]
    drawn = ET.fromstring(bars.svg(Answer(("way", "median ms", "times one"), rows), "A bench", "Measured once."))
    found = [float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert found == [115, 345]  # of 460 from 1 to 10,000
    said = [text.text for text in drawn.iter(f"{SVG}text")]
    scale = ["1", "10", "100", "1000", "10000"]
    assert said == ["A bench", *scale, "one", "10", "other <b>", "1000", "median ms", "Measured once."]
    with pytest.raises(KeyError, match="no column is of times"):
        bars.svg(Answer(("way", "times one"), [("one", "1")]), "", "")


@pytest.mark.slow
def test_build_measures_growing_tables_beside_rdflib(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    monkeypatch.setattr(parts, "_theirs", lambda *given: parts.Taken(9.0, 6.0, 100, ended=given[-1] == 0))
    *measured, writing = parts.bench(30).rows
    assert [row[:2] for row in measured] == [
        ("mirkg build --claims", "60"),
        ("rdflib and pySHACL", "60"),
        ("mirkg build --claims", "3"),
        ("mirkg build --claims", "10"),
        ("mirkg build --claims", "30"),
        ("rdflib and pySHACL, stopped at 15 times", "30"),
    ]
    assert measured[1][2:5] == ("9.0", "6.0", "100.00")
    assert all(float(row[3]) > 0 and int(row[5]) > 0 and int(row[6]) > 0 for row in measured)
    assert writing[0].endswith("times as fast as pyoxigraph parses them")


def test_process_that_takes_too_long_is_stopped() -> None:
    taken, told = parts._process([sys.executable, "-c", "print('begun', flush=True)\nwhile True: pass"], 0.1)
    assert (taken.ended, told) == (False, "begun\n")
    assert parts._process([sys.executable, "-c", "print('done')"], 60)[0].ended
    with pytest.raises(RuntimeError, match=r"failed: .*no such thing"):
        parts._process([sys.executable, "-c", "raise SystemExit('no such thing')"], 60)
