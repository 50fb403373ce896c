"""Draft: the tables of a review of one's own, read from its text as far as they can be.

Headings, passages, references and brackets are read; what is said, and of what, is a curator's work. What could not be
read is reported, and its cells stay empty, so that `mirkg check` names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from mirkg.make.forms import FORMS, REVIEW_FORMS
from mirkg.make.tables import SEPARATOR
from mirkg.make.text import Outline, Section, digest, passages
from mirkg.model.identifiers import plain_doi, plain_pmid
from mirkg.model.iris import slug

_END = re.compile(r"(?:Acknowledge?ments?|Funding|References|Bibliography|Literature cited)\b", re.IGNORECASE)
_LIST = re.compile(r"^(?:References|Bibliography|Literature cited)\s*:?\s*$", re.IGNORECASE | re.MULTILINE)
_INLINE = re.compile(r"((?:Abstract|Summary|Keywords|Key words):)", re.IGNORECASE)
_FIRST = re.compile(r"(?:\d+\.?\s+)?(?:Abstract|Summary|Introduction)\b", re.IGNORECASE)
_CAPTION = re.compile(r"(?:Figure|Fig\.?|Table) \d")
_ENTRY = re.compile(r"^\s*(?:\[?(\d{1,4})[.\])]+|-)\s+", re.MULTILINE)
_BRACKET = re.compile(r"\[(\d{1,4}(?:\s*[-\u2010-\u2015,;]\s*\d{1,4})*)\]")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_LONGEST_HEADING = 90  # characters
_WIDEST = 50  # references that one range of a bracket may span


class Draft(NamedTuple):
    """Hold what was read of a review: its headings, its tables by their form, and what could not be read."""

    outline: Outline
    rows: dict[str, list[dict[str, str]]]
    title: str
    doi: str
    unread: list[str]


def drafted(text: str, curator: str, date: str) -> Draft:
    """Return the draft of a review's tables from its text."""
    unread: list[str] = []
    outline = _outline(text, unread)
    signed = {"curator": curator, "date": date}
    rows: dict[str, list[dict[str, str]]] = {form: [] for form in REVIEW_FORMS}

    def add(form: str, **cells: str) -> None:
        rows[form].append({column.name: "" for column in FORMS[form]} | cells | signed)

    for reference in _references(text, unread):
        add("references", type="not stated", status="unknown", abstract_read="noAbstract", **reference)
    known = {row["id"] for row in rows["references"]}
    for passage in passages(text, outline):
        place = {"paragraph": passage.paragraph, "sentence": passage.sentence, "row": passage.row}
        told = {name: str(value) for name, value in place.items() if value}
        add("passages", id=passage.id, kind=passage.kind, section=passage.section, digest=digest(passage.text), **told)
        for ordinal, numbers in enumerate(_brackets(passage.text), 1):
            cited = [one for one in numbers if one in known]
            if missing := [one for one in numbers if one not in known]:
                unread.append(f"{passage.id} cites {', '.join(missing)}, which the reference list does not have")
            if cited:
                add("brackets", id=f"{passage.id}-b{ordinal}", passage=passage.id, references=SEPARATOR.join(cited))
    for row in rows["references"]:
        if row["title"]:
            number = row["id"]
            add("passages", id=f"title-{number}", kind="ReferenceTitle", reference=number, digest=digest(row["title"]))
    if not any(row["kind"] == "TextPassage" for row in rows["passages"]):
        unread.append("no sentence: give review.toml the headings as the text prints them")
    blocks = list(_blocks(text))
    return Draft(outline, rows, blocks[0][:300] if blocks else "", _doi(text), unread)


def _blocks(text: str) -> Iterator[str]:
    """Yield what stands between blank lines, on one line each."""
    for block in re.split(r"\n\s*\n|\f", text):
        if block.strip():
            yield " ".join(block.split())


