"""Fuzz: thousands of broken tables, lists, graphs, remote answers and command lines, each from a seed.

No traceback, no hang, no half-written file, exit status 0, 1 or 2. MIRKG_FUZZ sets how many inputs of each kind are
tried (docs/reliability.md has the figures of a long run), MIRKG_FUZZ_SEED where they start.
"""
# ruff: noqa: E501

import contextlib
import io
import os
import random
import shutil
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import ROOT
from mirkg.ask import questions
from mirkg.ask.remote import Endpoint
from mirkg.cli import main
from mirkg.make import build, integrity, tables
from mirkg.make.forms import FORMS
from mirkg.model.problems import BadInput
from test_transport import GRAPH, QUERY, ROWS, answer

TRIED = int(os.environ.get("MIRKG_FUZZ", "1000"))
SEED = int(os.environ.get("MIRKG_FUZZ_SEED", "1"))
SECONDS = 30  # that one input may take

pytestmark = pytest.mark.slow

# --- a small folder of tables, of which the fuzzer breaks one file at a time

DIGEST = "0" * 64
REVIEW = "reviews/small"
SIGNED = {"curator": "curator", "date": "2026-11-25", "author_label": "curator", "mapping_date": "2026-11-25"}


def table(form: str, *rows: dict[str, str]) -> str:
    """Write a table of a form from the cells that are filled."""
    names = [column.name for column in FORMS[form]]
    cells = [[(SIGNED | row).get(name, "") for name in names] for row in rows]
    return "".join("\t".join(line) + "\n" for line in [names, *cells])


REFERENCE = {
    "first_author": "A B",
    "journal": "J",
    "type": "article",
    "status": "active",
    "abstract_read": "noAbstract",
}
MAPPING = {"predicate_id": "skos:exactMatch", "mapping_justification": "semapv:ManualMappingCuration"}
SMALL = {
    "entities/all.tsv": table(
        "entities",
        {"id": "breast-cancer", "label": "breast cancer", "kind": "Disease"},
        {"id": "cisplatin", "label": "cisplatin", "kind": "Drug", "synonyms": "CDDP"},
        {"id": "miR-21", "label": "miR-21", "kind": "MicroRNA", "synonyms": "miRNA-21|mir-21"},
        {"id": "PTEN", "label": "PTEN", "kind": "Gene"},
    ),
    "mappings.sssom.tsv": '# mapping_set_id: "https://w3id.org/mirkg/mappings"\n'
    '# curie_map:\n#   HGNC: "https://identifiers.org/hgnc:"\n'
    + table("mappings", MAPPING | {"subject_id": "mke:PTEN", "subject_label": "PTEN", "object_id": "HGNC:9588"}),
    f"{REVIEW}/review.toml": 'id = "small"\ntitle = "A small review"\ndoi = "10.1000/small"\npublished = "2024-12-13"\n'
    'scope = "breast-cancer"\nauthors = ["A B"]\nend = "End:"\n\n[[section]]\nid = "text"\nheading = "Text:"\n',
    f"{REVIEW}/passages.tsv": table(
        "passages",
        {
            "id": "text-1-1",
            "kind": "TextPassage",
            "section": "text",
            "paragraph": "1",
            "sentence": "1",
            "digest": DIGEST,
        },
        {"id": "title-1", "kind": "ReferenceTitle", "reference": "1", "digest": DIGEST},
    ),
    f"{REVIEW}/references.tsv": table(
        "references",
        REFERENCE
        | {
            "id": "1",
            "year": "2020",
            "title": "miR-21 targets PTEN",
            "pmid": "21666713",
            "doi": "10.1038/onc.2011.223",
        },
        REFERENCE | {"id": "2", "year": "2021", "title": "β-catenin and NF-κB", "status": "unknown"},
    ),
    f"{REVIEW}/brackets.tsv": table("brackets", {"id": "text-1-1-b1", "passage": "text-1-1", "references": "1|2"}),
    f"{REVIEW}/claims.tsv": table(
        "claims",
        {
            "id": "text-1-1-1",
            "passage": "text-1-1",
            "kind": "ResistanceEffect",
            "subject": "miR-21",
            "object": "cisplatin",
        }
        | {"bracket": "text-1-1-b1", "basis": "Gain"},
        {"id": "title-1-1", "passage": "title-1", "kind": "TargetingEffect", "subject": "miR-21", "object": "PTEN"}
        | {"basis": "Unspecified"},
    ),
    f"{REVIEW}/notes.tsv": table(
        "notes", {"id": "note-1", "about": "text-1-1-1", "kind": "ambiguous", "reason": "It may."}
    ),
}
FILES = {name: content.encode() for name, content in SMALL.items()}

