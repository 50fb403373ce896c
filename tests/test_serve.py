"""The server: the SPARQL protocol, linked data, pages, the API, and attacks that it survives."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import RDF
from rdflib.plugins.stores.sparqlstore import SPARQLStore

import mirkg
from conftest import ROOT, Run
from mirkg.ask import questions
from mirkg.ask.graph import KnowledgeGraph
from mirkg.bench import bench
from mirkg.model.problems import BadInput
from mirkg.serve.guard import Limits, Rate, TooMuch, checked
from mirkg.serve.negotiation import GRAPHS, RESULTS, best

SECONDS = 4
FEW = "SELECT * WHERE { mke:miR-130b mk:targets ?gene }"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


def ask(url: str, data: bytes | None = None, method: str | None = None, timeout: float = 30, **headers: str) -> Answer:
    """Send one request and return the answer, whatever its status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, named, method=method)
    try:
        with _OPENER.open(request, timeout=timeout) as found:
            return Answer(found.status, {k.lower(): v for k, v in found.headers.items()}, found.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """Serve from the command line, and return the address once it answers."""
    with bench.running([sys.executable, "-m", "mirkg", "serve", "--port", "{port}", *arguments]) as address:
        yield address


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serving("--seconds", str(SECONDS), "--per-minute", "1000000", "--parallel", "3") as address:
        yield address


def queried(base: str, query: str, timeout: float = 30, **headers: str) -> Answer:
    return ask(f"{base}/sparql?{urllib.parse.urlencode({'query': query})}", timeout=timeout, **headers)


def answers_at_once(base: str) -> None:
    """Assert that a normal query is answered, whole, soon: a new worker may have to start first."""
    answer = queried(base, FEW, timeout=5)
    assert answer.status == 200
    assert len(json.loads(answer.body)["results"]["bindings"]) == 1


# --- what the modules say by themselves


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.5, application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/*;q=0.9, application/json;q=0.1", "text/csv"),
        ("application/json", "application/sparql-results+json"),
        ("text/csv;q=0, */*;q=0.1", "application/sparql-results+json"),
        ("image/png", ""),
        ("text/csv;q=x", ""),
    ],
)
def test_the_media_type_that_is_liked_most_is_chosen(accept: str, media: str) -> None:
    assert best(accept, RESULTS) == media


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }",
        "SELECT * { service silent ?x { ?s ?p ?o } }",
        r"SELECT * { \u0053ERVICE <http://localhost/> { ?s ?p ?o } }",
        "SELECT * #\n{SERVICE<http://localhost/>{ ?s ?p ?o } }",
        "SELECT * FROM <http://localhost/> { ?s ?p ?o }",
        "SELECT * FROM NAMED <file:///etc/passwd> { GRAPH ?g { ?s ?p ?o } }",
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "PREFIX a: <b:> DELETE WHERE { ?s ?p ?o }",
        "LOAD <file:///etc/passwd>",
        "CLEAR ALL",
    ],
)
def test_what_leaves_the_store_or_changes_it_is_refused(query: str) -> None:
    with pytest.raises(BadInput):
        checked(query, Limits(), frozenset({"https://example.org/graph"}))


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s rdfs:label "SERVICE <http://localhost/>" }',
        "SELECT * { ?service a mk:Claim } # SERVICE",
        "SELECT * FROM <https://example.org/graph> { ?s a <http://example.org/SERVICE> }",
        "SELECT * { ?s mk:delete '''INSERT { } \\''' ''' }",
    ],
)
def test_words_in_strings_comments_iris_and_variables_are_no_matter(query: str) -> None:
    checked(query, Limits(), frozenset({"https://example.org/graph"}))


def test_length_and_nesting_are_capped_before_parsing() -> None:
    limits = Limits(length=1000, nesting=5)
    with pytest.raises(TooMuch, match="has 1001 characters, and may have 1000"):
        checked("x" * 1001, limits, frozenset())
    with pytest.raises(TooMuch, match="nested deeper than 5"):
        checked("ASK " + "{" * 6, limits, frozenset())
    checked("ASK " + "{" * 5 + "}" * 5, limits, frozenset())


