"""Retractions: lists of what was retracted, is under concern or was reinstated, and which references they name.

A list is what others say of papers, in the order of its dates: retracted, reinstated and retracted again is retracted.
What a list says without touching a paper's standing (a correction, a preprint's withdrawal) is reported beside it, and
what could not be read in it is counted. A list without an entry that can be read is refused, since it clears nobody.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from mirkg.model import files, normal
from mirkg.model.identifiers import plain_doi, plain_pmid
from mirkg.model.problems import BadInput, Problem

RETRACTED, CONCERN, ACTIVE, WITHDRAWN, UNKNOWN = "retracted", "concern", "active", "withdrawn", "unknown"
NOTED = ""  # what is said of a paper and leaves its standing as it is
# What a notice is, by a word in it; the first that fits. A partial retraction leaves the paper standing, under concern.
_NATURES = (
    ("reinstat", ACTIVE),
    ("partial", CONCERN),
    ("concern", CONCERN),
    ("preprint", NOTED),
    ("supersed", NOTED),
    ("supersession", NOTED),
    ("replace", NOTED),
    ("correct", NOTED),
    ("corrigend", NOTED),
    ("errat", NOTED),
    ("remov", WITHDRAWN),
    ("withdraw", WITHDRAWN),
    ("retract", RETRACTED),
)


class Reference(NamedTuple):
    """Name one reference by its number and identifiers, with its status and its title."""

    number: str
    doi: str
    pmid: str
    status: str
    title: str


class Notice(NamedTuple):
    """Hold what a list says of one paper: a status or none, in its own words, when, why and where."""

    status: str
    nature: str
    notice: str = ""
    date: str = ""
    reason: str = ""


class Notices(NamedTuple):
    """Hold what a list says, by DOI and by PubMed number, and how many of its entries could not be read, by why."""

    dois: dict[str, list[Notice]]
    pmids: dict[str, list[Notice]]
    unread: dict[str, int]

    def add(self, doi: str, pmid: str, notice: Notice) -> bool:
        """Add a notice under the identifiers of its paper; tell whether it has one."""
        for known, name in ((self.dois, plain_doi(doi)), (self.pmids, plain_pmid(pmid))):
            if name:
                known.setdefault(name, []).append(notice)
        return bool(plain_doi(doi) or plain_pmid(pmid))

    def skip(self, why: str) -> None:
        """Count an entry that cannot be read."""
        self.unread[why] = self.unread.get(why, 0) + 1

    def on(self, reference: Reference) -> tuple[str, str, str]:
        """Return the status, notice and identifier by which the list names a reference, or three empty strings."""
        return next(((match.listed, match.notice, match.by) for match in matched(self, [reference])), ("", "", ""))

    def of(self, reference: Reference) -> tuple[list[Notice], str]:
        """Return what the list says of a reference, in the order of time, and by which identifier it names it."""
        doi, pmid = plain_doi(reference.doi), plain_pmid(reference.pmid)
        by_doi, by_pmid = self.dois.get(doi, []) if doi else [], self.pmids.get(pmid, []) if pmid else []
        found = dict.fromkeys([*by_doi, *by_pmid])
        return _in_time(found), f"doi {doi}" if by_doi else f"PMID {pmid}" if by_pmid else ""


class Match(NamedTuple):
    """Hold one reference that a list names: its status before and after, by what it was found, and what is said."""

    reference: Reference
    listed: str
    after: str
    notice: str
    by: str
    nature: str = ""
    date: str = ""
    reason: str = ""


def _in_time(notices: Iterable[Notice]) -> list[Notice]:
    """Return notices in the order of their dates; one without a date comes after what it presupposes."""
    order = (NOTED, CONCERN, RETRACTED, WITHDRAWN, ACTIVE)
    known = list(notices)
    since = min((one.date for one in known if one.status in (RETRACTED, WITHDRAWN)), default="")
    return sorted(known, key=lambda one: (one.date or (since if one.status == ACTIVE else ""), order.index(one.status)))


def nature(words: str) -> str | None:
    """Return the status that a kind of notice gives a paper, or nothing if it is not known."""
    plain = normal.plain(words).lower()
    return next((status for word, status in _NATURES if word in plain), None)


def day(text: str) -> str | None:
    """Return a date as year-month-day, or nothing if it is none; 4/15/2019 is the American form of Retraction Watch."""
    bare = text.strip().split(" ")[0].split("T")[0]
    if not bare:
        return ""
    iso = re.fullmatch(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", bare)
    american = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", bare)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3])).isoformat()
        return date(int(american[3]), int(american[1]), int(american[2])).isoformat() if american else None
    except ValueError:
        return None


# --------------------------------------------------------------------------------------------------
# Lists
# --------------------------------------------------------------------------------------------------


def read(path: str) -> Notices:
    """Read a list of retractions: JSON by DOI, the CSV of Retraction Watch, or lines of DOIs and PubMed numbers.

    Raises:
        BadInput: the file cannot be read, is none of these, or has no entry that can be read; the message says where.
    """
    text = files.user_text(path, "Name a list of retractions.")
    notices = Notices({}, {}, {})
    if text.lstrip().startswith(("{", "[")):
        _json(path, text, notices)
    elif "RetractionNature" in text.lstrip().partition("\n")[0].partition("\r")[0]:
        _csv(path, text, notices)
    else:
        _lines(path, text, notices)
    if not notices.dois and not notices.pmids:
        why = "; ".join(f"{count} {why}" for why, count in sorted(notices.unread.items()))
        what = "has no entry that can be read" + (f" ({why})." if why else ".")
        raise BadInput(Problem(path, 0, "", what, "An empty list clears no reference: name the whole list."))
    return notices


def _json(path: str, text: str, notices: Notices) -> None:
    do = 'The form is {"retractions": {DOI: notice DOI}, "concerns": {DOI: notice DOI}}.'
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            Problem(path, error.lineno, f"column {error.colno}", f"is not JSON: {error.msg}.", do)
        ) from error
    except (RecursionError, ValueError) as error:
        raise BadInput(Problem(path, 0, "", "is not JSON that can be read: it is nested too deep.", do)) from error
    if not isinstance(told, dict):
        raise BadInput(Problem(path, 0, "", "holds no object.", do))
    if not set(told) <= {"retractions", "concerns"} or not all(isinstance(part, dict) for part in told.values()):
        raise BadInput(Problem(path, 0, "", f"has {', '.join(sorted(told))[:200]}.", do))
    for part, status, words in (
        ("retractions", RETRACTED, "retraction"),
        ("concerns", CONCERN, "expression of concern"),
    ):
        for doi, notice in told.get(part, {}).items():
            where = notice if isinstance(notice, str) else ""
            if not notices.add(doi, doi, Notice(status, words, where)):
                notices.skip("with neither a DOI nor a PubMed number, left out")


def _csv(path: str, text: str, notices: Notices) -> None:
    do = "Take the CSV of Retraction Watch."
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter, strict=True)
    begun = 1
    try:
        needed = {"OriginalPaperDOI", "OriginalPaperPubMedID", "RetractionNature", "RetractionDOI"}
        if missing := needed - set(reader.fieldnames or ()):
            raise BadInput(Problem(path, 1, ", ".join(sorted(missing)), "is missing.", do))
        begun = reader.line_num + 1
        for row in reader:
            _row(row, notices)
            begun = reader.line_num + 1
    except csv.Error as error:
        what = f"is not CSV: {error}. A quotation mark may be open."
        raise BadInput(Problem(path, begun, "", what, "Mend the row that begins there.")) from error


def _row(row: dict[str, str | None], notices: Notices) -> None:
    def cell(name: str) -> str:
        value = row.get(name)
        return value.strip() if isinstance(value, str) else ""

    status, when = nature(cell("RetractionNature")), day(cell("RetractionDate"))
    if "preprint" in cell("ArticleType").lower() and status in (RETRACTED, WITHDRAWN):
        status = NOTED  # the preprint was withdrawn, which says nothing of the paper
        row = {**row, "RetractionNature": f"{cell('RetractionNature')} of a preprint"}
    if status is None:
        notices.skip("of a nature that is not known, left out")
        return
    if when is None:
        notices.skip("with a date that cannot be read, taken without it")
    reason = "; ".join(part.strip("+ ") for part in cell("Reason").split(";") if part.strip("+ "))
    words = (row.get("RetractionNature") or "").strip().lower()
    notice = Notice(status, words, cell("RetractionDOI"), when or "", reason)
    if not notices.add(cell("OriginalPaperDOI"), cell("OriginalPaperPubMedID"), notice):
        notices.skip("with neither a DOI nor a PubMed number, left out")


def _lines(path: str, text: str, notices: Notices) -> None:
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        entry = re.split(r"\s[#!]", line.strip(), maxsplit=1)[0].strip()
        if not entry or entry[0] in "#!":
            continue
        first = re.split(r",\s*(?=PMC)|,\s|\t", entry, maxsplit=1)[0].strip()
        doi, pmid = plain_doi(first), plain_pmid(first)
        if doi or pmid:
            notices.add(doi, pmid, Notice(RETRACTED, "retraction"))
        elif re.fullmatch(r"(?:PMCID:\s*)?PMC\d+", first, re.IGNORECASE):
            notices.skip("with a PMC number alone, left out")
        else:
            what = f"{first[:60]!r} is neither PMID:number nor a DOI."
            problems.append(Problem(path, number, "", what, "Mend or remove the line, or start a comment with # or !."))
    if problems:
        raise BadInput(problems)


# --------------------------------------------------------------------------------------------------
# Matching
# --------------------------------------------------------------------------------------------------


def matched(notices: Notices, known: Iterable[Reference]) -> list[Match]:
    """Return the references on whose standing a list says something.

    A list adds retractions and concerns. A retracted reference returns only where the list says reinstated, and a
    concern does not take a retraction back.
    """
    found = []
    for reference in known:
        said, by = notices.of(reference)
        deciding = [one for one in said if one.status != NOTED]
        listed, after = "", reference.status
        for one in deciding:
            keeps = one.status == CONCERN and after in (RETRACTED, WITHDRAWN)
            listed, after = (
                listed if keeps and listed in (RETRACTED, WITHDRAWN) else one.status,
                after if keeps else one.status,
            )
        if deciding:
            last = next(one for one in reversed(deciding) if one.status == listed)
            found.append(Match(reference, listed, after, last.notice, by, last.nature, last.date, last.reason))
    return found


def remarks(notices: Notices, known: Iterable[Reference]) -> list[Match]:
    """Return what a list says of references and leaves their standing as it is: corrections, preprints, successors."""
    return [
        Match(reference, one.nature, reference.status, one.notice, by, one.nature, one.date, one.reason)
        for reference in known
        for said, by in [notices.of(reference)]
        for one in said
        if one.status == NOTED
    ]


def unlisted(matches: Iterable[Match]) -> dict[str, str]:
    """Return what takes out of a graph what a list says and the tables already record, by number."""
    return {match.reference.number: UNKNOWN for match in matches if match.reference.status == match.listed}


# --------------------------------------------------------------------------------------------------
# Marks in titles
# --------------------------------------------------------------------------------------------------

_GONE = r"retract(?:ed|ion)|withdrawn|withdrawal|(?:temporar(?:y|ily)\s+)?remov(?:ed|al)"
_THING = r"article|paper|chapter|publication|notice|note|statement"
_BEFORE = re.compile(
    rf"\W*(?:(?:notice|statement)\s+of\s+)?(?P<gone>{_GONE})(?:\s+(?:{_THING}))?\s*"
    r"(?:[:\])]|[-\u2013\u2014.]\s|\s(?:to|of):)|\W*(?P<retracted>retracted)\s+(?:article|paper)\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"[\[(]\s*(?:(?P<gone>{_GONE})(?:\s+(?:{_THING})\b[^\])]*|\s*[.;,:][^\])]*)?|(?P<retracted>retracted)\b[^\])]*"
    r"|(?P<notice>retraction)\s+of\b[^\])]*)\s*[\])]\W*$",
    re.IGNORECASE,
)
_CONCERN = re.compile(r"\W*(?:editorial\s+)?expressions?\s+of\s+concern\s*(?:[:\])]|(?:to|for|on)\b)", re.IGNORECASE)
_LOOKED_AT = 300  # characters at each end of a title


def mark(title: str) -> str:
    """Return the status that a title prints before or behind itself, or nothing: "Withdrawn drugs and" is no mark."""
    text = normal.plain(" ".join(title.split()))
    if _CONCERN.match(text):
        return CONCERN
    found = _BEFORE.match(text[:_LOOKED_AT]) or _BEHIND.search(text[-_LOOKED_AT:])
    if not found:
        return ""
    word = next(word for word in found.groupdict().values() if word)
    return RETRACTED if word.lower().startswith("retract") else WITHDRAWN


def unrecorded(title: str, status: str) -> str:
    """Return the status that a title prints and the recorded status lacks, or nothing."""
    printed = mark(title)
    known = status in (RETRACTED, WITHDRAWN) or (printed == CONCERN and status == CONCERN)
    return "" if known else printed


def marked_by_review(reference: Reference) -> bool:
    """Return whether the review prints in the title that the article was retracted."""
    return mark(reference.title) in (RETRACTED, WITHDRAWN)


def statuses(matches: Iterable[Match]) -> dict[str, str]:
    """Return the new status of each matched reference that changes, by number."""
    return {match.reference.number: match.after for match in matches if match.after != match.reference.status}
