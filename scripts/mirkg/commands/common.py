"""Common: options that several commands take, and how a command opens a graph and prints an answer."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mirkg.ask import graph, snapshot
from mirkg.ask.store import Answer, Store
from mirkg.model import files
from mirkg.model.problems import BadInput, nearest
from mirkg.show import answer as showing

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 1_000_000_000  # what a number of an option may be where nothing else limits it


class Parser(argparse.ArgumentParser):
    """Read options strictly: none is abbreviated, given twice or left empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "allow_abbrev": False})
        self.register("action", None, _Once)

    def read(self, words: list[str]) -> argparse.Namespace:
        """Read arguments; an option that is not known is refused with the nearest."""
        arguments, rest = self.parse_known_args(words)
        if rest:
            command: Parser = arguments.parser
            known = [option for action in command._actions for option in action.option_strings]
            command.error(f"unrecognized arguments: {' '.join(rest)}.{nearest(rest[0], known)}")
        if getattr(arguments, "spreadsheet", False) and arguments.format != "csv":
            arguments.parser.error("--spreadsheet goes with --format csv")
        return arguments


class _Once(argparse.Action):
    """Store a value, and refuse an option that is given twice or without one."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        if option_string and values == "":
            parser.error(f"{option_string} needs a value")
        if option_string and self.dest in (given := vars(namespace).setdefault("_given", set())):
            parser.error(f"{option_string} is given twice")
        elif option_string:
            given.add(self.dest)
        setattr(namespace, self.dest, values)


def positive(text: str) -> int:
    """Read a number above 0, for argparse."""
    return up_to(_MOST)(text)


def up_to(most: int) -> Callable[[str], int]:
    """Return what reads a number from 1 to the most that there may be, for argparse."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= most):
            above = "number above 0" if most == _MOST else f"number from 1 to {most}"
            raise argparse.ArgumentTypeError(f"{text[:50]!r} is no {above}")
        return int(text)

    return read


def data_option(parser: Parser) -> None:
    """Let a command take tables of one's own."""
    parser.add_argument("--data", metavar="DIR", help="a folder of tables of your own")


def source_options(parser: Parser) -> None:
    """Let a command take a graph of one's own."""
    parser.add_argument("--graph", metavar="FILE", help="a built graph of your own")
    parser.add_argument("--endpoint", metavar="URL", help="a SPARQL 1.1 endpoint to ask instead")


def voice_option(parser: Parser) -> None:
    """Let a command answer as if only a part of the cited papers had been read."""
    parser.add_argument("--voice", choices=("title",), help="answer as if only the titles of papers had been read")


def format_option(parser: Parser, forms: Sequence[str] = showing.FORMATS) -> None:
    """Let a command write its answer in several formats, the first of them if none is named."""
    parser.add_argument("--format", choices=forms, default=forms[0], help="%(default)s if not given")
    parser.set_defaults(spreadsheet=False)
    if "csv" in forms:
        parser.add_argument(
            "--spreadsheet", action="store_true", help="with --format csv: marked as UTF-8, and without formulas"
        )


def folder(arguments: argparse.Namespace) -> Path:
    """Return the folder of tables that is meant."""
    from pathlib import Path

    return Path(arguments.data or files.resource("data"))


def opened(arguments: argparse.Namespace) -> graph.KnowledgeGraph:
    """Return the graph that is meant: a file, an endpoint, or a snapshot of the one that the package ships."""
    if arguments.endpoint is not None and arguments.graph is not None:
        raise BadInput("Give --graph or --endpoint, not both.")
    if arguments.endpoint is not None:
        return graph.connect(arguments.endpoint)
    if arguments.graph is not None:
        return graph.open(arguments.graph)
    return graph.KnowledgeGraph(snapshot.opened(files.resource("data/mirkg.trig")))


def voiced(kg: graph.KnowledgeGraph, voice: str | None) -> graph.KnowledgeGraph:
    """Return a graph as it is, or derived anew as if only titles had been read."""
    if voice is None:
        return kg
    from mirkg.ask import replay

    return graph.KnowledgeGraph(replay.titled(embedded(kg)))


def embedded(kg: graph.KnowledgeGraph) -> Store:
    """Return the store of a graph, from which the rules can derive again."""
    if not isinstance(kg.source, Store):
        raise BadInput("The rules run on a file, not behind an endpoint. Name the graph with --graph.")
    return kg.source


def say(remarks: Iterable[str]) -> None:
    """Print remarks on the error stream."""
    for remark in remarks:
        print(remark, file=sys.stderr)


@contextmanager
def counting(what: str, of: int = 0) -> Iterator[Callable[[int], None]]:
    """Give what shows on a terminal how many are done, and take that away in the end."""
    terminal, total = sys.stderr.isatty(), f" of {of}" if of else ""

    def count(done: int) -> None:
        if terminal:
            print(f"\r{done:,}{total} {what}", end="", file=sys.stderr, flush=True)

    yield count
    if terminal:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Give what shows on a terminal how much is done of what, and how long the rest takes, and take that away."""
    terminal, begun = sys.stderr.isatty(), time.monotonic()
    first: dict[str, tuple[int, float]] = {}

    def show(what: str, done: int, of: int) -> None:
        if not terminal:
            return
        start, since = first.setdefault(what, (done, time.monotonic()))
        told = f"{done:,} {what}"
        if of:
            told = f"{done:,} of {of:,} {what}"
            if done > start:
                left = (of - done) * (time.monotonic() - since) / (done - start)
                told += f", {left / 60:.0f} min left" if left > 90 else f", {left:.0f} s left"
        print(f"\r\x1b[K{told} ({time.monotonic() - begun:.0f} s)", end="", file=sys.stderr, flush=True)

    yield show
    if terminal:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def show(answer: Answer, form: str, *, spreadsheet: bool = False) -> None:
    """Print an answer."""
    told = showing.written(answer, form, width=width(), bold=sys.stdout.isatty(), spreadsheet=spreadsheet)
    sys.stdout.write(told)


def width() -> int:
    """Return the width to fold tables to: that of a terminal, and none for a pipe."""
    return showing.terminal_width() if sys.stdout.isatty() else 0


def count(number: int, thing: str) -> str:
    """Return a number of things in words, such as "2 problems"."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def target(given: str) -> str:
    """Return the path to write to, through links.

    Raises:
        BadInput: it is a folder or no regular file, or its folder is not there.
    """
    path = os.path.realpath(given)
    if os.path.isdir(path):
        raise BadInput(f"{given} is a folder. Name a file in it. Nothing was written.")
    if not os.path.isdir(os.path.dirname(path)) or given.endswith(os.sep):
        raise BadInput(f"{os.path.dirname(given)} is no folder. Make it first. Nothing was written.")
    if os.path.exists(path) and not os.path.isfile(path):
        raise BadInput(f"{given} is no regular file. Leave out -o to write to standard output. Nothing was written.")
    return path


def put(parts: Mapping[str, files.Content]) -> None:
    """Write files all or none, and tell their sizes."""
    try:
        files.write(parts)
    except OSError as error:
        where = files.shown(error.filename or next(iter(parts)))
        raise BadInput(f"{where} cannot be written: {error.strerror}. Nothing was changed.") from error
    for path in parts:
        print(f"{files.shown(path)}  {os.path.getsize(path):,} bytes")
