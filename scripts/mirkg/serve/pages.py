"""Pages: what people read, made from templates that need no server."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache, partialmethod
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mirkg import __version__
from mirkg.ask import audit as audits
from mirkg.ask import dossier as dossiers
from mirkg.ask import picture as pictures
from mirkg.ask import queries, questions, statements
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.matrix import ORDERS, VOICES, Matrix, matrix, natural
from mirkg.ask.names import Entity
from mirkg.ask.papers import Paper, Review, papers, reviews
from mirkg.ask.picture import Edge
from mirkg.ask.reading import limits
from mirkg.ask.statements import Statement
from mirkg.ask.store import Answer
from mirkg.model import iris, normal
from mirkg.model.problems import BadInput, nearest
from mirkg.model.vocabulary import BASE, classes_of, curie
from mirkg.serve.downloads import KINDS
from mirkg.show import audit as showing
from mirkg.show import html
from mirkg.show import matrix as drawing
from mirkg.show import picture as picturing
from mirkg.show.proof import rests, text
from mirkg.show.summary import sentences
from mirkg.show.words import WORDS

_ADDRESS = re.compile(r"https?://[^\s\x00-\x20<>\"{}|\\^`]+")


class Linked(str):
    """Hold the text of a cell that leads to an IRI of its own."""

    __slots__ = ("iri",)

    def __new__(cls, shown: str, iri: str) -> Linked:
        made = super().__new__(cls, shown)
        made.iri = iri
        return made

    iri: str


def place(iri: str, root: str, bases: Iterable[str]) -> str:
    """Return where an IRI leads, its base exchanged for the page about it; "" if it is no address of the web."""
    if not _ADDRESS.fullmatch(iri):
        return ""
    path, hash, part = iris.path(iri, bases).partition("#")
    if not path:
        return iri
    is_page = not path.startswith("download/") and (path, hash) != ("ontology", "#")
    return f"{root}/{path}{'.html' if is_page else ''}{hash}{part}"


class Made(NamedTuple):
    """Hold a page and its status."""

    content: str
    status: int


LISTS = {  # the lists to browse, each with its heading and the kinds of entity that it holds
    "drugs": ("Drugs", classes_of("Therapy")),
    "mirnas": ("miRNAs", ("MicroRNA",)),
    "lncrnas": ("Long noncoding RNAs", ("LongNoncodingRNA",)),
    "genes": ("Genes", ("Gene", "GeneGroup")),
    "pathways": ("Pathways", ("SignalingPathway",)),
    "processes": ("Processes", ("BiologicalProcess",)),
    "cells": ("Cells", ("CellLine", "CellType")),
    "diseases": ("Diseases", ("Disease",)),
}
REFERENCES = ("number", "reference", "year", "title", "status", "abstract read", "claims", "findings")
COUNTED = (
    "name",
    "kind",
    "statements",
    "resistance",
    "sensitization",
    "no direction",
    "confirmed",
    "disputed",
    "findings",
)
_FIGURES = {  # what the first page counts of the audit: the kinds of findings, and what the figure means
    "contradicted": (("sign conflict", "denied", "disputed"), "claims that a paper of the reference list contradicts"),
    "retracted or under concern": (
        ("retracted", "withdrawn", "expression of concern"),
        "claims that cite such a paper",
    ),
    "about something else": (
        ("other disease", "other drug", "other subject", "other drug elsewhere"),
        "claims whose papers show it for another disease, drug or molecule",
    ),
    "agree": (("agrees",), "claims where a cited paper says the same"),
    "open": (
        ("indirect", "silent"),
        "claims that the cited papers, as far as they were read, neither state nor contradict",
    ),
}


class Facet(NamedTuple):
    """Hold one way to narrow down what is shown: its parameter, and each value with its name and its count."""

    key: str
    heading: str
    values: Sequence[tuple[str, str, int | None]]
    open: bool = False


class Pages:
    """Make the pages of one graph; links are relative, from `root`, the way from the page to the top.

    `address` is the permanent address of the page that is made, "" if it has none.
    """

    version = __version__

    def __init__(self, kg: KnowledgeGraph, downloads: list[str]) -> None:
        self.kg, self.root, self.address = kg, ".", ""
        self.offered = downloads
        self.edges = lru_cache(2048)(self._edges)  # a page and its drawing are of the same proof
        loader = PackageLoader("mirkg.serve")
        self.templates = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # a worker can open no file, whatever is installed over it
        )
        self.templates.globals |= {
            "place": self.place,
            "table": self._table,
            "shape": lambda sign, standing: Markup(drawing.shape(sign, standing)),
            "site": self,
            "curie": curie,
            "rests": rests,
            "count": audits.count,
        }

    # What is the same on every page is read once.

    @cached_property
    def limits(self) -> str:
        """What was read of the cited papers."""
        return limits(self.kg.source)

    @cached_property
    def reviews(self) -> list[Review]:
        """The reviews that the graph was made from."""
        return reviews(self.kg.source)

    @cached_property
    def papers(self) -> dict[str, Paper]:
        """The references by IRI."""
        return papers(self.kg.source)

    @cached_property
    def checked(self) -> int:
        """How many references were looked up for retraction."""
        return sum(paper.status != "not checked" for paper in self.papers.values())

    @cached_property
    def audited(self) -> audits.Audit:
        """The whole audit."""
        return audits.audit(self.kg.source)

    @cached_property
    def matrix(self) -> Matrix:
        """The effects of all miRNAs on all drugs."""
        return matrix(self.kg.source)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kinds of entity in words."""
        rows = self.kg.source.select(queries.read("page-terms")).dicts()
        return {row["name"]: row["label"] for row in rows}

    @cached_property
    def words(self) -> dict[str, str]:
        """The words that pages explain, each with its definition."""
        rows = self.kg.source.select(queries.read("page-words")).rows
        found = {row[0]: row[1] for row in reversed(rows)}
        return dict(sorted(found.items(), key=lambda one: one[0].casefold())) | WORDS

    @cached_property
    def restoring(self) -> dict[str, list[dict[str, str]]]:
        """What could restore the response to each drug, by its name."""
        return self._by("drug", questions.find("resensitise").query)

    @cached_property
    def resting(self) -> dict[str, list[dict[str, str]]]:
        """What rests on each reference alone, by its number."""
        return self._by("reference", questions.find("what-falls-with-reference").query)

    @cached_property
    def fallen(self) -> dict[str, list[dict[str, str]]]:
        """What has only retracted papers behind it, by the number of each of them."""
        return self._by("reference", queries.read("page-retracted-only"))

    def _by(self, column: str, query: str) -> dict[str, list[dict[str, str]]]:
        """Return all rows of a query by what they have in a column."""
        found: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in self.kg.source.select(query).dicts():
            found[row[column]].append(row)
        return found

    @cached_property
    def counted(self) -> dict[str, Counter[str]]:
        """How many statements and findings there are on each entity."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        effects = {1: "resistance", -1: "sensitization", 0: "no direction"}
        for said in statements.in_short(self.kg.source):
            effect = [effects[said.sign]] if said.family == "DrugResponseEffect" else []
            for one in {said.subject, said.object}:
                found[one].update(["statements", said.standing, *effect])
        noted = {(one, row.finding, row.counted) for row in self.audited.findings for one in row.entities}
        for one, *_ in noted:
            found[one]["findings"] += 1
        return found

    @cached_property
    def examples(self) -> dict[str, Entity]:
        """A miRNA, a gene and a drug of which much is said, to show what can be asked."""
        try:
            entities = self.kg.names.entities.values()
        except BadInput:  # there are none, which the pages that need some say
            return {}
        found = {}
        for name, kind in (("mirna", "MicroRNA"), ("gene", "Gene"), ("drug", "Drug")):
            of_kind = [one for one in entities if one.kind == kind]
            if of_kind:
                found[name] = max(of_kind, key=lambda one: (self.counted[one.iri]["statements"], one.label))
        return found

    @cached_property
    def spellings(self) -> list[str]:
        """The names to complete while one types: labels and other spellings, as far as a page can hold them."""
        return sorted(self.kg.names.by_name, key=natural)[:2000]

    @cached_property
    def places(self) -> dict[str, str]:
        """Where each label leads: entities, passages, references and propositions; a reference also by its number."""
        numbered = {f"[{paper.number}]": paper.iri for paper in self.papers.values()}
        titled = {paper.title: paper.iri for paper in self.papers.values()}
        named = {label: iri for iri, label in self.kg.source.select(queries.read("page-labels")).rows}
        return numbered | titled | named

    def place(self, cell: str) -> str:
        """Return where a cell leads on this server, or outside of it; "" if nowhere."""
        iri = cell.iri if isinstance(cell, Linked) else self.places.get(cell, cell)
        return place(iri, self.root, self.kg.bases)

    def path(self, iri: str) -> str:
        """Return what stands behind the base of an IRI of the graph."""
        return iris.path(iri, self.kg.bases)

    def _leads(self, iri: str) -> bool:
        return bool(place(iri, self.root, self.kg.bases))

    def _table(self, answer: Answer, caption: str) -> Markup:
        return Markup(html.table(answer, caption, self.place))

    def _page(self, name: str, title: str, *, status: int = 200, **values: Any) -> Made:
        """Return a page; one that says that what was filled in cannot be used has status 400."""
        content = self.templates.get_template(f"{name}.html").render(title=title, base=self.root, **values)
        return Made(content, 400 if values.get("error") else status)

    def _to(self, entity: Entity) -> tuple[str, str]:
        return self.place(entity.iri), entity.label

    def _references(self) -> tuple[str, str]:
        return f"{self.root}/references", "References"

    def home(self, values: dict[str, str]) -> Made:
        """Return the first page: what this is, the matrix of miRNAs and drugs, questions, and what the audit found."""
        kept, shown, error = self.matrix, self.matrix, ""
        try:
            kept = self.matrix.filtered(**{name: value for name, value in values.items() if name != "order"})
            shown = self.matrix.filtered(**values)
        except BadInput as bad:
            error = str(bad)
        return self._page(
            "home",
            "mirkg",
            given=values,
            error=error,
            figure=Markup(drawing.drawn(shown, self.place)),
            shown=len(shown.marks),
            whole=len(self.matrix.marks),
            facets=_matrix_facets(kept),
            figures=self._figures(),
        )

    def _figures(self) -> list[tuple[str, int, str, list[tuple[str, int]]]]:
        """Return the figures of the audit: a word, a number, what it means, and the kinds that it is the sum of."""
        rows = [*self.audited.findings, *self.audited.rows]
        found = []
        for word, (kinds, meaning) in _FIGURES.items():
            counts = Counter({kind: len({row.counted for row in rows if row.finding == kind}) for kind in kinds})
            found.append((word, counts.total(), meaning, [one for one in counts.items() if one[1]]))
        return found

    def found(self, part: str) -> list[dict[str, str]]:
        """Return the entities that a name means or that have it in a name, at most a hundred."""
        return [{"label": one.label, "kind": one.kind, "iri": one.iri} for one in self.kg.names.search(part)[:100]]

    def search(self, values: dict[str, str]) -> Made:
        """Return the page of a search over all names."""
        wanted = values.get("q", "")
        found, near = self.found(wanted), []
        remark = ""
        if wanted:
            try:
                remark = self.kg.names.meant(wanted).remark
            except BadInput as error:
                remark = "" if found else str(error)
                near = [] if found else self.kg.names.near(wanted)
        return self._page("search", "Search", wanted=wanted, found=found, near=near, remark=remark)

    def thing(self, iri: str) -> Made:
        """Return the page of a thing: as people read it where there is such a page, else its properties."""
        if entity := self.kg.names.entities.get(iri):
            return self._entity(entity)
        if iri in self.papers:
            return self._reference(self.papers[iri])
        path = self.path(iri)
        about = self._properties(queries.read("page-outgoing", thing=[iri]))
        for start, page in (
            ("proposition/", self._proposition),
            ("claim/", self._claim),
            ("source/", self._source),
        ):
            if path.startswith(start) and (made := page(iri, about)):
                return made
        into = self._properties(queries.read("page-incoming", thing=[iri]))
        kind = next((str(row[1]) for row in about.rows if row[0] == "a"), "thing")
        label = next((row[1] for row in about.rows if row[0] == "rdfs:label"), path)
        sections = {"What is said": about, "What points here": into}
        return self._page("thing", label, kind=kind, iri=iri, sections=sections)

    def _proposition(self, iri: str, about: Answer) -> Made | None:
        """Return the page of a proposition: who says it, what it rests on, and by which paths it follows."""
        found = statements.of_propositions(self.kg.source, self.papers, [iri])
        inferred = dossiers.inferred(self.kg.source.select(queries.read("page-inferred", proposition=[iri])).dicts())
        if not found and not inferred:
            return None
        title = found[0].says if found else inferred[0].says
        trail = [self._to(found[0].subject)] if found else []
        return self._page("proposition", title, trail=trail, iri=iri, stated=found, inferred=inferred, about=about)

    def _claim(self, iri: str, about: Answer) -> Made | None:
        """Return the page of a claim: what is said where, by which words, and what the papers behind it say."""
        found = statements.of_claims(self.kg.source, self.papers, [iri])
        if not found:
            return None
        said = found[0].evidence[0]
        trail = [self._to(found[0].subject), (self.place(found[0].iri), "statement")]
        return self._page("claim", said.states, trail=trail, iri=iri, one=found[0], said=said, about=about)

    def _source(self, iri: str, about: Answer) -> Made | None:
        """Return the page of a review, of a passage or of a bracket: what it is, and what is read from it."""
        for review in self.reviews:
            if review.iri == iri:
                authors = [row[1] for row in about.rows if row[0] == "dcterms:creator"]
                return self._page("review", review.title, iri=iri, review=review, authors=authors, about=about)
        of_part = {
            "passage": queries.read("page-passage", passage=[iri]),
            "bracket": queries.read("page-bracket", bracket=[iri]),
        }
        part = iri.rsplit("/", 2)[-2]
        if part not in of_part:
            return None
        claims = [claim for (claim,) in self.kg.source.select(of_part[part]).rows]
        stated = statements.of_claims(self.kg.source, self.papers, claims) if claims else []
        linked = [(row[0], row[1].iri, str(row[1])) for row in about.rows if isinstance(row[1], Linked)]
        cited = [self.papers[one] for _, one, _ in linked if one in self.papers]
        where = next(((one, label) for name, one, label in linked if name == "mk:statedIn"), ("", ""))
        label = next((row[1] for row in about.rows if row[0] == "rdfs:label"), iri)
        title = label[:1].upper() + label[1:]
        trail = [(self.place(one.iri), "Review") for one in self.reviews if iri.startswith(f"{one.iri}/")]
        return self._page(
            "source", title, trail=trail, iri=iri, part=part, stated=stated, cited=cited, where=where, about=about
        )

    def _reference(self, paper: Paper) -> Made:
        """Return the page of a reference: what it is, what it says itself, what it is cited for, what rests on it."""
        rows = self.kg.source.select(queries.read("page-reference", reference=[paper.iri])).rows
        parts = {role: [claim for claim, one in rows if one == role] for role in ("own", "cited")}
        stated = {
            role: statements.of_claims(self.kg.source, self.papers, claims) if claims else []
            for role, claims in parts.items()
        }
        return self._page(
            "reference",
            paper.label,
            trail=[self._references()],
            iri=paper.iri,
            paper=paper,
            own=stated["own"],
            cited=stated["cited"],
            resting=self.resting.get(paper.number, []),
            fallen=self.fallen.get(paper.number, []),
            findings=self.audited.filtered(paper.number),
            audited=self._audited(self.audited.filtered(paper.number)),
            about=self._properties(queries.read("page-outgoing", thing=[paper.iri])),
        )

    def _audited(self, shown: audits.Audit) -> Markup:
        return Markup(showing.sections(shown._replace(rows=[]), self.place, unfold=False))

    def _properties(self, query: str) -> Answer:
        rows: list[tuple[str, ...]] = []
        for name, value, label in self.kg.source.select(query).rows:
            short = "a" if name.endswith("#type") else curie(name)
            rows.append((short, Linked(label or curie(value), value) if self._leads(value) else label or value))
        return Answer(("property", "value"), sorted(rows, key=lambda row: row[0] != "a"))

    def _entity(self, entity: Entity) -> Made:
        """Return the page of an entity: what it is in one look, and below all that is said of it."""
        found = dossiers.dossier(self.kg.source, self.papers, entity)
        findings = self.audited.filtered(entities=frozenset([entity.iri]))
        therapy = entity.kind in classes_of("Therapy")
        rows = [row for row in self.matrix.rows if row.drug.iri == entity.iri]
        touched = [one for one in self.matrix.columns if any(one.iri in row.cells for row in rows)]
        listed = next((name for name, (_, kinds) in LISTS.items() if entity.kind in kinds), "")
        around = pictures.around(self.kg.source, entity)
        small = picturing.picked([edge for edge in around if entity.label in edge.arrow], picturing.FEW)
        return self._page(
            "entity",
            entity.label,
            iri=entity.iri,
            entity=entity,
            found=found,
            sections=found.sections(),
            summary=sentences(entity, found.stated, first_done=therapy),
            restoring=_restoring(self.restoring.get(entity.label, [])) if therapy else [],
            row=Markup(drawing.drawn(Matrix(rows, touched), self.place)) if rows else "",
            picture=self._picture(f"Surroundings of {entity.label}", small, entity.label),
            drawn=len(small),
            around=len(around),
            findings=findings,
            audited=self._audited(findings),
            trail=[(f"{self.root}/{listed}", LISTS[listed][0])] if listed else [],
        )

    # ----------------------------------------------------------------------------------------------
    # Lists
    # ----------------------------------------------------------------------------------------------

    def listed(self, name: str, values: dict[str, str]) -> Answer:
        """Return the rows of a list, those whose name holds a text, sorted by a column.

        Raises:
            BadInput: there is no such column.
        """
        answer = self._all_references() if name == "references" else self._all_entities(LISTS[name][1])
        wanted, column = normal.key(values.get("q", "")), values.get("sort", "")
        rows = (
            [row for row in answer.rows if any(wanted in normal.key(cell) for cell in row)] if wanted else answer.rows
        )
        if column:
            if column not in answer.columns:
                hint = nearest(column, answer.columns)
                raise BadInput(f"There is no column {column!r}.{hint} It is one of: {', '.join(answer.columns)}.")
            at = answer.columns.index(column)
            counts = column in COUNTED[2:] or column in ("year", "claims", "findings")
            rows = sorted(rows, key=lambda row: -int(row[at] or 0) if counts else natural(row[at]))
        return Answer(answer.columns, rows)

    def _all_entities(self, kinds: tuple[str, ...]) -> Answer:
        found = sorted(
            (one for one in self.kg.names.entities.values() if one.kind in kinds), key=lambda one: natural(one.label)
        )
        rows = []
        for one in found:
            counts = self.counted[one.iri]
            rows.append(
                (
                    Linked(one.label, one.iri),
                    self.kinds.get(one.kind, one.kind),
                    *(str(counts[name] or "") for name in COUNTED[2:]),
                )
            )
        return Answer(COUNTED, rows)

    def _all_references(self) -> Answer:
        cited = {
            iri: (int(cited), int(own)) for iri, cited, own in self.kg.source.select(queries.read("page-cited")).rows
        }
        found = Counter(row.reference for row in self.audited.findings)
        rows: list[tuple[str, ...]] = []
        for one in self.papers.values():
            counts = (str(cited[one.iri][0] or ""), str(found[one.number] or ""))
            link = Linked(one.label, one.iri)
            rows.append((one.number, link, one.year, one.title, one.status, one.read, *counts))
        return Answer(REFERENCES, rows)

    def _list(self, name: str, values: dict[str, str]) -> Made:
        heading = "References" if name == "references" else LISTS[name][0]
        answer, error = Answer((), []), ""
        try:
            answer = self.listed(name, values)
        except BadInput as bad:
            error = str(bad)
        return self._page("list", heading, list=name, answer=answer, given=values, error=error)

    drugs = partialmethod(_list, "drugs")
    mirnas = partialmethod(_list, "mirnas")
    lncrnas = partialmethod(_list, "lncrnas")
    genes = partialmethod(_list, "genes")
    pathways = partialmethod(_list, "pathways")
    processes = partialmethod(_list, "processes")
    cells = partialmethod(_list, "cells")
    diseases = partialmethod(_list, "diseases")
    references = partialmethod(_list, "references")

    # ----------------------------------------------------------------------------------------------
    # Comparing
    # ----------------------------------------------------------------------------------------------

    def compare(self, values: dict[str, str]) -> Made:
        """Return two entities side by side: what is said of both, and what of one alone."""
        names = [values.get("one", ""), values.get("other", "")]
        both: list[dossiers.Dossier] = []
        error = ""
        if all(names):
            try:
                meant = [self.kg.names.meant(name).entity for name in names]
                both = [dossiers.dossier(self.kg.source, self.papers, one) for one in meant]
            except BadInput as bad:
                error = str(bad)
        rows = _compared(*both) if both else {}
        title = f"{both[0].entity.label} and {both[1].entity.label}" if both else "Compare"
        return self._page("compare", title, given=values, both=both, rows=rows, error=error)

    def retraction(self, values: dict[str, str]) -> Made:
        """Return what changes if a reference is retracted."""
        paper, error, number = None, "", ""
        if values.get("reference"):
            try:
                number = self.kg.reference(values["reference"])
                paper = next(one for one in self.papers.values() if one.number == number)
            except BadInput as bad:
                error = str(bad)
        resting = self.resting.get(number, [])
        names = {row["statement"] for row in resting if row["grade"]}
        following = [
            one
            for one in dossiers.inferred(self.kg.source.select(queries.read("page-inferred")).dicts())
            if names and all(any(name in path for name in names) for path in one.paths)
        ]
        title = f"If reference {number} is retracted" if paper else "If a reference is retracted"
        if paper and paper.status in ("retracted", "withdrawn"):
            title = f"What rested on reference {number}"
        return self._page(
            "retraction",
            title,
            trail=[self._references()],
            given=values,
            paper=paper,
            resting=resting,
            fallen=self.fallen.get(number, []),
            following=following,
            error=error,
        )

    def glossary(self, _: dict[str, str]) -> Made:
        """Return the words that pages use, with their meanings: those of the model first."""
        values = {name: meaning for name, meaning in self.words.items() if name not in WORDS}
        return self._page("glossary", "Glossary", words=WORDS, values=values)

    def ontology(self) -> Made:
        """Return the terms of the ontology with their definitions."""
        terms = self.kg.source.select(queries.read("page-terms")).dicts()
        return self._page("ontology", "Ontology", terms=terms)

    def questions(self, _: dict[str, str]) -> Made:
        """Return the list of questions."""
        return self._page("questions", "Questions", questions=list(questions.catalogue().values()))

    def question(self, values: dict[str, str]) -> Made:
        """Return one question as a form, with its SPARQL and, once asked, its answer."""
        question = questions.find(values["question"])
        given = {one.name: values[one.name] for one in question.parameters if one.name in values}
        answer: Answer | None = None
        remarks: list[str] = []
        error, query = "", question.query
        if given or "ask" in values or not question.parameters:
            try:
                query, remarks = self.kg.bound(question.id, given)
                answer = self.kg.source.select(query)
            except BadInput as bad:
                error = str(bad)
        return self._page(
            "question",
            question.title,
            trail=[(f"{self.root}/questions", "Questions")],
            question=question,
            given=given,
            answer=answer,
            remarks=remarks,
            error=error,
            query=query,
        )

    def audit(self, values: dict[str, str]) -> Made:
        """Return the audit, picked by entity, reference, kind, severity, voice and section."""
        shown, error = self.audited, ""
        try:
            _, shown = audits.asked(self.kg, whole=self.audited, **values)
        except BadInput as bad:
            error = str(bad)
        return self._page(
            "audit",
            "Audit",
            shown=shown,
            whole=self.audited,
            told=showing.told,
            sections="" if error else Markup(self._kinds(shown, values)),
            facets=_audit_facets(shown if values and not error else self.audited),
            kinds=self.audited.kinds(),
            given=values,
            error=error,
        )

    def _kinds(self, shown: audits.Audit, values: dict[str, str]) -> str:
        return showing.sections(shown, self.place, with_rows=bool(values), unfold=bool(values))

    def noted(self, values: dict[str, str]) -> str:
        """Return the references that the findings of the audit are about as RIS, with the findings as notes.

        Raises:
            BadInput: see `ask.audit.asked`.
        """
        _, shown = audits.asked(self.kg, whole=self.audited, **values)
        return showing.ris(shown, self.papers.values())

    def editor(self, values: dict[str, str]) -> Made:
        """Return the editor with a query in it."""
        query = values.get("query") or questions.find("mirnas-for-drug").query
        return self._page("editor", "SPARQL editor", query=query)

    def picture(self, values: dict[str, str]) -> Made:
        """Return a picture of an entity's surroundings, or of what leads from one to another, with its facts."""
        subject, other = values.get("subject", ""), values.get("object", "")
        title, edges, drawing, error, told = "Picture", list[Edge](), "", "", ""
        try:
            if subject:
                title, edges, told = self.edges(subject, other)
                drawing = self._picture(title, picturing.picked(edges, picturing.MOST))
        except BadInput as bad:
            error = str(bad)
        return self._page(
            "picture",
            title,
            given=values,
            drawing=drawing,
            drawn=min(len(edges), picturing.MOST),
            facts=picturing.facts(edges),
            told=told,
            error=error,
        )

    def pictured(self, values: dict[str, str]) -> str:
        """Return the picture as an SVG document whose links are IRIs.

        Raises:
            BadInput: a name means nothing or several things, or there is nothing to draw.
        """
        title, edges, _ = self.edges(values.get("subject", ""), values.get("object", ""))
        if not edges:
            raise BadInput(f"There is nothing to draw. {title}: no effect is stated or follows.")
        return picturing.svg(picturing.picked(edges, picturing.MOST), self.kg.names.entities.values(), title)

    def _edges(self, subject: str, other: str) -> tuple[str, list[Edge], str]:
        """Return what a picture is of, its edges, and between two entities the same step by step."""
        if not other:
            entity = self.kg.names.meant(subject).entity
            return f"Picture of {entity.label}", pictures.around(self.kg.source, entity), ""
        proof = self.kg.proof(subject, other)
        return f"From {proof.subject.label} to {proof.object.label}", pictures.of_proof(proof), text(proof)

    def _picture(self, title: str, edges: list[Edge], middle: str = "") -> Markup:
        if not edges:
            return Markup()
        return Markup(picturing.svg(edges, self.kg.names.entities.values(), title, self.place, middle=middle))

    def downloads(self, _: dict[str, str]) -> Made:
        """Return the page of downloads."""
        rows: list[tuple[str, ...]] = [(Linked(name, f"{BASE}download/{name}"), *KINDS[name]) for name in self.offered]
        listed = Answer(("file", "what", "media type"), rows)
        return self._page("downloads", "Downloads", listed=listed)

    def guide(self, told: dict[str, Any]) -> Made:
        """Return the guide for people."""
        return self._page("guide", "Guide", told=told)

    def error(self, status: int, message: str) -> Made:
        """Return a page that says what is wrong."""
        return self._page("error", f"{status}", status=status, message=message)


