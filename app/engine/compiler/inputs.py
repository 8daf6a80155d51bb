"""Where each input of a node comes from: wires, or a constant that a run may replace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ...authoring.control import Signal
from ...graph.wire import PortRef
from ...ports.port import MISSING, Port
from ...ports.port import PLAIN as PLAIN_FIELD
from ...ports.value import from_json
from ...registry.boundary import INPUT, named
from .network import FlatNode, Network
from .paths import resolve
from .plan import ControlPlan, InputPlan, Setting
from .slots import Slots
from .wiring import FlatWire, Wiring

_PLAIN = (bool, int, float, str)
"""Types of which any value may stand at a port that says no more."""

_IS_ACTIVE = Port(name="default", hint=bool, default=True)
"""What a `graph.input` of type `Signal` is given from outside."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where files lie.

    Attributes:
        graph: Folder of the graph file, for relative paths.
        out: Folder below which paths to write must lie; None where any will do.
        origin: The graph's file, or its name.
    """

    graph: Path | None = None
    out: Path | None = None
    origin: str = ""


class Inputs:
    """Makes the inputs of a plan's nodes.

    Args:
        network: Says which inputs have muted wires, and by what names users know them.
        wiring: The nodes and wires.
        awaited: The wires that are waited for.
        slots: Takes the constants, and is told who reads what.
        folders: Where files lie.
        is_inside: Whether the plan is a sub-graph's, whose inputs are given by the node that runs it.

    Attributes:
        into: By number of a node: the wires that it waits for; those of a variadic input in order.
        settings: What a run may set, by name.
        closed: By number of a node: why it cannot run, as what it needs is muted.
    """

    def __init__(
        self,
        network: Network,
        wiring: Wiring,
        awaited: Sequence[FlatWire],
        slots: Slots,
        folders: Folders,
        *,
        is_inside: bool,
    ) -> None:
        self._muted, self._outer = network.muted, network.outer
        self._wiring, self._slots, self._folders, self._is_inside = wiring, slots, folders, is_inside
        self.settings: dict[str, Setting] = {}
        self.closed: dict[int, str] = {}
        self.into: list[list[FlatWire]] = [[] for _ in wiring.nodes]
        for wire in awaited:
            self.into[wire.target].append(wire)

    def of(self, index: int, number: int, controls: Sequence[ControlPlan]) -> tuple[InputPlan, ...]:
        """The inputs of a node.

        Args:
            index: Its place in the order.
            number: Its number.
            controls: Its wired control inputs.
        """
        node, into = self._wiring.nodes[number], self.into[number]
        ports = node.signature.inputs if node.type != INPUT else self._defaults_of(node, number, controls)
        if len(ports) == 1 and into and not ports[0].control:
            return (self._wired(index, node, ports[0], into),)
        wires: dict[str, list[FlatWire]] = {}
        for wire in into:
            wires.setdefault(wire.port.name, []).append(wire)
        return tuple(
            [
                _control(port, controls)
                if port.control
                else self._wired(index, node, port, wires[port.name])
                if port.name in wires
                else self._constant(index, number, port)
                for port in ports
            ]
        )

    def _wired(self, index: int, node: FlatNode, port: Port, wires: list[FlatWire]) -> InputPlan:
        first, consumers = self._slots.first, self._slots.consumers
        if len(wires) == 1:
            wire = wires[0]
            slot, verify = first[wire.source] + wire.place, wire.verify
            slots: tuple[int, ...] = (slot,)
            consumers[slot].append(index)
        else:
            wires.sort(key=lambda wire: wire.index or 0)
            slots = tuple([first[wire.source] + wire.place for wire in wires])
            verify = is_verified(wires)
            for slot in slots:
                consumers[slot].append(index)
        default = MISSING if port.variadic else self._value(node, port)
        verify = verify and (node.call is None or port.name not in node.call.over)
        out = self._folders.out if port.field.save else None
        return InputPlan(port, slots, True, default, verify, out, port.field.lazy)  # noqa: FBT003 - one a wire

    def _constant(self, index: int, number: int, port: Port) -> InputPlan:
        node, slots = self._wiring.nodes[number], self._slots
        out = self._folders.out if port.field.save else None
        if port.variadic:
            return InputPlan(port, (), wired=False, out=out)
        if node.id in self._wiring.left_out:
            return InputPlan(port, (slots.add(None),), wired=False, out=out)
        value = self._value(node, port)
        if value is MISSING and (node.id, port.name) in self._muted:
            self.closed[number] = f"the wire to `{port.name}` is muted"
            return InputPlan(port, (slots.add(None),), wired=False, out=out)
        slot = slots.add(None if value is MISSING and node.run.disabled else value)
        is_of_graph = node.type == INPUT and "/" not in node.id
        own = f"{node.id}.{port.name}"
        if is_of_graph:
            own = named(node.id, node.params)
        elif self._outer:
            own = self._outer.get(PortRef(node.id, port.name), own)
        plain = port.hint if port.hint in _PLAIN and port.field is PLAIN_FIELD else None
        self.settings[own] = Setting(own, slot, port.called(own), out, plain)
        is_given = is_of_graph and self._is_inside
        if is_given:
            slots.consumers[slot].append(index)
        return InputPlan(port, (slot,), wired=False, out=out, is_given=is_given)

    def _value(self, node: FlatNode, port: Port) -> Any:
        """What an input holds without a wire: its parameter, else its default; MISSING if there is neither."""
        if port.name in node.params:
            value, folder = from_json(node.params[port.name], port), self._folders.graph
        else:
            value, folder = port.default, None
        if not isinstance(value, Path):
            return value
        return resolve(value, port, folder, self._folders.out, f"{node.id}.{port.name}")

    def _defaults_of(self, node: FlatNode, number: int, controls: Sequence[ControlPlan]) -> tuple[Port, ...]:
        """The port of a `graph.input`; what ends at a path to write is one itself, and a signal is given as a bool."""
        port = node.signature.parameter("default")
        if port is None:
            is_wired = any(not control.is_gate for control in controls)
            return (Port(name="value", hint=Signal, control=is_wired) if is_wired else _IS_ACTIVE,)
        return (replace(port, field=replace(port.field, save=True)) if self._is_written_to(number) else port,)

    def _is_written_to(self, number: int) -> bool:
        for wire in self._wires_from.get(number, ()):
            if wire.port.field.save:
                return True
            if self._wiring.nodes[wire.target].type == INPUT and self._is_written_to(wire.target):
                return True
        return False

    @cached_property
    def _wires_from(self) -> Mapping[int, list[FlatWire]]:
        wires: dict[int, list[FlatWire]] = {}
        for wire in self._wiring.wires:
            wires.setdefault(wire.source, []).append(wire)
        return wires


def is_verified(wires: Iterable[FlatWire]) -> bool:
    """Whether what comes into an input is checked against its type."""
    return any(wire.verify for wire in wires)


def _control(port: Port, controls: Sequence[ControlPlan]) -> InputPlan:
    numbers = {control.port: number for number, control in enumerate(controls) if control.is_declared}
    return InputPlan(port, (), wired=False, control=numbers.get(port.name, -1))
