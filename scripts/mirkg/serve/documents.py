"""Describe: documents about the things of the graph and about the server, as triples and as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from mirkg import __version__
from mirkg.ask import questions
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.reading import limits as limits_of_reading
from mirkg.ask.store import Answer, Source, Store
from mirkg.model.rdf import serialized
from mirkg.model.vocabulary import BASE, expand, graph, kinds_of, prefixes
from mirkg.serve.guard import Limits
from mirkg.serve.negotiation import GRAPHS, RESULTS, ROWS

_MOST = 1000  # triples that point at a thing and are told of it
DUMPS = {  # the graph as a whole, in each of its forms
    "mirkg.trig": "application/trig",
    "mirkg.nq": "application/n-quads",
    "mirkg.jsonld": "application/ld+json",
    "mirkg.ttl": "text/turtle",
}


def _store(source: Source) -> ox.Store:
    assert isinstance(source, Store)
    return source.graph


def found(source: Source, path: str, bases: Iterable[str]) -> str:
    """Return the IRI of the thing at a path, under the first base under which the graph says anything of it, or ""."""
    quads = _store(source).quads_for_pattern
    for base in bases:
        try:
            node = ox.NamedNode(base + path)
        except ValueError:
            continue
        if any(True for _ in quads(node, None, None)) or any(True for _ in quads(None, None, None, node)):
            return node.value
    return ""


def triples(source: Source, iri: str) -> list[ox.Triple]:
    """Return what the graph says of a thing, and what points at it; of a graph its triples and what is said of it."""
    node = ox.NamedNode(iri)
    store = _store(source)
    if iri.startswith(f"{BASE}graph/"):
        inside = [quad.triple for quad in store.quads_for_pattern(None, None, None, node)]
        return inside + [quad.triple for quad in store.quads_for_pattern(node, None, None)]
    own = [quad.triple for quad in store.quads_for_pattern(node, None, None)]
    pointing = [quad.triple for quad, _ in zip(store.quads_for_pattern(None, None, node), range(_MOST), strict=False)]
    return own + pointing


def document(source: Source, iri: str, media: str) -> bytes:
    """Return the document about a thing in a media type of graphs."""
    return written(triples(source, iri), GRAPHS[media])


def ontology(source: Source) -> list[ox.Triple]:
    """Return the triples of the ontology."""
    return [quad.triple for quad in _store(source).quads_for_pattern(None, None, None, graph("ontology"))]


def written(told: list[ox.Triple], form: ox.RdfFormat) -> bytes:
    """Return triples in a form, each once and sorted."""
    return serialized(in_order(told), form, prefixes())


def in_order(told: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return triples, each once and sorted."""
    quads = _canonical([ox.Quad(triple.subject, triple.predicate, triple.object) for triple in told])
    return [quad.triple for quad in quads]


