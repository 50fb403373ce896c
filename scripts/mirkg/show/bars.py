"""Bars: the times of an answer as SVG, one bar a row, on a scale on which each step is ten times the one before."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from html import escape

from mirkg.ask.store import Answer

_TIMES = ("median ms", "ms", "processor", "seconds")  # the columns that are drawn, the first that there is
_NAMES, _WIDTH, _ROW, _TOP = 420, 460, 22, 40


def svg(answer: Answer, title: str, note: str) -> str:
    """Return an SVG with a bar for each row that has a time; a row is named by its texts.

    Raises:
        KeyError: no column is of times.
    """
    at = next((answer.columns.index(name) for name in _TIMES if name in answer.columns), -1)
    if at < 0:
        raise KeyError("no column is of times")
    bars = [(_named(row, at), value) for row in answer.rows if (value := _number(row[at])) > 0]
    low = min((math.floor(math.log10(value) - 0.1) for _, value in bars), default=0)
    high = max((math.floor(math.log10(value)) + 1 for _, value in bars), default=1)
    step = _WIDTH / (high - low)
    notes = textwrap.wrap(note, 140)
    bottom = _TOP + _ROW * len(bars)
    height = bottom + 30 + 16 * len(notes)
    parts = [_text(0, 16, title, bold=True)]
    for power in range(low, high + 1):
        x = _NAMES + step * (power - low)
        parts.append(f'<path d="M{x:.1f} {_TOP - 4}V{bottom + 4}" stroke="#cfd5dc"/>')
        parts.append(_text(x, _TOP - 8, f"{10.0**power:g}", anchor="middle"))
    for number, (name, value) in enumerate(bars):
        y, long = _TOP + _ROW * number, step * (math.log10(value) - low)
        parts.append(_text(_NAMES - 8, y + 14, name, anchor="end"))
        parts.append(f'<rect x="{_NAMES}" y="{y + 3}" width="{long:.1f}" height="15" fill="#1b5fb3"/>')
        parts.append(_text(_NAMES + long + 4, y + 14, f"{value:g}"))
    parts.append(_text(_NAMES, bottom + 20, answer.columns[at]))
    parts += [_text(0, bottom + 38 + 16 * number, line) for number, line in enumerate(notes)]
    width = _NAMES + _WIDTH + 80
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    drawn = "\n".join(parts)
    return f'{head} font-family="system-ui, sans-serif" font-size="12">\n{drawn}\n</svg>\n'


def _named(row: Sequence[str], at: int) -> str:
    """Return what a row is about: what stands first in it, two cells at most."""
    return ", ".join(cell for cell in row[: min(at, 2)] if cell)


def _number(cell: str) -> float:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return 0.0


def _text(x: float, y: float, text: str, anchor: str = "start", *, bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(text)}</text>'
