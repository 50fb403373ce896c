"""References looked up at a loopback server that speaks the documented forms of Crossref and Europe PMC."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from conftest import Run
from mirkg.make import references, services, tables
from mirkg.make.forms import FORMS
from mirkg.make.services import Manners, Services, Unanswered, crossref_record, europepmc_record
from mirkg.make.tables import Row

pytest.importorskip("habanero")

TITLE = "Exosomal miR-21 confers resistance of breast cancer cells to doxorubicin"
DOI, PMID, PMCID = "10.5555/mirkg.1", "12345678", "PMC7654321"
COLUMNS = [column.name for column in FORMS["references"]]
Told = dict[str, Any]


# --------------------------------------------------------------------------------------------------
# The server
# --------------------------------------------------------------------------------------------------


def work(**changes: Any) -> Told:
    """Return a work as Crossref gives it."""
    date = {"date-parts": [[2020, 5, 1]]}
    authors = [
        {"given": "Bo", "family": "Berg", "sequence": "additional", "affiliation": []},
        {"given": "Ada", "family": "Adler", "sequence": "first", "affiliation": []},
    ]
    usual = {"DOI": DOI, "type": "journal-article", "title": [TITLE], "subtitle": [], "author": authors}
    return {**usual, "issued": date, "published-print": date, "container-title": ["J Test"], "score": 80.1, **changes}


def publication(**changes: Any) -> Told:
    """Return a result as Europe PMC gives it with resultType=core."""
    author = {"fullName": "Adler A", "firstName": "Ada", "lastName": "Adler", "initials": "A"}
    return {
        "id": PMID,
        "source": "MED",
        "pmid": PMID,
        "pmcid": PMCID,
        "doi": DOI,
        "title": f"{TITLE}.",
        "authorString": "Adler A, Berg B.",
        "authorList": {"author": [author]},
        "pubYear": "2020",
        "firstPublicationDate": "2020-05-01",
        "pubTypeList": {"pubType": ["Journal Article"]},
        "abstractText": "Words that stay there.",
        "hasPDF": "Y",
        **changes,
    }


def notice(kind: str = "retraction", doi: str = "10.5555/notice", **changes: Any) -> Told:
    """Return an entry of updated-by or update-to."""
    updated = {"date-parts": [[2021, 8, 7]], "date-time": "2021-08-07T00:00:00Z", "timestamp": 1628294400000}
    return {"DOI": doi, "type": kind, "label": kind.title(), "source": "publisher", "updated": updated, **changes}


Answer = Told | list[Any] | bytes | Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answer /works, /works/DOI and /rest/search from what a test put on the server."""

    server: "Server"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.server.asked.append((unquote(parts.path), asked, dict(self.headers)))
        if parts.path == "/rest/search":
            assert (asked["format"], asked["resultType"]) == ("json", "core")
            self.answer(self.server.publications, lambda told: {"hitCount": len(told), "resultList": {"result": told}})
        elif parts.path == "/works":
            assert asked["query.bibliographic"]
            self.answer(self.server.works, self.listed)
        else:
            doi = unquote(parts.path.removeprefix("/works/"))
            self.answer(self.server.by_doi.get(doi.lower(), refused(404, "Resource not found.")), self.single)

    @staticmethod
    def listed(works: Any) -> Told:
        message = {"total-results": len(works), "items": works, "items-per-page": 5, "query": {"start-index": 0}}
        return {"status": "ok", "message-type": "work-list", "message-version": "1.0.0", "message": message}

    @staticmethod
    def single(work: Any) -> Told:
        return {"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": work}

    def answer(self, told: Any, form: Callable[[Any], Told]) -> None:
        if callable(told):
            told(self)
        else:
            self.send(200, told if isinstance(told, bytes) else json.dumps(form(told)).encode())

    def send(self, status: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Hold the answers of both services and what was asked."""

    daemon_threads = True
    services: Services

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.works: Answer = []
        self.by_doi: dict[str, Answer] = {}
        self.publications: Answer = []
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.crossref = f"http://127.0.0.1:{self.server_port}"
        self.europepmc = f"{self.crossref}/rest"

    def handle_error(self, *_: Any) -> None:
        """Keep quiet where a client has left."""

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    with Services(made.crossref, made.europepmc) as made.services:
        yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def server(running: Server, in_haste: None) -> Server:
    running.works, running.by_doi, running.publications = [], {}, []
    running.asked.clear()
    running.services.manners = services.MANNERS
    running.services.failures.clear()
    return running


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MANNERS", Manners(seconds=5, tries=3, patience=2, pause=0.01, failures=3))


def refused(status: int, message: str = "", **headers: str) -> Callable[[Handler], None]:
    content = json.dumps({"status": "failed", "message-type": "validation-failure", "message": message}).encode()
    return lambda handler: handler.send(status, content, **headers)


def signed_in(handler: Handler) -> None:
    handler.send(200, b"<html><title>Sign in to this network</title></html>", "text/html")


def cut(handler: Handler) -> None:
    handler.send(200, b'{"status": "ok", "message": {"items": [{"DOI": "10.55')


def stalled(handler: Handler) -> None:
    time.sleep(4)


def trickling(handler: Handler) -> None:
    """Send a little often enough that no single wait is long."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * (1 << 20))


def row(**changes: str) -> Row:
    usual = dict.fromkeys(COLUMNS, "")
    usual.update(id="1", first_author="Adler A", year="2020", title=TITLE, type="research article", status="unknown")
    usual.update(abstract_read="noAbstract", curator="somebody", date="2026-01-01")
    return Row("references.tsv", 2, {**usual, **changes})


Cells = dict[str, references.Finding]


def looked_up(server: Server, listed: references.RetractionList | None = None, **changes: str) -> Cells:
    found = references.Lookup(row(**changes), server.services).findings(listed, "2026-11-30")
    return {one.column if one.outcome != "not asked" else one.seen.split(" at ")[0]: one for one in found}


def list_of(**retracted: str) -> references.RetractionList:
    dois = {retractions_doi: (status, "10.5555/listed") for retractions_doi, status in retracted.items()}
    notices = references.retractions.Notices({}, {}, {})
    for doi, (status, notice) in dois.items():
        notices.add(doi, "", references.retractions.Notice(status, status, notice))
    return references.RetractionList("rw.csv", notices)


# --------------------------------------------------------------------------------------------------
# Judging
# --------------------------------------------------------------------------------------------------


def level(told: Told, **changes: str) -> tuple[str, str]:
    one = references.judged(row(**changes), crossref_record("Crossref", told))
    return one.level, one.reason


def test_a_record_that_agrees_is_sure() -> None:
    assert level(work()) == ("sure", "title, first author and year agree")


@pytest.mark.parametrize(
    ("printed", "deposited"),
    [
        ("TGF-β drives naïve cells", "TGF-&#946; drives <i>naive</i> cells."),
        ("TGF-beta drives naive cells", "TGF‐β Drives Naïve Cells"),
        ("Retracted article: miR-1 in cells", "RETRACTED: miR-1 in cells"),
        ("miR-1 in cells", "RETRACTED ARTICLE: MiR‑1 in cells"),
        ("ER+ cells", "ER plus cells"),
    ],
)
def test_titles_are_compared_without_markup_case_and_marks(printed: str, deposited: str) -> None:
    assert level(work(title=[deposited]), title=printed)[0] == "sure"


@pytest.mark.parametrize(
    ("changes", "wanted", "reason"),
    [
        ({"title": [TITLE.replace("miR-21", "miR-31")]}, "doubtful", "has other numbers"),
        ({"title": [TITLE.replace("confers", "confer")]}, "likely", r"the title is 0\.99 alike"),
        ({"title": ["Something else about miR-21"]}, "doubtful", r"the title is 0\.\d\d alike"),
        ({"issued": {"date-parts": [[2021]]}, "published-print": None}, "likely", "its year is 2021"),
        ({"issued": {"date-parts": [[2015]]}, "published-print": None}, "doubtful", "its year is 2015"),
        ({"issued": {"date-parts": [[None]]}, "published-print": None}, "likely", "it names no year"),
        ({"author": []}, "likely", "it names no author"),
        ({"author": [{"family": "Zorn", "given": "Ada"}]}, "doubtful", "its first author is Zorn"),
        ({"author": [{"family": "Adler", "given": "Zoe"}]}, "likely", "its first author is Adler Z"),
        ({"author": [{"family": "van Adler", "given": "Ada"}]}, "likely", "its first author is van Adler"),
        ({"author": None, "issued": None, "published-print": None}, "doubtful", "no author; it names no year"),
        ({"title": []}, "doubtful", "there is no title to compare"),
        ({"type": "posted-content"}, "likely", "it is a preprint"),
        ({"update-to": [notice(doi="10.5555/other")]}, "doubtful", "it is a notice about 10.5555/other"),
    ],
)
def test_each_difference_is_a_doubt_with_its_reason(changes: Told, wanted: str, reason: str) -> None:
    found, why = level(work(**changes))
    assert found == wanted
    assert re.search(reason, why)


def test_online_year_and_subtitle_count() -> None:
    assert level(work(**{"published-online": {"date-parts": [[2019, 12]]}}), year="2019")[0] == "sure"
    assert level(work(subtitle=["a trial"]), title=f"{TITLE}: a trial")[0] == "sure"
    assert level(work(author=[{"name": "The Adler Group"}]), first_author="The Adler Group")[0] == "sure"


def test_europe_pmc_is_read_alike() -> None:
    record = europepmc_record("Europe PMC", publication())
    assert references.judged(row(), record).level == "sure"
    assert (record.doi, record.pmid, record.pmcid, record.abstract) == (DOI, PMID, PMCID, True)
    bare = europepmc_record("Europe PMC", publication(authorList=None, abstractText=" ", pubYear=2020, pmcid=None))
    assert references.judged(row(), bare).level == "sure"
    assert (bare.pmcid, bare.abstract) == ("", False)
    retraction = publication(pubTypeList={"pubType": ["Retraction of Publication"]})
    assert references.judged(row(), europepmc_record("", retraction)).level == "doubtful"


HOSTILE: list[Any] = [
    None,
    True,
    -1,
    10**400,
    1.5,
    "x" * 2_000_000,
    "\x1b[31m\ttab\nline",
    [],
    [[[[]]]],
    {},
    {"a": {}},
    ["x"] * 100_000,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_any_part_may_have_another_type(value: Any) -> None:
    for read, told in ((crossref_record, work()), (europepmc_record, publication())):
        for key in (*told, "updated-by", "update-to"):
            record = read("one", {**told, key: value, **({"author": [value]} if key == "subtitle" else {})})
            one = references.judged(row(), record)
            assert one.level in ("sure", "likely", "doubtful")
            assert len(repr(record)) < 20_000 and len(one.reason) < 500
            assert "\\x1b" not in repr(one) and "\\n" not in repr(one) and "\\t" not in repr(one)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("doi", "not a doi"),
        ("doi", f"10.5555/{'x' * 500}"),
        ("doi", "10.5555/a b"),
        ("pmid", "12\t34"),
        ("pmid", "١٢٣"),
        ("pmid", "9" * 50),
        ("pmcid", "PMC١"),
        ("pmcid", "=cmd()"),
    ],
)
def test_an_identifier_that_the_table_would_refuse_is_none(column: str, value: str) -> None:
    assert getattr(europepmc_record("one", publication(**{column: value})), column) == ""


