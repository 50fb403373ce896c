"""Review: from the tables of one review to quads: passages, references, brackets, claims, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pyoxigraph as ox

from mirkg.make.entities import Pair, cells, date, each, facts, node, text
from mirkg.make.tables import Review, Row
from mirkg.model import iris
from mirkg.model.iris import Entities
from mirkg.model.vocabulary import LABEL, RDF_TYPE, kinds, mk


class ReviewGraph:
    """Turn the tables of one review into quads of the claims graph.

    `named` names entities, and `mentioned` returns which of them a title names.
    """

    def __init__(
        self,
        review: Review,
        entities: Iterable[Row],
        named: Entities,
        origins: dict[str, Row],
        mentioned: Callable[[str], Iterable[str]],
        *,
        placed: bool,
    ) -> None:
        self.review, self.named, self.mentioned = review, named, mentioned
        self.placed = placed  # whether its places name it, as they do where there are several reviews
        self.is_table = review.kind == "table"
        self.titles = {row["id"]: row["title"] for row in review.references} if self.is_table else {}
        self.origins = origins
        self.source = iris.source(review.id, review.base)
        self.part = partial(iris.part, review.id, base=review.base)
        self.entities = {row["id"]: row for row in entities}
        self.nodes: dict[str, Callable[[str], ox.NamedNode]] = {
            "entities": self.named.entity,
            "passages": partial(self.part, "passage"),
            "references": partial(self.part, "reference"),
            "brackets": partial(self.part, "bracket"),
        }

    def quads(self) -> Iterator[ox.Quad]:
        """Yield all quads of the review, and note for each node that a row makes that row."""
        yield from self.about()
        yield from self.sources()
        yield from self.statements()
        yield from self.undone(self.review.claims)
        yield from self.mechanisms(row["mechanism"] for row in self.review.claims)

    def sources(self) -> Iterator[ox.Quad]:
        """Yield the quads of passages, references, brackets and notes."""
        for rows, write in (
            (self.review.passages, self._passage),
            (self.review.references, self._reference),
            (self.review.brackets, self._bracket),
            (self.review.notes, self._note),
        ):
            for row in rows:
                yield from write(row)

    def statements(self) -> Iterator[ox.Quad]:
        """Yield the quads of claims and of their propositions."""
        for row in self.review.claims:
            yield from self._claim(row)

    def _made(self, row: Row, subject: ox.NamedNode, form: str, pairs: Iterable[Pair]) -> Iterator[ox.Quad]:
        """Yield what a row states in its cells and beside them, and note that it made the node."""
        self.origins[subject.value] = row
        return facts(subject, "claims", [*pairs, *cells(row, form, self.nodes)])

    def about(self) -> Iterator[ox.Quad]:
        """Yield the quads of the review itself."""
        review = self.review
        pairs: list[Pair] = [
            (RDF_TYPE, mk("StatementTable" if self.is_table else "Review")),
            (LABEL, text(review.title)),
            (node("dcterms:title"), text(review.title)),
            (node("dcterms:date"), date(review.published)),
            *each(node("dcterms:creator"), review.outline.authors, text),
        ]
        if not self.is_table:
            pairs += [
                (node("bibo:doi"), text(review.doi)),
                (node("rdfs:seeAlso"), iris.doi(review.doi)),
                (mk("scope"), self.named.entity(review.scope)),
            ]
        return facts(self.source, "claims", pairs)

    def _passage(self, row: Row) -> Iterator[ox.Quad]:
        place = _place(row)
        pairs: list[Pair] = [
            (LABEL, text(f"{self.review.id} {place}" if self.placed else place)),
            (node("dcterms:isPartOf"), self.source),
        ]
        return self._made(row, self.part("passage", row["id"]), "passages", pairs)

    def _reference(self, row: Row) -> Iterator[ox.Quad]:
        links = [iris.doi(row["doi"])] if row["doi"] else []
        links += [ox.NamedNode(f"https://pubmed.ncbi.nlm.nih.gov/{row['pmid']}/")] if row["pmid"] else []
        links += [ox.NamedNode(f"https://pmc.ncbi.nlm.nih.gov/articles/{row['pmcid']}/")] if row["pmcid"] else []
        pairs: list[Pair] = [
            (RDF_TYPE, mk("Reference")),
            (LABEL, text(" ".join(filter(None, [row["first_author"], row["year"], f"[{row['id']}]"])))),
            (node("dcterms:isPartOf"), self.source),
            *((node("rdfs:seeAlso"), link) for link in links),
            *each(mk("mentions"), [] if self.is_table else self.mentioned(row["title"]), self.named.entity),
        ]
        return self._made(row, self.part("reference", row["id"]), "references", pairs)

    def _bracket(self, row: Row) -> Iterator[ox.Quad]:
        label = printed([int(number) for number in row.items("references")])
        if self.is_table:  # a table prints no bracket: it names the article
            label = "; ".join(self.titles[number] for number in row.items("references"))
        pairs: list[Pair] = [(RDF_TYPE, mk("Bracket")), (LABEL, text(label))]
        return self._made(row, self.part("bracket", row["id"]), "brackets", pairs)

    def _claim(self, row: Row) -> Iterator[ox.Quad]:
        entity = self.named.entity
        said, label = self._said(row)
        yield from self._proposition(row, said, label)
        pairs: list[Pair] = [
            (RDF_TYPE, mk("Claim")),
            (LABEL, text(("denied: " if row["denied"] else "") + label)),
            (mk("denies" if row["denied"] else "asserts"), said),
        ]
        for item in row.items("through"):
            pairs.append((mk("throughPathway" if self._is(item, "SignalingPathway") else "through"), entity(item)))
        for item in row.items("cells"):
            pairs.append((mk("inCellLine" if self._is(item, "CellLine") else "inCellType"), entity(item)))
        if row["mechanism"]:
            pairs.append((mk("partOfMechanism"), self.part("mechanism", row["mechanism"])))
        yield from self._made(row, iris.claim(self.review.id, row["id"], self.review.base), "claims", pairs)

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
        said = self.named.proposition(row["subject"], row["kind"], *objects)
        return said, f"{subject} {kinds()[row['kind']].phrase} {label}"

    def _written(self, subject: str, kind: str, object_: str) -> str:
        return f"{self.entities[subject]['label']} {kinds()[kind].phrase} {self.entities[object_]['label']}"

    def _proposition(self, row: Row, said: ox.NamedNode, label: str) -> Iterator[ox.Quad]:
        if row["kind"] == "Reversal":
            object_ = self.named.proposition(*row["object"].split("/"))
        else:
            object_ = self.named.entity(row["object"])
        yield from self._stated(row["subject"], row["kind"], object_, said, label)
        if row["product"]:
            yield from facts(said, "claims", [(mk("product"), self.named.entity(row["product"]))])

    def undone(self, claims: Iterable[Row]) -> Iterator[ox.Quad]:
        """Yield the quads of the propositions that some claims say to be reversed."""
        for row in claims:
            if row["kind"] == "Reversal":
                subject, kind, object_ = row["object"].split("/")
                label = self._written(subject, kind, object_)
                said = self.named.proposition(subject, kind, object_)
                yield from self._stated(subject, kind, self.named.entity(object_), said, label)

    def _stated(
        self, subject: str, kind: str, object_: ox.NamedNode, said: ox.NamedNode, label: str
    ) -> Iterator[ox.Quad]:
        pairs: list[Pair] = [
            (RDF_TYPE, mk(kind)),
            (LABEL, text(label)),
            (mk("subject"), self.named.entity(subject)),
            (mk("object"), object_),
        ]
        return facts(said, "claims", pairs)

    def mechanisms(self, names: Iterable[str]) -> Iterator[ox.Quad]:
        """Yield the quads of mechanisms."""
        for name in sorted(set(names) - {""}):
            pairs: list[Pair] = [
                (RDF_TYPE, mk("Mechanism")),
                (LABEL, text(name)),
                (node("dcterms:isPartOf"), self.source),
            ]
            yield from facts(self.part("mechanism", name), "claims", pairs)

    def _note(self, row: Row) -> Iterator[ox.Quad]:
        pairs: list[Pair] = [
            (RDF_TYPE, mk("CuratorNote")),
            *each(mk("about"), row.items("about"), self._noted),
        ]
        return self._made(row, self.part("note", row["id"]), "notes", pairs)

    def _noted(self, name: str) -> ox.NamedNode:
        number = name.removeprefix("reference-")
        return iris.claim(self.review.id, name, self.review.base) if number == name else self.part("reference", number)


def _place(row: Row) -> str:
    """Return where a passage is printed, in words."""
    if row["kind"] == "AbstractSentence":
        return f"abstract of reference {row['reference']}, sentence {row['sentence']}"
    if row["reference"]:
        return f"title of reference {row['reference']}"
    if row["kind"] == "TableRow":
        return f"row {row['row']}"
    section = row["section"]
    kind, _, number = section.partition("-")
    if kind in ("figure", "table") and number.isdigit():
        place = f"{kind.capitalize()} {number}"
        return f"{place}, row {row['row']}" if row["row"] else f"{place}, caption"
    return f"{section} ¶{row['paragraph']} s{row['sentence']}"


def printed(numbers: list[int]) -> str:
    """Return a bracket as a review prints it: [64–66], [81, 82]."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"[{', '.join(parts)}]"
