"""The audit: each finding and verdict on real rows, what one changed row changes, and lists of retractions."""

import json
import re
from pathlib import Path

import pytest

from conftest import ROOT, Run, change
from mirkg.ask import audit, replay, store
from mirkg.ask.audit import Audit
from mirkg.ask.store import Store
from mirkg.make import build, tables
from mirkg.model import retractions
from mirkg.model.problems import BadInput

CLAIMS = "reviews/amiri-2024/claims.tsv"
REFERENCES = "reviews/amiri-2024/references.tsv"
REAL = ROOT.parent / "shared" / "real"


@pytest.fixture(scope="module")
def real(built: build.Built) -> Store:
    return store.of(built.quads)


@pytest.fixture(scope="module")
def whole(real: Store) -> Audit:
    return audit.audit(real)


def rebuilt(data: Path) -> Store:
    return store.of(build.build(tables.load(data)).quads)


def verdicts(source: Store) -> dict[str, str]:
    """Return the verdict on each claim and bracket, by their ids."""
    query = """
    PREFIX mk: <https://w3id.org/mirkg/ontology#>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    SELECT ?node ?verdict WHERE { ?node a mk:CitationVerdict ; mk:verdict/rdfs:label ?verdict }"""
    return {node.partition("/verdict/amiri-2024/")[2]: verdict for node, verdict in source.select(query).rows}


def about(rows: list[audit.Row], finding: str) -> set[tuple[str, str, str]]:
    return {(row.claimed, row.where, row.reference) for row in rows if row.finding == finding}


# --- findings, all of them read against the review


def test_findings_on_what_papers_say_are_these(whole: Audit) -> None:
    modulates = "modulates the response to"
    assert about(whole.findings, "sign conflict") == {
        ("HOTAIR sensitizes to doxorubicin", "interaction ¶1 s16", "72"),
        ("HOTAIR promotes apoptosis", "interaction ¶1 s17", "72"),  # the abstract says that it suppresses it
    }
    assert about(whole.findings, "disputed") == {("miR-452 confers resistance to doxorubicin", "mirnas ¶1 s18", "107")}
    assert about(whole.findings, "other disease") == {(f"miR-150 {modulates} pertuzumab", "Table 1, row 8", "89")}
    assert about(whole.findings, "other drug") == {
        (f"miR-146a-5p {modulates} pertuzumab", "Table 1, row 8", "90"),
        ("miR-451 sensitizes to chemotherapy", "interaction ¶1 s19", "74"),  # the paper: endocrine therapy
    }
    assert about(whole.findings, "unclaimed subject") == {("miR-519a", "Table 1, row 10", "98")}
    assert about(whole.findings, "other subject") == set()  # what the title of 75 leaves out, its abstract says
    assert {finding for row in whole.findings if (finding := row.finding) in ("denied", "mixed voice")} == set()


def test_findings_on_cited_papers_are_these(whole: Audit) -> None:
    other_disease = about(whole.findings, "other disease of a reference")
    assert {(where, reference) for _, where, reference in other_disease} == {
        *((f"interaction ¶1 s{sentence}", "66") for sentence in (4, 5, 6, 7)),
        ("microenvironment ¶1 s13", "53"),
        ("Table 1, row 8", "89"),
    }
    elsewhere = about(whole.findings, "other drug elsewhere")
    assert ("miR-519a modulates the response to doxorubicin", "Table 1, row 11", "98") in elsewhere
    effects = about(whole.findings, "unclaimed effect")
    by_title = {row.reference for row in whole.findings if row.finding == "unclaimed effect" and row.voice == "title"}
    assert by_title == {"42", "67", "69", "98", "104"}
    assert ("miR-132 confers resistance to doxorubicin", "interaction ¶1 s8", "67") in effects
    assert ("miR-205 confers resistance to letrozole", "Table 1, row 1", "75") in effects
    secondary = about(whole.findings, "secondary source")
    assert sum(reference == "70" for _, _, reference in secondary) == 11
    assert sum(reference == "45" for _, _, reference in secondary) == 3
    severities = {row.finding: row.severity for row in whole.findings if row.found == "computed"}
    assert severities["unclaimed effect"] == severities["other drug elsewhere"] == "medium"
    assert severities["secondary source"] == severities["unclaimed subject"] == "low"