# --------------------------------------------------------------------------------------------------
# Looking up
# --------------------------------------------------------------------------------------------------


def test_a_reference_without_identifiers_gets_all(server: Server) -> None:
    near = work(DOI="10.5555/near", title=[TITLE.replace("miR-21", "miR-31")])
    server.works, server.publications = [near, work()], [publication()]
    found = looked_up(server)
    assert {column: (one.outcome, one.level, one.new) for column, one in found.items()} == {
        "doi": ("fills", "sure", DOI),
        "pmid": ("fills", "sure", PMID),
        "pmcid": ("fills", "sure", PMCID),
        "identifier_seen": ("fills", "sure", found["identifier_seen"].new),
        "status": ("fills", "sure", "active"),
        "status_basis": ("fills", "sure", found["status_basis"].new),
        "abstract": ("says", "sure", "available"),
    }
    assert re.fullmatch(
        r"doi: Crossref at \S+ and Europe PMC at \S+, 2026-11-30, title, first author and year agree; "
        r"pmid: Europe PMC at .*; pmcid: Europe PMC at .*",
        found["identifier_seen"].new,
    )
    assert re.fullmatch(rf"doi {DOI}: no update notice at Crossref at \S+, 2026-11-30", found["status_basis"].new)
    assert "Words that stay there" not in repr(found)
    queries = [asked for _, asked, _ in server.asked]
    assert queries[0]["query.bibliographic"] == f"{TITLE} Adler A 2020"
    assert queries[1]["query"] == f'DOI:"{DOI}"'


