"""Report: an audit, and what a list of retractions changes, written for people, programs and browsers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import NamedTuple

from mirkg.ask.audit import LEVELS, Audit, Row, count
from mirkg.ask.papers import Paper
from mirkg.ask.replay import CHANGE_COLUMNS, Change
from mirkg.ask.store import Answer
from mirkg.model.problems import BadInput
from mirkg.model.retractions import Match, Reference, marked_by_review
from mirkg.show import answer as rows
from mirkg.show import html


def audited(
    audit: Audit, form: str, *, about: str = "", width: int = 0, with_rows: bool = False, spreadsheet: bool = False
) -> str:
    """Return an audit as table, tsv, csv, json or html; a table lists rows that are no findings only with_rows.

    A page begins with what the audit is about: the review, its date, and how much was checked.
    """
    if form == "html":
        return _file(audit, about)
    if form in ("tsv", "csv"):
        return rows.written(audit.answer([*audit.findings, *audit.rows]), form, spreadsheet=spreadsheet)
    if form == "json":
        return json.dumps(audit.dict(), ensure_ascii=False, indent=1) + "\n"
    parts = [rows.written(audit.summary(), "table", width=width), f"\n{_count(count(audit.findings), 'finding')}\n"]
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
        for why, entries in sorted(self.unread.items()):
            yield f"\nNot read in the list: {entries} {'entry' if entries == 1 else 'entries'} {why}\n"
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


class Told(NamedTuple):
    """Say to somebody who never heard of a verdict what a kind of finding is, why it matters and what to do."""

    what: str
    why: str
    do: str


_READ = "Read the cited paper again; "
TOLD = {
    "sign conflict": Told(
        "The cited paper says the opposite",
        "A reader learns the reverse of what the paper found.",
        _READ + "correct the direction, or cite the paper that shows it.",
    ),
    "denied": Told(
        "The cited paper denies it",
        "A reader takes for shown what the paper found not to be so.",
        _READ + "correct the statement, or cite the paper that shows it.",
    ),
    "disputed": Told(
        "Another paper of the reference list says the opposite",
        "The evidence is divided, and the sentence does not say so.",
        "Weigh both papers; name the disagreement or correct the direction.",
    ),
    "retracted": Told(
        "A retracted paper is cited",
        "The paper was taken back, and nothing can rest on it.",
        "Take the reference out or mark it as retracted; where no other paper is cited, take the statement out.",
    ),
    "withdrawn": Told(
        "A withdrawn paper is cited",
        "The paper was taken back, and nothing can rest on it.",
        "Take the reference out or mark it as withdrawn; where no other paper is cited, take the statement out.",
    ),
    "unrecorded mark": Told(
        "A title in the reference list says that the paper was retracted or is doubted",
        "The list and the recorded status do not agree.",
        "Look the paper up, and record its status.",
    ),
    "expression of concern": Told(
        "A paper is cited whose publisher has expressed concern",
        "The data of the paper may not hold.",
        "Say so in the text, or cite a paper beside it that is not under concern.",
    ),
    "other disease": Told(
        "The cited paper shows it in another disease",
        "What holds in one disease need not hold in another.",
        "Name the disease, or cite a paper on the disease that is meant.",
    ),
    "other disease of a reference": Told(
        "A cited paper is about another disease",
        "What holds in one disease need not hold in another.",
        "Check whether the paper belongs here; name its disease if it does.",
    ),
    "other drug": Told(
        "The cited paper shows it for another drug",
        "Resistance to one drug does not mean resistance to another.",
        "Name the drug of the paper, or cite a paper on the drug that is meant.",
    ),
    "other drug elsewhere": Told(
        "Only another paper of the list names it, and for another drug",
        "No paper of the reference list has been seen to support the pair.",
        "Check whether the pair was meant, and cite a paper that shows it.",
    ),
    "other subject": Told(
        "The cited papers are about another molecule",
        "A relative of the molecule need not do the same.",
        "Name the molecule of the paper, or cite a paper on the one that is meant.",
    ),
    "unclaimed effect": Told(
        "The cited paper reports an effect that is not mentioned",
        "A reader misses what the source has to say on the subject.",
        "Consider adding it.",
    ),
    "unclaimed subject": Told(
        "The cited paper names a miRNA that is missing where it is cited",
        "The entry is not complete.",
        "Add it, or cite the paper elsewhere.",
    ),
    "mixed voice": Told(
        "The title and the abstract of a paper contradict each other",
        "The paper can neither support nor refute the statement.",
        "Read the whole paper.",
    ),
    "secondary source": Told(
        "A review is cited for what one experiment found",
        "The reader cannot reach the experiment from here.",
        "Cite the paper that reports the experiment.",
    ),
    "misstatement": Told(
        "The sentence contradicts itself or the source that it reports",
        "A reader learns something that is not so.",
        "Correct the sentence.",
    ),
    "garbled": Told(
        "The sentence does not give one meaning", "A reader cannot tell what is claimed.", "Write the sentence anew."
    ),
    "ambiguous": Told(
        "The sentence can be read in two ways", "Two readers learn two different things.", "Say which is meant."
    ),
    "author mismatch": Told(
        "The author who is named is not the author of the cited paper",
        "The sentence may cite another paper than it reports.",
        "Check which paper is meant.",
    ),
    "date mismatch": Told(
        "The year that is named is not that of the cited paper",
        "The sentence may cite another paper than it reports.",
        "Check which paper is meant.",
    ),
    "dangling pointer": Told(
        "The sentence points to something that is not there",
        "A reader looks for it in vain.",
        "Correct the pointer.",
    ),
    "duplicate": Told("The same thing is printed twice", "It is counted twice.", "Take one out."),
    "outside the search window": Told(
        "A reference is from outside the years that were searched",
        "The methods do not say how it was found.",
        "Explain how it came in.",
    ),
    "typographical error": Told(
        "A name is misprinted", "A search for the right name does not find it.", "Correct the name."
    ),
    "agrees": Told("The cited paper says the same", "The statement is supported.", "Nothing."),
    "indirect": Told(
        "The cited paper speaks of the subject, but not of this effect",
        "It may support the statement in its text, which was not read.",
        "Nothing, unless the statement is important.",
    ),
    "silent": Told(
        "What was read of the cited papers says nothing of this",
        "Titles are short; a paper that says nothing on a claim does not count against it.",
        "Nothing, unless the statement is important.",
    ),
}


def told(finding: str) -> Told:
    """Return what a kind of finding is in words; one that is not known is its own name."""
    return TOLD.get(finding, Told(finding[:1].upper() + finding[1:], "A curator noted it.", "Look at it."))


def sections(audit: Audit, place: html.Place = html.nowhere, *, with_rows: bool = True, unfold: bool = True) -> str:
    """Return the findings of an audit by kind, the severe first, and the rows that are no findings.

    It is the same in a file and on a page. Kinds of low and medium severity are folded unless they shall be unfolded.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in [*audit.findings, *(audit.rows if with_rows else [])]:
        groups.setdefault((row.severity, row.finding), []).append(row)
    kinds = list(TOLD)

    def rank(one: tuple[str, str]) -> tuple[int, int, str]:
        severity, finding = one
        level = LEVELS.index(severity) if severity in LEVELS else len(LEVELS)
        return level, kinds.index(finding) if finding in TOLD else len(kinds), finding

    order = sorted(groups, key=rank)
    parts = [_group(groups[one], place, unfold or one[0] == "high") for one in order]
    return "\n".join(parts or ["<p>No findings.</p>"])


