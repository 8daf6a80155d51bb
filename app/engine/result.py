"""What a run leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ..authoring.error_info import ErrorInfo
from .compiler.plan import NodePlan
from .epoch import Ending, Epoch, LogLine, State
from .observe.metrics import Metrics

Status = Literal["success", "partial", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one node.

    Attributes:
        state: `completed`, `failed`, `skipped` or `cancelled`.
        ms: Milliseconds that it took; None when it did not run.
        reason: Why it was skipped or cancelled, in words; empty otherwise.
        error: Its error, if it failed.
    """

    state: State
    ms: float | None = None
    reason: str = ""
    error: ErrorInfo | None = None


class Result:
    """What a run leaves behind.

    Attributes:
        outputs: Values that came, by name of the output: those of `graph.output` nodes, else `node.port` of outputs
            that no node reads.
        status: `success`; `partial`: something failed and some outputs are there; `failed`; `cancelled`.
        reason: Why it was cancelled; empty when it was not.
        bytes_freed: Bytes that were freed at the end of their last consumer.
        peak_bytes: The most bytes that lay on the bus at once.
        elapsed_s: Seconds from submitting to the end.
        log: Lines that nodes wrote.
    """

    def __init__(self, epoch: Epoch, outputs: Mapping[str, Any], metrics: Metrics, elapsed_s: float) -> None:
        self.outputs = outputs
        was_cut_short = any(ending.state == "cancelled" for ending in epoch.endings.values())
        self.reason = epoch.cancelled if was_cut_short or epoch.stopped_by else ""
        self.bytes_freed, self.peak_bytes = epoch.slots.freed_bytes, epoch.slots.peak_bytes
        self.elapsed_s = elapsed_s
        self.log: tuple[LogLine, ...] = tuple(epoch.log)
        self._plan, self._metrics = epoch.plan, metrics
        self._endings = epoch.endings
        self.status: Status = "success"
        if epoch.endings:
            self.status = self._judge(stopped=bool(epoch.stopped_by))

    @cached_property
    def nodes(self) -> Mapping[str, NodeResult]:
        """What became of each node, by id, in the order of the plan; times are those of each node's last run.

        A converter that the compiler put on a wire is named only where it did not complete.
        """
        times = self._metrics.last_ns() / 1e6
        return {
            node.id: self._node_result(index, float(times[index]))
            for index, node in enumerate(self._plan.nodes)
            if not node.is_converter or index in self._endings
        }

    @property
    def errors(self) -> Mapping[str, ErrorInfo]:
        """The errors of the nodes that failed, by id."""
        return {
            self._plan.nodes[index].id: ending.error
            for index, ending in sorted(self._endings.items())
            if ending.error is not None
        }

    def _node_result(self, index: int, ms: float) -> NodeResult:
        ending = self._endings.get(index)
        if ending is None:
            return NodeResult("completed", ms)
        return NodeResult(ending.state, ms if ending.state == "failed" else None, ending.reason, ending.error)

    def _judge(self, *, stopped: bool) -> Status:
        if self.reason and not stopped:
            return "cancelled"
        nodes = self._plan.nodes
        faults = [index for index, ending in self._endings.items() if self._is_fault(nodes[index], ending)]
        if not faults:
            return "success"
        return "partial" if self.outputs else "failed"

    def _is_fault(self, node: NodePlan, ending: Ending) -> bool:
        if ending.state == "failed":
            return not self._is_handled(node, ending)
        return node.skip is not None and node.skip.failed

    def _is_handled(self, node: NodePlan, ending: Ending) -> bool:
        """Whether a failure was taken care of: defaults were given, or a node that reads `error` completed."""
        if ending.is_handled:
            return True
        return node.error is not None and any(consumer not in self._endings for consumer in node.error.consumers)

    def __repr__(self) -> str:
        return f"<Result {self.status}: {', '.join(self.outputs) or 'no outputs'}>"
