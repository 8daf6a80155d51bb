"""A lab for each test, and engines that are closed after it."""

from collections.abc import Callable, Iterator

import pytest

from animaweave.engine.engine import Engine
from tests.engine.lab import Lab


@pytest.fixture
def lab() -> Lab:
    """A vessel to add nodes to."""
    return Lab()


@pytest.fixture
def start(lab: Lab) -> Iterator[Callable[..., Engine]]:
    """Make an engine for a graph; it is closed after the test."""
    engines: list[Engine] = []

    def make(*args: object, **how: object) -> Engine:
        engines.append(lab.engine(*args, **how))  # type: ignore[arg-type]
        return engines[-1]

    yield make
    for engine in engines:
        engine.close()
