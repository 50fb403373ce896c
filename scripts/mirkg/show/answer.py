"""Rows: answers written as a table for people, or as tsv, csv or json for programs."""

from __future__ import annotations

import re
import shutil

from mirkg.ask.store import Answer

FORMATS = ("table", "tsv", "csv", "json")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NARROWEST = 10  # characters that a column keeps, however narrow the terminal


def written(answer: Answer, form: str, *, width: int = 0, bold: bool = False, spreadsheet: bool = False) -> str:
    """Return an answer in one of the formats; a table is cut to a width in characters, 0 for none.

    CSV is as RFC 4180 has it, with CRLF. That for a spreadsheet begins with a mark by which it is read as UTF-8, and no
    cell of it is taken for a formula.
    """
    if form == "json":
        import json

        return json.dumps(answer.dicts(), ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        return "\ufeff" + _csv(harmless(answer)) if spreadsheet else _csv(answer)
    if form == "tsv":
        rows = [answer.columns, *answer.rows]
        return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)
    return _table(answer, width, bold)


def harmless(answer: Answer) -> Answer:
    """Return an answer with an apostrophe before each cell that a spreadsheet would take for a formula."""

    def guarded(cell: str) -> str:
        formula = cell.lstrip().startswith(_FORMULA) or cell.startswith(("\t", "\r", "\n"))
        return f"'{cell}" if formula and not _NUMBER.fullmatch(cell) else cell

    return Answer(answer.columns, [tuple(map(guarded, row)) for row in answer.rows])


def _csv(answer: Answer) -> str:
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return buffer.getvalue()


def _table(answer: Answer, width: int, bold: bool) -> str:
    """Lay rows out in columns; what repeats the row above in the leading columns is left blank."""
    if not answer.columns:
        return _count(len(answer.rows))
    widths = [max(map(len, column)) for column in zip(answer.columns, *answer.rows, strict=True)]
    while width and sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    head = _lines(answer.columns, widths)
    lines = [f"\x1b[1m{line}\x1b[0m" for line in head] if bold else head
    before: tuple[str, ...] = ()
    for row in answer.rows:
        lines += _lines(_blanked(row, before), widths)
        before = row
    return "\n".join(lines) + "\n"


def _count(rows: int) -> str:
    """Say how many rows there are, where they have no columns."""
    return f"{rows} {'row' if rows == 1 else 'rows'} without columns\n"


def _blanked(row: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    same = 0
    while before and same < len(row) - 1 and row[same] == before[same]:
        same += 1
    return ("",) * same + row[same:]


def _lines(cells: tuple[str, ...], widths: list[int]) -> list[str]:
    """Lay one row out, a cell that is too wide over several lines."""
    folded = [_folded(cell, size) for cell, size in zip(cells, widths, strict=True)]
    height = max(map(len, folded))
    filled = [parts + [""] * (height - len(parts)) for parts in folded]
    return [
        "  ".join(part.ljust(size) for part, size in zip(line, widths, strict=True)).rstrip()
        for line in zip(*filled, strict=True)
    ]


def _folded(cell: str, size: int) -> list[str]:
    """Fold a cell at spaces where it has them."""
    parts = [""]
    for word in cell.split(" ") if len(cell) > size else [cell]:
        if parts[-1] and len(parts[-1]) + 1 + len(word) <= size:
            parts[-1] += " " + word
        else:
            parts += [word[start : start + size] for start in range(0, len(word), size)] or [""]
    return parts[1:] or [""]


def terminal_width() -> int:
    """Return the width of the terminal in characters."""
    return shutil.get_terminal_size((110, 24)).columns
