"""Normal: the one form in which texts and names are compared, whichever door they come through.

Print, spreadsheets and keyboards write one name in many ways: with a typesetter's hyphen, a soft hyphen, a ligature, a
letter and its accent apart, β or beta. `plain` makes these one and keeps every letter, digit and mark that can carry
meaning. `key` also drops case, spaces and hyphens, which readers vary; `skeleton` also takes for one what only looks
alike, as a Cyrillic е looks like a Latin e, so that no two names differ in their code points alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Hyphens of typesetters, and the minus, to the hyphen of a keyboard; quotation marks to straight ones.
_MARKS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2043\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u2018\u2019\u201b\u02bc", "'")
    | dict.fromkeys("\u201c\u201d\u201f", '"')
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_DASH_IN_NAME = re.compile(r"(?<=[^\W\d_])[\u2012\u2013](?=\w)|(?<=\w)[\u2012\u2013](?=[^\W\d_])")
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_GREEK_NAME = re.compile(r"GREEK .*LETTER (?:FINAL )?(\w+)|GREEK (\w+) SYMBOL")

# Letters of other scripts that look like Latin ones in print, and Latin ones that look like others once case is gone.
_ALIKE = str.maketrans(
    dict(zip("авекмнорстухіјѕһԁԛԝӏьց", "abekmhopctyxijshdqwlbg", strict=True)) | {"ı": "i", "ɡ": "g", "ο": "o"}
)  # fmt: skip


def printed(text: str) -> str:
    """Return a text with keyboard hyphens and quotes, composed, and without what nobody sees; letters as printed."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_MARKS)


def plain(text: str) -> str:
    """Return a text in the one form: as printed, a dash in a name as a hyphen, Greek spelled."""
    return _GREEK.sub(lambda letter: spelled(letter[0]), _DASH_IN_NAME.sub("-", printed(text)))


def lettered(text: str) -> str:
    """Return a text with the Greek letters that it spells as letters: TGF-beta as TGF-β."""
    return _GREEK_WORD.sub(lambda word: _GREEK_WORDS[word[0]], text)


@cache
def spelled(letter: str) -> str:
    """Return the name of a Greek letter in lower case, and any other letter as it is."""
    named = _GREEK_NAME.match(unicodedata.name(letter, ""))
    return (named[1] or named[2]).lower().replace("lamda", "lambda") if named else letter


_GREEK_WORDS = {spelled(letter): letter for letter in "αβγδεζθκλσω"}
_GREEK_WORD = re.compile(rf"(?<![a-z])(?:{'|'.join(_GREEK_WORDS)})(?![a-z])")


def key(name: str) -> str:
    """Return what two spellings of a name share: no case, and no spaces and hyphens but between digits."""
    apart = re.sub(r"(?<=\d)[\s\-\u2012-\u2015]+(?=\d)", "~", plain(name).casefold())
    return re.sub(r"[\s\-\u2012-\u2015]+", "", apart).replace("~", "-")


_MIRNA = re.compile(r"(?:hsa[\s_-])?(?:micro[\s-]?rna|mirna|mir)s?[\s_-]*(\d.*)", re.IGNORECASE)


def folded(name: str) -> str:
    """Return a name without what readers vary: its writing, case, `hsa-`, the spelling of miR, spaces and hyphens."""
    bare = plain(name).strip()
    mirna = _MIRNA.fullmatch(bare)
    return key(f"mir{mirna[1]}" if mirna else re.sub(r"(?i)^hsa-", "", bare))


def skeleton(name: str) -> str:
    """Return what two names share that look alike in print: case, accents and letters of other scripts apart."""
    look = unicodedata.normalize("NFD", _unspelled(name).casefold().translate(_ALIKE))
    bare = "".join(letter for letter in look if not unicodedata.combining(letter))
    return " ".join(plain(bare).split())


def _unspelled(name: str) -> str:
    """Return a name with the Greek capitals that look Latin as Latin ones: Α, Β, Ε and their like."""
    return name.translate(str.maketrans("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"))


def unseen(text: str) -> str:
    """Return the code point of the first character of a text that no reader sees, such as U+200B, or nothing."""
    found = _INVISIBLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def foreign(text: str) -> str:
    """Return the first letter of a text that is of no script that names here are written in, or nothing."""
    for letter in text:
        if letter.isalpha() and not unicodedata.name(letter, "").startswith(
            (
                "LATIN",
                "GREEK",
                "MICRO",
                "FULLWIDTH LATIN",
                "MODIFIER",
                "SUPERSCRIPT",
                "SUBSCRIPT",
                "FEMININE",
                "MASCULINE",
            )
        ):
            return letter
    return ""
