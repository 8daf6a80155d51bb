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


_begun: set[int] = set()


@slow.node(pure=False)
def begin(value: int = 0) -> int:
    """Say so to `wait_for_next`."""
    _begun.add(value)
    return value


@slow.node(pure=False, placement="thread")
def wait_for_next(value: int = 0, *, ctx: Context) -> int:
    """Wait until the next number has begun."""
    _say(f"waiting for {value + 1}")
    while value + 1 not in _begun:
        ctx.sleep(0.001)
    return value


@slow.node
def press(*, ctx: Context) -> None:
    """Press Ctrl-C, and wait for what comes of it."""
    os.kill(os.getpid(), signal.SIGINT)
    ctx.sleep(60)
