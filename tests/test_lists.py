"""Lists of retractions: dates decide, natures are told, what was not read is counted, an empty list clears nobody."""

import json
from pathlib import Path

import pytest

from conftest import ROOT, Run, change
from mirkg.ask import audit, store
from mirkg.make import build, integrity, tables
from mirkg.model import retractions
from mirkg.model.problems import BadInput
from mirkg.model.retractions import Reference
from test_tables import edited, line_of

OURS = Reference("74", "10.1038/onc.2011.223", "21666713", "active", "Tamoxifen downregulation of miR-451")
HEAD = "Record ID,Title,OriginalPaperDOI,OriginalPaperPubMedID,RetractionDOI,RetractionNature,"
HEAD += "RetractionDate,Reason,ArticleType\n"


def row(nature: str, date: str = "", doi: str = OURS.doi, pmid: str = "0", reason: str = "", kind: str = "") -> str:
    return f"1,A,{doi},{pmid},10.1/n,{nature},{date},{reason},{kind}\n"


def read(tmp_path: Path, text: str) -> retractions.Notices:
    (tmp_path / "list").write_text(text, "utf-8")
    return retractions.read(str(tmp_path / "list"))


def after(notices: retractions.Notices, status: str = "active") -> str:
    matches = retractions.matched(notices, [OURS._replace(status=status)])
    return matches[0].after if matches else status


OUT, BACK, CONCERN = "Retraction", "Reinstatement", "Expression of concern"


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ([(OUT, "1/1/2015 0:00"), (BACK, "1/1/2016 0:00"), (OUT, "1/1/2018 0:00")], "retracted"),
        ([(OUT, "2018-01-01"), (OUT, "2015-01-01"), (BACK, "2016-01-01")], "retracted"),
        ([(BACK, "1/1/2016"), (OUT, "1/1/2015")], "active"),
        ([(OUT, "1/1/2015"), (BACK, "")], "active"),
        ([(OUT, ""), (BACK, "")], "active"),
        ([(OUT, "1/1/2015"), (BACK, "1/1/2016"), (CONCERN, "1/1/2017")], "concern"),
        ([(CONCERN, "1/1/2017"), (OUT, "1/1/2015")], "retracted"),
        ([(CONCERN, "1/1/2014"), (OUT, "1/1/2015")], "retracted"),
    ],
)
def test_dates_decide_what_holds(tmp_path: Path, history: list[tuple[str, str]], status: str) -> None:
    for lines in (history, history[::-1]):
        assert after(read(tmp_path, HEAD + "".join(row(nature, date) for nature, date in lines))) == status


@pytest.mark.parametrize(
    ("nature", "kind", "status", "told"),
    [
        ("Partial retraction", "", "concern", []),
        ("Removal", "", "withdrawn", []),
        ("Withdrawal", "", "withdrawn", []),
        ("Correction", "", "active", ["correction"]),
        ("Supersession", "", "active", ["supersession"]),
        ("Retraction", "Preprint;", "active", ["retraction of a preprint"]),
    ],
)
def test_natures_are_told_with_date_and_reason(
    tmp_path: Path, nature: str, kind: str, status: str, told: list[str]
) -> None:
    notices = read(tmp_path, HEAD + row(nature, "4/15/2019 0:00", reason="+Error in Data;+Other;", kind=kind))
    assert after(notices) == status
    said = retractions.remarks(notices, [OURS])
    assert [match.nature for match in said] == told
    for match in [*said, *retractions.matched(notices, [OURS])]:
        assert (match.date, match.reason, match.notice) == ("2019-04-15", "Error in Data; Other", "10.1/n")


def test_what_cannot_be_read_is_counted_by_why(tmp_path: Path) -> None:
    lines = [row(OUT, "31/31/2019"), row("Miracle"), row(OUT, doi="unavailable"), row(OUT, doi="x", pmid="y")]
    assert read(tmp_path, HEAD + "".join(lines)).unread == {
        "with a date that cannot be read, taken without it": 1,
        "of a nature that is not known, left out": 1,
        "with neither a DOI nor a PubMed number, left out": 2,
    }
    assert read(tmp_path, "PMC3175015\nPMID:1\n").unread == {"with a PMC number alone, left out": 1}


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "# nothing\n! here\n", "{}", '{"retractions": {}}', HEAD, HEAD + row(OUT, doi=""), "PMC1\n"],
)
def test_empty_list_clears_nobody(tmp_path: Path, mirkg: Run, text: str) -> None:
    (tmp_path / "list").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=r"has no entry that can be read.*An empty list clears no reference"):
        retractions.read(str(tmp_path / "list"))
    assert mirkg("audit", "--retractions", "list").returncode == 2
    assert mirkg("build", "-o", "out", "--retractions", "list").returncode == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "line", ["021666713.0", "PMID: 021666713", "2.1666713E+07", "https://doi.org/10.1038%2FONC.2011.223."]
)
def test_identifiers_are_found_in_every_form(tmp_path: Path, line: str) -> None:
    assert after(read(tmp_path, f"\ufeff{line}\r\n")) == "retracted"
    assert retractions.matched(read(tmp_path, line), [OURS._replace(doi="", pmid="")]) == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_is_read_in_the_dialects_of_spreadsheets(tmp_path: Path, delimiter: str, end: str) -> None:
    text = (HEAD + row(OUT, "1/1/2015")).replace(",", delimiter).replace("\n", end)
    (tmp_path / "list").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert after(retractions.read(str(tmp_path / "list"))) == "retracted"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + '1,"A,10.1/x\n' + row(OUT), "list:2: is not CSV: .* A quotation mark may be open"),
        (HEAD + f"1,{'A' * 140_000},10.1/x\n", "list:2: is not CSV: field larger"),
        ("[" * 100_000, "nested too deep|is not JSON"),
        ('{"retractions": ' * 20_000, "nested too deep|is not JSON"),
        ("[]", "holds no object"),
        ("\0\0", "is neither"),
    ],
)
def test_list_that_is_broken_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(tmp_path, text)