def test_curated_identifiers_are_asked_by_and_never_filled(server: Server) -> None:
    server.by_doi[DOI], server.publications = work(), [publication()]
    found = looked_up(server, doi=DOI.upper(), pmid=PMID, status="active", identifier_seen="here")
    assert {column: one.outcome for column, one in found.items()} == {
        "doi": "same",
        "pmid": "same",
        "pmcid": "fills",
        "identifier_seen": "fills",
        "status": "same",
        "abstract": "says",
    }
    assert server.paths() == [f"/works/{DOI.upper()}", "/rest/search"]
    assert found["identifier_seen"].new.startswith("here; pmcid: ")
    assert server.asked[1][1]["query"] == f"EXT_ID:{PMID} AND SRC:MED"


def test_a_curated_value_that_differs_is_reported(server: Server) -> None:
    wrong = "10.5555/wrong"
    server.by_doi[wrong] = work(DOI=wrong, title=["A wholly different paper on something else"])
    server.works, server.publications = [work()], [publication(pmid="999")]
    found = looked_up(server, doi=wrong, pmid=PMID)
    assert (found["doi"].outcome, found["doi"].old, found["doi"].new) == ("differs", wrong, DOI)
    assert (found["pmid"].outcome, found["pmid"].new) == ("differs", "999")
    assert found["pmcid"].outcome == found["status"].outcome == "offers"
    assert "fills" not in {one.outcome for one in found.values()}


