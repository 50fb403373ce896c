"""The pages in Chromium: what a reader does, without errors, other hosts or barriers, whatever the server is called."""

import http.client
import http.server
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conftest import Run
from test_serve import serving

sync_api = pytest.importorskip("playwright.sync_api", reason="the PyPI package playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM, reason="Debian's chromium is not installed")]
PAGES = [
    "/",
    "/?class=chemotherapy&order=cluster",
    "/search?q=miR-13",
    "/entity/miR-130b.html",
    "/entity/doxorubicin.html",
    "/entity/PI3K-AKT-pathway.html",
    "/claim/amiri-2024/title-64-1.html",
    "/proposition/HOTAIR/SensitizingEffect/doxorubicin.html",
    "/source/amiri-2024.html",
    "/source/amiri-2024/reference/64.html",
    "/source/amiri-2024/passage/table-1-row-10.html",
    "/source/amiri-2024/bracket/table-1-row-10-b1.html",
    "/drugs",
    "/references?sort=findings",
    "/compare?one=miR-21&other=miR-221",
    "/retraction?reference=72",
    "/glossary",
    "/questions",
    "/questions/resensitise?drug=tamoxifen",
    "/audit?entity=miR-452",
    "/editor",
    "/picture?subject=miR-130b&object=doxorubicin",
    "/picture?subject=HOTAIR",
    "/picture?subject=doxorubicin",
    "/guide",
    "/downloads",
    "/ontology",
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serving("--per-minute", "1000000", "--parallel", "4", "--seconds", "60") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP kg.example 127.0.0.1"]
        )


class Visit(NamedTuple):
    """Hold a page in the browser, what its console said, and which addresses it asked for."""

    page: Any
    said: list[str]
    asked: list[str]


@contextmanager
def visiting(browser: Any, width: int) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(90_000)
    visit = Visit(context.new_page(), [], [])
    visit.page.on("console", lambda one: visit.said.append(one.text) if one.type in ("error", "warning") else None)
    visit.page.on("pageerror", lambda error: visit.said.append(str(error)))
    visit.page.on("request", lambda one: visit.asked.append(one.url) if one.url.startswith("http") else None)
    yield visit
    context.close()


@pytest.fixture(params=[1280, 375], ids=["wide", "narrow"])
def page(browser: Any, base: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Yield a page; in the end nothing was said on the console and no other host was asked."""
    with visiting(browser, request.param) as visit:
        yield visit.page
    refused = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
    assert [one for one in visit.said if one != refused] == []
    assert {url.split("/")[2] for url in visit.asked} == {base.removeprefix("http://")}


def test_from_search_to_reference(page: Any, base: str) -> None:
    page.goto(base)
    page.fill("header input[name=q]", "hsa-miR-130b")
    page.press("header input[name=q]", "Enter")
    page.click("main >> text=miR-130b")
    assert page.inner_text("h1") == "miR-130b"
    page.click("summary >> text=Genes and proteins")
    page.click("summary >> text=miR-130b targets PTEN")
    page.click("details.statement[open] >> text=This statement")
    assert page.inner_text("h1") == "miR-130b targets PTEN"
    page.click("main >> text=title of reference 64 >> nth=0")
    page.click("main >> text=[64] >> nth=0")
    assert page.inner_text("h1").endswith("2017 [64]")
    assert "10.1038/srep41942" in page.inner_text("main")


def test_a_question_as_a_form(page: Any, base: str) -> None:
    page.goto(f"{base}/questions")
    page.click("text=What could restore the response to a drug")
    page.fill("input[name=drug]", "Adriamycin")
    page.click("main button")
    assert "Literature evidence, not medical advice." in page.inner_text("main")
    assert page.locator("main table tbody tr").count() > 20
    assert "VALUES ?drugNode { <https://w3id.org/mirkg/entity/doxorubicin> }" in page.inner_text("main pre")
    page.fill("input[name=drug]", "Adriamycine")
    page.click("main button")
    assert "Nothing here is called 'Adriamycine'. The nearest is Adriamycin" in page.inner_text("[role=alert]")


def test_the_editor_runs_the_query_of_a_question(page: Any, base: str) -> None:
    page.goto(f"{base}/questions/targets-of")
    page.click("text=Edit it")
    page.wait_for_selector(".yasqe .CodeMirror")
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('SELECT ?x { BIND(41 + 1 AS ?x) }')")
    page.click(".yasqe_queryButton")
    page.wait_for_selector(".yasr_results table")
    assert "42" in page.inner_text(".yasr_results")


def test_the_picture_says_the_same_as_its_table(page: Any, base: str) -> None:
    page.goto(f"{base}/picture")
    page.fill("input[name=subject]", "miR-130b")
    page.fill("input[name=object]", "Adriamycin")
    page.click("main button")
    assert page.inner_text("h1") == "From miR-130b to doxorubicin"
    facts = page.inner_text("main table")
    assert "miR-130b ⊣ PTEN" in facts
    assert "miR-130b → resistance to doxorubicin" in facts
    assert page.locator("main table tbody tr").count() == page.locator(".drawing .edge").count()
    page.locator(".drawing a[aria-label^='miR-130b → resistance to doxorubicin']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/proposition/**")
    assert page.inner_text("h1") == "miR-130b confers resistance to doxorubicin"


@pytest.mark.parametrize("path", ["/picture?subject=doxorubicin", "/entity/PTEN.html", "/picture?subject=miRNAs"])
def test_the_words_of_a_picture_do_not_overlap_where_they_are_drawn(page: Any, base: str, path: str) -> None:
    page.goto(base + path)
    drawn = page.evaluate(
        """[...document.querySelectorAll('.drawing a, .drawing g')].map(one => {
            const name = one.querySelector('rect'), words = [...one.querySelectorAll('text')];
            const boxes = words.map(word => word.getBoundingClientRect());
            const least = side => Math.min(...boxes.map(box => box[side]));
            const most = side => Math.max(...boxes.map(box => box[side]));
            const hull = {left: least('left'), right: most('right'), top: least('top'), bottom: most('bottom')};
            const frame = name ? name.getBoundingClientRect() : hull;
            return {left: frame.left, right: frame.right, top: frame.top, bottom: frame.bottom,
                    fits: hull.left >= frame.left && hull.right <= frame.right};
        })"""
    )
    assert len(drawn) > 5
    assert all(one["fits"] for one in drawn)
    for one, other in combinations(drawn, 2):
        across = min(one["right"], other["right"]) - max(one["left"], other["left"])
        down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
        assert across <= 0 or down <= 1


def test_keyboard_reaches_the_content(page: Any, base: str) -> None:
    page.goto(base)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_the_pages_lead_to_answers_in_three_clicks(page: Any, base: str) -> None:
    """Do four tasks of a biologist from the first page."""
    page.goto(base)  # Which miRNAs make cells resistant to trastuzumab, and how sure is it?
    page.click("nav >> text=Drugs")
    page.click("main table >> text=/^trastuzumab$/")
    assert "miR-146a-5p and miR-21 confer resistance to trastuzumab" in page.inner_text("main .lead >> nth=0")
    assert "confirmed" in page.inner_text("main .lead >> nth=0")
    page.goto(base)  # What is wrong with reference 101?
    page.click("nav >> text=References")
    page.click("main table >> text=[101]")
    assert "A retracted paper is cited" in page.inner_text("main")
    page.goto(base)  # What would restore the response to cisplatin?
    page.click("nav >> text=Drugs")
    page.click("main table >> text=/^cisplatin$/")
    assert "What could restore the response" in page.inner_text("main")
    assert page.inner_text("main").count("not medical advice") == 1
    page.goto(base)  # Is miR-21 in this review, and where?
    page.click("nav >> text=miRNAs")
    page.click("main table >> text=/^miR-21$/")
    page.click("summary >> text=miR-21 confers resistance to trastuzumab")
    assert page.locator("details.statement[open] .evidence a").count() > 1


def test_the_path_to_a_drug_is_drawn_once_it_is_unfolded(page: Any, base: str) -> None:
    page.goto(f"{base}/entity/cisplatin.html")
    drawn = page.locator("#restore img").first
    drawn.locator("xpath=ancestor::details[1]").locator("summary").click()
    drawn.scroll_into_view_if_needed()
    page.wait_for_function("one => one.complete && one.naturalWidth > 100", arg=drawn.element_handle())
    assert drawn.get_attribute("alt").endswith("changes the response to cisplatin; the list says it in words")


def test_a_page_that_takes_long_says_that_it_loads(page: Any, base: str) -> None:
    def slow(route: Any) -> None:
        time.sleep(1)
        route.continue_()

    page.goto(base)
    page.evaluate(
        """() => {
          const line = document.querySelector(".loading");
          new MutationObserver(() => sessionStorage.said = line.textContent).observe(line, { childList: true });
        }"""
    )
    page.route("**/audit", slow)
    page.click("header >> text=Audit")
    page.wait_for_url("**/audit")
    assert page.evaluate("sessionStorage.said") == "Loading …"
    assert page.locator(".loading").inner_text() == ""


def test_the_head_of_a_column_sorts_and_a_word_filters(page: Any, base: str) -> None:
    page.goto(f"{base}/questions/conferring-mirnas?ask=yes")
    names = "[...document.querySelectorAll('main tbody tr:not([hidden])')].map(row => row.cells[0].innerText.trim())"
    before = page.evaluate(names)
    head = page.locator("main th").first
    head.locator("button").evaluate("one => one.click()")  # where the screen is narrow the heads are not in sight
    assert head.get_attribute("aria-sort") == "ascending"
    up = page.evaluate(names)
    head.locator("button").evaluate("one => one.click()")
    assert head.get_attribute("aria-sort") == "descending"
    assert sorted(before) == sorted(up)
    assert page.evaluate(f"new Set({names}).size") > 5
    assert page.evaluate(f"{names}[0]") == up[-1]
    page.get_by_label("Rows with").fill("trastuzumab")
    assert 0 < len(page.evaluate(names)) < len(before)


def test_the_matrix_is_narrowed_down_by_links(page: Any, base: str) -> None:
    page.goto(base)
    page.click("summary >> text=Standing")
    page.click(".facets >> text=disputed")
    assert page.locator(".matrix svg a[href*=proposition]").count() == 1
    page.click("summary >> text=Order by")
    page.click(".facets >> text=likeness of effects")
    assert "standing=disputed&order=cluster" in page.url
    page.click("text=Show all")
    assert page.locator(".matrix svg a[href*=proposition]").count() > 100


def test_a_mark_of_the_matrix_is_reached_by_keyboard_and_leads_to_its_evidence(page: Any, base: str) -> None:
    page.goto(base)
    mark = page.locator('.matrix a[aria-label^="HOTAIR"], .matrix a[aria-label^="miR-452 confers"]').first
    mark.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/proposition/**")
    assert page.inner_text("h1") == "miR-452 confers resistance to doxorubicin"
    assert "disputed" in page.inner_text("main .lead >> nth=0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_barriers_and_fits_the_width(page: Any, base: str, path: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page.emulate_media(color_scheme=scheme)
    page.goto(base + path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context = {"exclude": [["#yasgui"]]}
    found = axe.Axe().run(page, context=context).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    page.set_viewport_size({"width": 768, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# --- the server at any address


class _Proxy(http.server.BaseHTTPRequestHandler):
    """Hand requests below a prefix on to the server, with the prefix or without it."""

    server_version = "proxy"
    upstream, prefix, keeps = "", "", False

    def do_GET(self) -> None:
        if not self.path.startswith(f"{self.prefix}/") and not (self.keeps and self.path == self.prefix):
            self.send_error(404)
            return
        path = self.path if self.keeps else self.path.removeprefix(self.prefix)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection(self.upstream, timeout=30)
        named = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        connection.request(self.command, path, body or None, named)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "date", "server", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def proxied(keeps: bool) -> Iterator[str]:
    """Serve under a prefix, behind a proxy that keeps it or takes it away."""
    handler = type("Handler", (_Proxy,), {"prefix": "/a/kg", "keeps": keeps})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        base = f"http://kg.example:{proxy.server_port}/a/kg"
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        with serving("--per-minute", "1000000", "--parallel", "4", "--seconds", "60", "--base", base) as address:
            handler.upstream = address.removeprefix("http://")  # type: ignore[attr-defined]
            yield base
        proxy.shutdown()


def follow(page: Any, what: str) -> None:
    """Click a link or a button, and wait until the page that it leads to is there: a click alone does not."""
    with page.expect_navigation():
        page.click(what)


def walk(browser: Any, base: str) -> None:
    """Do what a reader does by links, forms, scripts and redirects; all of it stays at one address."""
    with visiting(browser, 1280) as visit:
        page = visit.page
        page.goto(f"{base}/")
        for name in ("Questions", "Audit", "Picture", "SPARQL", "For programs", "Downloads"):
            follow(page, f"nav >> text={name}")
            assert page.url.startswith(f"{base}/"), name
            assert page.evaluate("getComputedStyle(document.querySelector('header')).display") == "flex", name
        page.fill("header input[name=q]", "hsa-miR-130b")
        follow(page, "header button")
        follow(page, "main >> text=miR-130b")  # the IRI of a thing, by a redirect
        assert page.url == f"{base}/entity/miR-130b.html"
        page.click("summary >> text=Genes and proteins")
        page.click("summary >> text=miR-130b targets PTEN")
        follow(page, "details.statement[open] a >> text=title of reference 64")
        follow(page, "main a >> text=[64] >> nth=0")
        assert page.url.startswith(f"{base}/source/amiri-2024/")
        follow(page, "nav >> text=Questions")
        follow(page, "text=What could restore the response to a drug")
        page.fill("input[name=drug]", "Adriamycin")
        follow(page, "main button")
        assert page.locator("main table tbody tr").count() > 20
        follow(page, "text=Edit it")
        page.wait_for_selector(".yasqe .CodeMirror")
        page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('SELECT ?x { BIND(41 + 1 AS ?x) }')")
        page.click(".yasqe_queryButton")
        page.wait_for_selector(".yasr_results table")
        assert "42" in page.inner_text(".yasr_results")
        follow(page, "nav >> text=Audit")
        page.fill("#entity", "miR-452")
        follow(page, "main button")
        assert page.locator("main .findings").count() > 1
        follow(page, "nav >> text=Picture")
        page.fill("#subject", "miR-130b")
        page.fill("#object", "doxorubicin")
        follow(page, "main button")
        assert page.locator(".drawing .edge").count() > 5
        page.goto(f"{base}/sparql")
        assert page.url == f"{base}/editor"
        page.goto(f"{base}/questions/")
        follow(page, "main li a >> nth=0")
        assert page.url.startswith(f"{base}/questions/")
        assert visit.said == []
        assert [url for url in visit.asked if not url.startswith(f"{base}/")] == []


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "kg.example"])
def test_the_server_works_by_each_of_its_names(browser: Any, base: str, name: str) -> None:
    walk(browser, base.replace("127.0.0.1", name))


def test_the_server_works_where_it_listens_everywhere(browser: Any) -> None:
    with serving("--per-minute", "1000000", "--parallel", "4", "--seconds", "60", "--host", "0.0.0.0") as address:
        walk(browser, address.replace("127.0.0.1", "localhost"))


@pytest.mark.parametrize("keeps", [True, False], ids=["kept", "stripped"])
def test_the_server_works_under_a_prefix(browser: Any, keeps: bool) -> None:
    with proxied(keeps) as base:
        walk(browser, base)
        if keeps:  # else it is the proxy that has to add the slash
            with visiting(browser, 1280) as visit:
                visit.page.goto(base)
                assert visit.page.url == f"{base}/"


# --- the audit as a file


@pytest.mark.parametrize("width", [375, 1280])
def test_the_audit_as_a_file_is_the_audit_as_a_page(
    browser: Any, base: str, mirkg: Run, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "audit.html"
    file.write_text(mirkg("audit", "--entity", "miR-452", "--format", "html").stdout, "utf-8")
    with visiting(browser, width) as visit:
        shown: list[list[str]] = []
        for address in (file.as_uri(), f"{base}/audit?entity=miR-452"):
            visit.page.goto(address)
            visit.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            shown.append(visit.page.locator(".findings summary, .findings .row").all_inner_texts())
        assert shown[0] == shown[1]
        assert len(shown[0]) > 1
        assert visit.said == []
