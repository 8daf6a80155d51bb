"""Timing in turns: what is compared is measured alternately, so that a busy moment of the machine falls on all."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)

WARM_UP = 2
"""Rounds that do not count."""


def samples_s(calls: Mapping[K, Callable[[int], Any]], *, rounds: int) -> dict[K, list[float]]:
    """Seconds that each call took in each round, measured in turns.

    Args:
        calls: By name; each is called with the number of the round, so that no answer can be kept from the last one.
        rounds: How often each is measured.
    Raises:
        AssertionError: The calls do not all give the same answer in a round.
    """
    times: dict[K, list[float]] = {name: [] for name in calls}
    for turn in range(-WARM_UP, rounds):
        answers: dict[K, Any] = {}
        for name, call in calls.items():
            begin = time.perf_counter()
            answers[name] = call(turn)
            took = time.perf_counter() - begin
            if turn >= 0:
                times[name].append(took)
        first = next(iter(answers.values()))
        wrong = [name for name, answer in answers.items() if answer != first]
        if wrong:
            raise AssertionError(f"{', '.join(map(str, wrong))} answered otherwise than {next(iter(answers))}")
    return times


def medians_s(calls: Mapping[K, Callable[[int], Any]], *, rounds: int) -> dict[K, float]:
    """Median seconds of each call; arguments and errors as for `samples_s`."""
    return {name: statistics.median(times) for name, times in samples_s(calls, rounds=rounds).items()}


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all (0 to 1) does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def exponent(times_s: Mapping[int, float]) -> float:
    """How time grows with size: the slope of the line through log(time) over log(size); 1 is linear.

    Args:
        times_s: Seconds by size, for two sizes or more.
    """
    return statistics.linear_regression([math.log(size) for size in times_s], [*map(math.log, times_s.values())]).slope
