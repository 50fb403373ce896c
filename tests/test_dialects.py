"""Tables as spreadsheets and other tools write them: read to the same rows, or refused with place and remedy."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Run, change
from mirkg.make import build, integrity, tables
from mirkg.make.forms import LONGEST
from mirkg.make.mentions import Namer
from mirkg.make.text import passages
from mirkg.model import iris
from mirkg.model.problems import BadInput
from test_tables import edited, line_of

REFERENCES = "reviews/amiri-2024/references.tsv"
MAPPINGS = "mappings.sssom.tsv"
REVIEW = "reviews/amiri-2024/review.toml"


def quoted(line: str) -> str:
    return "\t".join('"' + cell.replace('"', '""') + '"' for cell in line.split("\t"))


def moved(line: str) -> str:
    return "\t".join(line.split("\t")[::-1])


DIALECTS: dict[str, Callable[[str], str]] = {
    "byte order mark": lambda text: "\ufeff" + text,
    "old line ends": lambda text: text.replace("\n", "\r"),
    "quotation marks": lambda text: "\n".join(map(quoted, text.splitlines())) + "\n",
    "moved columns": lambda text: "\n".join(map(moved, text.splitlines())) + "\n",
    "empty rows": lambda text: text + "\t\t\t\t\n\n \n",
}


def cells(loaded: tables.Tables) -> list[dict[str, str]]:
    return [row.cells for row in [*loaded.entities, *loaded.mappings, *loaded.reviews[0].references]]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialect_of_a_spreadsheet_is_read(data: Path, dialect: str) -> None:
    before = cells(tables.load(data))
    for name in (REFERENCES, "entities/genes.tsv"):
        path = data / name
        path.write_bytes(DIALECTS[dialect](path.read_text("utf-8")).encode())
    assert cells(tables.load(data)) == before


@pytest.mark.parametrize(
    ("content", "what", "do"),
    [
        (lambda text: text.replace("\t", ","), "lacks the column id", "Separate the columns by tabs."),
        (lambda text: text.replace("\t", ";"), "lacks the column id", "Separate the columns by tabs."),
        (lambda text: text.replace("journal", "title", 1), "lacks the column journal", "The columns are"),
        (lambda text: text.replace("\tBreast cancer statistics,", '\t"Breast\ncancer"'), "has 5 cells", "line break"),
    ],
)  # fmt: skip
def test_table_that_cannot_be_read_says_what_to_do(
    data: Path, content: Callable[[str], str], what: str, do: str
) -> None:
    path = data / REFERENCES
    path.write_text(content(path.read_text("utf-8")), "utf-8")
    with pytest.raises(BadInput) as caught:
        tables.load(data)
    assert any(what in problem.what and do in problem.do for problem in caught.value.problems)


# --- SSSOM


def condensed(text: str) -> str:
    """Write mappings as sssom-py does: its order of columns and rows, in the header what is the same in all rows."""
    lines = text.splitlines()
    head = [line for line in lines if line.startswith("#")]
    header, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
    same = {name for name, *cells in zip(header, *rows, strict=True) if len(set(cells)) == 1}
    assert "mapping_justification" in same
    order = [name for name in header if name not in same | {"comment"}] + ["comment"]
    kept = sorted("\t".join(row[header.index(name)] for name in order) for row in rows)
    prefixes = [re.sub(r'"(.*)"', r"'\1'", line) for line in head]
    slots = [f"# {name}: {rows[0][header.index(name)]}" for name in sorted(same)]
    return "\n".join([*prefixes, *slots, "\t".join(order), *kept]) + "\n"


def further(text: str) -> str:
    """Add columns that SSSOM has and the graph has not."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    lines[start] = f"confidence\t{lines[start]}\tmapping_tool"
    lines[start + 1 :] = [f"0.9\t{line}\thand" for line in lines[start + 1 :]]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("written", [condensed, further])
def test_what_sssom_tools_write_builds_the_same_mappings(data: Path, written: Callable[[str], str]) -> None:
    path = data / MAPPINGS
    before = sorted(map(str, (row.cells for row in tables.load(data).mappings)))
    path.write_text(written(path.read_text("utf-8")), "utf-8")
    loaded = tables.load(data)
    assert sorted(map(str, (row.cells for row in loaded.mappings))) == before
    assert integrity.problems(loaded) == []
    assert integrity.order_problems(loaded) == []


def test_prefix_that_means_something_else_is_refused_with_its_line(data: Path) -> None:
    line = change(data / MAPPINGS, "http://purl.obolibrary.org/obo/CHEBI_", "http://example.org/chebi/")
    with pytest.raises(BadInput) as caught:
        tables.load(data)
    [problem] = caught.value.problems
    assert problem.line == line
    assert problem.what.startswith("CHEBI is http://example.org/chebi/ here, and http://purl.obolibrary.org")


def test_unknown_column_of_mappings_is_refused(data: Path) -> None:
    change(data / MAPPINGS, "\tcomment\t", "\tremark\t")
    with pytest.raises(BadInput, match="has a column 'remark' too many"):
        tables.load(data)


