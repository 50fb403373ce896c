"""Bench: figures of mirkg beside what one would write first, taken in turn in one run, as ratios."""

from __future__ import annotations

import contextlib
import datetime
import gc
import multiprocessing
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from mirkg.ask import graph, questions
from mirkg.ask.remote import Endpoint
from mirkg.ask.store import Answer, Store
from mirkg.bench import synthetic, witness
from mirkg.make import build, shapes, tables, validators
from mirkg.model import derive as deriving
from mirkg.model import files, vocabulary
from mirkg.model.problems import BadInput
from mirkg.model.rdf import serialized
from mirkg.scale import columns

_PEERS = ("mirkg", "duckdb", "oxigraph", "owlrl", "pyoxigraph", "pyrudof", "pyshacl", "rdflib", "rdflib-endpoint")
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
_PYSHACL = """
import sys, pyshacl, rdflib
from rdflib.namespace import RDF, SH
quads = rdflib.Dataset()
quads.parse(sys.argv[1])
data, shapes = rdflib.Graph(), rdflib.Graph()
for subject, predicate, value, _ in quads.quads():
    data.add((subject, predicate, value))
for path in sys.argv[2:]:
    shapes.parse(path)
report = pyshacl.validate(data, shacl_graph=shapes, inference="none")[1]
for result in report.subjects(RDF.type, SH.ValidationResult):
    print(report.value(result, SH.focusNode), report.value(result, SH.resultMessage), sep="\\t")
"""


def cold(rounds: int) -> Answer:
    """Time the whole process of one question beside bare scripts on the same file and query.

    mirkg asks twice, from its snapshot and from the file. The ways take turns, after one round that is not counted;
    times are medians in milliseconds, of the clock and of the processor, and ratios to the bare pyoxigraph.

    Raises:
        RuntimeError: the ways do not print the same number of rows.
    """
    found = questions.find(_QUESTION)
    meant = graph.open().names.meant(_DRUG, found.parameters[0].kinds)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "question.rq"
        file.write_text(found.bound({"drug": [f"<{iri}>" for iri in meant.iris]}), "utf-8")
        inputs = [files.resource("data/mirkg.trig"), str(file)]
        ask = [sys.executable, "-m", "mirkg", "ask", _QUESTION, "--drug", _DRUG, "--format", "tsv"]
        bare = "bare pyoxigraph"
        ways = {
            "mirkg ask": (ask, os.environ.get("MIRKG_CACHE") or folder),
            "mirkg ask, without its snapshot": (ask, ""),
            bare: ([sys.executable, "-c", _PYOXIGRAPH, *inputs], ""),
            "bare rdflib": ([sys.executable, "-c", _RDFLIB, *inputs], ""),
        }
        sizes, times = _in_turn(ways, rounds)
    if {size - name.startswith("mirkg") for name, size in sizes.items()} != {sizes[bare]}:
        raise RuntimeError(f"the ways do not agree on the rows: {sizes}")
    return _compared(times, bare)


def check(rounds: int) -> Answer:
    """Time the whole process of judging the graph by its shapes, by each engine, beside a bare script with pySHACL.

    `mirkg check` and `mirkg demo` also build the graph from its tables. See `cold` for the columns.

    Raises:
        BadInput: pyrudof is not installed.
        RuntimeError: the ways do not find the same number of problems.
    """
    if not find_spec("pyrudof"):
        raise BadInput("The bench needs pyrudof. Install it with: pip install 'mirkg[scale]'")
    file = files.resource("data/mirkg.trig")
    paths = [files.resource(f"shapes/{name}.ttl") for name in shapes.DATA]
    mirkg, bare = [sys.executable, "-m", "mirkg"], "bare pySHACL"
    judging = {
        **{
            f"mirkg check FILE, {one}": [*mirkg, "check", file, "--strict", "--engine", one] for one in validators.NAMES
        },
        bare: [sys.executable, "-c", _PYSHACL, file, *paths],
    }
    whole = {
        **{f"mirkg check, {one}": [*mirkg, "check", "--engine", one] for one in validators.NAMES},
        "mirkg demo": [*mirkg, "demo"],
    }
    sizes, times = _in_turn({name: (command, "") for name, command in (judging | whole).items()}, rounds)
    found = {name: sizes[name] - name.startswith("mirkg") for name in judging}  # the last line counts
    if len(set(found.values())) != 1:
        raise RuntimeError(f"the ways do not agree on the problems: {found}")
    return _compared(times, bare)


Times = dict[str, list[tuple[float, float]]]


