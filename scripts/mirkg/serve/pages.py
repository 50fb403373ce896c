"""Pages: what people read, made from templates that need no server."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mirkg.ask import audit as audits
from mirkg.ask import queries, questions
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.proof import Arrow, Proof
from mirkg.ask.reading import limits
from mirkg.ask.store import Answer
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import BASE, classes_of, curie
from mirkg.show import audit as showing
from mirkg.show import html
from mirkg.show.proof import drawn, graded, stands, text

_ADDRESS = re.compile(r"https?://[^\s\x00-\x20<>\"{}|\\^`]+")


class Linked(str):
    """Hold the text of a cell that leads to an IRI of its own."""

    __slots__ = ("iri",)

    def __new__(cls, shown: str, iri: str) -> Linked:
        made = super().__new__(cls, shown)
        made.iri = iri
        return made

    iri: str


def place(iri: str, base: str) -> str:
    """Return where an IRI leads, its own base exchanged; "" if it is no address of the web."""
    if not _ADDRESS.fullmatch(iri):
        return ""
    return f"{base}/{iri.removeprefix(BASE)}" if iri.startswith(BASE) else iri


class Made(NamedTuple):
    """Hold a page and its status."""

    content: str
    status: int


class Pages:
    """Make the pages of one graph; links are relative, from `root`, the way from the page to the top."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self.kg, self.root = kg, "."
        loader = PackageLoader("mirkg.serve")
        self.templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self.templates.globals |= {"place": self.place, "table": self._table, "limits": lambda: self.limits}

    @cached_property
    def limits(self) -> str:
        """What was read of the cited papers."""
        return limits(self.kg.source)

    @cached_property
    def places(self) -> dict[str, str]:
        """Where each label leads: entities, passages, references and propositions."""
        return {label: iri for iri, label in self.kg.source.select(queries.read("page-labels")).rows}

    def place(self, cell: str) -> str:
        """Return where a cell leads on this server, or outside of it; "" if nowhere."""
        iri = cell.iri if isinstance(cell, Linked) else self.places.get(cell, cell)
        return place(iri, self.root)

    def _table(self, answer: Answer, caption: str) -> Markup:
        return Markup(html.table(answer, caption, self.place))

    def _page(self, name: str, title: str, *, status: int = 200, **values: Any) -> Made:
        """Return a page; one that says that what was filled in cannot be used has status 400."""
        content = self.templates.get_template(f"{name}.html").render(title=title, base=self.root, **values)
        return Made(content, 400 if values.get("error") else status)

    def home(self, _: dict[str, str]) -> Made:
        """Return the first page: what this is, search, figures, what the audit found."""
        counts = self.kg.source.select(queries.read("page-counts")).dicts()[0]
        return self._page("home", "mirkg", counts=counts, summary=audits.audit(self.kg.source).summary())

    def found(self, part: str) -> list[dict[str, str]]:
        """Return the entities that a name means or that have it in a name, at most a hundred."""
        return [{"label": one.label, "kind": one.kind, "iri": one.iri} for one in self.kg.names.search(part)[:100]]

    def search(self, values: dict[str, str]) -> Made:
        """Return the page of a search over all names."""
        wanted = values.get("q", "")
        found = self.found(wanted)
        remark = ""
        if wanted:
            try:
                remark = self.kg.names.meant(wanted).remark
            except BadInput as error:
                remark = "" if found else str(error)
        return self._page("search", "Search", wanted=wanted, found=found, remark=remark)

    def thing(self, path: str) -> Made:
        """Return the page of a thing by its path: an entity's card, or what is said of it and points at it."""
        iri = BASE + path
        if iri in self.kg.names.entities:
            return self._entity(iri)
        out = self._properties(queries.read("page-outgoing", thing=[iri]))
        into = self._properties(queries.read("page-incoming", thing=[iri]))
        kind = next((str(row[1]) for row in out.rows if row[0] == "a"), "thing")
        label = next((row[1] for row in out.rows if row[0] == "rdfs:label"), path)
        sections = {"What is said": out, "What points here": into}
        return self._page("thing", label, kind=kind, iri=iri, path=path, sections=sections, synonyms=[], picture="")

    def _properties(self, query: str) -> Answer:
        rows: list[tuple[str, ...]] = []
        for name, value, label in self.kg.source.select(query).rows:
            short = "a" if name.endswith("#type") else curie(name)
            rows.append((short, Linked(label or curie(value), value) if place(value, self.root) else label or value))
        return Answer(("property", "value"), sorted(rows, key=lambda row: row[0] != "a"))

    def _entity(self, iri: str) -> Made:
        card = self.kg.explain(iri)
        sections = card.sections()
        if card.entity.kind in classes_of("Therapy"):
            answer = self.kg.source.select(questions.find("resensitise").bound({"drug": [f"<{iri}>"]}))
            sections = {"What could restore the response": answer, **sections}
        return self._page(
            "thing",
            card.entity.label,
            kind=card.entity.kind,
            iri=iri,
            path=iri.removeprefix(BASE),
            sections={heading: answer for heading, answer in sections.items() if answer.rows},
            synonyms=card.synonyms,
            picture=card.entity.label,
        )

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
            question=question,
            given=given,
            answer=answer,
            remarks=remarks,
            error=error,
            query=query,
        )

    def audit(self, values: dict[str, str]) -> Made:
        """Return the audit, filtered by entity, reference or kind."""
        whole = audits.audit(self.kg.source)
        shown, error = whole, ""
        try:
            whole, shown = audits.asked(self.kg, **values)
        except BadInput as bad:
            error = str(bad)
        return self._page(
            "audit",
            "Audit",
            summary=whole.summary(),
            sections="" if error else Markup(showing.sections(shown, self.place, with_rows=bool(values))),
            kinds=whole.kinds(),
            given=values,
            error=error,
        )

    def editor(self, values: dict[str, str]) -> Made:
        """Return the editor with a query in it."""
        query = values.get("query") or questions.find("mirnas-for-drug").query
        return self._page("editor", "SPARQL editor", query=query)

    def picture(self, values: dict[str, str]) -> Made:
        """Return a picture of an entity's surroundings, or of what leads from one to another, with its facts."""
        subject, other = values.get("subject", ""), values.get("object", "")
        edges: list[dict[str, str]] = []
        error, told = "", ""
        try:
            if subject and other:
                proof = self.kg.proof(subject, other)
                edges, told = _proven(proof), text(proof)
            elif subject:
                iri = self.kg.names.meant(subject).entity.iri
                rows = self.kg.source.select(queries.read("page-around", entity=[iri])).dicts()
                edges = [_around(row) for row in rows]
        except BadInput as bad:
            error = str(bad)
        columns = ("statement", "state", "sources")
        facts = Answer(columns, [(edge["says"], edge["state"], edge["note"]) for edge in edges])
        graph = json.dumps(edges, ensure_ascii=False).replace("<", "\\u003c")
        return self._page(
            "picture", "Picture", given=values, graph=graph, facts=facts, told=told, error=error, drawn=bool(edges)
        )

    def downloads(self, _: dict[str, str]) -> Made:
        """Return the page of downloads."""
        return self._page("downloads", "Downloads")

    def guide(self, told: dict[str, Any]) -> Made:
        """Return the guide for people."""
        return self._page("guide", "Guide", told=told)

    def error(self, status: int, message: str) -> Made:
        """Return a page that says what is wrong."""
        return self._page("error", f"{status}", status=status, message=message)