def test_rows_say_by_which_voice_what_was_read_and_how_near(whole: Audit) -> None:
    told = {(row.claimed, row.reference): (row.voice, row.read, row.nearness) for row in [*whole.findings, *whole.rows]}
    assert told["HOTAIR sensitizes to doxorubicin", "72"] == ("both", "whole", "")
    assert told["HOTAIR promotes apoptosis", "72"] == ("abstract", "whole", "")
    assert told["miR-125b modulates the response to anastrozole", "75"] == ("both", "in part", "the same")
    assert told["miR-130b confers resistance to doxorubicin", "64"] == ("title", "not read", "unnamed drug")
    assert told["miR-452 activates IGF1R", "43"] == ("", "not read", "")
    assert {row.nearness == "" for row in whole.rows if row.finding != "agrees"} == {True}
    assert "" not in {row.nearness for row in whole.rows if row.finding == "agrees"}
    assert {row.voice for row in whole.rows if row.finding == "silent"} == {""}


def test_verdicts_are_counted_once_for_each_claim_and_bracket(whole: Audit, real: Store) -> None:
    counted = {finding: int(count) for _, finding, count in whole.summary().rows}
    found = list(verdicts(real).values())
    assert {verdict: counted[verdict] for verdict in found} == {verdict: found.count(verdict) for verdict in found}


def test_of_a_reference_every_verdict_is_shown(whole: Audit) -> None:
    shown = whole.filtered(reference="66")
    assert {row.reference for row in shown.rows} == {"66"}
    confers = [row for row in shown.rows if row.claimed == "miR-130b confers resistance to doxorubicin"]
    assert [(row.severity, row.finding) for row in confers] == [("none", "indirect")]  # 64 decides that bracket
    assert confers[0] not in whole.rows


def test_findings_of_fallen_references_are_these(whole: Audit) -> None:
    fallen = about(whole.findings, "retracted")
    assert {reference for _, _, reference in fallen} == {"71", "101"}
    assert (
        sum(reference == "101" for _, _, reference in fallen) == 10
    )  # the row on tamoxifen, which the review does not mark
    assert {place for _, place, reference in fallen if reference == "101"} == {"Table 1, row 10"}
    assert {reference for _, _, reference in about(whole.findings, "expression of concern")} == {"32"}


def test_table_rows_and_general_titles_are_no_findings(whole: Audit) -> None:
    in_tables = {row.finding for row in whole.findings if row.where.startswith("Table") and row.found == "computed"}
    assert in_tables == {
        *("other disease", "other drug", "other disease of a reference", "other drug elsewhere", "retracted"),
        *("unclaimed effect", "unclaimed subject"),
    }
    assert {row.finding for row in whole.rows} == {"agrees", "indirect", "silent"}


def test_silent_claim_stands_beside_each_title_of_its_bracket(whole: Audit) -> None:
    silent = [row for row in whole.rows if row.claimed == "miR-452 activates IGF1R"]
    says = "bear on the claim that miR-452 activates IGF1R; its abstract was not read."
    assert [(row.finding, row.reference, row.reason) for row in silent] == [
        ("silent", "43", f"The title of reference 43 does not {says}"),
        ("silent", "44", f"The title of reference 44 does not {says}"),
    ]
    assert set(silent[:1]) <= set(whole.filtered(reference="43").rows)


def test_notes_are_told_as_noted_and_findings_as_computed(whole: Audit) -> None:
    noted = {row.finding for row in whole.findings if row.found == "noted"}
    assert {"garbled", "author mismatch", "typographical error"} <= noted
    assert "sign conflict" not in noted


def test_every_claim_and_bracket_has_one_verdict_with_a_reason(real: Store) -> None:
    prefix = "PREFIX mk: <https://w3id.org/mirkg/ontology#> SELECT DISTINCT ?claim ?bracket"
    cited = real.select(f"{prefix} WHERE {{ ?claim mk:citedThrough ?bracket }}").rows
    node = "?node a mk:CitationVerdict ; mk:onClaim ?claim ; mk:onBracket ?bracket ; mk:verdict ?verdict"
    judged = real.select(f"{prefix} ?node ?verdict WHERE {{ {node} ; mk:reason ?reason }}").rows
    assert sorted((claim, bracket) for claim, bracket, _, _ in judged) == sorted(cited)
    assert len(verdicts(real)) == len(judged)  # and none without a reason


