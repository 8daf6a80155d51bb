"""Whether a node that failed is run again, and when."""

from __future__ import annotations

import random

from ..authoring.context import Cancelled
from ..graph.run_settings import Retry


def delay_s(retry: Retry, attempt: int) -> float:
    """Seconds to wait after a failed attempt.

    Args:
        retry: The node's settings.
        attempt: Number of the attempt that failed, from 1.
    """
    return float(retry.delay * retry.factor ** (attempt - 1) + retry.jitter * random.random())


def is_worth_another(retry: Retry, attempt: int, problem: BaseException) -> bool:
    """Whether a failed attempt is followed by another one.

    Args:
        retry: The node's settings.
        attempt: Number of the attempt that failed, from 1.
        problem: What it raised.
    """
    if attempt >= retry.attempts or not isinstance(problem, Exception) or isinstance(problem, Cancelled):
        return False
    # The failure of a node inside tells the names of its classes, as far as they are known.
    names = getattr(problem, "kinds", None) or [kind.__name__ for kind in type(problem).__mro__]
    return not retry.on or not set(names).isdisjoint(retry.on)
