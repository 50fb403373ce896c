"""Layers: where the nodes, labels and lines of a picture stand, so that nothing covers a name or a label.

Nodes stand in columns by their rank, and between two columns of nodes is one of labels. A line takes a place of its own
in every column that it passes, and bends only between columns, where nothing else is. All sizes are in pixels.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

_BESIDE, _PASSING, _PORT = (
    8.0,
    6.0,
    11.0,
)  # between what stands in a column; of a line that passes; between ends of lines
_MARGIN, _NARROW, _WIDE = 12.0, 26.0, 110.0  # around all; the space between columns, by how steep the lines are
_SWEEPS = 8
_ROUNDING = 0.001

Size = tuple[float, float]
Point = tuple[float, float]


class Link(NamedTuple):
    """Hold a line to draw from one node to another, and the size of its label."""

    start: str
    end: str
    label: Size


class Box(NamedTuple):
    """Hold a rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """Tell whether two rectangles share more than an edge."""
        return (
            self.x < other.x + other.width - _ROUNDING
            and other.x < self.x + self.width - _ROUNDING
            and self.y < other.y + other.height - _ROUNDING
            and other.y < self.y + self.height - _ROUNDING
        )


class Layout(NamedTuple):
    """Hold the boxes of nodes and labels, the points of each line from its start to its end, and the size of all.

    A line is straight from each odd point to the next, and bends from each even one.
    """

    nodes: dict[str, Box]
    labels: list[Box]
    lines: list[list[Point]]
    width: float
    height: float


@dataclass(eq=False)
class _Item:
    """Hold what stands in a column: a node, a label, or a line that passes."""

    width: float
    height: float
    y: float = 0.0  # of its middle
    left: float = 0.0  # of its column
    right: float = 0.0
    before: list[_Item] = field(default_factory=list)
    after: list[_Item] = field(default_factory=list)


