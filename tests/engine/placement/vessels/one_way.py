"""A result that can be pickled and cannot be read."""


class OneWay:
    """Refuses to be read."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("no number",)


def answer() -> OneWay:
    """Give one."""
    return OneWay()
