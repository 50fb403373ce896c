"""Rows: answers written as a table for people, or as tsv, csv or json for programs."""

from __future__ import annotations

import shutil

from mirkg.store import Answer

FORMATS = ("table", "tsv", "csv", "json")


def written(answer: Answer, form: str, *, width: int = 0, bold: bool = False) -> str:
    """Return an answer in one of the formats; a table is cut to a width in characters, 0 for none."""
    if form == "json":
        import json

        return json.dumps(answer.dicts(), ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        return _csv(answer)
    if form == "tsv":
        rows = [answer.columns, *answer.rows]
        return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\n" for row in rows)
    return _table(answer, width, bold)


def _csv(answer: Answer) -> str:
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    return buffer.getvalue()


def _table(answer: Answer, width: int, bold: bool) -> str:
    """Lay rows out in columns; what repeats the row above in the leading columns is left blank."""
    widths = [max(map(len, column)) for column in zip(answer.columns, *answer.rows, strict=True)]
    total = sum(widths) + 2 * (len(widths) - 1)
    while width and total > width and max(widths) > 12:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        total -= 1
    lines = [_line(answer.columns, widths)]
    if bold:
        lines[0] = f"\x1b[1m{lines[0]}\x1b[0m"
    before: tuple[str, ...] = ()
    for row in answer.rows:
        lines.append(_line(_blanked(row, before), widths))
        before = row
    return "\n".join(lines) + "\n"


def _blanked(row: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    same = 0
    while before and same < len(row) - 1 and row[same] == before[same]:
        same += 1
    return ("",) * same + row[same:]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    cut = [cell if len(cell) <= size else cell[: size - 1] + "…" for cell, size in zip(cells, widths, strict=True)]
    return "  ".join(cell.ljust(size) for cell, size in zip(cut, widths, strict=True)).rstrip()


def terminal_width() -> int:
    """Return the width of the terminal in characters."""
    return shutil.get_terminal_size((110, 24)).columns
