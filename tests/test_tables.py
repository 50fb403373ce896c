"""What is wrong with a table is told with its file, line and column, whoever wrote the table."""

import random
from pathlib import Path

import pytest

from conftest import Run, change
from mirkg.make import integrity, tables
from mirkg.model.problems import BadInput, Problem

CLAIMS = "reviews/amiri-2024/claims.tsv"
ENTITIES = "entities/genes.tsv"


def refused(data: Path) -> list[Problem]:
    with pytest.raises(BadInput) as caught:
        tables.load(data)
    return caught.value.problems


def problems(data: Path) -> list[Problem]:
    return integrity.problems(tables.load(data))


def edited(path: Path, line: int, column: str, value: str) -> None:
    """Set one cell of a table by line number and column."""
    lines = path.read_text("utf-8").splitlines()
    cells = lines[line - 1].split("\t")
    cells[lines[0].split("\t").index(column)] = value
    lines[line - 1] = "\t".join(cells)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def line_of(path: Path, start: str) -> int:
    return next(
        number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line.startswith(start + "\t")
    )


def test_our_tables_hold_together_and_are_sorted(data: Path) -> None:
    loaded = tables.load(data)
    assert integrity.problems(loaded) == []
    assert integrity.order_problems(loaded) == []


# --- reading


def test_missing_and_extra_columns_are_named(data: Path) -> None:
    change(data / CLAIMS, "\tbasis\t", "\tbasics\t")
    [problem] = refused(data)
    assert problem.line == 1
    assert problem.what == "lacks the column basis, has a column 'basics' too many."
    assert "The columns are: id passage kind" in problem.do


def test_stray_tab_is_told_with_its_line(data: Path) -> None:
    line = change(data / ENTITIES, "ZEB1\tZEB1", "ZEB1\t\tZEB1")
    [problem] = refused(data)
    assert (problem.line, problem.what) == (line, "has 13 cells where the header has 12.")
    assert problem.file.endswith("genes.tsv")


def test_bytes_that_are_not_utf8_are_told_with_their_line(data: Path) -> None:
    path = data / ENTITIES
    line = line_of(path, "CDH1")
    path.write_bytes(path.read_bytes().replace(b"E-cadherin", b"E-cadh\xe9rin"))
    [problem] = refused(data)
    assert (problem.line, problem.what) == (line, "is not UTF-8.")


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_empty_table_is_refused(data: Path, content: str) -> None:
    (data / CLAIMS).write_text(content)
    [problem] = refused(data)
    assert problem.what == "is empty."


def test_missing_table_and_folder_are_refused(data: Path, tmp_path: Path) -> None:
    (data / CLAIMS).unlink()
    assert [problem.what for problem in refused(data)] == ["cannot be read (No such file or directory)."]
    assert [problem.what for problem in refused(tmp_path / "nowhere")] == ["is no folder."]
    (tmp_path / "empty").mkdir()
    assert sorted(problem.what for problem in refused(tmp_path / "empty")) == [
        "cannot be read (No such file or directory).",
        "has no *.tsv.",
        "has no */review.toml.",
    ]


def test_byte_order_mark_and_windows_lines_are_read(data: Path) -> None:
    before = tables.load(data)
    path = data / CLAIMS
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert tables.load(data) == before


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [('scope = "', "scope = ", "is not TOML"), ('scope = "breast-cancer"', "", "is missing.")],
)
def test_broken_description_of_a_review_is_refused(data: Path, old: str, new: str, what: str) -> None:
    change(data / "reviews/amiri-2024/review.toml", old, new)
    [problem] = refused(data)
    assert what in problem.what


