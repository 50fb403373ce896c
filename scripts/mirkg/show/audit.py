"""Report: an audit, and what a list of retractions changes, written for people, programs and browsers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import NamedTuple

from mirkg.ask.audit import LEVELS, Audit, Row
from mirkg.ask.replay import CHANGE_COLUMNS, Change
from mirkg.ask.store import Answer
from mirkg.model.problems import BadInput
from mirkg.model.retractions import Match, Reference, marked_by_review
from mirkg.show import answer as rows
from mirkg.show import html


def audited(audit: Audit, form: str, *, width: int = 0, with_rows: bool = False, spreadsheet: bool = False) -> str:
    """Return an audit as table, tsv, csv, json or html; a table lists rows that are no findings only with_rows."""
    if form == "html":
        return _file(audit)
    if form in ("tsv", "csv"):
        return rows.written(audit.answer([*audit.findings, *audit.rows]), form, spreadsheet=spreadsheet)
    if form == "json":
        return json.dumps(audit.dict(), ensure_ascii=False, indent=1) + "\n"
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

    def written(self, form: str, *, width: int = 0, spreadsheet: bool = False) -> str:
        """Return a replay as table, tsv or csv (the changes) or json.

        Raises:
            BadInput: the format is html.
        """
        changed = Answer(CHANGE_COLUMNS, [tuple(change) for change in self.changes])
        silent = [reference.number for reference in self.known if not reference.doi and not reference.pmid]
        if form == "html":
            raise BadInput("A replay is written as table, tsv, csv or json.")
        if form in ("tsv", "csv"):
            return rows.written(changed, form, spreadsheet=spreadsheet)
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


def sections(audit: Audit, place: html.Place = html.nowhere, *, with_rows: bool = True) -> str:
    """Return the findings of an audit by severity, and the rows that are no findings, for a file and for a page."""
    parts = []
    for level in LEVELS:
        if found := [row for row in audit.findings if row.severity == level]:
            parts += [f"<h2>Findings: {level} ({len(found)})</h2>", _listed(audit, found, f"Findings: {level}", place)]
    if not audit.findings:
        parts.append("<p>No findings.</p>")
    if with_rows and audit.rows:
        body = _listed(audit, audit.rows, "Rows that are no findings", place)
        parts.append(f"<details><summary>No findings ({len(audit.rows)})</summary>\n{body}</details>")
    return "\n".join(parts)


def _listed(audit: Audit, found: list[Row], caption: str, place: html.Place) -> str:
    return html.table(audit.answer(found), caption, place)


def _file(audit: Audit) -> str:
    """Return an audit as a page that needs no server."""
    style = (files("mirkg") / "serve" / "static" / "style.css").read_text("utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mirkg audit</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>mirkg audit</h1>
<p>{escape(audit.limits)}</p>
{html.table(audit.summary(), "Findings by severity")}
{sections(audit)}
</main>
</body>
</html>
"""
