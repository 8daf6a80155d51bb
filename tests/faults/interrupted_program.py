"""A program in which Ctrl-C comes at random moments while thousands of trivial nodes run on the main thread."""

import contextlib
import faulthandler
import os
import random
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.engine.lab import Lab, assert_nothing_left


def main(times: int) -> None:
    """Press Ctrl-C so many times."""
    faulthandler.dump_traceback_later(50, exit=True)
    choose = random.Random(7)
    lab = Lab()
    graph = lab.graph("")
    for number in range(4000):
        graph.add("lab.echo", id=f"n{number}", value=number)
        if number >= 4:
            graph.connect(f"n{number - 4}.result", f"n{number}.value")
    press, gone = threading.Event(), threading.Event()

    def presser() -> None:
        for _ in range(times):
            press.wait()
            press.clear()
            gone.wait(choose.random() * 0.02)  # The one thing here that time decides: when Ctrl-C comes.
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=presser, daemon=True).start()
    came = lost = 0
    with lab.engine(graph, 2) as engine:
        for _ in range(times):
            interrupted = False
            with contextlib.suppress(KeyboardInterrupt):
                try:
                    press.set()
                    while True:
                        engine.run()
                except KeyboardInterrupt:
                    interrupted = True
            came += interrupted
            lost += not interrupted
            assert_nothing_left(engine)
        result = engine.run()
        assert result.outputs == {f"n{number}.result": number % 4 for number in range(3996, 4000)}
        assert_nothing_left(engine)
    sys.stdout.write(f"{came} interrupts, {lost} lost; usable\n")


main(int(sys.argv[1]))
