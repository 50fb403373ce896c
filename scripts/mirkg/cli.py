"""Command line: find the command that is named, let it read its arguments, and run it.

Only the module of that command is imported; all of them are where none is named, to list them.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module

from mirkg import __version__
from mirkg.commands.common import Parser
from mirkg.model import output
from mirkg.model.problems import BadInput

COMMANDS = (
    "demo",
    "build",
    "check",
    "verify",
    "ask",
    "audit",
    "query",
    "federate",
    "explain",
    "export",
    "rules",
    "references",
    "import",
    "merge",
    "new-review",
    "load",
    "serve",
    "mcp",
    "site",
    "bench",
)
_MODULES = {"import": "imports", "new-review": "new_review"}  # where a command's name is none that a module can have


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 fine, 1 findings, 2 unreadable or misused."""
    gc.set_threshold(100_000, 20, 100)  # a graph has many small parts; to look for garbage so often takes an eighth
    words = [_word(word) for word in (sys.argv[1:] if argv is None else argv)]
    output.speak()
    try:
        arguments = _parser(words).read(words)
        output.speak(machine=getattr(arguments, "format", "table") != "table" or getattr(arguments, "list", False))
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except BadInput as error:
        print(f"mirkg: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk behind a redirection, a name that no file can have
        what = f"{error.filename} cannot be used" if error.filename else "the output cannot be written"
        if not error.filename:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"mirkg: {what}: {error.strerror or error}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _parser(words: list[str]) -> Parser:
    """Return the parser of the command that some words name, or of all commands."""
    parser = Parser(prog="mirkg", description="An audited, executable knowledge graph of a scientific review.")
    parser.add_argument("--version", action="version", version=f"mirkg {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in [word for word in words[:1] if word in COMMANDS] or COMMANDS:
        command = import_module(f"mirkg.commands.{_MODULES.get(name, name)}")
        made = commands.add_parser(name, help=command.HELP, description=command.HELP)
        made.set_defaults(run=command.run, parser=made)
        command.arguments(made, words[1:])
    return parser


def _word(word: str) -> str:
    """Return an argument as the UTF-8 that it is, where the locale took it for something else."""
    try:
        return os.fsencode(word).decode("utf-8")
    except UnicodeError:
        return word
