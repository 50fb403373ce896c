"""The command line as a new user meets it, in an empty folder, with right and wrong input."""

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from conftest import ROOT, Run, change
from mirkg import __version__
from mirkg.cli import main
from mirkg.make import build
from mirkg.serve import documents


def test_ask_alone_lists_the_questions_one_a_line(mirkg: Run) -> None:
    done = mirkg("ask", "--format", "tsv")
    assert done.returncode == 0
    names = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert names[0] == "name"
    assert names[1:13] == [
        "mirnas-for-drug",
        "drugs-for-mirna",
        "direction-of",
        "shared-mirnas",
        "conferring-mirnas",
        "sensitizing-mirnas",
        "unsigned-mirnas",
        "pathways-for-drug",
        "mechanism-of",
        "targets-of",
        "claims-of-reference",
        "claims-on-retracted-sources",
    ]


def test_help_of_a_question_says_what_it_takes(mirkg: Run) -> None:
    done = mirkg("ask", "shared-mirnas", "--help")
    assert done.returncode == 0
    assert "usage: mirkg ask shared-mirnas [--drug DRUG] [--other OTHER] [options]" in done.stdout
    assert "Columns: drug other mirna" in done.stdout
    assert "--without-reference" in mirkg("ask", "--help").stdout


def test_endpoint_or_graph_without_entities_is_told(mirkg: Run) -> None:
    for arguments in (("mirnas-for-drug", "--drug", "tamoxifen"), ("counts-by-drug",)):
        done = mirkg("ask", *arguments, "--graph", ROOT / "ontology" / "mirkg.ttl")
        assert done.returncode == 2
        assert "make the union of all graphs its default graph" in done.stderr


def test_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    command = f"{sys.executable} -m mirkg ask claims-of-reference > /dev/full"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stderr == "mirkg: the output cannot be written: No space left on device.\n"


