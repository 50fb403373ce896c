"""Command line: a thin hall that reads arguments and calls what does the work."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mirkg import __version__
from mirkg.ask import graph, questions
from mirkg.ask.store import Answer, Store
from mirkg.model import files
from mirkg.model.problems import BadInput, Problem
from mirkg.show import answer as rows

if TYPE_CHECKING:
    from pathlib import Path

    import pyoxigraph as ox

    from mirkg.make.tables import Tables

_BENCHES = {
    "cold": "one question as a process",
    "derive": "the rules",
    "infer": "the sign algebra beside owlrl",
    "serve": "questions asked of servers",
}
_Command = Callable[[argparse.Namespace, list[str]], int]


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0 fine, 1 findings, 2 unreadable or misused."""
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if rest and arguments.run is not ask:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        status: int = arguments.run(arguments, rest)
        sys.stdout.flush()
    except BadInput as error:
        print(f"mirkg: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a full disk behind a redirection
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"mirkg: the output cannot be written: {error.strerror}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mirkg", description="An audited, executable knowledge graph of a scientific review.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"mirkg {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: _Command, help: str, *, add_help: bool = True) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help, description=help, allow_abbrev=False, add_help=add_help)
        made.set_defaults(run=run, parser=made)
        return made

    _making(command)
    _asking(command)
    _serving(command)
    return parser


