"""The same questions on a remote SPARQL 1.1 endpoint: the native Oxigraph server, and servers that fail."""

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import mirkg
from conftest import ROOT, Run
from mirkg.ask import questions
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.remote import Endpoint
from mirkg.ask.sparql import declared
from mirkg.bench import bench
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import prefixes


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the built graph with the native server, its default graph the union of all."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if not program:
        pytest.skip("the server of the PyPI package oxigraph is not installed")
    store = tmp_path_factory.mktemp("store")
    load = [program, "load", "--location", str(store), "--file", str(ROOT / "data" / "mirkg.trig")]
    subprocess.run(load, check=True, capture_output=True)
    serve = [
        program,
        "serve-read-only",
        "--location",
        str(store),
        "--bind",
        "127.0.0.1:{port}",
        "--union-default-graph",
    ]
    with bench.running(serve, "/query") as address:
        yield address


@pytest.mark.parametrize("question", questions.catalogue())
def test_endpoint_answers_as_the_embedded_store_does(oxigraph: str, kg: KnowledgeGraph, question: str) -> None:
    remote = mirkg.connect(oxigraph)
    assert remote.asked(question, {}).answer == kg.asked(question, {}).answer


def test_command_asks_an_endpoint_by_name(oxigraph: str, mirkg: Run) -> None:
    arguments = ("ask", "sensitizing-mirnas", "--drug", "ADR", "--format", "tsv")
    there, here = mirkg(*arguments, "--endpoint", oxigraph), mirkg(*arguments)
    assert there.returncode == 0
    assert there.stdout == here.stdout
    assert "miR-124" in there.stdout


def test_command_queries_an_endpoint(oxigraph: str, mirkg: Run) -> None:
    query = "SELECT ?o WHERE { mke:miR-130b mk:targets ?o }"
    assert mirkg("query", query, "--endpoint", oxigraph).stdout == "o\nmke:PTEN\n"
    assert '"bindings"' in mirkg("query", query, "--endpoint", oxigraph, "--format", "json").stdout
    assert mirkg("query", query, "--endpoint", oxigraph, "--format", "csv").stdout.split() == [
        "o",
        "https://w3id.org/mirkg/entity/PTEN",
    ]
    built = mirkg("query", "CONSTRUCT { ?s mk:targets ?o } WHERE { ?s mk:targets ?o }", "--endpoint", oxigraph)
    assert "entity/PTEN" in built.stdout


def test_broken_query_is_refused_by_the_endpoint(oxigraph: str) -> None:
    with pytest.raises(BadInput, match="refused the query"):
        Endpoint(oxigraph).select("SELECT * WHERE {")


class Failing(BaseHTTPRequestHandler):
    """Answer each path with its own failure."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.rfile.read(length)
        if self.path == "/slow":
            time.sleep(3)
        status = {"/500": 500, "/403": 403}.get(self.path, 200)
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def failing() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/500", "refused the query|answered 500"),
        ("/403", "answered 403"),
        ("/page", "did not answer with SPARQL results"),
        ("/slow", "did not answer within 1 s"),
    ],
)
def test_endpoint_that_fails_is_told_how(failing: str, path: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Endpoint(failing + path, timeout=1).select("SELECT * WHERE { ?s ?p ?o }")


def test_dead_endpoint_ends_the_command_with_two(mirkg: Run) -> None:
    done = mirkg("ask", "sensitizing-mirnas", "--endpoint", f"http://127.0.0.1:{free_port()}/query")
    assert done.returncode == 2
    assert "cannot be reached" in done.stderr


@pytest.mark.parametrize("url", ["nowhere", "file:///etc/passwd", "http:// "])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="is no endpoint"):
        Endpoint(url)


@pytest.mark.slow
def test_known_prefixes_are_declared_where_they_are_used() -> None:
    query = "SELECT * WHERE { mke:PTEN mk:targets <http://example.org/skos:x> }"
    assert declared(query, prefixes()) == (
        "PREFIX mk: <https://w3id.org/mirkg/ontology#> PREFIX mke: <https://w3id.org/mirkg/entity/> " + query
    )
    assert declared("PREFIX mk: <x> ASK { ?s a mk:Gene }", prefixes()) == "PREFIX mk: <x> ASK { ?s a mk:Gene }"