def ranks(bands: Mapping[str, int], links: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return the column of each node: band after band, and inside a band what leads to something before it."""
    inside: dict[str, list[str]] = defaultdict(list)
    for start, end in links:
        if bands[start] == bands[end]:
            inside[start].append(end)
    found: dict[str, int] = {}
    first = 0
    for band in sorted(set(bands.values())):
        nodes = [node for node in bands if bands[node] == band]
        depths = _depths(nodes, inside)
        found |= {node: first + depth for node, depth in depths.items()}
        first += 1 + max(depths.values())
    return found


def _depths(nodes: list[str], inside: Mapping[str, list[str]]) -> dict[str, int]:
    """Return the length of the longest path to each node; a link that would close a circle is left out."""
    done: list[str] = []  # what is reached from a node is done before it
    seen: set[str] = set()
    steps: dict[str, list[str]] = defaultdict(list)

    def visit(node: str, way: tuple[str, ...]) -> None:
        seen.add(node)
        for other in inside.get(node, []):
            if other not in way:
                steps[node].append(other)
                if other not in seen:
                    visit(other, (*way, other))
        done.append(node)

    for node in nodes:
        if node not in seen:
            visit(node, (node,))
    depths = dict.fromkeys(nodes, 0)
    for node in reversed(done):
        for other in steps[node]:
            depths[other] = max(depths[other], depths[node] + 1)
    return depths


def laid(sizes: Mapping[str, Size], links: Sequence[Link], columns: Mapping[str, int]) -> Layout:
    """Return where nodes, labels and lines stand; no link joins two nodes of one column."""
    nodes = {name: _Item(*size) for name, size in sizes.items()}
    ways = []
    places: list[list[_Item]] = [[] for _ in range(2 * max(columns.values(), default=0) + 1)]
    for name, item in nodes.items():
        places[2 * columns[name]].append(item)
    for link in links:
        low, high = sorted((link.start, link.end), key=columns.__getitem__)
        between = range(2 * columns[low] + 1, 2 * columns[high])
        passing = [_Item(*link.label), *(_Item(0, _PASSING) for _ in between[1:])]
        for place, item in zip(between, passing, strict=True):
            places[place].append(item)
        way = [nodes[low], *passing, nodes[high]]
        for one, other in pairwise(way):
            one.after.append(other)
            other.before.append(one)
        ways.append(way)
    for item in nodes.values():
        item.height = max(item.height, _PORT * (max(len(item.before), len(item.after)) + 1))
    _order(places)
    _settle(places)
    width, height = _spread(places)
    lines = [_line(way, nodes[link.end] is way[0]) for way, link in zip(ways, links, strict=True)]
    return Layout(
        {name: _box(item) for name, item in nodes.items()}, [_box(way[1]) for way in ways], lines, width, height
    )


def _order(places: list[list[_Item]]) -> None:
    """Order each column so that few lines cross: by the mean place of what its items are linked to, to and fro."""
    best, fewest = [list(place) for place in places], _crossings(places)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for place, beside in _pairs(places, forward):
            at = {id(item): number for number, item in enumerate(beside)}
            own = {id(item): number for number, item in enumerate(place)}
            means = {
                id(item): fmean(at[id(one)] for one in linked) if linked else own[id(item)]
                for item in place
                for linked in [item.before if forward else item.after]
            }
            place.sort(key=lambda item: means[id(item)])
        if (crossings := _crossings(places)) < fewest:
            best, fewest = [list(place) for place in places], crossings
    places[:] = best


def _pairs(places: list[list[_Item]], forward: bool) -> list[tuple[list[_Item], list[_Item]]]:
    """Return each column with the one beside it that was placed before it."""
    ordered = places if forward else places[::-1]
    return list(zip(ordered[1:], ordered, strict=False))


def _crossings(places: list[list[_Item]]) -> int:
    found = 0
    for place, beside in pairwise(places):
        at = {id(item): number for number, item in enumerate(beside)}
        passed: list[int] = []
        for item in place:
            ends = sorted(at[id(one)] for one in item.after)
            found += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return found


def _settle(places: list[list[_Item]]) -> None:
    """Give each item a height near to that of what it is linked to, in the order of its column."""
    for place in places:
        _stack(place, [0.0] * len(place))
    for sweep in range(_SWEEPS):
        for place in places if sweep % 2 == 0 else places[::-1]:
            _stack(place, [fmean([one.y for one in item.before + item.after] or [item.y]) for item in place])


def _stack(place: list[_Item], wanted: list[float]) -> None:
    """Place items as near to where they are wanted as there is room: the least squares that keep their order."""
    offsets, last = [], 0.0
    for before, item in zip([None, *place], place, strict=False):
        last += (before.height + item.height) / 2 + _BESIDE if before else 0.0
        offsets.append(last)
    groups: list[tuple[float, int]] = []  # the mean of each group of items that touch, and how many they are
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while groups and groups[-1][0] > mean:
            other, many = groups.pop()
            mean, count = (mean * count + other * many) / (count + many), count + many
        groups.append((mean, count))
    means = [mean for mean, count in groups for _ in range(count)]
    for item, mean, offset in zip(place, means, offsets, strict=True):
        item.y = mean + offset


def _spread(places: list[list[_Item]]) -> Size:
    """Give each column its place from left to right, move all below the upper edge, and return the size of all."""
    items = [item for place in places for item in place]
    top = min((item.y - item.height / 2 for item in items), default=0.0) - _MARGIN
    for item in items:
        item.y -= top
    x = right = _MARGIN
    for place in places:
        right = x + max((item.width for item in place), default=0.0)
        for item in place:
            item.left, item.right = x, right
        steepest = max((abs(one.y - item.y) for item in place for one in item.after), default=0.0)
        x = right + min(max(_NARROW, steepest / 4), _WIDE)
    return right + _MARGIN, max((item.y + item.height / 2 for item in items), default=0.0) + _MARGIN


def _line(way: list[_Item], back: bool) -> list[Point]:
    """Return the points of a line: two in each column, between which it is straight."""
    first, last = way[0], way[-1]
    leaving, coming = _port(first, way[1], first.after), _port(last, way[-2], last.before)
    points = [(_box(first).x + first.width, leaving), (first.right, leaving)]
    for number, item in enumerate(way[1:-1]):
        y = item.y + (item.height / 2 - 2 if number == 0 else 0)  # below the words of its label
        points += [(item.left, y), (item.right, y)]
    points += [(last.left, coming), (_box(last).x, coming)]
    return points[::-1] if back else points


def _port(node: _Item, item: _Item, side: list[_Item]) -> float:
    """Return where on its side of a node a line ends: each at a place of its own, in the order of the lines."""
    ordered = sorted(side, key=lambda one: one.y)
    at = next(number for number, one in enumerate(ordered) if one is item)
    return node.y + node.height * ((at + 1) / (len(ordered) + 1) - 0.5)


def _box(item: _Item) -> Box:
    """Return the rectangle of an item, in the middle of its column."""
    return Box((item.left + item.right - item.width) / 2, item.y - item.height / 2, item.width, item.height)