def test_a_curated_doi_that_crossref_lacks_is_told(server: Server) -> None:
    found = looked_up(server, doi="10.5555/none")
    assert (found["doi"].outcome, found["doi"].reason) == ("missing", "Crossref has no work with it")


def test_doi_with_signs_of_an_address_is_asked_whole(server: Server) -> None:
    odd = "10.1002/(sici)1097<1::aid-x>3.0.co;2-#?a%2f/b"
    server.by_doi[odd] = work(DOI=odd)
    assert looked_up(server, doi=odd)["doi"].outcome == "same"


def test_services_that_name_different_dois_are_not_sure(server: Server) -> None:
    server.works = [work()]
    server.publications = [publication(doi="10.5555/twin", pmid="999")]
    found = looked_up(server)
    assert {one.outcome for one in found.values()} == {"offers", "says"}
    assert "has 10.5555/twin" in found["doi"].reason


def test_two_works_that_agree_are_not_sure(server: Server) -> None:
    server.works = [work(), work(DOI="10.5555/twin")]
    found = looked_up(server)
    assert (found["doi"].outcome, found["doi"].level) == ("offers", "likely")
    assert found["doi"].reason == "10.5555/twin agrees as well"


def test_doi_of_europe_pmc_gets_its_status_from_crossref(server: Server) -> None:
    server.publications = [publication()]
    server.by_doi[DOI] = work(**{"updated-by": [notice()]})
    found = looked_up(server)
    assert (found["doi"].outcome, found["status"].new) == ("fills", "retracted")


def test_what_is_nowhere_is_told(server: Server) -> None:
    server.works = [work(DOI="10.5555/far", title=["Altogether unlike"])]
    found = looked_up(server)
    assert {(one.column, one.outcome) for one in found.values()} == {("", "missing")}


# --------------------------------------------------------------------------------------------------
# Status
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (["retraction"], "retracted"),
        (["Retraction"], "retracted"),
        (["withdrawal"], "withdrawn"),
        (["removal"], "withdrawn"),
        (["expression_of_concern"], "concern"),
        (["Expression of concern"], "concern"),
        (["correction"], "corrected"),
        (["erratum", "new_version"], "corrected"),
        (["correction", "expression_of_concern", "retraction"], "retracted"),
        (["addendum"], "active"),
    ],
)
def test_the_gravest_notice_gives_the_status(server: Server, kinds: list[str], status: str) -> None:
    notices = [notice(kind, f"10.5555/notice.{number}") for number, kind in enumerate(kinds)]
    server.works = [work(**{"updated-by": notices})]
    found = looked_up(server)
    assert (found["status"].outcome, found["status"].new) == ("fills", status)
    if status == "active":
        assert "notice_doi" not in found
    elif kinds[-1] != "new_version":
        assert found["notice_doi"].new == f"10.5555/notice.{len(kinds) - 1}"
        assert "of 2021-08-07 at Crossref" in found["status_basis"].new


@pytest.mark.parametrize("kind", ["partial_retraction", "reinstatement", "", None, 7])
def test_a_notice_of_another_kind_is_left_to_a_curator(server: Server, kind: Any) -> None:
    server.works = [work(**{"updated-by": [{**notice(), "type": kind}]})]
    found = looked_up(server)
    assert found["status"].outcome == "offers"
    assert "a curator must read its notice" in found["status"].reason
    assert found["doi"].outcome == "fills"


def test_a_notice_found_beside_the_work_counts(server: Server) -> None:
    told = work(DOI="10.5555/notice", title=[f"Retraction: {TITLE}"], **{"update-to": [notice(doi=DOI.upper())]})
    server.works = [told, work()]
    found = looked_up(server)
    assert (found["doi"].new, found["status"].new, found["notice_doi"].new) == (DOI, "retracted", "10.5555/notice")


def test_a_work_that_gives_notice_of_itself_is_no_notice(server: Server) -> None:
    server.works = [work(title=[f"WITHDRAWN: {TITLE}"], **{"update-to": [notice("withdrawal", DOI)]})]
    found = looked_up(server)
    assert (found["doi"].outcome, found["status"].new) == ("fills", "withdrawn")


