"""Bench: figures of mirkg beside what one would write first, taken in turn in one run, as ratios."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mirkg import graph, paths, questions
from mirkg.store import Answer

_QUESTION, _DRUG = "mirnas-for-drug", "tamoxifen"
_PYOXIGRAPH = """
import sys, pyoxigraph
store = pyoxigraph.Store()
store.bulk_load(path=sys.argv[1])
for row in store.query(open(sys.argv[2]).read(), use_default_graph_as_union=True):
    print(*("" if value is None else value.value for value in row), sep="\\t")
"""
_RDFLIB = """
import sys, rdflib
data = rdflib.Dataset(default_union=True)
data.parse(sys.argv[1])
for row in data.query(open(sys.argv[2]).read()):
    print(*("" if value is None else value for value in row), sep="\\t")
"""


def cold(rounds: int) -> Answer:
    """Time the whole process of one question beside bare scripts on the same file and query.

    The ways take turns, after one round that is not counted; times are medians in milliseconds.

    Raises:
        RuntimeError: the ways do not print the same number of rows.
    """
    found = questions.find(_QUESTION)
    meant = graph.open().names.meant(_DRUG, found.parameters[0].kinds)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "question.rq"
        file.write_text(found.bound({"drug": [f"<{iri}>" for iri in meant.iris]}), "utf-8")
        inputs = [paths.resource("data/mirkg.trig"), str(file)]
        ask = ["ask", _QUESTION, "--drug", _DRUG, "--format", "tsv"]
        ways = {
            "mirkg ask": [sys.executable, "-m", "mirkg", *ask],
            "bare pyoxigraph": [sys.executable, "-c", _PYOXIGRAPH, *inputs],
            "bare rdflib": [sys.executable, "-c", _RDFLIB, *inputs],
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds + 1):
            sizes = {name: _timed(command, times[name] if number else []) for name, command in ways.items()}
    if {size - (name == "mirkg ask") for name, size in sizes.items()} != {sizes["bare rdflib"]}:
        raise RuntimeError(f"the ways do not agree on the rows: {sizes}")
    ours = statistics.median(times["mirkg ask"])
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    listed: list[tuple[str, ...]] = [
        (name, f"{1000 * median:.0f}", f"{median / ours:.2f}") for name, median in medians.items()
    ]
    return Answer(("way", "median ms", "times mirkg ask"), listed)


def _timed(command: list[str], times: list[float]) -> int:
    """Run a command, add its seconds to a list, and return how many lines it printed."""
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True)
    times.append(time.perf_counter() - begun)
    return done.stdout.count(b"\n")
