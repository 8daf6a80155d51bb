"""A long time of streams with faults: `make soak`, or `python -m tests.soak.endurance EPOCHS`.

Two threads send numbers through one engine, in streams of random length. Nodes raise, fail once, hang and kill their
worker processes; epochs are cancelled, and streams left half-way. Every number must come back as `work.expected` says,
or be known to have been cancelled or left.
"""

import argparse
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from animaweave.engine.compiler.compile import compile as compile_graph
from animaweave.engine.engine import Engine
from animaweave.engine.result import Result
from animaweave.registry.lookup import Registry
from tests.engine.lab import assert_nothing_left
from tests.soak import work

STREAMS = 2
CANCEL_EVERY, LEAVE_EVERY = 300, 3000
"""An epoch is cancelled, or a stream left, after about so many results."""

WARM_UP = 60_000
"""Epochs after which memory must not grow any more: all threads, their arenas and the figures' rings are there."""

LOOKS = 200
"""How often memory is looked at."""


@dataclass
class Figures:
    """What came of it.

    Attributes:
        given: Numbers that were taken from the inputs.
        statuses: How many results had which status.
        left: Numbers that were under way in streams when these were left.
        streams: Streams begun.
        struck: How often each fault struck, in epochs whose results came.
        wrong: What was not as expected, in words.
        seconds: How long it took.
        resident: Bytes of memory, since the warm-up.
    """

    given: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    left: int = 0
    streams: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    resident: list[int] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """The most memory since the warm-up against that at its end; 1 where the system does not tell."""
        return max(self.resident) / self.resident[0] if self.resident and self.resident[0] else 1.0

    def __str__(self) -> str:
        counts = ", ".join(f"{count:,} {status}" for status, count in sorted(self.statuses.items()))
        faults = ", ".join(f"{fault} {count:,}" for fault, count in sorted(self.struck.items()))
        wrong = "".join(f"\n  {line}" for line in self.wrong[:20])
        return (
            f"{self.given:,} epochs in {self.streams:,} streams, {self.seconds:.0f} s: {counts}, {self.left:,} left\n"
            f"faults: {faults}\n"
            f"memory: {self.growth:.3f} x that after the warm-up\n"
            f"wrong: {len(self.wrong)}{wrong}"
        )


def endure(epochs: int, *, workers: int = 2, seed: int = 1, say: Callable[[str], object] | None = None) -> Figures:
    """Send so many numbers through.

    Args:
        epochs: How many.
        workers: Threads, and processes, that run nodes.
        seed: Of what is cancelled and left, and when.
        say: Told of the figures now and then.
    Raises:
        AssertionError: Something of a run was left in the engine.
    """
    figures, started = Figures(), time.perf_counter()
    registry = Registry()
    registry.add(work.vessel)
    plan = compile_graph(work.graph(), registry=registry)
    with Engine(plan, workers) as engine:
        share = -(-epochs // STREAMS)
        parts = [range(start, min(epochs, start + share)) for start in range(0, epochs, share)]
        followers = [_Follower(engine, part, figures, random.Random(seed + part.start)) for part in parts]
        for follower in followers:
            follower.start()
        look_every, next_look = max(1, epochs // LOOKS), min(WARM_UP, epochs // 2)
        while any(follower.is_alive() for follower in followers):
            followers[0].join(0.05)
            if sum(figures.statuses.values()) >= next_look:
                figures.resident.append(resident_bytes())
                next_look = sum(figures.statuses.values()) + look_every
                if say is not None and len(figures.resident) % (LOOKS // 10) == 1:
                    figures.seconds = time.perf_counter() - started
                    say(str(figures))
        for follower in followers:
            follower.join()
        assert_nothing_left(engine)
    figures.seconds = time.perf_counter() - started
    return figures


class _Follower(threading.Thread):
    """Sends numbers through an engine and looks at what comes back."""

    def __init__(self, engine: Engine, numbers: range, figures: Figures, choose: random.Random) -> None:
        super().__init__(name=f"follower of {numbers}")
        self._engine, self._numbers, self._figures, self._choose = engine, numbers, figures, choose

    def run(self) -> None:
        try:
            while self._numbers:
                self._follow(self._choose.randint(1, 5000))
        except BaseException as problem:
            self._figures.wrong.append(f"{self.name}: {problem!r}")
            raise

    def _follow(self, most: int) -> None:
        """One stream."""
        begin, given = self._numbers.start, 0

        def inputs() -> Iterator[dict[str, int]]:
            nonlocal given
            for number in self._numbers[:most]:
                given += 1
                yield {"number": number}

        came = 0
        results = self._engine.stream(inputs(), in_flight=self._choose.choice((1, 2, 4, 8)))
        for came, result in enumerate(results, 1):
            self._judge(begin + came - 1, result)
            if not self._choose.randrange(CANCEL_EVERY):
                for run in self._engine.runs[-1:]:  # Of either stream.
                    run.cancel("at random")
            if not self._choose.randrange(LEAVE_EVERY):
                break
        results.close()
        for number in range(begin + came, begin + given):
            work.tries.pop(("flaky", number), None)
        with _lock:
            self._figures.given += given
            self._figures.left += given - came
            self._figures.streams += 1
        self._numbers = self._numbers[given:]

    def _judge(self, number: int, result: Result) -> None:
        work.tries.pop(("flaky", number), None)
        status, outputs = work.expected(number)
        is_cancelled = bool(result.reason)
        if is_cancelled:
            is_right = result.status == "cancelled" and result.outputs.items() <= outputs.items()
        else:
            is_right = (result.status, dict(result.outputs)) == (status, outputs)
        with _lock:
            self._figures.statuses[result.status] += 1
            if not is_cancelled:
                self._figures.struck.update(work.struck(number))
            if not is_right:
                self._figures.wrong.append(
                    f"{number}: expected {status} {outputs}, found {result.status} {result.reason!r} "
                    f"{dict(result.outputs)}, { ({node: str(error) for node, error in result.errors.items()}) }"
                )


_lock = threading.Lock()


def resident_bytes() -> int:
    """Bytes of memory that this process has; 0 where the system does not tell."""
    facts = Path("/proc/self/statm")
    return int(facts.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if facts.exists() else 0


def main() -> int:
    """Run the long form."""
    parser = argparse.ArgumentParser(description="Streams with faults, for a long time.")
    parser.add_argument("epochs", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args()
    threads = threading.active_count()
    figures = endure(wish.epochs, workers=wish.workers, seed=wish.seed, say=lambda text: print(text, end="\n\n"))
    print(f"{figures}\nthreads: {threading.active_count() - threads} left")
    is_flat = figures.growth <= 1.02
    return 0 if not figures.wrong and is_flat and threading.active_count() == threads else 1


if __name__ == "__main__":
    sys.exit(main())
