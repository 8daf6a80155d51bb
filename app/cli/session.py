"""The engine of a command, with what `--cache` and `--trace` put beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.engine import Engine
from .console import complain
from .request import Prepared

if TYPE_CHECKING:
    from ..engine.observe.trace import Trace

EVENTS = 100_000
"""Events that may come between two writes of the trace."""


class Session:
    """An engine for what was typed; its trace begins with it.

    Args:
        prepared: What is to be run.
    Raises:
        EngineError: The trace cannot be written.

    Attributes:
        engine: The engine.
    """

    def __init__(self, prepared: Prepared) -> None:
        # Most runs want neither, and do not pay for their imports.
        request, plan = prepared.request, prepared.plan
        cache = events = None
        self._trace: Trace | None = None
        if request.cache is not None:
            from ..engine.cache.cache import Cache  # noqa: PLC0415

            cache = Cache(folder=request.cache)
        if request.trace is not None:
            from ..engine.observe.events import Events  # noqa: PLC0415
            from ..engine.observe.trace import Trace  # noqa: PLC0415

            events = Events(EVENTS)
            self._trace = Trace(request.trace, plan, events).follow()
        self.engine = Engine(plan, request.workers, cache=cache, events=events, strict=request.strict)

    def close(self, *, abandoned: bool) -> None:
        """End the engine and the trace.

        Args:
            abandoned: Whether something goes on that only the end of the process ends; so do the engine's threads.
        """
        if not abandoned:
            self.engine.close()
        if self._trace is not None:
            self._trace.close()
            if self._trace.missed:
                complain(f"{self._trace.path} lacks {self._trace.missed:,} events, which came too fast to be written")
