"""Federation: questions of the graph and of another endpoint, asked of a second server with a slice of its data."""

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run
from mirkg.ask import federation, sparql
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.store import Store
from mirkg.bench import bench
from mirkg.model import vocabulary
from test_queries import terms, unknown

SLICE = ROOT / "tests" / "cases" / "federation.ttl"
FILES = sorted((ROOT / "ontology" / "federation").glob("*.rq"))
each = pytest.mark.parametrize("name", federation.catalogue())

CVCL = "https://purl.expasy.org/cellosaurus/rdf/cvcl/CVCL_"
OTHER_LINE = "Contaminated. Shown to be a OVCAR-8 derivative (PubMed=16504380; PubMed=20143388)"
DOXORUBICIN = ("doxorubicin", "28748", "http://www.wikidata.org/entity/Q18936", "L01DB01")
TAMOXIFEN = ("tamoxifen", "41774", "http://www.wikidata.org/entity/Q412178", "L02BA01")
PATHWAY = ("WP4172", "PI3K-Akt signaling")
PTEN = "Phosphatidylinositol 3,4,5-trisphosphate 3-phosphatase and dual-specificity protein phosphatase PTEN"
REACTION = (
    "http://rdf.rhea-db.org/25017",
    "Phosphatidylinositol 3,4,5-trisphosphate + H(2)O = phosphatidylinositol 4,5-bisphosphate + phosphate",
)
TARGETING = ("miR-130b", "miR-132", "miR-19", "miR-21", "miR-212")
EXPECTED: dict[str, list[tuple[str, ...]]] = {
    "cell-line-records": [
        ("MCF-7", "exact", f"{CVCL}0031", "MCF-7", "", ""),
        ("MCF-7/ADR", "related", f"{CVCL}1452", "NCI-ADR-RES", "OVCAR-8", OTHER_LINE),
        ("MCF-7/MX", "exact", f"{CVCL}4Y47", "MCF/MX", "", ""),
    ],
    "drug-codes": [
        ("miR-124", "sensitizes to", *DOXORUBICIN),
        ("miR-130b", "confers resistance to", *DOXORUBICIN),
        ("miR-132", "confers resistance to", *DOXORUBICIN),
        ("miR-145", "sensitizes to", *DOXORUBICIN),
        ("miR-155", "confers resistance to", *TAMOXIFEN),
        ("miR-200c", "sensitizes to", *DOXORUBICIN),
        ("miR-205", "confers resistance to", *TAMOXIFEN),
        ("miR-212", "confers resistance to", *DOXORUBICIN),
        ("miR-221", "confers resistance to", *DOXORUBICIN),
        ("miR-222", "confers resistance to", *DOXORUBICIN),
        ("miR-27b-3p", "sensitizes to", *TAMOXIFEN),
        ("miR-29a", "confers resistance to", *DOXORUBICIN),
        ("miR-342", "sensitizes to", *TAMOXIFEN),
        ("miR-452", "sensitizes to", *DOXORUBICIN),
        ("miR-519a", "confers resistance to", *TAMOXIFEN),
    ],
    "pathways-of-targets": [*((mirna, "PTEN", *PATHWAY) for mirna in TARGETING), ("miR-630", "IGF1R", *PATHWAY)],
    "proteins-of-targets": [
        *((mirna, "PTEN", "http://purl.uniprot.org/uniprot/P60484", PTEN) for mirna in TARGETING),
        ("miR-630", "IGF1R", "http://purl.uniprot.org/uniprot/P08069", "Insulin-like growth factor 1 receptor"),
    ],
    "reactions-of-chemicals": [
        ("PIP2", "http://purl.obolibrary.org/obo/CHEBI_18348", *REACTION),
        ("PIP3", "http://purl.obolibrary.org/obo/CHEBI_16618", *REACTION),
    ],
}