def test_rate_counts_each_address_by_itself() -> None:
    rate = Rate(2)
    assert [rate.wait("a"), rate.wait("a"), rate.wait("b")] == [0, 0, 0]
    assert 59 < rate.wait("a") <= 60


# --- the protocol


def test_get_form_and_body_give_the_same_rows(base: str, kg: KnowledgeGraph) -> None:
    form = urllib.parse.urlencode({"query": FEW}).encode()
    bodies = [
        queried(base, FEW).body,
        ask(f"{base}/sparql", form, Content_Type="application/x-www-form-urlencoded").body,
        ask(f"{base}/sparql", FEW.encode(), Content_Type="application/sparql-query; charset=utf-8").body,
    ]
    assert len(set(bodies)) == 1
    rows = json.loads(bodies[0])["results"]["bindings"]
    assert [row["gene"]["value"] for row in rows] == [row["gene"] for row in kg.query(FEW)]


@pytest.mark.parametrize("media", RESULTS)
def test_rows_come_in_each_form_with_the_same_solutions(base: str, media: str) -> None:
    query = "SELECT ?entity ?label WHERE { ?entity a mk:Drug ; rdfs:label ?label } ORDER BY ?label"
    answer = queried(base, query, Accept=media)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, media)
    if media == "text/csv":
        found = {line.rpartition(",")[2] for line in answer.text.splitlines()[1:]}
    else:
        solutions = ox.parse_query_results(answer.body, format=RESULTS[media])
        assert isinstance(solutions, ox.QuerySolutions)
        found = {row["label"].value for row in solutions}  # type: ignore[union-attr]
    assert found == {row["label"] for row in mirkg.open().query(query)}


@pytest.mark.parametrize("media", GRAPHS)
def test_graphs_come_in_each_form_with_the_same_triples(base: str, media: str) -> None:
    answer = queried(base, "DESCRIBE mke:miR-130b", Accept=media)
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, media)
    plain = queried(base, "DESCRIBE mke:miR-130b", Accept="application/n-triples")
    expected = {str(quad.triple) for quad in ox.parse(plain.body, format=ox.RdfFormat.N_TRIPLES)}
    assert {str(quad.triple) for quad in ox.parse(answer.body, format=GRAPHS[media])} == expected


def test_what_nobody_offers_is_406(base: str) -> None:
    assert queried(base, FEW, Accept="image/png").status == 406
    assert queried(base, "DESCRIBE mke:PTEN", Accept="text/csv").status == 406
    assert ask(f"{base}/entity/PTEN", Accept="image/png").status == 406


def test_etag_gives_304_and_changes_with_the_form(base: str) -> None:
    first = queried(base, FEW)
    again = queried(base, FEW, If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert queried(base, FEW, Accept="text/csv", If_None_Match=first.headers["etag"]).status == 200
    page = ask(f"{base}/questions")
    assert ask(f"{base}/questions", If_None_Match=page.headers["etag"]).status == 304


def test_head_has_the_headers_and_no_body(base: str) -> None:
    url = f"{base}/sparql?{urllib.parse.urlencode({'query': FEW})}"
    head, get = ask(url, method="HEAD"), ask(url)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(get.body))


def test_any_origin_may_ask_without_credentials(base: str) -> None:
    answer = ask(f"{base}/sparql", method="OPTIONS", Origin="https://example.org")
    assert answer.status == 204
    for one in (answer, queried(base, FEW), queried(base, "nonsense")):
        assert one.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in one.headers