def _edge(arrow: Arrow, line: str, state: str, note: str) -> dict[str, str]:
    response = arrow.family == "DrugResponseEffect"
    head = {1: "up", -1: "down", 0: "unknown"}[arrow.sign] if arrow.family else "member"
    return {
        "start": arrow.start,
        "end": arrow.end,
        "head": head,
        "target": "response" if response else "other",
        "line": line,
        "says": drawn([arrow]),
        "state": state,
        "note": note,
    }


def _around(row: dict[str, str]) -> dict[str, str]:
    arrow = Arrow(row["from"], int(row["sign"]), row["to"], row["family"])
    shown = stands(row["standing"], row["nearness"], row["voice"])
    state = f"withheld: {row['withheld']}" if row["withheld"] else shown
    return _edge(arrow, "withheld" if row["withheld"] else "stated", state, row["retracted"])


def _proven(proof: Proof) -> list[dict[str, str]]:
    edges = []
    for statement in proof.stated:
        shown = stands(statement.standing, statement.nearness, statement.voice)
        state = shown if statement.grade else f"withheld: {', '.join(statement.withheld)}"
        retracted = "; ".join(dict.fromkeys(one.retracted for one in statement.evidence if one.retracted))
        edges.append(_edge(statement.arrow, "stated" if statement.grade else "withheld", state, retracted))
    for inference in proof.inferred:
        steps = {step.arrow: step for step in inference.steps if step.kind != "mediation"}
        for arrow in inference.path:
            if step := steps.get(arrow):
                edges.append(_edge(arrow, "stated", graded(step.grade, step.nearness) or step.kind, ""))
            else:
                edges.append(_edge(arrow, "inferred", f"inferred, {inference.grade}", inference.outcome))
    return list({edge["says"] + edge["line"]: edge for edge in edges}.values())