def test_service_is_refused_since_nobody_could_stop_waiting(mirkg: Run) -> None:
    done = mirkg("query", "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    assert done.returncode == 2
    assert "SERVICE is refused" in done.stderr
    assert mirkg("query", "ASK { ?s ?p 'SERVICE <http://x/> {}' }").stdout == "false\n"


def test_ask_in_each_format(mirkg: Run) -> None:
    ask = ("ask", "shared-mirnas", "--drug", "doxorubicin", "--other=cisplatin")
    assert json.loads(mirkg(*ask, "--format", "json").stdout)[0] == {
        "drug": "doxorubicin",
        "other": "cisplatin",
        "mirna": "miR-200c",
        "flag": "cisplatin: other drug elsewhere",
    }
    row = "doxorubicin,cisplatin,miR-200c,cisplatin: other drug elsewhere"
    assert mirkg(*ask, "--format", "csv").stdout.splitlines()[1] == row
    assert mirkg(*ask).stdout.splitlines()[0].split() == ["drug", "other", "mirna", "flag"]


def test_remarks_go_to_the_error_stream(mirkg: Run) -> None:
    done = mirkg("ask", "drugs-for-mirna", "--mirna", "miR-221", "--format", "tsv")
    assert done.stderr == "miR-221 also stands for miR-221-3p.\n"
    assert done.stdout.startswith("mirna\tdrug\t")


def test_answer_without_rows_says_so(mirkg: Run) -> None:
    done = mirkg("ask", "conferring-mirnas", "--drug", "olaparib", "--format", "tsv")
    header = "drug\tmirna\tgrade\tcited\tagreeing\tnearness\tsaid_of\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, header, "No rows.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask", "mirnas-for-drug", "--drag", "x"), "unrecognized arguments: --drag x. The nearest is --drug"),
        (("ask", "mirnas-for-drug", "--drug"), "--drug: expected one argument"),
        (("ask", "mirnas-for-drug", "--drug="), "--drug needs a value"),
        (("ask", "mirnas-for-drug", "--drug", "tamoxifen", "--drug", "cisplatin"), "--drug is given twice"),
        (("ask", "mirnas-for-drug", "tamoxifen"), "unrecognized arguments: tamoxifen."),
        (("ask", "--drug", "tamoxifen"), "Name the question first: mirkg ask NAME --drug tamoxifen"),
        (("ask", "what"), "There is no question 'what'."),
        (("ask", "mirnas-for-drug", "--drug", "tamoxyfen"), "The nearest is tamoxifen"),
        (("ask", "mirnas-for-drug", "--graph", "none.trig"), "none.trig: cannot be read"),
        (("ask", "mirnas-for-drug", "--graph", "x.trig", "--endpoint", "http://x"), "not both"),
        (("query", "SELECT * WHERE { ?s ?p }"), "At line 1, column 24:"),
        (("query", "none.rq"), "neither a query nor a file"),
        (("query", "DELETE WHERE { ?s ?p ?o }"), "starts with DELETE, and must start with SELECT"),
        (("explain", "nobody"), "Nothing here is called 'nobody'."),
        (("check", "none.ttl"), "cannot be read"),
        (("check", "--data", "none"), "is no folder"),
        (("check", "a", "--data", "b"), "not both"),
        (("build", "--data", "none"), "is no folder"),
        (("verify", "none.txt"), "cannot be read"),
        (("bench", "cold", "-n", "0"), "is no number above 0"),
        (("bench", "cold", "--claims", "9"), "--claims goes with build, derive, infer, tables."),
        (("bench", "tables", "-o", "x", "--plot", "y"), "--plot draws times, and tables takes none."),
        (("explain", "PTEN", "--fromat", "json"), "unrecognized arguments"),
        ((), "required"),
    ],
)
def test_misuse_ends_with_two_and_a_sentence(mirkg: Run, arguments: tuple[str, ...], message: str) -> None:
    done = mirkg(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_query_reads_a_file_and_standard_input(mirkg: Run, tmp_path: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?s a mk:Review }"
    (tmp_path / "q.rq").write_text(query)
    assert mirkg("query", "q.rq").stdout == "n\n1\n"
    assert mirkg("query", "-", input=query).stdout == "n\n1\n"
    assert mirkg("query", "ASK { ?s a mk:Review }").stdout == "true\n"
    assert json.loads(mirkg("query", query, "--format", "json").stdout)["head"] == {"vars": ["n"]}
    (tmp_path / "q.rq").write_bytes(b"\xff{")
    assert "is not UTF-8" in mirkg("query", "q.rq").stderr


@pytest.mark.slow
def test_every_question_runs_as_pasted(mirkg: Run) -> None:
    for path in sorted((ROOT / "ontology" / "competency").rglob("*.rq")):
        done = mirkg("query", path, "--format", "tsv")
        assert done.returncode == 0, path.name
        assert len(done.stdout.splitlines()) > 1, path.name


def test_explain_prints_a_card(mirkg: Run) -> None:
    done = mirkg("explain", "LINC00968")
    assert done.returncode == 0
    assert done.stdout.startswith("LINC00968  (LongNoncodingRNA)  https://w3id.org/mirkg/entity/LINC00968\n")
    for heading in ("What it does", "References", "Elsewhere"):
        assert f"\n{heading}\n" in done.stdout
    assert "retracted" in done.stdout
    assert json.loads(mirkg("explain", "LINC00968", "--format", "json").stdout)["kind"] == "LongNoncodingRNA"


@pytest.mark.slow
def test_check_is_quiet_on_our_own_data_and_lists_warnings_when_strict(mirkg: Run) -> None:
    fine = mirkg("check")
    assert fine.returncode == 0
    assert fine.stdout.startswith("0 problems, ")
    strict = mirkg("check", "--strict")
    assert strict.returncode == 1
    assert "references.tsv:" in strict.stdout
    assert "warning: reference-identifier: A reference SHOULD have" in strict.stdout


@pytest.mark.slow
def test_check_names_the_row_of_what_a_shape_finds(mirkg: Run, data: Path) -> None:
    path = data / "reviews/amiri-2024/claims.tsv"
    line = change(
        path,
        "interaction-1-9-1\tinteraction-1-9\tSensitizingEffect\tmiR-200c\tdoxorubicin",
        "interaction-1-9-1\tinteraction-1-9\tSensitizingEffect\tmiR-200c\tPTEN",
    )
    done = mirkg("check", data)
    assert done.returncode == 1
    assert (
        f"claims.tsv:{line}: [object] drug-response-object: The object of a drug response effect MUST be" in done.stdout
    )


def test_check_reads_an_rdf_file_and_names_its_line(mirkg: Run, tmp_path: Path) -> None:
    valid = (ROOT / "tests" / "cases" / "valid.ttl").read_text("utf-8")
    (tmp_path / "mine.ttl").write_text(valid, "utf-8")
    assert mirkg("check", "mine.ttl").stdout == "0 problems\n"
    broken = valid.replace(' ; mk:reason "It does not parse."', "")
    (tmp_path / "mine.ttl").write_text(broken, "utf-8")
    done = mirkg("check", "mine.ttl")
    assert done.returncode == 1
    line = next(number for number, text in enumerate(broken.splitlines(), 1) if text.startswith(":note a"))
    assert f"mine.ttl:{line}: [reason] note-reason: A note MUST have exactly one reason." in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.ttl", "<a> <b .", "x.ttl:1:"),
        ("x.csv", "a,b", "has no ending of an RDF format"),
        ("x.rdf", "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n", "x.rdf:2: is not well formed"),
        ("x.rdf", "<!DOCTYPE rdf [<!ENTITY a 'b'>]><rdf:RDF/>", "declares a document type"),
    ],
)
def test_rdf_that_cannot_be_read_ends_with_two(
    mirkg: Run, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    done = mirkg("check", name)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.slow
def test_owl_check_prints_the_defined_classes(mirkg: Run) -> None:
    done = mirkg("check", "--owl")
    assert done.returncode == 0
    assert "OWL: consistent\n" in done.stdout
    assert "OWL: MultidrugMicroRNA " in done.stdout
    assert done.stdout.endswith("OWL: in the profile OWL 2 DL\n")


@pytest.mark.slow
def test_owl_check_without_jpype_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "jpype", None)
    assert main(["check", "--owl"]) == 0
    assert "pip install 'mirkg[owl]'" in capsys.readouterr().out