def test_service_description_names_endpoint_graphs_and_limits(base: str) -> None:
    answer = ask(f"{base}/sparql", Accept="text/turtle")
    graph = rdflib.Graph().parse(data=answer.body, format="turtle", publicID=f"{base}/sparql")
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    [service] = graph.subjects(RDF.type, sd.Service)
    assert graph.value(service, sd.endpoint) == rdflib.URIRef(f"{base}/sparql")
    names = {str(name).rpartition("/")[2] for name in graph.objects(None, sd.name)}
    assert names == {"ontology", "entities", "claims", "derived", "mappings", "metadata"}
    assert sd.BasicFederatedQuery not in set(graph.objects(service, sd.feature))
    comment, federated = sorted(map(str, graph.objects(service, rdflib.RDFS.comment)))
    assert federated.startswith("SERVICE is refused") and "mirkg federate" in federated
    assert f"{SECONDS} s" in comment
    assert "10000 rows" in comment
    told = json.loads(ask(f"{base}/health").body)
    assert told["limits"]["seconds"] == SECONDS
    assert ask(f"{base}/sparql", Accept="text/html,*/*;q=0.1").headers["location"] == "./editor"


def test_a_syntax_error_says_where(base: str) -> None:
    answer = queried(base, "SELECT * WHERE { ?s ?p }")
    assert answer.status == 400
    assert "At line 1, column" in answer.text


# --- the protocol as W3C tests it

W3C = Path(os.environ.get("MIRKG_W3C", ROOT.parent / "shared" / "real" / "w3c")) / "sparql11-protocol"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
# The update tests ask for what a read-only endpoint must refuse; those named bad_update are refused as they should be.
READ_ONLY = re.compile(r"#update_")


def protocol_tests() -> list[rdflib.URIRef]:
    if not W3C.exists():
        return []
    graph = rdflib.Graph().parse(W3C / "manifest.ttl")
    return sorted(test for test in graph.subjects(RDF.type, MF.ProtocolTest) if not READ_ONLY.search(str(test)))


