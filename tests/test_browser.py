"""The pages in Chromium: what a reader does, without errors, other hosts or barriers."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from test_serve import serving

sync_api = pytest.importorskip("playwright.sync_api", reason="the PyPI package playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="Debian's chromium is not installed")
PAGES = [
    "/",
    "/search?q=miR-13",
    "/entity/miR-130b.html",
    "/entity/doxorubicin.html",
    "/entity/PI3K-AKT-pathway.html",
    "/claim/amiri-2024/title-64-1.html",
    "/source/amiri-2024/reference/64.html",
    "/questions",
    "/questions/resensitise?drug=tamoxifen",
    "/audit?entity=miR-452",
    "/editor",
    "/picture?subject=miR-130b&object=doxorubicin",
    "/picture?subject=HOTAIR",
    "/guide",
    "/downloads",
    "/ontology",
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serving("--per-minute", "1000000", "--parallel", "2") as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture(params=[1280, 390], ids=["wide", "narrow"])
def page(browser: Any, base: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Yield a page; in the end nothing was said on the console and no other host was asked."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    page = context.new_page()
    said: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda asked: hosts.add(asked.url.split("/")[2]) if asked.url.startswith("http") else None)
    yield page
    context.close()
    assert said == []
    assert hosts == {base.removeprefix("http://")}


def test_from_search_to_reference(page: Any, base: str) -> None:
    page.goto(base)
    page.fill("header input[name=q]", "hsa-miR-130b")
    page.press("header input[name=q]", "Enter")
    page.click("main >> text=miR-130b")
    assert page.inner_text("h1") == "miR-130b"
    page.click("main >> text=title of reference 64 >> nth=0")
    page.click("main >> text=miR-130b targets PTEN >> nth=0")
    assert page.inner_text("h1") == "miR-130b targets PTEN"
    page.click("main >> text=title of reference 64 >> nth=0")
    page.click("main >> text=2017 [64] >> nth=0")
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
    page.wait_for_selector("#picture canvas")
    facts = page.inner_text("main table")
    assert "miR-130b ⊣ PTEN" in facts
    assert "miR-130b → resistance to doxorubicin" in facts
    assert page.locator("main table tbody tr").count() == len(
        page.evaluate("JSON.parse(document.getElementById('graph').textContent)")
    )


def test_keyboard_reaches_the_content(page: Any, base: str) -> None:
    page.goto(base)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_barriers_and_fits_the_width(page: Any, base: str, path: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page.goto(base + path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context = {"exclude": [["#yasgui"]]}
    found = axe.Axe().run(page, context=context).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
