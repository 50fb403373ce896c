"""Identifiers: the one form of a DOI and of a PubMed number, however a list, a table or a page writes them."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

from mirkg.model import normal

_DOI = re.compile(r"(?<![\w.])10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_PMID = re.compile(
    r"(?:https?://)?(?:(?:www\.)?ncbi\.nlm\.nih\.gov/(?:pubmed|m/pubmed)/|pubmed\.ncbi\.nlm\.nih\.gov/)?"
    r"(?:(?:PMID|PubMed|MEDLINE|MED|pubmed\s*id)\s*[:=#]?\s*)*(?:https?://pubmed\.ncbi\.nlm\.nih\.gov/)?"
    r"0*([1-9][0-9]{0,8})(?:\.0*)?/?[.;,]?",
    re.IGNORECASE,
)
_FLOAT = re.compile(r"([1-9](?:\.[0-9]+)?)e\+?0?([0-9])", re.IGNORECASE)
_LONGEST = 1_000  # characters of an identifier with its address
_PAIRS = {")": "(", "]": "[", ">": "<", "}": "{"}


def plain_doi(text: str) -> str:
    """Return a DOI without a resolver, prefix or trailing stop, decoded and in lower case; nothing if it is none."""
    bare = normal.plain(unescape(text)).strip("\"'` \t\r\n")
    bare = unquote(bare) if re.search(r"%[0-9A-Fa-f]{2}", bare) else bare
    found = _DOI.search(bare)
    if not found or found.end() < len(bare) or len(bare) > _LONGEST:
        return ""
    if not all(word[-1] in "/:=([<" or word.lower() == "doi" for word in bare[: found.start()].split()):
        return ""  # words that are no address and announce no DOI
    doi = re.sub(r"\?(?:utm_|ref=|via=|nosfx).*$|#(?:[a-z].*)?$", "", found[0])
    while doi and (doi[-1] in ".,;:'\"/" or (doi[-1] in _PAIRS and doi.count(doi[-1]) > doi.count(_PAIRS[doi[-1]]))):
        doi = doi[:-1]
    return doi.lower() if _DOI.fullmatch(doi) else ""


def plain_pmid(text: str) -> str:
    """Return a PubMed number without prefix, leading zeros or a fraction of naught; nothing if it is none."""
    bare = normal.plain(text).strip("<>\"'` \t\r\n")
    if len(bare) > _LONGEST:
        return ""
    if (power := _FLOAT.fullmatch(bare)) and float(bare).is_integer():
        return str(int(float(power[0])))
    found = _PMID.fullmatch(bare)
    return found[1] if found else ""
