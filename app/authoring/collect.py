"""All that is wrong with a vessel file at once: what is declared wrongly is noted, and the rest of the file goes on."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

from ..errors import VesselError

P = ParamSpec("P")
R = TypeVar("R")

_noted: ContextVar[dict[Any, VesselError] | None] = ContextVar("noted", default=None)
"""By what was declared wrongly."""


@contextmanager
def errors_noted() -> Iterator[list[VesselError]]:
    """Note what is declared wrongly in here in place of raising it; the list that is given has it afterwards."""
    noted: dict[Any, VesselError] = {}
    errors: list[VesselError] = []
    token = _noted.set(noted)
    try:
        yield errors
    finally:
        _noted.reset(token)
        errors[:0] = noted.values()


def has_failed(function: Any) -> bool:
    """Whether it was noted that a function is declared wrongly."""
    noted = _noted.get()
    return noted is not None and id(function) in noted


def collecting(declare: Callable[P, R]) -> Callable[P, R]:
    """A declaration of which nothing further depends: what is wrong with it is noted, if somebody notes."""

    @functools.wraps(declare)
    def declared(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return declare(*args, **kwargs)
        except VesselError as error:
            noted = _noted.get()
            if noted is None:
                raise
            noted[id(args[0])] = error
            return args[0]  # type: ignore[return-value]  # The function, as it came.

    return declared
