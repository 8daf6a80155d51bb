"""What the last run left on the nodes inside of sub-graphs, by their paths: `calc/add`. No Qt.

A graph that is used twice has run twice: what is shown is what became of it on the way by which it was entered. Nodes
that a composite runs (for each item, say) have no standing of their own here: the composite counts and times them.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..authoring.error_info import ErrorInfo
from ..graph.wire import PortRef
from .preview import Preview
from .watch import Inside, Look, State

_STRENGTH = ("idle", "done", "skipped", "waiting", "running", "failed")
"""The strongest state inside of a use is its own; some skipped and some done are done."""


class Inner:
    """States, values and figures inside.

    Attributes:
        states: State of each node that has one, by path; the same object always.
    """

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self._inside = Inside()
        self._values: dict[PortRef, Preview] = {}

    def absorb(self, look: Look) -> None:
        """Take in what a run shows."""
        self._inside = look.inside
        self.states.clear()
        self.states.update(look.inside.states)
        self._values.update((ref, made) for ref, made in look.previews.items() if "/" in ref.node)

    def clear(self) -> None:
        """Another document, or another run begins."""
        self._inside = Inside()
        self.states.clear()
        self._values.clear()

    def under(self, prefix: str, ids: Iterable[str], *, is_stale: bool) -> Shown:
        """What there is for the nodes of one graph.

        Args:
            prefix: The way to it: `calc/`.
            ids: Its nodes.
            is_stale: Whether it has changed since.
        """
        inside, shown = self._inside, Shown()
        own = {path.removeprefix(prefix): state for path, state in inside.states.items() if path.startswith(prefix)}
        latencies = {path.removeprefix(prefix): ms for path, ms in inside.latency_ms.items() if path.startswith(prefix)}
        below: dict[str, set[State]] = {}
        sums: dict[str, float] = {}
        for path, state in own.items():
            below.setdefault(path.partition("/")[0], set()).add(state)
        for path, ms in latencies.items():
            top = path.partition("/")[0]
            sums[top] = sums.get(top, 0.0) + ms
        for node in ids:
            states = below.get(node)
            if states is None:
                continue
            state = next(iter(states)) if len(states) == 1 else _strongest(states)
            shown.states[node] = "stale" if is_stale and state in ("done", "skipped", "failed") else state
            if node in sums:
                shown.latency_ms[node] = sums[node]
            path = prefix + node
            if not is_stale and path in inside.reasons:
                shown.reasons[node] = inside.reasons[path]
            if not is_stale and path in inside.errors:
                shown.errors[node] = inside.errors[path]
        for ref, made in self._values.items():
            if ref.node.startswith(prefix) and "/" not in (node := ref.node.removeprefix(prefix)):
                shown.values[PortRef(node, ref.port)] = made
        return shown


class Shown:
    """The same for the nodes of one graph, by id."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.values: dict[PortRef, Preview] = {}
        self.latency_ms: dict[str, float] = {}
        self.reasons: dict[str, str] = {}
        self.errors: dict[str, ErrorInfo] = {}


def _strongest(states: set[State]) -> State:
    if states == {"done", "skipped"}:
        return "done"
    if "waiting" in states and "failed" not in states:
        return "running"
    return max(states, key=_STRENGTH.index)
