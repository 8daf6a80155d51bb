"""Groups of vertices that reach one another: sub-graphs that use each other, nodes on a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

V = TypeVar("V")


def groups(follow: Mapping[V, Sequence[V]]) -> list[list[V]]:
    """Strongly connected components, each after those that it leads to (Tarjan 1972, without recursion).

    Args:
        follow: The vertices that come after each; every vertex is a key.
    """
    number: dict[V, int] = {}
    low: dict[V, int] = {}
    open_vertices: dict[V, None] = {}
    found: list[list[V]] = []
    for root in follow:
        if root in number:
            continue
        work = [(root, iter(follow[root]))]
        number[root] = low[root] = len(number)
        open_vertices[root] = None
        while work:
            vertex, rest = work[-1]
            for after in rest:
                if after not in number:
                    number[after] = low[after] = len(number)
                    open_vertices[after] = None
                    work.append((after, iter(follow[after])))
                    break
                if after in open_vertices:
                    low[vertex] = min(low[vertex], number[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[vertex])
                if low[vertex] == number[vertex]:
                    group: list[V] = []
                    while not group or group[-1] != vertex:
                        group.append(open_vertices.popitem()[0])
                    found.append(group)
    return found
