"""Check: tables, graph and ontology, by shapes and by the OWL reasoner."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pyoxigraph as ox

from mirkg.commands import common
from mirkg.make import build, check, reason, tables, validators
from mirkg.model.problems import BadInput, Problem
from mirkg.model.vocabulary import curie

HELP = "Check tables, graph and ontology; problems name file, line and column."


def arguments(parser: common.Parser, _: list[str]) -> None:
    """Add what the command takes."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="RDF files, or folders of tables, to check instead")
    common.data_option(parser)
    parser.add_argument(
        "--engine",
        choices=validators.NAMES,
        default="",
        help="the SHACL engine; if not given, pyrudof where it is installed",
    )
    parser.add_argument("--owl", action="store_true", help="let the OWL reasoner HermiT read ontology and edges")
    parser.add_argument(
        "--publish", metavar="SITE", help="check a folder that mirkg site wrote, before it is published"
    )
    parser.add_argument("--strict", action="store_true", help="count and print warnings as problems")


def run(arguments: argparse.Namespace) -> int:
    """Check tables and graphs and return 1 where something is wrong."""
    if arguments.publish:
        return _publish(arguments)
    if arguments.paths and arguments.data:
        raise BadInput("Give PATH or --data, not both.")
    engine = validators.chosen(arguments.engine)
    folders = [Path(path) for path in arguments.paths if Path(path).is_dir()]
    files = [Path(path) for path in arguments.paths if not Path(path).is_dir()]
    found: list[Problem] = []
    for folder in folders if arguments.paths else [common.folder(arguments)]:
        found += check.tables(tables.load(folder), engine)
    for file in files:
        found += check.file(file, engine)
        seen = check.looked_at(check.read(file))
        common.say(
            [f"{file}: looked at {', '.join(f'{name} {count}' for name, count in seen.items())}"] if seen else []
        )
    if not arguments.paths and not arguments.data:
        found += check.style(engine)
    status = _report(found, arguments.strict)
    if arguments.owl:
        status = max(status, _owl(arguments, folders, files))
    return status


def _publish(arguments: argparse.Namespace) -> int:
    """Print one line for each check of a site, and what breaks it."""
    if arguments.paths or arguments.data or arguments.owl or arguments.engine:
        raise BadInput("--publish checks a site by itself: leave PATH, --data, --owl and --engine.")
    try:
        from mirkg.site import checks
    except ModuleNotFoundError as error:
        raise BadInput(f"--publish needs {error.name}. Install it with: pip install 'mirkg[serve]'") from error
    done = list(checks.every(arguments.publish))
    for one in done:
        print(f"{'broken' if one.broken else 'fine  '}  {one.name}  {one.must}")
        for node in one.broken[:20]:
            print(f"          {curie(node)}")
        if len(one.broken) > 20:
            print(f"          and {len(one.broken) - 20} more")
    broken = sum(bool(one.broken) for one in done)
    print(f"{common.count(len(done), 'check')}, {broken} broken")
    return 1 if broken else 0


def _report(found: list[Problem], strict: bool) -> int:
    violations = [problem for problem in found if strict or problem.severity == "violation"]
    warnings = len(found) - len(violations)
    for problem in violations:
        print(problem)
    if not strict:
        common.say(str(problem) for problem in found if problem.severity == "notice")
    tail = f", {common.count(warnings, 'warning')} (--strict shows and counts them)" if warnings else ""
    print(f"{common.count(len(violations), 'problem')}{tail}")
    return 1 if violations else 0


def _owl(arguments: argparse.Namespace, folders: list[Path], files: list[Path]) -> int:
    quads = [quad for file in files for quad in check.read(file)]
    for folder in folders or ([] if files else [common.folder(arguments)]):
        quads += build.build(tables.load(folder)).quads
    reading = reason.read(quads)
    if not reading.consistent:
        print("OWL: inconsistent", flush=True)
        if sys.stderr.isatty():
            common.say(["looking for the statements that contradict each other"])
        found = reason.clash(quads)
        for triple in found:
            print(f"OWL: {_short(triple)}")
        print("OWL: these contradict each other; mend one" if found else "OWL: the ontology contradicts itself")
        return 1
    print("OWL: consistent")
    for name in reading.unsatisfiable:
        print(f"OWL: nothing can be a {name}")
    for name, members in reading.members.items():
        print(f"OWL: {name} {len(members)}: {', '.join(members)}".rstrip(": "))
    return 1 if _outside_profile(quads) or reading.unsatisfiable else 0


def _short(triple: ox.Triple) -> str:
    terms = (triple.subject, triple.predicate, triple.object)
    return " ".join(curie(str(term).strip("<>")) for term in terms)


def _outside_profile(quads: list[ox.Quad]) -> bool:
    """Print whether what HermiT reads is in OWL 2 DL; tell whether it was found not to be."""
    try:
        violations = reason.outside_profile(quads)
    except ModuleNotFoundError:
        print("OWL: the profile was not checked; pip install 'mirkg[owl]'")
        return False
    for violation in violations:
        print(f"OWL: not OWL 2 DL: {violation}")
    if not violations:
        print("OWL: in the profile OWL 2 DL")
    return bool(violations)
