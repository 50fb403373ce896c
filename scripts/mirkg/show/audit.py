"""Report: an audit, and what a list of retractions changes, written for people, programs and browsers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from mirkg.ask.audit import COLUMNS, LEVELS, Audit, Row
from mirkg.ask.replay import CHANGE_COLUMNS, Change
from mirkg.ask.store import Answer
from mirkg.model.problems import BadInput
from mirkg.model.retractions import Match, Reference, marked_by_review
from mirkg.show import answer as rows

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


def audited(audit: Audit, form: str, *, width: int = 0, with_rows: bool = False) -> str:
    """Return an audit as table, tsv, json or html; a table lists the rows that are no findings only with_rows."""
    if form == "html":
        return _html(audit, "mirkg audit")
    if form == "tsv":
        return rows.written(audit.answer([*audit.findings, *audit.rows]), "tsv")
    if form == "json":
        told = {
            "limits": audit.limits,
            "summary": audit.summary().dicts(),
            "findings": audit.answer(audit.findings).dicts(),
            "rows": audit.answer(audit.rows).dicts(),
        }
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    parts = [rows.written(audit.summary(), "table", width=width), f"\n{_count(len(audit.findings), 'finding')}\n"]
    parts.append(rows.written(audit.answer(audit.findings), "table", width=width))
    if with_rows and audit.rows:
        parts += ["\nNo findings\n", rows.written(audit.answer(audit.rows), "table", width=width)]
    return "".join([*parts, f"\n{audit.limits}\n"])


_NAMED = (
    *("reference", "list says", "recorded", "review marks it", "found by", "notice"),
    *("nature", "date", "reason", "title"),
)


class Replay(NamedTuple):
    """Hold what a list of retractions names of the known references, and what it changes."""

    file: str
    matches: list[Match]
    known: list[Reference]
    changes: list[Change]
    also: list[Match]  # what the list says and what changes no standing
    unread: dict[str, int]  # entries that could not be read, by why

    def written(self, form: str, *, width: int = 0) -> str:
        """Return a replay as table, tsv (the changes) or json.

        Raises:
            BadInput: the format is html.
        """
        changed = Answer(CHANGE_COLUMNS, [tuple(change) for change in self.changes])
        silent = [reference.number for reference in self.known if not reference.doi and not reference.pmid]
        if form == "html":
            raise BadInput("A replay is written as table, tsv or json.")
        if form == "tsv":
            return rows.written(changed, "tsv")
        if form == "json":
            told = {
                "named": self._named(self.matches).dicts(),
                "also": self._named(self.also).dicts(),
                "changes": changed.dicts(),
                "without_identifier": silent,
                "unread": self.unread,
            }
            return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
        return "".join(self._table(changed, silent, width))

    def _named(self, matches: list[Match]) -> Answer:
        return Answer(_NAMED, [_match(match) for match in matches])

    def _table(self, changed: Answer, silent: list[str], width: int) -> Iterable[str]:
        yield f"{self.file} names {_count(len(self.matches), 'reference')}" + (":\n" if self.matches else " of ours.\n")
        if self.matches:
            yield rows.written(self._named(self.matches), "table", width=width)
        if self.also:
            yield "\nAlso listed, with no change of standing:\n"
            yield rows.written(self._named(self.also), "table", width=width)
        for why, count in sorted(self.unread.items()):
            yield f"\nNot read in the list: {count} {'entry' if count == 1 else 'entries'} {why}\n"
        want = "cannot be looked up for want of a DOI or PubMed number"
        yield f"\n{_count(len(silent), 'reference')} {want}: {', '.join(silent)}\n"
        yield f"\n{_count(len(self.changes), 'change')} against the same graph without what the list says\n"
        if self.changes:
            yield rows.written(changed, "table", width=width)


def _match(match: Match) -> tuple[str, ...]:
    reference = match.reference
    marks = "yes" if marked_by_review(reference) else "no"
    told = (reference.number, match.listed, reference.status, marks, match.by, match.notice)
    return *told, match.nature, match.date, match.reason, reference.title


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _html(audit: Audit, title: str) -> str:
    """Return an audit as a page."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1><p>{escape(audit.limits)}</p>",
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
