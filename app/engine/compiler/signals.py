"""Control inputs: how the signals that arrive there decide whether a node fires."""

from __future__ import annotations

from collections.abc import Iterable

from ...graph.wire import PortRef
from ...registry.boundary import INPUT, OUTPUT
from .network import SETTLED_PORT, FlatNode
from .order import Order
from .plan import ControlPlan
from .wiring import Wiring


class Signals:
    """The wired control inputs of each node, and where the signals go.

    Attributes:
        plans: By number of the node: its wired control inputs, those that its function takes first.
        targets: By control output: places in the order, and numbers of control inputs there, one entry a wire.
    """

    def __init__(self, wiring: Wiring, order: Order) -> None:
        self._index = order.index
        self.plans: dict[int, tuple[ControlPlan, ...]] = {}
        self.targets: dict[PortRef, list[tuple[int, int]]] = {}
        into: dict[str, dict[str, list[PortRef]]] = {}
        for source, target in wiring.controls:
            into.setdefault(target.node, {}).setdefault(target.port, []).append(source)
        gates: dict[str, list[PortRef]] = {}
        for source, node_id in wiring.gates:
            gates.setdefault(node_id, []).append(source)
        for node_id in {**into, **gates}:
            number = wiring.numbers[node_id]
            made: list[ControlPlan] = []
            for port, sources in into.get(node_id, {}).items():
                self._lead(sources, number, len(made))
                made.append(_control_plan(wiring.nodes[number], port, len(sources)))
            for source in gates.get(node_id, ()):
                self._lead([source], number, len(made))
                made.append(ControlPlan(source.node.partition(">")[0], "AND", 1, is_gate=True))
            self.plans[number] = tuple(made)

    def _lead(self, sources: Iterable[PortRef], number: int, control: int) -> None:
        for source in sources:
            self.targets.setdefault(source, []).append((self._index[number], control))


def _control_plan(node: FlatNode, name: str, wires: int) -> ControlPlan:
    if name == SETTLED_PORT and node.role == "group":
        return ControlPlan(name, "SETTLED", wires)
    own = "value" if node.type in (INPUT, OUTPUT) else name
    port = node.signature.input(name)
    mode = node.run.activation.get(own, "AND" if port is None else port.field.mode)
    is_declared = port is not None or node.type == INPUT
    is_early = mode == "AND" and node.run.activation.get("*") == "DECIDED"
    return ControlPlan(own, mode, wires, is_declared=is_declared, is_early=is_early)
