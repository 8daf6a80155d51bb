"""The plan of each node, and its short way.

Idea: nodes of one type that are run alike have most of their plan in common. That is made once for each *kind* and
copied; only what is a node's own is put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, NamedTuple

from msgspec import structs

from ...authoring.nodetype import DONE, ERROR, Placement
from ...graph.run_settings import Instead
from ...graph.wire import PortRef
from ...ports.fit import compatible
from ...ports.port import Port
from ...ports.value import from_json
from ...registry.boundary import INPUT
from .inputs import Inputs, is_verified
from .lazy import Asked
from .network import HIDDEN, Call, FlatNode
from .order import Order
from .plan import Absence, CallPlan, ControlPlan, InputPlan, LazyPlan, NodePlan, OutputPlan, Role, Step
from .signals import Signals
from .slots import Slots
from .wiring import Wiring


class Kind(NamedTuple):
    """What nodes of one type have in common that are run alike.

    Attributes:
        plan: The plan of one of them without what is its own.
        is_quick: Whether all this lets it take the short way.
        is_plain: Whether nothing but its wires may keep it from running, and it has one output and is no call.
    """

    plan: NodePlan
    is_quick: bool
    is_plain: bool


class Nodes:
    """Makes the plans of nodes.

    Args:
        wiring: The nodes and wires.
        order: Their order.
        slots: Where values lie; all who read them are known.
        inputs: What the nodes read.
        signals: Where signals go.
        asked: What waits for lazy inputs.
        path: What goes before each id.
    """

    def __init__(
        self, wiring: Wiring, order: Order, slots: Slots, inputs: Inputs, signals: Signals, asked: Asked, path: str
    ) -> None:
        self._wiring, self._order, self._slots, self._inputs = wiring, order, slots, inputs
        self._signals, self._asked, self._path = signals, asked, path
        self._kinds: dict[tuple[str, Role, int, int], Kind] = {}

    def plan(self, number: int, inputs: tuple[InputPlan, ...]) -> tuple[NodePlan, bool]:
        """The plan of a node, and whether how it is run lets it take the short way."""
        node, slots = self._wiring.nodes[number], self._slots
        kind = self._kind(node)
        controls = self._signals.plans.get(number, ())
        first, consumers, targets = slots.first[number], slots.consumers, self._signals.targets
        if kind.is_plain and not targets:
            returned: tuple[OutputPlan, ...] = (OutputPlan(kind.plan.returned[0].port, first, tuple(consumers[first])),)
        else:
            returned = tuple([self._output(number, port, port.name) for port in node.signature.outputs])
        if len(inputs) == 1:
            sources = inputs[0].slots if inputs[0].wired or inputs[0].is_given else ()
        else:
            sources = tuple([slot for s in inputs if s.wired or s.is_given for slot in s.slots])
        plan = structs.replace(
            kind.plan, id=self._path + node.id, inputs=inputs, returned=returned, sources=sources, controls=controls
        )
        if not kind.is_plain or self._wiring.left_out or self._inputs.closed:
            plan.skip = self._skip(number, node, controls)
        if number in self._wiring.extras:
            plan.done, plan.error = self._extra(number, DONE), self._extra(number, ERROR)
        if number in self._order.gates:
            plan.lazy = self._lazy_inputs(number)
        if number in self._asked.by:
            plan.asked_by = self._asked.by[number]
        if node.call is not None:
            plan.call = self._call(number, node, node.call)
        if node.node_type is not None and node.node_type.donates:
            plan.donates = _donates(node, inputs)
        return _bypassed(plan) if node.run.bypass else plan, kind.is_quick

    def _kind(self, node: FlatNode) -> Kind:
        key = (node.type, node.role, id(node.run), id(node.signature))
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _find_kind(node)
        return kind

    def _lazy_inputs(self, number: int) -> tuple[LazyPlan, ...]:
        index = self._order.index
        return tuple(
            LazyPlan(place, index[gate], tuple(index[other] for other in self._asked.before[gate]))
            for place, gate in self._order.gates[number]
        )

    def _call(self, number: int, node: FlatNode, call: Call) -> CallPlan:
        """What a node runs instead of a function, its settings read."""
        verified = {wire.port.name for wire in self._inputs.into[number] if is_verified([wire])}
        outputs = tuple(port.name for port in node.signature.outputs if port.name != ERROR.name or call.kind != "catch")
        return CallPlan(
            kind=call.kind,
            name=call.name,
            body=call.body,
            outputs=outputs,
            over=call.over,
            state=call.state,
            verified=tuple(p for p in node.signature.inputs if p.name in call.over and p.name in verified),
            test=call.test,
            limit=int(node.params.get("limit", 1000)),
            leaves_out=node.params.get("on_item_error") == "leave_out",
        )

    def _output(self, number: int, port: Port, name: str) -> OutputPlan:
        slot = self._slots.first[number] + self._wiring.place(number, name)
        targets = self._signals.targets
        signals = targets.get(PortRef(self._wiring.nodes[number].id, name), ()) if targets else ()
        return OutputPlan(port, slot, tuple(self._slots.consumers[slot]), tuple(signals))

    def _extra(self, number: int, port: Port) -> OutputPlan | None:
        """The implicit output, if it is wired; hidden where the node type declares another of that name."""
        declared = self._wiring.nodes[number].signature.output(port.name)
        name = port.name if declared is None else HIDDEN[port.name]
        return self._output(number, port, name) if name in self._wiring.extras[number] else None

    def _skip(self, number: int, node: FlatNode, controls: Sequence[ControlPlan]) -> Absence | None:
        left_out, closed = self._wiring.left_out, self._inputs.closed
        if node.id in left_out:
            return Absence(f"it has an error: {left_out[node.id]}", failed=True)
        if node.run.disabled:
            return Absence("it is disabled")
        for port in node.signature.inputs:
            if (
                port.control
                and not any(control.port == port.name and control.is_declared for control in controls)
                and node.type != INPUT
                and node.call is None
            ):
                return Absence(f"nothing is wired to its control input `{port.name}`")
        return Absence(closed[number]) if number in closed else None


def _find_kind(node: FlatNode) -> Kind:
    node_type, run = node.node_type, node.run
    placement, on_error = _placement(node), _on_error(node)
    spread = None if node_type is None else node_type.spread
    context = None if node_type is None else node_type.context
    outputs = node.signature.outputs
    plan = NodePlan(
        id="",
        inputs=(),
        returned=tuple(OutputPlan(port, -1, ()) for port in outputs),
        type=node.type,
        function=_missing if node_type is None else node_type.function,
        spread=spread,
        context=context,
        activation=run.activation.get("*", "AND"),
        role=node.role,
        retry=run.retry,
        on_error=on_error,
        placement=placement,
        timeout_s=run.timeout,
        is_sequential=run.mode == "sequential",
        is_bypassed=run.bypass,
        is_frozen=run.frozen,
        pure=node_type is None or node_type.pure,
        version="" if node_type is None else node_type.version,
        effects=frozenset() if node_type is None else node_type.effects,
        source=node_type,
    )
    is_quick = (
        (node_type is None or node_type.kind == "function")
        and spread is None
        and context is None
        and len(outputs) == 1
        and not outputs[0].control
        and run.retry is None
        and on_error == "skip"
        and placement == "inline"
        and not run.frozen
        and not run.bypass
    )
    is_plain = not run.disabled and len(outputs) == 1 and not any(port.control for port in node.signature.inputs)
    return Kind(plan, is_quick, is_plain)


def _on_error(node: FlatNode) -> str | Mapping[str, Any]:
    if not isinstance(node.run.on_error, Instead):
        return node.run.on_error
    ports = {port.name: port for port in node.signature.outputs}
    return {name: from_json(value, ports[name]) for name, value in node.run.on_error.default.items() if name in ports}


def _placement(node: FlatNode) -> Placement:
    """Where a node runs; what has a timeout does not run on a thread that others need."""
    if node.role != "node" or node.run.bypass or node.call is not None or node.node_type is None:
        return "inline"
    placement = node.run.placement or node.node_type.placement
    return "thread" if placement == "inline" and node.run.timeout is not None else placement


def _missing(*_: Any) -> Any:
    raise AssertionError("a node of unknown type is always left out")


def _donates(node: FlatNode, inputs: Iterable[InputPlan]) -> tuple[int, ...]:
    """Slots whose arrays a node may overwrite: not if another attempt may need them, or another process has them."""
    wanted = node.node_type.donates if node.node_type is not None else ()
    if not wanted or node.run.retry is not None or node.run.bypass or _placement(node) == "process":
        return ()
    return tuple(s.slots[0] for s in inputs if s.port.name in wanted and s.wired and not s.port.variadic)


def short_way(node: NodePlan, references: Sequence[int], early: set[int]) -> Step | None:
    """A node's short way, if nothing about it but how it is run needs the full one.

    Args:
        node: The node; how it is run lets it take the short way.
        references: By slot: how many inputs and holds there are.
        early: Slots that may be given back before they are filled.
    """
    output = node.returned[0]
    if (
        not references[output.slot]
        or output.slot in early
        or node.done is not None
        or node.error is not None
        or node.controls
        or node.lazy
        or node.asked_by
        or node.call is not None
        or node.skip is not None
        or node.donates
    ):
        return None
    inputs = node.inputs
    for source in inputs:
        if source.verify or source.port.keyword or source.out is not None:
            return None
    arguments = inputs[0].slots if len(inputs) == 1 else tuple([slot for source in inputs for slot in source.slots])
    fetch = None if len(arguments) == 1 else itemgetter(*arguments) if arguments else itemgetter(slice(0, 0))
    return (node.function, fetch, arguments[0] if arguments else -1, node.sources, output.slot, output.consumers)


def _bypassed(plan: NodePlan) -> NodePlan:
    """The node with its work taken out: each output takes the first unused input that fits it directly."""
    # Items go last, so that the values before them keep their places however many items there are.
    sources = sorted(plan.inputs, key=lambda source: source.port.variadic)
    unused = [index for index, source in enumerate(sources) if source.wired and not source.port.variadic]
    picks: list[int | None] = []
    for output in plan.returned:
        fits = (i for i in unused if compatible(sources[i].port.hint, output.port.hint).verdict == "direct")
        pick = next(fits, None)
        picks.append(pick)
        if pick is not None:
            unused.remove(pick)
    nothing = Absence(f"`{plan.id}` is bypassed, and no input fits this output")

    def pass_through(*values: Any) -> tuple[Any, ...]:
        return tuple(nothing if pick is None else values[pick] for pick in picks)

    inputs = tuple(structs.replace(source, port=replace(source.port, keyword=False)) for source in sources)
    return structs.replace(
        plan, function=pass_through, spread=lambda values: values, context=None, inputs=inputs, call=None
    )