LIST_CSV = (
    b"Record ID,Title,OriginalPaperDOI,OriginalPaperPubMedID,RetractionDOI,RetractionNature,RetractionDate,Reason\n"
    b'1,"A, B",10.1038/onc.2011.223,21666713,10.1/n,Retraction,4/15/2019 0:00,+Error;\n'
    b"2,C,unavailable,0,10.1/m,Reinstatement,1/1/2020,\n"
)
LISTS = [
    LIST_CSV,
    b"! PMIDs\nPMID:21666713,PMCID:PMC3175015\n10.1038/onc.2011.223 # one\n\n18790736\n",
    b'{"retractions": {"10.1038/onc.2011.223": "10.1/x"}, "concerns": {"10.1/y": "10.1/z"}}',
]

HOSTILE = [
    *(b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\r\n", b"\n", b"\t", b'"', b'""', b"'", b"|", b"\\", b"%zz", b"%2F"),
    *(b"<", b">", b"{", b"}", b"[", b"]", b"<<", b"<<( ", b">>", b"#", b"@", b"^^", b";", b",", b".", b"/", b"=", b"-", b"$("),
    *(b"A" * 6_000, b"9" * 5_000, b" " * 5_000, b"-" * 3_000, b"[" * 3_000, b'{"a":' * 3_000, b"<<( " * 3_000, b"miR-21/" * 500),
    *("\u200b", "\u202e", "е", "β", "ß", "²", "𝟙", "\u2028", "e\u0301", "ﬁ", "中"),
    *(b"2024-13-45", b"1e400", b"NaN", b"true", b"-1", b"0", b"null", b"_:x", b"http://", b"file:///etc/passwd", b"10.1/<x>"),
]  # fmt: skip
TOKENS = [token.encode() if isinstance(token, str) else token for token in HOSTILE]


def broken(chance: random.Random, content: bytes) -> bytes:
    """Return a content with one to four places broken."""
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice([0, 1, 1, 5, 40]))
        match chance.randrange(7):
            case 0:
                content = content[:start] + chance.choice(TOKENS) + content[end:]
            case 1:
                content = content[:start] + content[end:]
            case 2:
                content = content[:start] + content[start:end] * chance.choice([2, 50]) + content[end:]
            case 3:
                content = content[:start] + bytes([chance.randrange(256)]) + content[start + 1 :]
            case 4:
                content = content[:start]
            case 5:
                content = _cell(chance, content)
            case 6:
                lines = content.split(b"\n")
                chance.shuffle(lines)
                content = b"\n".join(lines)
    return content


def _cell(chance: random.Random, content: bytes) -> bytes:
    """Put something hostile, or another cell, in the place of one cell."""
    lines = [line.split(b"\t") for line in content.split(b"\n")]
    line = chance.choice(lines)
    line[chance.randrange(len(line))] = chance.choice([*TOKENS, *chance.choice(lines)])
    return b"\n".join(b"\t".join(cells) for cells in lines)


class Hung(Exception):
    """Tell that an input took longer than it may."""


