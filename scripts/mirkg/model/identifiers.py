"""Identifiers: the one form of a DOI, a PubMed number and an accession, however a list, table or reader writes it."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from urllib.parse import unquote

from mirkg.model import normal
from mirkg.model.vocabulary import prefixes

_DOI = re.compile(r"(?<![\w.])10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_PMID = re.compile(
    r"(?:https?://)?(?:(?:www\.)?ncbi\.nlm\.nih\.gov/(?:pubmed|m/pubmed)/|pubmed\.ncbi\.nlm\.nih\.gov/)?"
    r"(?:(?:PMID|PubMed|MEDLINE|MED|pubmed\s*id)\s*[:=#]?\s*)*(?:https?://pubmed\.ncbi\.nlm\.nih\.gov/)?"
    r"0*([1-9][0-9]{0,8})(?:\.0*)?/?[.;,]?",
    re.IGNORECASE,
)
_FLOAT = re.compile(r"([1-9](?:\.[0-9]+)?)e\+?0?([0-9])", re.IGNORECASE)
_REGISTRY = re.compile(
    r"https?://(?:www\.)?(?:identifiers\.org|bioregistry\.io(?:/reference)?|n2t\.net)/([\w.]+)[:/](.+?)/?",
    re.IGNORECASE,
)
_CURIE = re.compile(r"([A-Za-z][\w.]*):([^\s/].*)")
_UNDERSCORED = re.compile(r"([A-Za-z]+)_(\w+)")
_ALSO = {"uniprot": "uniprotkb"}  # prefixes that registries write in another way
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


def plain_curie(text: str) -> str:
    """Return an accession with its prefix in lower case, whatever registry's form it has; other text in lower case.

    The forms are a CURIE, the IRI of the resource, an address at identifiers.org (with a colon or a slash),
    bioregistry.io or n2t.net, the end of an OBO IRI (CHEBI_28748), each with the prefix once or twice.
    """
    bare = unquote(text.strip())
    for prefix, namespace in _namespaces():
        rest = re.sub("^https?://", "", bare.casefold())
        if "://" in bare and rest.startswith(namespace):
            return _once(prefix, rest.removeprefix(namespace))
    found = _REGISTRY.fullmatch(bare) or _CURIE.fullmatch(bare)
    if not found and (under := _UNDERSCORED.fullmatch(bare)) and under[1].casefold() in dict(_namespaces()):
        found = under
    return _once(found[1], found[2]) if found else bare.casefold()


@cache
def _namespaces() -> list[tuple[str, str]]:
    """Return each prefix with its namespace, without the scheme and in lower case, the longest first."""
    pairs = [(prefix.casefold(), re.sub("^https?://", "", iri).casefold()) for prefix, iri in prefixes().items()]
    return sorted(pairs, key=lambda pair: -len(pair[1]))


def _once(prefix: str, accession: str) -> str:
    """Return a CURIE in lower case with a prefix that an accession repeats there once."""
    prefix = prefix.casefold()
    local = re.sub(rf"^{re.escape(prefix)}[:_]", "", accession.casefold())
    return f"{_ALSO.get(prefix, prefix)}:{local}"
