"""Nodes that give one value after another."""

from collections.abc import Iterator

from animaweave import Vessel

sources = Vessel("sources")


@sources.node
def count(start: int = 0, to: int = 3) -> Iterator[int]:
    """Count, an epoch a number."""
    yield from range(start, to)


@sources.node
def endless() -> Iterator[int]:
    """Count without end."""
    number = 0
    while True:
        yield number
        number += 1