# --- verdicts that turn with one cell


TURNS = [
    # what is changed in the claims, and the verdicts that change: from, to
    (
        "interaction-1-9-1\tinteraction-1-9\tSensitizingEffect",
        "interaction-1-9-1\tinteraction-1-9\tResistanceEffect",
        {"interaction-1-9-1/interaction-1-9-b1": ("agrees", "sign conflict")},
    ),
    (
        "interaction-1-18-1\tinteraction-1-18\tSensitizingEffect\tmiR-124\tdoxorubicin",
        "interaction-1-18-1\tinteraction-1-18\tSensitizingEffect\tmiR-124\ttamoxifen",
        {"interaction-1-18-1/interaction-1-18-b1": ("agrees", "other drug")},
    ),
    (
        "interaction-1-18-1\tinteraction-1-18\tSensitizingEffect\tmiR-124\tdoxorubicin",
        "interaction-1-18-1\tinteraction-1-18\tSensitizingEffect\tmiR-21\tdoxorubicin",
        {"interaction-1-18-1/interaction-1-18-b1": ("agrees", "other subject")},
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new", "expected"), TURNS)
def test_one_changed_cell_changes_one_verdict(
    data: Path, real: Store, old: str, new: str, expected: dict[str, tuple[str, str]]
) -> None:
    change(data / CLAIMS, old, new)
    before, after = verdicts(real), verdicts(rebuilt(data))
    assert {key: (before[key], after[key]) for key in before if before[key] != after[key]} == expected


@pytest.mark.slow
def test_title_on_another_disease_turns_agreement(data: Path, real: Store) -> None:
    path = data / CLAIMS
    text = path.read_text("utf-8")
    lines = [
        line.replace("\tbreast-cancer\t", "\tovarian-cancer\t") if line.startswith("title-73-") else line
        for line in text.splitlines()
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    before, after = verdicts(real), verdicts(rebuilt(data))
    assert {after[key] for key in before if before[key] != after[key]} == {"other disease"}
    changed = {key for key in before if before[key] != after[key]}
    assert all(key.startswith(("interaction-1-18-", "table-1-row-11-")) for key in changed)


@pytest.mark.slow
def test_a_status_changes_findings_and_standings_and_no_verdict(data: Path, real: Store) -> None:
    path = data / REFERENCES
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("68\t"))
    change(path, line, line.replace("\tactive\t", "\tretracted\t"))
    after = rebuilt(data)
    assert verdicts(after) == verdicts(real)
    new = set(audit.audit(after).findings) - set(audit.audit(real).findings)
    assert {row.finding for row in new} == {"retracted"}
    assert {row.reference for row in new} == {"68"}


# --- replay


@pytest.mark.slow
def test_replaying_nothing_changes_nothing(real: Store) -> None:
    assert set(map(str, replay.replayed(real, {}).graph)) == set(map(str, real.graph))


@pytest.mark.slow
def test_replaying_a_status_equals_building_with_it(data: Path, real: Store) -> None:
    path = data / REFERENCES
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("64\t"))
    change(path, line, line.replace("\tactive\t", "\tretracted\t"))

    def derived(source: Store) -> set[str]:
        return {str(quad) for quad in source.graph if str(quad.graph_name).endswith("/derived>")}

    assert derived(replay.replayed(real, {"64": "retracted"})) == derived(rebuilt(data))


@pytest.mark.slow
def test_withdrawing_and_reinstating_returns_all(real: Store) -> None:
    gone = replay.replayed(real, {"64": "withdrawn"})
    assert replay.changes(real, gone)
    assert replay.changes(real, replay.replayed(gone, {"64": "active"})) == []


@pytest.mark.slow
def test_fall_of_the_only_paper_takes_its_edges_with_the_reason(real: Store) -> None:
    changes = replay.changes(real, replay.replayed(real, {"73": "retracted"}))
    edges = {(change.what, change.change, change.reason) for change in changes if change.kind == "edge"}
    assert edges == {
        (statement, "lost", "withheld: retracted only")
        for statement in (
            "miR-124 acts through HIF-1 pathway",
            "miR-124 acts through STAT3 pathway",
            "miR-124 sensitizes to doxorubicin",
        )
    }


@pytest.mark.slow
def test_fall_of_a_paper_takes_its_inferences_and_says_by_which_path(real: Store) -> None:
    changes = replay.changes(real, replay.replayed(real, {"91": "retracted"}))
    lost = {(change.what, change.change) for change in changes if change.kind == "inference"}
    assert ("AKT confers resistance to trastuzumab", "lost") in lost
    path = "no longer: miR-542-3p represses AKT, AKT activates PI3K/AKT pathway"
    assert path in {change.reason for change in changes}


@pytest.mark.slow
def test_policy_as_stated_draws_what_is_disputed_and_fallen(real: Store) -> None:
    query = "SELECT ?subject WHERE { ?subject mk:sensitizesTo mke:doxorubicin }"
    stated = replay.replayed(real, {}, "as-stated")
    lost, gained = replay.difference(real.select(query), stated.select(query))
    assert (lost, gained) == ([], [("https://w3id.org/mirkg/entity/HOTAIR",)])


def test_unknown_reference_is_refused(real: Store) -> None:
    with pytest.raises(BadInput, match="There is no reference 113"):
        replay.replayed(real, {"113": "retracted"})


# --- lists


def matches(path: Path, source: Store) -> dict[str, tuple[str, str, str]]:
    found = retractions.matched(retractions.read(str(path)), replay.references(source))
    return {match.reference.number: (match.listed, match.after, match.by) for match in found}


@pytest.mark.skipif(not REAL.exists(), reason="the lists of retractions are not here")
def test_real_lists_name_three_references(real: Store) -> None:
    assert matches(REAL / "retracted-pmids.txt", real) == {
        "71": ("retracted", "retracted", "PMID 30791958"),
        "101": ("retracted", "retracted", "PMID 18790736"),
    }
    assert matches(REAL / "retractions-by-doi.json", real) == {
        "32": ("concern", "concern", "doi 10.1007/s11095-011-0570-y"),
        "71": ("retracted", "retracted", "doi 10.1186/s13046-019-1100-8"),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("! a comment\n# another\n\nPMID:21666713,PMCID:PMC3175015\n", {"74": "retracted"}),
        ("21666713  # by its number\n", {"74": "retracted"}),
        ("https://doi.org/10.1038/ONC.2011.223\n", {"74": "retracted"}),
        ("doi:10.1038/onc.2011.223\n", {"74": "retracted"}),
        ('{"concerns": {"10.1038/onc.2011.223": "10.1/x"}}', {"74": "concern"}),
        (
            '{"retractions": {"10.1038/onc.2011.223": "10.1/x"}, "concerns": {"10.1038/onc.2011.223": "10.1/y"}}',
            {"74": "retracted"},
        ),
        ("PMID:1\n", {}),
    ],
)
def test_list_is_read_in_each_form(tmp_path: Path, real: Store, text: str, expected: dict[str, str]) -> None:
    (tmp_path / "list").write_text(text, "utf-8")
    assert {number: after for number, (_, after, _) in matches(tmp_path / "list", real).items()} == expected