# --- integrity


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "what"),
    [
        (CLAIMS, "interaction-1-8-1", "subject", "miR-999", "'miR-999' is not in entities."),
        (CLAIMS, "interaction-1-8-1", "object", "PTENN", "'PTENN' is not in entities. The nearest is PTEN"),
        (CLAIMS, "interaction-1-8-1", "kind", "Resistance", "'Resistance' is none of "),
        (
            CLAIMS,
            "interaction-1-8-1",
            "basis",
            "Gain|Guess",
            "'Guess' is none of Association, Gain, Loss, Unspecified.",
        ),
        (CLAIMS, "interaction-1-8-1", "basis", "", "is empty."),
        (CLAIMS, "interaction-1-8-1", "passage", "interaction-9-9", "'interaction-9-9' is not in passages."),
        (CLAIMS, "interaction-1-8-1", "bracket", "interaction-1-8-b7", "'interaction-1-8-b7' is not in brackets."),
        (CLAIMS, "interaction-1-8-1", "product", "PTEN", "a Conversion has a product, and nothing else has one."),
        (CLAIMS, "interaction-1-8-1", "date", "25.11.2026", "'25.11.2026' is not a date, year-month-day."),
        (CLAIMS, "interaction-1-8-1", "author", "Lee et al. ", "starts or ends with white space."),
        (CLAIMS, "interaction-1-6-1", "object", "miR-130b/ActivationEffect", "is no proposition."),
        (CLAIMS, "table-1-row-4-1", "kind", "ResistanceEffect", "ResistanceEffect signs a table cell"),
        (CLAIMS, "title-72-1", "bracket", "interaction-1-17-b1", "a title or an abstract cites nothing."),
        (
            "reviews/amiri-2024/brackets.tsv",
            "interaction-1-8-b1",
            "references",
            "67|113",
            "'113' is not in references.",
        ),
        ("reviews/amiri-2024/references.tsv", "64", "status", "fine", "'fine' is none of active, concern"),
        ("reviews/amiri-2024/references.tsv", "64", "doi", "doi:10.1/x", "is not a DOI without a resolver"),
        ("reviews/amiri-2024/passages.tsv", "interaction-1-8", "digest", "abc", "is not a SHA-256"),
        ("reviews/amiri-2024/notes.tsv", "note-1", "about", "table-9", "'table-9' is no claim and no reference."),
        ("reviews/amiri-2024/notes.tsv", "note-1", "kind", "doubtful", "'doubtful' is none of ambiguous"),
        (ENTITIES, "PTEN", "kind", "Protein", "'Protein' is none of "),
        (ENTITIES, "PTEN", "synonyms", "tamoxifen", "'tamoxifen' is also a name of 'tamoxifen'."),
        (ENTITIES, "PTEN", "label", "PT\x07EN", "holds a control character."),
        (ENTITIES, "PTEN", "broader", "apoptosis", "a Gene cannot be part of a BiologicalProcess."),
        (ENTITIES, "PTEN", "broader", "PTEN", "'PTEN' is itself part of 'PTEN'."),
        (ENTITIES, "PTEN", "id", "<PTEN>", "is not a name without < >"),
        (
            ENTITIES,
            "PTEN",
            "member_of",
            "phosphatases",
            "'phosphatases' is not in entities. The nearest is phosphatase",
        ),
    ],
)
def test_bad_cell_is_told_with_line_and_column(
    data: Path, table: str, row: str, column: str, value: str, what: str
) -> None:
    line = line_of(data / table, row)
    edited(data / table, line, column, value)
    found = problems(data)
    assert [problem for problem in found if problem.line == line and problem.column == column and what in problem.what]
    assert all(problem.do for problem in found)


def test_duplicate_rows_are_told_with_both_lines(data: Path) -> None:
    path = data / CLAIMS
    lines = path.read_text("utf-8").splitlines()
    first = line_of(path, "interaction-1-8-1")
    again = lines[first - 1].replace("interaction-1-8-1\t", "interaction-1-8-9\t")
    path.write_text("\n".join([*lines, again, lines[first - 1]]) + "\n", "utf-8")
    assert [(problem.line, problem.what) for problem in problems(data)] == [
        (len(lines) + 1, f"'interaction-1-8-9' says the same as line {first} ('interaction-1-8-1')."),
        (len(lines) + 2, f"'interaction-1-8-1' repeats line {first} ('interaction-1-8-1')."),
    ]


