"""Build: from the curated rows to the quads of the graph, the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.make import integrity
from mirkg.make.mentions import Namer
from mirkg.make.tables import Review, Row, Tables
from mirkg.model import derive
from mirkg.model.problems import BadInput
from mirkg.model.rdf import in_graph, serialized
from mirkg.model.vocabulary import (
    BASE,
    INTEGER,
    LABEL,
    RDF_TYPE,
    RDFS,
    expand,
    graph,
    kinds,
    mk,
    ontology,
    prefixes,
    slug,
)

VERSION = "0.1.0"
Term = ox.NamedNode | ox.Literal
Pair = tuple[ox.NamedNode, Term | None]


class Built(NamedTuple):
    """Hold the quads of a graph and, for each node that a row made, that row."""

    quads: list[ox.Quad]
    origins: dict[str, Row]

    def trig(self) -> bytes:
        """Return the graph as TriG, the bytes of data/mirkg.trig."""
        return serialized(self.quads, ox.RdfFormat.TRIG, prefixes())

    def files(self) -> dict[str, bytes]:
        """Return the graph in each form that `mirkg build -o` writes, by file name."""
        triples = sorted({str(quad.triple): quad.triple for quad in self.quads}.items())
        return {
            "mirkg.trig": self.trig(),
            "mirkg.nq": serialized(self.quads, ox.RdfFormat.N_QUADS),
            "mirkg.jsonld": serialized(self.quads, ox.RdfFormat.JSON_LD, prefixes()),
            "mirkg.ttl": serialized([triple for _, triple in triples], ox.RdfFormat.TURTLE, prefixes()),
        }


def build(tables: Tables) -> Built:
    """Build the whole graph from tables: what they state and what follows by the rules.

    Raises:
        BadInput: the tables do not hold together.
    """
    if faults := integrity.problems(tables):
        raise BadInput(faults)
    origins: dict[str, Row] = {}
    quads = set(_ontology())
    quads.update(_entities(tables.entities, origins))
    quads.update(_components(tables.components, origins))
    quads.update(_mappings(tables.mappings))
    for review in tables.reviews:
        quads.update(_ReviewGraph(review, tables.entities, origins).quads())
    quads.update(derive.derived(quads))
    quads.update(_metadata(quads, tables.reviews))
    return Built(sorted(quads, key=_order), origins)


def _order(quad: ox.Quad) -> tuple[str, str, bool, str, str]:
    subject, predicate = str(quad.subject), quad.predicate
    return str(quad.graph_name), subject, predicate != RDF_TYPE, predicate.value, str(quad.object)


def _quads(subject: ox.NamedNode, name: str, pairs: Iterable[Pair]) -> Iterator[ox.Quad]:
    for predicate, value in pairs:
        if value is not None:
            yield ox.Quad(subject, predicate, value, graph(name))


# --------------------------------------------------------------------------------------------------
# Names and literals
# --------------------------------------------------------------------------------------------------


def entity(name: str) -> ox.NamedNode:
    """Return the IRI of an entity."""
    return ox.NamedNode(f"{BASE}entity/{slug(name)}")


def proposition(subject: str, kind: str, *objects: str) -> ox.NamedNode:
    """Return the IRI of a proposition: kind, subject, object, and of a conversion its product."""
    return ox.NamedNode(f"{BASE}proposition/{slug(subject)}/{kind}/" + "/".join(map(slug, objects)))


def _text(value: str) -> ox.Literal | None:
    return ox.Literal(value) if value else None


def _number(value: str) -> ox.Literal | None:
    return ox.Literal(value, datatype=INTEGER) if value else None


def _date(value: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(expand("xsd:date")))


def _node(curie: str) -> ox.NamedNode:
    return ox.NamedNode(expand(curie))


def _each(predicate: ox.NamedNode, items: Iterable[str], node: Callable[[str], Term | None]) -> list[Pair]:
    return [(predicate, node(item)) for item in items]


# --------------------------------------------------------------------------------------------------
# Entities and mappings
# --------------------------------------------------------------------------------------------------

_ENTITY_LINKS = {
    "broader": "broader",
    "arm_of": "armOf",
    "member_of": "memberOf",
    "model_of": "modelOf",
    "derived_from_line": "derivedFromLine",
    "elements": "hasElement",
}


def _ontology() -> ox.Dataset:
    """Return the ontology as quads, the blank nodes of its expressions named by RDFC-1.0."""
    quads = ox.Dataset(in_graph((quad.triple for quad in ontology()), graph("ontology")))
    quads.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return quads


def _entities(rows: Iterable[Row], origins: dict[str, Row]) -> Iterator[ox.Quad]:
    for row in rows:
        subject = entity(row["id"])
        origins[subject.value] = row
        pairs: list[Pair] = [(RDF_TYPE, mk(row["kind"])), (LABEL, _text(row["label"]))]
        pairs += _each(_node("skos:altLabel"), row.items("synonyms"), _text)
        for column, property in _ENTITY_LINKS.items():
            pairs += _each(mk(property), row.items(column), entity)
        yield from _quads(subject, "entities", pairs)


def _components(rows: Iterable[Row], origins: dict[str, Row]) -> Iterator[ox.Quad]:
    for row in rows:
        pathway, component = entity(row["pathway"]), entity(row["component"])
        statement = ox.NamedNode(f"{BASE}component/{slug(row['pathway'])}/{slug(row['component'])}")
        origins[statement.value] = row
        yield from _quads(pathway, "entities", [(mk(f"{row['sign']}Component"), component)])
        pairs: list[Pair] = [
            (RDF_TYPE, mk("ComponentStatement")),
            (mk("ofPathway"), pathway),
            (mk("ofComponent"), component),
            *_each(_node("dcterms:source"), row.items("source"), _text),
        ]
        yield from _quads(statement, "entities", pairs)


def _mappings(rows: Iterable[Row]) -> Iterator[ox.Quad]:
    for row in rows:
        subject, predicate, object_ = (_node(row[f"{part}_id"]) for part in ("subject", "predicate", "object"))
        yield ox.Quad(subject, predicate, object_, graph("mappings"))


# --------------------------------------------------------------------------------------------------
# One review
# --------------------------------------------------------------------------------------------------


class _ReviewGraph:
    """Turn the tables of one review into quads of the claims graph."""

    def __init__(self, review: Review, entities: Iterable[Row], origins: dict[str, Row]) -> None:
        self.review = review
        self.origins = origins
        self.source = f"{BASE}source/{review.id}"
        self.entities = {row["id"]: row for row in entities}
        self.namer = Namer(self.entities.values())

    def quads(self) -> Iterator[ox.Quad]:
        yield from self._review()
        for rows, write in (
            (self.review.passages, self._passage),
            (self.review.references, self._reference),
            (self.review.brackets, self._bracket),
            (self.review.claims, self._claim),
            (self.review.notes, self._note),
        ):
            for row in rows:
                yield from write(row)

    def _part(self, kind: str, name: str) -> ox.NamedNode:
        return ox.NamedNode(f"{self.source}/{kind}/{name}")

    def _passage_node(self, name: str) -> ox.NamedNode:
        return self._part("passage", name)

    def _reference_node(self, name: str) -> ox.NamedNode:
        return self._part("reference", name)

    def _bracket_node(self, name: str) -> ox.NamedNode:
        return self._part("bracket", name)

    def _claim_node(self, name: str) -> ox.NamedNode:
        return ox.NamedNode(f"{BASE}claim/{self.review.id}/{name}")

    def _facts(self, row: Row | None, subject: ox.NamedNode, pairs: Iterable[Pair]) -> Iterator[ox.Quad]:
        if row:
            self.origins[subject.value] = row
        return _quads(subject, "claims", pairs)

    def _review(self) -> Iterator[ox.Quad]:
        review = self.review
        pairs: list[Pair] = [
            (RDF_TYPE, mk("Review")),
            (LABEL, _text(review.title)),
            (_node("dcterms:title"), _text(review.title)),
            (_node("dcterms:date"), _date(review.published)),
            (_node("bibo:doi"), _text(review.doi)),
            (ox.NamedNode(RDFS + "seeAlso"), ox.NamedNode(f"https://doi.org/{review.doi}")),
            (mk("scope"), entity(review.scope)),
            *_each(_node("dcterms:creator"), review.outline.authors, _text),
        ]
        return self._facts(None, ox.NamedNode(self.source), pairs)

    def _passage(self, row: Row) -> Iterator[ox.Quad]:
        return self._facts(
            row,
            self._passage_node(row["id"]),
            [
                (RDF_TYPE, mk(row["kind"])),
                (LABEL, _text(_passage_label(row))),
                (_node("dcterms:isPartOf"), ox.NamedNode(self.source)),
                (mk("section"), _text(row["section"])),
                (mk("paragraph"), _number(row["paragraph"])),
                (mk("sentence"), _number(row["sentence"])),
                (mk("tableRow"), _number(row["row"])),
                (mk("reference"), self._reference_node(row["reference"]) if row["reference"] else None),
                (mk("textDigest"), _text(row["digest"])),
            ],
        )

    def _reference(self, row: Row) -> Iterator[ox.Quad]:
        links = [f"https://doi.org/{row['doi']}"] if row["doi"] else []
        links += [f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/"] if row["pmid"] else []
        links += [f"https://pmc.ncbi.nlm.nih.gov/articles/{row['pmcid']}/"] if row["pmcid"] else []
        return self._facts(
            row,
            self._reference_node(row["id"]),
            [
                (RDF_TYPE, mk("Reference")),
                (LABEL, _text(f"{row['first_author']} {row['year']} [{row['id']}]")),
                (_node("dcterms:isPartOf"), ox.NamedNode(self.source)),
                (_node("dcterms:title"), _text(row["title"])),
                (mk("referenceNumber"), _number(row["id"])),
                (mk("firstAuthor"), _text(row["first_author"])),
                (mk("year"), _number(row["year"])),
                (_node("bibo:doi"), _text(row["doi"])),
                (_node("fabio:hasPubMedId"), _text(row["pmid"])),
                (mk("publicationType"), _text(row["type"])),
                (mk("publicationStatus"), mk(row["status"])),
                *_each(ox.NamedNode(RDFS + "seeAlso"), links, ox.NamedNode),
                *_each(mk("mentions"), self.namer.mentioned(row["title"]), entity),
            ],
        )

    def _bracket(self, row: Row) -> Iterator[ox.Quad]:
        return self._facts(
            row,
            self._bracket_node(row["id"]),
            [
                (RDF_TYPE, mk("Bracket")),
                (LABEL, _text(_printed([int(number) for number in row.items("references")]))),
                (mk("statedIn"), self._passage_node(row["passage"])),
                *_each(_node("cito:citesAsEvidence"), row.items("references"), self._reference_node),
            ],
        )

    def _claim(self, row: Row) -> Iterator[ox.Quad]:
        said, label = self._said(row)
        yield from self._proposition(row, said, label)
        pairs: list[Pair] = [
            (RDF_TYPE, mk("Claim")),
            (LABEL, _text(("denied: " if row["denied"] else "") + label)),
            (mk("denies" if row["denied"] else "asserts"), said),
            (mk("statedIn"), self._passage_node(row["passage"])),
            (mk("authorNamed"), _text(row["author"])),
            (mk("subjectAsPrinted"), _text(row["printed_subject"])),
            (mk("objectAsPrinted"), _text(row["printed_object"])),
            (mk("curator"), _text(row["curator"])),
            (_node("dcterms:date"), _date(row["date"])),
            *_each(mk("citedThrough"), row.items("bracket"), self._bracket_node),
            *_each(mk("basis"), row.items("basis"), mk),
            *_each(mk("comparedWith"), row.items("compared"), entity),
            *_each(mk("inDisease"), row.items("disease"), entity),
            *_each(mk("underTreatmentWith"), row.items("treatment"), entity),
            *_each(mk("subjectForm"), row.items("subject_form"), _text),
            *_each(mk("objectForm"), row.items("object_form"), _text),
        ]
        for item in row.items("through"):
            pairs.append((mk("throughPathway" if self._is(item, "SignalingPathway") else "through"), entity(item)))
        for item in row.items("cells"):
            pairs.append((mk("inCellLine" if self._is(item, "CellLine") else "inCellType"), entity(item)))
        if row["mechanism"]:
            pairs.append((mk("partOfMechanism"), self._part("mechanism", row["mechanism"])))
            yield from self._mechanism(row["mechanism"])
        yield from self._facts(row, self._claim_node(row["id"]), pairs)

    def _is(self, name: str, kind: str) -> bool:
        return self.entities[name]["kind"] == kind

    def _said(self, row: Row) -> tuple[ox.NamedNode, str]:
        """Return the proposition of a claim and how it is written out."""
        objects = [row["object"], row["product"]] if row["product"] else [row["object"]]
        if row["kind"] == "Reversal":
            objects = row["object"].split("/")
            label = self._written(*objects)
        else:
            label = " to ".join(self.entities[name]["label"] for name in objects)
        subject = self.entities[row["subject"]]["label"]
        return proposition(row["subject"], row["kind"], *objects), f"{subject} {kinds()[row['kind']].phrase} {label}"

    def _written(self, subject: str, kind: str, object_: str) -> str:
        return f"{self.entities[subject]['label']} {kinds()[kind].phrase} {self.entities[object_]['label']}"

    def _proposition(self, row: Row, said: ox.NamedNode, label: str) -> Iterator[ox.Quad]:
        object_ = entity(row["object"])
        if row["kind"] == "Reversal":
            undone = row["object"].split("/")
            object_ = proposition(*undone)
            yield from self._stated(undone[0], undone[1], entity(undone[2]), object_, self._written(*undone))
        yield from self._stated(row["subject"], row["kind"], object_, said, label)
        if row["product"]:
            yield from self._facts(None, said, [(mk("product"), entity(row["product"]))])

    def _stated(
        self, subject: str, kind: str, object_: ox.NamedNode, said: ox.NamedNode, label: str
    ) -> Iterator[ox.Quad]:
        pairs: list[Pair] = [
            (RDF_TYPE, mk(kind)),
            (LABEL, _text(label)),
            (mk("subject"), entity(subject)),
            (mk("object"), object_),
        ]
        return self._facts(None, said, pairs)

    def _mechanism(self, name: str) -> Iterator[ox.Quad]:
        pairs: list[Pair] = [
            (RDF_TYPE, mk("Mechanism")),
            (LABEL, _text(name)),
            (_node("dcterms:isPartOf"), ox.NamedNode(self.source)),
        ]
        return self._facts(None, self._part("mechanism", name), pairs)

    def _note(self, row: Row) -> Iterator[ox.Quad]:
        pairs: list[Pair] = [
            (RDF_TYPE, mk("CuratorNote")),
            (mk("noteKind"), mk(row["kind"])),
            (mk("reason"), _text(row["reason"])),
            (mk("curator"), _text(row["curator"])),
            (_node("dcterms:date"), _date(row["date"])),
            *_each(mk("about"), row.items("about"), self._noted),
        ]
        return self._facts(row, self._part("note", row["id"]), pairs)

    def _noted(self, name: str) -> ox.NamedNode:
        number = name.removeprefix("reference-")
        return self._claim_node(name) if number == name else self._reference_node(number)


def _passage_label(row: Row) -> str:
    """Return where a passage stands, in words."""
    if row["reference"]:
        return f"title of reference {row['reference']}"
    section = row["section"]
    kind, _, number = section.partition("-")
    if kind in ("figure", "table") and number.isdigit():
        place = f"{kind.capitalize()} {number}"
        return f"{place}, row {row['row']}" if row["row"] else f"{place}, caption"
    return f"{section} ¶{row['paragraph']} s{row['sentence']}"


def _printed(numbers: list[int]) -> str:
    """Return a bracket as a review prints it: [64–66], [81, 82]."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"[{', '.join(parts)}]"


