"""Parts: the build of invented tables in parts, at growing sizes, beside rdflib and pySHACL doing the same."""

from __future__ import annotations

import gzip
import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg.ask.store import Answer
from mirkg.bench import synthetic
from mirkg.make import build, shapes, tables
from mirkg.make.forms import REVIEW_FORMS
from mirkg.model import derive, files
from mirkg.model.rdf import serialized
from mirkg.scale import bulk, partition, stream

_SMALL = 60  # claims at which rdflib comes to an end
_AIM = 15  # times the time of mirkg
_BY_RDFLIB = """
import sys, pyshacl, rdflib
from rdflib.namespace import RDF, SH
rules, shapes = (open(path).read().split() for path in sys.argv[2:4])
data = rdflib.Dataset(default_union=True)
data.parse(sys.argv[1], format="nquads")
for rule in rules:
    for triple in list(data.query(open(rule).read())):
        data.add(triple)
whole, judges = rdflib.Graph(), rdflib.Graph()
for subject, predicate, value, _ in data.quads():
    whole.add((subject, predicate, value))
for path in shapes:
    judges.parse(path)
report = pyshacl.validate(whole, shacl_graph=judges, inference="none")[1]
print(len(whole), len(set(report.subjects(RDF.type, SH.ValidationResult))))
"""


class Taken(NamedTuple):
    """Hold what a process took: seconds of the clock and of the processor, and its peak of memory in megabytes."""

    seconds: float
    processor: float
    memory: int
    ended: bool = True


def bench(claims: int) -> Answer:
    """Measure the build of tables of a tenth, a third and all of so many claims, without inference.

    rdflib and pySHACL run the same rules and shapes on the smallest table and on the largest, on quads that mirkg made
    from their rows. They are stopped once they have taken so many times the processor time of mirkg as is aimed at.

    Raises:
        RuntimeError: a process failed, or the ways do not find the same number of problems.
    """
    listed: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in (_SMALL, *sorted({max(1, claims // 10), max(1, claims // 3), claims})):
            taken, manifest = _ours(folder, size)
            quads = sum(told["quads"] for told in manifest["parts"].values())
            listed.append(_row("mirkg build --claims", size, taken, quads))
            if size in (_SMALL, claims):
                theirs = _theirs(folder, size, manifest, 0 if size == _SMALL else _AIM * taken.processor)
                way = "rdflib and pySHACL" if theirs.ended else f"rdflib and pySHACL, stopped at {_AIM} times"
                listed.append(_row(way, size, theirs, quads))
        listed.append(_written(folder / f"built-{claims}"))
    return Answer(("way", "claims", "seconds", "processor", "ms a claim", "quads", "MB"), listed)


def _row(way: str, claims: int, taken: Taken, quads: int) -> tuple[str, ...]:
    each = 1000 * taken.processor / claims
    times = (f"{taken.seconds:.1f}", f"{taken.processor:.1f}", f"{each:.2f}")
    return (way, str(claims), *times, str(quads), str(taken.memory))


def _ours(folder: Path, claims: int) -> tuple[Taken, Any]:
    synthetic.write(claims, folder / f"data-{claims}", planted=1)
    output = folder / f"built-{claims}"
    table = folder / f"data-{claims}/reviews/synthetic/claims.parquet"
    command = [sys.executable, "-m", "mirkg", "build", "--claims", str(table), "-o", str(output), "--no-inference"]
    taken, _ = _process(command)
    return taken, json.loads((output / bulk.MANIFEST).read_bytes())


def _theirs(folder: Path, claims: int, manifest: Any, limit: float) -> Taken:
    """Let rdflib and pySHACL do the same on what a table states, and compare what they find if they come to an end."""
    place = folder / f"data-{claims}/reviews/synthetic"
    rows = {form: list(stream.rows(place / f"{form}.parquet", form)) for form in REVIEW_FORMS}
    review = tables.described(place / "review.toml")._replace(**rows)  # type: ignore[arg-type]
    stated = build.stated(tables.shared(place.parents[1])._replace(reviews=[review]), {})
    (folder / "stated.nq").write_bytes(serialized(stated, ox.RdfFormat.N_QUADS))
    rules = [derive.path(rule) for rule in derive.rules() if not rule.startswith(derive.INFERENCE)]
    judges = [files.resource(f"shapes/{name}.ttl") for name in shapes.DATA]
    for name, paths in (("rules", rules), ("shapes", judges)):
        (folder / name).write_text("\n".join(paths), "utf-8")
    names = [str(folder / name) for name in ("stated.nq", "rules", "shapes")]
    taken, told = _process([sys.executable, "-c", _BY_RDFLIB, *names], limit)
    found = sum(len(part["problems"]) + part["warnings"] for part in manifest["parts"].values())
    if taken.ended and int(told.split()[1]) != found:
        raise RuntimeError(f"mirkg finds {found} problems and warnings, pySHACL {told.split()[1]}")
    return taken


def _process(command: list[str], limit: float = 0) -> tuple[Taken, str]:
    """Run a process to its end, or until it has taken so many seconds of the processor if there is a limit.

    Return what it took and what it printed.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        if limit:
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (math.ceil(limit), math.ceil(limit) + 1))
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, err):
            file.seek(0)
        ended = process.returncode not in (-signal.SIGXCPU, -signal.SIGKILL) or not limit
        if ended and process.returncode not in ((0, 1) if "mirkg" in command else (0,)):  # 1: mirkg found something
            raise RuntimeError(f"{' '.join(command[:4])} failed: {err.read().decode()[-500:]}")
        taken = Taken(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, ended)
        return taken, out.read().decode()


def _written(folder: Path) -> tuple[str, ...]:
    """Return how fast the largest part of a build is written, as against parsed."""
    largest = max(folder.glob("claims-*.nq.gz"), key=lambda path: path.stat().st_size)
    content = gzip.decompress(largest.read_bytes())
    begun = time.process_time()
    quads = list(ox.parse(content, ox.RdfFormat.N_QUADS))
    parsed = time.process_time() - begun
    partition.Pack(quads).content()
    written = time.process_time() - begun - parsed
    way = f"write and pack quads, {parsed / written:.2f} times as fast as pyoxigraph parses them"
    return way, "", "", f"{written:.1f}", "", str(len(quads)), ""
