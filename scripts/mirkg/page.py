"""Page: the audit as one self-contained HTML file, for a browser without a network."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from mirkg.audit import COLUMNS, LEVELS, Audit, Row
from mirkg.store import Answer

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; font-size: .9rem; }
th, td { border-bottom: 1px solid #ccc; padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { border-bottom: 2px solid #666; }
.high td:first-child { border-left: .4rem solid #a00; }
.medium td:first-child { border-left: .4rem dashed #b60; }
.low td:first-child { border-left: .4rem dotted #667; }
summary { cursor: pointer; font-weight: bold; }
@media (max-width: 50rem) {
  table, thead, tbody, tr, th, td { display: block; }
  thead { display: none; }
  tr { padding: .5rem 0; }
}
"""
_LIMITS = (
    "Claims are compared with the titles that the review's reference list prints, and with nothing else of the papers. "
    "A silent title is no finding against a paper. Literature evidence, not medical advice."
)


def html(audit: Audit, title: str) -> str:
    """Return an audit as a page."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1><p>{escape(_LIMITS)}</p>",
        "<h2>Summary</h2>",
        _table(audit.summary()),
    ]
    for level in LEVELS:
        rows = [row for row in audit.findings if row.severity == level]
        if rows:
            parts += [f"<h2>Findings: {level} ({len(rows)})</h2>", _rows(rows)]
    parts += [f"<details><summary>No findings ({len(audit.rows)})</summary>{_rows(audit.rows)}</details>"]
    return "\n".join([*parts, "</body></html>", ""])


def _table(answer: Answer) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in answer.columns)
    body = "".join(_line(row, row[0]) for row in answer.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _rows(rows: Iterable[Row]) -> str:
    return _table(Answer(COLUMNS, [row.shown() for row in rows]))


def _line(cells: Iterable[str], mark: str) -> str:
    return f'<tr class="{escape(mark)}">' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