@pytest.mark.slow
def test_owl_check_names_the_two_statements_that_make_a_drug_a_cell_line(mirkg: Run, tmp_path: Path) -> None:
    trig = (ROOT / "data" / "mirkg.trig").read_text("utf-8")
    line = "<https://w3id.org/mirkg/entity/tamoxifen> a <https://w3id.org/mirkg/ontology#CellLine> ."
    (tmp_path / "odd.trig").write_text(trig + f"\n<https://w3id.org/mirkg/graph/entities> {{ {line} }}\n", "utf-8")
    done = mirkg("check", "odd.trig", "--owl")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-4:] == [
        "OWL: inconsistent",
        "OWL: mke:tamoxifen rdf:type mk:CellLine",
        "OWL: mke:tamoxifen rdf:type mk:Drug",
        "OWL: these contradict each other; mend one",
    ]


@pytest.mark.slow
def test_demo_answers_five_questions_plainly_when_piped(mirkg: Run) -> None:
    done = mirkg("demo")
    assert done.returncode == 0
    assert done.stdout.count("  mirkg ask ") == 7  # five questions, two suggestions
    assert "\x1b" not in done.stdout
    assert "0 problems" in done.stdout
    assert "Try next:" in done.stdout


@pytest.mark.slow
def test_bench_compares_the_same_rows_in_one_run(mirkg: Run, tmp_path: Path) -> None:
    done = mirkg("bench", "cold", "-n", "1", "--plot", str(tmp_path / "cold.svg"))
    assert done.returncode == 0
    assert (tmp_path / "cold.svg").read_text("utf-8").count("<rect") == 4
    _, *ways, setting = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in ways] == [
        "mirkg ask",
        "mirkg ask, without its snapshot",
        "bare pyoxigraph",
        "bare rdflib",
    ]
    assert setting.startswith("Measured on ")


