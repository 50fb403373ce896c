"""Demo: the whole way from tables to answers in a few seconds, on questions that show what this is for."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TextIO

from mirkg.ask import store
from mirkg.ask.graph import KnowledgeGraph
from mirkg.ask.store import Answer
from mirkg.commands import common
from mirkg.make import build, shapes, tables
from mirkg.model import files
from mirkg.show import answer as rows

_QUESTIONS: tuple[tuple[str, str, dict[str, str], str], ...] = (
    (
        "Which miRNAs change the response to tamoxifen, and who says so?",
        "mirnas-for-drug",
        {"drug": "tamoxifen"},
        "The table gives no direction, so none is made up; where a paper gives one, its own row is beside it.",
    ),
    (
        "What explains that miR-130b changes the response to a drug?",
        "mechanism-of",
        {"subject": "miR-130b"},
        "Each step is a claim with its place; what the paper says for itself is beside it.",
    ),
    (
        "In which direction does HOTAIR act on doxorubicin?",
        "direction-of",
        {"subject": "HOTAIR", "drug": "doxorubicin"},
        "The text says sensitization and cites a paper whose title says resistance. mirkg trusts the paper.",
    ),
    (
        "Which claims cite a paper that was retracted or has an expression of concern?",
        "claims-on-retracted-sources",
        {},
        "A statement that only retracted papers support gives no edge; one with other papers keeps its edge.",
    ),
    (
        "What does Table 1 leave without a direction for doxorubicin?",
        "unsigned-mirnas",
        {"drug": "doxorubicin"},
        "Adriamycin and doxorubicin are one drug in two rows of the table.",
    ),
)
_NEXT = """Try next:
  mirkg ask                                  every question, and what it takes
  mirkg ask conferring-mirnas --drug adriamycin
  mirkg explain LINC00968                    one entity: claims, references, status, links out
  mirkg query 'SELECT * WHERE { mke:miR-130b ?edge ?object }'
  mirkg check --owl                          tables, shapes, and the OWL reasoner
"""


HELP = "Build, check and ask five questions, to see what this is."


def arguments(_: common.Parser, __: list[str]) -> None:
    """Add nothing: the command takes no arguments."""


def run(_: argparse.Namespace) -> int:
    """Show what the graph is for."""
    return shown(sys.stdout)


def shown(out: TextIO) -> int:
    """Build in memory, check, and answer five questions; return 1 if the check finds a problem."""
    terminal = out.isatty()
    width = rows.terminal_width() if terminal else 0

    def say(line: str, mark: str = "") -> None:
        out.write(f"\x1b[{mark}m{line}\x1b[0m\n" if terminal and mark else f"{line}\n")
        out.flush()

    begun = time.monotonic()
    data = tables.load(Path(files.resource("data")))
    built = build.build(data)
    claims = sum(len(review.claims) for review in data.reviews)
    references = sum(len(review.references) for review in data.reviews)
    say(f"Built {len(built.quads):,} quads from {claims} claims and {references} references.")
    problems = [problem for problem in shapes.judged(built.quads, built.origins) if problem.severity == "violation"]
    for problem in problems:
        say(str(problem))
    say(f"Checked them against the shapes: {len(problems)} problems.")
    kg = KnowledgeGraph(store.of(built.quads))
    for question, name, values, lesson in _QUESTIONS:
        say("")
        say(question, "1")
        say("  mirkg ask " + " ".join([name, *(f"--{key} {value}" for key, value in values.items())]), "2")
        out.write(rows.written(_shortened(kg.asked(name, values).answer), "table", width=width, bold=False))
        say(lesson, "3")
    say("")
    say(f"All of this took {time.monotonic() - begun:.1f} s. It is literature evidence, not medical advice.")
    out.write("\n" + _NEXT)
    return 1 if problems else 0


def _shortened(answer: Answer, limit: int = 14) -> Answer:
    """Return an answer cut to a few rows, saying how many were left."""
    left = len(answer.rows) - limit
    if left <= 0:
        return answer
    note = (f"… {left} more",) + ("",) * (len(answer.columns) - 1)
    return Answer(answer.columns, [*answer.rows[:limit], note])
