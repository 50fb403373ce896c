"""Picture: a mechanism as SVG that needs no script: miRNA, target, pathway, response, from left to right.

The direction is in the shape of the arrow's head and the colour, the standing in the weight of the line and in words
beside it. Dashes are inferred, dots are withheld. Every name and label leads to its page. Colours are attributes, which
the style sheet of the pages overrides, so that the same drawing is readable as a file and in the dark.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from html import escape
from itertools import pairwise

from mirkg.ask.names import Entity
from mirkg.ask.picture import RESPONSE, Edge
from mirkg.ask.proof import Arrow
from mirkg.ask.store import Answer
from mirkg.model.vocabulary import classes_of
from mirkg.show.html import Place
from mirkg.show.layers import Box, Layout, Link, Point, Size, laid, ranks
from mirkg.show.proof import drawn, rests, stands

MARKS = {"confirmed": "✓", "cited": "•", "uncited": "○", "disputed": "✕", "retracted only": "⊘"}
MOST, FEW = 150, 8  # lines of a whole picture, and of a small one
_RNAS = ("MicroRNA", "LongNoncodingRNA", "RNAType")
_LAYERS = (_RNAS, classes_of("Molecule"), ("SignalingPathway",))  # a kind stands in the first that has it
_DONE = ("BiologicalProcess", "CellularComponent", "CellLine", "CellType", "Disease", "Tissue")
_TYPE = {"name": (13, "#1c2024"), "label": (11, "#565d66"), "legend": (11, "#565d66")}  # its size and colour
_LEADING = 1.25  # the height of a line of type
_COLOURS = {"up": "#b03a06", "down": "#1b5fb3", "unsigned": "#5d666f", "member": "#5d666f"}
_GROUND, _BORDER = "#ffffff", "#767f89"
_HEADS = {
    "up": "M0 0L-10-5V5Z",
    "down": "M-3-5.5V5.5",
    "unsigned": "M-8 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z",
    "member": "M0 0L-6-4L-12 0L-6 4Z",
}
_WEIGHTS = {"confirmed": 2.6, "cited": 1.7}
_DASHES = {"inferred": "8 4", "withheld": "1.5 4"}
_LEGEND = (
    "▶ raises · ⊣ lowers · ○ direction not stated · ◇ member of a group",
    "thick line: confirmed · thin: cited or uncited · dashes: inferred by rules · dots: withheld",
)


def state(edge: Edge) -> str:
    """Return how an edge stands, in words; what is inferred is said to be so."""
    if edge.inferred:
        return f"{_kind(edge)}; {rests(edge.inferred)}"
    if edge.link:
        return {"member": "member of its group", "component": "component of the pathway"}[edge.link]
    return f"withheld: {edge.withheld}" if edge.withheld else stands(edge.standing, edge.nearness, edge.voice)


def facts(edges: Iterable[Edge]) -> Answer:
    """Return the same as the picture in rows."""
    rows: list[tuple[str, ...]] = [(drawn([edge.arrow]), state(edge), edge.outcome or edge.retracted) for edge in edges]
    return Answer(("statement", "how it stands", "remark"), rows)


def picked(edges: list[Edge], most: int) -> list[Edge]:
    """Return so many edges as a picture can hold, the best, in their own order."""
    best = sorted(range(len(edges)), key=lambda number: (edges[number].rank, number))[:most]
    return [edges[number] for number in sorted(best)]


def web(iri: str) -> str:
    """Lead to an IRI itself, if it is an address of the web."""
    return iri if iri.startswith(("https://", "http://")) else ""


def svg(edges: Iterable[Edge], entities: Iterable[Entity], title: str, place: Place = web, *, middle: str = "") -> str:
    """Return a picture as an SVG document whose names and labels lead to their places.

    With the name of an entity in the middle it is a small one, with marks for words and no legend: what acts on the
    entity stands to its left, what it acts on to its right.
    """
    shown = [edge for edge in edges if edge.arrow.start != edge.arrow.end]
    known = {one.label: one for one in entities}
    layout = arranged(shown, known, middle)
    legend = () if middle else _LEGEND
    told = [
        _text(line, (12, layout.height + 14 + 16 * row), "legend", ' text-anchor="start"')
        for row, line in enumerate(legend)
    ]
    width = max([layout.width, *(_width(line, "legend") + 24 for line in legend)])
    height = layout.height + 20 * len(legend)
    body = "\n".join(
        [
            *(_line(edge, points) for edge, points in zip(shown, layout.lines, strict=True)),
            *(_node(name, box, known, place) for name, box in layout.nodes.items()),
            *(_label(edge, box, place, small=bool(middle)) for edge, box in zip(shown, layout.labels, strict=True)),
            *told,
        ]
    )
    said = "; ".join(f"{drawn([edge.arrow])}, {state(edge)}" for edge in shown)
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    words = f'font-family="system-ui, sans-serif" text-anchor="middle" role="group" aria-label="{escape(title)}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" class="drawing" {size} {words}>
<desc>{escape(said)}.</desc>
<rect class="ground" width="100%" height="100%" fill="{_GROUND}"/>
{body}
</svg>
"""


def arranged(edges: list[Edge], known: Mapping[str, Entity], middle: str = "") -> Layout:
    """Return where the names, labels and lines of edges stand; no edge joins a name with itself."""
    bands: dict[str, int] = {}
    for edge in edges:
        start, end = edge.arrow.start, _end(edge.arrow)
        bands.setdefault(start, (start == middle) if middle else _band(start, known, acts=True))
        bands.setdefault(end, (2 - (edge.arrow.end == middle)) if middle else _band(end, known, acts=False))
    sizes = {name: _size(_wrapped(name), "name", 16) for name in bands}
    links = [
        Link(edge.arrow.start, _end(edge.arrow), _size(_words(edge, small=bool(middle)), "label", 10)) for edge in edges
    ]
    return laid(sizes, links, ranks(bands, [(link.start, link.end) for link in links]))


