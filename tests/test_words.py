"""The words that people read: plain English, and one word for one thing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT
from mirkg.show.words import WORDS

# What this project once said in a way of its own: a paper is retracted, a title contradicts, a message says.
DIALECT = re.compile(r"\b(?:fell|fallen|errand|told|turns it|turns the claim|turned sign|the fall of)\b", re.IGNORECASE)
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "data/README.md", *(ROOT / "docs").glob("*.md")])
TEMPLATES = sorted((ROOT / "scripts/mirkg").glob("*/templates/*.html"))
QUERIES = sorted((ROOT / "ontology").rglob("*.rq"))
MODULES = sorted((ROOT / "scripts/mirkg").rglob("*.py"))


def docstrings(path: Path) -> Iterator[str]:
    """Yield the docstrings of a module and of all that it defines."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def prose(path: Path) -> str:
    """Return what a person reads of a file."""
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        return "\n".join(docstrings(path))
    if path.suffix == ".html":
        return re.sub(r"\{[{%].*?[%}]\}", " ", text, flags=re.DOTALL)
    if path.suffix == ".rq":
        return "\n".join(line for line in text.splitlines() if line.startswith("# ") and not line.startswith("# id:"))
    return re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", [*PAGES, *TEMPLATES, *QUERIES, *MODULES], ids=lambda path: path.name)
def test_prose_has_no_words_of_its_own(path: Path) -> None:
    assert DIALECT.findall(prose(path)) == []


def test_glossary_has_the_words_that_the_design_uses() -> None:
    guide = (ROOT / "docs/guide.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+) \| (.+) \|$", guide.partition("## What the columns")[0], re.MULTILINE)
    assert dict(rows[1:]) == WORDS
    assert {"entity", "proposition", "claim", "passage", "bracket", "voice", "verdict", "finding"} < WORDS.keys()
    assert {"standing", "edge", "grade", "inference", "policy", "reference"} < WORDS.keys()
    assert "docs/guide.md" in (ROOT / "README.md").read_text("utf-8")


def test_every_link_between_pages_leads_somewhere() -> None:
    for path in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_readme_says_the_two_commands_first_and_in_one_line_each() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    [setup] = [block for block in blocks if "mirkg demo" in block and "venv" in block]
    [tests] = [block for block in blocks if "pytest" in block]
    assert setup.count("\n") == tests.count("\n") == 1
    assert text.index("demo") == text.index("mirkg demo") + len("mirkg ")
    assert text.index("pytest") == text.index(".venv/bin/pytest") + len(".venv/bin/")
