"""The house: which wing may import which, read from the imports of every module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT

PACKAGE = ROOT / "scripts" / "mirkg"
MAY_IMPORT = {
    "model": set(),
    "make": {"model"},
    "scale": {"model", "make"},
    "ask": {"model"},
    "show": {"model", "ask"},
    "export": {"model", "ask", "show"},
    "serve": {"model", "make", "ask", "show"},
    "site": {"model", "make", "ask", "show", "serve"},
    "bench": {"model", "make", "scale", "ask", "show"},
    "commands": {"model", "make", "scale", "ask", "show", "export", "serve", "site", "bench"},
}
HALL = {"__init__": {"ask", "model"}, "__main__": {"cli"}, "cli": {"commands", "model"}}


def imported(path: Path) -> Iterator[str]:
    """Yield the modules of the package that a module imports, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("mirkg"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mirkg":
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"


@pytest.mark.parametrize("wing", sorted(MAY_IMPORT))
def test_wing_imports_only_what_lies_below_it(wing: str) -> None:
    for path in sorted((PACKAGE / wing).rglob("*.py")):
        reached = {name.split(".")[1] for name in imported(path)}
        assert reached <= MAY_IMPORT[wing] | {wing, "__version__"}, path.name


@pytest.mark.parametrize("module", sorted(HALL))
def test_hall_imports_only_what_it_calls(module: str) -> None:
    reached = {name.split(".")[1] for name in imported(PACKAGE / f"{module}.py")}
    assert reached <= HALL[module] | {"__version__"}


def test_every_module_lies_in_a_wing_or_the_hall() -> None:
    places = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")}
    assert places == set(MAY_IMPORT) | {f"{name}.py" for name in HALL}


def test_no_two_modules_import_each_other() -> None:
    graph = {
        ".".join(["mirkg", *path.relative_to(PACKAGE).with_suffix("").parts]): set(imported(path))
        for path in PACKAGE.rglob("*.py")
        if path.name != "__init__.py"
    }
    edges = {
        name: {other for other in graph for target in targets if target.startswith(other)}
        for name, targets in graph.items()
    }
    reached = dict(edges)
    for _ in graph:
        reached = {name: near | {far for one in near for far in edges[one]} for name, near in reached.items()}
    assert [name for name, far in reached.items() if name in far] == []
