"""The pages: what people see, made from the graph by functions that need no request."""

import itertools
import math
import random
import re
from collections.abc import Iterator
from statistics import fmean

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run
from mirkg.ask import audit, cluster, dossier, matrix, papers, questions, statements
from mirkg.ask.graph import KnowledgeGraph
from mirkg.model.problems import BadInput
from mirkg.serve.desk import PAGES, Desk
from mirkg.serve.guard import Limits
from mirkg.serve.pages import Pages
from mirkg.serve.worker import Asked
from mirkg.show import audit as showing
from mirkg.show.summary import listed, sentences

BASE = "https://w3id.org/mirkg/"
TEMPLATES = sorted((ROOT / "scripts/mirkg/serve/templates").glob("*.html"))


@pytest.fixture(scope="module")
def pages(kg: KnowledgeGraph) -> Pages:
    return Pages(kg, ["mirkg.trig"])


def links(content: str) -> Iterator[str]:
    return iter(re.findall(r'(?:href|src|action)="([^"]*)"', content))


# --- the seam: pages need no request


@pytest.mark.parametrize("path", PAGES)
def test_page_is_made_without_a_request_and_its_links_are_relative(pages: Pages, path: str) -> None:
    pages.root = "../.."
    made = getattr(pages, PAGES[path][0])({})
    assert made.status == 200
    for link in links(made.content):
        assert link.startswith(("../..", "#", "https://", "http://id.nlm", "http://purl")), link


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_template_says_nothing_of_one_review(path: ROOT.__class__) -> None:  # type: ignore[name-defined]
    text = path.read_text("utf-8")
    assert not re.search(r"breast|miR-\d|doxorubicin|amiri|hmbci", text)
    assert "style=" not in text and not re.search(r"\son\w+=", text)


# --- the matrix


def test_matrix_has_each_stated_effect_once_and_drugs_under_their_classes(kg: KnowledgeGraph) -> None:
    found = matrix.matrix(kg.source)
    query = "SELECT DISTINCT ?p { ?p mk:subject/a mk:MicroRNA ; a/mk:family mk:DrugResponseEffect . ?c mk:asserts ?p }"
    assert sorted(mark.proposition for mark in found.marks) == sorted(row["p"] for row in kg.query(query))
    by_group: dict[str, list[str]] = {}
    for row in found.rows:
        by_group.setdefault(row.group, []).append(row.drug.label)
    assert by_group["HER-targeting drug"] == [
        "HER-targeting drug",
        "afatinib",
        "lapatinib",
        "neratinib",
        "pertuzumab",
        "trastuzumab",
    ]
    assert by_group["chemotherapy"][0] == "chemotherapy"
    assert {"doxorubicin", "cisplatin", "docetaxel"} <= set(by_group["chemotherapy"])
    labels = [column.label for column in found.columns]
    assert labels.index("miR-7") < labels.index("miR-10a") < labels.index("miR-130b")


def test_matrix_is_filtered_and_says_what_it_can_be_filtered_by(kg: KnowledgeGraph) -> None:
    found = matrix.matrix(kg.source).filtered(standing="disputed")
    assert [(mark.says, mark.sign) for mark in found.marks] == [("miR-452 confers resistance to doxorubicin", 1)]
    assert [row.drug.label for row in found.rows] == ["doxorubicin"]
    with pytest.raises(BadInput, match=r"no standing 'disputd'\. The nearest is disputed\."):
        matrix.matrix(kg.source).filtered(standing="disputd")


def test_what_restores_a_response_says_inferred_in_its_own_words(pages: Pages) -> None:
    content = pages.thing(f"{BASE}entity/cisplatin").content
    assert "miR-345 sensitizes to chemotherapy through ABCC1 <span" in content
    inferred = content.partition("<h3>Inferred</h3>")[2].partition("</ul>")[0]
    assert "a step is only cited" in inferred
    assert '<span class="quiet">cited' not in inferred
    assert '/picture?subject=ABCC1&amp;object=cisplatin&amp;format=svg" alt="Picture of how ABCC1' in content