# --- marks in titles, and the commands


@pytest.mark.slow
def test_mark_that_the_status_lacks_is_a_finding(data: Path, mirkg: Run) -> None:
    path = data / "reviews/amiri-2024/references.tsv"
    line = change(path, "\tTamoxifen downregulation of miR-451", "\tRETRACTED: Tamoxifen downregulation of miR-451")
    found = audit.audit(store.of(build.build(tables.load(data)).quads)).findings
    assert [(row.severity, row.reference, row.reason) for row in found if row.finding == "unrecorded mark"] == [
        ("high", "74", "The title of reference 74 says retracted, and its status is active.")
    ]
    told = mirkg("check", data).stderr
    assert f"references.tsv:{line}: [status] notice: the title says retracted, and the status is active." in told


def test_our_titles_have_no_unrecorded_mark() -> None:
    found = audit.audit(store.load(ROOT / "data" / "mirkg.trig")).findings
    assert "unrecorded mark" not in {row.finding for row in found}


@pytest.mark.slow
def test_two_numbers_of_one_paper_are_told(data: Path, mirkg: Run) -> None:
    told = mirkg("check", data)
    assert "references.tsv:20: [id] notice: reference 19 is the same paper as reference 18 (line 19)" in told.stderr
    assert told.returncode == 0
    path = data / "reviews/amiri-2024/references.tsv"
    for column, value in (("title", "Breast Cancer Treatment: a review"), ("year", "2019"), ("doi", ""), ("pmid", "")):
        edited(path, line_of(path, "3"), column, value)
    told = [problem.what for problem in integrity.advice(tables.load(data))]
    assert "reference 20 is the same paper as reference 3 (line 4); it counts once." in told
    edited(path, line_of(path, "3"), "doi", "10.1000/another")
    told = [problem.what for problem in integrity.advice(tables.load(data))]
    assert not any("reference 20" in what for what in told)


@pytest.mark.slow
def test_audit_with_a_list_tells_all_that_it_says(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "rw.csv").write_text(
        HEAD + row(OUT, "1/2/2020", reason="+Fraud;") + row("Correction", "3/4/2021") + row("Odd")
    )
    told = json.loads(mirkg("audit", "--retractions", "rw.csv", "--format", "json").stdout)
    assert [(one["reference"], one["nature"], one["date"], one["reason"]) for one in told["named"]] == [
        ("74", "retraction", "2020-01-02", "Fraud")
    ]
    assert [(one["list says"], one["date"]) for one in told["also"]] == [("correction", "2021-03-04")]
    assert told["unread"] == {"of a nature that is not known, left out": 1}
    shown = mirkg("audit", "--retractions", "rw.csv").stdout
    assert "Not read in the list: 1 entry of a nature that is not known" in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--retractions", "other"), "--retractions is given twice"),
        (("--entity", "miR-21"), "--entity picks among findings"),
        (("--reference", "74"), "--reference picks among findings"),
        (("--verdict", "retracted"), "--verdict picks among findings"),
        (("--format", "html"), "A replay is written as"),
    ],
)
def test_option_that_cannot_be_honoured_is_refused(
    mirkg: Run, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "list").write_text("PMID:21666713\n")
    done = mirkg("audit", "--retractions", "list", *arguments)
    assert (done.returncode, message in done.stderr) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "level", "status"), [("retractions", "high", 1), ("concerns", "high", 0), ("concerns", "medium", 1)]
)
def test_level_of_fail_on_holds_for_a_list(mirkg: Run, tmp_path: Path, part: str, level: str, status: int) -> None:
    (tmp_path / "list").write_text(json.dumps({part: {OURS.doi: "10.1/n"}}))
    assert mirkg("audit", "--retractions", "list", "--fail-on", level).returncode == status


@pytest.mark.slow
def test_replay_on_a_graph_without_named_graphs_is_refused(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("PMID:21666713\n")
    assert mirkg("build", "-o", "out").returncode == 0
    for arguments in (("audit", "--retractions", "list"), ("ask", "targets-of", "--policy", "as-stated")):
        done = mirkg(*arguments, "--graph", "out/mirkg.ttl")
        assert (done.returncode, "Name the mirkg.trig or mirkg.nq" in done.stderr) == (2, True)
    by_quads = mirkg("audit", "--retractions", "list", "--graph", "out/mirkg.nq", "--format", "tsv").stdout
    assert by_quads == mirkg("audit", "--retractions", "list", "--format", "tsv").stdout


def test_audit_of_a_foreign_graph_is_no_all_clear(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "foaf.ttl").write_text("<http://a> a <http://xmlns.com/foaf/0.1/Person> .")
    done = mirkg("audit", "--graph", "foaf.ttl", "--fail-on", "low")
    assert (done.returncode, "holds no entities" in done.stderr) == (2, True)
