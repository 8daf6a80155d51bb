"""Nodes that take their time; each says on stderr when it has begun."""

import os
import signal
import sys
import time

from animaweave import Context, Vessel

slow = Vessel("slow")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@slow.node
def nap(seconds: float = 60.0, *, ctx: Context) -> float:
    """Wait, and stop when the run is cancelled."""
    ctx.progress(0.5, "dozing")
    _say("napping")
    ctx.sleep(seconds)
    return seconds


@slow.node
def sleep(seconds: float = 60.0) -> float:
    """Wait, whatever happens."""
    _say("sleeping")
    time.sleep(seconds)
    return seconds


@slow.node
def press(*, ctx: Context) -> None:
    """Press Ctrl-C, and wait for what comes of it."""
    os.kill(os.getpid(), signal.SIGINT)
    ctx.sleep(60)
