"""Two bare processes: what this machine's cores give at the moment, with nobody in between.

`python -m benchmarks.bare` reads lines such as `burn 1000 3 7` (a function of `work`, its rounds, numbers to call it
with) and prints the answers.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import work

Share = Callable[[str, Sequence[int], int], list[float]]


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        name, rounds, *numbers = line.split()
        function = getattr(work, name)
        print(*(repr(function(int(number), int(rounds))) for number in numbers), flush=True)


@contextlib.contextmanager
def two_processes() -> Iterator[Share]:
    """Give a function that calls a node's function with each of some numbers, every other one in either process."""
    command = [sys.executable, "-m", "benchmarks.bare"]
    folder = Path(__file__).parents[1]
    with contextlib.ExitStack() as stack:
        both = [
            stack.enter_context(
                subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(2)
        ]

        def share(name: str, numbers: Sequence[int], rounds: int) -> list[float]:
            for process, part in zip(both, (numbers[::2], numbers[1::2]), strict=True):
                assert process.stdin is not None
                process.stdin.write(" ".join(map(str, (name, rounds, *part))) + "\n")
                process.stdin.flush()
            answers = [0.0] * len(numbers)
            for first, process in enumerate(both):
                assert process.stdout is not None
                answers[first::2] = [float(word) for word in process.stdout.readline().split()]
            return answers

        yield share
        # Leaving the block closes their input, which is their end, and waits for it.


if __name__ == "__main__":
    main()
