"""Mentions: which entities the title of a reference names, read by names alone.

Reading from the left, the longest name wins, so that HER2-positive breast cancer names a disease and no gene.
Symbols and short names count only in the case in which they are printed; names of drugs, diseases, processes
and pathways in any. A miRNA is read by its number, its letter in the printed case, and its arm: miR-29b is
never miR-29c, and 221/222 names two. Cells are read by themselves, since their names hold others: ovarian
cancer cells are named, and so is ovarian cancer. A category is named in the plural: one of its kind is not all.
A pathway is named after the molecules whose names its own holds, which a title that names it does not name apart.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from mirkg.make.tables import Row
from mirkg.model import normal
from mirkg.model.vocabulary import classes_of

MIRNAS = "miRNAs"  # the category that a title names which speaks of miRNAs and names none

_MIRNA = re.compile(
    r"\b(?:hsa-)?(?:[Mm]icro-?RNA|[Mm]iRNA|[Mm]i[Rr]|([Ll]et))s?-(\d+)([a-z]?)(-\d(?![p\d]))?(-[35]p)?"
    r"((?:/(?:\d+[a-z]?|[a-z]\b))*)"
)
_GENERIC = re.compile(r"\b(?:[Mm]icro-?RNAs?|[Mm]iRNAs?|[Mm]iRs)\b")
_CATEGORY = "Category"
_MOLECULES = classes_of("Molecule")
_ANY_CASE = {
    _CATEGORY,
    "BiologicalProcess",
    "CellType",
    "CellularComponent",
    "ChemicalEntity",
    "Disease",
    "RNAType",
    "SignalingPathway",
    "Tissue",
    *classes_of("Therapy"),
}
_IN_CASE = {"CellLine", *_MOLECULES} - {"MicroRNA"}  # a miRNA is read by its number
_READ = _ANY_CASE | _IN_CASE
_SHORT = 4  # names of so few letters count only as they are printed
_PATHWAY = re.compile(r" (?:pathway|axis)$")
# What a name is cut into: hyphens and spaces, and Greek letters by their names, which print sets apart: NF- κ B.
_GREEK = "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega"
_ROOM = r"[-\s]{0,3}"
_WORD = re.compile(r"\w+")
_ANY = ""  # stands for a word of a name of which no word is sure
_PARTS = re.compile(rf"([-\s]+)|((?<![a-z])(?:{_GREEK})(?![a-z]))")


class Namer:
    """Find the entities of a table in titles."""

    def __init__(self, entities: Iterable[Row]) -> None:
        rows = list(entities)
        self.pathways = [row for row in rows if row["kind"] == "SignalingPathway"]
        self.mirnas = {row["label"]: row["id"] for row in rows if row["kind"] == "MicroRNA"}
        self.molecules = {row["id"] for row in rows if row["kind"] in _MOLECULES}
        self.general = {row["id"] for row in rows if row["id"] == MIRNAS}
        self.readers = [
            _Reader(row for row in rows if row["kind"] in _READ - {"CellType"} and row["id"] not in self.general),
            _Reader(row for row in rows if row["kind"] == "CellType"),
        ]

    def mentioned(self, title: str) -> list[str]:
        """Return the ids of the entities that a title names, sorted."""
        text = normal.plain(" ".join(title.split()))
        found = {
            self.mirnas[label] for match in _MIRNA.finditer(text) for label in _labels(match) if label in self.mirnas
        }
        rest = _MIRNA.sub("\0", text)
        if not found and _GENERIC.search(rest):
            found |= self.general
        for reader in self.readers:
            found |= reader.read(rest)
        return sorted(found)

    def names_of_pathways(self) -> dict[str, list[str]]:
        """Return for each pathway after which molecules it is named, by ids."""
        return {row["id"]: self.named_after(row) for row in self.pathways}

    def named_after(self, pathway: Row) -> list[str]:
        """Return the ids of the molecules whose names the name of a pathway holds, sorted."""
        found: set[str] = set()
        for name in _names(pathway):
            for part in _PATHWAY.sub("", name).split("/"):
                found.update(*map(self.mentioned, [part, *part.split("-")]))
        return sorted(found & self.molecules)


class _Reader:
    """Read the names of some entities from left to right, at each place the longest.

    Of the many names only those are looked for whose rarest word stands in the text.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        names = [(name, row) for row in rows for name in _names(row) if row["kind"] != _CATEGORY or name.endswith("s")]
        names.sort(key=lambda named: (-len(named[0]), named[0]))
        self.ids = [row["id"] for _, row in names]
        self.patterns = [rf"(?<![\w-]){_pattern(name, row['kind'])}" for name, row in names]  # where a word begins
        self.names: dict[int, re.Pattern[str]] = {}
        words = [_sure_words(name, row["kind"]) for name, row in names]
        common = Counter(form for each in words for forms in each for form in forms)
        self.by_word: dict[str, list[int]] = defaultdict(list)
        for number, each in enumerate(words):
            for form in min(each, key=lambda forms: common[forms[0]], default=(_ANY,)):
                self.by_word[form].append(number)

    def read(self, text: str) -> set[str]:
        words = {_ANY, *_WORD.findall(text.lower())}
        near = {number for word in words & self.by_word.keys() for number in self.by_word[word]}
        ahead = [one for number in near if (one := self._next(number, text, 0))]
        found: set[str] = set()
        while ahead:
            _, number, end = min(ahead)
            found.add(self.ids[number])
            further = (one if one[0] >= end else self._next(one[1], text, end) for one in ahead)
            ahead = [one for one in further if one]
        return found

    def _next(self, number: int, text: str, place: int) -> tuple[int, int, int] | None:
        """Return where a name begins next, the number of the name, and where it ends."""
        if number not in self.names:
            self.names[number] = re.compile(self.patterns[number])
        match = self.names[number].search(text, place)
        return (match.start(), number, match.end()) if match else None