@pytest.fixture(scope="module")
def kasei(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not W3C.exists():
        pytest.skip("the W3C protocol tests are not here; name their folder in MIRKG_W3C")
    file = tmp_path_factory.mktemp("w3c") / "data.nq"
    space = "http://kasei.us/2009/09/sparql/data/data"
    lines = [f"<a:a> <a:b> <a:c> <{space}0.rdf> ."]
    for number in (1, 2, 3):
        text = (W3C / f"data{number}.nt").read_text("utf-8")
        lines += [
            line.strip().removesuffix(".") + f" <{space}{number}.rdf> ." for line in text.splitlines() if line.strip()
        ]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    with serving("--graph", str(file)) as address:
        yield address


@pytest.mark.parametrize("test", protocol_tests(), ids=lambda test: str(test).rpartition("#")[2])
def test_w3c_protocol(kasei: str, test: rdflib.URIRef) -> None:
    graph = rdflib.Graph().parse(W3C / "manifest.ttl")
    action = graph.value(test, MF.action)
    for request in graph.items(graph.value(action, HT.requests)):
        path = str(graph.value(request, HT.absolutePath)).replace("/sparql/", "/sparql", 1)
        body = graph.value(request, HT.body)
        encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8") if body else "UTF-8"
        content = str(graph.value(body, CNT.chars)).encode(encoding) if body else None
        headers = {
            str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
            for header in graph.items(graph.value(request, HT.headers))
        }
        with closing(http.client.HTTPConnection(kasei.removeprefix("http://"), timeout=10)) as connection:
            connection.request(str(graph.value(request, HT.methodName)), path, content, headers)
            response = connection.getresponse()
            told = response.read()
        expected = {
            str(status).rpartition("StatusCode")[2][0]
            for status in graph.objects(graph.value(request, HT.resp), MF.expectedStatus)
        }
        assert str(response.status)[0] in expected, told
        boolean = graph.value(graph.value(request, HT.resp), MF.expectedBoolean)
        if boolean is not None:
            assert json.loads(told)["boolean"] is bool(boolean)


# --- clients of others


def test_rdflib_s_store_asks_it(base: str) -> None:
    graph = rdflib.Graph(store=SPARQLStore(f"{base}/sparql", method="POST"))
    query = "PREFIX mke: <https://w3id.org/mirkg/entity/> PREFIX mk: <https://w3id.org/mirkg/ontology#> " + FEW
    assert [str(row[0]) for row in graph.query(query)] == ["https://w3id.org/mirkg/entity/PTEN"]


@pytest.mark.parametrize("question", ["mirnas-for-drug", "resensitise"])
def test_our_own_client_gets_the_same_answers(base: str, kg: KnowledgeGraph, question: str) -> None:
    remote = mirkg.connect(f"{base}/sparql")
    assert remote.asked(question, {}).answer == kg.asked(question, {}).answer


def test_curl_asks_it(base: str) -> None:
    command = ["curl", "-sf", "-G", f"{base}/sparql", "--data-urlencode", f"query={FEW}", "-H", "Accept: text/csv"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("curl is not installed")
    assert done.stdout.splitlines() == ["gene", "https://w3id.org/mirkg/entity/PTEN"]


@pytest.mark.parametrize(
    ("query", "form", "status", "media"),
    [
        (FEW, "csv", 200, "text/csv; charset=utf-8"),
        (FEW, "json", 200, "application/sparql-results+json"),
        (FEW, "xml", 200, "application/sparql-results+xml"),
        (FEW, "text/tab-separated-values", 200, "text/tab-separated-values; charset=utf-8"),
        (FEW, "ttl", 406, "text/plain; charset=utf-8"),
        ("DESCRIBE mke:PTEN", "json", 200, "application/ld+json"),
        ("DESCRIBE mke:PTEN", "xml", 200, "application/rdf+xml"),
        ("DESCRIBE mke:PTEN", "nt", 200, "application/n-triples"),
        (FEW, "xlsx", 400, "text/plain; charset=utf-8"),
    ],
)
def test_a_format_in_the_address_wins_over_the_accept_header(
    base: str, query: str, form: str, status: int, media: str
) -> None:
    address = f"{base}/sparql?{urllib.parse.urlencode({'query': query, 'format': form})}"
    answer = ask(address, Accept="application/sparql-results+json")
    assert (answer.status, answer.headers["content-type"]) == (status, media)


# --- linked data


def test_every_minted_iri_leads_to_a_document(base: str, kg: KnowledgeGraph) -> None:
    rows = kg.query("SELECT DISTINCT ?kind (MIN(?s) AS ?one) (MAX(?s) AS ?other) WHERE { ?s a ?kind } GROUP BY ?kind")
    minted = {iri for row in rows for iri in (row["one"], row["other"]) if "mirkg/" in iri and "ontology" not in iri}
    assert len(minted) > 60
    forms = (("text/html", "html"), ("text/turtle", "ttl"), ("application/ld+json", "jsonld"))
    for iri in sorted(minted):
        path = iri.removeprefix("https://w3id.org/mirkg").partition("#")[0]
        page_at_once = "/questions/" in path  # where people and forms ask it
        if page_at_once:
            assert ask(base + path, Accept="text/html").status == 200
        for accept, suffix in forms[page_at_once:]:
            answer = ask(base + path, Accept=accept)
            where = urllib.parse.urljoin(base + path, answer.headers["location"])
            assert (answer.status, where) == (303, f"{base}{path}.{suffix}"), iri
        assert iri.encode() in ask(f"{base}{path}.nt").body
        assert ask(f"{base}{path}.html").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/entity/nobody",
        "/entity/",
        "/entity/nobody.ttl",
        "/entity/PTEN.exe",
        "/claim/../health",
        "/questions/none",
        "/questions/none.ttl",
        "/questions/resensitise.exe",
    ],
)
def test_what_does_not_exist_is_404(base: str, path: str) -> None:
    with closing(http.client.HTTPConnection(base.removeprefix("http://"), timeout=10)) as connection:
        connection.request("GET", path)
        assert connection.getresponse().status == 404


def test_a_question_can_be_had_as_its_query(base: str) -> None:
    answer = ask(f"{base}/questions/resensitise.rq")
    assert answer.headers["content-type"] == "application/sparql-query"
    assert answer.text == questions.find("resensitise").query


