"""Forms: the columns of each table, what their cells may hold, and the property that each becomes in the graph."""

from __future__ import annotations

import datetime
import re
from typing import NamedTuple

from mirkg.model.iris import WORDS


class Column(NamedTuple):
    """Describe one column: its pattern, whether it must be filled, what its items name, and what they become.

    `properties` are the properties by which the graph states the cell. `value` says how its items are written: as a
    text, number or date, as a term of the ontology or a node of what the column refers to. Where it is empty the graph
    states the cell in a way of its own: a property chosen by the kind of the item, or a triple of the proposition.
    """

    name: str
    pattern: str = r".+"
    required: bool = False
    many: bool = False
    refers: str = ""
    properties: tuple[str, ...] = ()
    value: str = ""

    @property
    def means(self) -> str:
        """What the pattern asks for, in words."""
        return _MEANS.get(self.pattern, f"of the form {self.pattern}")


ID = r"[A-Za-z0-9][A-Za-z0-9.-]*"
_NUMBER = r"[1-9][0-9]{0,8}"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DOI = r"10\.[0-9]{4,9}/[^\s%]+"
_OUTSIDE = r"[A-Za-z][A-Za-z0-9.]*:(?:[^\s<>\"{}|^`\\%\[\]]|%[0-9A-Fa-f]{2})+"
LONGEST = 5_000  # characters that a cell may have
_DIGEST = r"[0-9a-f]{64}"
_NAME = r"[^<>\"{}^`\\]+"
OWN_BASE = rf"(?!.*/(?:{'|'.join(WORDS)})/)https?://[^\s<>\"{{}}|^`\\/]+/(?:[^\s<>\"{{}}|^`\\]*/)?"
_MEANS = {
    ID: "letters, digits, dots and hyphens",
    _NUMBER: "a number",
    DATE: "a date, year-month-day",
    DOI: "a DOI without a resolver, 10.1000/name, and without a percent sign",
    _OUTSIDE: "a CURIE, prefix:accession, of characters that an IRI may have",
    r"positive|negative": "positive or negative",
    _DIGEST: "a SHA-256 of 64 hexadecimal digits",
    OWN_BASE: f"http:// or https:// with / at the end, and none of {', '.join(WORDS)} between slashes",
    _NAME: "a name without < > { } quotation marks, backslash, ^ or `",
}


def _text(name: str, property: str, pattern: str = r".+", *, required: bool = False, many: bool = False) -> Column:
    return Column(name, pattern, required, many, "", (property,), "text")


def _number(name: str, property: str, pattern: str = _NUMBER, *, required: bool = False) -> Column:
    return Column(name, pattern, required, False, "", (property,), "number")


def _term(name: str, property: str, pattern: str = r".+", *, many: bool = False) -> Column:
    return Column(name, pattern, True, many, "", (property,), "term")


def _node(name: str, refers: str, property: str, *, required: bool = False, many: bool = True) -> Column:
    return Column(name, r".+", required, many, refers, (property,), "node")


_SIGNATURE = (Column("curator", required=True), Column("date", DATE, required=True))
_SIGNED = (
    _text("curator", "mk:curator", required=True),
    Column("date", DATE, True, False, "", ("dcterms:date",), "date"),
)

