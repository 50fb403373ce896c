"""Load: the graph into a real store, and into loopback fakes that fail."""

import base64
import http.server
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

import mirkg as package
from conftest import ROOT, Run
from mirkg.ask import audit, load, store
from mirkg.ask.remote import Endpoint

SMALL = """@prefix g: <https://w3id.org/mirkg/graph/> .
g:a { <x:1> <x:p> 1 ; <x:q> [ <x:r> [] ] . }
g:b { <x:2> <x:p> "a\\nb \\"c\\"" , "µ"@de . }
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Start an empty Oxigraph server on a free port and return its address."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if not program:
        pytest.skip("the server of the PyPI package oxigraph is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        program,
        "serve",
        "--location",
        str(tmp_path / "o"),
        "--bind",
        f"127.0.0.1:{port}",
        "--union-default-graph",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.mark.parametrize("way", ["store", "update"])
def test_small_graph_arrives_with_its_graphs_twice(server: str, mirkg: Run, tmp_path: Path, way: str) -> None:
    (tmp_path / "small.trig").write_text(SMALL, "utf-8")
    for _ in range(2):
        done = mirkg("load", "--graph", "small.trig", "--endpoint", f"{server}/query", f"--{way}", f"{server}/{way}")
        assert (done.returncode, done.stdout) == (0, "5 triples in 2 graphs; 2 graphs have the same count there\n")
    query = "SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o FILTER(!ISBLANK(?o) && !ISBLANK(?s)) } } ORDER BY ?o"
    quads = list(ox.parse(SMALL, format=ox.RdfFormat.TRIG))
    here = store.of(quads)
    assert package.connect(f"{server}/query").query(query) == package.KnowledgeGraph(here).query(query)


@pytest.mark.parametrize("way", ["store", "update"])
def test_load_that_was_broken_off_goes_on(
    server: str, mirkg: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str
) -> None:
    triples = "".join(f"<x:{number}> <x:p> {number} . " for number in range(30))
    named = [f"<https://w3id.org/mirkg/graph/{name}> {{ {triples}}}\n" for name in "ab"]
    (tmp_path / "many.trig").write_text("".join(named), "utf-8")
    monkeypatch.setattr(load, "_BATCH", 10)
    sends, sent = load._send, []

    def broken(url: str, content: bytes, media: str, method: str) -> None:
        sent.append(method)
        if len(sent) == broken_at:
            raise package.BadInput("the line is dead")
        sends(url, content, media, method)

    monkeypatch.setattr(load, "_send", broken)
    arguments = ("load", "--graph", "many.trig", "--endpoint", f"{server}/query", f"--{way}", f"{server}/{way}")
    broken_at = 2 if way == "store" else 7  # within the second graph
    done = mirkg(*arguments)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "mirkg: the line is dead")
    assert sum(load.counts(Endpoint(f"{server}/query")).values()) == (30 if way == "store" else 40)
    sent.clear()
    broken_at = 0
    done = mirkg(*arguments, "--resume")
    assert (done.returncode, done.stdout) == (0, "60 triples in 2 graphs; 2 graphs have the same count there\n")
    assert len(sent) == (1 if way == "store" else 2), "what was there was not sent again"


@pytest.mark.slow
@pytest.mark.parametrize("way", ["store", "update"])
def test_whole_graph_arrives_and_answers_the_same(
    server: str, mirkg: Run, kg: package.KnowledgeGraph, way: str
) -> None:
    done = mirkg("load", "--endpoint", f"{server}/query", f"--{way}", f"{server}/{way}")
    assert done.returncode == 0, done.stdout + done.stderr
    there = package.connect(f"{server}/query")
    for question in ("mirnas-for-drug", "resensitise", "contradictions"):
        assert there.ask(question) == kg.ask(question)


class Fake(http.server.BaseHTTPRequestHandler):
    """Answer with what a test has put into `status`, and keep what came."""

    status = 204
    seen: list[tuple[str, str]] = []  # noqa: RUF012

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.command, self.headers.get("Authorization", "")))
        self.send_response(self.status)
        if self.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    do_POST = do_PUT  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def fake() -> Iterator[str]:
    Fake.seen.clear()
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            401,
            "refused the sign-in or wants one: set MIRKG_USER and MIRKG_PASSWORD, or MIRKG_TOKEN, in the environment.",
        ),
        (404, "answered 404 Not Found. Is the path right?"),
        (503, "answered 503 Service Unavailable. Try again later."),
        (302, "answered 302 Found"),
        (500, "answered 500"),
    ],
)
@pytest.mark.parametrize("way", ["store", "update"])
def test_store_that_refuses_is_told_of_without_the_secret(
    fake: str, mirkg: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str, status: int, message: str
) -> None:
    (tmp_path / "small.trig").write_text(SMALL, "utf-8")
    monkeypatch.setattr(Fake, "status", status)
    monkeypatch.setenv(load.USER, "me")
    monkeypatch.setenv(load.PASSWORD, "s3cret")
    done = mirkg("load", "--graph", "small.trig", "--endpoint", fake, f"--{way}", f"{fake}/x")
    assert (done.returncode, message in done.stderr, done.stdout) == (2, True, "")
    encoded = base64.b64encode(b"me:s3cret").decode()
    assert Fake.seen == [("PUT" if way == "store" else "POST", f"Basic {encoded}")]
    assert "s3cret" not in done.stderr and encoded not in done.stderr


def test_token_signs_in(fake: str, mirkg: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "small.trig").write_text(SMALL, "utf-8")
    monkeypatch.setenv(load.TOKEN, "t0ken")
    mirkg("load", "--graph", "small.trig", "--endpoint", fake, "--store", fake)
    assert ("PUT", "Bearer t0ken") in Fake.seen


def test_counts_that_differ_are_findings(server: str, mirkg: Run, fake: str, tmp_path: Path) -> None:
    (tmp_path / "small.trig").write_text(SMALL, "utf-8")
    done = mirkg("load", "--graph", "small.trig", "--endpoint", f"{server}/query", "--store", fake)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "https://w3id.org/mirkg/graph/a has 0 triples there, and 3 were sent.",
        "https://w3id.org/mirkg/graph/b has 0 triples there, and 2 were sent.",
        "5 triples in 2 graphs; 0 graphs have the same count there",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--endpoint"),
        (("--endpoint", "here"), "'here' is no endpoint."),
        (("--endpoint", "http://127.0.0.1:1/", "--graph", "none.trig"), "none.trig: cannot be read"),
        (("--endpoint", "http://127.0.0.1:1/"), "http://127.0.0.1:1/ cannot be reached"),
    ],
)
def test_wrong_use_is_refused(mirkg: Run, arguments: tuple[str, ...], message: str) -> None:
    done = mirkg("load", *arguments)
    assert (done.returncode, message in done.stderr) == (2, True)


def test_audit_reads_booleans_that_a_store_writes_as_numbers(kg: package.KnowledgeGraph) -> None:
    class Numbers:
        """Answer as Virtuoso does."""

        def select(self, query: str) -> store.Answer:
            found = kg.source.select(query)
            written = {"true": "1", "false": "0"}
            return found._replace(rows=[tuple(written.get(cell, cell) for cell in row) for row in found.rows])

        def raw(self, query: str, form: str) -> bytes:
            return kg.source.raw(query, form)

    assert audit.asked(package.KnowledgeGraph(Numbers()))[1] == audit.asked(kg)[1]


def test_shipped_graph_is_sent_whole() -> None:
    told = load.graphs(store.load(ROOT / "data" / "mirkg.trig").graph)
    assert [name.rpartition("/")[2] for name in told] == [
        "claims",
        "derived",
        "entities",
        "mappings",
        "metadata",
        "ontology",
    ]