def test_ontology_is_one_document(base: str) -> None:
    content = ask(f"{base}/ontology", Accept="text/turtle").body
    assert b"mk:Claim a owl:Class" in content
    assert b'id="Claim"' in ask(f"{base}/ontology", Accept="text/html").body


# --- the API


def test_api_asks_explains_and_searches(base: str, kg: KnowledgeGraph) -> None:
    asked = json.loads(ask(f"{base}/api/ask/mirnas-for-drug?drug=tamoxifen").body)
    assert asked["rows"] == kg.asked("mirnas-for-drug", {"drug": "tamoxifen"}).answer.dicts()
    proof = json.loads(ask(f"{base}/api/explain?subject=miR-134&object=doxorubicin").body)
    assert proof["inferred"][0]["says"] == "miR-134 sensitizes to doxorubicin"
    found = json.loads(ask(f"{base}/api/search?q=adriam").body)
    assert [one["label"] for one in found] == ["doxorubicin"]


def test_api_says_what_is_wrong(base: str) -> None:
    answer = ask(f"{base}/api/ask/mirnas-for-drug?drug=nothing")
    assert (answer.status, answer.text[:14]) == (400, "Nothing here i")
    assert "There is no question 'x'" in ask(f"{base}/api/ask/x").text
    assert ask(f"{base}/api/explain").status == 400


@pytest.mark.parametrize(
    ("path", "trail"),
    [
        ("/drugs", ["Home"]),
        ("/audit?kind=sign+conflict", ["Home"]),
        ("/entity/HOTAIR.html", ["Home", "Long noncoding RNAs"]),
        ("/proposition/HOTAIR/SensitizingEffect/doxorubicin.html", ["Home", "HOTAIR"]),
        ("/claim/amiri-2024/title-64-1.html", ["Home", "miR-130b", "statement"]),
        ("/source/amiri-2024/passage/table-1-row-10.html", ["Home", "Review"]),
        ("/source/amiri-2024/reference/64.html", ["Home", "References"]),
        ("/questions/targets-of", ["Home", "Questions"]),
    ],
)
def test_every_page_leads_back_and_says_how_to_cite_it(base: str, path: str, trail: list[str]) -> None:
    page = ask(base + path, Accept="text/html").text
    crumbs = page.partition('aria-label="Breadcrumbs">')[2].partition("</nav>")[0]
    assert re.findall(r">([^<]+)</a>", crumbs) == trail
    assert f'mirkg {mirkg.__version__}, <a href="https://w3id.org/mirkg{path.removesuffix(".html")}">' in page
    assert "Cite this page" not in ask(f"{base}/nowhere", Accept="text/html").text