def _in_turn(ways: dict[str, tuple[list[str], str]], rounds: int) -> tuple[dict[str, int], Times]:
    """Run commands in turn, each with a folder for snapshots; return how many lines each prints, and its times."""
    times: Times = {name: [] for name in ways}
    for number in range(rounds + 1):
        sizes = {name: _timed(*way, times[name] if number else []) for name, way in ways.items()}
    return sizes, times


def _compared(times: Times, other: str) -> Answer:
    """Return the medians of times by the clock and of the processor, in milliseconds and as ratios to another way."""
    medians = {
        name: [statistics.median(column) for column in zip(*taken, strict=True)] for name, taken in times.items()
    }
    listed: list[tuple[str, ...]] = [
        (name, *(f"{1000 * one:.0f}" for one in median), *_ratios(median, medians[other]))
        for name, median in medians.items()
    ]
    return Answer(("way", "median ms", "processor ms", f"times {other}", "processor times"), listed)


def _ratios(ours: list[float], theirs: list[float]) -> Iterator[str]:
    return (f"{one / other:.2f}" for one, other in zip(ours, theirs, strict=True))


def _timed(command: list[str], cache: str, times: list[tuple[float, float]]) -> int:
    """Run a command, add its seconds of clock and processor to a list, and return how many lines it prints."""
    used, begun = _of_children(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "MIRKG_CACHE": cache})
    if done.returncode not in ((0, 1) if "mirkg" in command else (0,)):  # 1 is that mirkg found something
        raise RuntimeError(f"{' '.join(command[:4])} failed: {done.stderr.decode()[-500:]}")
    times.append((time.perf_counter() - begun, _of_children() - used))
    return done.stdout.count(b"\n")


def _of_children() -> float:
    """Return the seconds of the processor that ended processes used."""
    import resource  # which Windows has not

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


SIZES = (1, 10, 100)  # the review and its copies, about a thousand claims each
_SHARED = ("Category", "Disease", *vocabulary.classes_of("Therapy"))
LIMIT = 60  # seconds for rdflib