# --------------------------------------------------------------------------------------------------
# Metadata
# --------------------------------------------------------------------------------------------------


def _metadata(quads: Iterable[ox.Quad], reviews: Iterable[Review]) -> Iterator[ox.Quad]:
    """Describe the dataset and the size of each of its graphs (VoID)."""
    dataset = ox.NamedNode(BASE.rstrip("/"))
    pairs: list[Pair] = [
        (RDF_TYPE, _node("void:Dataset")),
        (_node("dcterms:title"), _text("mirkg")),
        (_node("dcterms:description"), _text("An audited, executable knowledge graph of a scientific review.")),
        (_node("dcterms:license"), ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")),
        (_node("dcterms:creator"), _text("mirkg contributors")),
        (_node("owl:versionInfo"), _text(VERSION)),
        *_each(
            _node("dcterms:source"),
            (review.doi for review in reviews),
            lambda doi: ox.NamedNode(f"https://doi.org/{doi}"),
        ),
    ]
    sizes: dict[ox.NamedNode, int] = {}
    for quad in quads:
        assert isinstance(quad.graph_name, ox.NamedNode)
        sizes[quad.graph_name] = sizes.get(quad.graph_name, 0) + 1
    pairs += [(_node("void:subset"), name) for name in sizes]
    yield from _quads(dataset, "metadata", pairs)
    for name, size in sizes.items():
        yield from _quads(
            name, "metadata", [(RDF_TYPE, _node("void:Dataset")), (_node("void:triples"), _number(str(size)))]
        )
