"""From a flat network to the plan: what all the parts make together.

`wiring` numbers nodes and wires, `order` sorts them, `lazy` puts in what lazy inputs need, `slots` says where values
lie, `inputs` and `signals` what a node reads, `nodes` what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...authoring.nodetype import Effect
from ...graph.wire import PortRef
from ...registry.boundary import OUTPUT, named
from ...registry.lookup import Registry
from .inputs import Folders, Inputs
from .lazy import Asked, only_lazy
from .network import ERRORS_PORT, SETTLED_PORT, FlatNode, Network
from .nodes import Nodes, short_way
from .order import Order, arrange
from .plan import FULL, QUICK, NodePlan, Plan
from .signals import Signals
from .slots import Slots
from .wiring import Wiring


def lower(
    network: Network,
    registry: Registry,
    folders: Folders | None = None,
    *,
    name: str = "",
    path: str = "",
    targets: Sequence[PortRef] | None = None,
    left_out: Mapping[str, str] | None = None,
) -> Plan:
    """Make the plan of a network that `check` has found to be sound.

    Args:
        network: Nodes and wires.
        registry: Gives the converters.
        folders: Where files lie.
        name: Of the graph.
        path: For a sub-graph's plan: id of the node that runs it.
        targets: Outputs to give back; by default the `graph.output` nodes, else all outputs that no wire reads.
        left_out: Why nodes in error are not run, by id.
    Raises:
        GraphError: The wires make a circle that nothing can begin.
        NotAllowed: A path to write leads out of `out`.
    """
    folders = folders or Folders()
    wiring = Wiring(network, registry.converters, left_out or {})
    order = arrange(wiring)
    awaited = order.awaited(wiring.wires)
    slots = Slots(wiring, order.numbers)
    signals = Signals(wiring, order)
    maker = Inputs(network, wiring, awaited, slots, folders, is_inside=bool(path))
    controls = signals.plans
    inputs = [maker.of(index, number, controls.get(number, ())) for index, number in enumerate(order.numbers)]
    outputs = _outputs(network, wiring, order, slots, targets)
    asked = _asked(wiring, order, slots, outputs)
    making = Nodes(wiring, order, slots, maker, signals, asked, f"{path}/" if path else "")
    made = [making.plan(number, into) for number, into in zip(order.numbers, inputs, strict=True)]
    nodes = tuple([node for node, _ in made])
    references = [len(consumers) for consumers in slots.consumers]
    for slot in set(outputs.values()):
        references[slot] += 1
    is_ordered = any(node.is_sequential for node in nodes)
    # What is not asked for gives back what it read before that is there, for which the short way does not look.
    early = {slot for node in nodes if node.asked_by for slot in node.sources}
    steps = tuple(
        [short_way(node, references, early) if is_quick and not is_ordered else None for node, is_quick in made]
    )
    pending = tuple([_waits(node) for node in nodes])
    special = _special(nodes)
    return Plan(
        name=name,
        nodes=nodes,
        steps=steps,
        start=tuple([index for index, left in enumerate(pending) if not left]),
        pending=pending,
        stages=bytes([FULL if step is None else QUICK for step in steps]),
        values=tuple(slots.values),
        references=tuple(references),
        settings=maker.settings,
        outputs=outputs,
        producers=tuple(slots.producers),
        levels=len(order.levels),
        width=max(order.levels, default=0),
        effects=_effects(wiring.nodes),
        notes=tuple(network.notes),
        feedback=tuple(
            (str(wiring.source_of(wire)), str(wiring.target_of(wire)))
            for place, wire in enumerate(wiring.wires)
            if place in order.feedback
        )
        if order.feedback
        else (),
        changeable=tuple([slot for slot, value in enumerate(slots.values) if isinstance(value, list | dict | set)]),
        sources=tuple(i for i in special if nodes[i].kind == "generator" and nodes[i].skip is None),
        stateful=special,
        is_ordered=is_ordered,
        has_calls=any(node.call is not None for node in nodes),
        is_plain=all(steps),
        path=path,
        origin=folders.origin,
    )


def _waits(node: NodePlan) -> int:
    """For how many wires a node waits."""
    count = 0
    for source in node.inputs:
        if source.wired:
            count += len(source.slots)
    return count - len(node.lazy) + len(node.controls) + bool(node.asked_by)


def _special(nodes: Sequence[NodePlan]) -> tuple[int, ...]:
    """Nodes that see epochs one after another."""
    return tuple([index for index, node in enumerate(nodes) if node.kind in ("class", "generator")])


def _outputs(
    network: Network, wiring: Wiring, order: Order, slots: Slots, targets: Sequence[PortRef] | None
) -> dict[str, int]:
    """The slots of the results, by name."""
    if targets is not None:
        return {_target_name(network, ref): slots.at(ref) for ref in targets}
    declared = {
        named(node.id, node.params): slots.at(PortRef(node.id, "value"))
        for node in network.nodes.values()
        if node.type == OUTPUT and "/" not in node.id
    }
    if declared:
        return declared
    fed_back = {slots.behind(wiring.wires[place]) for place in order.feedback}
    return {network.outer.get(ref, str(ref)): slot for ref, slot in _unread(network, slots, fed_back)}


def _unread(network: Network, slots: Slots, fed_back: set[int]) -> Iterator[tuple[PortRef, int]]:
    """Data outputs of the graph's nodes that no wire reads, in order, with their slots."""
    consumers = slots.consumers
    for slot, node in zip(slots.first, network.nodes.values(), strict=False):
        for place, port in enumerate(node.signature.outputs):
            if not consumers[slot + place] and not port.control and slot + place not in fed_back:
                yield PortRef(node.id, port.name), slot + place


def _target_name(network: Network, ref: PortRef) -> str:
    node = network.nodes[ref.node]
    if ref in network.outer:
        return network.outer[ref]
    return named(node.id, node.params) if node.type == OUTPUT else str(ref)


def _asked(wiring: Wiring, order: Order, slots: Slots, outputs: Mapping[str, int]) -> Asked:
    """Which nodes wait until a lazy input is asked for."""
    if not order.gates:
        return Asked()
    numbers = wiring.numbers
    producers = [slots.producers[slot] for slot in outputs.values()]
    needed = {order.numbers[producer[0]] for producer in producers if producer is not None}
    needed |= {wiring.wires[place].source for place in order.feedback}
    ends = [(wire.source, wire.target, wire.port.name) for wire in order.awaited(wiring.wires)]
    ends += [(numbers[source.node], numbers[target.node], target.port) for source, target in wiring.controls]
    wires = [
        (source, target, wiring.nodes[target].role == "group" and port in (SETTLED_PORT, ERRORS_PORT))
        for source, target, port in ends
    ]
    wires += [(numbers[source.node], numbers[node_id], False) for source, node_id in wiring.gates]
    return only_lazy(order.gates, order.numbers, wires, needed)


def _effects(nodes: Sequence[FlatNode]) -> dict[Effect, tuple[str, ...]]:
    """What the nodes do beside computing, with the ids of those that do."""
    effects: dict[Effect, list[str]] = {}
    for node in nodes:
        node_type = node.node_type
        if node_type is not None and node_type.effects and not node.run.disabled and not node.run.bypass:
            for effect in sorted(node_type.effects):
                effects.setdefault(effect, []).append(node.id)
    return {effect: tuple(ids) for effect, ids in effects.items()}
