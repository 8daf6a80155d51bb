"""In which order the nodes of a network can run."""

from __future__ import annotations

from collections.abc import Sequence


def topological(follow: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Order vertices so that each comes after all that it waits for (Kahn 1962), each with its level from 0.

    Those on a circle, and those behind it, are left out.

    Args:
        follow: For each vertex, a number, those that wait for it, one entry a wire.
    """
    waits = [0] * len(follow)
    for after in follow:
        for vertex in after:
            waits[vertex] += 1
    order = [(vertex, 0) for vertex, left in enumerate(waits) if not left]
    for vertex, level in order:  # It grows meanwhile. The last to come before a vertex is on the highest level.
        for other in follow[vertex]:
            waits[other] -= 1
            if not waits[other]:
                order.append((other, level + 1))
    return order
