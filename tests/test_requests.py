"""What a request may say, and what it gets: parameters, forms, endings, methods, limits, and what the log keeps."""

import csv
import io
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run
from mirkg.ask import questions
from mirkg.ask.graph import KnowledgeGraph
from mirkg.model.problems import BadInput
from mirkg.serve import told_base
from mirkg.serve.app import within
from mirkg.serve.downloads import KINDS
from mirkg.serve.negotiation import GRAPHS, RESULTS, SUFFIXES, best
from test_serve import ATTACKS, FEW, Answer, ask, queried
from test_wall import MANY, PRODUCT, workers


@contextmanager
def logged(tmp_path: Path, *arguments: str) -> Iterator[tuple[str, int, Path]]:
    """Serve from the command line; yield the address, the process and its log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = tmp_path / "log"
    command = [sys.executable, "-m", "mirkg", "serve", "--port", str(port), "--per-minute", "1000000", *arguments]
    with log.open("wb") as file, subprocess.Popen(command, stderr=file) as process:
        try:
            for _ in range(600):
                if b"mirkg serves" in log.read_bytes() or process.poll() is not None:
                    break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", process.pid, log
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with logged(tmp_path_factory.mktemp("log"), "--parallel", "2") as (address, _, _):
        yield address


# --- parameters


@pytest.mark.parametrize(
    "path",
    [
        "/sparql?query=ASK%7B%7D&query=ASK%7B%7D",
        "/sparql?query=ASK%7B%7D&format=json&format=json",
        "/sparql?x=1&x=2",
        "/api/ask/mirnas-for-drug?drug=tamoxifen&drug=cisplatin",
        "/api/ask/mirnas-for-drug?format=csv&format=csv",
        "/api/explain?subject=PTEN&subject=PTEN",
        "/api/search?q=a&q=b",
        "/api/audit?kind=agrees&kind=silent",
        "/questions/mirnas-for-drug?drug=tamoxifen&drug=",
        "/audit?entity=PTEN&entity=PTEN",
        "/search?q=a&q=b",
        "/picture?subject=PTEN&subject=AKT",
        "/editor?query=a&query=b",
    ],
)
def test_a_parameter_that_is_repeated_is_an_error(base: str, path: str) -> None:
    answer = ask(base + path)
    assert (answer.status, "times. Give it once." in answer.text) == (400, True)


def test_a_parameter_is_not_repeated_in_the_body_either(base: str) -> None:
    form = urllib.parse.urlencode({"query": "ASK {}"}).encode()
    again = ask(f"{base}/sparql?{form.decode()}", form, Content_Type="application/x-www-form-urlencoded")
    assert (again.status, "given 2 times" in again.text) == (400, True)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/audit?verdict=agrees", "no parameter 'verdict'"),
        ("/audit?entiti=PTEN", "The nearest is entity."),
        ("/api/audit?entiti=PTEN", "The nearest is entity."),
        ("/questions/mirnas-for-drug?drugs=tamoxifen", "The nearest is drug."),
        ("/api/ask/mirnas-for-drug?drugs=tamoxifen", "The nearest is drug."),
        ("/api/ask/mirnas-for-drug?drug=", "The parameter drug has no value."),
        ("/api/ask/mirnas-for-drug?format=xlsx", "The formats are json, csv, tsv."),
        ("/api/ask/mirnas-for-drug?spreadsheet=yes", "format=csv&spreadsheet=yes"),
        ("/api/explain?subject=PTEN&other=AKT", "no parameter 'other'"),
        ("/search?query=PTEN", "no parameter 'query'"),
        ("/downloads?x=1", "It takes none."),
    ],
)
def test_a_parameter_that_is_not_known_is_an_error(base: str, path: str, told: str) -> None:
    answer = ask(base + path)
    assert (answer.status, told in answer.text.replace("&amp;", "&").replace("&#39;", "'")) == (400, True)


def test_the_downloads_hold_shapes_and_tables_as_they_are(base: str) -> None:
    page = ask(f"{base}/downloads").text
    assert re.findall(r'href="\./download/([^"]+)"', page) == list(KINDS)
    for name, folder, endings in (("shapes", "shapes", ".ttl"), ("tables", "data", (".tsv", ".toml", ".md"))):
        archive = zipfile.ZipFile(io.BytesIO(ask(f"{base}/download/{name}.zip").body))
        files = [path for path in (ROOT / folder).rglob("*") if path.name.endswith(endings)]
        assert {one: archive.read(one) for one in archive.namelist()} == {
            path.relative_to(ROOT / folder).as_posix(): path.read_bytes() for path in files
        }


def test_an_empty_graph_is_none(base: str) -> None:
    whole = queried(base, FEW).body
    for more in ("default-graph-uri=", "named-graph-uri=", "default-graph-uri=&named-graph-uri="):
        answer = ask(f"{base}/sparql?{urllib.parse.urlencode({'query': FEW})}&{more}")
        assert (answer.status, answer.body) == (200, whole)


# --- the audit as a page


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ("entity=Nobody%20at%20all", "Nothing here is called"),
        ("reference=999", "There is no reference 999."),
        ("reference=x", "A reference is named by its number"),
        ("kind=nothing", "The kinds are:"),
    ],
)
def test_a_filter_of_the_audit_that_means_nothing_is_an_error_and_shows_no_rows(
    base: str, filters: str, told: str
) -> None:
    page = ask(f"{base}/audit?{filters}")
    assert (page.status, told in page.text, "<table" in page.text) == (400, True, False)
    program = ask(f"{base}/api/audit?{filters}")
    assert (program.status, told in program.text) == (400, True)


def test_the_audit_of_pages_programs_and_command_line_are_the_same(base: str, mirkg: Run) -> None:
    rows = mirkg("audit", "--entity", "miR-452", "--format", "csv").stdout
    assert ask(f"{base}/api/audit?entity=miR-452&format=csv").text == rows
    assert ask(f"{base}/audit?entity=miR-452", Accept="text/csv").text == rows
    told = json.loads(ask(f"{base}/api/audit?entity=miR-452").body)
    assert told == json.loads(mirkg("audit", "--entity", "miR-452", "--format", "json").stdout)


# --- endings, methods, forms


@pytest.mark.parametrize(
    "path",
    [
        "/questions/",
        "/questions/mirnas-for-drug/",
        "/audit/",
        "/guide/",
        "/ontology/",
        "/health/",
        "/sparql/?query=ASK%7B%7D",
        "/api/ask/",
        "/api/ask/mirnas-for-drug/?drug=tamoxifen",
        "/api/openapi.json/",
        "/entity/PTEN.ttl/",
    ],
)
def test_a_slash_at_the_end_answers(base: str, path: str) -> None:
    bare = path.replace("/?", "?").removesuffix("/")
    first, second = (ask(base + one, Accept="text/html, */*;q=0.1", timeout=60) for one in (path, bare))
    assert (first.status, first.headers["content-type"]) == (200, second.headers["content-type"])


def test_a_post_with_a_slash_at_the_end_is_answered(base: str) -> None:
    answer = ask(f"{base}/sparql/", FEW.encode(), Content_Type="application/sparql-query")
    assert answer.body == queried(base, FEW).body


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_ontology_has_each_ending(base: str, suffix: str) -> None:
    answer = ask(f"{base}/ontology.{suffix}", Accept="image/png")
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, SUFFIXES[suffix])
    if suffix != "html":
        expected = ox.parse(ask(f"{base}/graph/ontology.nt").body, format=ox.RdfFormat.N_TRIPLES)
        found = ox.parse(answer.body, format=GRAPHS[SUFFIXES[suffix]])
        of_terms = {
            quad.triple for quad in expected if "/graph/" not in str(quad.subject)
        }  # and not of the graph itself
        assert {quad.triple for quad in found} == of_terms


def test_an_ending_that_the_ontology_has_not_is_told(base: str) -> None:
    answer = ask(f"{base}/ontology.exe")
    assert (answer.status, ".ttl, .html" in answer.text) == (404, True)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/sparql", "GET, HEAD, POST, OPTIONS"),
        ("/entity/PTEN", "GET, HEAD, OPTIONS"),
        ("/entity/PTEN.ttl", "GET, HEAD, OPTIONS"),
        ("/ontology", "GET, HEAD, OPTIONS"),
        ("/download/mirkg.ttl", "GET, HEAD, OPTIONS"),
        ("/api/search", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_says_what_is_allowed(base: str, path: str, allowed: str) -> None:
    answer = ask(base + path, method="OPTIONS", Origin="https://example.org")
    assert (answer.status, answer.headers["allow"]) == (204, allowed)
    assert answer.headers["access-control-allow-methods"] == allowed
    refused = ask(base + path, method="DELETE")
    assert (refused.status, refused.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    ("accept", "rows", "graph"),
    [
        ("application/json", "application/sparql-results+json", "application/ld+json"),
        ("application/xml", "application/sparql-results+xml", "application/rdf+xml"),
        ("text/xml", "application/sparql-results+xml", "application/rdf+xml"),
        ("text/plain", "text/tab-separated-values", "application/n-triples"),
    ],
)
def test_a_family_of_forms_means_what_fits_the_answer(base: str, accept: str, rows: str, graph: str) -> None:
    assert (best(accept, RESULTS), best(accept, GRAPHS)) == (rows, graph)
    assert queried(base, FEW, Accept=accept).headers["content-type"].partition(";")[0] == rows
    assert queried(base, "DESCRIBE mke:PTEN", Accept=accept).headers["content-type"] == graph
    suffix = next(name for name, media in SUFFIXES.items() if media == graph)
    assert ask(f"{base}/entity/PTEN", Accept=accept).headers["location"] == f"../entity/PTEN.{suffix}"
    assert ask(f"{base}/ontology", Accept=accept).headers["content-type"] == graph


def test_a_page_gives_its_rows_to_programs(base: str, kg: KnowledgeGraph) -> None:
    rows = kg.asked("mirnas-for-drug", {"drug": "tamoxifen"}).answer.dicts()
    path = "mirnas-for-drug?drug=tamoxifen"
    for where in ("questions", "api/ask"):
        url = f"{base}/{where}/{path}"
        for answer in (ask(f"{url}&format=csv"), ask(url, Accept="text/csv")):
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert list(csv.DictReader(io.StringIO(answer.text))) == rows
        assert json.loads(ask(url, Accept="application/json").body)["rows"] == rows
        assert ask(url, Accept="text/plain").text.count("\n") == len(rows) + 1
    assert ask(f"{base}/questions/{path}").headers["content-type"].startswith("text/html")
    assert ask(f"{base}/api/ask/{path}", Accept="text/html").headers["content-type"] == "application/json"


def test_what_a_name_was_taken_for_is_said_beside_csv(base: str) -> None:
    answer = ask(f"{base}/api/ask/drugs-for-mirna?mirna=miR-221-5p&format=csv")
    assert "No arm of miR-221 is printed" in answer.headers["remarks"]


def test_csv_has_the_same_line_ends_at_every_door(base: str, process: Run, mirkg: Run) -> None:
    query = "SELECT ?label { mke:PTEN rdfs:label ?label }"
    assert queried(base, query, Accept="text/csv").body == b"label\r\nPTEN\r\n"
    assert mirkg("query", query, "--format", "csv").stdout == "label\r\nPTEN\r\n"
    for where in ("mirnas-for-drug?drug=cisplatin", "resensitise?drug=tamoxifen"):
        name, _, drug = where.partition("?drug=")
        page = ask(f"{base}/questions/{where}&format=csv").text
        assert page == ask(f"{base}/api/ask/{where}&format=csv").text
        assert page == mirkg("ask", name, "--drug", drug, "--format", "csv").stdout
        assert page.count("\r\n") == page.count("\n") > 1


def test_what_goes_into_a_spreadsheet_is_marked_and_runs_nothing(base: str, mirkg: Run) -> None:
    told = mirkg("ask", "mirnas-for-drug", "--drug", "cisplatin", "--format", "csv", "--spreadsheet").stdout
    assert told.startswith("\ufeffdrug,mirna")
    assert ask(f"{base}/api/ask/mirnas-for-drug?drug=cisplatin&format=csv&spreadsheet=yes").text == told
    cells = ["=1+1", "+SUM(A1)", "-2+3", "@x", "\t=1", " =1", "-5", "+1.5e3", "a=b", "miR-21", ""]
    query = f"SELECT ?x {{ VALUES ?x {{ {' '.join(json.dumps(cell) for cell in cells)} }} }}"
    safe = mirkg("query", query, "--format", "csv", "--spreadsheet").stdout.removeprefix("\ufeff")
    found = [row["x"] for row in csv.DictReader(io.StringIO(safe, newline=""))]
    assert found == ["'=1+1", "'+SUM(A1)", "'-2+3", "'@x", "'\t=1", "' =1", "-5", "+1.5e3", "a=b", "miR-21", ""]
    refused = mirkg("ask", "mirnas-for-drug", "--spreadsheet")
    assert (refused.returncode, "--spreadsheet goes with --format csv" in refused.stderr) == (2, True)


# --- limits


@pytest.mark.parametrize("length", [66_000, 100_000, 300_000])
def test_a_long_address_is_told(base: str, length: int) -> None:
    answer = ask(f"{base}/sparql?query={'x' * length}")
    assert (answer.status, "Send the query by POST." in answer.text) == (414, True)


def test_long_headers_and_what_is_no_request_are_told(base: str) -> None:
    for sent, status in (
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", b"431"),
        (b"nonsense\r\n\r\n", b"400"),
    ):
        with socket.create_connection(base.removeprefix("http://").split(":"), timeout=10) as client:
            client.sendall(sent)
            answer = client.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert answer.endswith(b".\n")


@pytest.mark.parametrize(
    "expression", ["NOW()", "now()", "RAND()", "UUID()", "STRUUID()", "BNODE()", "CONCAT(STR(NOW()),'')"]
)
def test_what_changes_at_each_run_has_no_etag(base: str, expression: str) -> None:
    answer = queried(base, f"SELECT ({expression} AS ?x) {{}}")
    assert ("etag" in answer.headers, answer.headers["cache-control"]) == (False, "no-store")


def test_new_blank_nodes_have_no_etag_and_words_in_strings_do_not_matter(base: str) -> None:
    for query in ("CONSTRUCT { [] a ?x } { ?x a mk:Drug }", "CONSTRUCT { _:a a ?x } WHERE { ?x a mk:Drug }"):
        assert "etag" not in queried(base, query).headers
    for query in ("SELECT ('NOW()' AS ?x) {}", "SELECT ?now { BIND(1 AS ?now) } # RAND()", FEW):
        assert "etag" in queried(base, query).headers


# --- addresses


@pytest.mark.parametrize(
    ("path", "prefix", "found"),
    [
        ("/", "", ("/", ".")),
        ("/audit", "", ("/audit", ".")),
        ("/audit/", "", ("/audit", "..")),
        ("/questions/x", "", ("/questions/x", "..")),
        ("/source/amiri/reference/64.html", "", ("/source/amiri/reference/64.html", "../../..")),
        ("/audit", "/kg", ("/audit", ".")),
        ("/kg/audit", "/kg", ("/audit", ".")),
        ("/kg/questions/x", "/kg", ("/questions/x", "..")),
        ("/a/kg/", "/a/kg", ("/", ".")),
        ("/a/kg", "/a/kg", ("", ".")),
        ("/kgx/audit", "/kg", ("/kgx/audit", "..")),
        ("//", "", ("/", "..")),
    ],
)
def test_the_way_to_the_top_is_known_with_and_without_the_prefix(
    path: str, prefix: str, found: tuple[str, str]
) -> None:
    assert within(path, path.encode(), prefix) == found


@pytest.mark.parametrize(
    "base",
    [
        "https://example.org",
        "http://localhost:8000/",
        "https://x.example/a/b",
        "http://[::1]:8000",
        "HTTPS://X.example",
    ],
)
def test_an_address_is_taken_as_it_is(base: str) -> None:
    assert told_base(base) == base.rstrip("/")


@pytest.mark.parametrize(
    "base",
    [
        "javascript:alert(1)",
        "javascript://x/%0aalert(1)",
        "example.org",
        "//example.org",
        "ftp://example.org",
        "https://",
        "https:///x",
        "https://a b",
        "https://x/?q",
        "https://x/#a",
        "https://x/'a",
        'https://x/"a',
        "https://x/<a>",
        "https://u:p@x",
        "https://x:0",
        "https://x:99999",
        "https://x:y",
        "https://x/../y",
        "https://x//y",
        "https://x\n",
        "https://x\r\nX-A: b",
        "https://münchen.example",
        "https://x/entity",
        " https://x",
    ],
)
def test_what_is_no_address_is_refused_at_the_start(base: str, mirkg: Run) -> None:
    with pytest.raises(BadInput):
        told_base(base, ["entity"])
    done = mirkg("serve", "--base", base)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--seconds", "86401"),
        ("--seconds", "9" * 5000),
        ("--rows", "9" * 30),
        ("--parallel", "1001"),
        ("--port", "65536"),
    ],
)
def test_a_number_beyond_what_there_can_be_is_refused(mirkg: Run, option: str, value: str) -> None:
    done = mirkg("serve", option, value)
    assert (done.returncode, "is no number" in done.stderr) == (2, True)
    assert len(done.stderr) < 2000


@pytest.mark.slow
def test_absolute_addresses_come_from_the_base_alone(base: str, tmp_path: Path) -> None:
    own = base.removeprefix("http://")
    for path in ("/", "/audit", "/guide", "/questions/mirnas-for-drug", "/entity/PTEN.html", "/editor", "/ontology"):
        for accept in ("text/html", "application/json"):
            assert own not in ask(base + path, Accept=accept).text, path
    for path in ("/sparql", "/api/openapi.json"):
        assert own not in ask(base + path, Accept="text/turtle, application/json").text
    with logged(tmp_path, "--base", "https://example.org/kg/") as (address, _, log):
        redirects = {path: ask(address + path, Accept="text/html") for path in ("/entity/PTEN", "/kg/sparql", "/kg")}
        assert {path: answer.headers["location"] for path, answer in redirects.items()} == {
            "/entity/PTEN": "https://example.org/kg/entity/PTEN.html",
            "/kg/sparql": "https://example.org/kg/editor",
            "/kg": "https://example.org/kg/",
        }
        described = ask(f"{address}/kg/sparql", Accept="application/n-triples").text
        assert "<https://example.org/kg/sparql#service>" in described
        api = json.loads(ask(f"{address}/api/openapi.json").body)
        assert api["servers"] == [{"url": "https://example.org/kg"}]
        for prefix in ("", "/kg"):
            assert 'href="../static/style.css"' in ask(f"{address}{prefix}/entity/PTEN.html").text
            assert ask(f"{address}{prefix}/static/style.css").status == 200
            assert ask(f"{address}{prefix}/health").status == 200
        assert "mirkg serves https://example.org/kg;" in log.read_text()


def test_the_service_description_is_right_whatever_the_server_is_called(base: str) -> None:
    for name in ("127.0.0.1", "localhost"):
        url = f"{base.replace('127.0.0.1', name)}/sparql"
        for media, form in GRAPHS.items():
            if media != "application/n-triples":  # has no relative addresses
                told = ox.parse(ask(url, Accept=media).body, format=form, base_iri=url)
                ends = [str(one.object.value) for one in told if one.predicate.value.endswith("#endpoint")]
                assert ends == [url]
    assert ask(f"{base}/sparql", Accept="application/n-triples").status == 406


# --- the log


def gone(address: str, sent: bytes, wait: float, *, reset: bool) -> None:
    """Send something, wait, and leave, with a reset if asked."""
    with socket.create_connection(address.removeprefix("http://").split(":"), timeout=10) as client:
        client.sendall(sent)
        time.sleep(wait)
        if reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.slow
def test_clients_that_leave_are_not_written_of(tmp_path: Path) -> None:
    with logged(tmp_path, "--seconds", "1", "--parallel", "1") as (address, _, log):
        begun = log.read_text()
        half = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\nContent-Type: application/sparql-query\r\n"
        many = [
            f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in ("/", MANY, PRODUCT, "/download/mirkg.ttl")
        ]
        for reset in (False, True):
            for one in many:
                for wait in (0, 0.1, 0.6):
                    gone(address, one, wait, reset=reset)
                    gone(address, one * 3, wait, reset=reset)
            for part in (b"", b"Expect: 100-continue\r\n", b"Transfer-Encoding: chunked\r\n"):
                gone(address, half + part + b"\r\nAS", 0.1, reset=reset)
            gone(address, many[2] + b"\x00garbage\r\n\r\n", 0.3, reset=reset)
            gone(address, b"GET /" + b"x" * 200_000, 0.1, reset=reset)
        for _ in range(100):
            if (last := queried(address, FEW).status) == 200:
                break
            time.sleep(0.2)
        assert last == 200
        assert log.read_text() == begun
    assert log.read_text() == begun
    assert begun.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_worker_that_is_killed_while_it_starts_is_started_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "mirkg", "serve", "--port", str(port), "--parallel", "1"]
    with log.open("wb") as file, subprocess.Popen(command, stderr=file) as process:
        for _ in range(500):
            if found := workers(process.pid):
                break
            time.sleep(0.02)
        os.kill(found[0], signal.SIGKILL)
        for _ in range(600):
            if log.read_bytes():
                break
            time.sleep(0.05)
        assert ask(f"http://127.0.0.1:{port}/health").status == 200
        for worker in workers(process.pid):  # and again, while the server works
            os.kill(worker, signal.SIGKILL)
        time.sleep(0.3)
        for worker in workers(process.pid):
            os.kill(worker, signal.SIGKILL)
        answers: list[Answer] = []
        for _ in range(100):
            answers.append(queried(f"http://127.0.0.1:{port}", FEW))
            if answers[-1].status == 200:
                break
            time.sleep(0.2)
        assert answers[-1].status == 200
        assert all("retry-after" in one.headers for one in answers[:-1])
        process.send_signal(signal.SIGINT)
    assert log.read_text().count("\n") == 1


@pytest.mark.slow
def test_ctrl_c_while_it_starts_leaves_no_traceback(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "mirkg", "serve", "--port", "1", "--host", "127.0.0.1"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        command[5] = str(probe.getsockname()[1])
    with log.open("wb") as file, subprocess.Popen(command, stderr=file, start_new_session=True) as process:
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(20)
    assert "Traceback" not in log.read_text()
    assert log.read_text().count("\n") <= 1


@pytest.mark.slow
def test_every_question_is_named_in_the_api_with_its_forms(base: str) -> None:
    paths = json.loads(ask(f"{base}/api/openapi.json").body)["paths"]
    for name in questions.catalogue():
        asked = paths[f"/api/ask/{name}"]["get"]
        assert {"format", "spreadsheet"} <= {one["name"] for one in asked["parameters"]}
        assert "text/csv" in asked["responses"]["200"]["content"]
    assert "/api/audit" in paths


@pytest.mark.slow
def test_busy_servers_say_when_to_come_back(tmp_path: Path) -> None:
    with logged(tmp_path, "--seconds", "3", "--parallel", "1") as (address, _, _):
        slow = urllib.parse.urlencode({"query": ATTACKS["cartesian product"][0]})
        with socket.create_connection(address.removeprefix("http://").split(":")) as client:
            client.sendall(f"GET /sparql?{slow} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            time.sleep(0.7)
            answer = ask(f"{address}/sparql?{slow}")
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
