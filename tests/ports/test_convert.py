"""Chains of converters: how they are found, and that they are forgotten when the converters change."""

from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from animaweave.errors import ConverterTie
from animaweave.ports.convert import Converter, Converters
from animaweave.ports.label import Label

LABELS: list[Any] = [Annotated[float, Label("unit", name)] for name in "ABCDEF"]


def converter(source: Any, target: Any, name: str = "unit.step") -> Converter:
    return Converter(source, target, float, name)


def test_a_type_leads_to_itself_without_converters() -> None:
    assert Converters().path(LABELS[0], LABELS[0]) == ()
    assert Converters().path(LABELS[0], LABELS[1]) is None


def test_the_shortest_chain_wins_over_longer_ones() -> None:
    a, b, c, d = LABELS[:4]
    direct = converter(a, d, "direct")
    steps = [converter(a, b), converter(b, c), converter(c, d)]
    known = Converters()
    for step in steps:
        known.add(step)
    assert known.path(a, d) == tuple(steps)
    known.add(direct)
    assert known.path(a, d) == (direct,)


def test_two_converters_for_one_step_are_a_tie_however_far_on() -> None:
    a, b, c = LABELS[:3]
    known = Converters()
    for step in (converter(a, b, "one"), converter(a, b, "other"), converter(b, c, "last")):
        known.add(step)
    with pytest.raises(ConverterTie, match="one then last, and other then last"):
        known.path(a, c)
    with pytest.raises(ConverterTie):
        known.path(a, c)  # As surely when the answer is remembered.


def test_a_label_converts_from_itself_alone_not_from_what_it_is_built_on() -> None:
    a, b = LABELS[:2]
    known = Converters()
    known.add(converter(float, b, "unit.from_float"))
    assert known.path(a, b) is None
    assert [step.name for step in known.path(float, b) or ()] == ["unit.from_float"]
    assert [step.name for step in known.path(bool, b) or ()] == ["unit.from_float"], "what fits surely converts too"


def test_a_chain_ends_at_the_label_that_was_asked_for() -> None:
    a, b = LABELS[:2]
    known = Converters()
    known.add(converter(a, b))
    assert known.path(a, str) is None
    assert known.path(Annotated[np.ndarray, []], b) is None, "also for a hint that cannot be hashed"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12, unique=True))
def test_a_chain_is_found_exactly_where_steps_lead(pairs: list[tuple[int, int]]) -> None:
    known = Converters()
    for source, target in pairs:
        known.add(converter(LABELS[source], LABELS[target], f"{source}{target}"))
    assert len(known) == len(list(known)) == len(pairs)
    lengths = _distances(pairs)
    for source in range(6):
        for target in range(6):
            expected, ways = lengths[source][target]
            if ways > 1:
                with pytest.raises(ConverterTie):
                    known.path(LABELS[source], LABELS[target])
                continue
            chain = known.path(LABELS[source], LABELS[target])
            assert (len(chain) if chain is not None else None) == expected
            for step, after in zip(chain or (), (chain or ())[1:], strict=False):
                assert step.target == after.source


def _distances(pairs: list[tuple[int, int]]) -> list[list[tuple[int | None, int]]]:
    """The length of the shortest way and how many there are, by counting walks of each length."""
    steps = np.zeros((6, 6), dtype=int)
    for source, target in pairs:
        steps[source, target] += 1
    result: list[list[tuple[int | None, int]]] = [[(None, 0)] * 6 for _ in range(6)]
    walks = np.eye(6, dtype=int)
    for length in range(6):
        for source, target in np.argwhere(walks > 0):
            if result[source][target][0] is None:
                result[source][target] = (length, int(walks[source, target]))
        walks = walks @ steps
    return result