FORMS: dict[str, tuple[Column, ...]] = {
    "entities": (
        Column("id", _NAME, required=True),
        _text("label", "rdfs:label", required=True),
        _term("kind", "rdf:type"),
        _text("synonyms", "skos:altLabel", many=True),
        _node("broader", "entities", "mk:broader"),
        _node("arm_of", "entities", "mk:armOf"),
        _node("member_of", "entities", "mk:memberOf"),
        _node("model_of", "entities", "mk:modelOf"),
        _node("derived_from_line", "entities", "mk:derivedFromLine"),
        _node("elements", "entities", "mk:hasElement"),
        *_SIGNATURE,
    ),
    "mappings": (
        Column("subject_id", rf"mke:{ID}", required=True),
        Column("subject_label", required=True),
        Column("predicate_id", r"skos:(exact|close|broad|narrow|related)Match", required=True),
        Column("object_id", _OUTSIDE, required=True),
        Column("object_label"),
        Column("mapping_justification", r"semapv:\w+", required=True),
        Column("comment"),
        Column("author_label", required=True),
        Column("mapping_date", DATE, required=True),
    ),
    "components": (
        _node("pathway", "entities", "mk:ofPathway", required=True, many=False),
        _node("component", "entities", "mk:ofComponent", required=True, many=False),
        Column("sign", r"positive|negative", required=True),
        _text("source", "dcterms:source", required=True, many=True),
        *_SIGNATURE,
    ),
    "passages": (
        Column("id", ID, required=True),
        _term("kind", "rdf:type", r"TextPassage|TableCell|ReferenceTitle|AbstractSentence|TableRow"),
        _text("section", "mk:section", ID),
        _number("paragraph", "mk:paragraph"),
        _number("sentence", "mk:sentence"),
        _number("row", "mk:tableRow"),
        _node("reference", "references", "mk:reference", many=False),
        _node("run", "brackets", "mk:runBracket", many=False),
        _text("digest", "mk:textDigest", _DIGEST, required=True),
        *_SIGNATURE,
    ),
    "references": (
        _number("id", "mk:referenceNumber", required=True),
        _text("first_author", "mk:firstAuthor", required=True),
        _number("year", "mk:year", r"[0-9]{4}", required=True),
        Column("journal"),
        _text("title", "dcterms:title", required=True),
        _text("pmid", "fabio:hasPubMedId", _NUMBER),
        _text("doi", "bibo:doi", DOI),
        Column("pmcid", r"PMC[0-9]+"),
        _text("identifier_seen", "mk:identifierSeenIn"),
        _text("type", "mk:publicationType", required=True),
        _term("status", "mk:publicationStatus"),
        Column("notice_doi", DOI),
        Column("status_basis"),
        _term("abstract_read", "mk:abstractRead"),
        _text("abstract_seen", "mk:abstractSeenIn"),
        *_SIGNATURE,
    ),
    "brackets": (
        Column("id", ID, required=True),
        _node("passage", "passages", "mk:statedIn", required=True, many=False),
        _node("references", "references", "cito:citesAsEvidence", required=True),
        *_SIGNATURE,
    ),
    "claims": (
        Column("id", ID, required=True),
        _node("passage", "passages", "mk:statedIn", required=True, many=False),
        Column("kind", required=True, properties=("rdf:type",)),
        Column("subject", required=True, refers="entities", properties=("mk:subject",)),
        Column("object", required=True, properties=("mk:object",)),
        Column("product", refers="entities", properties=("mk:product",)),
        _node("bracket", "brackets", "mk:citedThrough"),
        _term("basis", "mk:basis", many=True),
        Column("through", many=True, refers="entities", properties=("mk:through", "mk:throughPathway")),
        Column("cells", many=True, refers="entities", properties=("mk:inCellLine", "mk:inCellType")),
        _node("compared", "entities", "mk:comparedWith"),
        _node("disease", "entities", "mk:inDisease"),
        _node("treatment", "entities", "mk:underTreatmentWith"),
        _text("subject_form", "mk:subjectForm", many=True),
        _text("object_form", "mk:objectForm", many=True),
        Column("mechanism", ID, properties=("mk:partOfMechanism",)),
        _text("author", "mk:authorNamed"),
        _text("printed_subject", "mk:subjectAsPrinted"),
        _text("printed_object", "mk:objectAsPrinted"),
        Column("denied", r"yes", properties=("mk:denies", "mk:asserts")),
        *_SIGNED,
    ),
    "notes": (
        Column("id", ID, required=True),
        Column("about", required=True, many=True, properties=("mk:about",)),
        _term("kind", "mk:noteKind"),
        _text("reason", "mk:reason", required=True),
        *_SIGNED,
    ),
}
UNSTATED_IN_TABLES = ("first_author", "year")  # what a reference of a statement table may lack
REVIEW_FORMS = ("passages", "references", "brackets", "claims", "notes")


def fits(pattern: str, item: str) -> bool:
    """Tell whether an item of a cell is of a form; a date must be one of the calendar."""
    if not re.fullmatch(pattern, item):
        return False
    if pattern != DATE:
        return True
    try:
        return bool(datetime.date.fromisoformat(item))
    except ValueError:
        return False


def stated_by(property: str, columns: frozenset[str]) -> str:
    """Return the column that becomes a property, in the form that has these columns, or nothing."""
    for form in FORMS.values():
        if {column.name for column in form} == columns:
            return next((column.name for column in form if property in column.properties), "")
    return ""