def test_a_picture_is_had_as_svg(base: str) -> None:
    answer = ask(f"{base}/picture?subject=Adriamycin&format=svg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert 'aria-label="Picture of doxorubicin"' in answer.text
    assert ' href="https://w3id.org/mirkg/entity/doxorubicin"' in answer.text
    assert "nothing to draw" in ask(f"{base}/picture?subject=MCF-7&format=svg").text
    for query in ("format=svg", "subject=MCF-7&format=svg", "subject=nobody&format=svg", "subject=PTEN&format=png"):
        assert ask(f"{base}/picture?{query}").status == 400


def test_openapi_and_guide_cover_every_question(base: str, kg: KnowledgeGraph) -> None:
    paths = json.loads(ask(f"{base}/api/openapi.json").body)["paths"]
    guide = json.loads(ask(f"{base}/guide").body)
    assert {path.rpartition("/")[2] for path in paths} >= set(questions.catalogue())
    counts = {one["name"]: one["rows"] for one in guide["questions"]}
    by_name = {one["name"]: one for one in paths["/api/ask/claims-of-reference"]["get"]["parameters"]}
    assert by_name["reference"]["schema"] == {"type": "integer"}
    assert counts == {name: len(kg.asked(name, {}).answer.rows) for name in questions.catalogue()}


# --- attacks

SLOW = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: application/sparql-query\r\n\r\nAS"

DEEP = "ASK " + "{" * 3000 + "}" * 3000
BOMB = (
    "SELECT ?z { BIND('"
    + "a" * 64
    + "' AS ?a) "
    + "".join(
        f"BIND(CONCAT({','.join([f'?{one}'] * 32)}) AS ?{other}) " for one, other in ["ab", "bc", "cd", "de", "ez"]
    )
    + "}"
)
ATTACKS = {
    "cartesian product": ("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", 422),
    "streaming product": ("SELECT * { ?a ?b ?c . ?d ?e ?f }", 422),
    "sorted product": ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i", 422),
    "property path": (
        "SELECT (COUNT(*) AS ?n) { ?a (mk:comparableTo|mk:subject|^mk:subject|mk:object|^mk:object)* ?b . "
        "?b (mk:comparableTo|mk:subject|^mk:object)* ?c . ?c (mk:subject|^mk:subject)* ?d . ?d ?e ?f }",
        422,
    ),
    "3,000 braces": (DEEP, 422),
    "regular expression": (
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER REGEX(CONCAT(STR(?c), STR(?f)), '(a|aa)+$') }",
        422,
    ),
    "string bomb": (BOMB, 422),
    "too many rows": ("SELECT * { ?s ?p ?o }", 422),
    "too many triples": ("CONSTRUCT WHERE { ?s ?p ?o }", 422),
    "too long": ("SELECT * { ?s ?p ?o } #" + "x" * 70_000, 422),
    "service": ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400),
    "from loopback": ("SELECT * FROM <http://127.0.0.1:1/> { ?s ?p ?o }", 400),
    "from file": ("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", 400),
    "update": ("INSERT DATA { <a:a> <a:b> <a:c> }", 400),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_attack_ends_in_an_error_and_the_next_query_is_answered_at_once(base: str, name: str) -> None:
    query, status = ATTACKS[name]
    answer = ask(f"{base}/sparql", query.encode(), Content_Type="application/sparql-query")
    assert answer.status == status, answer.text[:200]
    assert answer.headers["content-type"].startswith("text/plain")
    answers_at_once(base)


@pytest.mark.slow
def test_three_attacks_at_once_do_not_stop_the_next_queries(base: str) -> None:
    threads = [threading.Thread(target=queried, args=(base, ATTACKS["cartesian product"][0])) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    waiting = queried(base, FEW)
    assert waiting.status in (200, 503)
    assert waiting.status == 200 or "retry-after" in waiting.headers
    for thread in threads:
        thread.join()
    answers_at_once(base)


def test_updates_are_refused_in_every_way(base: str) -> None:
    form = urllib.parse.urlencode({"update": "CLEAR ALL"}).encode()
    assert ask(f"{base}/sparql", form, Content_Type="application/x-www-form-urlencoded").status == 403
    assert ask(f"{base}/sparql?{form.decode()}").status == 403
    assert ask(f"{base}/sparql", b"CLEAR ALL", Content_Type="application/sparql-update").status == 415
    for method in ("PUT", "DELETE", "PATCH"):
        assert ask(f"{base}/sparql", b"x", method=method).status == 405


def test_an_oversized_body_is_refused(base: str) -> None:
    try:
        status = ask(f"{base}/sparql", b"x" * 5_000_000, Content_Type="application/sparql-query").status
    except urllib.error.URLError:  # the server closed before all was sent
        status = 413
    assert status == 413
    answers_at_once(base)


def test_a_chunked_body_is_capped_too(base: str) -> None:
    chunks = (b"x" * 65_536 for _ in range(100))
    as_query = {"Content-Type": "application/sparql-query"}
    with (
        closing(http.client.HTTPConnection(base.removeprefix("http://"), timeout=10)) as connection,
        suppress(BrokenPipeError, ConnectionResetError),
    ):
        connection.request("POST", "/sparql", chunks, as_query, encode_chunked=True)
        assert connection.getresponse().status == 413
    answers_at_once(base)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "//etc/passwd",
        "/entity/%00",
        "/entity/%0d%0aX-A:b",
    ],
)
def test_path_and_header_tricks_lead_nowhere(base: str, path: str) -> None:
    with socket.create_connection(base.removeprefix("http://").split(":"), timeout=10) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = client.makefile("rb").read()
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert re.match(rb"http/1.1 (404|400)", head)
    assert b"\r\nx-a:" not in head
    assert b"import" not in answer