@contextlib.contextmanager
def limited() -> Iterator[None]:
    def late(*_: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def status(*arguments: str | Path) -> int:
    """Run a command in this process; what it prints must hold no traceback."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        sys.stdin = io.TextIOWrapper(io.BytesIO(b"ASK {}"), "utf-8")
        try:
            found = main([str(argument) for argument in arguments])
        except SystemExit as left:  # argparse
            found = int(left.code or 0)
        finally:
            sys.stdin = sys.__stdin__
        for stream in streams:
            stream.flush()
    assert b"Traceback" not in streams[1].buffer.getvalue()  # type: ignore[attr-defined]
    return found


def fuzzed(kind: str, one: Callable[[random.Random], object], tried: int = TRIED) -> None:
    """Try inputs from their seeds and count what came of them; a failure names its seed."""
    counts: Counter[object] = Counter()
    for number in range(SEED, SEED + tried):
        chance = random.Random(f"{kind} {number}")
        try:
            with limited():
                found = one(chance)
            assert found in (0, 1, 2)
        except Exception as error:
            raise AssertionError(f"{kind}: MIRKG_FUZZ_SEED={number} MIRKG_FUZZ=1") from error
        counts[found] += 1
    print(f"{kind}: {tried} tried, by exit status {dict(sorted(counts.items(), key=str))}", file=sys.__stdout__)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a small folder of tables that holds together."""
    folder = tmp_path / "small"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    assert integrity.problems(tables.load(folder)) == []
    return folder


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")} if folder.exists() else set()


WRITTEN = {"mirkg.trig", "mirkg.nq", "mirkg.jsonld", "mirkg.ttl"}


def test_tables(small: Path, tmp_path: Path) -> None:
    def one(chance: random.Random) -> int:
        name = chance.choice(list(FILES))
        out = tmp_path / f"out{chance.random()}"
        (small / name).write_bytes(broken(chance, FILES[name]))
        found = status("build", "--data", small, "-o", out)
        assert written(out) == (WRITTEN if found == 0 else set())
        shutil.rmtree(out, ignore_errors=True)
        if chance.randrange(50) == 0:
            assert (status("check", small) == 2) <= (found == 2)
        (small / name).write_bytes(FILES[name])
        return found

    fuzzed("tables", one)


def test_lists(small: Path, tmp_path: Path) -> None:
    def one(chance: random.Random) -> int:
        (tmp_path / "list").write_bytes(broken(chance, chance.choice(LISTS)))
        out = tmp_path / f"out{chance.random()}"
        found = status("build", "--data", small, "--retractions", "list", "-o", out)
        assert written(out) == (WRITTEN if found == 0 else set())
        shutil.rmtree(out, ignore_errors=True)
        return found

    fuzzed("lists", one)


def test_graphs(small: Path, tmp_path: Path) -> None:
    valid = (ROOT / "tests" / "cases" / "valid.ttl").read_bytes()
    forms = build.build(tables.load(small)).files()
    sources = {"x.ttl": valid, "x.jsonld": forms["mirkg.jsonld"][:20_000], "x.nq": forms["mirkg.nq"][:20_000]}
    sources |= {"x.trig": valid, "x.owl": b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://r/"></rdf:RDF>'}

    def one(chance: random.Random) -> int:
        name = chance.choice(list(sources))
        (tmp_path / name).write_bytes(broken(chance, sources[name]))
        found = status("query", "SELECT * WHERE { ?s ?p ?o } LIMIT 5", "--graph", name, "--format", "json")
        return max(found, status("check", name)) if chance.randrange(10) == 0 else found

    fuzzed("graphs", one)


def test_remote_answers() -> None:
    graph = b"<http://a> <http://b> <http://c> .\n"
    answers = [answer(), answer(graph, "application/n-triples"), answer(b'{"head":{},"boolean":true}')]
    sent = [b""]
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.settimeout(2)
                request = b""
                while b"query=" not in request and (piece := connection.recv(65_536)):
                    request += piece
                connection.sendall(sent[0])

    threading.Thread(target=serve, daemon=True).start()
    endpoint = Endpoint(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout=0.5, largest=1_000_000)

    def one(chance: random.Random) -> int:
        sent[0] = broken(chance, chance.choice(answers).replace(ROWS, chance.choice([ROWS, ROWS, b""])))
        ask = chance.choice(
            [lambda: endpoint.select(QUERY), lambda: endpoint.raw(QUERY, "csv"), lambda: endpoint.raw(GRAPH, "tsv")]
        )
        said = ""
        try:
            ask()
        except BadInput as error:
            said = str(error)
        assert len(said) < 1_500 and "\n" not in said
        return 2 if said else 0

    fuzzed("remote answers", one)


def test_command_lines(small: Path, tmp_path: Path) -> None:
    assert status("build", "--data", small, "-o", "made") == 0
    names = list(questions.catalogue())
    options = [
        "--graph",
        "--format",
        "--drug",
        "--mirna",
        "--subject",
        "--reference",
        "--entity",
        "--verdict",
        "--policy",
    ]
    options += [
        "--without-reference",
        "--retractions",
        "--fail-on",
        "--data",
        "--list",
        "--review",
        "--strict",
        "--help",
    ]
    values = [
        "made/mirkg.trig",
        "made/mirkg.ttl",
        "small",
        "json",
        "csv",
        "html",
        "cisplatin",
        "miR-21",
        "PTEN",
        "1",
        "high",
    ]
    values += [
        "SELECT * WHERE { ?s ?p ?o } LIMIT 3",
        "ASK {}",
        "-",
        "",
        "--",
        "none",
        "curated",
        "as-stated",
        "small/mappings.sssom.tsv",
    ]
    commands = ["ask", "query", "explain", "audit", "verify", "check"]

    def word(chance: random.Random) -> str:
        hostile = chance.choice(TOKENS).replace(b"\0", b"").decode("utf-8", "surrogateescape")
        return chance.choice([*options, *values, *values, chance.choice(names), hostile])

    def one(chance: random.Random) -> int:
        command = chance.choice(commands)
        words = [word(chance) for _ in range(chance.randrange(5))]
        if command in ("check", "verify"):  # our own tables take seconds
            words.append("small")
        elif chance.randrange(3) and command != "check":
            words += ["--graph", "made/mirkg.trig"]
        return status(command, *words)

    fuzzed("command lines", one)