def test_module_runs_as_a_process(process: Run) -> None:
    assert process("--version").stdout == f"mirkg {__version__}\n"
    asked = process("ask", "targets-of", "--mirna", "miR-130b", "--format", "tsv")
    assert (asked.returncode, asked.stdout.split("\t")[0], asked.stderr) == (0, "mirna", "")
    assert process("query", "-", input="SELECT (COUNT(*) AS ?n) WHERE { ?s a mk:Review }").stdout == "n\n1\n"
    refused = process("ask", "nothing")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("mirkg: There is no question 'nothing'.")


def test_version_is_told_once_and_is_the_same_everywhere(built: build.Built) -> None:
    told = {
        "CITATION.cff": re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE),
        "CHANGELOG.md": re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE),
        "ontology": re.search(r'owl:versionInfo "(.+)"', (ROOT / "ontology/mirkg.ttl").read_text("utf-8")),
        "version IRI": re.search(r"owl:versionIRI <.+/(.+)>", (ROOT / "ontology/mirkg.ttl").read_text("utf-8")),
        "graph": re.search(r'owl:versionInfo "(.+)"', built.trig().decode()),
    }
    assert {name: found and found[1] for name, found in told.items()} == dict.fromkeys(told, __version__)
    assert documents.openapi("")["info"]["version"] == __version__
    assert metadata.version("mirkg") == __version__
    assert "version =" not in (ROOT / "pyproject.toml").read_text("utf-8").partition("[project.optional")[0]


def test_asking_imports_neither_rdflib_nor_the_making_wing(tmp_path: Path) -> None:
    code = (
        "import sys; from mirkg.cli import main;"
        " main(['ask', 'mirnas-for-drug', '--drug', 'tamoxifen', '--format', 'tsv']);"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in"
        " ('rdflib', 'pyshacl', 'owlready2', 'SPARQLWrapper', 'pathlib', 'json')"
        " or name.startswith(('mirkg.make', 'mirkg.serve', 'mirkg.bench', 'mirkg.model.vocabulary'))), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0]={sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert done.stderr.strip() == "[]"


def test_closed_pipe_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m mirkg ask claims-of-reference --format tsv | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.startswith("reference\t")
    assert done.stderr == ""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and install it in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    built = subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(folder / "site")
    return folder / "site"


@pytest.mark.slow
def test_installed_wheel_works_from_the_root_folder(installed: Path) -> None:
    """No checkout is in sight: the wheel holds ontology, rules, questions, shapes, tables and graph."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(installed)}
        command = [sys.executable, "-P", "-m", "mirkg", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment, check=False)

    where = subprocess.run(
        [sys.executable, "-c", "import mirkg; print(mirkg.__file__)"],
        capture_output=True,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(installed)},
        check=True,
    )
    assert where.stdout.startswith(str(installed))
    assert run("demo").returncode == 0
    assert run("check").stdout.startswith("0 problems")
    assert "miR-205" in run("ask", "conferring-mirnas", "--drug", "tamoxifen").stdout
    refused = run("build")
    assert refused.returncode == 2
    assert "Give -o DIR or --data DIR." in refused.stderr


BOMB = """<?xml version="1.0"?><!{0} rdf [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">
<rdf:Description rdf:about="http://e/a"><e:p>&b;</e:p></rdf:Description></rdf:RDF>"""


@pytest.mark.parametrize(
    "command",
    [
        ("query", "ASK {}", "--graph"),
        ("ask", "mirnas-for-drug", "--graph"),
        ("explain", "PTEN", "--graph"),
        ("audit", "--graph"),
        ("serve", "--graph"),
        ("check",),
    ],
)
@pytest.mark.parametrize(("word", "ending"), [("DOCTYPE", "rdf"), ("doctype", "xml")])
def test_a_document_type_is_refused_at_every_door(
    mirkg: Run, tmp_path: Path, command: tuple[str, ...], word: str, ending: str
) -> None:
    (tmp_path / f"bomb.{ending}").write_text(BOMB.replace("{0}", word))
    done = mirkg(*command, f"bomb.{ending}")
    assert (done.returncode, "declares a document type, which is not read" in done.stderr) == (2, True)