def derive(rounds: int, claims: int) -> Answer:
    """Time the derivation of the built graph, and of up to so many claims of copies, on both engines, and rdflib.

    Copies of the claims are about copies of their subjects, so that the work grows as the claims do. rdflib runs
    at the first size alone, and is stopped after a minute. Rounds shrink as sizes grow; each size is compared with the
    faster engine at the first. See `cold` for the columns.

    Raises:
        BadInput: duckdb is not installed.
    """
    quads = _stated()
    times: Times = {}
    for size in _sizes(claims):
        copies = _copies(quads, size)
        for name, engine in (("pyoxigraph", deriving.derived), ("duckdb", columns.derived)):
            taken = [_spent(partial(engine, copies)) for _ in range(max(1, rounds // size))]
            times[f"mirkg on {name}, {size} times the claims"] = taken
    first = min(list(times)[:2], key=lambda name: statistics.median(used for _, used in times[name]))
    name, spent = _limited(quads)
    return _compared(times | {name: [spent]}, first)


def infer(rounds: int, claims: int) -> Answer:
    """Time the sign algebra of the built graph, and of up to so many claims of copies, on both engines, and owlrl.

    owlrl closes the signed links by property chains, the part that OWL can say. The closure is what mirkg does of that:
    it makes the links, extends them to chains with their steps, and tells the shortest. All of it also grades what
    follows, says what it rests on, reads mediations and compares with what is stated. owlrl is given the links and is
    stopped after a minute. Each size is compared with owlrl at that size; the rules are translated to SQL before. See
    `cold` for the columns.

    Raises:
        BadInput: owlrl or duckdb is not installed.
        RuntimeError: owlrl failed.
    """
    if not find_spec("owlrl"):
        raise BadInput("The bench needs owlrl. Install it with: pip install owlrl")
    quads = _stated()
    rules = deriving.rules()
    algebra = [rule for rule in rules if rule.startswith(deriving.INFERENCE)]
    parts = {"the closure": [rule for rule in algebra if rule.endswith(_CLOSURE)], "all of it": algebra}
    answers = []
    for size in _sizes(claims):
        held = columns.Columns(columns.connect())
        held.load(_copies(quads, size))
        held.apply(rules[: -len(algebra)])
        base = [*_copies(quads, size), *held.derived()]
        times: Times = {}
        for _ in range(max(1, rounds // size)):
            for part, chosen in parts.items():
                for engine in ("pyoxigraph", "duckdb"):
                    ready, apply = _ready(engine, base)
                    spent = _spent(partial(apply, ready, chosen))
                    times.setdefault(f"{part} on {engine}, {size} times the claims", []).append(spent)
        store = ox.Store()
        store.bulk_extend([*base, *ready.derived()])
        links = witness.links(Store(store))
        begun = _of_children()
        done, theirs = within_limit(witness.closure, links)
        other = f"owlrl, {size} times the claims" + ("" if done else ", stopped")
        answers.append(_compared(times | {other: [(theirs, _of_children() - begun)]}, other))
    titles = (*answers[0].columns[:3], "times owlrl", "processor times")
    return Answer(titles, [row for one in answers for row in one.rows])


_CLOSURE = ("link-component", "link-member", "link-signed", "repeated/chain", "shortest")


def _sizes(claims: int) -> list[int]:
    """Return how many copies of the review to measure, up to about a number of claims."""
    return [size for size in SIZES if size == 1 or 1000 * size <= claims]


def _stated() -> list[ox.Quad]:
    """Return the built graph without what was derived."""
    store = graph.open().source
    assert isinstance(store, Store)
    return [quad for quad in store.graph if quad.graph_name != vocabulary.graph("derived")]


def _ready(engine: str, quads: list[ox.Quad]) -> tuple[Any, Callable[[Any, list[str]], None]]:
    """Return a graph in an engine, and what applies rules to it."""
    if engine == "duckdb":
        held = columns.Columns(columns.connect())
        held.load(quads)
        return held, columns.Columns.apply
    store = ox.Store()
    store.bulk_extend(quads)
    return store, deriving.apply


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of clock and processor that some work takes in this process."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - used


GROWN = (1000, 3000, 10000)  # invented claims


def grow(rounds: int) -> Answer:
    """Count and time what the rules derive from the review, and from more and more invented claims.

    Unlike copies of the review, invented claims share their subjects and objects, a few of which are hubs. Times are
    medians of processor time in milliseconds; rounds shrink as sizes grow.
    """
    review = tables.load(Path(files.resource("data")))
    sizes = [("the review", len(review.reviews[0].claims), review)]
    sizes += [("invented", size, synthetic.made(size, planted=0).tables) for size in GROWN]
    listed: list[tuple[str, ...]] = []
    first = 0.0
    for name, claims, data in sizes:
        stated = build.stated(data, {})
        derived, times = 0, []
        for _ in range(max(1, rounds * 1000 // claims)):
            begun = time.process_time()
            derived = len(deriving.derived(stated))
            times.append(time.process_time() - begun)
        each = statistics.median(times) / claims
        first = first or each
        row = (name, str(claims), str(derived), f"{derived / claims:.1f}")
        listed.append((*row, f"{1000 * statistics.median(times):.0f}", f"{each / first:.2f}"))
    return Answer(("claims", "number", "derived", "derived per claim", "ms", "times the review, per claim"), listed)


ASKED = ("mirnas-for-drug", "drugs-for-mirna", "targets-of", "regulators-of-pathway", "indirect-regulators")


def serve(rounds: int) -> Answer:
    """Time the same questions, all rows, asked of mirkg serve, of oxigraph serve-read-only and of rdflib-endpoint.

    The servers take turns, after one round that is not counted; times are medians of a request in milliseconds.

    Raises:
        BadInput: one of the others is not installed.
        RuntimeError: the servers do not give the same number of rows.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        file = Path(folder) / "mirkg.ttl"
        store = graph.open().source
        assert isinstance(store, Store)
        triples = {str(quad.triple): quad.triple for quad in store.graph}
        file.write_bytes(serialized(list(triples.values()), ox.RdfFormat.TURTLE))
        urls = {name: stack.enter_context(running(*way)) for name, way in _servers(file, folder).items()}
        times: dict[tuple[str, str], list[float]] = {(name, asked): [] for asked in ASKED for name in urls}
        for number in range(rounds + 1):
            for asked in ASKED:
                query = questions.find(asked).query
                sizes = set()
                for name, url in urls.items():
                    endpoint = Endpoint(url)
                    begun = time.perf_counter()
                    sizes.add(len(endpoint.select(query).rows))
                    times[name, asked] += [time.perf_counter() - begun] if number else []
                if len(sizes) != 1:
                    raise RuntimeError(f"the servers do not agree on {asked}: {sizes} rows")
    listed: list[tuple[str, ...]] = []
    for (name, asked), taken in times.items():
        median, ours = statistics.median(taken), statistics.median(times["mirkg serve", asked])
        listed.append((asked, name, f"{1000 * median:.1f}", f"{median / ours:.2f}"))
    return Answer(("question", "way", "median ms", "times mirkg"), listed)


def _servers(file: Path, folder: str) -> dict[str, tuple[list[str], str]]:
    """Return for each server its command, with {port} for its port, and the path of its endpoint."""
    ours = [sys.executable, "-m", "mirkg", "serve", "--port", "{port}", "--per-minute", "1000000"]
    native, plain = (program(name) for name in ("oxigraph", "rdflib-endpoint"))
    subprocess.run([native, "load", "--location", folder, "--file", str(file)], check=True, capture_output=True)
    oxigraph = [native, "serve-read-only", "--location", folder, "--bind", "127.0.0.1:{port}"]
    return {
        "mirkg serve": (ours, "/sparql"),
        "oxigraph serve-read-only": (oxigraph, "/query"),
        "rdflib-endpoint": ([plain, "serve", "--host", "127.0.0.1", "--port", "{port}", str(file)], "/"),
    }


def setting() -> str:
    """Return in one sentence when and where this runs, and with which versions of what it compares."""
    versions = {dist.name: dist.version for dist in metadata.distributions() if dist.name in _PEERS}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = [
        f"{platform.system()} {platform.machine()} with {cores} cores",
        f"Python {platform.python_version()}",
        *(f"{name} {versions[name]}" for name in sorted(versions)),
    ]
    return f"Measured on {datetime.date.today()}: {', '.join(parts)}."


def program(name: str) -> str:
    """Return the path of a program.

    Raises:
        BadInput: it is not installed.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if not found:
        raise BadInput(f"The bench needs {name}. Install it with: pip install {name}")
    return found


@contextlib.contextmanager
def running(command: list[str], path: str = "") -> Iterator[str]:
    """Run a server on a free port, {port} in its command, until the block ends; yield the address of a path of it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    filled = [part.replace("{port}", str(port)) for part in command]
    with subprocess.Popen(filled, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}{path}"
        finally:
            process.terminate()


def within_limit(work: Callable[..., object], *arguments: object) -> tuple[bool, float]:
    """Run work in a process of its own; return whether it ended within the limit, and its seconds.

    Raises:
        RuntimeError: the work failed.
    """
    gc.collect()  # what is left of an engine with threads must not be freed in the other process
    process = multiprocessing.Process(target=work, args=arguments)
    begun = time.perf_counter()
    process.start()
    process.join(LIMIT)
    taken = time.perf_counter() - begun
    ended = not process.is_alive()
    if ended and process.exitcode:
        raise RuntimeError(f"{getattr(work, '__name__', work)} failed with exit status {process.exitcode}")
    process.kill()
    process.join()
    return ended, taken


def _copies(quads: list[ox.Quad], size: int) -> list[ox.Quad]:
    """Return a graph with its claims repeated about copies of their subjects; drugs and diseases are shared."""
    fixed = {vocabulary.graph(name) for name in ("ontology", "mappings", "metadata")}
    kinds = {vocabulary.mk(name) for name in _SHARED}
    shared = {quad.subject for quad in quads if quad.predicate == vocabulary.RDF_TYPE and quad.object in kinds}
    moving = [quad for quad in quads if quad.graph_name not in fixed and quad.subject not in shared]
    copies = list(quads)
    for number in range(1, size):
        copies += [_copied(quad, f"-{number}", shared) for quad in moving]
    return copies


def _copied(quad: ox.Quad, mark: str, shared: set[Any]) -> ox.Quad:
    def renamed(term: Any) -> Any:
        own = isinstance(term, ox.NamedNode) and term not in shared and _minted(term)
        return ox.NamedNode(term.value + mark) if own else term

    return ox.Quad(renamed(quad.subject), quad.predicate, renamed(quad.object), quad.graph_name)


def _minted(term: ox.NamedNode) -> bool:
    return term.value.startswith(vocabulary.BASE) and not term.value.startswith(vocabulary.MK)


def _derived_by_rdflib(quads: list[ox.Quad], done: Any) -> None:
    """Run the rules on rdflib, counting those that are done."""
    import rdflib

    data = rdflib.Dataset(default_union=True)
    data.parse(data=serialized(quads, ox.RdfFormat.N_QUADS), format="nquads")
    target = data.graph(rdflib.URIRef(vocabulary.graph("derived").value))
    for rule in deriving.rules():
        for triple in list(data.query(deriving.text(rule))):
            target.add(triple)  # type: ignore[arg-type]
        done.value += 1


def _limited(quads: list[ox.Quad]) -> tuple[str, tuple[float, float]]:
    """Return how far rdflib came within the limit, and its seconds of clock and processor; a rule that hangs stops."""
    done = multiprocessing.Value("i", 0)
    begun = _of_children()
    _, taken = within_limit(_derived_by_rdflib, quads, done)
    total = len(deriving.rules())
    name = "rdflib, the same rules" if done.value == total else f"rdflib, stopped after {done.value} of {total} rules"
    return name, (taken, _of_children() - begun)