def test_matrix_puts_like_beside_like(kg: KnowledgeGraph) -> None:
    whole = matrix.matrix(kg.source)
    found = whole.filtered(order="cluster")
    assert sorted(mark.says for mark in found.marks) == sorted(mark.says for mark in whole.marks)
    names = [column.label for column in found.columns]
    for one, other in (("miR-132", "miR-212"), ("miR-221", "miR-222"), ("miR-181a", "miR-181b"), ("miR-15a", "miR-16")):
        assert abs(names.index(one) - names.index(other)) == 1
    drugs = [row.drug.label for row in found.rows]
    assert abs(drugs.index("anastrozole") - drugs.index("letrozole")) == 1
    assert {row.group for row in found.rows} == {"like beside like"}
    assert found == whole.filtered(order="cluster")


def test_clusters_join_by_the_mean_distance_of_their_members() -> None:
    places = [0.0, 10.0, 1.0, 11.0, 30.0, 2.5]
    distances = [[abs(one - other) for other in places] for one in places]
    assert [places[number] for number in cluster.ordered(distances)] == [0.0, 1.0, 2.5, 10.0, 11.0, 30.0]
    assert cluster.ordered([]) == []
    assert cluster.ordered([[0.0]]) == [0]
    assert cluster.ordered([[0.0] * 4] * 4) == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(5))
def test_clusters_are_those_that_joining_the_nearest_two_anew_each_time_gives(seed: int) -> None:
    chance = random.Random(seed)
    points = [(chance.random(), chance.random()) for _ in range(15)]
    distances = [[math.dist(one, other) for other in points] for one in points]
    order = cluster.ordered(distances)
    assert sorted(order) == list(range(15))
    clusters = [[number] for number in range(15)]
    while len(clusters) > 1:
        pairs = itertools.combinations(clusters, 2)
        one, other = min(pairs, key=lambda two: fmean(distances[a][b] for a in two[0] for b in two[1]))
        clusters = [found for found in clusters if found not in (one, other)] + [one + other]
        places = sorted(order.index(number) for number in one + other)
        assert places == list(range(places[0], places[0] + len(places)))


def test_matrix_says_direction_and_standing_by_shape_and_each_mark_leads_to_its_evidence(pages: Pages) -> None:
    pages.root = "."
    content = pages.home({}).content
    marks = re.findall(r'<a href="\./proposition/[^"]+\.html" aria-label="([^"]+)">.*?</a>', content)
    whole = [mark for mark in pages.matrix.marks if mark.sign]
    assert len(marks) >= len(whole)
    assert "miR-130b confers resistance to doxorubicin: cited; said by the text" in marks
    crossed = re.findall(r'aria-label="([^":]+): disputed[^"]*">.*?class="cross"', content)
    assert crossed == ["miR-452 confers resistance to doxorubicin"]


def test_rows_of_names_are_natural() -> None:
    assert sorted(["miR-21", "miR-7", "let-7a", "miR-200c"], key=matrix.natural) == [
        "let-7a",
        "miR-7",
        "miR-21",
        "miR-200c",
    ]


# --- statements and summaries


def stated(kg: KnowledgeGraph, name: str) -> dossier.Dossier:
    return dossier.dossier(kg.source, papers.papers(kg.source), kg.names.meant(name).entity)


def test_a_statement_holds_all_its_claims_and_what_each_paper_says(kg: KnowledgeGraph) -> None:
    found = stated(kg, "HOTAIR").stated
    [disputed] = [one for one in found if one.says == "HOTAIR sensitizes to doxorubicin"]
    assert (disputed.standing, disputed.sign, disputed.in_review) == ("disputed", -1, True)
    [said] = disputed.evidence
    assert (said.place, [cites for _, cites in said.cites]) == ("interaction ¶1 s16", ["[72]"])
    [behind] = said.papers
    assert (behind.paper.number, behind.cited, behind.verdict) == ("72", True, "sign conflict")
    [confirmed] = [one for one in found if one.says == "HOTAIR confers resistance to doxorubicin"]
    assert [paper.number for paper in confirmed.confirming] == ["72"]
    assert not confirmed.in_review
    assert [one.standing for one in found].index("confirmed") < [one.standing for one in found].index("disputed")


def test_every_proposition_of_an_entity_is_on_its_page_once(kg: KnowledgeGraph) -> None:
    for name in ("miR-21", "doxorubicin", "PTEN"):
        found = stated(kg, name)
        iri = found.entity.iri
        short = {one.iri for one in statements.in_short(kg.source) if iri in (one.subject, one.object)}
        listed_ = [one.iri for group in found.sections().values() for one in group]
        assert sorted(listed_) == sorted(short)


