"""Matrix: the effects of miRNAs on drugs as a drawing that needs no script, each mark a link to its evidence.

The direction is in the shape and the colour, the standing in the weight of the line; what is disputed or rests on
retracted papers is crossed out. The names of the drugs are a drawing of their own, which stays in sight where the
marks are scrolled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from mirkg.ask.matrix import VOICES, Mark, Matrix, Row
from mirkg.show.html import Place

_WIDE, _HIGH = 15, 21  # of a cell
_TOP, _HEAD = 92, 22  # the height of the names of miRNAs, and of the name of a group
_NAMES = 152  # the width of the names of drugs
SIGNS = {1: "up", -1: "down", 0: "unsigned"}
_LETTERS = 23  # of the name of a drug
_SHAPES = {1: "M0-6L6 5H-6Z", -1: "M0 6L6-5H-6Z", 0: "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z"}
_CROSS = {"disputed": "M-7-7L7 7M7-7L-7 7", "retracted only": "M-8 0H8"}


def shape(sign: int, standing: str, size: int = 18) -> str:
    """Return the mark of a direction and a standing by itself, for legends and lists."""
    half = size / 2
    return (
        f'<svg class="sign" width="{size}" height="{size}" viewBox="{-half:g} {-half:g} {size} {size}" '
        f'aria-hidden="true">{_shape(sign, standing)}</svg>'
    )


def _shape(sign: int, standing: str) -> str:
    cross = f'<path class="cross" d="{_CROSS[standing]}"/>' if standing in _CROSS else ""
    return f'<path class="mark {SIGNS[sign]} {standing.replace(" ", "-")}" d="{_SHAPES[sign]}"/>{cross}'


def drawn(matrix: Matrix, place: Place) -> str:
    """Return a matrix as a figure: the names of the drugs, and beside them the marks."""
    width = _WIDE * len(matrix.columns) + 45
    places = list(_laid(matrix.rows))
    height = (places[-1][0] if places else _TOP) + _HIGH
    names, marks = [], []
    group = ""
    for top, row in places:
        middle = top + _HIGH / 2
        if row.group != group:
            group = row.group
            title = escape(group)
            names.append(f'<text class="group" x="0" y="{top - 6}">{title}</text>')
            marks.append(f'<path class="rule" d="M0 {top - _HEAD + 2}H{width}"/>')
        names.append(
            _linked(place(row.drug.iri), _short(row.drug.label), f'x="{_NAMES - 8}" y="{middle + 4:g}"', "drug")
        )
        marks.append(f'<path class="line" d="M0 {middle:g}H{_WIDE * len(matrix.columns)}"/>')
    for number, column in enumerate(matrix.columns):
        x = _WIDE * number + _WIDE / 2
        turned = f'transform="translate({x + 4:g} {_TOP - 8}) rotate(-60)"'
        marks.append(_linked(place(column.iri), column.label, turned, "mirna"))
        marks.append(f'<path class="line" d="M{x:g} {_TOP - 4}V{height}"/>')
    for top, row in places:
        for number, column in enumerate(matrix.columns):
            if column.iri in row.cells:
                marks += _cell(row.cells[column.iri], _WIDE * number, top, place)
    left, right = "\n".join(names), "\n".join(marks)
    label = "Effects by drug and miRNA"
    return f"""<div class="matrix">
<svg class="names" width="{_NAMES}" height="{height}" viewBox="0 0 {_NAMES} {height}" role="group" aria-label="Drugs">
{left}
</svg>
<div class="scroll" tabindex="0" role="region" aria-label="miRNAs and drugs, to be scrolled">
<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="group" aria-label="{label}">
{right}
</svg>
</div>
</div>"""


def _laid(rows: Iterable[Row]) -> Iterator[tuple[int, Row]]:
    """Yield each row with the height at which it begins; the name of a group stands above its first."""
    top, group = _TOP, ""
    for row in rows:
        if row.group != group:
            group, top = row.group, top + _HEAD
        yield top, row
        top += _HIGH


def _short(name: str) -> str:
    """Return a name as far as there is room for it."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1].rstrip()}…"


def _linked(href: str, text: str, where: str, kind: str) -> str:
    return f'<a href="{escape(href)}"><text class="{kind}" {where}>{escape(text)}</text></a>'


def _cell(marks: list[Mark], left: int, top: int, place: Place) -> Iterator[str]:
    """Yield the marks of a cell side by side; one without a direction is left out beside one that has it."""
    signed = [mark for mark in marks if mark.sign] or marks
    for number, mark in enumerate(signed):
        x = left + _WIDE * (2 * number + 1) / (2 * len(signed))
        scale = f" scale({0.9 if len(signed) == 1 else 0.62})"
        says = escape(told(mark))
        yield (
            f'<a href="{escape(place(mark.proposition))}" aria-label="{says}"><title>{says}</title>'
            f'<rect class="hit" x="{left + _WIDE * number / len(signed):g}" y="{top}" '
            f'width="{_WIDE / len(signed):g}" height="{_HIGH}"/>'
            f'<g transform="translate({x:g} {top + _HIGH / 2:g}){scale}">{_shape(mark.sign, mark.standing)}</g></a>'
        )


def told(mark: Mark) -> str:
    """Return a mark in words: what is said, how it stands, and who says it."""
    said = ", ".join(VOICES[voice] for voice in mark.voices)
    retracted = f"; {mark.retracted}" if mark.retracted else ""
    return f"{mark.says}: {mark.standing}; said by {said}{retracted}"
