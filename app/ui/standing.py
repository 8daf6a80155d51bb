"""What the last run left on each node, and whether it still holds. No Qt.

A run works on a copy, so its ids may have changed in the document meanwhile, and what it says of a changed node is
stale when it comes. What a document says by itself (a missing type, disabled, bypassed) goes before any run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..authoring.error_info import ErrorInfo
from ..graph.document import Graph
from ..graph.node import Node
from ..graph.wire import PortRef
from ..ports.port import Signature
from .preview import Preview
from .watch import Look, Snapshot, State

SETTLED = frozenset({"done", "skipped", "failed"})
"""States that a run ends with, and that a change makes stale."""

AT_WORK = frozenset({"waiting", "running"})


class Standing:
    """States, values and figures of the nodes of one graph.

    Args:
        graph: The document.
        signatures: Ports of each node, kept fresh by the caller; None where a type is missing.

    Attributes:
        graph: The document.
        states: State of each node by id.
        values: Preview of the last value of each output.
        latency_ms: Milliseconds that each node took.
        reasons: Why nodes were skipped or failed, in words.
        errors: The errors of failed nodes.
        changed_states: Nodes whose state has changed since the caller last emptied it.
        changed_values: Outputs whose preview has.
    """

    def __init__(self, graph: Graph, signatures: Mapping[str, Signature | None]) -> None:
        self.graph, self._signatures = graph, signatures
        self.states: dict[str, State] = {}
        self.values: dict[PortRef, Preview] = {}
        self.latency_ms: dict[str, float] = {}
        self.reasons: dict[str, str] = {}
        self.errors: dict[str, ErrorInfo] = {}
        self.changed_states: set[str] = set()
        self.changed_values: set[PortRef] = set()
        self._outputs: dict[str, set[PortRef]] = {}  # Those in `values` by node, so that none is searched.
        self._changed_since: set[str] = set()  # Nodes of which the run under way says what no longer holds.
        self._strangers: set[str] = set()  # Nodes that it does not know, whatever their ids.
        self._has_lost = False  # Whether nodes have gone since it began.
        self._ids: dict[str, str] = {}  # By the ids that it knows: those that the nodes have by now.
        self._rows: tuple[str, ...] = ()
        for id_ in graph.nodes:
            self.refresh(id_)

    # ------------------------------------------------------------ changes of the document

    def refresh(self, node: str) -> None:
        """Look again at what the document says of a node by itself."""
        own = self._own(node)
        if own is not None:
            self._set(node, own)
        elif self.states.get(node) not in SETTLED | AT_WORK:
            self._set(node, "stale" if node in self.latency_ms else "idle")

    def add(self, node: str) -> None:
        """A node has come."""
        self._strangers.add(node)
        self.refresh(node)

    def forget(self, node: str) -> None:
        """A node has gone."""
        self._has_lost = True
        self.states.pop(node, None)
        for kept in (self.latency_ms, self.reasons, self.errors):
            kept.pop(node, None)
        self._drop_values(node)

    def rename(self, old: str, new: str) -> None:
        """A node has another id."""
        known = next((id_ for id_, now in self._ids.items() if now == old), old)
        self._ids[known] = new
        every: tuple[dict[str, Any], ...] = (self.states, self.latency_ms, self.reasons, self.errors)
        for kept in every:
            if old in kept:
                kept[new] = kept.pop(old)
        for names in (self._changed_since, self._strangers):
            if old in names:
                names.remove(old)
                names.add(new)
        for ref in self._outputs.pop(old, ()):
            self._show(PortRef(new, ref.port), self.values.pop(ref))
            self.changed_values.add(ref)
        self.changed_states.add(new)

    def make_stale(self, node: str) -> None:
        """A node has changed: what the last run left on it and on those behind it no longer holds."""
        waiting, seen = [node], {node}
        while waiting:
            id_ = waiting.pop()
            is_known = id_ in self._changed_since
            self._changed_since.add(id_)
            if self.states.get(id_) in SETTLED:
                self._set(id_, "stale")
                self.reasons.pop(id_, None)
                self.errors.pop(id_, None)
            elif is_known:
                continue  # Those behind it know already.
            for wire in self.graph.wires_of(id_):
                if wire.source.node == id_ and wire.target.node not in seen:
                    seen.add(wire.target.node)
                    waiting.append(wire.target.node)

    # ------------------------------------------------------------ runs

    def begin(self) -> None:
        """A run begins on the document as it is now."""
        self._changed_since.clear()
        self._strangers.clear()
        self._ids.clear()
        self._has_lost = False

    def absorb(self, look: Look) -> Snapshot:
        """Take in what a run shows. Gives its snapshot in the document's ids of now."""
        for id_, state in look.snapshot.states.items():
            if self.states.get(id_) != state:  # Most are as they were, thirty times a second.
                self._take_state(id_, state)
        self.latency_ms.update(self._in_ids_of_now(look.latency_ms))
        self.reasons = self._in_ids_of_now(look.reasons, fresh=True)
        self.errors = self._in_ids_of_now(look.errors, fresh=True)
        for failed in self.reasons:  # A node that gave nothing shows no older value.
            self._drop_values(failed)
        for ref, made in look.previews.items():
            if (node := self._now(ref.node)) is not None:
                self._show(PortRef(node, ref.port), made)
        return replace(look.snapshot, ids=self._row_ids(look.snapshot), states=self.states)

    def end(self) -> None:
        """The run is over: nothing is at work any more."""
        for node, state in self.states.items():
            if state in AT_WORK:
                self._set(node, "stale" if node in self.latency_ms else "idle")

    # ------------------------------------------------------------ behind it

    def _own(self, node: str) -> State | None:
        return own_state(self.graph.nodes[node], self._signatures.get(node))

    def _set(self, node: str, state: State) -> None:
        if self.states.get(node) != state:
            self.states[node] = state
            self.changed_states.add(node)

    @property
    def _is_as_begun(self) -> bool:
        """Whether the document has the nodes and ids that the run knows."""
        return not (self._ids or self._strangers or self._has_lost)

    def _now(self, known: str) -> str | None:
        """The id that a node of the run has by now; None if it has gone."""
        node = self._ids.get(known, known)
        return node if node in self.states and node not in self._strangers else None

    def _take_state(self, known: str, state: State) -> None:
        node = self._now(known)
        if node is None or self._own(node) is not None:
            return
        self._set(node, "stale" if node in self._changed_since and state in SETTLED else state)

    def _in_ids_of_now(self, kept: Mapping[str, Any], *, fresh: bool = False) -> dict[str, Any]:
        """What a run says by node, without what no longer holds if it is to be `fresh`."""
        if self._is_as_begun and not (fresh and self._changed_since):
            return dict(kept)
        now = ((self._now(id_), value) for id_, value in kept.items())
        return {node: value for node, value in now if node and not (fresh and node in self._changed_since)}

    def _row_ids(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The ids of the rows as they are now; the same object while they stay the same."""
        ids = tuple(snapshot.ids)
        if self._ids:
            parts = (id_.partition("/") for id_ in ids)
            ids = tuple(f"{self._ids.get(top, top)}{slash}{rest}" for top, slash, rest in parts)
        if self._rows != ids:
            self._rows = ids
        return self._rows

    def _show(self, ref: PortRef, made: Preview) -> None:
        self.values[ref] = made
        self._outputs.setdefault(ref.node, set()).add(ref)
        self.changed_values.add(ref)

    def _drop_values(self, node: str) -> None:
        for ref in self._outputs.pop(node, ()):
            del self.values[ref]
            self.changed_values.add(ref)


def own_state(node: Node, signature: Signature | None) -> State | None:
    """The state that a node has by itself, whatever a run says; None if it has none."""
    if signature is None:
        return "missing"
    return "disabled" if node.run.disabled else "bypassed" if node.run.bypass else None


def taken(changes: set) -> frozenset:
    """What has changed; the set is empty afterwards."""
    told = frozenset(changes)
    changes.clear()
    return told
