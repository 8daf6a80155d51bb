"""From ids to numbers: the nodes of a network and the data wires that bring something, converters put in.

Idea: whatever is known of a wire's ends is found here, once; what comes after works with numbers and lists. A wire
whose types fit through converters becomes a chain of nodes, one for all wires that need the same chain from the same
output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import Struct, structs

from ...authoring.nodetype import DONE, ERROR, NodeType
from ...graph.run_settings import PLAIN_RUN
from ...graph.wire import PortRef
from ...ports.convert import Converter, Converters
from ...ports.fit import compatible
from ...ports.port import Port, Signature
from ...ports.unify import has_type_variables
from ...registry.boundary import INPUT, OUTPUT
from ...registry.inference import Inference
from .network import HIDDEN, FlatNode, Network

_IMPLICIT = {DONE.name: DONE, ERROR.name: ERROR, HIDDEN[DONE.name]: DONE, HIDDEN[ERROR.name]: ERROR}
"""Outputs that every node has."""


class FlatWire(Struct, frozen=True, gc=False):
    """A data wire between two nodes of a `Wiring`, by their numbers.

    Attributes:
        source: The node that it comes from.
        place: Its output, counted from 0; what every node has comes after what is declared.
        target: The node that it goes to.
        port: The input.
        index: For a variadic input: which of its places.
        verify: Whether each value is checked against the port's type when it arrives.
    """

    source: int
    place: int
    target: int
    port: Port
    index: int | None = None
    verify: bool = False


_Outputs = dict[str, tuple[int, Port]]
_Inputs = dict[str, Port]


class Wiring:
    """The nodes of a network by number, and how they are wired.

    Args:
        network: Nodes and wires.
        converters: Those that may be put in.
        left_out: Why nodes in error are not run, by id.

    Attributes:
        nodes: Those of the network in its order, then what is put in.
        numbers: Of the network's nodes, by id.
        wires: The data wires.
        controls: Between control ports.
        gates: Control outputs that open or close a whole node, with its id.
        left_out: As given.
        has_lazy: Whether a wire ends at a lazy input.
        extras: By node: the outputs that every node has, if they are wired; names and places.
    """

    def __init__(self, network: Network, converters: Converters, left_out: Mapping[str, str]) -> None:
        self.nodes = list(network.nodes.values())
        self.numbers = dict(zip(network.nodes, range(len(self.nodes)), strict=True))
        self.wires: list[FlatWire] = []
        # What is left out needs nothing; a circle that it lies on ends here.
        self.controls = [wire for wire in network.controls if wire[1].node not in left_out]
        self.gates = [gate for gate in network.gates if gate[1] not in left_out]
        self.left_out = left_out
        self.has_lazy = False
        self.extras: dict[int, dict[str, int]] = {}
        self._converters = converters
        self._converting: dict[int, None] = {}
        self._made: dict[tuple[int, int, str], int] = {}
        self._sides: dict[int, tuple[_Outputs, _Inputs]] = {}
        if left_out:
            self._give_outputs(network)
        self._take(network)
        if self._converting:
            self._report_converters()
        for source, _ in (*self.controls, *self.gates):
            self.place(self.numbers[source.node], source.port)

    def place(self, number: int, name: str) -> int:
        """The place of an output among those of its node; one that every node has gets its place when first asked for.

        Raises:
            KeyError: The node has no such output.
        """
        declared = self._sides_of(self.nodes[number])[0]
        if name in declared:
            return declared[name][0]
        if name not in _IMPLICIT:
            raise KeyError(name)
        extras = self.extras.setdefault(number, {})
        return extras.setdefault(name, len(self.nodes[number].signature.outputs) + len(extras))

    def source_of(self, wire: FlatWire) -> PortRef:
        """Where a wire comes from, by name."""
        node = self.nodes[wire.source]
        names = [port.name for port in node.signature.outputs] + list(self.extras.get(wire.source, ()))
        return PortRef(node.id, names[wire.place])

    def target_of(self, wire: FlatWire) -> PortRef:
        """Where a wire goes to, by name."""
        return PortRef(self.nodes[wire.target].id, wire.port.name, wire.index)

    def _sides_of(self, node: FlatNode) -> tuple[_Outputs, _Inputs]:
        """The ports of a node by name; found once for all nodes that have the same."""
        key = id(node.signature)
        if key not in self._sides:
            inputs = {port.name: port for port in reversed(node.signature.inputs)}
            if node.type == INPUT:  # What a wire ends at there is a parameter, which the graph around sets.
                default = node.signature.parameter("default")
                inputs = {} if default is None else {default.name: default}
            outputs = {port.name: (place, port) for place, port in reversed([*enumerate(node.signature.outputs)])}
            self._sides[key] = (outputs, inputs)
        return self._sides[key]

    def _give_outputs(self, network: Network) -> None:
        """Give what is left out outputs that it is not known to have, so that those behind it learn: nothing comes."""
        for source, target in network.wires:
            number = self.numbers[source.node]
            if source.node not in self.left_out or target.node in self.left_out or source.port in _IMPLICIT:
                continue
            node = self.nodes[number]
            if node.signature.output(source.port) is None:
                outputs = (*node.signature.outputs, Port(name=source.port, hint=Any))
                self.nodes[number] = structs.replace(node, signature=replace(node.signature, outputs=outputs))

    def _take(self, network: Network) -> None:
        """Take the wires that bring something, with converters put in where they need them."""
        numbers, left_out, converters, append = self.numbers, self.left_out, self._converters, self.wires.append
        sides = [self._sides_of(node) for node in self.nodes]
        open_, inference = self._open(), None
        for from_, to in network.wires:
            target = numbers[to.node]
            port = sides[target][1].get(to.port)
            if port is None or (left_out and to.node in left_out):
                continue  # A ghost port, or nobody who waits.
            source = numbers[from_.node]
            output = sides[source][0].get(from_.port)
            if output is None:
                if from_.port not in _IMPLICIT:
                    continue
                output = self.place(source, from_.port), _IMPLICIT[from_.port]
            place, have = output
            if port.field.lazy:
                self.has_lazy = True
            verify = False
            if have.hint is not port.hint or source in open_:
                fit = None
                if source in open_:  # What it gives is what it is given.
                    if inference is None:
                        inference = Inference(network.nodes, _signatures(network), network.wires, converters)
                    fit = inference.fit(from_, to)
                if fit is None:
                    fit = compatible(have.hint, port.hint, converters)
                verify = fit.verdict == "checked"
                for converter in fit.converters:
                    source, place = self._convert(converter, source, place), 0
            append(FlatWire(source, place, target, port, to.index, verify))

    def _open(self) -> set[int]:
        """Nodes whose outputs have types that depend on what is wired to them."""
        known: dict[int, bool] = {}
        found: set[int] = set()
        for number, node in enumerate(self.nodes):
            key = id(node.signature)
            if key not in known:
                known[key] = any(has_type_variables(port.hint) for port in node.signature.outputs)
            if known[key] or (node.type in (INPUT, OUTPUT) and node.signature.outputs[0].hint is Any):
                found.add(number)
        return found

    def _convert(self, converter: Converter, source: int, place: int) -> int:
        """The number of the node that converts what an output gives, put in if there is none yet."""
        key = (source, place, converter.name)
        if key in self._made:
            return self._made[key]
        signature = Signature(
            (Port(name="value", hint=converter.source),), (Port(name="result", hint=converter.target),)
        )
        vessel, _, own = converter.name.partition(".")
        node_type = NodeType(vessel, own, converter.fn, signature)
        number = self._made[key] = len(self.nodes)
        wire = FlatWire(source, place, number, signature.inputs[0])
        node_id = f"{self.source_of(wire)}>{converter.name}"
        self.nodes.append(FlatNode(node_id, converter.name, node_type, signature, {}, PLAIN_RUN, role="converter"))
        self.wires.append(wire)
        self._converting[number] = None
        return number

    def _report_converters(self) -> None:
        """A converter inside of a sub-graph fails as part of it: `error` of the use tells."""
        telling = {
            node.id.removesuffix(">error"): number
            for number, node in enumerate(self.nodes)
            if node.role == "group" and node.id.endswith(">error")
        }
        if not telling:
            return
        inside: dict[str, dict[int, None]] = {use: {} for use in telling}
        for wire in reversed(self.wires):  # Chains come in order, so their ends are seen first.
            if wire.source in self._converting:
                for use in _around(self.nodes[wire.source].id):
                    if use not in telling:
                        continue
                    is_last = wire.target not in self._converting
                    if wire.target in inside[use] or (is_last and self.nodes[wire.target].id.startswith(f"{use}/")):
                        inside[use][wire.source] = None
        have = dict.fromkeys(telling.values(), 0)
        for wire in self.wires:
            if wire.target in have:
                have[wire.target] += 1
        for use, group in telling.items():
            port = self.nodes[group].signature.inputs[0]
            for number in inside[use]:
                place = self.place(number, ERROR.name)
                self.wires.append(FlatWire(number, place, group, port, have[group]))
                have[group] += 1


def _signatures(network: Network) -> dict[str, Signature | None]:
    return {node_id: node.signature for node_id, node in network.nodes.items()}


def _around(node_id: str) -> list[str]:
    """The uses of sub-graphs that a node lies in, innermost first."""
    path = node_id.partition(".")[0]
    found: list[str] = []
    while "/" in path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found
