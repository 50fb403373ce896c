"""A review of one's own: the page is followed literally, and what cannot be read is reported."""

import re
import shlex
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run, review_text
from mirkg.ask import graph, store
from mirkg.make import draft, tables
from mirkg.model import vocabulary
from mirkg.serve.desk import Desk
from mirkg.serve.guard import Limits
from mirkg.serve.worker import Asked

PAGE = (ROOT / "docs/new-review.md").read_text("utf-8")


@pytest.fixture
def followed(mirkg: Run, tmp_path: Path) -> list[tuple[str, int, str]]:
    """Follow the page, and return each command with its status and output."""
    done = []
    for kind, name, content in re.findall(r"```(\w+) ?(\S*)\n(.*?)```", PAGE, re.DOTALL):
        if name:
            (tmp_path / name).write_text(content, "utf-8")
        elif kind == "toml":
            path = tmp_path / "mine/reviews/doe-2025/review.toml"
            for line in content.splitlines():
                key = line.partition(" =")[0]
                path.write_text(re.sub(rf"(?m)^{key} = .*$", line, path.read_text("utf-8")), "utf-8")
        else:
            for command in content.splitlines():
                ran = mirkg(*shlex.split(command)[1:])
                done.append((command, ran.returncode, ran.stdout + ran.stderr))
    return done


def test_page_leads_from_a_text_to_an_audited_graph(followed: list[tuple[str, int, str]], tmp_path: Path) -> None:
    assert [(command.split()[1], status) for command, status, _ in followed] == [
        ("new-review", 0),
        ("check", 0),
        ("build", 0),
        ("audit", 0),
    ]
    told = {command.split()[1]: output for command, _, output in followed}
    assert told["new-review"].startswith("3 sections, 7 passages, 2 references, 2 brackets")
    assert "sign conflict" in told["audit"] and "introduction ¶1 s3" in told["audit"]
    kg = graph.open(tmp_path / "mine/mirkg.trig")
    verdicts = "SELECT ?c ?v WHERE { ?n a mk:CitationVerdict ; mk:onClaim ?c ; mk:verdict/rdfs:label ?v } ORDER BY ?c"
    assert kg.query(verdicts) == [
        {"c": "https://example.org/kg/claim/doe-2025/introduction-1-2-1", "v": "agrees"},
        {"c": "https://example.org/kg/claim/doe-2025/introduction-1-3-1", "v": "sign conflict"},
    ]  # fmt: skip
    assert not kg.query("ASK { ?m a mk:MicroRNA }")
    assert isinstance(kg.source, store.Store)
    data = [vocabulary.graph(name) for name in ("claims", "derived", "entities", "mappings")]
    told = {term for quad in kg.source.graph if quad.graph_name in data for term in quad.triple}
    nodes = {term.value for term in told if isinstance(term, ox.NamedNode)}
    assert {iri for iri in nodes if not iri.startswith(vocabulary.MK)} >= {
        f"https://example.org/kg/{path}"
        for path in ("entity/IL13", "proposition/budesonide/RepressionEffect/IL13", "source/doe-2025")
    }
    assert [iri for iri in nodes if iri.startswith(vocabulary.BASE) and not iri.startswith(vocabulary.MK)] == []


def test_entities_of_the_review_have_pages_and_names_under_their_base(
    followed: list[tuple[str, int, str]], mirkg: Run, tmp_path: Path
) -> None:
    assert followed
    path = tmp_path / "mine/mirkg.trig"
    desk = Desk(str(path), path.read_bytes(), "", Limits())
    for thing in ("entity/IL13", "proposition/budesonide/ActivationEffect/IL13", "source/doe-2025/reference/1"):
        reply = desk.answer(Asked("GET", f"/{thing}.html", b"", "", b"", "text/html", "", "../.."))
        assert reply.status == 200 and f"https://example.org/kg/{thing}" in reply.content.decode()
        assert 'href="../../https:' not in reply.content.decode()
    assert desk.answer(Asked("GET", "/entity/PTEN.html", b"", "", b"", "text/html", "", "../..")).status == 404
    for name in ("IL13", "https://example.org/kg/entity/IL13", "http://127.0.0.1:8000/entity/IL13.html"):
        assert mirkg("explain", name, "--graph", path).stdout.startswith("IL13  (Gene)  https://example.org/kg/entity/")


@pytest.mark.slow
def test_site_of_the_review_is_whole(followed: list[tuple[str, int, str]], mirkg: Run) -> None:
    assert followed
    assert mirkg("site", "-o", "site", "--graph", "mine/mirkg.trig").returncode == 0
    done = mirkg("check", "--publish", "site")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "60 checks, 0 broken")


