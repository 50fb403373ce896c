"""Import: a table that was made elsewhere becomes a source of its own, and nothing of it is lost or guessed."""

import re
import sys
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from conftest import ROOT, Run
from mirkg.ask import graph
from mirkg.ask.graph import KnowledgeGraph
from mirkg.make import intake, sheet, tables
from mirkg.make.intake import Intake

# A table that was made up for these tests: no row of it is from anywhere.
HEADER = "mirna\tcancer\tprofile\tarticle\n"
ROWS = (
    "hsa-mir-21\tbreast cancer\tup\tA made-up title on miR-21\n"
    "hsa-miR-125b\tBreast cancer\tup\tA made-up title on miR-125b\n"
    "hsa-mir-125b\tbreast cancer\tdown\tAnother made-up title\n"
    "hsa-mir-9999-5p\tgastric cancer\tdown\tMiRNA-155 mediates TAM resistance by modulating SOCS6-STAT3 "
    "signalling pathway in breast cancer.\n"
    "hsa-mir-9999\tgastric cancer\tdown\t\n"
    'hsa-mir-9999*\tgastric cancer\tup\tA title with a "mark"\n'
    "mmu-mir-21\tbreast cancer\tup\tA made-up title on mice\n"
)
MAPPING = """
id = "made-up"
title = "A made-up table"
published = 2020-06-01
curator = "a curator"
date = 2026-11-27
[kind]
column = "profile"
values = { up = "HighExpression", down = "LowExpression" }
[subject]
column = "mirna"
kind = "MicroRNA"
new = true
[object]
column = "cancer"
kind = "Disease"
new = true
[reference]
title = "article"
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "map.toml").write_text(MAPPING, "utf-8")
    path = tmp_path / "table.tsv"
    path.write_text(HEADER + ROWS, "utf-8")
    return path


def taken(table: Path, mapping: str = MAPPING) -> Intake:
    """Return what a table becomes by a mapping, beside the tables of the project."""
    path = table.parent / "map.toml"
    path.write_text(mapping, "utf-8")
    said = intake.mapping(str(path))
    read = sheet.read(str(table), said.facts["encoding"] or "utf-8", said.facts["sheet"])
    return intake.taken(read, said, tables.load(ROOT / "data"))


def claims(found: Intake) -> list[tuple[str, ...]]:
    """Return the claims of a table: row, subject, kind, object."""
    names = ("id", "subject", "kind", "object")
    return [tuple(row[name] for name in names) for row in found.rows["claims"]]


def left(found: Intake) -> list[tuple[int, str, str]]:
    """Return the rows that were left: number, column, reason."""
    return [(one.line.number, one.column, one.what) for one in found.left]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """Return the graph of the review with the made-up table beside it, by the command line."""
    from mirkg.cli import main

    place = tmp_path_factory.mktemp("both")
    (place / "map.toml").write_text(MAPPING, "utf-8")
    (place / "table.tsv").write_text(HEADER + ROWS, "utf-8")
    data = str(place / "data")
    assert main(["import", str(place / "table.tsv"), "--mapping", str(place / "map.toml"), "--data", data]) == 0
    assert main(["build", "--data", data]) == 0
    return graph.open(place / "data" / "mirkg.trig")


# --- what a row becomes


def test_each_row_becomes_one_claim_about_the_entities_that_it_names(table: Path) -> None:
    found = taken(table)
    assert claims(found) == [
        ("row-2-1", "miR-21", "HighExpression", "breast-cancer"),
        ("row-3-1", "miR-125b", "HighExpression", "breast-cancer"),
        ("row-4-1", "miR-125b", "LowExpression", "breast-cancer"),
        ("row-5-1", "miR-9999-5p", "LowExpression", "gastric-cancer"),
        ("row-6-1", "miR-9999", "LowExpression", "gastric-cancer"),
        ("row-7-1", "miR-9999-star", "HighExpression", "gastric-cancer"),
        ("row-8-1", "mmu-miR-21", "HighExpression", "breast-cancer"),
    ]
    made = [tuple(row[name] for name in ("id", "label", "kind", "synonyms", "arm_of")) for row in found.made]
    assert made == [
        ("miR-9999-5p", "miR-9999-5p", "MicroRNA", "hsa-mir-9999-5p", "miR-9999"),
        ("gastric-cancer", "gastric cancer", "Disease", "", ""),
        ("miR-9999", "miR-9999", "MicroRNA", "hsa-mir-9999", ""),
        ("miR-9999-star", "miR-9999*", "MicroRNA", "hsa-mir-9999*", "miR-9999"),
        ("mmu-miR-21", "mmu-miR-21", "MicroRNA", "mmu-mir-21", ""),
    ]
    assert [row["disease"] for row in found.rows["claims"]] == [row["object"] for row in found.rows["claims"]]
    assert left(found) == []


def test_article_of_the_review_is_known_by_its_title_and_brings_its_identifiers(table: Path) -> None:
    rows = {row["id"]: row for row in taken(table).rows["references"]}
    assert (rows["4"]["first_author"], rows["4"]["year"], rows["4"]["title"][-1]) == ("Shen R", "2015", "r")
    assert rows["4"]["identifier_seen"] == "reference 69 of amiri-2024, which is the same paper"
    assert (rows["1"]["year"], rows["1"]["status"], rows["1"]["doi"]) == ("", "unknown", "")
    assert len(rows) == 6


def test_report_says_what_became_of_the_table(mirkg: Run, table: Path) -> None:
    done = mirkg("import", table, "--mapping", "map.toml", "--data", "mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "7 rows: 7 became claims, 0 were left",
        "6 articles, 1 of them in a review; new entities: 1 Disease, 4 MicroRNA",
        "6 articles have no identifier: no list of retractions can name them",
        "1 rows name no article: their claims cite nothing",
        "mine/reviews/made-up  written; `mirkg build --data mine` builds the graph",
    ]


def test_explain_prints_what_rows_would_become_and_writes_nothing(mirkg: Run, table: Path) -> None:
    before = sorted(table.parent.iterdir())
    table.write_text(HEADER + ROWS.replace("\tup\tA made-up title on miR-21", "\tsideways\tA"), "utf-8")
    done = mirkg("import", table, "--mapping", "map.toml", "--explain", "--format", "tsv")
    assert done.returncode == 0
    assert [line.split("\t") for line in done.stdout.splitlines()[:3]] == [
        ["row", "subject", "kind", "object", "disease", "article", "left"],
        ["2", "", "", "", "", "", "profile: 'sideways' is none of 'up', 'down'."],
        ["3", "miR-125b", "HighExpression", "breast cancer", "breast cancer", "A made-up title on miR-125b", ""],
    ]
    assert sorted(table.parent.iterdir()) == before


# --- across both


@pytest.mark.slow
def test_which_listed_mirnas_the_table_calls_up_in_breast_cancer(both: KnowledgeGraph) -> None:
    with pytest.warns(UserWarning, match="also stands for"):
        rows = both.ask("listed-expression", **{"place": "breast cancer", "in": "import"})
    assert [(row["mirna"], row["state"], row["source"], row["papers"]) for row in rows] == [
        ("miR-125b", "high expression", "A made-up table", 1),
        ("miR-125b", "low expression", "A made-up table", 1),
        ("miR-21", "high expression", "A made-up table", 1),
    ]


@pytest.mark.slow
def test_where_the_two_disagree(both: KnowledgeGraph) -> None:
    rows = [tuple(row.values()) for row in both.ask("disagreements") if "A made-up table" in row.values()]
    review = "Crosstalk between miRNAs and signaling pathways in the development of drug resistance in breast cancer"
    star = "miR-9999* is high in gastric cancer"
    high, low = "miR-125b is high in breast cancer", "miR-125b is low in breast cancer"
    assert rows == [
        (high, "A made-up table", 1, low, "A made-up table", 1),
        (high, "A made-up table", 1, low, review, 1),
        (star, "A made-up table", 1, "miR-9999 is low in gastric cancer", "A made-up table", 1),
    ]  # fmt: skip


@pytest.mark.slow
def test_row_names_its_table_and_its_article(both: KnowledgeGraph) -> None:
    with pytest.warns(UserWarning, match='is marked "one of"'):
        rows = both.ask("expression-states", subject="miR-21")
    (row,) = [one for one in rows if "made-up" in one["says"]]
    assert (row["says"], row["cites"], row["standing"]) == ("made-up row 2", "A made-up title on miR-21", "confirmed")


@pytest.mark.slow
def test_titles_of_the_table_are_judged_by_nobody(both: KnowledgeGraph, kg: KnowledgeGraph) -> None:
    counts = "SELECT (COUNT(*) AS ?n) WHERE { ?v a ?c VALUES ?c { mk:ReferenceVerdict mk:CitationVerdict } }"
    assert both.query(counts) == kg.query(counts)
    assert both.explain("miR-21").limits == kg.explain("miR-21").limits


@pytest.mark.slow
def test_folder_with_a_table_passes_the_check(mirkg: Run, table: Path) -> None:
    assert mirkg("import", table, "--mapping", "map.toml", "--data", "mine").returncode == 0
    done = mirkg("check", "--data", "mine")
    assert done.returncode == 0, done.stdout


def test_second_import_takes_the_place_of_the_first(mirkg: Run, table: Path) -> None:
    assert mirkg("import", table, "--mapping", "map.toml", "--data", "mine").returncode == 0
    table.write_text(HEADER + ROWS.partition("\n")[0] + "\n", "utf-8")
    assert mirkg("import", table, "--mapping", "map.toml", "--data", "mine").returncode == 0
    source = table.parent / "mine/reviews/made-up"
    assert len((source / "claims.tsv").read_text("utf-8").splitlines()) == 2
    assert len((table.parent / "mine/entities/made-up.tsv").read_text("utf-8").splitlines()) == 1


# --- what cannot be resolved is kept


def test_unknown_names_are_left_with_their_rows_unless_new_ones_are_wanted(table: Path) -> None:
    found = taken(table, MAPPING.replace("new = true", "new = false"))
    assert claims(found) == [
        ("row-2-1", "miR-21", "HighExpression", "breast-cancer"),
        ("row-3-1", "miR-125b", "HighExpression", "breast-cancer"),
        ("row-4-1", "miR-125b", "LowExpression", "breast-cancer"),
    ]
    assert [(number, column) for number, column, _ in left(found)] == [(n, "mirna") for n in (5, 6, 7, 8)]
    assert left(found)[0][2].startswith("no entity is called 'hsa-mir-9999-5p'.")
    assert found.made == []


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        ("hsa-mir-21\tbreast cancer\tUp\tT", "profile", "'Up' is none of 'up', 'down'."),
        ("\tbreast cancer\tup\tT", "mirna", "is empty."),
        ("PTEN\tbreast cancer\tup\tT", "mirna", "'PTEN' is a Gene, and the column holds a MicroRNA."),
        ("1-Mar\tbreast cancer\tup\tT", "mirna", "'1-Mar' looks like what a spreadsheet makes of a name."),
        ("2021-03-01\tbreast cancer\tup\tT", "mirna", "'2021-03-01' looks like what a spreadsheet makes of a name."),
        ("2.31E+19\tbreast cancer\tup\tT", "mirna", "'2.31E+19' looks like what a spreadsheet makes of a name."),
        ("miR-7\u200b1\tbreast cancer\tup\tT", "mirna", "'miR-7\\u200b1' is no name."),
        ("miR-17-92\tbreast cancer\tup\tT", "mirna", "'miR-17-92' is no name of one miRNA."),
        ("miR-21\tб cancer\tup\tT", "cancer", "'б cancer' holds 'б'."),
        ("miR-21\tbreast cancer\tup\tT\x07", "article", "holds a character that cannot be printed."),
        ("miR-21\tbreast cancer\tup", "", "has 3 cells where the header has 4."),
        ("miR-21\tbreast cancer\tup\tT\textra", "", "has 5 cells where the header has 4."),
    ],
)
def test_row_that_cannot_be_read_is_left_with_the_reason(table: Path, row: str, column: str, what: str) -> None:
    table.write_text(f"{HEADER}{row}\nmiR-155\tbreast cancer\tup\tT\n", "utf-8")
    found = taken(table)
    assert [(2, column, what)] == left(found)
    assert claims(found) == [("row-3-1", "miR-155", "HighExpression", "breast-cancer")]
    assert [entity["id"] for entity in found.made] == []


def test_rows_that_were_left_are_written_as_they_are(mirkg: Run, table: Path) -> None:
    table.write_text(HEADER + ROWS + "1-Sep\tbreast cancer\tup\tT\nmiR-21\tbreast", "utf-8")
    done = mirkg("import", table, "--mapping", "map.toml", "--data", "mine")
    assert done.returncode == 1
    assert "9 rows: 7 became claims, 2 were left" in done.stdout
    assert "  row 10: ends in the middle: the file was cut off. Get the whole file." in done.stdout
    kept = (table.parent / "mine/reviews/made-up/unresolved.tsv").read_text("utf-8").splitlines()
    assert [line.split("\t") for line in kept] == [
        ["row", "column", "what", "do", "mirna", "cancer", "profile", "article"],
        ["9", "mirna", "'1-Sep' looks like what a spreadsheet makes of a name.",
         "Write the name that stood there, in a column of the format text.", "1-Sep", "breast cancer", "up", "T"],
        ["10", "", "ends in the middle: the file was cut off.", "Get the whole file.", "miR-21", "breast"],
    ]  # fmt: skip


def test_rows_that_turn_each_other_are_kept_and_told(table: Path) -> None:
    table.write_text(f"{HEADER}miR-21\tbreast cancer\tup\tT\nmiR-21\tbreast cancer\tdown\tT\n" * 1, "utf-8")
    found = taken(table)
    assert len(claims(found)) == 2
    assert "1 rows turn what an earlier row says of the same article: 2 and 3" in list(intake.report(found))


def test_ten_thousand_unknown_names_are_told_by_reason(table: Path) -> None:
    rows = "".join(f"what-{number}\tbreast cancer\tup\tT\n" for number in range(10_000))
    table.write_text(f"{HEADER}{rows}miR-21\tbreast cancer\tup\tT\n", "utf-8")
    found = taken(table, MAPPING.replace("new = true", "new = false"))
    assert (len(found.left), len(claims(found))) == (10_000, 1)
    told = list(intake.report(found))
    assert len(told) < 30 and told[-1] == "  and 9,980 more reasons, in unresolved.tsv"


# --- forms of tables


def test_csv_excel_and_parquet_become_the_same_claims(table: Path) -> None:
    expected = taken(table)
    rows = [line.split("\t") for line in (HEADER + ROWS).splitlines()]
    comma = table.parent / "table.csv"
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    comma.write_bytes("\r\n".join(map(",".join, quoted)).encode("utf-8-sig"))
    assert claims(taken(comma)) == claims(expected)
    assert [row["title"] for row in taken(comma).rows["references"]] == [
        row["title"] for row in expected.rows["references"]
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(table.parent / "table.xlsx")
    assert claims(taken(table.parent / "table.xlsx")) == claims(expected)
    columns = {name: [row[number] for row in rows[1:]] for number, name in enumerate(rows[0])}
    pyarrow.parquet.write_table(pyarrow.table(columns), table.parent / "table.parquet")
    assert [row[1:] for row in claims(taken(table.parent / "table.parquet"))] == [row[1:] for row in claims(expected)]


def test_csv_with_an_open_quotation_mark_loses_nothing(table: Path) -> None:
    comma = table.parent / "table.csv"
    comma.write_text('mirna,cancer,profile,article\nmiR-21,breast cancer,up,T\nmiR-155,"breast,up,T\nmiR-7,x,up,T\n')
    found = taken(comma)
    assert [row[0] for row in claims(found)] == ["row-2-1"]
    assert [one.line.number for one in found.left] == [3, 4]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("id = ", "map.toml: is not TOML"),
        (MAPPING.replace('id = "made-up"', ""), "map.toml: [id] is missing. Add it; docs/import.md shows the form."),
        (MAPPING.replace('"mirna"', '"mirnas"'), "has no column 'mirnas'. The nearest is mirna."),
        (MAPPING.replace("HighExpression", "HighExpresion"), "which is no kind. The nearest is HighExpression,"),
        (MAPPING.replace('"MicroRNA"', '"miRNA"'), "[subject.kind] 'miRNA' is no kind of entity."),
        (MAPPING.replace("[reference]", "[references]"), "[references] is no part of a mapping. The nearest"),
        (MAPPING + 'pubmed = "x"\n', "[reference.pubmed] is no part of a mapping."),
        (MAPPING.replace('kind = "Disease"', ""), "[object.kind] is missing, and a new entity needs one."),
        (MAPPING.replace('column = "cancer"', ""), '[object] needs column = "…", or is = "…"'),
        (MAPPING.replace("2020-06-01", '"June"'), "[published] 'June' is not a date, year-month-day."),
        (MAPPING.replace('"made-up"', '"amiri-2024"'), "'amiri-2024' is a review in"),
        ('encoding = "klingon"\n' + MAPPING, "is not klingon. Correct the encoding in the mapping."),
    ],
)  # fmt: skip
def test_mapping_that_cannot_be_is_refused(mirkg: Run, table: Path, mapping: str, message: str) -> None:
    (table.parent / "map.toml").write_text(mapping, "utf-8")
    done = mirkg("import", table, "--mapping", "map.toml", "--data", "mine")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (table.parent / "mine").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.tsv", None, "none.tsv: cannot be read (No such file or directory). Name a table"),
        ("empty.tsv", b"", "empty.tsv: is empty."),
        ("head.tsv", HEADER.encode(), "head.tsv: has a header and no rows."),
        ("latin.tsv", HEADER.encode() + "miR-21\tbreast cancer\tup\tKr\u00fcppel\n".encode("latin-1"),
         'latin.tsv:2: is not UTF-8. Save it as UTF-8, or say in the mapping what it is, such as'),
        ("twice.tsv", b"mirna\tmirna\nx\ty\n", "twice.tsv:1: [mirna] is the name of two columns."),
        ("book.xlsx", b"no book", "book.xlsx: is no Excel workbook that can be read."),
        ("old.xls", b"\xd0\xcf\x11\xe0rest", "old.xls: is no text. Name it .xlsx or .parquet, or save it as"),
        ("t.parquet", b"PAR1", "t.parquet: is no Parquet file that can be read."),
        ("none.csv", b"mirna,cancer,profile,article\nx,y,z,t\n", "No row became a claim, and nothing was written."),
    ],
)  # fmt: skip
def test_table_that_cannot_be_read_is_refused(
    mirkg: Run, table: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (table.parent / name).write_bytes(content)
    done = mirkg("import", name, "--mapping", "map.toml", "--data", "mine")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (table.parent / "mine").exists()


@pytest.mark.parametrize(("module", "name"), [("openpyxl", "table.xlsx"), ("pyarrow", "table.parquet")])
def test_missing_library_is_named(
    mirkg: Run, table: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    (table.parent / name).write_bytes(b"x")
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(sheet, "find_spec", lambda _: None)
    done = mirkg("import", name, "--mapping", "map.toml", "--data", "mine")
    assert (done.returncode, f"needs {module}. Install it with: pip install 'mirkg[import]'" in done.stderr) == (
        2,
        True,
    )


def test_folder_of_ones_own_must_be_named(mirkg: Run, table: Path) -> None:
    done = mirkg("import", table, "--mapping", "map.toml")
    assert (done.returncode, "Name a folder of your own with --data DIR." in done.stderr) == (2, True)


# --- a real table, whole

NAMES = {"mirna": "mirId", "cancer": "Cancer", "profile": "Profile", "article": "PubMed Article"}
MIRCANCER = 'encoding = "latin-1"' + re.sub(
    r'(?<=")(\w+)(?="$)', lambda word: NAMES.get(word[1], word[1]), MAPPING, flags=re.M
)
MIRCANCER = MIRCANCER.replace("[reference]", 'names = { "breast carcinoma" = "breast cancer" }\n[reference]')
UP_IN_BREAST_CANCER = (
    "miR-106b miR-1246 miR-125b miR-150 miR-150-5p miR-155 miR-181a miR-181b miR-181b-3p miR-200b miR-200c miR-205 "
    "miR-205-5p miR-21 miR-214-3p miR-221 miR-222 miR-223 miR-29a miR-3188"
)


@pytest.mark.slow
def test_real_table_is_taken_in_whole(mirkg: Run, tmp_path: Path) -> None:
    real = ROOT.parent / "shared" / "real" / "miRCancerJune2020.txt"
    if not real.exists():
        pytest.skip("the table of miRCancer states no licence and is not redistributed")
    (tmp_path / "map.toml").write_text(MIRCANCER, "utf-8")
    done = mirkg("import", real, "--mapping", "map.toml", "--data", "mine")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        "9,080 rows: 9,073 became claims, 7 were left",
        "7,267 articles, 5 of them in a review; new entities: 123 Disease, 963 MicroRNA",
    ]
    kept = (tmp_path / "mine/reviews/made-up/unresolved.tsv").read_text("utf-8").splitlines()[1:]
    assert [line.split("\t")[0] for line in kept] == ["1473", "1474", "3337", "3338", "5216", "5673", "7636"]
    assert mirkg("build", "--data", "mine").returncode == 0
    both = graph.open(tmp_path / "mine/mirkg.trig")
    values = {"place": "breast cancer", "in": "import"}
    rows = both.asked("listed-expression", values).answer.dicts()
    assert sorted({row["said_of"] for row in rows if row["state"] == "high expression"}) == UP_IN_BREAST_CANCER.split()
    (row,) = [row for row in rows if row["mirna"] == "miR-21" and row["state"] == "high expression"]
    up = [line.split("\t") for line in real.read_text("latin-1").splitlines()]
    counted = [line for line in up if line[0] == "hsa-mir-21" and line[1] in ("breast cancer", "breast carcinoma")]
    assert row["statements"] == str(sum(line[2] == "up" for line in counted)) == "23"
    across = {row["raising"] for row in both.ask("disagreements") if row["raised_by"] != row["lowered_by"]}
    assert across == {f"{name} is high in breast cancer" for name in ("miR-125b", "miR-142-3p", "miR-155")}


# --- mappings that were made elsewhere

FOREIGN = """# mapping_set_id: "https://example.org/set"
# curie_map:
#   drugbank: "https://identifiers.org/drugbank:"
subject_id\tpredicate_id\tobject_id\tobject_label\tmapping_justification\tpredicate_modifier
DOID:1612\tskos:closeMatch\tMESH:D001943\t\tsemapv:LexicalMatching\t
drugbank:DB00997\tskos:narrowMatch\tCHEBI:64816\tdoxorubicin(1+)\tsemapv:LexicalMatching\t
MESH:D000001\tskos:broadMatch\tchebi:28748\t\tsemapv:LexicalMatching\t
mke:doxorubicin\tskos:relatedMatch\tMESH:D000018\t\tsemapv:ManualMappingCuration\t
DRUGBANK:DB00997\tskos:exactMatch\tCHEBI:28748\t\tsemapv:LexicalMatching\t
CHEBI:1\tskos:exactMatch\tMESH:D000019\t\tsemapv:LexicalMatching\t
DRUGBANK:DB00997\tskos:exactMatch\tMESH:D004317\t\tsemapv:LexicalMatching\t
DRUGBANK:DB00997\towl:sameAs\tMESH:D000020\t\tsemapv:LexicalMatching\t
DRUGBANK:DB00997\tskos:exactMatch\tMESH:D000021\t\tsemapv:LexicalMatching\tNot
DRUGBANK:DB00997\tskos:exactMatch\tXX:1\t\tsemapv:LexicalMatching\t
DRUGBANK:DB00997\tskos:exactMatch\tCHEBI:48120\t\tsemapv:LexicalMatching\t
DRUGBANK:DB00997\tskos:exactMatch\tCHEBI:one\t\tsemapv:LexicalMatching\t
"""


def test_mappings_from_elsewhere_join_those_of_the_entities(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "set.sssom.tsv").write_text(FOREIGN, "utf-8")
    done = mirkg("import", "set.sssom.tsv", "--data", "mine")
    assert done.stdout.splitlines() == [
        "mappings joined: 3, there already: 2",
        "rows about no entity here: 1, left: 6",
        "  line 11: mke:doxorubicin has MESH:D004317 by skos:closeMatch, and this says skos:exactMatch.",
        "  line 12: owl:sameAs is no relation of mappings here: "
        "skos:exactMatch, skos:closeMatch, skos:relatedMatch, skos:broadMatch, skos:narrowMatch.",
        "  line 13: it says that DRUGBANK:DB00997 is not skos:exactMatch.",
        "  line 14: the prefix of 'XX:1' is not in ontology/prefixes.ttl.",
        "  line 15: DRUGBANK:DB00997 and CHEBI:48120 are two entities here.",
        "  line 16: 'CHEBI:one': after CHEBI: stands [0-9]+ in that registry.",
    ]
    assert done.returncode == 1
    before = {tuple(row.cells.values())[:8] for row in tables.read(ROOT / "data/mappings.sssom.tsv", "mappings")}
    after = {tuple(row.cells.values())[:8] for row in tables.read(tmp_path / "mine/mappings.sssom.tsv", "mappings")}
    drug, chained = ("mke:doxorubicin", "doxorubicin"), "semapv:MappingChaining"
    assert after - before == {
        (*drug, "skos:narrowMatch", "CHEBI:64816", "doxorubicin(1+)", chained, "through DRUGBANK:DB00997", SET),
        (*drug, "skos:narrowMatch", "MESH:D000001", "", chained, "through CHEBI:28748", SET),
        (*drug, "skos:relatedMatch", "MESH:D000018", "", "semapv:ManualMappingCuration", "", SET),
    }
    assert not before - after
    again = mirkg("import", "set.sssom.tsv", "--data", "mine")
    assert again.stdout.splitlines()[0] == "mappings joined: 0, there already: 5"


SET = "set.sssom.tsv"


def test_table_without_a_mapping_is_refused(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("a\tb\n1\t2\n", "utf-8")
    done = mirkg("import", "t.tsv", "--data", "mine")
    assert (done.returncode, "only FILE.sssom.tsv needs none" in done.stderr) == (2, True)
    assert not (tmp_path / "mine").exists()
