"""What a run leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from ..authoring.error_info import ErrorInfo
from ..registry.boundary import BOUNDARY
from .compiler.plan import NodePlan, OutputPlan
from .epoch import MOST_LINES, Ending, Epoch, LogLine, State
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
        from_cache: Whether it was not run, since what it gave before still holds.
    """

    state: State
    ms: float | None = None
    reason: str = ""
    error: ErrorInfo | None = None
    from_cache: bool = False


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
        seed: What the nodes' random numbers came from, so that the run can be repeated; None if nobody said which, and
            no node took any.
        log: Lines that nodes wrote.
    """

    def __init__(self, epoch: Epoch, outputs: Mapping[str, Any], metrics: Metrics, elapsed_s: float) -> None:
        self.outputs = outputs
        self.reason = ""
        if epoch.cancelled and (epoch.stopped_by or any(end.state == "cancelled" for end in epoch.endings.values())):
            self.reason = epoch.cancelled
        self.bytes_freed, self.peak_bytes = epoch.slots.freed_bytes, epoch.slots.peak_bytes
        self.elapsed_s, self.seed = elapsed_s, epoch.agenda.seed
        self.log: tuple[LogLine, ...] = tuple(epoch.log[-MOST_LINES:]) if epoch.log else ()
        self._plan, self._metrics = epoch.plan, metrics
        self._endings, self._from_cache = epoch.endings, epoch.from_cache
        self.status: Status = "success"
        if epoch.endings:
            self.status = self._judge(epoch)

    @cached_property
    def nodes(self) -> Mapping[str, NodeResult]:
        """What became of each node, by id, in the order of the plan; times are those of each node's last run.

        A converter that the compiler put on a wire is named only where it did not complete.
        """
        times = self._metrics.last_ns() / 1e6
        return {
            node.id: self._node_result(index, float(times[index]))
            for index, node in enumerate(self._plan.nodes)
            if node.role == "node" or (node.role == "converter" and index in self._endings)
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
            from_cache = index in self._from_cache
            return NodeResult("completed", None if from_cache else ms, from_cache=from_cache)
        return NodeResult(ending.state, ms if ending.state == "failed" else None, ending.reason, ending.error)

    def _judge(self, epoch: Epoch) -> Status:
        if self.reason and not epoch.stopped_by:
            return "cancelled"
        if not faults(epoch):
            return "success"
        return "partial" if self.outputs else "failed"

    def __repr__(self) -> str:
        return f"<Result {self.status}: {', '.join(self.outputs) or 'no outputs'}>"


def faults(epoch: Epoch) -> list[Ending]:
    """How the nodes of an epoch ended that failed, or could not be run, and of which nobody took care, in order."""
    plan, endings = epoch.plan, epoch.endings
    return [ending for index, ending in sorted(endings.items()) if _is_fault(plan.nodes[index], ending, epoch)]


def _is_fault(node: NodePlan, ending: Ending, epoch: Epoch) -> bool:
    if ending.state == "failed":
        return not ending.is_handled and not _is_read(node.error, epoch)
    return node.skip is not None and node.skip.failed


def _is_read(error: OutputPlan | None, epoch: Epoch) -> bool:
    """Whether a node that reads the error completed; what lies in between only hands it on."""
    for consumer in error.consumers if error is not None else ():
        reader = epoch.plan.nodes[consumer]
        if consumer not in epoch.endings and (not _hands_on(reader) or _is_read(reader.returned[0], epoch)):
            return True
    return False


def _hands_on(node: NodePlan) -> bool:
    """Whether a node only passes its value to others: the compiler put it in, or it is the edge of a sub-graph."""
    return node.role != "node" or (node.type in BOUNDARY and bool(node.returned[0].consumers))
