"""What is printed, whatever code page the other end of a pipe has: machine formats are UTF-8, tables never die."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = ["ascii", "cp1252", "cp437", "cp932"]
NAME = "TGF-\u03b2 pathway"


def run(tmp_path: Path, page: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    settings = {**os.environ, "PYTHONIOENCODING": page, **environment}
    command = [sys.executable, "-m", "mirkg", *arguments]
    return subprocess.run(command, capture_output=True, cwd=tmp_path, env=settings, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_machine_formats_are_utf8_in_any_code_page(tmp_path: Path, page: str) -> None:
    for form in ("json", "csv", "tsv"):
        done = run(tmp_path, page, "ask", "pathways-for-drug", "--drug", "doxorubicin", "--format", form)
        assert done.returncode == 0, done.stderr
        assert ("\r" in done.stdout.decode("utf-8")) == (form == "csv")  # whose lines end so by its standard
        assert "\u00b6" in done.stdout.decode("utf-8") or "\u03b2" in done.stdout.decode("utf-8")
    assert json.loads(run(tmp_path, page, "explain", NAME, "--format", "json").stdout)["label"] == NAME


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "command", [("explain", NAME), ("explain", "miR-130b", "Adriamycin"), ("audit",), ("ask", "what-\u03b2")]
)
def test_tables_never_die_of_a_code_page(tmp_path: Path, page: str, command: tuple[str, ...]) -> None:
    done = run(tmp_path, page, *command)
    assert done.returncode == (2 if command[0] == "ask" else 0)
    assert b"Traceback" not in done.stderr
    (done.stdout + done.stderr).decode(page)


def test_what_a_page_lacks_is_spelled(tmp_path: Path) -> None:
    assert run(tmp_path, "ascii", "explain", NAME).stdout.startswith(b"TGF-beta pathway  (SignalingPathway)")


def test_arguments_are_read_under_a_locale_without_utf8(tmp_path: Path) -> None:
    settings = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert run(tmp_path, "ascii", "explain", NAME, **settings).stdout.startswith(b"TGF-beta pathway")


def test_rows_without_columns_are_counted(tmp_path: Path) -> None:
    assert run(tmp_path, "utf-8", "query", "SELECT * WHERE {}").stdout == b"1 row without columns\n"
