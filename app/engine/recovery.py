"""Whether a node that failed is run again, and when."""

from __future__ import annotations

import random

from ..authoring.context import Cancelled
from ..graph.run_settings import Retry


def is_worth_another(retry: Retry, attempt: int, problem: BaseException) -> float | None:
    """Whether a failed attempt is followed by another one.

    Args:
        retry: The node's settings.
        attempt: Number of the attempt that failed, from 1.
        problem: What it raised.
    Returns:
        Seconds to wait before the next one; None if there is none.
    """
    if attempt >= retry.attempts or not isinstance(problem, Exception) or isinstance(problem, Cancelled):
        return None
    names = getattr(problem, "kinds", None) or [kind.__name__ for kind in type(problem).__mro__]
    if retry.on and not set(names).intersection(retry.on):
        return None
    return float(retry.delay * retry.factor ** (attempt - 1) + retry.jitter * random.random())