def _making(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands that make and judge the graph."""
    command("demo", demo, "Build, check and ask five questions, to see what this is.")
    made = command("build", build, "Build the graph from the tables.")
    _data(made)
    made.add_argument("-o", "--output", metavar="DIR", help="write mirkg.trig, .nq, .jsonld and .ttl there")
    made.add_argument("--retractions", metavar="FILE", help="build with a list of retractions applied")
    made = command("check", check, "Check tables, graph and ontology; problems name file, line and column.")
    made.add_argument("paths", nargs="*", metavar="PATH", help="RDF files, or folders of tables, to check instead")
    _data(made)
    made.add_argument("--owl", action="store_true", help="let the OWL reasoner HermiT read ontology and edges")
    made.add_argument("--strict", action="store_true", help="count and print warnings as problems")
    made = command("verify", verify, "Check that a copy of the review's text holds every recorded passage.")
    made.add_argument("text", metavar="TEXT", help="a text file with your copy of the review")
    made.add_argument("--list", action="store_true", help="print the passages of the text with their numbers instead")
    made.add_argument("--review", metavar="ID", default="amiri-2024", help="the review, %(default)s if not given")
    _data(made)
    made = command("bench", bench, "Measure mirkg beside what one would write first, in one run.")
    made.add_argument(
        "what", choices=tuple(_BENCHES), help="; ".join(f"{name}: {what}" for name, what in _BENCHES.items())
    )
    made.add_argument(
        "-n", "--rounds", type=_positive, default=10, metavar="N", help="rounds, %(default)s if not given"
    )


def _asking(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands that ask it."""
    made = command("ask", ask, "Ask a question; without a name, list the questions.", add_help=False)
    made.add_argument("-h", "--help", action="store_true", help="show this, or with NAME what the question takes")
    made.add_argument("question", nargs="?", metavar="NAME", help="the name of a question")
    _source(made)
    _format(made)
    made.add_argument(
        "--without-reference", metavar="N", action="append", default=[], help="what changes if reference N fell"
    )
    made.add_argument("--policy", choices=("curated", "as-stated"), help="what changes if edges are drawn as stated")
    made = command("audit", audit, "Report what titles turn, what fell, and what curators noted.")
    _source(made)
    made.add_argument("--reference", metavar="N", default="", help="only what is about reference N")
    made.add_argument("--entity", metavar="NAME", help="only what is about an entity and what it stands for")
    made.add_argument("--verdict", metavar="KIND", default="", help="only findings or verdicts of one kind")
    made.add_argument("--retractions", metavar="FILE", help="show what a list of retractions would change")
    made.add_argument("--format", choices=("table", "tsv", "json", "html"), default="table", help="%(default)s")
    made.add_argument("--fail-on", choices=("high", "medium", "low"), metavar="LEVEL", help="exit 1 on such findings")
    made = command("query", query, "Run a SPARQL query on the union of all graphs.")
    made.add_argument("query", metavar="QUERY", help="a query, the name of a .rq file, or - for standard input")
    _source(made)
    _format(made)
    made = command("explain", explain, "Show the card of one entity, or what leads from one to another.")
    made.add_argument("name", metavar="NAME", help="a label, synonym, CURIE or IRI")
    made.add_argument("other", metavar="OTHER", nargs="?", help="where the paths from NAME shall lead")
    _source(made)
    made.add_argument(
        "--format", choices=("table", "json", "ttl", "mermaid"), default="table", help="%(default)s if not given"
    )
    made.add_argument("--policy", choices=("curated", "as-stated"), help="by which steps may be taken")


def _serving(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command that serves it."""
    made = command("serve", serve, "Serve the graph as an endpoint, linked data and pages, until stopped.")
    made.add_argument("--graph", metavar="FILE", help="a built graph of your own")
    made.add_argument("--host", default="127.0.0.1", help="the address to listen on, %(default)s if not given")
    made.add_argument("--port", type=_positive, default=8000, metavar="N", help="%(default)s if not given")
    made.add_argument("--base", metavar="URL", default="", help="the address under which clients see the server")
    made.add_argument("--seconds", type=_positive, metavar="N", help="the time that a query may take, 10 if not given")
    made.add_argument(
        "--rows", type=_positive, metavar="N", help="the rows that an answer may have, 10000 if not given"
    )
    made.add_argument(
        "--parallel", type=_positive, metavar="N", help="long queries at once, as many as cores if not given"
    )
    made.add_argument(
        "--per-minute", type=_positive, metavar="N", help="requests of one address a minute, 600 if not given"
    )
    made.add_argument(
        "--proxy", metavar="ADDRESS", default="", help="the address of a proxy whose X-Forwarded-For is believed"
    )


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def _data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="a folder of tables of your own")


def _source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--graph", metavar="FILE", help="a built graph of your own")
    parser.add_argument("--endpoint", metavar="URL", help="a SPARQL 1.1 endpoint to ask instead")


def _format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=rows.FORMATS, default="table", help="%(default)s if not given")


def _opened(arguments: argparse.Namespace) -> graph.KnowledgeGraph:
    if arguments.endpoint is None:
        return graph.open(arguments.graph)
    if arguments.graph is not None:
        raise BadInput("Give --graph or --endpoint, not both.")
    return graph.connect(arguments.endpoint)


def _folder(arguments: argparse.Namespace) -> Path:
    from pathlib import Path

    return Path(arguments.data or files.resource("data"))


def _say(remarks: Iterable[str]) -> None:
    for remark in remarks:
        print(remark, file=sys.stderr)


# --------------------------------------------------------------------------------------------------
# Asking
# --------------------------------------------------------------------------------------------------


def ask(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Ask a question, or list the questions."""
    if arguments.help:
        print(_taken(arguments))
        return 0
    if rest and arguments.question not in questions.catalogue() and rest[0].startswith("--"):
        raise BadInput(
            f"Name the question first: mirkg ask NAME {' '.join([rest[0], arguments.question or '', *rest[1:]])}"
        )
    if not arguments.question:
        _list_questions(arguments.format)
        return 0
    values = _parameters(questions.find(arguments.question), rest)
    kg = _opened(arguments)
    asked = kg.asked(arguments.question, values)
    if arguments.without_reference or arguments.policy:
        asked = asked._replace(answer=_changed(kg, arguments, values, asked.answer))
    _say(asked.remarks)
    _print(asked.answer, arguments.format)
    if not asked.answer.rows:
        _say(["No rows."])
    return 0


def _changed(kg: graph.KnowledgeGraph, arguments: argparse.Namespace, values: dict[str, str], before: Answer) -> Answer:
    """Return an answer with what it loses and gains when references fall or edges follow another policy."""
    from mirkg.ask import replay

    fallen = dict.fromkeys(arguments.without_reference, "withdrawn")
    after = graph.KnowledgeGraph(replay.replayed(_embedded(kg), fallen, arguments.policy or "curated"))
    return replay.marked(before, after.asked(arguments.question, values).answer)


def _embedded(kg: graph.KnowledgeGraph) -> Store:
    """Return the store of a graph, which a replay derives anew."""
    if not isinstance(kg.source, Store):
        raise BadInput("What would change is derived anew, which an endpoint cannot do. Ask a file with --graph.")
    return kg.source


def _parameters(question: questions.Question, rest: list[str]) -> dict[str, str]:
    """Read `--name value` and `--name=value` for the parameters of a question."""
    values: dict[str, str] = {}
    words = iter(rest)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--"):
            raise BadInput(f"{word!r} belongs to no parameter. {_usage(question)}")
        if not any(parameter.name == name for parameter in question.parameters):
            known = [parameter.name for parameter in question.parameters]
            raise BadInput(
                f"{question.id} has no parameter --{name}.{questions.nearest(name, known)} {_usage(question)}"
            )
        if name in values:
            raise BadInput(f"--{name} is given twice.")
        values[name] = value if equals else next(words, "")
        if not values[name]:
            raise BadInput(f"--{name} needs a value. {_usage(question)}")
    return values


def _taken(arguments: argparse.Namespace) -> str:
    """Return what the command takes, or what a named question takes."""
    if not arguments.question:
        return str(arguments.parser.format_help()).rstrip()
    question = questions.find(arguments.question)
    options = [f"  --{one.name} {one.name.upper():12} {one.meaning}" for one in question.parameters]
    return "\n".join([question.question, _usage(question), *options, f"Columns: {' '.join(question.columns)}"])


def _usage(question: questions.Question) -> str:
    options = " ".join(f"[--{parameter.name} {parameter.name.upper()}]" for parameter in question.parameters)
    return f"Usage: mirkg ask {question.id} {options}".rstrip()


def _list_questions(form: str) -> None:
    listed: list[tuple[str, ...]] = [
        (question.id, " ".join(f"--{parameter.name}" for parameter in question.parameters), question.question)
        for question in questions.catalogue().values()
    ]
    _print(Answer(("name", "parameters", "question"), listed), form)


def query(arguments: argparse.Namespace, _: list[str]) -> int:
    """Run a SPARQL query."""
    text = _query_text(arguments.query)
    source = _opened(arguments).source
    if arguments.format == "table" and _selects(text):
        _print(_abbreviated(source.select(text)), "table")
    else:
        form = "tsv" if arguments.format == "table" else arguments.format
        sys.stdout.buffer.write(source.raw(text, form))
    return 0


def _abbreviated(answer: Answer) -> Answer:
    """Return an answer with its IRIs as CURIEs, for people to read."""
    from mirkg.model.vocabulary import curie

    return Answer(answer.columns, [tuple(map(curie, row)) for row in answer.rows])


def _selects(text: str) -> bool:
    import re

    plain = re.sub(r"#[^\n]*|<[^>]*>|\"[^\"]*\"", " ", text)
    verb = re.search(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", plain, re.IGNORECASE)
    return bool(verb) and verb[1].upper() == "SELECT"  # type: ignore[index]


def _query_text(given: str) -> str:
    if given == "-":
        try:
            return sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInput("Standard input is not UTF-8.") from error
    if "{" in given or "\n" in given or given.strip().upper().startswith("DESCRIBE "):
        return given
    try:
        return files.text(given)
    except OSError as error:
        raise BadInput(f"{given!r} is neither a query nor a file that can be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{given} is not UTF-8.") from error


def explain(arguments: argparse.Namespace, _: list[str]) -> int:
    """Print the card of one entity, or the paths between two."""
    kg = _opened(arguments)
    if arguments.other:
        return _explain_two(kg, arguments)
    if arguments.policy or arguments.format not in ("table", "json"):
        raise BadInput("--policy and the formats ttl and mermaid are for the paths between two: name another entity.")
    card = kg.explain(arguments.name)
    if arguments.format == "json":
        import json

        print(json.dumps(card.dict(), ensure_ascii=False, indent=1))
        return 0
    print(f"{card.entity.label}  ({card.entity.kind})  {card.entity.iri}")
    if card.synonyms:
        print(f"also printed as {', '.join(card.synonyms)}")
    if card.remark:
        print(card.remark)
    for heading, answer in card.sections().items():
        print(f"\n{heading}")
        _print(answer, "table")
    return 0


def _explain_two(kg: graph.KnowledgeGraph, arguments: argparse.Namespace) -> int:
    """Print what leads from one entity to another."""
    from mirkg.ask import proof
    from mirkg.show import proof as drawing

    if arguments.policy == "as-stated":
        from mirkg.ask import replay

        kg = graph.KnowledgeGraph(replay.replayed(_embedded(kg), {}, arguments.policy))
    found = kg.proof(arguments.name, arguments.other)
    if arguments.format == "json":
        import json

        print(json.dumps(found.dict(), ensure_ascii=False, indent=1))
    elif arguments.format == "ttl":
        sys.stdout.buffer.write(proof.turtle(kg.source, found))
    else:
        print(drawing.mermaid(found) if arguments.format == "mermaid" else drawing.text(found), end="")
    return 0


def serve(arguments: argparse.Namespace, _: list[str]) -> int:
    """Serve the graph until stopped."""
    from mirkg.serve import serve as serving
    from mirkg.serve.guard import Limits

    path = arguments.graph or files.resource("data/mirkg.trig")
    given = {name: getattr(arguments, name) for name in ("seconds", "rows", "parallel", "per_minute")}
    limits = Limits()._replace(**{name: value for name, value in given.items() if value})
    serving(path, arguments.host, arguments.port, arguments.base, limits, proxy=arguments.proxy)
    return 0


def _print(answer: Answer, form: str) -> None:
    sys.stdout.write(rows.written(answer, form, width=_width(), bold=sys.stdout.isatty()))


def _width() -> int:
    """Return the width to fold tables to: that of a terminal, and none for a pipe."""
    return rows.terminal_width() if sys.stdout.isatty() else 0


def audit(arguments: argparse.Namespace, _: list[str]) -> int:
    """Report findings, or what a list of retractions would change."""
    from mirkg.ask import audit as auditing
    from mirkg.show import audit as report

    kg = _opened(arguments)
    if arguments.retractions:
        return _audit_retractions(kg, arguments)
    whole = auditing.audit(kg.source)
    kinds = sorted({row.finding for row in [*whole.findings, *whole.rows]})
    if arguments.verdict and arguments.verdict not in kinds:
        raise BadInput(f"Nothing is {arguments.verdict!r}. The kinds are: {', '.join(kinds)}.")
    if arguments.reference:
        kg.reference(arguments.reference)
    entities = frozenset(kg.names.meant(arguments.entity).iris) if arguments.entity else frozenset()
    shown = whole.filtered(arguments.reference, entities, arguments.verdict)
    filters = bool(arguments.verdict or entities or arguments.reference)
    sys.stdout.write(report.audited(shown, arguments.format, width=_width(), with_rows=filters))
    return 1 if arguments.fail_on and shown.reaches(arguments.fail_on) else 0


def _audit_retractions(kg: graph.KnowledgeGraph, arguments: argparse.Namespace) -> int:
    from mirkg.ask import replay
    from mirkg.model import retractions
    from mirkg.show import audit as report

    source = _embedded(kg)
    notices = retractions.read(arguments.retractions)
    known = retractions.references(source)
    matches = retractions.matched(notices, known)
    before = replay.replayed(source, retractions.unlisted(matches))
    after = replay.replayed(source, retractions.statuses(matches))
    told = report.Replay(arguments.retractions, matches, known, replay.changes(before, after))
    sys.stdout.write(told.written(arguments.format, width=_width()))
    return 1 if arguments.fail_on and retractions.statuses(matches) else 0


# --------------------------------------------------------------------------------------------------
# Making
# --------------------------------------------------------------------------------------------------


def build(arguments: argparse.Namespace, _: list[str]) -> int:
    """Build the graph and write its files."""
    from mirkg.make import build as building
    from mirkg.make import tables

    if arguments.output == "":
        raise BadInput("-o needs the name of a folder.")
    folder = _folder(arguments)
    if not arguments.output and not arguments.data and files.installed():
        raise BadInput("This mirkg is installed, and its own data is not rewritten. Give -o DIR or --data DIR.")
    data = tables.load(folder)
    if arguments.retractions:
        data = _with_retractions(data, arguments.retractions)
    built = building.build(data)
    if arguments.output:
        files = {os.path.join(arguments.output, name): content for name, content in built.files().items()}
    else:
        files = {str(folder / "mirkg.trig"): built.trig()}
    try:
        files.write(files)
    except OSError as error:
        where = error.filename or arguments.output or str(folder)
        raise BadInput(f"{where} cannot be written: {error.strerror}. Nothing was changed.") from error
    for path, content in files.items():
        print(f"{files.shown(path)}  {len(content):,} bytes")
    print(f"{len(built.quads):,} quads; `mirkg check` judges them")
    return 0


def _with_retractions(data: Tables, file: str) -> Tables:
    """Return tables with the statuses that a list of retractions gives, telling each."""
    from mirkg.make import tables
    from mirkg.model import retractions

    notices = retractions.read(file)
    for review in data.reviews:
        known = [
            retractions.Reference(row["id"], row["doi"], row["pmid"], row["status"], row["title"])
            for row in review.references
        ]
        matches = retractions.matched(notices, known)
        _say(f"reference {match.reference.number} is now {match.after} ({match.by})" for match in matches)
        if not matches:
            _say([f"{file} names none of the references of {review.id}."])
        data = tables.with_statuses(data, review.id, retractions.statuses(matches))
    return data


def check(arguments: argparse.Namespace, _: list[str]) -> int:
    """Check tables and graphs and return 1 where something is wrong."""
    from pathlib import Path

    from mirkg.make import check as checking
    from mirkg.make import tables

    if arguments.paths and arguments.data:
        raise BadInput("Give PATH or --data, not both.")
    folders = [Path(path) for path in arguments.paths if Path(path).is_dir()]
    files = [Path(path) for path in arguments.paths if not Path(path).is_dir()]
    found: list[Problem] = []
    for folder in folders if arguments.paths else [_folder(arguments)]:
        found += checking.tables(tables.load(folder))
    for file in files:
        found += checking.file(file)
    if not arguments.paths and not arguments.data:
        found += checking.style()
    status = _report(found, arguments.strict)
    if arguments.owl:
        status = max(status, _owl(arguments, folders, files))
    return status


def _report(found: list[Problem], strict: bool) -> int:
    violations = [problem for problem in found if strict or problem.severity == "violation"]
    warnings = len(found) - len(violations)
    for problem in violations:
        print(problem)
    tail = f", {_count(warnings, 'warning')} (--strict shows and counts them)" if warnings else ""
    print(f"{_count(len(violations), 'problem')}{tail}")
    return 1 if violations else 0


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _owl(arguments: argparse.Namespace, folders: list[Path], files: list[Path]) -> int:
    from mirkg.make import build as building
    from mirkg.make import check as checking
    from mirkg.make import reason, tables

    quads = [quad for file in files for quad in checking.read(file)]
    for folder in folders or ([] if files else [_folder(arguments)]):
        quads += building.build(tables.load(folder)).quads
    reading = reason.read(quads)
    if not reading.consistent:
        print("OWL: inconsistent", flush=True)
        if sys.stderr.isatty():
            _say(["looking for the statements that contradict each other"])
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
    from mirkg.model.vocabulary import curie

    terms = (triple.subject, triple.predicate, triple.object)
    return " ".join(curie(str(term).strip("<>")) for term in terms)


def _outside_profile(quads: list[ox.Quad]) -> bool:
    """Print whether what HermiT reads is in OWL 2 DL; tell whether it was found not to be."""
    from mirkg.make import reason

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


def verify(arguments: argparse.Namespace, _: list[str]) -> int:
    """Check a copy of a review against its recorded passages, or list the copy's passages."""
    from mirkg.make import tables, text
    from mirkg.make import verify as verifying

    reviews = {review.id: review for review in tables.load(_folder(arguments)).reviews}
    if arguments.review not in reviews:
        raise BadInput(f"There is no review {arguments.review!r}.{questions.nearest(arguments.review, reviews)}")
    review = reviews[arguments.review]
    content = text.read(arguments.text)
    if arguments.list:
        listed = text.passages(content, review.outline)
        for passage in listed:
            print(f"{passage.id}\t{passage.text}")
        if not listed:
            _say([f"{arguments.text}: none of the headings of {review.id} is in it. It looks like another text."])
        return 0 if listed else 1
    missing = verifying.missing(content, review)
    found = len(review.passages) - len(missing)
    if not found:
        print(f"{arguments.text}: no passage of {review.id} is in it. It looks like another text.")
        return 1
    for row in missing:
        print(f"{arguments.text}: {row['id']} is not in it as it was recorded.")
    print(f"{found} of {len(review.passages)} passages found")
    return 1 if missing else 0


def demo(_: argparse.Namespace, __: list[str]) -> int:
    """Show what the graph is for."""
    from mirkg.commands import demo as showing

    return showing.run(sys.stdout)


def bench(arguments: argparse.Namespace, _: list[str]) -> int:
    """Measure mirkg beside other ways, in one run."""
    from mirkg.bench import bench as measuring

    sys.stdout.write(rows.written(getattr(measuring, arguments.what)(arguments.rounds), "table"))
    return 0
