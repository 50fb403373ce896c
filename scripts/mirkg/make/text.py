"""Text: the one normal form and the one splitter by which passages of a review are found again.

A passage is stored as its place and the SHA-256 of its normal form, never as its words. The normal
form drops what a reader's copy may differ in (white space, hyphens, emphasis marks, soft hyphens,
the shape of quotation marks), so that other line and page breaks give the same digest, and keeps
every letter, digit and other mark, so that one changed word does not. A digest cannot be brought
into another form, since the words are not kept: a copy is tried in each way of writing it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from mirkg.model import files, normal
from mirkg.model.problems import BadInput, Problem

# White space, the hyphens, the soft hyphen and the asterisk and underscore of emphasis.
_DROPPED = re.compile(r"[\s*_\-\u00ad\u2010\u2011]+")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})

# A sentence ends at . ! or ? when the next word starts like a sentence: a capital, a digit, an
# opening mark, or a name such as miR-21, miRNA, mRNA or lncRNA.
_BOUNDARY = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d(\[*\"'\u201c\u2018]|mi[rR]|mRNA|lncRNA)")
# ... unless the stop belongs to an abbreviation, an initial or an enumeration: "et al.", "A.", "1).".
_NOT_AN_END = re.compile(
    r"(?:\b(?:al|e\.g|i\.e|vs|cf|ca|Fig|Figs|No|Dr|approx)|(?:^|(?<=[\s.(])|(?<=\.-))[A-Z]|[:,;] \d\))\.$"
)
# A capital after a Greek letter is the end of a name that print has set apart, "NF- κ B", and no initial.
_GREEK_NAME = re.compile(r"[\u0370-\u03ff]\s*[A-Z]\.$")
_LOOKED_BACK = 40  # characters before a stop, in which an abbreviation is looked for
_ENDS_SENTENCE = re.compile(r"[.!?:][\"'\u201d\u2019)\]]*$")

_CAPTION = re.compile(r"(Figure|Table) (\d+):")
_CELLS = re.compile(r"\t| {2,}")
_PAGE_NUMBER = re.compile(r"\s*\d{1,4}\s*$")
_REFERENCE = re.compile(r"\s*(?:-|\d+\.)\s")


class Section(NamedTuple):
    """Name one section by its identifier and its printed heading."""

    id: str
    heading: str


class Outline(NamedTuple):
    """Describe how a review's text is divided: sections in order, tables, authors, end."""

    sections: tuple[Section, ...]
    cells: dict[str, str]  # table -> the heading of the column that holds its passages
    authors: tuple[str, ...]
    end: str


class Passage(NamedTuple):
    """Hold one sentence or table cell with its place in the review."""

    id: str
    kind: str
    section: str
    paragraph: int | None
    sentence: int | None
    row: int | None
    text: str


