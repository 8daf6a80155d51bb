"""Timing in turns: what is compared is measured alternately, so that a busy moment of the machine falls on all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any


def medians_s(calls: Mapping[str, Callable[[int], Any]], *, rounds: int) -> dict[str, float]:
    """Median seconds of each call, measured in turns.

    Args:
        calls: By name; each is called with the number of the round, so that no answer can be kept from the last one.
        rounds: How often each is measured, after two rounds that do not count.
    Raises:
        AssertionError: The calls do not all give the same answer in a round.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(-2, rounds):
        answers: dict[str, Any] = {}
        for name, call in calls.items():
            begin = time.perf_counter()
            answers[name] = call(turn)
            took = time.perf_counter() - begin
            if turn >= 0:
                times[name].append(took)
        first = next(iter(answers.values()))
        wrong = [name for name, answer in answers.items() if answer != first]
        if wrong:
            raise AssertionError(f"{', '.join(wrong)} answered otherwise than {next(iter(answers))}")
    return {name: statistics.median(values) for name, values in times.items()}