def test_name_that_entities_of_two_bases_share_is_refused(
    followed: list[tuple[str, int, str]], mirkg: Run, tmp_path: Path
) -> None:
    assert followed
    own = (tmp_path / "mine/entities/doe-2025.tsv").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "mine/entities/shared.tsv").write_text(own[0] + own[1].replace("IL13\tIL13", "IL13\tIL-13"), "utf-8")
    done = mirkg("build", "--data", "mine")
    assert (done.returncode, "gives the same name in an IRI as" in done.stderr) == (2, True), done.stderr
    (tmp_path / "mine/entities/shared.tsv").write_text(own[0] + own[1].replace("IL13\tIL13", "IL4\tIL4"), "utf-8")
    assert mirkg("build", "--data", "mine").returncode == 0
    iris = graph.open(tmp_path / "mine/mirkg.trig").query("SELECT ?g WHERE { ?g a mk:Gene } ORDER BY ?g")
    assert iris == [{"g": "https://example.org/kg/entity/IL13"}, {"g": "https://w3id.org/mirkg/entity/IL4"}]


def test_two_reviews_in_one_folder_are_named_in_their_places(
    followed: list[tuple[str, int, str]], mirkg: Run, tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(tmp_path / "mine/reviews/doe-2025", tmp_path / "mine/reviews/roe-2026")
    path = tmp_path / "mine/reviews/roe-2026/review.toml"
    path.write_text(path.read_text("utf-8").replace('"doe-2025"', '"roe-2026"'), "utf-8")
    assert mirkg("build", "--data", "mine").returncode == 0
    rows = graph.open(tmp_path / "mine/mirkg.trig").query("SELECT ?l WHERE { ?p a mk:TextPassage ; rdfs:label ?l }")
    assert {row["l"].split()[0] for row in rows} == {"doe-2025", "roe-2026"}
    done = mirkg("verify", "review.txt", "--data", "mine")
    assert (done.returncode, "name one with --review. They are doe-2025, roe-2026." in done.stderr) == (2, True)


def test_check_says_what_is_still_to_be_filled(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "review.txt").write_text(re.search(r"```text review.txt\n(.*?)```", PAGE, re.DOTALL)[1], "utf-8")
    made = mirkg("new-review", "a", "review.txt", "--base", "https://example.org/", "--data", "m", "--curator", "me")
    assert made.returncode == 0
    done = mirkg("check", "--data", "m")
    assert done.returncode == 2
    assert "m/reviews/a/review.toml: [published] '' is not a date" in done.stderr


def test_what_cannot_be_read_is_reported(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(
        "A title\n\nIntroduction\n\nOne thing [1, 9]. Another [2-4].\n\nReferences\n\n1. Nothing\n1. Twice\n"
        "2. Roe A. A title of two. J 2020;1.\n3. Poe B. A title of three. J;1.\n",
        "utf-8",
    )
    done = mirkg("new-review", "a", "r.txt", "--base", "https://example.org/", "--data", "m", "--curator", "me")
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("not read")] == [
        "not read: reference 1: no first_author, no title, no year could be read: Nothing",
        "not read: reference 1 stands twice in the list; the first is kept",
        "not read: reference 3: no year could be read: Poe B. A title of three. J;1.",
        "not read: introduction-1-1 cites 9, which the reference list does not have",
        "not read: introduction-1-2 cites 4, which the reference list does not have",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a/b", "r.txt", "--base", "https://example.org/"), "'a/b' is no name"),
        (("a", "r.txt", "--base", "example.org"), "'example.org' is no base"),
        (("a", "r.txt", "--base", "https://example.org/entity/x/"), "'https://example.org/entity/x/' is no base"),
        (("a", "r.txt", "--base", "https://example.org"), "'https://example.org' is no base"),
        (("a", "none.txt", "--base", "https://example.org/"), "none.txt: cannot be read"),
        (("a", "empty.txt", "--base", "https://example.org/"), "is empty"),
    ],
)
def test_wrong_use_is_refused(mirkg: Run, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    (tmp_path / "r.txt").write_text("Introduction\n\nText.\n", "utf-8")
    (tmp_path / "empty.txt").write_text("", "utf-8")
    done = mirkg("new-review", *arguments, "--data", "m", "--curator", "me")
    assert (done.returncode, message in done.stderr) == (2, True)
    assert not (tmp_path / "m").exists()


def test_review_that_is_there_is_not_overwritten(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("Introduction\n\nText.\n", "utf-8")
    given = ("new-review", "a", "r.txt", "--base", "https://example.org/", "--data", "m", "--curator", "me")
    mirkg(*given)
    done = mirkg(*given)
    assert (done.returncode, "is there already, and nothing was changed" in done.stderr) == (2, True)


def test_real_review_is_read_nearly_as_its_curators_read_it() -> None:
    found = draft.drafted(review_text().read_text("utf-8"), "me", "2026-11-27")
    curated = tables.load(ROOT / "data").reviews[0]
    assert [section.heading for section in found.outline.sections] == [one.heading for one in curated.outline.sections]
    assert len(found.rows["references"]) == len(curated.references) == 112
    assert len(found.rows["brackets"]) == len(curated.brackets)
    years = {row["id"]: row["year"] for row in found.rows["references"]}
    assert sum(years[row["id"]] == row["year"] for row in curated.references) >= 110
