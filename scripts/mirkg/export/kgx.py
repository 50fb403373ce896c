"""KGX: nodes and edges of the Biolink model, as tables or as JSON lines.

An edge is one proposition as asserted, or as denied: negated. The categories and predicates are those that
ontology/alignments.ttl matches to our classes, kinds and edges. A sign is in the predicate where Biolink has one for
it, else in the qualifiers; what is unsigned has neither. What Biolink has no slot for stands in columns of our own.
Two edges may share subject, predicate and object and differ in sign: their identifiers tell them apart.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, BinaryIO

import pyoxigraph as ox

from mirkg.export import Parts
from mirkg.export.claims import Statement, kind, references, statements
from mirkg.export.things import Term, Things
from mirkg.model import files
from mirkg.model.vocabulary import MK, Kind, curie, expand, kinds

_PREFIXES = {  # where Biolink writes another prefix for the same identifiers
    "complexportal": "ComplexPortal",
    "hgnc.genegroup": "HGNC.FAMILY",
    "kegg.pathway": "KEGG.PATHWAY",
    "pharmgkb.drug": "PHARMGKB.DRUG",
    "Reactome": "REACT",
    "wikipathways": "WIKIPATHWAYS",
}
_AGENTS = {"reconciled readers": "text_mining_agent"}  # language models read the review: data/README.md
_FALLEN = {"retracted", "withdrawn"}
_NODE = ("id", "category", "name", "synonym", "equivalent_identifiers", "xref", "kind")
_EDGE = """
    id subject predicate object category negated qualified_predicate subject_aspect_qualifier
    subject_direction_qualifier object_aspect_qualifier object_direction_qualifier knowledge_level agent_type
    publications retracted_publications original_predicate sign standing grade product claims
    """.split()  # noqa: SIM905

Data = dict[str, Any]


def parts(things: Things, form: str) -> Parts:
    """Return what writes the nodes and the edges."""
    known, left = _known(things), [one for one in statements(things) if _beyond(things, one)]
    if left:
        told = ", ".join(things.label(one.proposition) for one in left)
        print(f"not written, for KGX has no edge to an edge: {told}", file=sys.stderr)
    if form == "kgx-jsonl":
        return {
            "_nodes.jsonl": lambda file: _lines(file, _nodes(things, known)),
            "_edges.jsonl": lambda file: _lines(file, _edges(things)),
        }
    return {
        "_nodes.tsv": lambda file: _table(file, _NODE, _nodes(things, known)),
        "_edges.tsv": lambda file: _table(file, _EDGE, _edges(things)),
    }


def _beyond(things: Things, statement: Statement) -> bool:
    """Tell whether a statement is about a proposition."""
    return any(name in kinds() for one in _ends(things, statement) for name in things.names(one, "rdf:type"))


def _ends(things: Things, statement: Statement) -> tuple[Term, Term]:
    (subject,) = things.objects(statement.proposition, "mk:subject")
    (object_,) = things.objects(statement.proposition, "mk:object")
    return subject, object_


def _known(things: Things) -> list[Term]:
    """Return the subjects and objects of the edges, sorted."""
    within = (one for one in statements(things) if not _beyond(things, one))
    return sorted({end for one in within for end in _ends(things, one)}, key=str)


@cache
def _biolink() -> dict[str, str]:
    """Return the Biolink term that is matched to each of our classes, kinds and edges, by name."""
    space, matches = expand("biolink:"), {expand(f"skos:{name}Match") for name in ("close", "broad")}
    return {
        quad.subject.value.removeprefix(MK): curie(quad.object.value)
        for quad in ox.parse(path=files.resource("ontology/alignments.ttl"))
        if quad.predicate.value in matches and str(quad.object).startswith(f"<{space}")
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
    }


def _id(node: Term) -> str:
    """Return the CURIE of a node as Biolink writes it."""
    prefix, colon, local = curie(getattr(node, "value", str(node))).partition(":")
    return _PREFIXES.get(prefix, prefix) + colon + local


def _nodes(things: Things, known: list[Term]) -> Iterator[Data]:
    for node in known:
        (name,) = things.names(node, "rdf:type")
        yield {
            "id": _id(node),
            "category": [_biolink()[name]],
            "name": things.label(node),
            "synonym": things.texts(node, "skos:altLabel"),
            "equivalent_identifiers": sorted(map(_id, things.objects(node, "skos:exactMatch"))),
            "xref": sorted(map(_id, things.objects(node, "skos:closeMatch"))),
            "kind": f"mk:{name}",
        }


def _edges(things: Things) -> Iterator[Data]:
    for statement in statements(things):
        if not _beyond(things, statement):
            yield _edge(things, statement)


def _edge(things: Things, statement: Statement) -> Data:
    subject, object_ = _ends(things, statement)
    found = kind(things, statement.proposition)
    assessments = things.pointing(statement.proposition, "mk:ofProposition")
    cited = {one for claim in statement.claims for one in references(things, claim)}
    fallen = {one for one in cited if {*things.names(one, "mk:publicationStatus")} & _FALLEN}
    reviews = {
        review
        for claim in statement.claims
        if not things.objects(claim, "mk:voiceOf")
        for passage in things.objects(claim, "mk:statedIn")
        for review in things.objects(passage, "dcterms:isPartOf")
    }
    agents = {
        _AGENTS.get(name, "not_provided") for claim in statement.claims for name in things.texts(claim, "mk:curator")
    }
    return {
        "id": curie(getattr(statement.proposition, "value", "")) + ("#denied" if statement.denied else ""),
        "subject": _id(subject),
        "object": _id(object_),
        "category": ["biolink:Association"],
        "negated": statement.denied,
        **_predicate(found),
        "knowledge_level": "knowledge_assertion",
        "agent_type": agents.pop() if len(agents) == 1 else "not_provided",
        "publications": _publications(things, cited | reviews),
        "retracted_publications": _publications(things, fallen),
        "original_predicate": f"mk:{found.edge or found.name}",
        "sign": found.sign,
        "standing": next(iter(things.names(statement.proposition, "mk:standing")), ""),
        "grade": next((grade for one in assessments for grade in things.names(one, "mk:edgeGrade")), ""),
        "product": next(map(_id, things.objects(statement.proposition, "mk:product")), ""),
        "claims": [curie(getattr(claim, "value", "")) for claim in statement.claims],
    }


def _predicate(found: Kind) -> dict[str, str]:
    """Return the predicate of a kind, with the qualifiers that hold its sign."""
    direction = {1: "increased", -1: "decreased"}.get(found.sign, "")
    told = {"predicate": _biolink()[found.edge or found.name]}
    if found.family == "ExpressionState":
        signed = {"subject_direction_qualifier": direction, "subject_aspect_qualifier": "expression"}
        return told | signed if direction else told
    if found.family == "MolecularEffect":
        told["object_aspect_qualifier"] = "activity_or_abundance"
    if direction and told["predicate"] == "biolink:affects":
        told |= {"qualified_predicate": "biolink:causes", "object_direction_qualifier": direction}
    return told


def _publications(things: Things, nodes: set[Term]) -> list[str]:
    """Return the PubMed number of each publication, else its DOI; one without either is left out."""
    found = set()
    for node in nodes:
        pmid, doi = things.text(node, "fabio:hasPubMedId"), things.text(node, "bibo:doi")
        found.add(f"PMID:{pmid}" if pmid else f"doi:{doi}" if doi else "")
    return sorted(found - {""})


def _table(file: BinaryIO, columns: Iterable[str], found: Iterator[Data]) -> None:
    """Write a table; values of a list are set apart by bars, as KGX reads them."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(
        text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, escapechar=None, quotechar=None
    )
    writer.writerow(columns)
    for data in found:
        writer.writerow([_cell(data.get(column, "")) for column in columns])
    text.detach()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else ""  # KGX takes any text for true
    return "|".join(map(_cell, value)) if isinstance(value, list) else " ".join(str(value).replace("|", "/").split())


def _lines(file: BinaryIO, found: Iterator[Data]) -> None:
    """Write a JSON object a line, without what is empty."""
    for data in found:
        kept = {key: value for key, value in data.items() if value not in ("", [])}
        file.write(json.dumps(kept, ensure_ascii=False).encode() + b"\n")
