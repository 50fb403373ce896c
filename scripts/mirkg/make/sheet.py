"""Sheet: a table that was made elsewhere, delimited, Excel or Parquet, read to rows of text with their numbers.

Nothing is lost: a row that has other cells than the header is kept with what is wrong with it. The number of a row is
its line in a delimited file, its row in a spreadsheet, both with the header as 1, and its place in a Parquet file.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

from mirkg.model import files
from mirkg.model.problems import BadInput, Problem

_NAME = "Name a table: .tsv, .csv, .txt, .xlsx or .parquet."


class Line(NamedTuple):
    """Hold one row of a table: its number, its cells, and what is wrong with it, if anything."""

    number: int
    cells: list[str]
    what: str = ""
    do: str = ""


class Sheet(NamedTuple):
    """Hold a table: the names of its columns and its rows."""

    file: str
    columns: list[str]
    lines: list[Line]


def read(path: str, encoding: str = "utf-8", sheet: str = "") -> Sheet:
    """Read a table by the ending of its file; `sheet` names one of a workbook, else it is the first.

    Raises:
        BadInput: it cannot be read, is of another kind or encoding, or has no header or no rows.
    """
    name, ending = files.shown(path), path.rpartition(".")[2].lower()
    try:
        content = files.read(path)
    except OSError as error:
        raise BadInput(Problem(name, 0, "", f"cannot be read ({error.strerror}).", _NAME)) from error
    if ending in ("xlsx", "xlsm"):
        lines = _workbook(name, content, sheet)
    elif ending == "parquet":
        lines = _parquet(name, content)
    elif content[:4] in (b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"):
        raise BadInput(Problem(name, 0, "", "is no text.", "Name it .xlsx or .parquet, or save it as one of these."))
    else:
        lines = _delimited(name, _decoded(name, content, encoding))
    header = next(lines, None)
    if header is None:
        raise BadInput(Problem(name, 0, "", "is empty.", _NAME))
    columns = header.cells
    twice = sorted({one for one in columns if one and columns.count(one) > 1})
    if twice:
        raise BadInput(Problem(name, header.number, twice[0], "is the name of two columns.", "Rename one of them."))
    found = [_fitting(line, len(columns)) for line in lines]
    if not found:
        raise BadInput(Problem(name, 0, "", "has a header and no rows.", _NAME))
    return Sheet(name, columns, found)


def _decoded(name: str, content: bytes, encoding: str) -> str:
    if encoding.lower() in ("utf-8", "utf8"):
        do = 'Save it as UTF-8, or say in the mapping what it is, such as encoding = "latin-1".'
        return files.decoded(content, name, do)
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        what = f"is not {encoding}."
        raise BadInput(Problem(name, 0, "", what, "Correct the encoding in the mapping.")) from error


def _delimited(name: str, text: str) -> Iterator[Line]:
    """Yield the rows of a delimited text; of a tab-separated one each line is a row, quotation marks or not."""
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max("\t,;|", key=head.count)
    if delimiter == "\t":
        yield from _tabbed(text)
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Line(number, [cell.strip() for cell in cells])
            number = reader.line_num + 1
    except csv.Error as error:
        rest = text.split("\n")[number - 1 :]
        what = f"is not CSV from here to the end: {error}."
        for line, broken in enumerate(rest, number):
            if broken.strip():
                yield Line(line, [broken.rstrip("\r")], what, "Close the quotation mark that is open.")


def _tabbed(text: str) -> Iterator[Line]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip():
            cells = [_unquoted(cell.strip()) for cell in line.split("\t")]
            broken = number == len(lines) and len(cells) < lines[0].count("\t") + 1
            what = "ends in the middle: the file was cut off." if broken else ""
            yield Line(number, cells, what, "Get the whole file." if broken else "")


def _unquoted(cell: str) -> str:
    inner = cell[1:-1].replace('""', "")
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inner else cell


def _fitting(line: Line, width: int) -> Line:
    """Return a row as it is, or with what is wrong with the number of its cells."""
    if line.what or len(line.cells) == width:
        return line
    if len(line.cells) > width and not any(line.cells[width:]):
        return line._replace(cells=line.cells[:width])
    what = f"has {len(line.cells)} cells where the header has {width}."
    return line._replace(what=what, do="Look for a stray or missing separator.")


def _workbook(name: str, content: bytes, sheet: str) -> Iterator[Line]:
    _needs("openpyxl", "Excel")
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # the library lets through whatever zip, XML and its own code raise
        raise BadInput(Problem(name, 0, "", "is no Excel workbook that can be read.", "Save it anew.")) from error
    if sheet and sheet not in book.sheetnames:
        what = f"has no sheet {sheet!r}; it has {', '.join(book.sheetnames)}."
        raise BadInput(Problem(name, 0, "", what, "Correct the sheet in the mapping."))
    rows: Iterable[tuple[Any, ...]] = book[sheet or book.sheetnames[0]].iter_rows(values_only=True)
    for number, row in enumerate(rows, 1):
        cells = [written(value) for value in row]
        if any(cells):
            yield Line(number, cells)


def _parquet(name: str, content: bytes) -> Iterator[Line]:
    _needs("pyarrow", "Parquet")
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(content))
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise BadInput(Problem(name, 0, "", "is no Parquet file that can be read.", "Save it anew.")) from error
    yield Line(0, list(table.column_names))
    for number, row in enumerate(zip(*(column.to_pylist() for column in table.columns), strict=True), 1):
        yield Line(number, [written(value) for value in row])


def written(value: Any) -> str:
    """Return a value as text: a whole number without a fraction, a date as year-month-day."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    return " ".join(str(value).split())


def _needs(package: str, form: str) -> None:
    if find_spec(package) is None:
        raise BadInput(f"To read {form} mirkg needs {package}. Install it with: pip install 'mirkg[import]'")