def _canonical(told: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return quads, each once and sorted; blank nodes, which a store names anew each time, by RDFC-1.0."""
    once = {str(quad): quad for quad in told}
    if any(isinstance(node, ox.BlankNode) for quad in once.values() for node in (quad.subject, quad.object)):
        named = ox.Dataset(once.values())
        named.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        once = {str(quad): quad for quad in named}
    return [once[key] for key in sorted(once)]


def whole(source: Source, name: str) -> bytes:
    """Return the whole graph in the form of one of the dumps."""
    quads = _canonical(_store(source))
    if name == "mirkg.trig":
        return serialized(quads, ox.RdfFormat.TRIG, prefixes())
    if name == "mirkg.nq":
        return serialized(quads, ox.RdfFormat.N_QUADS)
    if name == "mirkg.jsonld":
        return serialized(quads, ox.RdfFormat.JSON_LD, prefixes())
    return written([quad.triple for quad in quads], ox.RdfFormat.TURTLE)


def service(base: str, limits: Limits, names: frozenset[str]) -> list[ox.Triple]:
    """Return the SPARQL 1.1 service description, with the limits."""
    sd = "http://www.w3.org/ns/sparql-service-description#"
    formats = "http://www.w3.org/ns/formats/"
    own = f"{base}/sparql"
    node, data, default = (ox.NamedNode(own + part) for part in ("#service", "#dataset", "#default"))
    short = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
    forms = [*short, "Turtle", "N-Triples", "RDF_XML", "JSON-LD", "TriG"]
    text = (
        f"Read-only. A query may take {limits.seconds:g} s, return {limits.rows} rows or triples and {limits.bytes} "
        f"bytes, have {limits.length} characters and be nested {limits.nesting} deep. Of those that run longer than "
        f"{limits.quick:g} s, {limits.parallel} run at once, {limits.of_one_address} of one address. An address may "
        f"ask {limits.per_minute} times a minute, cause {limits.seconds_per_minute:g} s of work a minute, and hold "
        f"{limits.connections} connections. An answer is complete or an error."
    )
    federated = (
        "SERVICE is refused: a query reaches no other host. To join this graph with other data, name this endpoint "
        "after SERVICE in a query of a store or a client that may ask others, or use the command mirkg federate."
    )
    pairs: list[tuple[ox.NamedNode, str, Any]] = [
        (node, "rdf:type", ox.NamedNode(sd + "Service")),
        (node, sd + "endpoint", ox.NamedNode(own)),
        (node, sd + "supportedLanguage", ox.NamedNode(sd + "SPARQL11Query")),
        (node, sd + "feature", ox.NamedNode(sd + "UnionDefaultGraph")),
        *((node, "rdfs:comment", ox.Literal(comment)) for comment in (text, federated)),
        (node, sd + "defaultDataset", data),
        (data, "rdf:type", ox.NamedNode(sd + "Dataset")),
        (data, sd + "defaultGraph", default),
        (default, "rdf:type", ox.NamedNode(sd + "Graph")),
        *((node, sd + "resultFormat", ox.NamedNode(formats + form)) for form in forms),
    ]
    for name in sorted(names):
        part = ox.NamedNode(f"{own}#{name.rpartition('/')[2]}")
        pairs += [
            (data, sd + "namedGraph", part),
            (part, "rdf:type", ox.NamedNode(sd + "NamedGraph")),
            (part, sd + "name", ox.NamedNode(name)),
        ]
    return [
        ox.Triple(subject, ox.NamedNode(name if name.startswith("http") else expand(name)), value)
        for subject, name, value in pairs
    ]


def questions_listed() -> list[dict[str, Any]]:
    """Return the questions as plain data."""
    return [
        {
            "name": one.id,
            "title": one.title,
            "question": one.question,
            "parameters": [
                {"name": parameter.name, "kinds": _kinds(parameter), "meaning": parameter.meaning}
                for parameter in one.parameters
            ],
            "columns": list(one.columns),
        }
        for one in questions.catalogue().values()
    ]


def questions_as_rows() -> Answer:
    """Return the questions as rows."""
    rows: list[tuple[str, ...]] = [
        (one.id, one.title, one.question, " ".join(parameter.name for parameter in one.parameters))
        for one in questions.catalogue().values()
    ]
    return Answer(("name", "title", "question", "parameters"), rows)


def openapi(base: str) -> dict[str, Any]:
    """Return the OpenAPI description of the API."""

    def operation(summary: str, *names: tuple[str, str, bool, str]) -> dict[str, Any]:
        forms = ROWS.values() if any(name == "format" for name, *_ in names) else ("application/json",)
        return {
            "get": {
                "summary": summary,
                "parameters": [
                    {"name": name, "in": "query", "required": must, "description": text, "schema": {"type": kind}}
                    for name, text, must, kind in names
                ],
                "responses": {
                    "200": {"description": "The answer", "content": {media: {} for media in forms}},
                    "400": {"description": "A sentence that says what is wrong"},
                    "429": {"description": "Too many requests; Retry-After says when"},
                },
            }
        }

    forms = (
        ("format", "json, csv or tsv, if not the Accept header says it", False, "string"),
        ("spreadsheet", "yes with csv: marked as UTF-8, and without formulas", False, "string"),
    )
    paths = {
        f"/api/ask/{one.id}": operation(one.question, *map(_typed, one.parameters), *forms)
        for one in questions.catalogue().values()
    }
    paths["/api/ask"] = operation("The questions with their parameters and columns", *forms)
    paths["/api/explain"] = operation(
        "The card of an entity, or what leads from one to another",
        ("subject", "an entity", True, "string"),
        ("object", "another, for the paths between the two", False, "string"),
    )
    paths["/api/search"] = operation("Entities by a part of a name", ("q", "a part of a name", True, "string"), *forms)
    paths["/api/audit"] = operation(
        "What an editor should look at, and the verdicts that are no findings",
        ("entity", "only what is about an entity", False, "string"),
        ("reference", "only what is about the reference of this number", False, "string"),
        ("kind", "only findings or verdicts of one kind", False, "string"),
        ("severity", "only findings of one severity: high, medium or low", False, "string"),
        ("voice", "only findings by the title or the abstract of a paper, or both", False, "string"),
        ("section", "only findings in one section of the review", False, "string"),
        *forms,
    )
    info = {"title": "mirkg", "version": __version__, "description": "Literature evidence, not medical advice."}
    return {"openapi": "3.1.0", "info": info, "servers": [{"url": base}], "paths": paths}


def _kinds(one: questions.Parameter) -> list[str]:
    """Return the kinds of entity that a parameter takes."""
    return [kind for name in one.kinds for kind in kinds_of(name)]


def _typed(one: questions.Parameter) -> tuple[str, str, bool, str]:
    kinds = "" if one.kinds == (questions.NUMBER,) else f" ({', '.join(_kinds(one))})"
    return one.name, one.meaning + kinds, False, "string" if kinds else "integer"


def guide(kg: KnowledgeGraph, limits: Limits) -> dict[str, Any]:
    """Return what a program or a person needs to know to ask: schema, prefixes, questions, what to mind."""
    counted = [
        {**told, "rows": len(kg.source.select(questions.find(told["name"]).query).rows), "sparql": one.query}
        for told, one in zip(questions_listed(), questions.catalogue().values(), strict=True)
    ]
    return {
        "title": "mirkg: an audited, executable knowledge graph of a scientific review",
        "schema": [
            "claim mk:asserts proposition; mk:statedIn passage; mk:citedThrough bracket",
            "bracket cito:citesAsEvidence reference (mk:referenceNumber, mk:publicationStatus)",
            "proposition a kind; mk:subject entity; mk:object entity; mk:standing confirmed|cited|uncited|disputed|…",
            "entity mk:confersResistanceTo|mk:sensitizesTo|mk:modulatesResponseTo drug (a curated edge)",
            "assessment mk:ofProposition proposition; mk:edgeGrade grade; mk:withheldBecause reason",
            "verdict a mk:CitationVerdict; mk:onClaim claim; mk:onBracket bracket; mk:verdict signConflict|agrees|…",
            "verdict a mk:ReferenceVerdict; mk:onReference reference; mk:byVoice title|abstract; mk:nearness same|…",
            "inference mk:infers proposition; mk:step (mk:position, mk:link); mk:grade; mk:outcome",
            "inference, verdict, conflict, assessment prov:wasDerivedFrom claim",
        ],
        "prefixes": prefixes(),
        "results": list(RESULTS),
        "graphs": list(GRAPHS),
        "limits": limits.told(),
        "mind": [
            "The default graph is the union of the named graphs; prefixes of the project need no declaration.",
            "mk:modulatesResponseTo alone finds what is unsigned: add rdfs:subPropertyOf* for all effects on a drug.",
            "Join subjects and objects through mk:comparableTo to find arms, groups and classes.",
            "An edge is a bare triple; its evidence is the assessment of the proposition.",
            "A claim is asserted (mk:asserts) or denied (mk:denies); its label says which.",
            "What is said of a class is not said of its members; mk:runBracket of a passage is no citation.",
            limits_of_reading(kg.source),
        ],
        "questions": counted,
    }