CSV = "Record ID,Title,OriginalPaperDOI,OriginalPaperPubMedID,RetractionDOI,RetractionNature\n"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('1,"A, B",10.1038/onc.2011.223,0,10.1/n,Retraction\n', {"74": "retracted"}),
        ("1,A,unavailable,21666713,10.1/n,Expression of concern\n", {"74": "concern"}),
        ("1,A,10.1038/onc.2011.223,0,10.1/n,Correction\n", {}),
        ("1,A,10.1186/s13046-019-1100-8,0,10.1/n,Reinstatement\n", {"71": "active"}),
        ("1,A,10.1186/s13046-019-1100-8,0,10.1/n,Expression of concern\n", {"71": "retracted"}),  # takes nothing back
        ("1,A,10.1/a,21666713,x,Expression of concern\n2,A,10.1/a,21666713,y,Retraction\n", {"74": "retracted"}),
    ],
)
def test_csv_of_retraction_watch_is_read(tmp_path: Path, real: Store, rows: str, expected: dict[str, str]) -> None:
    (tmp_path / "rw.csv").write_text(CSV + rows, "utf-8")
    assert {number: after for number, (_, after, _) in matches(tmp_path / "rw.csv", real).items()} == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PMID:12\nsomething\n", r":2: 'something' is neither PMID:number nor a DOI"),
        (b'{"retractions": ', r"is not JSON"),
        (b'{"other": {}}', r"has other"),
        (b"\xff", "is not UTF-8"),
        (b"RetractionNature,Title\n", r"OriginalPaperDOI, .* is missing|is missing"),
    ],
)
def test_broken_list_is_refused_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "list").write_bytes(content)
    with pytest.raises(BadInput, match=message):
        retractions.read(str(tmp_path / "list"))


