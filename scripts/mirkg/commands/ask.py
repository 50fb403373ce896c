"""Ask: a question by its name, with one option per parameter; without a name, the list of questions."""

from __future__ import annotations

import argparse

from mirkg.ask import questions
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.store import Answer
from mirkg.commands import common
from mirkg.model.problems import BadInput

HELP = "Ask a question; without a name, list the questions."


def arguments(parser: common.Parser, words: list[str]) -> None:
    """Add what the command takes: the options of the question that is named are among them."""
    parser.add_argument("question", nargs="?", metavar="NAME", help="the name of a question")
    common.source_options(parser)
    common.format_option(parser)
    parser.add_argument(
        "--without-reference", metavar="N", action="append", default=[], help="what changes without reference N"
    )
    parser.add_argument("--policy", choices=("curated", "as-stated"), help="what changes if edges are drawn as stated")
    common.voice_option(parser)
    parser.set_defaults(parameters=())
    if question := _named(words):
        options = " ".join(f"[--{one.name} {one.name.upper()}]" for one in question.parameters)
        parser.usage = " ".join(filter(None, ["mirkg ask", question.id, options, "[options]"]))
        parser.description = question.question
        parser.epilog = f"Columns: {' '.join(question.columns)}"
        taken = parser.add_argument_group("parameters")
        for one in question.parameters:
            taken.add_argument(f"--{one.name}", metavar=one.name.upper(), help=one.meaning)
        parser.set_defaults(parameters=tuple(one.name for one in question.parameters))


def _named(words: list[str]) -> questions.Question | None:
    """Return the question that is named among some words; a word that looks like a misspelt one is refused."""
    known = questions.catalogue()
    named = [word for word in words if word in known]
    if named:
        return known[named[0]]
    if words and not words[0].startswith("-"):
        questions.find(words[0])
    options = [word.removeprefix("--").partition("=")[0] for word in words if word.startswith("--")]
    if any(option == one.name for option in options for found in known.values() for one in found.parameters):
        raise BadInput(f"Name the question first: mirkg ask NAME {' '.join(words)}")
    return None


def run(arguments: argparse.Namespace) -> int:
    """Ask a question, or list the questions."""
    if not arguments.question:
        listed: list[tuple[str, ...]] = [
            (question.id, " ".join(f"--{parameter.name}" for parameter in question.parameters), question.question)
            for question in questions.catalogue().values()
        ]
        common.show(
            Answer(("name", "parameters", "question"), listed), arguments.format, spreadsheet=arguments.spreadsheet
        )
        return 0
    values = {name: value for name in arguments.parameters if (value := getattr(arguments, name)) is not None}
    kg = common.voiced(common.opened(arguments), arguments.voice)
    asked = kg.asked(arguments.question, values)
    if arguments.without_reference or arguments.policy:
        asked = asked._replace(answer=_changed(kg, arguments, values, asked.answer))
    common.say(asked.remarks)
    common.show(asked.answer, arguments.format, spreadsheet=arguments.spreadsheet)
    if not asked.answer.rows:
        common.say(["No rows."])
    return 0


def _changed(kg: KnowledgeGraph, arguments: argparse.Namespace, values: dict[str, str], before: Answer) -> Answer:
    """Return an answer with what it loses and gains without some references or by another policy."""
    from mirkg.ask import replay

    gone = dict.fromkeys(arguments.without_reference, "withdrawn")
    after = KnowledgeGraph(replay.replayed(common.embedded(kg), gone, arguments.policy or "curated"))
    return replay.marked(before, after.asked(arguments.question, values).answer)
