"""Negotiation: which of the forms on offer a client would rather have, by its Accept header."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from mirkg.model.problems import BadInput

RESULTS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/trig": ox.RdfFormat.TRIG,
}
# What a client may call a form by its family: JSON, XML or text of the kind that the answer is.
_ALSO = {
    "application/sparql-results+json": ("application/json",),
    "application/sparql-results+xml": ("application/xml", "text/xml"),
    "text/tab-separated-values": ("text/plain",),
    "application/ld+json": ("application/json",),
    "application/rdf+xml": ("application/xml", "text/xml"),
    "application/n-triples": ("text/plain",),
    "text/html": ("application/xhtml+xml",),
}
ROWS = {"json": "application/json", "csv": "text/csv", "tsv": "text/tab-separated-values"}
SUFFIXES = {
    "ttl": "text/turtle",
    "html": "text/html",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "trig": "application/trig",
}


def named(form: str) -> str:
    """Return what a client would accept that names the form of an answer, as a short name or as a media type.

    Raises:
        BadInput: there is no such form.
    """
    short = {"json": "application/json", "xml": "application/xml", **ROWS, **SUFFIXES}
    short.pop("html")
    if form and form not in short and form not in (*RESULTS, *GRAPHS, *short.values()):
        raise BadInput(f"There is no format {form[:100]!r}. The formats are {', '.join(short)}.")
    return short.get(form, form)


def best(accept: str, offered: Iterable[str]) -> str:
    """Return the media type on offer that a client likes most, the first of equals; "" if it takes none."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()] or [("*/*", 1.0)]
    liked = [(_liking(media, ranges), media) for media in offered]
    most = max(liked, key=lambda pair: pair[0])
    return most[1] if most[0] > 0 else ""


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = min(max(float(value), 0.0), 1.0)
            except ValueError:
                quality = 0.0
    return media.lower(), quality


def _liking(media: str, ranges: list[tuple[str, float]]) -> float:
    """Return the quality of the most specific range that a media type falls under."""
    kind = media.partition("/")[0]
    names = {media: 3, f"{kind}/*": 2, "*/*": 1} | dict.fromkeys(_ALSO.get(media, ()), 3)
    fitting = [(names[name], quality) for name, quality in ranges if name in names]
    return max(fitting)[1] if fitting else 0.0
