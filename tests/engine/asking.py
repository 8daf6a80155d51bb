"""A vessel whose nodes ask their run for random numbers, a folder, or to be looked at, wherever they run."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from animaweave.authoring import Context, Vessel

asking = Vessel("asking")


def _drawn(ctx: Context) -> list[float]:
    return ctx.random.random(2).tolist()


@asking.node
def draw(ctx: Context, value: Any = None) -> list[float]:
    """Draw two numbers."""
    return _drawn(ctx)


@asking.node(placement="thread")
def draw_on_thread(ctx: Context, value: Any = None) -> list[float]:
    """Draw two numbers on a thread of its own."""
    return _drawn(ctx)


@asking.node(placement="process")
def draw_elsewhere(ctx: Context, value: Any = None) -> list[float]:
    """Draw two numbers in a worker process."""
    return _drawn(ctx)


@asking.node
async def draw_later(ctx: Context, value: Any = None) -> list[float]:
    """Draw two numbers on the loop."""
    return _drawn(ctx)


@asking.node
class DrawWithState:
    """Draws two numbers, and remembers how often."""

    def __call__(self, ctx: Context, value: Any = None) -> list[float]:
        """Draw."""
        return _drawn(ctx)


@asking.node
def draws(ctx: Context, count: int = 3) -> Iterator[list[float]]:
    """Draw two numbers an epoch."""
    for _ in range(count):
        yield _drawn(ctx)


@asking.node
def hope(ctx: Context, value: Any = None) -> list[float]:
    """Draw two numbers, and fail at the first attempt."""
    numbers = _drawn(ctx)
    attempts.append(numbers)
    if len(attempts) < 2:
        raise ValueError("not yet")
    return numbers


@asking.node
def calm(ctx: Context, value: Any = None) -> Any:
    """Ask for nothing."""
    ctx.progress(1)
    return value


@asking.node
def after(value: Any) -> Any:
    """Give what it is given."""
    return value


@asking.node
def fill(ctx: Context, text: str = "full", fails: bool = False) -> Path:
    """Write a file into the node's folder."""
    return _filled(ctx, text, fails=fails)


@asking.node(placement="process")
def fill_elsewhere(ctx: Context, text: str = "full", fails: bool = False) -> Path:
    """Write a file into the node's folder, in a worker process."""
    return _filled(ctx, text, fails=fails)


@asking.node
def fills(ctx: Context) -> Iterator[Path]:
    """Write a file into the node's folder in each epoch."""
    for number in range(3):
        (ctx.scratch / f"{number}").write_text("full")
        yield ctx.scratch / "0"


@asking.node
def read(file: Path) -> str:
    """Read a file of another node."""
    return file.read_text()


@asking.node
def kill(ctx: Context, file: Path) -> str:
    """Be killed in the middle."""
    os.kill(os.getpid(), 9)
    return ""


@asking.node
def show(ctx: Context, side: int = 300) -> float:
    """Show a picture of its work."""
    return _shown(ctx, side)


@asking.node(placement="process")
def show_elsewhere(ctx: Context, side: int = 300) -> float:
    """Show a picture of its work, in a worker process."""
    return _shown(ctx, side)


attempts: list[list[float]] = []


def _filled(ctx: Context, text: str, *, fails: bool) -> Path:
    file = ctx.scratch / "file"
    file.write_text(text)
    if fails:
        raise ValueError(str(file))
    return file


def _shown(ctx: Context, side: int) -> float:
    picture = np.full((side, 2 * side, 3), 0.5)
    ctx.preview(picture)
    return float(picture.mean())
