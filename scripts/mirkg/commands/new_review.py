"""New review: the folder of a review of one's own, read from its text as far as it can be."""

from __future__ import annotations

import argparse
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from mirkg.commands import common
from mirkg.make import draft, integrity, text
from mirkg.make.draft import Draft
from mirkg.make.forms import FORMS, ID, OWN_BASE, Column
from mirkg.make.tables import Row
from mirkg.model import files
from mirkg.model.problems import BadInput

HELP = "Make the tables of a review of your own from its text, as far as they can be read."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("slug", metavar="SLUG", help="its name in IRIs and folders, such as doe-2025")
    parser.add_argument("text", metavar="TEXT", help="a text file with the review")
    parser.add_argument("--base", metavar="IRI", required=True, help="what the IRIs of its own things begin with")
    parser.add_argument("--data", metavar="DIR", required=True, help="the folder of tables; made if there is none")
    parser.add_argument("--curator", metavar="NAME", required=True, help="who signs the rows")


def run(arguments: argparse.Namespace) -> int:
    """Make the tables and say what could not be read; return 1 where something could not."""
    if not re.fullmatch(ID, arguments.slug):
        raise BadInput(f"{arguments.slug!r} is no name: write letters, digits, dots and hyphens, such as doe-2025.")
    if not re.fullmatch(OWN_BASE, arguments.base):
        raise BadInput(f"{arguments.base!r} is no base. Write {Column('base', OWN_BASE).means}.")
    folder = Path(arguments.data)
    source = folder / "reviews" / arguments.slug
    if source.exists():
        raise BadInput(
            f"{files.shown(source)} is there already, and nothing was changed. Give the review another name."
        )
    found = draft.drafted(text.read(arguments.text), arguments.curator, datetime.now(UTC).date().isoformat())
    content = {str(source / "review.toml"): _described(arguments, found)}
    content |= {str(source / f"{form}.tsv"): _table(form, rows) for form, rows in found.rows.items()}
    entities = folder / "entities" / f"{arguments.slug}.tsv"
    for path, form in ((folder / "mappings.sssom.tsv", "mappings"), (entities, "entities")):
        if not path.exists():
            content[str(path)] = _table(form, [])
    files.write({path: told.encode() for path, told in content.items()})
    counts = {form: len(rows) for form, rows in found.rows.items()}
    print(f"{len(found.outline.sections)} sections, {counts['passages']} passages, {counts['references']} references, "
          f"{counts['brackets']} brackets  {files.shown(source)}")  # fmt: skip
    print(*(f"not read: {one}" for one in found.unread), sep="\n", end="\n" if found.unread else "")
    where = files.shown(folder)
    described = os.path.join(files.shown(source), "review.toml")
    print(f"Next: fill published and scope in {described}, give {files.shown(entities)} what it speaks of,")
    print(f"write claims.tsv, and run `mirkg check --data {where}`.")
    return 1 if found.unread else 0


def _table(form: str, rows: list[dict[str, str]]) -> str:
    columns = [column.name for column in FORMS[form]]
    ordered = sorted((Row("", 0, {name: row[name] for name in columns}) for row in rows), key=integrity.sort_key)
    cells = [columns, *(list(row.cells.values()) for row in ordered)]
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in cells)


def _described(arguments: argparse.Namespace, found: Draft) -> str:
    """Return review.toml, with what a curator has to fill left empty."""
    lines = [
        "# The review: what it is, what it is about, and how its printed text is divided.",
        f"id = {_quoted(arguments.slug)}",
        f"base = {_quoted(arguments.base)}",
        f"title = {_quoted(found.title)}",
        f"doi = {_quoted(found.doi)}",
        'published = ""  # year-month-day',
        'scope = ""  # the disease that it is about, by its id in entities/',
        "authors = []",
        "",
        "# Headings in the order of the text; the text after `end` is not read.",
        f"end = {_quoted(found.outline.end)}",
    ]
    for section in found.outline.sections:
        lines += ["", "[[section]]", f"id = {_quoted(section.id)}", f"heading = {_quoted(section.heading)}"]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
