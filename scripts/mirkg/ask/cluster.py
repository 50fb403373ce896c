"""Cluster: an order in which things that are alike stand beside each other, by average linkage."""

from __future__ import annotations

from itertools import product


def ordered(distances: list[list[float]]) -> list[int]:
    """Return the numbers of things in the order of the leaves of their tree, by their distances to each other.

    The two clusters that are nearest to each other by the mean distance of their members join, end to end where these
    are nearest. What is equally near is taken in the order that is given. Takes time with the square of the things.
    """
    leaves = {number: [number] for number in range(len(distances))}
    means = {number: dict(enumerate(row)) for number, row in enumerate(distances)}
    chain: list[int] = []  # each is the nearest to the one before it, so that it ends in two that are so to each other
    while len(leaves) > 1:
        one = chain[-1] if chain else min(leaves)
        before = chain[-2] if len(chain) > 1 else -1
        nearest = min(
            (other for other in leaves if other != one), key=lambda two: (means[one][two], two != before, two)
        )
        if nearest != before:
            chain = [*(chain or [one]), nearest]
            continue
        del chain[-2:]
        first, second = sorted((one, before))
        sizes = len(leaves[first]), len(leaves[second])
        leaves[first] = _joined(leaves[first], leaves.pop(second), distances)
        for other in leaves:
            both = means[first][other] * sizes[0] + means[second][other] * sizes[1]
            means[first][other] = means[other][first] = both / sum(sizes)
    return [number for found in leaves.values() for number in found]


def _joined(one: list[int], other: list[int], distances: list[list[float]]) -> list[int]:
    """Return two clusters one after the other, each as it is or turned, so that the ends that meet are nearest."""
    ways = product((one, one[::-1]), (other, other[::-1]))
    left, right = min(ways, key=lambda way: distances[way[0][-1]][way[1][0]])
    return left + right
