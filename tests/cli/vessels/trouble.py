"""Nodes that fail, and nodes that talk."""

import os
from pathlib import Path

from animaweave import Context, Vessel

trouble = Vessel("trouble")


@trouble.node
def boom(text: str = "the kettle boiled over") -> int:
    """Fail."""
    raise ValueError(text)


@trouble.node
def chat(text: str = "hello", *, ctx: Context) -> str:
    """Log on all levels."""
    ctx.log("hush", "debug")
    ctx.log(text)
    ctx.log("take care", "warning")
    return text


@trouble.node
def prints(text: str = "noise") -> str:
    """Print to stdout, and write to its descriptor as a library in C does."""
    print(text)
    os.write(1, b"more noise\n")
    return text


@trouble.node(effects={"network"}, pure=False)
def call() -> str:
    """Claim to use the network."""
    return "answered"


@trouble.node(effects={"write-files"}, pure=False)
def dump(path: Path) -> None:
    """Write somewhere, without having said that the path is for writing."""
    path.touch()


@trouble.node
def picky(value: float = 0.0) -> float:
    """Fail for negative numbers."""
    if value < 0:
        raise ValueError(f"{value:g} is below nothing")
    return value