def _sure_words(name: str, kind: str) -> list[tuple[str, ...]]:
    """Return the words that stand in every text that has a name, in lower case, each with its plural.

    Of a name with a Greek letter nothing is sure, since print sets its parts apart or together.
    """
    stem = _PATHWAY.sub("", name) if kind == "SignalingPathway" else name
    plain = normal.plain(stem)
    if any(match[2] for match in _PARTS.finditer(plain)):
        return []
    *words, last = _WORD.findall(plain.lower()) or [_ANY]
    if stem != name or not last:
        return [(word,) for word in [*words, last]]
    return [*((word,) for word in words), (last, f"{last}s", f"{last[:-1]}ies")]


def _names(row: Row) -> list[str]:
    return [row["label"], *row.items("synonyms")]


def _labels(match: re.Match[str]) -> list[str]:
    """Return the labels that one printed name stands for: miR-221/222 for two."""
    stem = "let" if match[1] else "miR"
    tail = (match[4] or "") + (match[5] or "")
    parts = [part if part[0].isdigit() else match[2] + part for part in match[6].split("/") if part]
    return [f"{stem}-{number}{tail}" for number in [match[2] + match[3], *parts]]


def _pattern(name: str, kind: str) -> str:
    """Return what matches a name: hyphens and spaces alike, a plural, a pathway as pathway or signaling."""
    stem = _PATHWAY.sub("", name) if kind == "SignalingPathway" else name
    words = _words(normal.plain(stem))
    if stem != name:
        end = r"(?:[-\s]signall?ing(?:[-\s]pathways?)?|[-\s]pathways?|[-\s]axis)"
    elif name.endswith("y"):
        words, end = words[:-1], "(?:y|ies)"
    else:
        end = "s?"
    case = "" if kind in _IN_CASE or len(name) <= _SHORT else "i"
    return rf"(?{case}:{words}{end})(?![\w+])"


def _words(name: str) -> str:
    """Return what matches a name, hyphens and spaces alike, with room around the Greek letters in it."""
    made = ""
    for part in filter(None, _PARTS.split(name)):
        if _PARTS.fullmatch(part) and not part[0].isalpha():
            made += r"[-\s]"
        elif _PARTS.fullmatch(part):
            made = made.removesuffix(r"[-\s]") + rf"{_ROOM}{part}{_ROOM}"
        else:
            made += re.escape(part)
    return made.removeprefix(_ROOM).removesuffix(_ROOM).replace(rf"{_ROOM}[-\s]", _ROOM)