def test_what_is_said_of_a_class_is_not_said_of_its_member(kg: KnowledgeGraph) -> None:
    found = stated(kg, "doxorubicin")
    assert set(found.wider) == {"anthracycline", "antineoplastic agent", "chemotherapy"}
    own = {one.iri for one in found.stated}
    for of, group in found.wider.items():
        assert own.isdisjoint(one.iri for one in group)
        assert all(of in one.says for one in group)


def test_summary_is_made_of_the_best_statements(kg: KnowledgeGraph) -> None:
    found = stated(kg, "miR-130b")
    assert sentences(found.entity, found.stated) == [
        ("miR-130b confers resistance to antineoplastic agent; promotes cell proliferation; targets PTEN", "confirmed")
    ]
    drug = stated(kg, "tamoxifen")
    first, second = sentences(drug.entity, drug.stated, first_done=True)
    assert first[0].startswith("miR-155 and miR-519a confer resistance to tamoxifen; ")
    assert second == ("tamoxifen activates YWHAZ; represses miR-451", "confirmed")
    few = stated(kg, "cisplatin")
    assert sentences(few.entity, few.stated, first_done=True) == [
        ("let-7i, miR-10a, miR-146a and 7 more modulate the response to cisplatin", "cited"),
        ("cisplatin treats breast cancer", "confirmed"),
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "a", "b", "c", "d"], "a, b, c and d"),
        (list("abcdef"), "a, b, c and 3 more"),
    ],
)
def test_names_are_listed_in_words(names: list[str], said: str) -> None:
    assert listed(names) == said


# --- pages of things


def test_a_drug_page_has_all_that_could_restore_the_response_and_the_notice_once(
    pages: Pages, kg: KnowledgeGraph
) -> None:
    content = pages.thing(f"{BASE}entity/cisplatin").content
    rows = kg.source.select(questions.find("resensitise").bound({"drug": [f"<{BASE}entity/cisplatin>"]})).dicts()
    section = content[content.index('id="restore"') : content.index('<div id="stated">')]
    for row in rows:
        assert f"{row['action']} {row['target']}" in section
    order = re.findall(r'<span class="badge">(stated|inferred|hypothesis)</span>', section)
    ranks = {(row["action"], row["target"]): int(row["rank"]) for row in reversed(rows)}
    assert len(order) == len(ranks)
    assert content[: content.index("<footer>")].count("not medical advice") == 1


def test_an_inference_is_never_called_confirmed_in_the_word_of_a_statement(pages: Pages) -> None:
    content = pages.thing(f"{BASE}entity/miR-130b").content
    inferred = re.findall(r'<details class="statement inferred">.*?</details>', content, re.DOTALL)
    assert len(inferred) > 5
    assert not [one for one in inferred if 'class="badge confirmed"' in one]


def test_a_confirmed_statement_says_by_what(pages: Pages) -> None:
    content = " ".join(pages.thing(f"{BASE}proposition/miR-130b/TargetingEffect/PTEN").content.split())
    text = re.sub(r"<[^>]+>", "", content)
    assert "Confirmed by [64] in its title; checked for retraction." in text


def test_references_link_to_pubmed_and_doi_where_known_only(pages: Pages) -> None:
    for paper in pages.papers.values():
        content = pages.thing(paper.iri).content
        lead = content[content.index('class="lead"') : content.index('class="facts"')]
        assert [link for link in links(lead) if link.startswith("http")] == [url for _, url in paper.links]
        if paper.number == "12":
            break


def test_page_of_a_title_shows_the_title(pages: Pages) -> None:
    content = pages.thing(f"{BASE}source/amiri-2024/passage/title-64").content
    assert "MicroRNA-130b targets PTEN to mediate drug resistance" in content


# --- lists, comparing, retraction


def test_a_list_is_sorted_filtered_and_refuses_what_it_has_not(pages: Pages) -> None:
    rows = pages.listed("references", {"sort": "findings"}).rows
    assert int(rows[0][-1]) == max(int(row[-1] or 0) for row in rows)
    assert [row[0] for row in pages.listed("genes", {"q": "pten"}).rows] == ["PTEN"]
    assert (len(pages.listed("mirnas", {}).rows), len(pages.listed("lncrnas", {}).rows)) == (72, 2)
    with pytest.raises(BadInput, match=r"no column 'nam'\. The nearest is name\."):
        pages.listed("drugs", {"sort": "nam"})


