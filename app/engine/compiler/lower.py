"""From a flat network to the plan: slots, routes, reference counts, order.

Every output port gets a slot, and so does every constant. A wire whose types fit through converters becomes a chain of
nodes, one for all wires that need the same chain from the same output. A data wire into an optional input on a circle
is feedback: it brings nothing in this epoch, so nobody waits for it. A wire into a lazy input gets a *gate*, a node
that waits to be asked for (`lazy`). Signals do not lie in slots: a control input is decided as they arrive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import structs

from ...authoring.control import NOT_ASKED, Signal
from ...authoring.nodetype import DONE, ERROR, TRIGGER, Effect, NodeType, Placement
from ...errors import GraphError
from ...graph.circles import groups
from ...graph.run_settings import PLAIN_RUN, Instead
from ...graph.wire import PortRef
from ...ports.convert import Converter
from ...ports.fit import compatible
from ...ports.port import MISSING, Port, Signature
from ...ports.port import PLAIN as PLAIN_FIELD
from ...ports.value import from_json
from ...registry.boundary import INPUT, OUTPUT, named
from ...registry.lookup import Registry
from .flatten import ERRORS_PORT, HIDDEN, SETTLED_PORT, Call, FlatNode, Network
from .lazy import Asked, insert_gates, only_lazy
from .order import topological
from .paths import resolve
from .plan import (
    FULL,
    QUICK,
    Absence,
    CallPlan,
    ControlPlan,
    InputPlan,
    LazyPlan,
    NodePlan,
    OutputPlan,
    Plan,
    Role,
    Setting,
    Step,
)

Ends = tuple[PortRef, PortRef]

_UNWIRED: Mapping[str, list[Ends]] = {}

_PLAIN = (bool, int, float, str)
"""Types of which any value may stand at a port that says no more."""


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


class _Manner(NamedTuple):
    """What nodes of one type have in common that are run alike.

    Attributes:
        plan: The plan of one of them without what is its own.
        is_quick: Whether all this lets it take the short way.
    """

    plan: NodePlan
    is_quick: bool


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
    return _Lowering(network, registry, folders or Folders(), left_out or {}, path).plan(name, targets)


class _Lowering:
    def __init__(
        self, network: Network, registry: Registry, folders: Folders, left_out: Mapping[str, str], path: str
    ) -> None:
        self._registry, self._left_out, self._folders = registry, left_out, folders
        self._path = f"{path}/" if path else ""
        self._network, self._nodes = network, dict(network.nodes)
        self._muted, self._outer = network.muted, network.outer
        # What is left out needs nothing; a circle that it lies on ends here.
        self._controls = [wire for wire in network.controls if wire[1].node not in left_out]
        self._gates = [gate for gate in network.gates if gate[1] not in left_out]
        self._wires: list[Ends] = []
        self._verified: set[PortRef] = set()
        self._has_lazy = False
        self._take_wires()
        self._report_converters()
        self._feedback: set[Ends] = set()
        self._asked: dict[str, list[tuple[str, str]]] = {}
        order = self._sort()
        self._order = [node for node, _ in order]
        self._levels = Counter(level for _, level in order)
        self._index = {node.id: index for index, node in enumerate(self._order)}
        # By slot: its constant, what fills it, who reads it.
        self._values: list[Any] = []
        self._producers: list[tuple[int, str] | None] = []
        self._consumers: list[list[int]] = []
        # By node and port: wires that are waited for, and the slots of outputs.
        self._into: dict[str, dict[str, list[Ends]]] = {}
        self._slots: dict[str, dict[str, int]] = {}
        self._settings: dict[str, Setting] = {}
        self._closed: dict[str, str] = {}
        self._signals: dict[PortRef, list[tuple[int, int]]] = {}
        self._manners: dict[tuple[str, Role, int, int], _Manner] = {}

    def plan(self, name: str, targets: Sequence[PortRef] | None) -> Plan:
        self._give_slots()
        controls = self._control_plans()
        for wire in self._awaited():
            target = wire[1]
            self._into.setdefault(target.node, {}).setdefault(target.port, []).append(wire)
        inputs = [self._inputs(index, node, controls.get(node.id, ())) for index, node in enumerate(self._order)]
        outputs = self._outputs(targets)
        lazy = self._lazy_plans(outputs)
        made = [
            self._node_plan(node, into, controls.get(node.id, ()), lazy)
            for node, into in zip(self._order, inputs, strict=True)
        ]
        nodes = tuple([node for node, _ in made])
        references = [len(consumers) for consumers in self._consumers]
        for slot in set(outputs.values()):
            references[slot] += 1
        is_ordered = any(node.is_sequential for node in nodes)
        # What is not asked for gives back what it read before that is there, for which the short way does not look.
        early = {slot for node in nodes if node.asked_by for slot in node.sources}
        steps = tuple(
            [_step(node, references, early) if is_quick and not is_ordered else None for node, is_quick in made]
        )
        pending = tuple(
            [
                sum([len(source.slots) for source in node.inputs if source.wired])
                - len(node.lazy)
                + len(node.controls)
                + bool(node.asked_by)
                for node in nodes
            ]
        )
        return Plan(
            name=name,
            nodes=nodes,
            steps=steps,
            start=tuple(index for index, left in enumerate(pending) if not left),
            pending=pending,
            stages=bytes([FULL if step is None else QUICK for step in steps]),
            values=tuple(self._values),
            references=tuple(references),
            settings=self._settings,
            outputs=outputs,
            producers=tuple(self._producers),
            levels=len(self._levels),
            width=max(self._levels.values(), default=0),
            effects=self._effects(),
            notes=tuple(self._network.notes),
            feedback=tuple(
                (str(source), str(target)) for source, target in self._wires if (source, target) in self._feedback
            ),
            changeable=tuple(slot for slot, value in enumerate(self._values) if isinstance(value, list | dict | set)),
            sources=tuple(i for i, node in enumerate(nodes) if node.kind == "generator" and node.skip is None),
            stateful=tuple(i for i, node in enumerate(nodes) if node.kind in ("class", "generator")),
            is_ordered=is_ordered,
            has_calls=any(node.call is not None for node in nodes),
            is_plain=all(steps),
            path=self._path.rstrip("/"),
            origin=self._folders.origin,
        )

    # -- wires ------------------------------------------------------------------------------------------------------

    def _output_port(self, ref: PortRef) -> Port | None:
        return _output_of(self._nodes[ref.node].signature, ref.port)

    def _input_port(self, ref: PortRef) -> Port | None:
        node = self._nodes[ref.node]
        if node.type == INPUT:
            return node.signature.parameter(ref.port)
        return node.signature.input(ref.port)

    def _take_wires(self) -> None:
        """Take the wires that bring something, with converters put in where they need them."""
        made: dict[tuple[PortRef, str], PortRef] = {}
        for source, target in self._network.wires:
            if target.node in self._left_out:
                continue
            if source.node in self._left_out:
                self._nodes[source.node] = _with_output(self._nodes[source.node], source.port)
            have, want = self._output_port(source), self._input_port(target)
            if have is None or want is None:
                continue  # A ghost port.
            self._has_lazy |= want.field.lazy
            fit = compatible(have.hint, want.hint, self._registry.converters)
            if fit.verdict == "checked":
                self._verified.add(target)
            end = source
            for converter in fit.converters:
                key = (end, converter.name)
                if key not in made:
                    made[key] = self._insert(converter, end)
                end = made[key]
            self._wires.append((end, target))

    def _insert(self, converter: Converter, end: PortRef) -> PortRef:
        """Put in a converter behind an output; gives its own."""
        node_id = f"{end}>{converter.name}"
        signature = Signature(
            (Port(name="value", hint=converter.source),), (Port(name="result", hint=converter.target),)
        )
        vessel, _, own = converter.name.partition(".")
        node_type = NodeType(vessel, own, converter.fn, signature)
        self._nodes[node_id] = FlatNode(node_id, converter.name, node_type, signature, {}, PLAIN_RUN, role="converter")
        self._wires.append((end, PortRef(node_id, "value")))
        return PortRef(node_id, "result")

    def _report_converters(self) -> None:
        """A converter inside of a sub-graph fails as part of it: `error` of the use tells."""
        for group in [node for node in self._nodes.values() if node.role == "group" and node.id.endswith(">error")]:
            use = group.id.removesuffix(">error") + "/"
            inside: dict[str, None] = {}
            for source, target in reversed(self._wires):  # Chains come in order, so their ends are seen first.
                if self._nodes[source.node].role == "converter" and source.node.startswith(use):
                    is_last = self._nodes[target.node].role != "converter"
                    if target.node in inside or (is_last and target.node.startswith(use)):
                        inside[source.node] = None
            have = sum(target.node == group.id for _, target in self._wires)
            self._wires += [
                (PortRef(node_id, ERROR.name), PortRef(group.id, ERRORS_PORT, have + number))
                for number, node_id in enumerate(inside)
            ]

    def _sort(self) -> list[tuple[FlatNode, int]]:
        """Order the nodes, each with its level; only where there are circles does it take more than one attempt."""
        order = topological(self._following())
        if len(order) < len(self._nodes):
            self._feedback = self._find_feedback()
        if self._has_lazy:
            self._asked = insert_gates(self._nodes, self._wires, self._is_lazy)
        if self._feedback or self._asked:
            order = topological(self._following())
        nodes = list(self._nodes.values())
        if len(order) < len(nodes):
            done = {number for number, _ in order}
            circle = ", ".join(f"`{node.id}`" for number, node in enumerate(nodes) if number not in done)
            raise GraphError(f"wires make a circle that nothing can begin, among {circle}; take one of them out")
        return [(nodes[number], level) for number, level in order]

    def _following(self) -> list[list[int]]:
        """For each node, by number, those that wait for it."""
        number = {node_id: number for number, node_id in enumerate(self._nodes)}
        after: list[list[int]] = [[] for _ in number]
        for source, target in self._awaited():
            after[number[source.node]].append(number[target.node])
        for source, target in self._controls:
            after[number[source.node]].append(number[target.node])
        for source, node_id in self._gates:
            after[number[source.node]].append(number[node_id])
        return after

    def _awaited(self) -> list[Ends]:
        """The data wires that nodes wait for."""
        return [wire for wire in self._wires if wire not in self._feedback] if self._feedback else self._wires

    def _find_feedback(self) -> set[Ends]:
        names = list(self._nodes)
        found = groups(dict(enumerate(self._following())))
        group = {names[number]: place for place, members in enumerate(found) for number in members}
        return {
            (source, target)
            for source, target in self._wires
            if group[source.node] == group[target.node] and self._is_optional(target)
        }

    def _is_lazy(self, wire: Ends) -> bool:
        """Whether a wire ends at an input that its node has to ask for."""
        port = self._input_port(wire[1])
        is_asked = port is not None and port.field.lazy and not self._nodes[wire[1].node].run.bypass
        return is_asked and wire not in self._feedback

    def _is_optional(self, target: PortRef) -> bool:
        """Whether an input can do without its wire; that of a sub-graph's boundary can, if it has a default inside."""
        node, port = self._nodes[target.node], self._input_port(target)
        if node.role == "group":  # It tells what became of all inside.
            return False
        return port is not None and (not port.is_required or (node.type == INPUT and port.name in node.params))

    # -- slots ------------------------------------------------------------------------------------------------------

    def _slot(self, value: Any, producer: tuple[int, str] | None) -> int:
        self._values.append(value)
        self._producers.append(producer)
        self._consumers.append([])
        return len(self._values) - 1

    def _give_slots(self) -> None:
        extras: dict[str, list[str]] = {}  # By node: outputs that are wired and that every node has.
        for wires in (self._wires, self._controls, self._gates):
            for source, _ in wires:
                if source.port in _IMPLICIT:
                    extras.setdefault(source.node, []).append(source.port)
        for index, node in enumerate(self._order):
            empty = NOT_ASKED if node.role == "gate" else None
            names = [port.name for port in node.signature.outputs]
            if node.id in extras:
                names = list(dict.fromkeys((*names, *sorted(extras[node.id]))))
            self._slots[node.id] = {name: self._slot(empty, (index, name)) for name in names}
        self._has_extras = frozenset(extras)

    def _inputs(self, index: int, node: FlatNode, controls: tuple[ControlPlan, ...]) -> tuple[InputPlan, ...]:
        ports = node.signature.inputs if node.type != INPUT else self._defaults_of(node)
        into = self._into.get(node.id, _UNWIRED)
        return tuple(
            [
                self._control(port, controls)
                if port.control
                else self._wired(index, node, port, into[port.name])
                if port.name in into
                else self._constant(index, node, port)
                for port in ports
            ]
        )

    def _control(self, port: Port, controls: tuple[ControlPlan, ...]) -> InputPlan:
        numbers = {control.port: number for number, control in enumerate(controls) if control.is_declared}
        return InputPlan(port, (), wired=False, control=numbers.get(port.name, -1))

    def _wired(self, index: int, node: FlatNode, port: Port, wires: list[Ends]) -> InputPlan:
        if len(wires) > 1:
            wires.sort(key=lambda wire: wire[1].index or 0)
        slots = tuple([self._slots[source.node][source.port] for source, _ in wires])
        for slot in slots:
            self._consumers[slot].append(index)
        default = MISSING if port.variadic else self._value(node, port)
        verify = self._is_verified(wires) and (node.call is None or port.name not in node.call.over)
        out = self._folders.out if port.field.save else None
        return InputPlan(port, slots, wired=True, default=default, verify=verify, out=out, lazy=port.field.lazy)

    def _is_verified(self, wires: Iterable[Ends]) -> bool:
        return bool(self._verified) and any(target in self._verified for _, target in wires)

    def _constant(self, index: int, node: FlatNode, port: Port) -> InputPlan:
        out = self._folders.out if port.field.save else None
        if port.variadic:
            return InputPlan(port, (), wired=False, out=out)
        if node.id in self._left_out:
            return InputPlan(port, (self._slot(None, None),), wired=False, out=out)
        value = self._value(node, port)
        if value is MISSING and (node.id, port.name) in self._muted:
            self._closed[node.id] = f"the wire to `{port.name}` is muted"
            return InputPlan(port, (self._slot(None, None),), wired=False, out=out)
        slot = self._slot(None if value is MISSING and node.run.disabled else value, None)
        is_of_graph = node.type == INPUT and "/" not in node.id
        own = f"{node.id}.{port.name}"
        if is_of_graph:
            own = named(node.id, node.params)
        elif self._outer:
            own = self._outer.get(PortRef(node.id, port.name), own)
        plain = port.hint if port.hint in _PLAIN and port.field is PLAIN_FIELD else None
        self._settings[own] = Setting(own, slot, port.called(own), out, plain)
        is_given = is_of_graph and bool(self._path)
        if is_given:
            self._consumers[slot].append(index)
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

    def _defaults_of(self, node: FlatNode) -> tuple[Port, ...]:
        """The port of a `graph.input`; what ends at a path to write is one itself, and a signal is given as a bool."""
        port = node.signature.parameter("default")
        if port is None:
            is_wired = any(target.node == node.id for _, target in self._controls)
            return (Port(name="value", hint=Signal, control=is_wired) if is_wired else _IS_ACTIVE,)
        return (replace(port, field=replace(port.field, save=True)) if self._is_written_to(node.id) else port,)

    def _is_written_to(self, node_id: str) -> bool:
        for target in self._targets.get(node_id, ()):
            port = self._input_port(target)
            if port is not None and port.field.save:
                return True
            if self._nodes[target.node].type == INPUT and self._is_written_to(target.node):
                return True
        return False

    @cached_property
    def _targets(self) -> dict[str, list[PortRef]]:
        """For each node, where its data wires end."""
        targets: dict[str, list[PortRef]] = {}
        for source, target in self._wires:
            targets.setdefault(source.node, []).append(target)
        return targets

    def _control_plans(self) -> dict[str, tuple[ControlPlan, ...]]:
        """The wired control inputs of each node, those that its function takes first."""
        into: dict[str, dict[str, list[PortRef]]] = {}
        for source, target in self._controls:
            into.setdefault(target.node, {}).setdefault(target.port, []).append(source)
        gates: dict[str, list[PortRef]] = {}
        for source, node_id in self._gates:
            gates.setdefault(node_id, []).append(source)
        plans: dict[str, tuple[ControlPlan, ...]] = {}
        for node_id in {**into, **gates}:
            made: list[ControlPlan] = []
            for port, sources in into.get(node_id, {}).items():
                self._wire_signals(sources, node_id, len(made))
                made.append(self._control_plan(self._nodes[node_id], port, len(sources)))
            for source in gates.get(node_id, ()):
                self._wire_signals([source], node_id, len(made))
                made.append(ControlPlan(source.node.partition(">")[0], "AND", 1, is_gate=True))
            plans[node_id] = tuple(made)
        return plans

    def _wire_signals(self, sources: Iterable[PortRef], node_id: str, number: int) -> None:
        for source in sources:
            self._signals.setdefault(source, []).append((self._index[node_id], number))

    def _control_plan(self, node: FlatNode, name: str, wires: int) -> ControlPlan:
        if name == SETTLED_PORT and node.role == "group":
            return ControlPlan(name, "SETTLED", wires)
        own = "value" if node.type in (INPUT, OUTPUT) else name
        port = node.signature.input(name)
        mode = node.run.activation.get(own, "AND" if port is None else port.field.mode)
        is_declared = port is not None or node.type == INPUT
        is_early = mode == "AND" and node.run.activation.get("*") == "DECIDED"
        return ControlPlan(own, mode, wires, is_declared=is_declared, is_early=is_early)

    def _lazy_plans(self, outputs: Mapping[str, int]) -> Asked:
        """Which nodes wait until a lazy input is asked for."""
        if not self._asked:
            return Asked()
        held = {self._order[self._producers[slot][0]].id for slot in outputs.values()}  # type: ignore[index]
        wires = [*self._awaited(), *self._controls]
        wires += [(source, PortRef(node_id, TRIGGER.name)) for source, node_id in self._gates]
        needed = held | {wire[0].node for wire in self._feedback}
        return only_lazy(self._asked, [node.id for node in self._order], wires, needed, self._tells)

    def _tells(self, wire: Ends) -> bool:
        """Whether a wire only tells of what became of its node."""
        return self._nodes[wire[1].node].role == "group" and wire[1].port in (SETTLED_PORT, ERRORS_PORT)

    # -- nodes ------------------------------------------------------------------------------------------------------

    def _node_plan(
        self, node: FlatNode, inputs: tuple[InputPlan, ...], controls: tuple[ControlPlan, ...], lazy: Asked
    ) -> tuple[NodePlan, bool]:
        """The plan of a node, and whether how it is run lets it take the short way."""
        manner = self._manner(node)
        plan = copy(manner.plan)
        plan.id, plan.inputs, plan.controls = self._path + node.id, inputs, controls
        plan.returned = tuple([self._output(node.id, port, port.name) for port in node.signature.outputs])
        plan.sources = tuple([slot for s in inputs if s.wired or s.is_given for slot in s.slots])
        plan.skip = self._skip(node, controls)
        if node.id in self._has_extras:
            plan.done, plan.error = self._extra(node, DONE), self._extra(node, ERROR)
        if node.id in self._asked:
            plan.lazy = self._lazy_inputs(node.id, lazy)
        if node.id in lazy.by:
            plan.asked_by = lazy.by[node.id]
        if node.call is not None:
            plan.call = self._call(node, node.call)
        if node.node_type is not None and node.node_type.donates:
            plan.donates = _donates(node, inputs)
        return _bypassed(plan) if node.run.bypass else plan, manner.is_quick

    def _manner(self, node: FlatNode) -> _Manner:
        """What all nodes of its type have in common that are run as it is: found once, as most nodes are alike."""
        key = (node.type, node.role, id(node.run), id(node.signature))
        if key not in self._manners:
            self._manners[key] = self._find_manner(node)
        return self._manners[key]

    def _find_manner(self, node: FlatNode) -> _Manner:
        node_type, run = node.node_type, node.run
        placement, on_error = _placement(node), self._on_error(node)
        spread = None if node_type is None else node_type.spread
        context = None if node_type is None else node_type.context
        outputs = node.signature.outputs
        plan = NodePlan(
            id="",
            inputs=(),
            returned=(),
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
        return _Manner(plan, is_quick)

    def _lazy_inputs(self, node_id: str, lazy: Asked) -> tuple[LazyPlan, ...]:
        return tuple(
            LazyPlan(place, self._index[gate], tuple(self._index[other] for other in lazy.before[gate]))
            for place, gate in self._asked[node_id]
        )

    def _call(self, node: FlatNode, call: Call) -> CallPlan:
        """What a node runs instead of a function, its settings read."""
        into = self._into.get(node.id, _UNWIRED)
        outputs = tuple(port.name for port in node.signature.outputs if port.name != ERROR.name or call.kind != "catch")
        return CallPlan(
            kind=call.kind,
            name=call.name,
            body=call.body,
            outputs=outputs,
            over=call.over,
            state=call.state,
            verified=tuple(
                port
                for port in node.signature.inputs
                if port.name in call.over and self._is_verified(into.get(port.name, ()))
            ),
            test=call.test,
            limit=int(node.params.get("limit", 1000)),
            leaves_out=node.params.get("on_item_error") == "leave_out",
        )

    def _output(self, node_id: str, port: Port, name: str) -> OutputPlan:
        slot = self._slots[node_id][name]
        signals = self._signals.get(PortRef(node_id, name), ()) if self._signals else ()
        return OutputPlan(port, slot, tuple(self._consumers[slot]), tuple(signals))

    def _extra(self, node: FlatNode, port: Port) -> OutputPlan | None:
        """The implicit output, if it is wired; hidden where the node type declares another of that name."""
        name = port.name if node.signature.output(port.name) is None else HIDDEN[port.name]
        return self._output(node.id, port, name) if name in self._slots[node.id] else None

    def _skip(self, node: FlatNode, controls: tuple[ControlPlan, ...]) -> Absence | None:
        if node.id in self._left_out:
            return Absence(f"it has an error: {self._left_out[node.id]}", failed=True)
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
        return Absence(self._closed[node.id]) if node.id in self._closed else None

    def _on_error(self, node: FlatNode) -> str | Mapping[str, Any]:
        if not isinstance(node.run.on_error, Instead):
            return node.run.on_error
        ports = {port.name: port for port in node.signature.outputs}
        return {
            name: from_json(value, ports[name]) for name, value in node.run.on_error.default.items() if name in ports
        }

    # -- the whole ----------------------------------------------------------------------------------------------------

    def _outputs(self, targets: Sequence[PortRef] | None) -> dict[str, int]:
        if targets is not None:
            return {self._target_name(ref): self._slots[ref.node][ref.port] for ref in targets}
        declared = {
            named(node.id, node.params): self._slots[node.id]["value"]
            for node in self._nodes.values()
            if node.type == OUTPUT and "/" not in node.id
        }
        return declared or {self._outer.get(ref, str(ref)): slot for ref, slot in self._unread()}

    def _unread(self) -> Iterator[tuple[PortRef, int]]:
        """Data outputs of the graph's nodes that no wire reads, in order, with their slots."""
        fed_back = {source for source, _ in self._feedback}
        for node_id, node in self._network.nodes.items():
            for port in node.signature.outputs:
                slot = self._slots[node_id][port.name]
                if not self._consumers[slot] and not port.control:
                    ref = PortRef(node_id, port.name)
                    if ref not in fed_back:
                        yield ref, slot

    def _target_name(self, ref: PortRef) -> str:
        node = self._nodes[ref.node]
        if ref in self._outer:
            return self._outer[ref]
        return named(node.id, node.params) if node.type == OUTPUT else str(ref)

    def _effects(self) -> dict[Effect, tuple[str, ...]]:
        effects: dict[Effect, list[str]] = {}
        for node in self._nodes.values():
            if node.node_type is not None and not node.run.disabled and not node.run.bypass:
                for effect in sorted(node.node_type.effects):
                    effects.setdefault(effect, []).append(node.id)
        return {effect: tuple(ids) for effect, ids in effects.items()}


def _output_of(signature: Signature, name: str) -> Port | None:
    return signature.output(name) or _IMPLICIT.get(name)


_IMPLICIT = {DONE.name: DONE, ERROR.name: ERROR, HIDDEN[DONE.name]: DONE, HIDDEN[ERROR.name]: ERROR}
"""Outputs that every node has."""


def _with_output(node: FlatNode, name: str) -> FlatNode:
    """The node with an output that its type is not known to have, so that those behind it learn that nothing comes."""
    if _output_of(node.signature, name) is not None:
        return node
    outputs = (*node.signature.outputs, Port(name=name, hint=Any))
    return replace(node, signature=replace(node.signature, outputs=outputs))


_IS_ACTIVE = Port(name="default", hint=bool, default=True)
"""What a `graph.input` of type `Signal` is given from outside."""


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


def _step(node: NodePlan, references: Sequence[int], early: set[int]) -> Step | None:
    """The node's short way, if nothing about it but how it is run needs the full one."""
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
    for source in node.inputs:
        if source.verify or source.port.keyword or source.out is not None:
            return None
    arguments = [slot for source in node.inputs for slot in source.slots]
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
