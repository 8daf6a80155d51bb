"""A node that does not give what it declares."""

from animaweave import Vessel

liars = Vessel("liars")


@liars.node
def seven() -> int:
    """Give seven."""
    return "seven"  # type: ignore[return-value]