# --- the commands


def test_audit_command_reports_counts_and_filters(mirkg: Run) -> None:
    done = mirkg("audit")
    assert done.returncode == 0
    assert done.stdout.startswith("severity  finding")
    told = json.loads(mirkg("audit", "--reference", "72", "--format", "json").stdout)
    assert {row["finding"] for row in told["findings"]} == {"sign conflict"}
    assert {row["finding"] for row in told["rows"]} <= {"agrees", "indirect", "silent"}
    by_entity = mirkg("audit", "--entity", "miR-452", "--format", "tsv").stdout
    assert "disputed\tmirnas ¶1 s18" in by_entity
    other_drug = mirkg("audit", "--verdict", "other drug", "--format", "json").stdout
    assert [(row["where"], row["claimed"], row["reference"]) for row in json.loads(other_drug)["findings"]] == [
        ("Table 1, row 8", "miR-146a-5p modulates the response to pertuzumab", "90"),
        ("interaction ¶1 s19", "miR-451 sensitizes to chemotherapy", "74"),
    ]


@pytest.mark.parametrize(
    ("arguments", "status"), [(("--fail-on", "high"), 1), (("--fail-on", "high", "--reference", "68"), 0)]
)
def test_audit_fails_on_a_level(mirkg: Run, arguments: tuple[str, ...], status: int) -> None:
    assert mirkg("audit", *arguments).returncode == status


