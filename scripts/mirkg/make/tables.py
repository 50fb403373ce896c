"""Tables: the curated rows from which the graph is built, and their strict reading."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mirkg.make.forms import FORMS, REVIEW_FORMS
from mirkg.make.text import Outline, Section
from mirkg.model import files
from mirkg.model.problems import BadInput, Problem

SEPARATOR = "|"


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
