"""Tables: the forms of the curated rows from which the graph is built, and their strict reading."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mirkg.make.text import Outline, Section
from mirkg.model import files
from mirkg.model.problems import BadInput, Problem

SEPARATOR = "|"


class Column(NamedTuple):
    """Describe one column: its pattern, whether it must be filled, and what its items name."""

    name: str
    pattern: str = r".+"
    required: bool = False
    many: bool = False
    refers: str = ""

    @property
    def means(self) -> str:
        """What the pattern asks for, in words."""
        return _MEANS.get(self.pattern, f"of the form {self.pattern}")


_ID = r"[A-Za-z0-9][A-Za-z0-9.-]*"
_NUMBER = r"[1-9][0-9]*"
_DATE = r"\d{4}-\d{2}-\d{2}"
_DOI = r"10\.\d{4,9}/\S+"
_DIGEST = r"[0-9a-f]{64}"
_NAME = r"[^<>\"{}^`\\]+"
_MEANS = {
    _ID: "letters, digits, dots and hyphens",
    _NUMBER: "a number",
    _DATE: "a date, year-month-day",
    _DOI: "a DOI without a resolver, 10.1000/name",
    r"positive|negative": "positive or negative",
    _DIGEST: "a SHA-256 of 64 hexadecimal digits",
    _NAME: "a name without < > { } quotation marks, backslash, ^ or `",
}
_SIGNATURE = (Column("curator", required=True), Column("date", _DATE, required=True))


def _entities(name: str, *, many: bool = True) -> Column:
    return Column(name, many=many, refers="entities")


FORMS: dict[str, tuple[Column, ...]] = {
    "entities": (
        Column("id", _NAME, required=True),
        Column("label", required=True),
        Column("kind", required=True),
        Column("synonyms", many=True),
        _entities("broader"),
        _entities("arm_of"),
        _entities("member_of"),
        _entities("model_of"),
        _entities("derived_from_line"),
        _entities("elements"),
        *_SIGNATURE,
    ),
    "mappings": (
        Column("subject_id", rf"mke:{_ID}", required=True),
        Column("subject_label", required=True),
        Column("predicate_id", r"skos:(exact|close|broad|narrow|related)Match", required=True),
        Column("object_id", r"[A-Za-z][A-Za-z0-9.]*:\S+", required=True),
        Column("object_label"),
        Column("mapping_justification", r"semapv:\w+", required=True),
        Column("comment"),
        Column("author_label", required=True),
        Column("mapping_date", _DATE, required=True),
    ),
    "components": (
        Column("pathway", required=True, refers="entities"),
        Column("component", required=True, refers="entities"),
        Column("sign", r"positive|negative", required=True),
        Column("source", required=True, many=True),
        *_SIGNATURE,
    ),
    "passages": (
        Column("id", _ID, required=True),
        Column("kind", r"TextPassage|TableCell|ReferenceTitle", required=True),
        Column("section", _ID),
        Column("paragraph", _NUMBER),
        Column("sentence", _NUMBER),
        Column("row", _NUMBER),
        Column("reference", refers="references"),
        Column("digest", _DIGEST, required=True),
        *_SIGNATURE,
    ),
    "references": (
        Column("id", _NUMBER, required=True),
        Column("first_author", required=True),
        Column("year", r"\d{4}", required=True),
        Column("journal"),
        Column("title", required=True),
        Column("pmid", _NUMBER),
        Column("doi", _DOI),
        Column("pmcid", r"PMC\d+"),
        Column("type", required=True),
        Column("status", required=True),
        Column("notice_doi", _DOI),
        Column("status_basis"),
        *_SIGNATURE,
    ),
    "brackets": (
        Column("id", _ID, required=True),
        Column("passage", required=True, refers="passages"),
        Column("references", required=True, many=True, refers="references"),
        *_SIGNATURE,
    ),
    "claims": (
        Column("id", _ID, required=True),
        Column("passage", required=True, refers="passages"),
        Column("kind", required=True),
        Column("subject", required=True, refers="entities"),
        Column("object", required=True),
        _entities("product", many=False),
        Column("bracket", many=True, refers="brackets"),
        Column("basis", required=True, many=True),
        _entities("through"),
        _entities("cells"),
        _entities("compared"),
        _entities("disease"),
        _entities("treatment"),
        Column("subject_form", many=True),
        Column("object_form", many=True),
        Column("mechanism", _ID),
        Column("author"),
        Column("printed_subject"),
        Column("printed_object"),
        Column("denied", r"yes"),
        *_SIGNATURE,
    ),
    "notes": (
        Column("id", _ID, required=True),
        Column("about", required=True, many=True),
        Column("kind", required=True),
        Column("reason", required=True),
        *_SIGNATURE,
    ),
}
REVIEW_FORMS = ("passages", "references", "brackets", "claims", "notes")


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one row with the file and line that it came from."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def items(self, column: str) -> list[str]:
        """Return the items of a cell that can hold several."""
        return [item.strip() for item in self.cells[column].split(SEPARATOR)] if self.cells[column] else []

    def problem(self, column: str, what: str, do: str = "") -> Problem:
        """Return a problem at this row."""
        return Problem(self.file, self.line, column, what, do)


class Review(NamedTuple):
    """Hold one review: what review.toml says of it, and its five tables."""

    id: str
    title: str
    doi: str
    published: str
    scope: str
    outline: Outline
    file: str
    passages: list[Row]
    references: list[Row]
    brackets: list[Row]
    claims: list[Row]
    notes: list[Row]


class Tables(NamedTuple):
    """Hold all tables of one data folder."""

    folder: Path
    entities: list[Row]
    components: list[Row]
    mappings: list[Row]
    reviews: list[Review]


def load(folder: Path) -> Tables:
    """Read the tables of a data folder.

    Raises:
        BadInput: a file is missing, unreadable, not UTF-8, empty, or has other columns than its form.
    """
    problems: list[Problem] = []
    if not folder.is_dir():
        raise BadInput(
            Problem(files.shown(folder), 0, "", "is no folder.", "Name a folder with entities/ and reviews/.")
        )

    def rows(path: Path, form: str) -> list[Row]:
        try:
            return read(path, form)
        except BadInput as bad:
            problems.extend(bad.problems)
            return []

    entities = [row for path in _some(folder / "entities", "*.tsv", problems) for row in rows(path, "entities")]
    mappings = rows(folder / "mappings.sssom.tsv", "mappings")
    components = rows(folder / "components.tsv", "components") if (folder / "components.tsv").exists() else []
    reviews = []
    for path in _some(folder / "reviews", "*/review.toml", problems):
        try:
            reviews.append(_review(path, {form: rows(path.parent / f"{form}.tsv", form) for form in REVIEW_FORMS}))
        except BadInput as bad:
            problems.extend(bad.problems)
    if problems:
        raise BadInput(problems)
    return Tables(folder, entities, components, mappings, reviews)


def _some(folder: Path, pattern: str, problems: list[Problem]) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        problems.append(Problem(files.shown(folder), 0, "", f"has no {pattern}.", "Name a folder with the tables."))
    return found


def _review(path: Path, tables: dict[str, list[Row]]) -> Review:
    file = files.shown(path)
    try:
        told: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        outline = Outline(
            sections=tuple(Section(section["id"], section["heading"]) for section in told["section"]),
            cells={table["id"]: table["cell"] for table in told.get("table", [])},
            authors=tuple(told["authors"]),
            end=told["end"],
        )
        return Review(told["id"], told["title"], told["doi"], told["published"], told["scope"], outline, file, **tables)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(Problem(file, 0, "", f"is not TOML: {error}.", "Mend it.")) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(Problem(file, 0, "", f"cannot be read: {error}.", "Save it as UTF-8.")) from error
    except KeyError as error:
        raise BadInput(
            Problem(file, 0, str(error.args[0]), "is missing.", "Add it; data/README.md shows the form.")
        ) from error


def with_statuses(data: Tables, review: str, statuses: dict[str, str]) -> Tables:
    """Return tables in which some references of a review, by number, have another publication status."""

    def changed(row: Row) -> Row:
        status = statuses.get(row["id"])
        return row if status is None else Row(row.file, row.line, {**row.cells, "status": status})

    reviews = [
        one._replace(references=list(map(changed, one.references))) if one.id == review else one for one in data.reviews
    ]
    return data._replace(reviews=reviews)


def read(path: Path, form: str) -> list[Row]:
    """Read one table strictly; a byte order mark and Windows line ends are accepted.

    Raises:
        BadInput: see `load`.
    """
    file, columns = files.shown(path), [column.name for column in FORMS[form]]
    lines = _lines(path)
    if form == "mappings":  # the SSSOM header stands in comment lines
        lines = [(number, line) for number, line in lines if not line.startswith("#")]
    if not lines:
        raise BadInput(Problem(file, 0, "", "is empty.", f"Start it with the columns: {' '.join(columns)}."))
    number, header = lines[0]
    if header.split("\t") != columns:
        raise BadInput(_header_problem(file, number, header.split("\t"), columns))
    problems = []
    rows = []
    for number, line in lines[1:]:
        cells = line.split("\t")
        if len(cells) == len(columns):
            rows.append(Row(file, number, dict(zip(columns, cells, strict=True))))
        else:
            what = f"has {len(cells)} cells where the header has {len(columns)}."
            problems.append(Problem(file, number, "", what, "Look for a stray or missing tab."))
    if problems:
        raise BadInput(problems)
    return rows


def _lines(path: Path) -> list[tuple[int, str]]:
    content = files.user_text(path, "Add the file, or make it readable.")
    lines = enumerate(content.replace("\r\n", "\n").split("\n"), 1)
    return [(number, line) for number, line in lines if line]


def _header_problem(file: str, number: int, found: list[str], columns: list[str]) -> Problem:
    missing = [name for name in columns if name not in found]
    extra = [name for name in found if name not in columns]
    faults = [f"lacks the column {name}" for name in missing] + [f"has a column {name!r} too many" for name in extra]
    what = ", ".join(faults) or "has its columns in another order"
    return Problem(file, number, ", ".join(missing + extra), what + ".", f"The columns are: {' '.join(columns)}.")
