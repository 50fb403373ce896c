"""Head: what a page of the site says of itself to programs: signposting links and schema.org in JSON-LD.

Signposting: https://signposting.org/FAIR/; the types are those of schema.org that Bioschemas uses.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from mirkg.model.about import DATA_LICENCE
from mirkg.model.vocabulary import BASE
from mirkg.site.addresses import RDF

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
_SCHEMA = "https://schema.org/"
_TYPES = {
    "MicroRNA": "BioChemEntity",
    "LongNoncodingRNA": "BioChemEntity",
    "Gene": "Gene",
    "Drug": "Drug",
    "Disease": "MedicalCondition",
    "Reference": "ScholarlyArticle",
    "Review": "ScholarlyArticle",
    "Claim": "Claim",
}
Link = tuple[str, str, str]  # relation, address, media type


def head(up: str, links: list[Link], told: dict[str, Any]) -> str:
    """Return what goes into the head of a page that lies `up` below the top."""
    lines = [f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">']
    for relation, where, media in links:
        kind = f' type="{media}"' if media else ""
        way = where if where.startswith("http") else up + where
        lines.append(f'<link rel="{relation}" href="{escape(way)}"{kind}>')
    lines.append(f'<link rel="stylesheet" href="{up}static/site.css">')
    if told:
        content = json.dumps({"@context": {"@vocab": _SCHEMA}, **told}, ensure_ascii=False, sort_keys=True)
        escaped = content.replace("<", "\\u003c")
        lines.append(f'<script type="application/ld+json">{escaped}</script>')
    return "\n".join(lines) + "\n"


def signposts(iri: str, path: str) -> list[Link]:
    """Return the links of the page about a thing: what to cite, where it is RDF, its licence and its collection."""
    return [
        ("cite-as", iri, ""),
        ("type", f"{_SCHEMA}AboutPage", ""),
        *(("describedby", f"{path}.{ending}", media) for ending, media in RDF.items()),
        ("license", DATA_LICENCE, ""),
        ("collection", "index.html", "text/html"),
    ]


def about(iri: str, kind: str, label: str, same: list[str]) -> dict[str, Any]:
    """Return a thing in the terms of schema.org."""
    type = _TYPES.get(kind, "DefinedTerm")
    inside = {"Claim": "isPartOf", "ScholarlyArticle": "isPartOf", "DefinedTerm": "inDefinedTermSet"}.get(
        type, "subjectOf"
    )
    told: dict[str, Any] = {
        "@id": iri,
        "@type": type,
        "name": label,
        "identifier": iri,
        inside: {"@id": BASE.rstrip("/")},
    }
    return told | ({"sameAs": [{"@id": one} for one in same]} if same else {})