def _group(found: list[Row], place: html.Place, unfold: bool) -> str:
    """Return the findings of one kind: what it is, why it matters, what to do, and each of them."""
    severity, finding = found[0].severity, found[0].finding
    words = told(finding)
    level = f"{severity} severity" if severity in LEVELS else "no finding"
    by_paper: dict[tuple[str, str], list[Row]] = {}
    for row in found:
        by_paper.setdefault((row.reference, row.title), []).append(row)
    listed = "\n".join(f'<li class="row"><dl>{_entry(rows, place)}</dl></li>' for rows in by_paper.values())
    return f"""<details class="findings {severity}"{" open" if unfold else ""}>
<summary><h2>{escape(words.what)} <span class="count">{count(found)}</span></h2>
<span class="badge {severity}">{level}</span> <span class="quiet">{escape(finding)}</span></summary>
<p class="why"><strong>Why it matters.</strong> {escape(words.why)} <strong>What to do.</strong> {escape(words.do)}</p>
<ul class="rows">
{listed}
</ul>
</details>"""


_SAYS = {"unclaimed effect": "The paper says", "unclaimed subject": "The paper names"}


def _entry(found: list[Row], place: html.Place) -> str:
    """Return the findings of one kind on one paper: which it is, and what is said, where, and what was found."""
    first = found[0]
    lines = []
    if first.reference:
        read = f' <span class="quiet">abstract read: {escape(first.read)}</span>' if first.read else ""
        title = f" {escape(first.title)}" if first.title else ""
        lines.append(f"<dt>Paper</dt><dd>{_linked(f'[{first.reference}]', place)}{title}{read}</dd>")
    for row in found:
        own = row.where.startswith(("title of reference", "abstract of reference"))
        who = _SAYS.get(row.finding) or ("The paper says" if own else "The review says")
        who = "Reference list" if row.where == "reference list" else who
        said = f'<b>{_linked(row.claimed, place)}</b> <span class="quiet">{_linked(row.where, place)}</span>'
        lines.append(f'<dt>{who}</dt><dd>{said}<br><span class="found-why">{escape(row.reason)}</span></dd>')
    return "".join(lines)


def _linked(cell: str, place: html.Place) -> str:
    href = place(cell)
    return f'<a href="{escape(href)}">{escape(cell)}</a>' if href else escape(cell)


def ris(audit: Audit, papers: Iterable[Paper]) -> str:
    """Return the references that findings are about as RIS, each with the findings as its notes."""
    notes: dict[str, list[str]] = {}
    for row in audit.findings:
        if row.reference:
            notes.setdefault(row.reference, []).append(f"{told(row.finding).what}: {row.reason} ({row.where})")
    return "".join(_ris(paper, notes[paper.number]) for paper in papers if paper.number in notes)


def _ris(paper: Paper, notes: list[str]) -> str:
    lines = [("TY", "JOUR"), ("ID", paper.number), ("TI", paper.title), ("AU", paper.author), ("PY", paper.year)]
    lines += [("DO", paper.doi), ("AN", f"PMID:{paper.pmid}" if paper.pmid else "")]
    lines += [("UR", url) for _, url in paper.links]
    lines += [("N1", note) for note in dict.fromkeys([f"Status: {paper.status}.", *notes])]
    return "".join(f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in lines if value) + "ER  - \r\n\r\n"


def _file(audit: Audit, about: str) -> str:
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
<p class="lead">{escape(about)}</p>
<p>{escape(audit.limits)}</p>
{html.table(audit.summary(), "Findings by severity")}
{sections(audit)}
</main>
</body>
</html>
"""
