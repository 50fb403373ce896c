"""HTML: an answer as a table that can be read on a telephone, the same in a file and on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from mirkg.ask.store import Answer

Place = Callable[[str], str]
_NUMBER = ' class="number"'  # of a column that holds numbers only
_MANY = 12  # columns, from which on a table is scrolled for itself


def nowhere(_: str) -> str:
    """Lead nowhere: a file has no other pages."""
    return ""


def table(answer: Answer, caption: str, place: Place = nowhere) -> str:
    """Return an answer as a table; cells lead to their places.

    A column `notice` is said once above the table, and a row has its severity as a class. Each cell has the name of its
    column, which the style prints before it where the screen is narrow; the roles keep it a table to those who listen.
    """
    noticed = answer.columns[:1] == ("notice",)
    columns = answer.columns[noticed:]
    notice = f'<p class="remark">{_sentence(answer.rows[0][0])}</p>' if noticed and answer.rows else ""
    rows = [row[noticed:] for row in answer.rows]
    numbers = [any(cells) and all(cell.isdecimal() or not cell for cell in cells) for cells in zip(*rows, strict=True)]
    marks = [_NUMBER if number else "" for number in numbers] or [""] * len(columns)
    head = "".join(
        f'<th scope="col" role="columnheader"{mark}>{escape(column)}</th>'
        for column, mark in zip(columns, marks, strict=True)
    )
    body = "\n".join(_row(columns, row, marks, place) for row in rows)
    return f"""{notice}
<div class="scroll{" wide" if len(columns) > _MANY else ""}" tabindex="0" role="region" aria-label="{escape(caption)}">
<table role="table">
<caption>{escape(caption)}</caption>
<thead role="rowgroup"><tr role="row">{head}</tr></thead>
<tbody role="rowgroup">
{body}
</tbody>
</table>
</div>"""


def _sentence(text: str) -> str:
    return escape(text[:1].upper() + text[1:].rstrip(".") + ".")


def _row(columns: Sequence[str], row: Sequence[str], marks: Sequence[str], place: Place) -> str:
    severity = row[columns.index("severity")] if "severity" in columns else ""
    mark = f' class="{escape(severity)}"' if severity else ""
    cells = "".join(
        _cell(column, cell, number, place) for column, cell, number in zip(columns, row, marks, strict=True)
    )
    return f'<tr role="row"{mark}>{cells}</tr>'


def _cell(column: str, cell: str, number: str, place: Place) -> str:
    href = place(cell)
    shown = f'<a href="{escape(href)}">{escape(cell)}</a>' if href else escape(cell)
    return f'<td role="cell" data-label="{escape(column)}"{number}>{shown}</td>'