def test_a_title_that_says_retracted_without_a_notice_is_not_active(server: Server) -> None:
    server.works = [work(title=[f"RETRACTED: {TITLE}"])]
    assert (looked_up(server)["status"].outcome, looked_up(server)["status"].new) == ("offers", "retracted")
    server.works = [work()]
    server.publications = [publication(pubTypeList={"pubType": ["Journal Article", "Retracted Publication"]})]
    assert (looked_up(server)["status"].outcome, looked_up(server)["status"].new) == ("offers", "retracted")


def test_a_status_that_was_curated_is_kept(server: Server) -> None:
    server.works = [work(**{"updated-by": [notice()]})]
    found = looked_up(server, status="active")
    assert (found["status"].outcome, found["status"].old, found["status"].new) == ("differs", "active", "retracted")
    assert not {"notice_doi", "status_basis"} & set(found)
    found = looked_up(server, status="retracted", status_basis="printed")
    assert (found["status"].outcome, found["notice_doi"].outcome) == ("same", "fills")
    assert found["status_basis"].new.startswith("printed; doi ")


def test_a_list_adds_what_crossref_lacks(server: Server) -> None:
    server.works = [work()]
    found = looked_up(server, list_of(**{DOI: "retracted"}))
    assert (found["status"].outcome, found["status"].new, found["notice_doi"].new) == (
        "fills",
        "retracted",
        "10.5555/listed",
    )
    assert f"doi {DOI}: retracted in the list rw.csv, 2026-11-30" in found["status_basis"].new
    found = looked_up(server, list_of())
    assert found["status"].new == "active"
    assert found["status_basis"].new.endswith("; not in the list rw.csv, 2026-11-30")


def test_a_status_rests_on_what_is_sure_alone(server: Server) -> None:
    server.by_doi[DOI] = work(**{"issued": {"date-parts": [[2021]]}, "published-print": None})
    found = looked_up(server, list_of(**{DOI: "retracted"}), doi=DOI)
    assert (found["status"].outcome, found["status"].new) == ("fills", "retracted")
    assert found["status_basis"].new == f"doi {DOI}: retracted in the list rw.csv, 2026-11-30"


def test_a_reinstatement_against_a_retraction_is_left_to_a_curator(server: Server) -> None:
    server.works = [work(**{"updated-by": [notice()]})]
    found = looked_up(server, list_of(**{DOI: "active"}))
    assert (found["status"].outcome, found["status"].reason) == ("offers", "it is listed as reinstated")


def test_a_list_holds_where_crossref_does_not_answer(server: Server) -> None:
    server.works = server.by_doi[DOI] = refused(500)
    found = looked_up(server, list_of(**{DOI: "retracted"}), doi=DOI)
    assert (found["status"].outcome, found["status"].new) == ("fills", "retracted")
    assert "answered 500" in found["Crossref"].reason


# --------------------------------------------------------------------------------------------------
# Failures
# --------------------------------------------------------------------------------------------------


FAILURES: list[tuple[Any, str]] = [
    (refused(400, "bad"), "answered 400"),
    (refused(403), "answered 403"),
    (refused(302, Location="http://127.0.0.1:9/sign-in"), r"answered 302|cannot be reached"),
    (refused(429, Retry_After="3600"), "answered 429 and asks to wait 3600 s"),
    (refused(429, Retry_After="9" * 39), r"answered 429 and asks to wait 9+|1e\+39|10+"),
    (refused(503, Retry_After="Fri, 31 Dec 2100 23:59:59 GMT"), "answered 503 and asks to wait"),
    (refused(429, Retry_After="soon"), "answered 429"),
    (signed_in, "did not answer with its documented JSON"),
    (cut, "did not answer with its documented JSON"),
    (b"", "did not answer with its documented JSON"),
    (b"null", "did not answer"),
    (b"[" * 200_000, "did not answer with its documented JSON"),
    (b'{"message": "x", "resultList": []}', "did not answer"),
    (b'{"message": {"total-results": 1, "items": [1]}, "resultList": {"result": ["x"]}}', "documented form"),
]


@pytest.mark.parametrize(("answer", "reason"), FAILURES)
def test_each_failure_is_told_and_leaves_the_other_service(server: Server, answer: Any, reason: str) -> None:
    server.works, server.publications = answer, [publication()]
    found = looked_up(server)
    assert re.search(reason, found["Crossref"].reason)
    assert found["pmid"].outcome == "fills"
    assert "status" not in found
    server.works, server.publications = [work()], answer
    found = looked_up(server)
    assert re.search(reason, found["Europe PMC"].reason)
    assert found["doi"].outcome == "fills"


