"""Tables: the curated rows from which the graph is built, and their strict reading."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from mirkg.make import sssom
from mirkg.make.forms import DATE, DOI, FORMS, ID, LONGEST, OWN_BASE, REVIEW_FORMS, Column, fits
from mirkg.make.text import Outline, Section
from mirkg.model import files
from mirkg.model.iris import slug
from mirkg.model.problems import BadInput, Problem
from mirkg.model.vocabulary import BASE

SEPARATOR = "|"
_LONGEST = 400  # characters of what is wrong


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
        told = what if len(what) < _LONGEST else f"{what[:200]} … {what[-150:]}"
        return Problem(self.file, self.line, column, told, do)


class Review(NamedTuple):
    """Hold one review, or one statement table: what review.toml says of it, and its five tables."""

    id: str
    kind: str
    base: str
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

    @property
    def bases(self) -> dict[str, str]:
        """The bases of the entities that a review defines, in the file of entities with its name, by their slugs."""
        own = {review.id: review.base for review in self.reviews}
        found = ((slug(row["id"]), own.get(Path(row.file).stem, BASE)) for row in self.entities)
        return {name: base for name, base in found if base != BASE}


def load(folder: Path) -> Tables:
    """Read the tables of a data folder.

    Raises:
        BadInput: a file is missing, unreadable, not UTF-8, empty, or has other columns than its form.
    """
    problems: list[Problem] = []
    data = _shared(folder, problems)
    reviews = []
    for path in _some(folder / "reviews", "*/review.toml", problems):
        try:
            reviews.append(
                _review(path, {form: _rows(path.parent / f"{form}.tsv", form, problems) for form in REVIEW_FORMS})
            )
        except BadInput as bad:
            problems.extend(bad.problems)
    if problems:
        raise BadInput(problems)
    return data._replace(reviews=reviews)


def shared(folder: Path) -> Tables:
    """Read the tables of a data folder that its reviews share: entities, components and mappings.

    Raises:
        BadInput: see `load`.
    """
    problems: list[Problem] = []
    data = _shared(folder, problems)
    if problems:
        raise BadInput(problems)
    return data


def described(path: Path) -> Review:
    """Read what a review.toml says of a review, without the tables beside it.

    Raises:
        BadInput: it is missing or unreadable, or lacks something.
    """
    return _review(path, {form: [] for form in REVIEW_FORMS})


def _shared(folder: Path, problems: list[Problem]) -> Tables:
    if not folder.is_dir():
        raise BadInput(
            Problem(files.shown(folder), 0, "", "is no folder.", "Name a folder with entities/ and reviews/.")
        )
    entities = [
        row for path in _some(folder / "entities", "*.tsv", problems) for row in _rows(path, "entities", problems)
    ]
    mappings = _rows(folder / "mappings.sssom.tsv", "mappings", problems)
    told = folder / "components.tsv"
    components = _rows(told, "components", problems) if told.exists() else []
    return Tables(folder, entities, components, mappings, [])


def _rows(path: Path, form: str, problems: list[Problem]) -> list[Row]:
    try:
        return read(path, form)
    except BadInput as bad:
        problems.extend(bad.problems)
        return []


def _some(folder: Path, pattern: str, problems: list[Problem]) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        problems.append(Problem(files.shown(folder), 0, "", f"has no {pattern}.", "Name a folder with the tables."))
    return found


def _review(path: Path, tables: dict[str, list[Row]]) -> Review:
    file = files.shown(path)
    form = "data/README.md shows the form."
    try:
        told = tomllib.loads(files.user_text(path, "Save it as UTF-8."))
    except (ValueError, RecursionError) as error:  # TOML, and what it cannot hold: huge numbers, deep nesting
        what = "is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise BadInput(Problem(file, 0, "", f"is not TOML: {what}.", "Mend it.")) from error
    try:
        kind = told_text({"kind": "review"} | told, "kind", "review|table")
        base = told_text({"base": BASE} | told, "base", OWN_BASE)
        told["published"] = str(told["published"])  # TOML reads a bare date as one
        outline = _outline(told) if kind == "review" else Outline((), {}, (), "")
        without = () if kind == "review" else ("doi", "scope")
        facts: dict[str, Any] = {
            name: "" if name in without else told_text(told, name, pattern) for name, pattern in _FACTS.items()
        }
    except KeyError as error:
        raise BadInput(Problem(file, 0, str(error.args[0]), "is missing.", f"Add it; {form}")) from error
    except TypeError as error:
        raise BadInput(Problem(file, 0, error.args[0], error.args[1], f"Correct it; {form}")) from error
    return Review(**facts | tables, kind=kind, base=base, outline=outline, file=file)


def _outline(told: dict[str, Any]) -> Outline:
    return Outline(
        sections=tuple(
            Section(told_text(one, "id"), told_text(one, "heading")) for one in _list(told, "section", dict)
        ),
        cells={told_text(one, "id"): told_text(one, "cell") for one in _list(told, "table", dict, [])},
        authors=tuple(_list(told, "authors", str)),
        end=told_text(told, "end"),
    )


_FACTS = {"id": ID, "title": r".+", "doi": DOI, "published": DATE, "scope": r".+"}


def told_text(told: dict[str, Any], name: str, pattern: str = r".+") -> str:
    """Return a text of a description; raise TypeError with its name and what is wrong."""
    value = told[name]
    if not isinstance(value, str):
        raise TypeError(name, "is no text.")
    if len(value) > LONGEST or not fits(pattern, value):
        raise TypeError(name, f"{value[:60]!r} is not {Column(name, pattern).means}.")
    return value


def _list(told: dict[str, Any], name: str, kind: type, default: list[Any] | None = None) -> list[Any]:
    value = told[name] if default is None else told.get(name, default)
    if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):
        raise TypeError(name, f"is no list of {'texts' if kind is str else 'tables'}.")
    return value


def with_statuses(data: Tables, review: str, statuses: dict[str, str]) -> Tables:
    """Return tables in which some references of a review, by number, have another publication status."""

    def changed(row: Row) -> Row:
        status = statuses.get(row["id"])
        return row if status is None else Row(row.file, row.line, {**row.cells, "status": status})

    reviews = [
        one._replace(references=list(map(changed, one.references))) if one.id == review else one for one in data.reviews
    ]
    return data._replace(reviews=reviews)


def read(path: Path, form: str, lax: tuple[str, ...] = ()) -> list[Row]:
    """Read one table strictly, by the names of its columns, in whatever order they stand; `lax` ones may be missing.

    A byte order mark, the line ends of any system and the quotation marks that spreadsheets put around cells are
    accepted; of SSSOM also its further columns, and what its header says for all rows.

    Raises:
        BadInput: see `load`.
    """
    file, columns = files.shown(path), list(dict.fromkeys([*(column.name for column in FORMS[form]), *lax]))
    lines = _lines(path)
    told: dict[str, list[tuple[int, str]]] = {}
    if form == "mappings":  # the SSSOM header stands in comment lines
        told = sssom.header((number, line) for number, line in lines if line.startswith("#"))
        lines = [(number, line) for number, line in lines if not line.startswith("#")]
    if not lines:
        raise BadInput(Problem(file, 0, "", "is empty.", f"Start it with the columns: {' '.join(columns)}."))
    number, header = lines[0][0], cells(lines[0][1])
    optional = (
        {column.name for column in FORMS[form] if not column.required} | set(told) | set(lax)
        if form == "mappings"
        else set()
    )
    further = sssom.FURTHER if form == "mappings" else frozenset()
    wrong = set(columns) - optional - set(header) or set(header) - set(columns) - further
    if wrong or len(set(header)) < len(header):
        raise BadInput(header_problem(file, number, header, columns, optional | further))
    given = {slot: SEPARATOR.join(value for _, value in values) for slot, values in told.items() if slot not in header}
    problems = list(sssom.disagreeing(file, told))
    rows = []
    for number, line in lines[1:]:
        found = cells(line)
        if len(found) == len(header):
            named = given | dict(zip(header, found, strict=True))
            rows.append(Row(file, number, {name: named.get(name, "") for name in columns}))
        else:
            problems.append(broken(file, number, line, len(found), len(header)))
    if problems:
        raise BadInput(problems)
    return rows


def broken(file: str, number: int, line: str, found: int, asked: int) -> Problem:
    """Return what is wrong with a line that has other cells than the header."""
    do = "Look for a stray or missing tab."
    if line.count('"') % 2:
        do = "Look for a line break or a tab inside quotation marks, and for a stray or missing tab."
    return Problem(file, number, "", f"has {found} cells where the header has {asked}.", do)


def cells(line: str) -> list[str]:
    """Return the cells of a line; one in quotation marks, as spreadsheets write them, without them."""
    cells = line.split("\t")
    if '"' not in line:
        return cells
    return [cell[1:-1].replace('""', '"') if _QUOTED.fullmatch(cell) else cell for cell in cells]


_QUOTED = re.compile(r'"(?:[^"]|"")*+"')


def _lines(path: Path) -> list[tuple[int, str]]:
    content = files.user_text(path, "Add the file, or make it readable.")
    lines = enumerate(content.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1)
    return [(number, line) for number, line in lines if line.strip()]


def header_problem(
    file: str, number: int, found: list[str], columns: list[str], beside: AbstractSet[str] = frozenset()
) -> Problem:
    """Return what is wrong with a header that lacks a column, has one too many, or one twice."""
    missing = [name for name in columns if name not in found and name not in beside]
    extra = [name for name in found if name not in columns and name not in beside]
    faults = [f"lacks the column {name}" for name in missing] + [f"has a column {name!r} too many" for name in extra]
    what = ", ".join(faults) or "has a column twice"
    do = f"The columns are: {' '.join(columns)}."
    if len(found) == 1 and re.search(r"[,;]", found[0]):
        do = f"Separate the columns by tabs. {do}"
    return Problem(file, number, ", ".join(missing + extra)[:200], what[:400] + ".", do)
