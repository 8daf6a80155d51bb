"""From a flat network to the plan: slots, routes, reference counts, order.

Every output port gets a slot, and so does every constant. A wire whose types fit through converters becomes a chain of
nodes, one for all wires that need the same chain from the same output. A data wire into an optional input on a circle
is feedback: it brings nothing in this epoch, so nobody waits for it. A wire into a lazy input gets a *gate*, a node
that waits to be asked for (`lazy`). Signals do not lie in slots: a control input is decided as they arrive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any

from ...authoring.control import NOT_ASKED, Signal
from ...authoring.nodetype import DONE, ERROR, TRIGGER, Effect, NodeType, Placement
from ...errors import GraphError
from ...graph.circles import groups
from ...graph.run_settings import Instead, RunSettings
from ...graph.wire import PortRef
from ...ports.fit import compatible
from ...ports.port import MISSING, Port, Signature
from ...ports.port import PLAIN as PLAIN_FIELD
from ...ports.value import from_json
from ...registry.boundary import INPUT, OUTPUT, named
from ...registry.lookup import Registry
from .flatten import ERRORS_PORT, HIDDEN, SETTLED_PORT, FlatNode, Network
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
    Setting,
    Step,
)

Ends = tuple[PortRef, PortRef]

_PLAIN = (bool, int, float, str)
"""Types of which any value may stand at a port that says no more."""


@dataclass(slots=True)
class Source:
    """What is known of one input while slots are given out.

    Attributes:
        is_given: Whether a node that runs the graph gives the value, which is then freed once it is read.
    """

    port: Port
    slots: list[int] = field(default_factory=list)
    wired: bool = False
    is_given: bool = False
    default: Any = MISSING
    verify: bool = False
    out: Path | None = None


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
        self._nodes = dict(network.nodes)
        # What is left out needs nothing; a circle that it lies on ends here.
        self._controls = [wire for wire in network.controls if wire[1].node not in left_out]
        self._gates = [gate for gate in network.gates if gate[1] not in left_out]
        wires = [wire for wire in network.wires if wire[1].node not in left_out]
        for source, _ in wires:
            if source.node in left_out:
                self._nodes[source.node] = _with_output(self._nodes[source.node], source.port)
        self._wires = [wire for wire in wires if self._ports_exist(wire)]
        self._muted, self._outer, self._network_notes = network.muted, network.outer, network.notes
        self._unconsumed = self._find_unconsumed(network)
        self._verified: set[PortRef] = set()
        self._insert_converters()
        self._report_converters()
        self._feedback = self._find_feedback()
        self._asked = insert_gates(self._nodes, self._wires, self._is_lazy)
        self._order = self._sort()
        self._index = {node_id: index for index, (node_id, _) in enumerate(self._order)}
        self._values: list[Any] = []
        self._producers: list[tuple[int, str] | None] = []
        self._settings: dict[str, Setting] = {}
        self._closed: dict[str, str] = {}
        self._into: dict[tuple[str, str], list[Ends]] = {}
        for wire in self._wires:
            if wire not in self._feedback:
                self._into.setdefault((wire[1].node, wire[1].port), []).append(wire)
        self._slots: dict[PortRef, int] = {}
        self._consumers: dict[int, list[int]] = {}
        self._signals: dict[PortRef, list[tuple[int, int]]] = {}

    def plan(self, name: str, targets: Sequence[PortRef] | None) -> Plan:
        self._give_slots()
        sources = {node_id: self._sources(self._nodes[node_id]) for node_id, _ in self._order}
        controls = self._control_plans()
        for node_id, index in self._index.items():
            for source in sources[node_id]:
                for slot in source.slots if source.wired or source.is_given else ():
                    self._consumers.setdefault(slot, []).append(index)
        outputs = self._outputs(targets)
        lazy = self._lazy_plans(outputs)
        nodes = tuple(
            self._node_plan(self._nodes[node_id], sources[node_id], controls.get(node_id, ()), lazy)
            for node_id, _ in self._order
        )
        references = [len(self._consumers.get(slot, ())) for slot in range(len(self._values))]
        for slot in set(outputs.values()):
            references[slot] += 1
        is_ordered = any(node.is_sequential for node in nodes)
        # What is not asked for gives back what it read before that is there, for which the short way does not look.
        early = {slot for node in nodes if node.asked_by for slot in node.sources}
        steps = tuple(None if is_ordered else _step(node, references, early) for node in nodes)
        wires = [sum(len(s.slots) for s in sources[node_id] if s.wired) for node_id, _ in self._order]
        pending = tuple(
            count - len(node.lazy) + len(node.controls) + bool(node.asked_by)
            for count, node in zip(wires, nodes, strict=True)
        )
        levels = Counter(level for _, level in self._order)
        return Plan(
            name=name,
            nodes=nodes,
            steps=steps,
            start=tuple(index for index, left in enumerate(pending) if not left),
            pending=pending,
            stages=bytes(FULL if step is None else QUICK for step in steps),
            values=tuple(self._values),
            references=tuple(references),
            settings=self._settings,
            outputs=outputs,
            producers=tuple(self._producers),
            levels=len(levels),
            width=max(levels.values(), default=0),
            effects=self._effects(),
            notes=tuple(self._network_notes),
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

    def _ports_exist(self, wire: Ends) -> bool:
        """Whether both ports are known; a wire to a ghost port brings nothing."""
        source, target = wire
        return self._output_port(source) is not None and self._input_port(target) is not None

    def _output_port(self, ref: PortRef) -> Port | None:
        node = self._nodes[ref.node]
        return _output_of(node.signature, ref.port)

    def _input_port(self, ref: PortRef) -> Port | None:
        node = self._nodes[ref.node]
        if node.type == INPUT:
            return node.signature.parameter(ref.port)
        return node.signature.input(ref.port)

    def _find_unconsumed(self, network: Network) -> list[PortRef]:
        """Declared data outputs that no wire reads, in order."""
        read = {source for source, _ in self._wires}
        outputs = (PortRef(node.id, p.name) for node in network.nodes.values() for p in _data(node.signature.outputs))
        return [ref for ref in outputs if ref not in read]

    def _insert_converters(self) -> None:
        wires: list[Ends] = []
        made: dict[tuple[PortRef, str], PortRef] = {}
        for source, target in self._wires:
            have, want = self._output_port(source), self._input_port(target)
            if have is None or want is None:
                continue  # Never so: `_ports_exist` has looked.
            fit = compatible(have.hint, want.hint, self._registry.converters)
            if fit.verdict == "checked":
                self._verified.add(target)
            end = source
            for converter in fit.converters:
                key = (end, converter.name)
                if key not in made:
                    node_id = f"{end}>{converter.name}"
                    signature = Signature(
                        (Port(name="value", hint=converter.source),), (Port(name="result", hint=converter.target),)
                    )
                    vessel, _, own = converter.name.partition(".")
                    node_type = NodeType(vessel, own, converter.fn, signature)
                    self._nodes[node_id] = FlatNode(
                        node_id, converter.name, node_type, signature, {}, RunSettings(), role="converter"
                    )
                    wires.append((end, PortRef(node_id, "value")))
                    made[key] = PortRef(node_id, "result")
                end = made[key]
            wires.append((end, target))
        self._wires = wires

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

    def _find_feedback(self) -> set[Ends]:
        found = groups(self._following(set()))
        group = {node_id: number for number, members in enumerate(found) for node_id in members}
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

    def _following(self, without: set[Ends]) -> dict[str, list[str]]:
        after: dict[str, list[str]] = {node_id: [] for node_id in self._nodes}
        for wire in (*self._wires, *self._controls):
            if wire not in without:
                after[wire[0].node].append(wire[1].node)
        for source, node_id in self._gates:
            after[source.node].append(node_id)
        return after

    def _sort(self) -> list[tuple[str, int]]:
        order = topological(self._nodes, self._following(self._feedback))
        if len(order) < len(self._nodes):
            done = {node_id for node_id, _ in order}
            circle = ", ".join(f"`{node_id}`" for node_id in self._nodes if node_id not in done)
            raise GraphError(f"wires make a circle that nothing can begin, among {circle}; take one of them out")
        return order

    # -- slots ------------------------------------------------------------------------------------------------------

    def _slot(self, value: Any, producer: tuple[int, str] | None) -> int:
        self._values.append(value)
        self._producers.append(producer)
        return len(self._values) - 1

    def _give_slots(self) -> None:
        extras: dict[str, list[str]] = {}  # By node: outputs that are wired and that every node has.
        sources = (source for source, _ in (*self._wires, *self._controls, *self._gates))
        for source in {source for source in sources if source.port in _IMPLICIT}:
            extras.setdefault(source.node, []).append(source.port)
        for node_id, index in self._index.items():
            node = self._nodes[node_id]
            empty = NOT_ASKED if node.role == "gate" else None
            names = [port.name for port in node.signature.outputs]
            if node_id in extras:
                names = list(dict.fromkeys((*names, *sorted(extras[node_id]))))
            for name in names:
                self._slots[PortRef(node_id, name)] = self._slot(empty, (index, name))
        self._has_extras = frozenset(extras)

    def _sources(self, node: FlatNode) -> list[Source]:
        ports = node.signature.inputs if node.type != INPUT else self._defaults_of(node)
        return [
            Source(port) if port.control else self._source(node, port, self._into.get((node.id, port.name), []))
            for port in ports
        ]

    def _source(self, node: FlatNode, port: Port, wires: list[Ends]) -> Source:
        out = self._folders.out if port.field.save else None
        if wires:
            if len(wires) > 1:
                wires.sort(key=lambda wire: wire[1].index or 0)
            default = MISSING if port.variadic else self._value(node, port)
            verify = bool(self._verified) and any(target in self._verified for _, target in wires)
            slots = [self._slots[source] for source, _ in wires]
            return Source(port, slots, wired=True, default=default, verify=verify, out=out)
        if port.variadic:
            return Source(port)
        if node.id in self._left_out:
            return Source(port, [self._slot(None, None)])
        value = self._value(node, port)
        if value is MISSING and (node.id, port.name) in self._muted:
            self._closed[node.id] = f"the wire to `{port.name}` is muted"
            return Source(port, [self._slot(None, None)])
        slot = self._slot(None if value is MISSING and node.run.disabled else value, None)
        is_of_graph = node.type == INPUT and "/" not in node.id
        own = self._outer.get(PortRef(node.id, port.name), f"{node.id}.{port.name}")
        setting = named(node.id, node.params) if is_of_graph else own
        plain = port.hint if port.hint in _PLAIN and port.field is PLAIN_FIELD else None
        self._settings[setting] = Setting(setting, slot, replace(port, name=setting), out, plain)
        return Source(port, [slot], is_given=is_of_graph and bool(self._path))

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
        plans: dict[str, tuple[ControlPlan, ...]] = {}
        for node_id in {**into, **dict.fromkeys(node_id for _, node_id in self._gates)}:
            made: list[ControlPlan] = []
            for port, sources in into.get(node_id, {}).items():
                self._wire_signals(sources, node_id, len(made))
                made.append(self._control_plan(self._nodes[node_id], port, len(sources)))
            for source in (source for source, gated in self._gates if gated == node_id):
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
        held = {self._order[self._producers[slot][0]][0] for slot in outputs.values()}  # type: ignore[index]
        wires = [wire for wire in self._wires if wire not in self._feedback]
        wires += self._controls
        wires += [(source, PortRef(node_id, TRIGGER.name)) for source, node_id in self._gates]
        needed = held | {wire[0].node for wire in self._feedback}
        return only_lazy(self._asked, [node_id for node_id, _ in self._order], wires, needed, self._tells)

    def _tells(self, wire: Ends) -> bool:
        """Whether a wire only tells of what became of its node."""
        return self._nodes[wire[1].node].role == "group" and wire[1].port in (SETTLED_PORT, ERRORS_PORT)

    # -- nodes ------------------------------------------------------------------------------------------------------

    def _node_plan(
        self, node: FlatNode, sources: list[Source], controls: tuple[ControlPlan, ...], lazy: Asked
    ) -> NodePlan:
        node_type, run = node.node_type, node.run
        returned = tuple([self._output(node.id, port) for port in node.signature.outputs])
        read = [slot for source in sources if source.wired or source.is_given for slot in source.slots]
        numbers = {control.port: number for number, control in enumerate(controls) if control.is_declared}
        inputs = tuple(
            [
                InputPlan(
                    s.port,
                    tuple(s.slots),
                    s.wired,
                    s.default,
                    s.verify and (node.call is None or s.port.name not in node.call.over),
                    s.out,
                    s.wired and s.port.field.lazy,
                    numbers.get(s.port.name, -1) if s.port.control else -1,
                )
                for s in sources
            ]
        )
        plan = NodePlan(
            id=self._path + node.id,
            type=node.type,
            function=_missing if node_type is None else node_type.function,
            spread=None if node_type is None else node_type.spread,
            context=None if node_type is None else node_type.context,
            inputs=inputs,
            returned=returned,
            done=self._extra(node, DONE),
            error=self._extra(node, ERROR),
            controls=controls,
            activation=run.activation.get("*", "AND"),
            sources=tuple(read),
            skip=self._skip(node),
            role=node.role,
            retry=run.retry,
            on_error=self._on_error(node),
            placement=_placement(node),
            timeout_s=run.timeout,
            is_sequential=run.mode == "sequential",
            is_bypassed=run.bypass,
            is_frozen=run.frozen,
            lazy=self._lazy_inputs(node.id, lazy) if node.id in self._asked else (),
            asked_by=lazy.by.get(node.id, 0),
            call=self._call(node, sources),
            donates=_donates(node, inputs),
            pure=node_type is None or node_type.pure,
            version="" if node_type is None else node_type.version,
            effects=frozenset() if node_type is None else node_type.effects,
            source=node_type,
        )
        return _bypassed(plan) if run.bypass else plan

    def _lazy_inputs(self, node_id: str, lazy: Asked) -> tuple[LazyPlan, ...]:
        return tuple(
            LazyPlan(place, self._index[gate], tuple(self._index[other] for other in lazy.before[gate]))
            for place, gate in self._asked[node_id]
        )

    def _call(self, node: FlatNode, sources: Sequence[Source]) -> CallPlan | None:
        """What a node runs instead of a function, its settings read."""
        call = node.call
        if call is None:
            return None
        outputs = tuple(port.name for port in node.signature.outputs if port.name != ERROR.name or call.kind != "catch")
        return CallPlan(
            kind=call.kind,
            name=call.name,
            body=call.body,
            outputs=outputs,
            over=call.over,
            state=call.state,
            verified=tuple(source.port for source in sources if source.verify and source.port.name in call.over),
            test=call.test,
            limit=int(node.params.get("limit", 1000)),
            leaves_out=node.params.get("on_item_error") == "leave_out",
        )

    def _output(self, node_id: str, port: Port, name: str = "") -> OutputPlan:
        ref = PortRef(node_id, name or port.name)
        slot = self._slots[ref]
        return OutputPlan(port, slot, tuple(self._consumers.get(slot, ())), tuple(self._signals.get(ref, ())))

    def _extra(self, node: FlatNode, port: Port) -> OutputPlan | None:
        """The implicit output, if it is wired; hidden where the node type declares another of that name."""
        if node.id not in self._has_extras:
            return None
        name = port.name if node.signature.output(port.name) is None else HIDDEN[port.name]
        return self._output(node.id, port, name) if PortRef(node.id, name) in self._slots else None

    def _skip(self, node: FlatNode) -> Absence | None:
        if node.id in self._left_out:
            return Absence(f"it has an error: {self._left_out[node.id]}", failed=True)
        if node.run.disabled:
            return Absence("it is disabled")
        wired = {target.port for _, target in self._controls if target.node == node.id} if self._controls else ()
        for port in node.signature.inputs:
            if port.control and port.name not in wired and node.type != INPUT and node.call is None:
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
            return {self._target_name(ref): self._slots[PortRef(ref.node, ref.port)] for ref in targets}
        declared = {
            named(node.id, node.params): self._slots[PortRef(node.id, "value")]
            for node in self._nodes.values()
            if node.type == OUTPUT and "/" not in node.id
        }
        return declared or {self._outer.get(ref, str(ref)): self._slots[ref] for ref in self._unconsumed}

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


def _data(ports: Iterable[Port]) -> list[Port]:
    return [port for port in ports if not port.control]


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
    """The node's short way, if nothing about it needs the full one."""
    is_plain = (
        node.spread is None
        and node.context is None
        and len(node.returned) == 1
        and not node.returned[0].port.control
        and references[node.returned[0].slot] > 0
        and node.returned[0].slot not in early
        and node.done is None
        and node.error is None
        and not node.controls
        and not node.lazy
        and not node.asked_by
        and node.call is None
        and node.skip is None
        and node.retry is None
        and node.on_error == "skip"
        and node.placement == "inline"
        and not node.is_frozen
        and node.kind == "function"
        and not node.donates
        and not any(source.verify or source.port.keyword or source.out is not None for source in node.inputs)
    )
    if not is_plain:
        return None
    arguments = [slot for source in node.inputs for slot in source.slots]
    fetch = None if len(arguments) == 1 else itemgetter(*arguments) if arguments else itemgetter(slice(0, 0))
    output = node.returned[0]
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

    inputs = tuple(replace(source, port=replace(source.port, keyword=False)) for source in sources)
    return replace(plan, function=pass_through, spread=lambda values: values, context=None, inputs=inputs, call=None)
