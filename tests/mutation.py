"""Mutations of a graph: one term of one quad replaced, a quad taken out, or one put in, chosen by a seed."""

import random
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from mirkg.model.vocabulary import RDF_TYPE, graph

XSD = "http://www.w3.org/2001/XMLSchema#"


def mutated(quads: list[ox.Quad], number: int, seed: int) -> list[ox.Quad]:
    """Return a graph with a number of mutations outside of the ontology; the same seed gives the same graph."""
    choose = random.Random(seed)
    listed = sorted((quad for quad in quads if quad.graph_name != graph("ontology")), key=str)
    pool = {name: sorted({str(getattr(quad, name)): getattr(quad, name) for quad in listed}.items()) for name in PARTS}
    classes = sorted({str(quad.object): quad.object for quad in listed if quad.predicate == RDF_TYPE}.items())
    found = dict.fromkeys(listed)
    for quad in choose.sample(listed, number):
        found.pop(quad, None)
        found.update(dict.fromkeys(_instead(quad, choose, pool, classes)))
    return list(found)


PARTS = ("subject", "predicate", "object")


def _instead(quad: ox.Quad, choose: random.Random, pool: Any, classes: Any) -> Iterator[ox.Quad]:
    """Yield what stands for a quad once it is mutated: nothing, another one, or it and another one."""
    subject, predicate, object, name = quad
    how = choose.choice(("out", "subject", "predicate", "object", "class", "literal", "literal", "twice"))
    if how == "class":
        yield quad
        yield ox.Quad(subject, RDF_TYPE, choose.choice(classes)[1], name)
    elif how == "twice":
        yield quad
        yield ox.Quad(subject, predicate, choose.choice(pool["object"])[1], name)
    elif how == "literal":
        yield ox.Quad(subject, predicate, _literal(object, choose), name)
    elif how != "out":
        parts = dict(zip(PARTS, quad, strict=False)) | {how: choose.choice(pool[how])[1]}
        yield ox.Quad(parts["subject"], parts["predicate"], parts["object"], name)


def _literal(term: Any, choose: random.Random) -> ox.Literal:
    """Return a literal like a term: with a language, another datatype, another text, or none."""
    text = str(term.value)
    return choose.choice(
        (
            ox.Literal(text, language="en"),
            ox.Literal(text, datatype=ox.NamedNode(XSD + choose.choice(("integer", "date", "boolean", "decimal")))),
            ox.Literal(choose.choice(("", text + " ", text.upper(), "é\n" + text, "-1", "007", "1e3"))),
            ox.Literal(choose.choice(("007", "+7", "7.0", "0", "-3")), datatype=ox.NamedNode(XSD + "integer")),
        )
    )