# --- the files


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_header_says_what_is_asked_of_whom_and_what_joins(path: Path) -> None:
    text = path.read_text("utf-8")
    question = federation.find(path.stem)
    service = sparql.service(text)
    assert re.findall(r"^# (\w+):", text, re.MULTILINE) == ["id", "title", "question", "joins", "columns"]
    assert (question.id, question.question[-1]) == (path.stem, "?")
    assert f"\n# joins: {service.variables[0]} " in text
    assert service.address.startswith("https://")
    assert re.search(r"^SELECT DISTINCT (.+)$", text, re.MULTILINE)[1] == " ".join(
        f"?{one}" for one in question.columns
    )
    assert text.rstrip().splitlines()[-1] == "ORDER BY " + " ".join(f"?{column}" for column in question.columns)
    prefixes = re.findall(r"^PREFIX (\S+):", text, re.MULTILINE)
    assert prefixes == sorted(prefixes)
    assert set(prefixes) == {prefix for prefix, _ in terms(text)}


@each
def test_own_names_are_in_the_vocabulary_and_the_others_in_the_slice(name: str, kg: KnowledgeGraph) -> None:
    query = federation.find(name).query
    service = sparql.service(query)
    declared = dict(re.findall(r"^PREFIX (\S+): <(.+)>$", query, re.MULTILINE))
    there = {str(value) for quad in ox.parse(path=str(SLICE)) for value in quad.triple}
    foreign = {f"{prefix}:{local}" for prefix, local in terms(service.inside)}
    assert unknown(service.joined([]), kg) == set()
    assert {
        one for one in foreign if f"<{declared[one.partition(':')[0]]}{one.partition(':')[2]}>" not in there
    } == set()


def test_page_lists_every_question() -> None:
    page = (ROOT / "docs" / "federation.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([\w-]+)`: ", page, re.MULTILINE)) == set(federation.catalogue())
    assert "docs/federation.md" in (ROOT / "README.md").read_text("utf-8")


# --- with a second server


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the slice with the native Oxigraph server."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    if not program:
        pytest.skip("the server of the PyPI package oxigraph is not installed")
    place = str(tmp_path_factory.mktemp("slice"))
    subprocess.run([program, "load", "--location", place, "--file", SLICE], check=True, capture_output=True)
    with bench.running(
        [program, "serve-read-only", "--location", place, "--bind", "127.0.0.1:{port}"], "/query"
    ) as url:
        yield url