def test_two_names_of_one_iri_are_refused(data: Path) -> None:
    path = data / "entities/pathways.tsv"
    lines = path.read_text("utf-8").splitlines()
    row = line_of(path, "PI3K-AKT-pathway")
    path.write_text(
        "\n".join([*lines, lines[row - 1].replace("PI3K-AKT-pathway\t", "PI3K/AKT pathway\t", 1)]) + "\n", "utf-8"
    )
    assert f"'PI3K/AKT pathway' gives the same name in an IRI as line {row} ('PI3K-AKT-pathway')." in [
        problem.what for problem in problems(data)
    ]


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("subject_id", "mke:PTENN", "'mke:PTENN' is not in entities."),
        ("subject_label", "Pten", "'Pten' is not the label 'PTEN'."),
        ("object_id", "FOO:1", "the prefix 'FOO' is not in ontology/prefixes.ttl."),
        ("predicate_id", "owl:sameAs", "is not of the form skos:"),
    ],
)
def test_bad_mapping_is_told(data: Path, column: str, value: str, what: str) -> None:
    path = data / "mappings.sssom.tsv"
    lines = path.read_text("utf-8").splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith("mke:PTEN\t"))
    header = next(line for line in lines if not line.startswith("#")).split("\t")
    cells = lines[number].split("\t")
    cells[header.index(column)] = value
    lines[number] = "\t".join(cells)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    assert [problem.line for problem in problems(data) if what in problem.what] == [number + 1]


def test_order_is_told_and_numbers_sort_as_numbers(data: Path) -> None:
    path = data / CLAIMS
    header, *rows = path.read_text("utf-8").splitlines()
    assert rows.index(next(r for r in rows if r.startswith("interaction-1-2-1\t"))) < rows.index(
        next(r for r in rows if r.startswith("interaction-1-10-1\t"))
    )
    random.Random(1).shuffle(rows)
    path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    loaded = tables.load(data)
    assert integrity.problems(loaded) == []
    [problem] = integrity.order_problems(loaded)
    assert problem.what.endswith("is out of order.")


# --- the command


def test_check_and_build_refuse_what_cannot_be_read_with_two(mirkg: Run, data: Path) -> None:
    change(data / ENTITIES, "ZEB1\tZEB1", "ZEB1\t\tZEB1")
    for command in ("check", "build"):
        done = mirkg(command, "--data", data)
        assert done.returncode == 2
        assert "genes.tsv:" in done.stderr and "Look for a stray or missing tab." in done.stderr
    assert not list(data.glob("*.trig")) and not list(data.glob(".*"))


def test_check_finds_what_does_not_hold_with_one(mirkg: Run, data: Path) -> None:
    edited(data / CLAIMS, line_of(data / CLAIMS, "table-1-row-4-1"), "kind", "ResistanceEffect")
    done = mirkg("check", "--data", data)
    assert done.returncode == 1
    assert "claims.tsv:" in done.stdout and "signs a table cell" in done.stdout
    assert done.stdout.endswith("1 problem\n")
    assert mirkg("build", "--data", data).returncode == 2


# --- components of pathways


def component(data: Path, old: str, new: str) -> list[Problem]:
    change(data / "components.tsv", old, new)
    return problems(data)


def test_component_of_what_is_no_pathway_or_no_molecule_is_told(data: Path) -> None:
    [problem] = component(data, "EGFR-PI3K-pathway\tEGFR", "EGFR\tEGFR")
    assert (problem.column, problem.what) == ("pathway", "'EGFR' is a Gene.")
    [_, problem] = component(data, "HER2-pathway\tERBB2", "HER2-pathway\ttamoxifen")
    assert (problem.column, problem.what) == ("component", "'tamoxifen' is a Drug.")


def test_component_with_both_signs_or_no_source_is_told(data: Path) -> None:
    path = data / "components.tsv"
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("HER2-pathway"))
    path.write_text(path.read_text("utf-8") + line.replace("positive", "negative") + "\n", "utf-8")
    assert [problem.column for problem in problems(data)] == ["component"]
    cells = line.split("\t")
    change(path, line, "\t".join([*cells[:3], "", *cells[4:]]))
    assert ("source", "is empty.") in [(problem.column, problem.what) for problem in problems(data)]


def test_sign_of_a_component_is_positive_or_negative(data: Path) -> None:
    [problem] = component(data, "HER2-pathway\tERBB2\tpositive", "HER2-pathway\tERBB2\tup")
    assert problem.what == "'up' is not positive or negative."


def test_tables_without_components_build(data: Path) -> None:
    (data / "components.tsv").unlink()
    assert problems(data) == []