def _end(arrow: Arrow) -> str:
    return f"resistance to {arrow.end}" if arrow.family == RESPONSE else arrow.end


def _band(name: str, known: Mapping[str, Entity], *, acts: bool) -> int:
    """Return the layer of a name; one of a kind without a layer of its own is first where it acts, else late."""
    last = len(_LAYERS) + 2
    if name not in known:  # a response
        return last
    kind = known[name].kind
    if kind in classes_of("Therapy"):
        return 0 if acts else last
    found = [number for number, kinds in enumerate(_LAYERS, 1) if kind in kinds]
    return found[0] if found else last - 1 if kind in _DONE or not acts else 0


def _kind(edge: Edge) -> str:
    return "hypothesis" if edge.hypothesis else "inferred"


def _words(edge: Edge, *, small: bool) -> list[str]:
    """Return the lines of the label of an edge."""
    mark = "✕" if edge.withheld else MARKS.get(edge.standing, "")
    if small:
        return ["…" if edge.inferred else mark]
    if edge.inferred:
        return [_kind(edge), *textwrap.wrap(rests(edge.inferred), 24)]
    return textwrap.wrap(edge.link or f"{mark} {edge.withheld or edge.standing}", 24)


def _wrapped(name: str) -> list[str]:
    return textwrap.wrap(name, 20, break_on_hyphens=False)


def _width(text: str, kind: str) -> float:
    """Return how wide a text is at most, in any common font without serifs."""
    wide = {True: 0.36, False: 0.66}
    letters = sum(1.0 if one in "mwMW—→⊣▶…✓✕⊘○◇•" else wide[one in "iljtfI.,:;'|()[]/- "] for one in text)
    return _TYPE[kind][0] * letters


def _size(lines: list[str], kind: str, margin: float) -> Size:
    widest = max((_width(line, kind) for line in lines), default=0)
    return widest + margin, len(lines) * _TYPE[kind][0] * _LEADING + 8


def _line(edge: Edge, points: list[Point]) -> str:
    """Return the line of an edge with its head, turned where it comes from the right."""
    look = "member" if not edge.arrow.family else {1: "up", -1: "down", 0: "unsigned"}[edge.arrow.sign]
    kind = "inferred" if edge.inferred else "withheld" if edge.withheld else "stated"
    weight = _WEIGHTS.get(edge.standing, 1.2) if kind == "stated" else 1.6
    dashes = f' stroke-dasharray="{_DASHES[kind]}"' if kind in _DASHES else ""
    colour = _COLOURS[look]
    where = f"translate({points[-1][0]:.1f} {points[-1][1]:.1f})" + (
        " scale(-1 1)" if points[-1][0] < points[-2][0] else ""
    )
    return (
        f'<path class="edge {look}" d="{_path(points)}" fill="none" stroke="{colour}" stroke-width="{weight}"{dashes}/>'
        f'<path class="head {look}" d="{_HEADS[look]}" transform="{where}" '
        f'fill="{colour if look == "up" else _GROUND}" stroke="{colour}" stroke-width="2"/>'
    )


def _path(points: list[Point]) -> str:
    """Return a line that is straight in columns and bends between them."""
    parts = [f"M{points[0][0]:.0f} {points[0][1]:.0f}"]
    for number, ((x, y), (right, end)) in enumerate(pairwise(points)):
        if number % 2 == 0 or y == end:
            parts.append(f"L{right:.0f} {end:.0f}")
        else:
            middle = (x + right) / 2
            parts.append(f"C{middle:.0f} {y:.0f} {middle:.0f} {end:.0f} {right:.0f} {end:.0f}")
    return "".join(parts)


def _node(name: str, box: Box, known: Mapping[str, Entity], place: Place) -> str:
    entity = known.get(name) or known.get(name.removeprefix("resistance to "))
    corner = 3 if name in known else 10
    shape = (
        f'<rect class="node" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'rx="{corner}" fill="{_GROUND}" stroke="{_BORDER}"/>'
    )
    return _linked(shape + _lines(_wrapped(name), box, "name"), entity.iri if entity else "", name, place)


def _label(edge: Edge, box: Box, place: Place, *, small: bool) -> str:
    remark = edge.outcome or edge.retracted
    told = f"{drawn([edge.arrow])}: {state(edge)}{'; ' if remark else ''}{remark}"
    words = _lines(_words(edge, small=small), box._replace(height=box.height - 6), "label")  # above the line
    return _linked(f"<title>{escape(told)}</title>{words}", edge.iri, told, place)


def _linked(content: str, iri: str, says: str, place: Place) -> str:
    href = place(iri) if iri else ""
    return f'<a href="{escape(href)}" aria-label="{escape(says)}">{content}</a>' if href else f"<g>{content}</g>"


def _lines(lines: list[str], box: Box, kind: str) -> str:
    """Return lines of text in the middle of a box."""
    high = _TYPE[kind][0] * _LEADING
    middle = box.x + box.width / 2
    first = box.y + (box.height - (len(lines) - 1) * high) / 2 + _TYPE[kind][0] * 0.35
    return "".join(_text(line, (middle, first + row * high), kind) for row, line in enumerate(lines))


def _text(text: str, at: Point, kind: str, anchor: str = "") -> str:
    size, colour = _TYPE[kind]
    where = f'x="{at[0]:.0f}" y="{at[1]:.0f}"{anchor}'
    return f'<text class="{kind}" {where} font-size="{size}" fill="{colour}">{escape(text)}</text>'