def test_a_slow_client_keeps_nobody_waiting(base: str) -> None:
    host, port = base.removeprefix("http://").split(":")
    slow = [socket.create_connection((host, int(port))) for _ in range(50)]
    for client in slow:
        client.sendall(SLOW)
    answers_at_once(base)
    for client in slow:
        client.close()


@pytest.mark.slow
def test_a_body_that_does_not_arrive_is_given_up(base: str) -> None:
    with socket.create_connection(base.removeprefix("http://").split(":"), timeout=60) as client:
        client.sendall(SLOW)
        assert client.recv(100).startswith(b"HTTP/1.1 408")


def load(base: str, clients: int, seconds: float, mixed: list[str]) -> dict[int, int]:
    """Let clients ask all the time; assert that what is answered is right and 503 says when to come back."""
    expected = {query: queried(base, query) for query in mixed}
    seen: list[int] = []
    wrong: list[str] = []
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        while True:
            query = mixed[(number + len(seen)) % len(mixed)]
            answer = queried(base, query, timeout=60)
            seen.append(answer.status)
            if answer.status == 503 and "retry-after" not in answer.headers:
                wrong.append("503 without Retry-After")
            elif answer.status != 503 and answer[::2] != expected[query][::2]:
                wrong.append(f"{answer.status} {answer.text[:100]}")
            if time.monotonic() > end:
                return

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    return {status: seen.count(status) for status in set(seen)}


def test_200_parallel_clients_get_right_answers_or_503(base: str) -> None:
    statuses = load(base, 200, 0, [FEW, "SELECT * { mke:PTEN ?p ?o } ORDER BY ?p ?o"])
    assert set(statuses) <= {200, 503}
    assert statuses[200] >= 10
    answers_at_once(base)


@pytest.mark.slow
def test_sixty_seconds_of_mixed_load_give_no_wrong_answer(base: str) -> None:
    mixed = [FEW, "SELECT * { ?s ?p ?o }", "nonsense", questions.find("resensitise").query]
    statuses = load(base, 12, 60, mixed)
    assert set(statuses) <= {200, 400, 422, 503}
    answers_at_once(base)


@pytest.mark.slow
def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    with serving("--per-minute", "5") as address:
        statuses = [ask(f"{address}/health") for _ in range(7)]
        assert [one.status for one in statuses] == [200] * 5 + [429] * 2
        assert 0 < int(statuses[-1].headers["retry-after"]) <= 60


@pytest.mark.slow
def test_rows_and_seconds_are_what_the_command_says() -> None:
    with serving("--rows", "3", "--seconds", "1") as address:
        assert queried(address, "SELECT * { ?s a mk:Drug } LIMIT 3").status == 200
        answer = queried(address, "SELECT * { ?s a mk:Drug } LIMIT 4")
        assert (answer.status, "more than 3 rows" in answer.text) == (422, True)
        assert "longer than 1 s" in queried(address, ATTACKS["cartesian product"][0]).text


def test_an_answer_of_too_many_bytes_is_an_error_and_not_cut(base: str) -> None:
    long = "".join(
        f"BIND(CONCAT({','.join([f'?{one}'] * 16)}) AS ?{other}) " for one, other in ("ab", "bc", "cd", "de")
    )
    query = f"SELECT ?drug ?e {{ ?drug a mk:Drug BIND('{'x' * 16}' AS ?a) {long} }} LIMIT 12"
    answer = queried(base, query)
    assert (answer.status, "larger than 10000000 bytes" in answer.text) == (422, True)
    assert queried(base, query.replace("LIMIT 12", "LIMIT 9")).status == 200