@pytest.mark.parametrize(
    ("identifier", "what"),
    [
        ("HGNC:HGNC:9588", "Write HGNC:9588"),
        ("HGNC:PTEN", "after HGNC: stands"),
        ("CHEBI:CHEBI:28748", "after CHEBI: stands"),
        ("MESH:123", "after MESH: stands"),
        ("UniProtKB:PTEN_HUMAN", "after UniProtKB: stands"),
        *((f"HGNC:95{bad}88", "is not a CURIE") for bad in ("<", "{", "[", "%zz", " ", "\\", "|", '"x')),
    ],
)
def test_accession_that_is_none_is_refused(data: Path, identifier: str, what: str) -> None:
    path = data / MAPPINGS
    lines = path.read_text("utf-8").splitlines()
    number = next(number for number, line in enumerate(lines) if "\tHGNC:9588\t" in line)
    lines[number] = lines[number].replace("HGNC:9588", identifier)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    found = [problem for problem in integrity.problems(tables.load(data)) if problem.column == "object_id"]
    assert [problem.line for problem in found if re.search(what, problem.what)] == [number + 1]


# --- cells that no graph can hold


def test_doi_with_odd_characters_becomes_an_address(data: Path) -> None:
    odd = ["10.1002/(SICI)1<1::AID-X>2", "10.1002/{x}", "10.1002/[x]", "10.1002/a\\b", '10.1002/a"b']
    for number, doi in enumerate(odd, 64):
        edited(data / REFERENCES, line_of(data / REFERENCES, str(number)), "doi", doi)
    built = build.build(tables.load(data))
    assert {iris.doi(doi) for doi in odd} <= {quad.object for quad in built.quads}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("doi", "10.1002/a%zz"),
        ("doi", "10.1002/a b"),
        ("year", "２０２４"),
        ("pmid", "9" * 5_000),
        ("date", "2024-13-45"),
        ("title", "x" * (LONGEST + 1)),
        ("title", "a\x7fb"),
        ("title", "a\ue000b"),
    ],
)
def test_cell_that_cannot_be_is_refused_with_its_place(data: Path, column: str, value: str) -> None:
    path = data / REFERENCES
    line = line_of(path, "64")
    edited(path, line, column, value)
    found = integrity.problems(tables.load(data))
    assert [(problem.line, problem.column) for problem in found] == [(line, column)]
    assert len(str(found[0])) < 700 and found[0].do


@pytest.mark.parametrize("value", ["-", "²", "a²", "1" * 5_000])
def test_order_of_odd_digits_is_told_without_breaking(data: Path, value: str) -> None:
    edited(data / REFERENCES, line_of(data / REFERENCES, "64"), "id", value)
    integrity.order_problems(tables.load(data))
    assert integrity.problems(tables.load(data))


TITLE = 'title = "Crosstalk between miRNAs'


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('scope = "breast-cancer"', "scope = 1", "is no text."),
        ('scope = "breast-cancer"', "scope = []", "is no text."),
        ('doi = "10.1515/hmbci-2024-0066"', 'doi = "10.1515/<x y>"', "is not a DOI"),
        ('id = "amiri-2024"', 'id = "a b"', "is not letters, digits"),
        ('published = "2024-12-13"', 'published = "soon"', "is not a date"),
        ('published = "2024-12-13"', "published = 2024-12-13T00:00:00Z", "is not a date"),
        ('end = "Acknowledgments:"', 'end = "Acknowledgments:"\nauthors = 1', "is not TOML"),
        (TITLE, "table = 3\n" + TITLE, "is not TOML|is no list of tables."),
        (TITLE, "x = " + "[" * 5_000 + "]" * 5_000 + "\n" + TITLE, "is nested too deep"),
        (TITLE, f"x = {'9' * 5_000}\n{TITLE}", "is not TOML"),
        (TITLE, "\0" + TITLE, "is not TOML"),
    ],
)
def test_description_of_other_types_is_refused(data: Path, old: str, new: str, what: str) -> None:
    change(data / REVIEW, old, new)
    with pytest.raises(BadInput) as caught:
        tables.load(data)
    assert all(problem.file.endswith("review.toml") and problem.do for problem in caught.value.problems)
    assert re.search(what, str(caught.value))


def test_date_that_toml_reads_as_a_date_is_one(data: Path) -> None:
    change(data / REVIEW, 'published = "2024-12-13"', "published = 2024-12-13")
    path = data / REVIEW
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert tables.load(data).reviews[0].published == "2024-12-13"


def test_pipe_that_nobody_writes_to_is_not_waited_for(data: Path, mirkg: Run) -> None:
    import os

    path = data / "components.tsv"
    path.unlink()
    os.mkfifo(path)
    done = mirkg("check", "--data", data)
    assert (done.returncode, "it is no regular file" in done.stderr) == (2, True)


HOSTILE = ["miR-21 " * 700, "a" * 5_000, " " * 5_000, "NF-" * 1_600, "-" * 5_000, "κ " * 2_500, "miR-1" + "/4" * 2_400]


@pytest.mark.parametrize("title", HOSTILE)
def test_longest_titles_are_read_soon(title: str, request: pytest.FixtureRequest) -> None:
    import time

    namer = Namer(tables.load(Path(str(request.config.rootpath)) / "data").entities)
    begun = time.process_time()
    namer.mentioned(title)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "text", ["A. " * 200_000, "a\n\n" * 100_000, "\f" * 500_000 + "x", "Abstract: " + "a\n\n" * 100_000, ". " * 200_000]
)
def test_texts_are_split_in_time_that_grows_with_them(text: str, request: pytest.FixtureRequest) -> None:
    import time

    outline = tables.load(Path(str(request.config.rootpath)) / "data").reviews[0].outline
    begun = time.process_time()
    passages(text, outline)
    assert time.process_time() - begun < 10


def test_two_reviews_of_one_id_are_refused(data: Path) -> None:
    import shutil

    shutil.copytree(data / "reviews/amiri-2024", data / "reviews/again")
    found = integrity.problems(tables.load(data))
    assert "'amiri-2024' is another review's id." in [problem.what for problem in found]