def test_compared_entities_stand_side_by_side(pages: Pages) -> None:
    content = pages.compare({"one": "miR-21", "other": "miR-221"}).content
    both = re.findall(r'<tr class="both"><th scope="row"><a[^>]*>([^<]+)', content)
    assert "fulvestrant" in both
    assert pages.compare({"one": "miR-21", "other": "nobody"}).status == 400


def test_retraction_page_lists_what_rests_on_a_reference_alone(pages: Pages, kg: KnowledgeGraph) -> None:
    content = pages.retraction({"reference": "72"}).content
    for row in kg.ask("what-falls-with-reference", reference=72):
        assert f">{row['statement']}</a>" in content
    assert pages.retraction({"reference": "999"}).status == 400


def test_pages_of_a_retracted_paper_list_what_has_no_other(pages: Pages, kg: KnowledgeGraph) -> None:
    query = """SELECT DISTINCT ?says { ?claim (mk:citedThrough/cito:citesAsEvidence)|mk:voiceOf ?paper ; mk:asserts ?p .
        ?paper mk:referenceNumber 101 . ?p mk:standing mk:retractedOnly ; rdfs:label ?says }"""
    says = sorted(row["says"] for row in kg.query(query))
    assert len(says) > 1
    content = pages.retraction({"reference": "101"}).content
    assert "Statements that lose" not in content
    assert "<h1>What rested on reference 101</h1>" in content
    assert re.findall(r'<li><a href="[^"]*/proposition/[^"]*">([^<]+)</a>', content) == says
    page = pages.thing(f"{BASE}source/amiri-2024/reference/101").content
    assert f"{len(says)} statements have only retracted papers" in page


# --- the audit


def test_facets_count_every_finding_and_pick_them(kg: KnowledgeGraph) -> None:
    whole = audit.audit(kg.source)
    facets = whole.facets()
    for name in ("severity", "finding", "section"):
        assert sum(facets[name].values()) == audit.count(whole.findings)
    assert list(facets["severity"]) == ["high", "medium", "low"]
    _, shown = audit.asked(kg, whole=whole, severity="high", section="table-1")
    assert {(row.severity, row.section) for row in shown.findings} == {("high", "table-1")}
    with pytest.raises(BadInput, match=r"No finding has the severity 'hihg'\. The nearest is high\."):
        audit.asked(kg, whole=whole, severity="hihg")


def test_each_kind_of_finding_is_told_to_an_editor(kg: KnowledgeGraph) -> None:
    kinds = set(audit.audit(kg.source).kinds())
    assert kinds - set(showing.TOLD) == set()
    assert showing.told("something new").what == "Something new"


def test_annotated_reference_list_has_each_reference_once_with_its_findings(pages: Pages) -> None:
    records = pages.noted({}).split("ER  - \r\n\r\n")[:-1]
    numbers = [re.search(r"^ID  - (\d+)\r$", one, re.MULTILINE)[1] for one in records]  # type: ignore[index]
    found = {row.reference for row in pages.audited.findings if row.reference}
    assert sorted(numbers) == sorted(found)
    for one in records:
        assert one.startswith("TY  - JOUR\r\n")
        assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .+", line) for line in one.split("\r\n") if line)
    [retracted] = [one for one in records if "ID  - 101\r\n" in one]
    assert "N1  - A retracted paper is cited: Reference 101 is retracted" in retracted


# --- a graph of somebody else


def test_pages_of_a_graph_without_a_review_say_that_it_holds_nothing() -> None:
    node = ox.NamedNode("https://example.org/a")
    desk = Desk("a.nq", f"{node} {node} {node} .\n".encode(), "", Limits())
    desk.warm()
    for path in PAGES:
        reply = desk.answer(Asked("GET", path, b"", "", b"", "text/html", ""))
        assert reply.status in (200, 400), path
        assert reply.content.startswith(b"<!doctype html>")
    assert b"holds no entities" in desk.answer(Asked("GET", "/drugs", b"", "", b"", "text/html", "")).content
    assert desk.answer(Asked("GET", "/nowhere", b"", "", b"", "text/html", "")).status == 404


def test_the_audit_as_a_file_says_what_it_is_of(mirkg: Run) -> None:
    file = mirkg("audit", "--entity", "miR-452", "--format", "html").stdout
    assert "(2024-12-13, 10.1515/hmbci-2024-0066). " in file
    assert re.search(r"\d+ of 112 references were checked for retraction\. mirkg \d+\.\d+\.\d+\.", file)
    assert "Another paper of the reference list says the opposite" in file
