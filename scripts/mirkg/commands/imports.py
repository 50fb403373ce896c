"""Import: what was made elsewhere: a table into claims of a source of its own, mappings into those of the tables."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from mirkg.ask.store import Answer
from mirkg.commands import common
from mirkg.make import intake, integrity, joining, sheet, tables
from mirkg.make.forms import FORMS
from mirkg.make.intake import Intake
from mirkg.make.tables import Tables
from mirkg.model import files
from mirkg.model.problems import BadInput

HELP = "Take a table of statements in, as a source of its own beside the reviews, or mappings in SSSOM."
_EXPLAINED = 10  # rows that --explain shows


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("table", metavar="TABLE", help="a delimited text, an Excel workbook, Parquet or FILE.sssom.tsv")
    parser.add_argument("--mapping", metavar="FILE", help="what its columns mean, in TOML; SSSOM needs none")
    parser.add_argument("--explain", action="store_true", help="print what the first rows would become, and stop")
    parser.add_argument("--data", metavar="DIR", help="the folder of tables to add it to; made if there is none")
    common.format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Take a table in, or print what its first rows would become; return 1 where rows were left."""
    if not arguments.data and not arguments.explain:
        raise BadInput("Name a folder of your own with --data DIR. If there is none it is made, with mirkg's tables.")
    if not arguments.mapping:
        return _join(arguments)
    mapping = intake.mapping(arguments.mapping)
    folder = Path(arguments.data or files.resource("data"))
    data = _without(tables.load(folder if folder.exists() else Path(files.resource("data"))), mapping.facts["id"])
    read = sheet.read(arguments.table, mapping.facts["encoding"] or "utf-8", mapping.facts["sheet"])
    if arguments.explain:
        found = intake.taken(read._replace(lines=read.lines[:_EXPLAINED]), mapping, data)
        common.show(_explained(found), arguments.format, spreadsheet=arguments.spreadsheet)
        return 0
    found = intake.taken(read, mapping, data)
    if not found.rows["claims"]:
        raise BadInput("\n".join(["No row became a claim, and nothing was written.", *intake.report(found)]))
    _write(intake.written(found, folder), folder, data)
    print(*intake.report(found), sep="\n")
    where = files.shown(folder / "reviews" / mapping.facts["id"])
    print(f"{where}  written; `mirkg build --data {files.shown(folder)}` builds the graph")
    return 1 if found.left else 0


def _join(arguments: argparse.Namespace) -> int:
    """Join the mappings of a file in SSSOM to those of a folder; return 1 where rows were left."""
    if not arguments.table.endswith(".sssom.tsv"):
        raise BadInput("Say with --mapping FILE what the columns of the table mean; only FILE.sssom.tsv needs none.")
    folder = Path(arguments.data or files.resource("data"))
    data = tables.load(folder if folder.exists() else Path(files.resource("data")))
    name = Path(arguments.table).name
    found = joining.joined(
        tables.read(Path(arguments.table), "mappings", joining.LAX), data, name, datetime.now(UTC).date().isoformat()
    )
    if arguments.explain:
        columns = tuple(column.name for column in FORMS["mappings"])
        rows = [tuple(row[column] for column in columns) for row in found.made[:_EXPLAINED]]
        common.show(Answer(columns, rows), arguments.format, spreadsheet=arguments.spreadsheet)
        return 0
    if found.made:
        path = folder / "mappings.sssom.tsv"
        _write({str(path): joining.written(found, data)}, folder, data)
    print(*joining.report(found), sep="\n")
    return 1 if found.left else 0


def _without(data: Tables, source: str) -> Tables:
    """Return tables without what an earlier import of a source left in them.

    Raises:
        BadInput: a review has that id.
    """
    if any(review.id == source and review.kind == "review" for review in data.reviews):
        raise BadInput(f"{source!r} is a review in {files.shown(data.folder)}. Give the table another id.")
    entities = [row for row in data.entities if Path(row.file).stem != source]
    return data._replace(entities=entities, reviews=[one for one in data.reviews if one.id != source])


def _write(content: dict[str, bytes], folder: Path, data: Tables) -> None:
    """Write files into a folder of tables that holds together with them, all or none."""
    if not folder.exists():
        shipped = Path(files.resource("data"))
        content = {str(folder / path.relative_to(shipped)): path.read_bytes() for path in _tables(shipped)} | content
    with tempfile.TemporaryDirectory() as place:
        for path in _tables(data.folder):
            copy = Path(place) / path.relative_to(data.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        files.write({str(Path(place) / Path(path).relative_to(folder)): new for path, new in content.items()})
        if faults := integrity.problems(tables.load(Path(place))):
            raise BadInput(faults)
    files.write(content)


def _tables(folder: Path) -> list[Path]:
    return sorted(path for ending in ("tsv", "toml") for path in folder.rglob(f"*.{ending}"))


def _explained(found: Intake) -> Answer:
    """Return what rows would become, one a row."""
    titles = {row["id"]: row["title"] for row in found.rows["references"]}
    cited = {row["id"]: titles[row["references"]] for row in found.rows["brackets"]}
    claims = {
        row["passage"].removeprefix("row-"): (
            found.labels[row["subject"]],
            row["kind"],
            found.labels[row["object"]],
            found.labels.get(row["disease"], ""),
            cited.get(row["bracket"], ""),
            "",
        )
        for row in found.rows["claims"]
    }
    left = {str(one.line.number): ("", "", "", "", "", f"{one.column}: {one.what}") for one in found.left}
    rows: list[tuple[str, ...]] = [
        (number, *told) for number, told in sorted((claims | left).items(), key=lambda item: int(item[0]))
    ]
    return Answer(("row", "subject", "kind", "object", "disease", "article", "left"), rows)
