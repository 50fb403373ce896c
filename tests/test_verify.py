import re
import textwrap
from pathlib import Path

import pytest

from conftest import ROOT, Run, review_text
from mirkg.make import tables
from mirkg.make.tables import Review
from mirkg.make.text import passages
from mirkg.make.verify import missing


@pytest.fixture(scope="module")
def review() -> Review:
    return tables.load(ROOT / "data").reviews[0]


def ids(copy: str, review: Review) -> list[str]:
    return [row["id"] for row in missing(copy, review)]


def test_recorded_places_are_those_of_the_splitter(copy_of_review: str, review: Review) -> None:
    recorded = {row["id"]: row["digest"] for row in review.passages if not row["reference"]}
    assert list(recorded) and set(recorded) == {passage.id for passage in passages(copy_of_review, review.outline)}
    assert ids(copy_of_review, review) == []


def test_table_has_thirteen_cells(copy_of_review: str, review: Review) -> None:
    cells = [passage.text for passage in passages(copy_of_review, review.outline) if passage.kind == "TableCell"]
    assert len(cells) == 13
    assert sum(len(re.split(r", | or ", cell)) for cell in cells) == 63


def test_copy_with_other_lines_and_hyphens_verifies(copy_of_review: str, review: Review) -> None:
    def wrapped(line: str) -> str:
        return line if "\t" in line else "\n".join(textwrap.wrap(line, 70, break_on_hyphens=True))

    copy = "\n".join(wrapped(line) for line in copy_of_review.splitlines())
    copy = copy.replace("resistance of BC cells", "resis-\ntance of BC cells")
    assert copy != copy_of_review
    assert ids(copy, review) == []


def test_copy_with_spaces_for_tabs_and_form_feeds_verifies(copy_of_review: str, review: Review) -> None:
    assert ids(copy_of_review.replace("\t", "    ").replace("\n\n\n", "\n\f\n"), review) == []


def test_one_changed_word_is_found_where_it_is(copy_of_review: str, review: Review) -> None:
    changed = copy_of_review.replace("lncRNA-HOTAIR reduces DOX", "lncRNA-HOTAIR increases DOX")
    assert ids(changed, review) == ["interaction-1-16"]
    assert ids(copy_of_review.replace("miR-298, ", ""), review) == ["table-1-row-11"]
    assert ids(copy_of_review.replace("LINC00968 attenuates", "LINC00968 promotes"), review) == ["title-71"]


def test_command_tells_what_is_missing(mirkg: Run, copy_of_review: str, tmp_path: Path) -> None:
    fine = mirkg("verify", review_text())
    assert (fine.returncode, fine.stdout) == (0, "279 of 279 passages found\n")
    (tmp_path / "copy.txt").write_text(copy_of_review.replace("miR-451 increases the", "miR-451 lowers the"), "utf-8")
    changed = mirkg("verify", "copy.txt")
    assert changed.returncode == 1
    assert changed.stdout == "copy.txt: interaction-1-19 is not in it as it was recorded.\n278 of 279 passages found\n"


def test_command_lists_the_passages_of_a_copy(mirkg: Run) -> None:
    listed = mirkg("verify", "--list", review_text())
    assert listed.returncode == 0
    assert "interaction-1-1\tPTEN induces" in listed.stdout
    assert "table-1-row-4\tmiR-630\n" in listed.stdout


def test_another_text_is_told_as_such(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Introduction\n\nSomething else altogether.\n")
    done = mirkg("verify", "other.txt")
    assert done.returncode == 1
    assert "no passage of amiri-2024 is in it" in done.stdout


@pytest.mark.parametrize("arguments", [("verify", "nowhere.txt"), ("verify", "nowhere.txt", "--review", "amiri-2023")])
def test_misuse_ends_with_two(mirkg: Run, arguments: tuple[str, ...]) -> None:
    done = mirkg(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("mirkg: ")