@pytest.mark.slow
def test_who_finds_all_long_places_taken_is_told_when_to_come_back() -> None:
    with serving("--seconds", "6", "--parallel", "1") as address:
        busy = threading.Thread(target=queried, args=(address, ATTACKS["cartesian product"][0]))
        busy.start()
        time.sleep(0.3)
        answer = queried(address, ATTACKS["cartesian product"][0])
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        answers_at_once(address)  # some workers are kept for what is short
        busy.join()
        answers_at_once(address)


def test_a_script_in_a_label_is_text(tmp_path: Path) -> None:
    graph = tmp_path / "evil.trig"
    evil = "<script>alert(1)</script>"
    store = ox.Store()
    store.bulk_load(path=str(ROOT / "data" / "mirkg.trig"))
    node = ox.NamedNode("https://w3id.org/mirkg/entity/PTEN")
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    for quad in list(store.quads_for_pattern(node, label, None)):
        store.remove(quad)
        store.add(ox.Quad(node, label, ox.Literal(evil), quad.graph_name))
    store.dump(str(graph), ox.RdfFormat.TRIG)
    with serving("--graph", str(graph)) as address:
        for path in ("/entity/PTEN.html", "/search?q=script", f"/picture?subject={urllib.parse.quote(evil)}"):
            body = ask(address + path).body
            assert b"<script>alert" not in body, path
            assert b"alert(1)" in body, path
        for path in (f"/search?q={urllib.parse.quote(evil)}", f"/audit?entity={urllib.parse.quote(evil)}x"):
            assert b"<script>alert" not in ask(address + path).body


def test_every_answer_has_a_strict_policy(base: str) -> None:
    for path in ("/", "/audit", "/picture", "/sparql?query=x", "/health", "/nowhere", "/static/style.css"):
        headers = ask(base + path, Accept="text/html").headers
        assert "script-src 'self';" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
    editor = ask(f"{base}/editor").headers["content-security-policy"]
    assert "script-src 'self';" in editor
    assert "style-src 'self' 'unsafe-inline'" in editor


def test_it_listens_on_loopback_by_default(mirkg: Run) -> None:
    assert "127.0.0.1 if not given" in " ".join(mirkg("serve", "--help").stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("--graph", "nowhere.trig"),
        ("--port", "0"),
        ("--port", "99999"),
        ("--host", "no.where.invalid"),
        ("--seconds", "x"),
    ],
)
def test_wrong_arguments_are_told(mirkg: Run, arguments: tuple[str, ...]) -> None:
    done = mirkg("serve", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_a_port_that_is_taken_is_told(mirkg: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = mirkg("serve", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Address already in use. Name another --host or --port." in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_workers_die_with_a_server_that_is_killed() -> None:
    with bench.running([sys.executable, "-m", "mirkg", "serve", "--port", "{port}", "--parallel", "1"]) as address:
        health = json.loads(ask(f"{address}/health").body)
        assert health["status"] == "ok"
        thread = threading.Thread(target=lambda: _ignoring(address), daemon=True)
        thread.start()
        time.sleep(0.5)
        children = _children(os.getpid())
        port = address.rpartition(":")[2].encode()
        servers = [one for one in children if port in _command(one)]
        workers = [one for server in servers for one in _children(server) if b"spawn_main" in _command(one)]
        assert workers
        for server in servers:
            os.kill(server, 9)
        for _ in range(40):
            if not any(
                Path(f"/proc/{worker}/statm").exists() and b"spawn_main" in _command(worker) for worker in workers
            ):
                break
            time.sleep(0.05)
        assert not any(b"spawn_main" in _command(worker) for worker in workers)


def _ignoring(address: str) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        queried(address, ATTACKS["cartesian product"][0])


def _children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
