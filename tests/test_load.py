"""Load: the graph into a real store, and into loopback fakes that fail or want a sign-in."""

import base64
import hashlib
import http.server
import re
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
from mirkg.ask import audit, load, signing, store
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

    def broken(sign: signing.SignIn, url: str, content: bytes, media: str, method: str) -> None:
        sent.append(method)
        if len(sent) == broken_at:
            raise package.BadInput("the line is dead")
        sends(sign, url, content, media, method)

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


OTHER = SMALL.replace("<x:1> <x:p> 1", "<x:1> <x:p> 2").replace('"µ"@de', '"µ"')
PARTS = SMALL.replace("<x:r> []", "<x:r> 1")  # as many triples, and of the blank nodes another part


@pytest.mark.parametrize("way", ["store", "update"])
@pytest.mark.parametrize("before", [OTHER, PARTS, SMALL + "g:b { <x:3> <x:p> 3 }", ""])
def test_resume_compares_what_is_there_and_not_how_much(
    server: str, mirkg: Run, tmp_path: Path, way: str, before: str
) -> None:
    (tmp_path / "before.trig").write_text(before, "utf-8")
    (tmp_path / "small.trig").write_text(SMALL, "utf-8")
    options = ("--endpoint", f"{server}/query", f"--{way}", f"{server}/{way}")
    if before:
        assert mirkg("load", "--graph", "before.trig", *options).returncode == 0
    done = mirkg("load", "--graph", "small.trig", *options, "--resume")
    assert (done.returncode, done.stdout) == (0, "5 triples in 2 graphs; 2 graphs have the same count there\n")
    told = load.graphs(store.load(tmp_path / "small.trig").graph)
    for name, there in load.contents(Endpoint(f"{server}/query"), told).items():
        assert load.lacking(told[name], there) == load.lacking(there, told[name]) == []


def test_graph_that_has_a_part_of_the_blank_nodes_is_sent_anew() -> None:
    whole, part = (
        [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
        for text in ("[] <x:p> 1 ; <x:q> 2 . <x:a> <x:b> <x:c> .", "[] <x:p> 1 . <x:a> <x:b> <x:c> .")
    )
    assert len(load.lacking(whole, part)) == len(whole) == 3
    assert [str(one.subject) for one in load.lacking(whole, whole[:2])] == ["<x:a>"]


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
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
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
    monkeypatch.setenv(signing.USER, "me")
    monkeypatch.setenv(signing.PASSWORD, "s3cret")
    done = mirkg("load", "--graph", "small.trig", "--endpoint", fake, f"--{way}", f"{fake}/x")
    assert (done.returncode, message in done.stderr, done.stdout) == (2, True, "")
    encoded = base64.b64encode(b"me:s3cret").decode()
    method = "PUT" if way == "store" else "POST"
    assert Fake.seen == [(method, ""), (method, f"Basic {encoded}")][: 2 if status == 401 else 1], "who asks is told"
    assert "s3cret" not in done.stderr and encoded not in done.stderr


@pytest.mark.parametrize("name", [signing.TOKEN, signing.USER])
@pytest.mark.parametrize("value", ["s3cret\n", "s3 cret", "s3cret\r\nX-A: b", "s3crét"])
def test_secret_that_is_no_header_is_refused_without_being_told(
    fake: str, mirkg: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    (tmp_path / "small.trig").write_text(SMALL, "utf-8")
    monkeypatch.setenv(name, value)
    done = mirkg("load", "--graph", "small.trig", "--endpoint", fake, "--store", fake)
    assert (done.returncode, done.stdout, f"{name} has a character" in done.stderr) == (2, "", True)
    assert "s3" not in done.stderr and Fake.seen == []


def test_token_signs_in(fake: str, mirkg: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "small.trig").write_text(SMALL, "utf-8")
    monkeypatch.setenv(signing.TOKEN, "t0ken")
    mirkg("load", "--graph", "small.trig", "--endpoint", fake, "--store", fake)
    assert ("PUT", "Bearer t0ken") in Fake.seen


class Digest(http.server.BaseHTTPRequestHandler):
    """Take what is signed by digest as a test has asked for it; refuse the rest before it is read, as Virtuoso does."""

    challenge = ""
    taken: list[tuple[str, bytes]] = []  # noqa: RUF012

    def do_PUT(self) -> None:
        told = dict(re.findall(r'(\w+)="?([^",]*)"?', self.headers.get("Authorization", "")))
        if not told or told["response"] != self.wanted(told):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="other"')
            self.send_header("WWW-Authenticate", self.challenge)
        else:
            self.taken.append((self.command, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
            self.send_response(204)
        self.end_headers()

    do_POST = do_HEAD = do_PUT  # noqa: N815

    def wanted(self, told: dict[str, str]) -> str:
        """Return the response of RFC 7616 for the password."""
        hashing = hashlib.sha256 if "SHA-256" in self.challenge else hashlib.md5

        def hashed(text: str) -> str:
            return hashing(text.encode()).hexdigest()

        who = hashed("me:the realm, ours:s3cret")
        what = hashed(f"{self.command}:{self.path}")
        assert told["uri"] == self.path
        if "qop" not in self.challenge:
            return hashed(f"{who}:n0nce:{what}")
        return hashed(f"{who}:n0nce:{told['nc']}:{told['cnonce']}:auth:{what}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def guarded() -> Iterator[str]:
    Digest.taken.clear()
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Digest)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}/guarded"
    listening.shutdown()
    listening.server_close()


@pytest.mark.parametrize("way", ["store", "update"])
@pytest.mark.parametrize(
    "rest", ['qop="auth,auth-int", algorithm=MD5', 'qop="auth", algorithm="SHA-256"', "stale=false"]
)
def test_store_that_wants_a_digest_gets_no_password(
    guarded: str, server: str, mirkg: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str, rest: str
) -> None:
    (tmp_path / "small.trig").write_text(SMALL, "utf-8")
    monkeypatch.setattr(Digest, "challenge", f'Digest realm="the realm, ours", nonce="n0nce", opaque="0paque", {rest}')
    monkeypatch.setenv(signing.USER, "me")
    monkeypatch.setenv(signing.PASSWORD, "s3cret")
    arguments = ("load", "--graph", "small.trig", "--endpoint", f"{server}/query", f"--{way}", guarded)
    assert mirkg(*arguments).returncode == 1, "the counts of an empty store differ"
    methods = ["HEAD", "PUT", "PUT"] if way == "store" else ["POST"] * 5
    assert [method for method, _ in Digest.taken] == methods
    assert sum(content.count(b"<x:1> <x:p>") for _, content in Digest.taken) == 1
    monkeypatch.setenv(signing.PASSWORD, "wr0ng")
    done = mirkg(*arguments)
    assert (done.returncode, "refused the sign-in or wants one" in done.stderr) == (2, True)
    assert "wr0ng" not in done.stderr and len(Digest.taken) == len(methods)


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