def test_audit_page_is_self_contained_and_escaped(mirkg: Run) -> None:
    page = mirkg("audit", "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    for outside in ("<script", "<link", "<img", "src=", "@import", "url("):
        assert outside not in page
    assert "HOTAIR sensitizes to doxorubicin" in page
    assert "not medical advice" in page


@pytest.mark.slow
def test_audit_with_a_list_shows_what_it_changes(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("PMID:18790736\n")
    done = mirkg("audit", "--retractions", "list.txt", "--format", "json")
    told = json.loads(done.stdout)
    [named] = told["named"]
    assert (named["reference"], named["list says"], named["review marks it"]) == ("101", "retracted", "no")
    lost = {row["what"] for row in told["changes"] if row["kind"] == "edge" and row["change"] == "lost"}
    says = (
        "confers resistance to tamoxifen",
        "regulates ESR1",
        "represses ESR1",
        "suppresses apoptosis",
        "targets ESR1",
    )
    assert lost == {f"{mirna} {what}" for mirna in ("miR-221", "miR-222") for what in says}
    assert len(told["without_identifier"]) == 42
    assert "names 1 reference:" in mirkg("audit", "--retractions", "list.txt").stdout


SLIPS = {"author mismatch", "dangling pointer", "date mismatch", "duplicate", "outside the search window"}
SLIPS |= {"typographical error"}


def test_readme_tells_what_the_audit_counts(whole: Audit) -> None:
    told = set()
    for line in re.findall(r"^\| ((?:high|medium|low|none) \|.*) \|$", (ROOT / "README.md").read_text("utf-8"), re.M):
        severity, says, counts = line.split(" | ")
        findings = [one.partition(":")[0] for one in says.split(" · ")]
        told |= {(severity, finding, count) for finding, count in zip(findings, counts.split(" · "), strict=True)}
    assert told == {row for row in whole.summary().rows if row[1] not in SLIPS}


def test_readme_shows_the_answer_that_the_command_gives(mirkg: Run) -> None:
    printed = mirkg("ask", "direction-of", "--subject", "HOTAIR", "--drug", "doxorubicin").stdout.splitlines()
    shown = {line.strip() for line in (ROOT / "README.md").read_text("utf-8").splitlines()}
    assert [line for line in printed if line.strip() not in shown] == []


@pytest.mark.slow
def test_list_that_names_none_of_ours_says_so(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("PMID:1\n")
    done = mirkg("audit", "--retractions", "list.txt")
    assert done.returncode == 0
    assert done.stdout.startswith("list.txt names 0 references of ours")


@pytest.mark.slow
def test_build_with_a_list_withholds_what_rests_on_it(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("10.1038/srep41942\n")
    done = mirkg("build", "--retractions", "list.txt", "-o", "out")
    assert done.returncode == 0
    assert "reference 64 is now retracted (doi 10.1038/srep41942)" in done.stderr
    asked = mirkg("ask", "targets-of", "--mirna", "miR-130b", "--graph", "out/mirkg.trig", "--format", "json")
    found = {(row["effect"], row["target"], row["standing"], row["withheld"]) for row in json.loads(asked.stdout)}
    assert found == {
        ("activates", "AKT", "cited", ""),
        ("regulates", "AKT", "uncited", "other disease"),
        ("regulates", "PTEN", "cited", ""),
        ("represses", "PTEN", "uncited", "other disease"),
        ("targets", "PTEN", "retracted only", "retracted only"),  # what is left is about another disease
    }


@pytest.mark.slow
def test_ask_without_a_reference_marks_what_changes(mirkg: Run) -> None:
    done = mirkg("ask", "conferring-mirnas", "--drug", "trastuzumab", "--without-reference", "93", "--format", "tsv")
    assert done.stdout.splitlines() == [
        "change\tdrug\tmirna\tgrade\tcited\tagreeing\tnearness\tsaid_of",
        "\ttrastuzumab\tmiR-146a-5p\tconfirmed\t0\t1\tthe same\t",
        "lost\ttrastuzumab\tmiR-21\tconfirmed\t0\t1\tthe same\t",
        "lost\ttrastuzumab\tmiR-21\tconfirmed\t0\t1\tthe same\tHER-targeting drug",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("audit", "--retractions", "none"), "cannot be read"),
        (("audit", "--verdict", "odd"), "Nothing is 'odd'. The kinds are: "),
        (("audit", "--reference", "113"), "There is no reference 113. They go from 1 to 112."),
        (("audit", "--entity", "nobody"), "Nothing here is called 'nobody'."),
        (("ask", "counts-by-drug", "--without-reference", "113"), "There is no reference 113"),
        (("ask", "counts-by-drug", "--policy", "as-stated", "--endpoint", "http://127.0.0.1:9"), "cannot be reached"),
        (("audit", "--endpoint", ""), "--endpoint needs a value"),
        (("audit", "--endpoint", "x"), "is no endpoint"),
    ],
)
def test_misused_audit_ends_with_two(mirkg: Run, arguments: tuple[str, ...], message: str) -> None:
    done = mirkg(*arguments)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        '{"retractions": {"": ""}}',
        '{"retractions": {" ": "x", "doi:": "x", "https://doi.org/": "x", "\u200b": "x"}, "concerns": {"": ""}}',
        "RetractionNature,OriginalPaperDOI,OriginalPaperPubMedID,RetractionDOI\nRetraction,,,x\nRetraction, , ,x\n",
        "# nothing\n\n   \n",
    ],
)
def test_an_empty_identifier_matches_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match="has no entry that can be read"):
        retractions.read(str(path))
    known = [
        retractions.Reference(str(number), doi, pmid, "active", "")
        for number, (doi, pmid) in enumerate([("", ""), (" ", "\u00a0"), ("10.1/x", "1"), ("doi:", "")], 1)
    ]
    assert retractions.Notices({"": ("retracted", "")}, {"": ("retracted", "")}, {}).on(known[0]) == ("", "", "")
