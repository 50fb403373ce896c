"""Table: one row per claim with its evidence, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from mirkg.ask.store import Answer
from mirkg.export import Parts, missing
from mirkg.export.claims import COLUMNS, Value, rows
from mirkg.export.things import Things
from mirkg.model.problems import BadInput
from mirkg.show.answer import harmless

_BATCH = 10_000  # rows of Parquet that are held at once


def parts(things: Things, form: str) -> Parts:
    """Return what writes the table.

    Raises:
        BadInput: the library that the format needs is not installed.
    """
    return {"": {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[form](things)}


def _joined(value: Value) -> str:
    """Return a value as the text of one cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "; ".join(value) if isinstance(value, list) else str(value)


def _csv(things: Things) -> Any:
    def write(file: BinaryIO) -> None:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for row in rows(things):
            writer.writerow(*harmless(Answer((), [tuple(map(_joined, row.values()))])).rows)
        text.detach()

    return write


def _xlsx(things: Things) -> Any:
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise missing("XlsxWriter", "xlsx", "xlsx") from error

    def write(file: BinaryIO) -> None:
        content = io.BytesIO()  # a zip is written back and forth
        with xlsxwriter.Workbook(content, {"constant_memory": True}) as book:
            sheet = book.add_worksheet("claims")
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
            for line, row in enumerate(rows(things), 1):
                if sum(_cell(sheet, line, column, value) for column, value in enumerate(row.values())):
                    raise BadInput("A sheet holds 1,048,576 rows and 32,767 characters a cell. Take csv or parquet.")
        file.write(content.getvalue())

    return write


def _cell(sheet: Any, line: int, column: int, value: Value) -> int:
    """Write one cell as what it is, so that no text is taken for a formula; return whether it did not fit."""
    if isinstance(value, bool):
        return int(sheet.write_boolean(line, column, value))
    if isinstance(value, int):
        return int(sheet.write_number(line, column, value))
    return int(sheet.write_string(line, column, _joined(value)))


def _parquet(things: Things) -> Any:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise missing("pyarrow", "parquet", "parquet") from error
    types = {bool: pyarrow.bool_(), int: pyarrow.int8(), list: pyarrow.list_(pyarrow.string())}
    schema = pyarrow.schema([(name, types.get(sort, pyarrow.string())) for name, sort in COLUMNS.items()])

    def batches() -> Iterator[list[dict[str, Value]]]:
        left = rows(things)
        while batch := list(islice(left, _BATCH)):
            yield batch

    def write(file: BinaryIO) -> None:
        with parquet.ParquetWriter(file, schema) as writer:
            for batch in batches():
                writer.write_table(pyarrow.Table.from_pylist(batch, schema))

    return write