def _matrix_facets(shown: Matrix) -> list[Facet]:
    """Return by what the matrix can be narrowed down, with how many of the statements shown each leaves."""
    counts = shown.facets()
    return [
        Facet("class", "Drugs", [(one, one, count) for one, count in counts["class"].items()]),
        Facet("standing", "Standing", [(one, one, count) for one, count in counts["standing"].items()]),
        Facet("voice", "Said by", [(one, VOICES[one], count) for one, count in counts["voice"].items()]),
        Facet("order", "Order by", [(one, name, None) for one, name in ORDERS.items()]),
    ]


_HEADINGS = {"severity": "Severity", "finding": "Kind", "voice": "By the paper’s own", "section": "Section"}


def _audit_facets(shown: audits.Audit) -> list[Facet]:
    """Return by what the audit can be narrowed down."""
    found = []
    for name, counts in shown.facets().items():
        values = [(one, showing.told(one).what if name == "finding" else one, count) for one, count in counts.items()]
        found.append(Facet("kind" if name == "finding" else name, _HEADINGS[name], values, name == "severity"))
    return found


def _restoring(rows: list[dict[str, str]]) -> list[tuple[dict[str, str], dict[str, list[dict[str, str]]]]]:
    """Return what could restore a response, target by target: the first row of each, and its rows by their basis."""
    grouped: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        grouped[row["target"], row["action"]].append(row)
    found = []
    for group in sorted(
        grouped.values(), key=lambda group: (min(int(row["rank"]) for row in group), group[0]["target"])
    ):
        group.sort(key=lambda row: int(row["rank"]))
        bases: dict[str, list[dict[str, str]]] = {}
        for row in group:
            bases.setdefault(row["basis"], []).append(row)
        found.append((group[0], bases))
    return found


_Compared = dict[str, list[tuple[str, str, list[Statement], list[Statement]]]]


def _compared(one: dossiers.Dossier, other: dossiers.Dossier) -> _Compared:
    """Return by section what each of two entities is said to do with a third: that of both first."""
    found: _Compared = {}
    for section in dossiers.SECTIONS:
        sides = [_by_other(part.sections().get(section, []), part.entity.iri) for part in (one, other)]
        thirds = dict.fromkeys([*sides[0], *sides[1]])
        rows = [(iri, label, sides[0].get((iri, label), []), sides[1].get((iri, label), [])) for iri, label in thirds]
        if rows:
            found[section] = sorted(rows, key=lambda row: (not (row[2] and row[3]), natural(row[1])))
    return found


def _by_other(stated: list[Statement], iri: str) -> dict[tuple[str, str], list[Statement]]:
    found: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for one in stated:
        third = one.other(iri)
        found[third.iri, third.label].append(one)
    return found