def normal_form(text: str) -> str:
    """Return the text without what copies may differ in: NFKC, no white space, no hyphens."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text).translate(_QUOTES))


def digest(text: str) -> str:
    """Return the SHA-256 of the normal form of a text, as 64 hexadecimal digits."""
    return hashlib.sha256(normal_form(text).encode()).hexdigest()


def digests(text: str) -> set[str]:
    """Return the digests of a text in each way of writing it: as it is, cleaned, with Greek as letters, and spelled."""
    printed = normal.printed(text)
    spelled = "".join(map(normal.spelled, printed))
    return set(map(digest, (text, printed, normal.lettered(printed), spelled)))


def read(path: str) -> str:
    """Read a reader's copy of a review.

    Raises:
        BadInput: the file cannot be read, is not UTF-8, or is empty.
    """
    content = files.user_text(path, "Name a text file.")
    if not content.strip():
        raise BadInput(Problem(path, 0, "", "is empty.", "Name a copy of the review's text."))
    return content


def sentences(paragraph: str) -> list[str]:
    """Split a paragraph into its sentences."""
    found: list[str] = []
    start = 0
    for boundary in _BOUNDARY.finditer(paragraph):
        before = paragraph[max(start, boundary.start() - _LOOKED_BACK) : boundary.start()]
        if _GREEK_NAME.search(before) or not _NOT_AN_END.search(before):
            found.append(paragraph[start : boundary.start()])
            start = boundary.end()
    return [sentence for sentence in [*found, paragraph[start:].strip()] if sentence]


def passages(text: str, outline: Outline) -> list[Passage]:
    """Return every passage of a review's text in reading order.

    A paragraph that a page break, an affiliation, a figure or a table cuts in two counts as one: a
    block continues the paragraph before it when that one does not end like a sentence.
    """
    return list(_Reader(outline).read(text))


class _Reader:
    """Walk the blocks of one text, telling narrative from what interrupts it."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.ahead = list(outline.sections)
        self.section = ""
        self.paragraphs: list[list[str]] = []  # each as the blocks that it was cut into
        self.table = ""
        self.header: list[str] = []
        self.rows = 0
        self.aside: list[Passage] = []  # captions and cells met inside the current section

    def read(self, text: str) -> Iterator[Passage]:
        for block in self._blocks(text):
            if block.startswith(self.outline.end):
                break
            if heading := self._heading(block):
                yield from self._close()
                self._open(heading, block)
            elif self.section:
                self._take(block)
        yield from self._close()

    def _blocks(self, text: str) -> Iterator[str]:
        """Cut the text at blank lines, form feeds, headings and table rows."""
        lines: list[str] = []
        for line in [*re.split(r"[\n\f\r]+(?=.)", re.sub(r"\n[^\S\n\t]*(?=\n)", "\n\0", text.rstrip())), "\0"]:
            alone = "\t" in line or self._heading(line.strip()) or (self.table and self._row(line))
            if (not line.strip("\0 ") or alone) and lines:
                yield _join(lines)
                lines = []
            if alone:
                yield line.strip("\0 ")
            elif line.strip("\0 ") and not _PAGE_NUMBER.match(line):
                lines.append(line.strip("\0 "))

    def _heading(self, block: str) -> Section | None:
        """Return the section that a block opens: only the next one, as headings come in order."""
        if not self.ahead:
            return None
        heading = self.ahead[0].heading
        opens = block.startswith(heading) if heading.endswith(":") else block == heading
        return self.ahead[0] if opens else None

    def _open(self, section: Section, block: str) -> None:
        self.ahead.pop(0)
        self.section, self.paragraphs = section.id, []
        if rest := block.removeprefix(section.heading).strip():
            self._take(rest)

    def _take(self, block: str) -> None:
        if caption := _CAPTION.match(block):
            self._caption(caption, block)
        elif self.table and self._row(block):
            self._cell(block)
        elif not self._affiliation(block):
            self.table = ""
            if self.paragraphs and not _ENDS_SENTENCE.search(self.paragraphs[-1][-1]):
                self.paragraphs[-1].append(block)
            else:
                self.paragraphs.append([block])

    def _affiliation(self, block: str) -> bool:
        return block.startswith("*Corresponding") or any(block.startswith(f"{name},") for name in self.outline.authors)

    def _caption(self, caption: re.Match[str], block: str) -> None:
        section = f"{caption[1].lower()}-{caption[2]}"
        self.table = section if section in self.outline.cells else ""
        self.header, self.rows = [], 0
        text = block[caption.end() :].strip()
        self.aside.append(Passage(f"{section}-1-1", "TextPassage", section, 1, 1, None, text))

    def _row(self, block: str) -> list[str]:
        cells = [cell.strip() for cell in _CELLS.split(block.strip("\0 "))]
        return cells if len(cells) > 1 and (not self.header or len(cells) == len(self.header)) else []

    def _cell(self, block: str) -> None:
        cells = self._row(block)
        if not self.header:
            self.header = cells
            return
        self.rows += 1
        column = self.outline.cells[self.table]
        text = cells[self.header.index(column)] if column in self.header else ""
        name = f"{self.table}-row-{self.rows}"
        self.aside.append(Passage(name, "TableCell", self.table, None, None, self.rows, text))

    def _close(self) -> Iterator[Passage]:
        for number, paragraph in enumerate(self.paragraphs, 1):
            for ordinal, sentence in enumerate(sentences(_join(paragraph)), 1):
                name = f"{self.section}-{number}-{ordinal}"
                yield Passage(name, "TextPassage", self.section, number, ordinal, None, sentence)
        yield from self.aside
        self.paragraphs, self.aside = [], []


def _join(lines: list[str]) -> str:
    """Join lines with a space, but for a word that is hyphenated at its line's end."""
    joined = lines[0]
    for line in lines[1:]:
        joined += line if joined.endswith("-") else " " + line
    return joined