@each
def test_answer_is_the_whole_expected_one(name: str, remote: str, mirkg: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    table = [federation.find(name).columns, *EXPECTED[name]]
    whole = "".join("\t".join(row) + "\n" for row in table)
    done = mirkg("federate", name, "--remote", remote, "--format", "tsv")
    assert (done.returncode, done.stdout) == (0, whole)
    assert done.stderr.startswith(f"Asking {remote} about ")
    monkeypatch.setattr(federation, "_BATCH", 2)
    assert mirkg("federate", name, "--remote", remote, "--format", "tsv").stdout == whole


@each
def test_file_runs_as_pasted_where_service_is_allowed(name: str, remote: str, kg: KnowledgeGraph) -> None:
    assert isinstance(kg.source, Store)
    query = federation.find(name).query
    pasted = query.replace(f"<{sparql.service(query).address}>", f"<{remote}>")
    found = kg.source.graph.query(pasted, use_default_graph_as_union=True)
    assert isinstance(found, ox.QuerySolutions)
    assert [tuple("" if value is None else value.value for value in row) for row in found] == EXPECTED[name]  # type: ignore[union-attr]


@pytest.mark.slow
def test_other_side_asks_the_server_as_the_page_says(remote: str) -> None:
    from mirkg.ask.remote import Endpoint

    page = (ROOT / "docs" / "federation.md").read_text("utf-8")
    query = re.search(r"```sparql\n(.*?)```", page, re.DOTALL)[1]
    with bench.running([sys.executable, "-m", "mirkg", "serve", "--port", "{port}"]) as own:
        rows = Endpoint(remote).select(query.replace("https://example.org", own)).rows
    assert rows == EXPECTED["proteins-of-targets"]


# --- endpoints that fail

COLUMNS = b'{"head":{"vars":["protein","name"]},"results":{"bindings":['
ROW = (
    b'{"protein":{"type":"uri","value":"http://purl.uniprot.org/uniprot/P60484"},"name":{"type":"literal","value":"x"}}'
)
NAMELESS = b'{"protein":{"type":"uri","value":"x:x"},"name":{"type":"bnode","value":"b"}}'


class Failing(BaseHTTPRequestHandler):
    """Answer each path with its own failure."""

    asked: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(self.path)
        status, media, content = 200, "application/sparql-results+json", COLUMNS + ROW + b"]}}"
        match self.path:
            case "/slow":
                time.sleep(1.3)
            case "/page":
                media, content = "text/html", b"<html>hello</html>"
            case "/busy":
                status = 429
            case "/second" if len(self.asked) > 1:
                status = 503
            case "/cut":
                content = COLUMNS + ROW
            case "/other":
                content = b'{"head":{"vars":["a"]},"results":{"bindings":[]}}'
            case "/nameless":
                content = COLUMNS + NAMELESS + b"]}}"
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(content) + (9 if self.path == "/broken" else 0)))
        if self.path == "/busy":
            self.send_header("Retry-After", "7")
        if self.path == "/part":
            self.send_header("X-SPARQL-MaxRows", "1")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Quiet(ThreadingHTTPServer):
    """Say nothing of clients that did not wait."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def failing() -> Iterator[str]:
    Failing.asked.clear()
    listening = Quiet(("127.0.0.1", 0), Failing)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/slow", "did not answer within 1 s."),
        ("/page", "did not answer with SPARQL results, but with a page, text/html."),
        ("/busy", "answered 429 Too Many Requests. Try again in 7 s."),
        ("/second", "answered 503 Service Unavailable. Try again later."),
        ("/cut", "but with JSON that is none of them, or cut off."),
        ("/broken", "broke its answer off after"),
        ("/other", "the variables a where name protein were asked for"),
        ("/part", "gives at most 1 rows, and gave as many: there may be more."),
        ("/nameless", "answered with a blank node, which cannot be joined."),
    ],
)
def test_endpoint_that_fails_gives_one_sentence_and_no_rows(
    failing: str, mirkg: Run, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.setattr(federation, "_BATCH", 5)
    done = mirkg("federate", "proteins-of-targets", "--remote", failing + path, "--timeout", "1")
    assert (done.returncode, done.stdout, message in done.stderr) == (2, "", True), done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert Failing.asked == [path] * (2 if path == "/second" else 1)


def test_dead_endpoint_is_told_of(mirkg: Run) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    done = mirkg("federate", "drug-codes", "--remote", url)
    assert (done.returncode, done.stdout, f"{url} cannot be reached" in done.stderr) == (2, "", True)


def test_graph_without_mappings_asks_nobody(failing: str, mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "small.ttl").write_text(f"<x:a> a <{vocabulary.MK}Gene> .", "utf-8")
    done = mirkg("federate", "drug-codes", "--graph", "small.ttl", "--remote", failing, "--format", "tsv")
    assert (done.returncode, done.stdout) == (0, "mirna\teffect\tdrug\tchebi\titem\tatc\n")
    assert done.stderr == f"The graph has no value of ?chebi: {failing} was not asked.\nNo rows.\n"
    assert Failing.asked == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("drug-code",), "There is no question 'drug-code'. The nearest is drug-codes. `mirkg federate` lists them."),
        (("drug-codes", "--remote", "here"), "'here' is no endpoint."),
        (("drug-codes", "--timeout", "0"), "'0' is no number from 1 to 600"),
        (("drug-codes", "--remote", "http://127.0.0.1:1/", "--graph", "none.trig"), "none.trig: cannot be read"),
    ],
)
def test_wrong_use_is_refused(mirkg: Run, arguments: tuple[str, ...], message: str) -> None:
    done = mirkg("federate", *arguments)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


def test_without_a_name_the_questions_are_listed_with_their_endpoints(mirkg: Run) -> None:
    lines = mirkg("federate", "--format", "tsv").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["name", *EXPECTED]
    assert "drug-codes\thttps://query.wikidata.org/sparql\t" in "\n".join(lines)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * WHERE { ?s ?p ?o . SERVICE <x:y> { ?o ?q ?r } ?r ?t ?u }",
        "SELECT * WHERE { ?s ?p ?o . SERVICE <x:y> { ?s ?p ?r } }",
        "SELECT * WHERE { ?s ?p ?o . SERVICE <x:y> { ?a ?b ?c } }",
        "SELECT * WHERE { ?s ?p ?o }",
        "SELECT * WHERE { ?s ?p ?o . SERVICE <x:y> { ?o ?q ?r }",
    ],
)
def test_query_of_another_form_is_no_federated_question(query: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        sparql.service(query)
