"""Questions: the competency questions, each one SPARQL file with a header, and how parameters enter them.

A header names the id, title, question, parameters and columns; a parameter's line reads
`name ?variable (kinds) meaning`, where a class such as Therapy is short for the kinds of entity below it. A value
enters as a VALUES block at the start of the pattern, so that the file runs as it stands, with all rows, and asked with
a value it returns just those. Two kinds are no entities: a number is that of a reference, and a place is where
something is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from mirkg.ask import sparql
from mirkg.model import files
from mirkg.model.problems import BadInput, nearest

_HEADER = re.compile(r"^# (id|title|question|parameter|columns): (.+)$", re.MULTILINE)
_PARAMETER = re.compile(r"(\w+) \?(\w+) \(([\w ]+)\) (.+)")
NUMBER = "number"
PLACE = "place"
_PLACES = {
    "text": "mk:TextPassage",
    "table": "mk:TableCell",
    "title": "mk:ReferenceTitle",
    "abstract": "mk:AbstractSentence",
    "import": "mk:TableRow",
}


class Parameter(NamedTuple):
    """Describe one parameter: the variable that it binds and the kinds of entity that it takes."""

    name: str
    variable: str
    kinds: tuple[str, ...]
    meaning: str


class Question(NamedTuple):
    """Hold one question with its query."""

    id: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    query: str

    def bound(self, values: dict[str, Iterable[str]]) -> str:
        """Return the query with each parameter bound to terms written in SPARQL."""
        given = {one.variable: values[one.name] for one in self.parameters if one.name in values}
        return sparql.bound(self.query, given)


@cache
def catalogue() -> dict[str, Question]:
    """Return every question by id, in the order of the files."""
    paths = files.resources("ontology/competency", ".rq")
    return {found.id: found for found in map(parse, map(files.text, paths))}


def parse(text: str) -> Question:
    """Read one question from its file."""
    told: dict[str, list[str]] = {}
    for key, value in _HEADER.findall(text):
        told.setdefault(key, []).append(value)
    return Question(
        id=told["id"][0],
        title=told["title"][0],
        question=told["question"][0],
        parameters=parameters(text),
        columns=tuple(told["columns"][0].split()),
        query=text,
    )


def parameters(text: str) -> tuple[Parameter, ...]:
    """Return the parameters that the header of a query declares."""
    return tuple(parameter(value) for key, value in _HEADER.findall(text) if key == "parameter")


def parameter(line: str) -> Parameter:
    """Read one parameter from its line of a header.

    Raises:
        ValueError: the line has another form.
    """
    match = _PARAMETER.fullmatch(line)
    if not match:
        raise ValueError(f"{line!r} is not of the form: name ?variable (kinds) meaning")
    return Parameter(match[1], match[2], tuple(match[3].split()), match[4])


def find(name: str) -> Question:
    """Return a question by its id.

    Raises:
        BadInput: there is none of that name; the message names the nearest.
    """
    return one_of(catalogue(), name, "mirkg ask")


def one_of(listed: Mapping[str, Question], name: str, command: str) -> Question:
    """Return a question of a list that a command prints, by its id; see `find`."""
    if name not in listed:
        raise BadInput(f"There is no question {name!r}.{nearest(name, listed)} `{command}` lists them.")
    return listed[name]


def place(value: str) -> str:
    """Return the class of passages that a place is short for, as a question writes it.

    Raises:
        BadInput: there is no such place; the message names all.
    """
    if value.strip().casefold() not in _PLACES:
        raise BadInput(f"{value!r} is no place. Something is said in one of: {', '.join(_PLACES)}.")
    return _PLACES[value.strip().casefold()]
