"""What fits a port of the graph on screen: which other ports, which node types, and why not.

It answers as `check` would, before there is a wire: types by `compatible`, with their variables as the other wires
determine them; signals to signals only, and no cycle that could never begin. Answers for equal types are worked out
once, so asking for all ports of a large graph is quick.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..authoring.nodetype import DONE, ERROR, TRIGGER, NodeType
from ..graph.document import Graph
from ..graph.wire import PortRef, Wire
from ..ports.fit import Fit, compatible
from ..ports.hint import Hint
from ..ports.port import Port, Signature
from ..registry.inference import Inference
from ..registry.lookup import Registry
from ..registry.resolve import Resolver

MOST_TRIALS = 2000
"""Ports at which a wire is tried before it is there; at others, once it is."""

_ORDER = {"direct": 0, "converted": 1, "checked": 2}


class Fitting:
    """What fits, in one graph.

    Args:
        root: The outermost graph.
        graph: The graph: the same, or one of its sub-graphs.
        registry: Knows node types and converters.
        signatures: Ports of each node by id; None where they are not known.
    """

    def __init__(
        self, root: Graph, graph: Graph, registry: Registry, signatures: Mapping[str, Signature | None]
    ) -> None:
        self._root, self._graph, self._registry, self._signatures = root, graph, registry, signatures
        self._inferred: Inference | None = None

    def forget(self) -> None:
        """The graph has changed: what flows along its wires is to be worked out again."""
        self._inferred = None

    def port(self, ref: PortRef, *, is_output: bool) -> Port | None:
        """The port, those that every node has included; None if the node or port is not known."""
        signature = self._signatures.get(ref.node)
        if signature is None:
            return None
        return _port(signature, ref.port, is_output=is_output)

    def fit(self, source: PortRef, target: PortRef) -> Fit:
        """Whether a wire may be drawn from an output to an input, and why not."""
        have, want = self.port(source, is_output=True), self.port(target, is_output=False)
        if have is None or want is None:
            missing = source if have is None else target
            return Fit("refused", f"{missing} is not known, since the type of `{missing.node}` is missing")
        fit = self._ports_fit(have, want)
        if fit.is_allowed and not have.control:
            fit = self._goes_with_others(source, target, want) or fit
        if not fit.is_allowed or not _waits(want):
            return fit
        return self._cycle(source.node, target.node) or fit

    def all(self, ref: PortRef, *, is_output: bool) -> dict[PortRef, Fit]:
        """How a wire from or to this port fits every port of the other side, of all nodes.

        Args:
            ref: Where the wire hangs.
            is_output: Whether that is an output.
        """
        own = self.port(ref, is_output=is_output)
        if own is None:
            return {}
        by_signature: dict[int, list[tuple[str, bool, Fit]]] = {}
        circling = self._reached(ref.node, forwards=not is_output)
        fits: dict[PortRef, Fit] = {}
        for node, signature in self._signatures.items():
            if signature is None:
                continue
            known = by_signature.get(id(signature))
            if known is None:
                known = by_signature[id(signature)] = list(self._of_signature(own, signature, is_output=is_output))
            for name, waits, fit in known:
                if waits and node in circling and fit.is_allowed:
                    fit = _circle(ref.node, node) if is_output else _circle(node, ref.node)  # noqa: PLW2901
                fits[PortRef(node, name)] = fit
        if not own.control and self._inference().is_decided:
            self._try_all(ref, fits, is_output=is_output)
        return fits

    def _try_all(self, ref: PortRef, fits: dict[PortRef, Fit], *, is_output: bool) -> None:
        """Try the wires whose types alone would let them be; those to ports with a wire, only when they are drawn."""
        inference = self._inference()
        taken = {(wire.target.node, wire.target.port) for wire in self._graph.wires}
        allowed = [other for other, fit in fits.items() if fit.is_allowed]
        for other in allowed[:MOST_TRIALS]:
            source, target = (ref, other) if is_output else (other, ref)
            if (target.node, target.port) not in taken:
                fits[other] = inference.fit(source, target) or fits[other]

    def _goes_with_others(self, source: PortRef, target: PortRef, want: Port) -> Fit | None:
        """How a wire goes with all others but the one whose place it takes; None where that is not known."""
        inference = self._inference()
        if not want.variadic and any(
            (wire.target.node, wire.target.port) == (target.node, target.port) for wire in self._graph.wires
        ):
            inference = self._infer(without=target)
        return inference.fit(source, target)

    def _inference(self) -> Inference:
        if self._inferred is None:
            self._inferred = self._infer()
        return self._inferred

    def _infer(self, without: PortRef | None = None) -> Inference:
        return Resolver(self._root, self._registry).inference(self._graph, self._signatures, without)

    def known(self, ref: PortRef, *, is_output: bool) -> Hint | None:
        """What is known of the type of a data port from all that is wired; None where it is no data port."""
        port = self.port(ref, is_output=is_output)
        if port is None or port.control:
            return None
        inference = self._inference()
        return inference.output(ref) if is_output else inference.input(ref)

    def candidates(self, ref: PortRef, *, is_output: bool) -> list[tuple[NodeType, str, Fit]]:
        """Node types that take what this output gives, or give what this input takes: type, its best port, how it fits.

        Those that fit as they are come first, then those that fit by conversion, then those that are checked while
        running; each in the order of the registry.
        """
        own = self.port(ref, is_output=is_output)
        if own is None:
            return []
        if not own.control:
            inference = self._inference()
            own = replace(own, hint=inference.output(ref) if is_output else inference.input(ref))
        found: list[tuple[NodeType, str, Fit]] = []
        for node_type in self._registry.node_types():
            if node_type.deprecated:
                continue
            fits = [
                (name, fit)
                for name, _, fit in self._of_signature(own, node_type.signature, is_output=is_output)
                if fit.is_allowed and (own.control or name not in (DONE.name, ERROR.name, TRIGGER.name))
            ]
            if fits:
                name, fit = min(fits, key=lambda each: _ORDER[each[1].verdict])
                found.append((node_type, name, fit))
        return sorted(found, key=lambda each: _ORDER[each[2].verdict])

    def between(self, wire: Wire, node: str, signature: Signature) -> tuple[str, str] | None:
        """The first input of a node that takes what a wire brings, and the first output that its target takes."""
        source, target = self.port(wire.source, is_output=True), self.port(wire.target, is_output=False)
        if source is None or target is None:
            return None
        into = [port for port in signature.inputs if not port.control and self._ports_fit(source, port).is_allowed]
        out = [port for port in signature.outputs if not port.control and self._ports_fit(port, target).is_allowed]
        into.sort(key=lambda port: not port.is_required)
        return (into[0].name, out[0].name) if into and out else None

    def _of_signature(self, own: Port, signature: Signature, *, is_output: bool) -> Iterator[tuple[str, bool, Fit]]:
        """For each port of the other side: name, whether its node waits for it, how it fits."""
        for port in _ports(signature, is_output=not is_output):
            source, target = (own, port) if is_output else (port, own)
            yield port.name, _waits(target), self._ports_fit(source, target)

    def _ports_fit(self, source: Port, target: Port) -> Fit:
        if source.control != target.control:
            if source.control:
                return Fit("refused", f"`{target.name}` takes data; `{source.name}` gives a signal")
            return Fit("refused", f"`{target.name}` takes a signal; `{source.name}` gives data")
        if source.control:
            return Fit("direct")
        return compatible(source.hint, target.hint, self._registry.converters)

    def _cycle(self, source: str, target: str) -> Fit | None:
        """The refusal of a wire that would close a cycle, if it would."""
        return _circle(source, target) if source in self._reached(target, forwards=True) else None

    def _reached(self, start: str, *, forwards: bool) -> set[str]:
        """The nodes that wait for this one, or that it waits for, itself included."""
        after: dict[str, list[str]] = {}
        waiting_ports: dict[int, frozenset[str]] = {}  # By signature, of which there are few.
        for wire in (*self._graph.wires, *self._graph.controls):
            signature = self._signatures.get(wire.target.node)
            if wire.muted or signature is None:
                continue
            waiting = waiting_ports.get(id(signature))
            if waiting is None:
                names = (port.name for port in _ports(signature, is_output=False) if _waits(port))
                waiting = waiting_ports[id(signature)] = frozenset(names)
            if wire.target.port in waiting:
                begin, end = (wire.source, wire.target) if forwards else (wire.target, wire.source)
                after.setdefault(begin.node, []).append(end.node)
        reached, ahead = {start}, [start]
        while ahead:
            for node in after.get(ahead.pop(), ()):
                if node not in reached:
                    reached.add(node)
                    ahead.append(node)
        return reached


def _ports(signature: Signature, *, is_output: bool) -> tuple[Port, ...]:
    declared = signature.outputs if is_output else signature.inputs
    names = {port.name for port in declared}
    implicit = (DONE, ERROR) if is_output else (TRIGGER,)
    return (*declared, *(port for port in implicit if port.name not in names))


def _port(signature: Signature, name: str, *, is_output: bool) -> Port | None:
    return next((port for port in _ports(signature, is_output=is_output) if port.name == name), None)


def _waits(target: Port) -> bool:
    """Whether a node cannot begin before what a wire into this port brings."""
    return target.control or target.is_required


def _circle(source: str, target: str) -> Fit:
    if source == target:
        return Fit("refused", f"`{source}` would wait for itself")
    return Fit("refused", f"`{target}` and `{source}` would wait for each other")