@pytest.mark.slow
def test_failures_that_pass_are_asked_again(server: Server) -> None:
    for passing in (
        refused(500),
        refused(429, Retry_After="1"),
        refused(503, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"),
    ):
        answers = iter([passing, passing])
        server.asked.clear()

        def crossref(handler: Handler, answers: Iterator[Any] = answers) -> None:
            next(answers, lambda one: one.send(200, json.dumps(one.listed([work()])).encode()))(handler)

        server.works = crossref
        started = time.monotonic()
        assert looked_up(server)["doi"].outcome == "fills"
        assert server.paths().count("/works") == 3
    assert time.monotonic() - started < 60


def test_a_wait_that_is_asked_for_is_kept(server: Server) -> None:
    times = []

    def busy_once(handler: Handler) -> None:
        times.append(time.monotonic())
        busy = refused(429, Retry_After="1")
        (busy if len(times) == 1 else lambda one: one.send(200, json.dumps(one.listed([])).encode()))(handler)

    server.works = busy_once
    looked_up(server)
    assert times[1] - times[0] >= 1


def test_a_service_that_keeps_failing_is_not_asked_any_more(server: Server) -> None:
    server.works = refused(500)
    with Services(server.crossref, server.europepmc) as asked:
        reasons = []
        for _ in range(5):
            with pytest.raises(Unanswered) as caught:
                asked.crossref(text="x")
            reasons.append(caught.value.what)
        assert asked.europepmc("x") == []
    assert reasons == ["answered 500"] * 3 + ["was not asked any more: it had failed 3 times in a row"] * 2
    assert server.paths().count("/works") == 9


@pytest.mark.slow
@pytest.mark.parametrize("answer", [stalled, trickling])
@pytest.mark.parametrize("service", ["crossref", "europepmc"])
def test_slow_answers_end_in_time(server: Server, service: str, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MANNERS", Manners(seconds=0.8, tries=1, patience=2, pause=0.01, failures=9))
    server.works = server.publications = answer
    with Services(server.crossref, server.europepmc) as asked:
        ask = (lambda: asked.crossref(text="x")) if service == "crossref" else (lambda: asked.europepmc("x"))
        with pytest.raises(Unanswered, match="did not answer in"):
            ask()
        server.works = server.publications = []
        asked.manners = Manners(pause=0.01)
        assert ask() == []


MEASURED = """
import resource
import sys
from pathlib import Path
from mirkg.make.services import Manners, Services, Unanswered

def main():
    with Services(sys.argv[2], sys.argv[3]) as asked:
        asked.manners = Manners(seconds=30, tries=1, pause=0.01)
        try:
            asked.crossref(text="x") if sys.argv[1] == "crossref" else asked.europepmc("x")
        except Unanswered as error:
            print(error.what)
    own = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    print(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)

if __name__ == "__main__":
    main()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory of a process can be bounded and read on Linux alone")
@pytest.mark.parametrize("service", ["crossref", "europepmc"])
def test_an_answer_without_an_end_takes_no_memory(server: Server, service: str, tmp_path: Path) -> None:
    server.works = server.publications = endless
    script = tmp_path / "measured.py"  # a process of its own: the peak of this one's children is of all tests
    script.write_text(MEASURED)
    command = [sys.executable, str(script), service, server.crossref, server.europepmc]
    said, peaks = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert re.search(r"more than can be read|did not answer in", said)
    own, child = map(int, peaks.split())  # kilobytes
    assert own < 200_000
    assert child < 1_200_000


def test_a_dead_address_is_told() -> None:
    with Services("http://127.0.0.1:9", "http://127.0.0.1:9") as asked:
        for ask in (lambda: asked.crossref(text="x"), lambda: asked.europepmc("x")):
            with pytest.raises(Unanswered, match="cannot be reached"):
                ask()


def test_a_password_in_an_address_is_not_repeated() -> None:
    asked = Services("https://me:secret@mirror.example:8443/api", "https://www.ebi.ac.uk/europepmc/webservices/rest/")
    assert (asked.crossref_service.name, asked.europepmc_service.name) == (
        "Crossref at mirror.example:8443",
        "Europe PMC",
    )


def test_one_question_at_a_time_with_a_pause_and_a_name(server: Server) -> None:
    times = []

    def timed(handler: Handler) -> None:
        times.append(time.monotonic())
        handler.send(200, json.dumps(handler.listed([])).encode())

    server.works = timed
    with Services(server.crossref, server.europepmc, "me@example.org") as asked:
        asked.manners = Manners(pause=0.3)
        for _ in range(3):
            asked.crossref(text="x")
        asked.europepmc("x")
    assert all(after - before >= 0.3 for before, after in pairwise(times))
    agents = [headers["User-Agent"] for _, _, headers in server.asked]
    assert len(agents) == 4
    assert all("mirkg/" in agent and "(mailto:me@example.org)" in agent for agent in agents)


# --------------------------------------------------------------------------------------------------
# The command
# --------------------------------------------------------------------------------------------------


@pytest.fixture
def mine(data: Path) -> Path:
    """Return tables with three references, of which one has all that can be filled."""
    path = data / "reviews" / "amiri-2024" / "references.tsv"
    lines = path.read_text("utf-8").splitlines()
    kept = {line.split("\t")[0]: line.split("\t") for line in lines[1:]}
    rows = [row().cells, {**row(id="2", title="Not known anywhere", first_author="Nemo N").cells}]
    replaced = {cells["id"]: [cells[column] for column in COLUMNS] for cells in rows}
    assert lines[0].split("\t") == COLUMNS
    chosen = [*replaced.values(), kept["3"]]
    path.write_text("".join("\t".join(line) + "\n" for line in [COLUMNS, *chosen]), "utf-8")
    return data


def answers(server: Server) -> None:
    def searched(handler: Handler) -> None:
        text = server.asked[-1][1]["query.bibliographic"]
        handler.send(200, json.dumps(handler.listed([work()] if TITLE in text else [])).encode())

    def found_by(handler: Handler) -> None:
        results = [publication()] if DOI in server.asked[-1][1]["query"] else []
        handler.send(200, json.dumps({"resultList": {"result": results}}).encode())

    server.works, server.publications = searched, found_by


def cells(data: Path) -> dict[str, Row]:
    path = data / "reviews" / "amiri-2024" / "references.tsv"
    return {one["id"]: one for one in tables.read(path, "references")}


def command(data: Path, server: Server, *more: str) -> list[str]:
    places = ["--crossref", server.crossref, "--europepmc", server.europepmc]
    return ["references", "amiri-2024", "--data", str(data), *places, *more]


def test_command_reports_and_changes_nothing(mirkg: Run, mine: Path, server: Server) -> None:
    answers(server)
    table = mine / "reviews" / "amiri-2024" / "references.tsv"
    before = table.read_bytes(), sorted(table.parent.iterdir())
    done = mirkg(*command(mine, server))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (table.read_bytes(), sorted(table.parent.iterdir())) == before
    assert "3 of 3 references asked in full: 6 cells to fill, 0 not sure enough" in done.stdout
    rows = json.loads(mirkg(*command(mine, server, "--format", "json")).stdout)
    assert list(rows[0]) == ["reference", "column", "does", "how_sure", "old", "new", "seen", "reason"]
    assert {"reference": "2", "does": "missing"}.items() <= next(one for one in rows if one["reference"] == "2").items()
    assert {one["old"] for one in rows if one["reference"] == "3" and one["does"] == "missing"} == {
        "10.1002/cac2.12358"
    }


def test_command_writes_what_is_sure_and_the_tables_hold(mirkg: Run, mine: Path, server: Server) -> None:
    answers(server)
    before = cells(mine)
    done = mirkg(*command(mine, server, "--write", "--format", "tsv"))
    assert done.returncode == 0, done.stderr
    assert "references.tsv  6 cells written" in done.stderr
    after = cells(mine)
    assert list(after) == ["1", "2", "3"]
    assert (after["2"].cells, after["3"].cells) == (before["2"].cells, before["3"].cells)
    changed = {column for column in COLUMNS if after["1"][column] != before["1"][column]}
    assert changed == {"doi", "pmid", "pmcid", "identifier_seen", "status", "status_basis"}
    assert (after["1"]["doi"], after["1"]["pmid"], after["1"]["status"]) == (DOI, PMID, "active")
    assert "references.tsv" not in mirkg("check", "--data", mine).stdout
    again = mirkg(*command(mine, server, "--write"))
    assert "0 cells to fill" in again.stdout and "0 cells written" in again.stdout
    assert cells(mine)["1"].cells == after["1"].cells


def test_command_sorts_and_keeps_line_ends(mirkg: Run, mine: Path, server: Server) -> None:
    answers(server)
    table = mine / "reviews" / "amiri-2024" / "references.tsv"
    head, *lines = table.read_text("utf-8").splitlines()
    table.write_bytes("\r\n".join([head, *reversed(lines), ""]).encode())
    assert mirkg(*command(mine, server, "--write")).returncode == 0
    content = table.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == 4
    assert list(cells(mine)) == ["1", "2", "3"]


def test_rows_that_changed_meanwhile_are_left(mirkg: Run, mine: Path, server: Server) -> None:
    answers(server)
    table = mine / "reviews" / "amiri-2024" / "references.tsv"
    searched = server.works

    def edited(handler: Handler) -> None:
        content = table.read_text("utf-8")
        if "10.5555/curated" not in content:
            line = content.splitlines()[1]
            changed = line.split("\t")
            changed[COLUMNS.index("doi")] = "10.5555/curated"
            table.write_text(content.replace(line, "\t".join(changed)), "utf-8")
        searched(handler)

    server.works = edited
    done = mirkg(*command(mine, server, "--write"))
    assert "0 cells written; 6 left, since their rows changed meanwhile" in done.stdout
    assert cells(mine)["1"]["doi"] == "10.5555/curated"
    assert cells(mine)["1"]["pmid"] == ""


def test_command_with_failures_writes_the_rest_and_ends_with_one(mirkg: Run, mine: Path, server: Server) -> None:
    answers(server)
    server.publications = refused(500)
    done = mirkg(*command(mine, server, "--write"))
    assert done.returncode == 1
    assert "0 of 3 references asked in full" in done.stdout
    assert cells(mine)["1"]["doi"] == DOI
    assert cells(mine)["1"]["pmid"] == ""


def test_command_reads_the_file_of_retraction_watch(mirkg: Run, mine: Path, server: Server, tmp_path: Path) -> None:
    answers(server)
    head = "Record ID,Title,RetractionDOI,RetractionPubMedID,OriginalPaperDOI,OriginalPaperPubMedID,RetractionNature"
    (tmp_path / "r\tw.csv").write_text(f"{head}\n1,T,10.5555/rw,0,{DOI.upper()},{PMID},Retraction\n")
    assert mirkg(*command(mine, server, "--write", "--retraction-watch", "r\tw.csv")).returncode == 0
    written = cells(mine)["1"]
    assert (written["status"], written["notice_doi"]) == ("retracted", "10.5555/rw")
    assert f"doi {DOI}: retracted in the list r w.csv, " in written["status_basis"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--crossref", "ftp://x"), "is no http:// or https:// address"),
        (("--europepmc", "https://x/?query=y"), "is no http:// or https:// address"),
        (("--mailto", "me"), "is no address of the form"),
        (("--mailto", "me@x.org\r\nX-Evil: 1"), "is no address of the form"),
        (("--retraction-watch", "nowhere.csv"), "cannot be read"),
    ],
)
def test_misuse_ends_with_two_and_asks_nothing(
    mirkg: Run, mine: Path, server: Server, more: tuple[str, ...], message: str
) -> None:
    places = [] if more[0] in ("--crossref", "--europepmc") else ["--crossref", server.crossref]
    done = mirkg("references", "amiri-2024", "--data", mine, *places, *more)
    assert done.returncode == 2
    assert message in done.stderr
    assert server.asked == []


def test_unknown_review_and_doubled_number_end_with_two(mirkg: Run, mine: Path, server: Server) -> None:
    done = mirkg("references", "amiri-2042", "--data", mine)
    assert done.returncode == 2
    assert "There is no review 'amiri-2042'. The nearest is amiri-2024." in done.stderr
    table = mine / "reviews" / "amiri-2024" / "references.tsv"
    table.write_text(table.read_text("utf-8").replace("\n2\t", "\n1\t"), "utf-8")
    done = mirkg(*command(mine, server))
    assert (done.returncode, server.asked) == (2, [])
    assert "'1' stands twice" in done.stderr


def test_command_without_the_extra_says_what_to_install(
    mirkg: Run, mine: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "habanero", None)
    done = mirkg(*command(mine, server))
    assert (done.returncode, server.asked) == (2, [])
    assert "pip install 'mirkg[references]'" in done.stderr


def test_table_that_cannot_be_written_is_told(
    mirkg: Run, mine: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(server)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    before = cells(mine)["1"].cells
    monkeypatch.setattr("mirkg.model.files.os.replace", full)
    done = mirkg(*command(mine, server, "--write"))
    assert done.returncode == 2
    assert "cannot be written: No space left on device. Nothing was changed." in done.stderr
    assert cells(mine)["1"].cells == before


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_an_interrupt_ends_the_command_and_what_it_started(mine: Path, server: Server, tmp_path: Path) -> None:
    server.works = trickling
    words = [sys.executable, "-m", "mirkg", *command(mine, server)]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    deadline = time.monotonic() + 60
    while not server.asked and time.monotonic() < deadline:
        time.sleep(0.1)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)  # both streams end only when the process that asked has ended too
    assert (started.returncode, out, err) == (130, "", "")
