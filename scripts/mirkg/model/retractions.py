"""Retractions: lists of what was retracted, is under concern or was reinstated, and which references they name."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from mirkg.model import files
from mirkg.model.problems import BadInput, Problem

RETRACTED, CONCERN, ACTIVE, WITHDRAWN, UNKNOWN = "retracted", "concern", "active", "withdrawn", "unknown"
_NATURE = {"retraction": RETRACTED, "expression of concern": CONCERN, "reinstatement": ACTIVE}


class Reference(NamedTuple):
    """Name one reference by its number and identifiers, with its status and whether its title admits to it."""

    number: str
    doi: str
    pmid: str
    status: str
    title: str


class Notices(NamedTuple):
    """Hold what a list says: a status and a notice for each DOI (lower case) and PubMed number."""

    dois: dict[str, tuple[str, str]]
    pmids: dict[str, tuple[str, str]]

    def on(self, reference: Reference) -> tuple[str, str, str]:
        """Return the status, notice and identifier by which the list names a reference, or three empty strings."""
        doi, pmid = plain_doi(reference.doi), plain(reference.pmid)
        if doi and doi in self.dois:  # what has no identifier is named by no list
            return (*self.dois[doi], f"doi {doi}")
        if pmid and pmid in self.pmids:
            return (*self.pmids[pmid], f"PMID {pmid}")
        return "", "", ""


class Match(NamedTuple):
    """Hold one reference that a list names: its status before and after, and by what it was found."""

    reference: Reference
    listed: str
    after: str
    notice: str
    by: str


def plain(identifier: str) -> str:
    """Return an identifier without spaces, also those that cannot be seen, in lower case."""
    return "".join(character for character in identifier if character.isprintable() and character != " ").lower()


def plain_doi(doi: str) -> str:
    """Return a DOI without a resolver before it, in lower case."""
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)*", "", plain(doi))


# --------------------------------------------------------------------------------------------------
# Lists
# --------------------------------------------------------------------------------------------------


def read(path: str) -> Notices:
    """Read a list of retractions: JSON by DOI, the CSV of Retraction Watch, or lines of DOIs and PubMed numbers.

    Raises:
        BadInput: the file cannot be read, or a line is none of these; the message names it.
    """
    text = files.user_text(path, "Name a list of retractions.")
    if text.lstrip().startswith("{"):
        return _json(path, text)
    if "RetractionNature" in text.partition("\n")[0]:
        return _csv(path, text)
    return _lines(path, text)


def _json(path: str, text: str) -> Notices:
    do = 'The form is {"retractions": {DOI: notice DOI}, "concerns": {DOI: notice DOI}}.'
    try:
        told = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            Problem(path, error.lineno, f"column {error.colno}", f"is not JSON: {error.msg}.", do)
        ) from error
    if not set(told) <= {"retractions", "concerns"} or not all(isinstance(part, dict) for part in told.values()):
        raise BadInput(Problem(path, 0, "", f"has {', '.join(sorted(told))}.", do))
    dois: dict[str, tuple[str, str]] = {}
    for part, status in (("concerns", CONCERN), ("retractions", RETRACTED)):  # a retraction outweighs a concern
        named = {plain_doi(doi): (status, str(notice)) for doi, notice in told.get(part, {}).items()}
        dois.update({doi: notice for doi, notice in named.items() if doi})
    return Notices(dois, {})


def _csv(path: str, text: str) -> Notices:
    dois: dict[str, tuple[str, str]] = {}
    pmids: dict[str, tuple[str, str]] = {}
    reader = csv.DictReader(io.StringIO(text, newline=""))
    needed = {"OriginalPaperDOI", "OriginalPaperPubMedID", "RetractionNature", "RetractionDOI"}
    if missing := needed - set(reader.fieldnames or ()):
        raise BadInput(Problem(path, 1, ", ".join(sorted(missing)), "is missing.", "Take the CSV of Retraction Watch."))
    for row in reader:
        status = _NATURE.get((row["RetractionNature"] or "").strip().lower())
        if status is None:  # corrections say nothing of the standing
            continue
        notice = (status, (row["RetractionDOI"] or "").strip())
        for known, name in (
            (dois, plain_doi(row["OriginalPaperDOI"] or "")),
            (pmids, plain(row["OriginalPaperPubMedID"] or "")),
        ):
            if name and name not in ("0", "unavailable"):
                known[name] = _graver(known.get(name), notice)
    return Notices(dois, pmids)


def _graver(one: tuple[str, str] | None, other: tuple[str, str]) -> tuple[str, str]:
    """Return which of two notices on a paper holds: a reinstatement, else a retraction, else a concern."""
    order = (ACTIVE, RETRACTED, CONCERN)
    return min([notice for notice in (one, other) if notice], key=lambda notice: order.index(notice[0]))


def _lines(path: str, text: str) -> Notices:
    dois: dict[str, tuple[str, str]] = {}
    pmids: dict[str, tuple[str, str]] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        entry = re.split(r"\s+[#!]", line.strip(), maxsplit=1)[0].strip()
        if not entry or entry[0] in "#!":
            continue
        first = entry.split(",")[0].strip()
        pmid = re.fullmatch(r"(?:PMID:\s*)?(\d{1,9})", first, re.IGNORECASE)
        if pmid:
            pmids[pmid[1]] = (RETRACTED, "")
        elif re.match(r"10\.\d{4,9}/\S", plain_doi(first)):
            dois[plain_doi(first)] = (RETRACTED, "")
        elif not re.fullmatch(r"PMCID:\s*PMC\d+", first, re.IGNORECASE):
            what = f"{first[:60]!r} is neither PMID:number nor a DOI."
            problems.append(Problem(path, number, "", what, "Mend or remove the line, or start a comment with # or !."))
    if problems:
        raise BadInput(problems)
    return Notices(dois, pmids)


# --------------------------------------------------------------------------------------------------
# Matching
# --------------------------------------------------------------------------------------------------


def matched(notices: Notices, known: Iterable[Reference]) -> list[Match]:
    """Return the references that a list names.

    A list adds retractions and concerns. A fallen reference returns only where the list says reinstated, and a concern
    does not take a retraction back.
    """
    found = []
    for reference in known:
        listed, notice, by = notices.on(reference)
        if listed:
            keeps = listed == CONCERN and reference.status in (RETRACTED, WITHDRAWN)
            found.append(Match(reference, listed, reference.status if keeps else listed, notice, by))
    return found


def unlisted(matches: Iterable[Match]) -> dict[str, str]:
    """Return what takes out of a graph what a list says and the tables already record, by number."""
    return {match.reference.number: UNKNOWN for match in matches if match.reference.status == match.listed}


def marked_by_review(reference: Reference) -> bool:
    """Return whether the review prints in the title that the article fell."""
    return reference.title.lower().startswith(("retracted", "withdrawn"))


def statuses(matches: Iterable[Match]) -> dict[str, str]:
    """Return the new status of each matched reference that changes, by number."""
    return {match.reference.number: match.after for match in matches if match.after != match.reference.status}
