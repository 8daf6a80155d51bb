"""Cycles of a directed graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")


def cycles(follow: Mapping[V, Iterable[V]]) -> Iterator[list[V]]:
    """Cycles that have no vertex in common, at least one wherever there is any; in linear time.

    A walk in depth that goes back to a vertex of its own way has found one, which is then taken out.

    Args:
        follow: The vertices that come after each.
    """
    done: set[V] = set()
    for root in follow:
        if root in done:
            continue
        way, place, rest = [root], {root: 0}, [iter(follow[root])]
        while way:
            for after in rest[-1]:
                if after in done:
                    continue
                if after in place:
                    cycle = way[place[after] :]
                    del rest[place[after] :], way[place[after] :]
                    for vertex in cycle:
                        done.add(vertex)
                        del place[vertex]
                    yield cycle
                else:
                    place[after] = len(way)
                    way.append(after)
                    rest.append(iter(follow.get(after, ())))
                break
            else:
                rest.pop()
                done.add(way[-1])
                del place[way.pop()]
