"""A rehearsal: the whole site from a plain file server, walked by links, by IRIs and by a browser, under a sub-path."""

import functools
import http.server
import re
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote

import pyoxigraph as ox
import pytest

from conftest import ROOT
from mirkg.cli import main
from test_site import Page

BASE = "https://w3id.org/mirkg/"
pytestmark = pytest.mark.slow


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve files, and say nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("host")
    assert main(["site", "-o", str(top / "a" / "kg"), "--base", "https://kg.example/a/kg"]) == 0
    return top / "a" / "kg"


@pytest.fixture(scope="module")
def host(folder: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(folder.parent.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/a/kg"
        server.shutdown()


def test_every_iri_of_ours_has_a_page_and_rdf_that_is_about_it(folder: Path) -> None:
    iris: set[str] = set()
    for quad in ox.parse(path=ROOT / "data" / "mirkg.trig"):
        nodes = (quad.subject, quad.predicate, quad.object, quad.graph_name)
        iris.update(node.value for node in nodes if isinstance(node, ox.NamedNode) and node.value.startswith(BASE))
    assert len(iris) > 6000
    missing = []
    terms = Page((folder / "ontology.html").read_bytes()).ids
    for iri in sorted(iris):
        path, _, term = iri.removeprefix(BASE).partition("#")
        if path.startswith("download/"):  # a file by itself
            assert (folder / path).is_file()
            continue
        there = all((folder / f"{path}.{ending}").is_file() for ending in ("html", "ttl", "jsonld", "nt", "rdf"))
        graph = path.startswith("graph/") and not term  # of which the graph may say nothing
        if not there or not (graph or f"<{iri}>" in _text(folder / f"{path}.nt")):
            missing.append(iri)
        if path == "ontology" and term and term not in terms:
            missing.append(iri)
    assert missing == []


@functools.cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


def test_a_walk_from_the_first_page_meets_every_page_and_no_dead_link(folder: Path, host: str) -> None:
    seen, todo, dead = {"index.html"}, ["index.html"], []
    ids: dict[str, set[str]] = {}
    wanted: set[tuple[str, str, str]] = set()
    while todo:
        name = todo.pop()
        try:
            with urllib.request.urlopen(f"{host}/{name}", timeout=30) as answer:
                content = answer.read()
        except OSError:
            dead.append(name)
            continue
        if not name.endswith(".html"):
            continue
        page = Page(content)
        ids[name] = page.ids
        for address in page.addresses:
            if re.match(r"[a-z]+:", address):
                continue
            path, _, fragment = address.partition("#")
            target = normpath(join(dirname(name), unquote(path.partition("?")[0]))) if path else name
            if fragment:
                wanted.add((name, target, fragment))
            if target not in seen:
                seen.add(target)
                todo.append(target)
    assert dead == []
    assert [one for one in wanted if one[1] in ids and one[2] not in ids[one[1]]] == []
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert seen <= there
    beside = {
        "mirkg-site.sha256",
        ".nojekyll",
        ".htaccess",
        "redirects/nginx.conf",
        "redirects/w3id.htaccess",
        "sitemap.xml",
    }
    alone = {name for name in there - seen - beside if not name.endswith(".LICENSE")}
    assert {name for name in alone if name.endswith(".html")} == set()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="the PyPI package playwright is not installed")
    if not (chromium := shutil.which("chromium")):
        pytest.skip("Debian's chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])


@pytest.mark.parametrize("width", [1280, 375], ids=["wide", "narrow"])
def test_a_reader_walks_the_site_without_a_message_on_the_console(browser: Any, host: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(90_000)
    page, said, asked = context.new_page(), [], []
    page.on("console", lambda one: said.append(f"{page.url}: {one.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{host}/")
    for name in ("Questions", "Audit", "Picture", "SPARQL", "For programs", "Downloads"):
        page.click(f"nav >> text={name}")
        assert page.evaluate("getComputedStyle(document.querySelector('header')).display") == "flex", name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    page.fill("header input[name=q]", "hsa-miR-130b")
    page.press("header input[name=q]", "Enter")
    page.click("#found >> text=miR-130b")
    assert page.url == f"{host}/entity/miR-130b.html"
    assert page.inner_text("h1") == "miR-130b"
    page.click("main >> text=Picture of its neighbours")
    page.locator(".drawing .edge").nth(5).wait_for(state="attached")
    page.goto(f"{host}/search.html?q=resistance%20effect")
    page.click("#found >> text=mk:ResistanceEffect")
    assert page.url == f"{host}/ontology.html#ResistanceEffect"
    assert page.evaluate("document.querySelector('main img').naturalWidth") > 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{host}/questions.html")
    page.click("text=What could restore the response to a drug")
    page.wait_for_url("**/resensitise*")
    page.wait_for_load_state()
    rows = page.locator("main table tbody tr:visible").count()
    page.fill("main input[type=search]", "miR-130b doxorubicin")
    assert 0 < page.locator("main table tbody tr:visible").count() < rows
    for path in ("shapes.html", "ontology/prefixes.html", "source/amiri-2024.html", "claim/amiri-2024/title-64-1.html"):
        page.goto(f"{host}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"{host}/search.html?q=nobodyhasthisname")
    page.wait_for_function("document.getElementById('remark').textContent.includes('Nothing here has')")
    page.goto(f"{host}/search.html?q=doxorubicine")
    assert "Did you mean:" in page.locator("#remark:not(:empty)").inner_text()
    page.click("#found >> text=doxorubicin >> nth=0")
    assert page.url == f"{host}/entity/doxorubicin.html"
    page.goto(f"{host}/index.html")
    page.click("summary >> text=Order by")
    page.click("text=likeness of effects")
    assert page.url == f"{host}/matrix/order/cluster.html#matrix"
    assert page.locator(".matrix svg a[href*=proposition]").count() > 100
    assert said == []
    assert {url for url in asked if not url.startswith(f"{host}/") and not url.startswith("data:")} == set()
    context.close()


def test_pages_have_no_barriers(browser: Any, host: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = browser.new_context().new_page()
    for path in (
        "index.html",
        "entity/miR-130b.html",
        "ontology.html",
        "downloads.html",
        "shapes.html",
        "search.html?q=miR",
    ):
        page.goto(f"{host}/{path}")
        found = axe.Axe().run(page).response["violations"]
        assert [(path, one["id"]) for one in found if one["impact"] in ("serious", "critical")] == []