def _outline(text: str, unread: list[str]) -> Outline:
    """Return the headings of a text: short blocks without an end of a sentence, and Abstract: and its like."""
    sections: list[Section] = []
    end = ""
    for position, block in enumerate(_blocks(text)):
        if _END.match(block) and sections:
            end = block if len(block) <= _LONGEST_HEADING else _END.match(block)[0]  # type: ignore[index]
            break
        inline = _INLINE.match(block)
        heading = inline[1] if inline else block if position and _heads(block) else ""
        if heading:
            sections.append(Section(_id(heading, sections), heading))
    first = next((at for at, one in enumerate(sections) if _FIRST.match(one.heading)), 0)
    sections = sections[first:]  # what stands before is a title page
    if not end:
        end = "References"
        unread.append("no heading References, Acknowledgments or Funding: say in review.toml where the text ends")
    if not sections:
        unread.append("no headings: give review.toml the sections as the text prints them")
    return Outline(tuple(sections), {}, (), end)


def _heads(block: str) -> bool:
    bare = re.sub(r"^\d+(?:\.\d+)*\.?\s+", "", block)
    return bool(
        len(block) <= _LONGEST_HEADING
        and re.match(r"[A-Z]|mi[rR]|lnc|mRNA", bare)
        and block.count(",") < 2
        and not block.endswith((".", ",", ";", ":", "?", "!"))
        and len(bare.split()) <= 12
        and not _CAPTION.match(block)
        and "\t" not in block
        and "@" not in block
        and "://" not in block
    )


def _id(heading: str, sections: list[Section]) -> str:
    """Return a short id for a section that no other has."""
    words = [word for word in slug(heading).lower().split("-") if not word.isdigit()]
    name = "-".join(words[:3]).strip(".") or "section"
    taken = {section.id for section in sections}
    return next(one for one in [name, *(f"{name}-{number}" for number in range(2, 999))] if one not in taken)


def _references(text: str, unread: list[str]) -> Iterator[dict[str, str]]:
    """Yield what the numbered entries of the reference list say: first author, title, journal, year, identifiers."""
    found = list(_LIST.finditer(text))
    if not found:
        unread.append("no reference list: there is no line that reads References")
        return
    pieces = _ENTRY.split(text[found[-1].end() :])[1:]
    if not pieces:
        unread.append("the reference list has no numbered entries, such as 1. or [1]")
    seen: set[str] = set()
    last = 0
    for printed, entry in zip(pieces[::2], pieces[1::2], strict=True):
        last = int(printed) if printed else last + 1  # a list with dashes counts by itself
        number = str(last)
        if number in seen:
            unread.append(f"reference {number} stands twice in the list; the first is kept")
            continue
        seen.add(number)
        yield {"id": number, **_reference(number, " ".join(entry.split()), unread)}


def _reference(number: str, entry: str, unread: list[str]) -> dict[str, str]:
    parts = [
        part.strip() for part in re.split(r"(?<=[\w)])[.?]\s+(?=[A-Z0-9*_\"'\u201c]|mi[rR]|microRNA|lnc|[a-z]-)", entry)
    ]
    years = _YEAR.findall(re.sub(r"https?://\S+|doi:\S+", "", entry))
    pmid = re.search(r"PMID:?\s*(\d{1,9})", entry)
    told = {
        "first_author": parts[0].split(",")[0].strip()[:200] if len(parts) > 2 else "",
        "title": parts[1].rstrip(".") if len(parts) > 2 else "",
        "journal": re.split(r"\s*(?:\d|;)", parts[2])[0].strip(" .,*_") if len(parts) > 2 else "",
        "year": years[-1] if years else "",
        "doi": _doi(entry),
        "pmid": plain_pmid(pmid[1]) if pmid else "",
    }
    told["identifier_seen"] = "the reference list of the review" if told["doi"] or told["pmid"] else ""
    if lacks := [name for name in ("first_author", "title", "year") if not told[name]]:
        unread.append(f"reference {number}: no {', no '.join(lacks)} could be read: {entry[:80]}")
    return told


def _doi(text: str) -> str:
    found = re.search(r"\b10\.\d{4,9}/\S+", text[:20_000])
    return plain_doi(found[0]) if found else ""


def _brackets(sentence: str) -> Iterator[list[str]]:
    """Yield the numbers of each bracket of a sentence: [3, 5-7] is 3, 5, 6, 7."""
    for bracket in _BRACKET.finditer(sentence):
        numbers: list[int] = []
        for part in re.split(r"[,;]", bracket[1]):
            first, *rest = [int(one) for one in re.findall(r"\d+", part)]
            last = rest[-1] if rest else first
            numbers += range(first, last + 1) if first <= last <= first + _WIDEST else [first, last]
        yield [str(number) for number in dict.fromkeys(numbers)]
