"""Nodes that draw."""

from collections.abc import Iterator

from animaweave import Context, Vessel

dice = Vessel("dice")


@dice.node
def throw(ctx: Context, sides: int = 1_000_000) -> int:
    """Throw a die."""
    return int(ctx.random.integers(sides))


@dice.node
def throws(ctx: Context, sides: int = 1_000_000) -> Iterator[int]:
    """Throw a die again and again."""
    while True:
        yield int(ctx.random.integers(sides))
