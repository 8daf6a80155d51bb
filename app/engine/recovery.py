"""What is done when a node fails: run it again, take default values, or stop the run."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from ..authoring.context import Cancelled
from ..graph.run_settings import Retry
from .interrupts import border


def delay_s(retry: Retry, attempt: int) -> float:
    """Seconds to wait after a failed attempt.

    Args:
        retry: The node's settings.
        attempt: Number of the attempt that failed, from 1.
    """
    return float(retry.delay * retry.factor ** (attempt - 1) + retry.jitter * random.random())


def is_worth_another(retry: Retry, attempt: int, problem: BaseException) -> bool:
    """Whether a failed attempt is followed by another one."""
    if attempt >= retry.attempts or not isinstance(problem, Exception) or isinstance(problem, Cancelled):
        return False
    return not retry.on or any(kind.__name__ in retry.on for kind in type(problem).__mro__)


@border
def attempt(call: Callable[[], Any], retry: Retry | None, wait: Callable[[float], bool]) -> Any:
    """Call until it works or there are no attempts left.

    Args:
        call: What to do.
        retry: How often, and how long to wait in between; None for once.
        wait: Waits so many seconds; tells whether the run was cancelled meanwhile.
    Returns:
        What `call` returned.
    Raises:
        BaseException: What the last attempt raised.
    """
    number = 1
    while True:
        try:
            return call()
        except BaseException as problem:
            if retry is None or not is_worth_another(retry, number, problem) or wait(delay_s(retry, number)):
                raise
            number += 1
