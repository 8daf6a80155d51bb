"""The values that pass through a plan, for those who watch, without holding any for longer.

Idea: a node's result is kept only if somebody has asked since, so that nothing is counted, held or scheduled otherwise
than without taps. On the short way its function is wrapped; on the full one the plan says whom to tell, since what runs
in another process cannot be wrapped. `ask` and `take` may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from msgspec import structs

from ...ports.port import Port
from ..compiler.plan import Absence, NodePlan, Plan
from ..outcome import Outcome


class Taps:
    """A plan whose values can be looked at.

    Args:
        plan: The plan; converters that the compiler put in are left alone.

    Attributes:
        plan: The same with taps, to be run.
    """

    def __init__(self, plan: Plan) -> None:
        self._nodes = {i: node for i, node in enumerate(plan.nodes) if node.returned and not node.is_converter}
        self._asked: set[int] = set()
        self._kept: dict[int, Any] = {}
        self.plan = replace(
            plan,
            nodes=tuple(
                structs.replace(node, tap=partial(self._keep, index)) if index in self._nodes else node
                for index, node in enumerate(plan.nodes)
            ),
            steps=tuple(
                (self._wrapped(index, step[0]), *step[1:]) if step is not None and index in self._nodes else step
                for index, step in enumerate(plan.steps)
            ),
        )

    def ask(self) -> None:
        """Keep what each node returns next."""
        self._asked.update(self._nodes)

    def take(self) -> Iterator[tuple[NodePlan, list[tuple[Port, Any]]]]:
        """What was kept and not taken yet: nodes, each with its outputs and their values.

        Whoever stops half-way leaves the rest for the next call.
        """
        for index in tuple(self._kept):
            # Popping is atomic: what the node returns meanwhile is kept for the next call.
            node, result = self._nodes[index], self._kept.pop(index, None)
            outputs = zip((output.port for output in node.returned), _parts(node, result), strict=False)
            del result
            yield (
                node,
                [(port, value) for port, value in outputs if not port.control and not isinstance(value, Absence)],
            )

    def _keep(self, index: int, result: Any) -> None:
        if index in self._asked:
            self._asked.discard(index)
            self._kept[index] = result

    def _wrapped(self, index: int, function: Callable[..., Any]) -> Callable[..., Any]:
        asked, keep = self._asked, self._keep

        def tapped(*values: Any) -> Any:
            result = function(*values)
            if index in asked:
                keep(index, result)
            return result

        return tapped


def _parts(node: NodePlan, result: Any) -> tuple[Any, ...]:
    """A node's result as one value an output; nothing where it is not what was declared."""
    if isinstance(result, Outcome):  # A sub-graph's.
        return tuple(value for value, _ in result.items)
    if node.spread is None:
        return (result,)
    try:
        return node.spread(result)
    except Exception:  # noqa: BLE001 - the border to the vessel: the node has failed by the same, and says so.
        return ()
