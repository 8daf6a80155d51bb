"""From a flat network to the plan: slots, routes, reference counts, order.

Every output port gets a slot, and so does every constant. A wire whose types fit through converters becomes a chain of
nodes, one for all wires that need the same chain from the same output. A data wire into an optional input on a circle
is feedback: it brings nothing in this epoch, so nobody waits for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from ...authoring.nodetype import DONE, ERROR, Effect, NodeType
from ...errors import GraphError
from ...graph.circles import groups
from ...graph.run_settings import Instead, RunSettings
from ...graph.wire import PortRef
from ...ports.fit import compatible
from ...ports.port import MISSING, Port, Signature
from ...ports.value import from_json
from ...registry.boundary import INPUT, OUTPUT, named
from ...registry.lookup import Registry
from .flatten import FlatNode, Network
from .order import topological
from .paths import resolve
from .plan import FULL, QUICK, Absence, InputPlan, NodePlan, OutputPlan, Plan, Setting, Step

Ends = tuple[PortRef, PortRef]


@dataclass(slots=True)
class Source:
    """What is known of one input while slots are given out."""

    port: Port
    slots: list[int] = field(default_factory=list)
    wired: bool = False
    default: Any = MISSING
    verify: bool = False
    out: Path | None = None


def lower(
    network: Network,
    registry: Registry,
    *,
    name: str = "",
    targets: Sequence[PortRef] | None = None,
    left_out: Mapping[str, str] | None = None,
    folder: Path | None = None,
    out: Path | None = None,
) -> Plan:
    """Make the plan of a network that `check` has found to be sound.

    Args:
        network: Nodes and wires.
        registry: Gives the converters.
        name: Of the graph.
        targets: Outputs to give back; by default the `graph.output` nodes, else all outputs that no wire reads.
        left_out: Why nodes in error are not run, by id.
        folder: Folder of the graph file, for relative paths.
        out: Folder below which paths to write must lie.
    Raises:
        GraphError: The wires make a circle that nothing can begin.
        NotAllowed: A path to write leads out of `out`.
    """
    return _Lowering(network, registry, left_out or {}, folder, out).plan(name, targets)


class _Lowering:
    def __init__(
        self, network: Network, registry: Registry, left_out: Mapping[str, str], folder: Path | None, out: Path | None
    ) -> None:
        self._registry, self._left_out, self._folder, self._out = registry, left_out, folder, out
        self._nodes = dict(network.nodes)
        # What is left out needs nothing; a circle that it lies on ends here.
        self._controls = [wire for wire in network.controls if wire[1].node not in left_out]
        wires = [wire for wire in network.wires if wire[1].node not in left_out]
        for source, _ in wires:
            if source.node in left_out:
                self._nodes[source.node] = _with_output(self._nodes[source.node], source.port)
        self._wires = [wire for wire in wires if self._ports_exist(wire)]
        self._muted, self._outer, self._network_notes = network.muted, network.outer, network.notes
        self._unconsumed = self._find_unconsumed(network)
        self._verified: set[PortRef] = set()
        self._converters: set[str] = set()
        self._insert_converters()
        self._feedback = self._find_feedback()
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

    def plan(self, name: str, targets: Sequence[PortRef] | None) -> Plan:
        self._give_slots()
        sources = {node_id: self._sources(self._nodes[node_id]) for node_id, _ in self._order}
        triggers = self._triggers()
        for node_id, index in self._index.items():
            slots = [slot for source in sources[node_id] if source.wired for slot in source.slots]
            for slot in (*slots, *triggers.get(node_id, ())):
                self._consumers.setdefault(slot, []).append(index)
        nodes = tuple(
            self._node_plan(self._nodes[node_id], sources[node_id], tuple(triggers.get(node_id, ())))
            for node_id, _ in self._order
        )
        outputs = self._outputs(targets)
        references = [len(self._consumers.get(slot, ())) for slot in range(len(self._values))]
        for slot in set(outputs.values()):
            references[slot] += 1
        steps = tuple(_step(node, references) for node in nodes)
        pending = tuple(len(node.sources) for node in nodes)
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
            notes=(*self._network_notes, *_notes(self._nodes[node_id] for node_id, _ in self._order)),
            feedback=tuple(
                (str(source), str(target)) for source, target in self._wires if (source, target) in self._feedback
            ),
            changeable=tuple(slot for slot, value in enumerate(self._values) if isinstance(value, list | dict | set)),
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
                    self._nodes[node_id] = FlatNode(node_id, converter.name, node_type, signature, {}, RunSettings())
                    self._converters.add(node_id)
                    wires.append((end, PortRef(node_id, "value")))
                    made[key] = PortRef(node_id, "result")
                end = made[key]
            wires.append((end, target))
        self._wires = wires

    def _find_feedback(self) -> set[Ends]:
        found = groups(self._following(set()))
        group = {node_id: number for number, members in enumerate(found) for node_id in members}
        return {
            (source, target)
            for source, target in self._wires
            if group[source.node] == group[target.node] and self._is_optional(target)
        }

    def _is_optional(self, target: PortRef) -> bool:
        """Whether an input can do without its wire; that of a sub-graph's boundary can, if it has a default inside."""
        node, port = self._nodes[target.node], self._input_port(target)
        return port is not None and (not port.is_required or (node.type == INPUT and port.name in node.params))

    def _following(self, without: set[Ends]) -> dict[str, list[str]]:
        after: dict[str, list[str]] = {node_id: [] for node_id in self._nodes}
        for wire in (*self._wires, *self._controls):
            if wire not in without:
                after[wire[0].node].append(wire[1].node)
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
        wired = {source for source, _ in (*self._wires, *self._controls)}
        for node_id, index in self._index.items():
            names = [port.name for port in self._nodes[node_id].signature.outputs]
            extra = [port.name for port in (DONE, ERROR) if PortRef(node_id, port.name) in wired]
            for name in dict.fromkeys((*names, *extra)):
                self._slots[PortRef(node_id, name)] = self._slot(None, (index, name))

    def _sources(self, node: FlatNode) -> list[Source]:
        ports = node.signature.inputs if node.type != INPUT else (self._default_of(node),)
        return [
            self._source(node, port, self._into.get((node.id, port.name), [])) for port in ports if not port.control
        ]

    def _source(self, node: FlatNode, port: Port, wires: list[Ends]) -> Source:
        out = self._out if port.field.save else None
        if wires:
            wires.sort(key=lambda wire: wire[1].index or 0)
            default = MISSING if port.variadic else self._value(node, port)
            verify = any(target in self._verified for _, target in wires)
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
        self._settings[setting] = Setting(setting, slot, replace(port, name=setting), out)
        return Source(port, [slot])

    def _value(self, node: FlatNode, port: Port) -> Any:
        """What an input holds without a wire: its parameter, else its default; MISSING if there is neither."""
        place = f"{node.id}.{port.name}"
        if port.name in node.params:
            return resolve(from_json(node.params[port.name], port), port, self._folder, self._out, place)
        return resolve(port.default, port, None, self._out, place)

    def _default_of(self, node: FlatNode) -> Port:
        """The port of a `graph.input`; what ends at a path to write is one itself."""
        port = node.signature.parameter("default")
        if port is None:
            raise GraphError(f"`{node.id}`: an input of type Signal does not run yet")
        return replace(port, field=replace(port.field, save=True)) if self._is_written_to(node.id) else port

    def _is_written_to(self, node_id: str) -> bool:
        for source, target in self._wires:
            if source.node == node_id:
                port = self._input_port(target)
                if port is not None and port.field.save:
                    return True
                if self._nodes[target.node].type == INPUT and self._is_written_to(target.node):
                    return True
        return False

    def _triggers(self) -> dict[str, list[int]]:
        triggers: dict[str, list[int]] = {}
        for source, target in self._controls:
            if self._nodes[target.node].signature.input(target.port) is not None:
                raise GraphError(
                    f"`{target}`: control inputs of a node's own do not run yet; wire `{target.node}.trigger` instead"
                )
            triggers.setdefault(target.node, []).append(self._slots[source])
        return triggers

    # -- nodes ------------------------------------------------------------------------------------------------------

    def _node_plan(self, node: FlatNode, sources: list[Source], trigger: tuple[int, ...]) -> NodePlan:
        node_type, run = node.node_type, node.run
        returned = tuple(self._output(node.id, port) for port in node.signature.outputs)
        wired = [slot for source in sources if source.wired for slot in source.slots]
        inputs = tuple(InputPlan(s.port, tuple(s.slots), s.wired, s.default, s.verify, s.out) for s in sources)
        plan = NodePlan(
            id=node.id,
            type=node.type,
            function=_missing if node_type is None else node_type.function,
            spread=None if node_type is None else node_type.spread,
            context=None if node_type is None else node_type.context,
            inputs=inputs,
            returned=returned,
            done=self._extra(node, DONE),
            error=self._extra(node, ERROR),
            trigger=trigger,
            activation=_activation(run),
            sources=(*wired, *trigger),
            skip=self._skip(node),
            is_converter=node.id in self._converters,
            retry=run.retry,
            on_error=self._on_error(node),
        )
        return _bypassed(plan) if run.bypass else plan

    def _output(self, node_id: str, port: Port) -> OutputPlan:
        slot = self._slots[PortRef(node_id, port.name)]
        return OutputPlan(port, slot, tuple(self._consumers.get(slot, ())))

    def _extra(self, node: FlatNode, port: Port) -> OutputPlan | None:
        """The implicit output, if it is wired and the node type declares none of that name."""
        if PortRef(node.id, port.name) not in self._slots or node.signature.output(port.name) is not None:
            return None
        return self._output(node.id, port)

    def _skip(self, node: FlatNode) -> Absence | None:
        if node.id in self._left_out:
            return Absence(f"it has an error: {self._left_out[node.id]}", failed=True)
        if node.run.disabled:
            return Absence("it is disabled")
        control = next((port.name for port in node.signature.inputs if port.control), None)
        if control is not None:
            return Absence(f"nothing is wired to its control input `{control}`")
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
    return signature.output(name) or {DONE.name: DONE, ERROR.name: ERROR}.get(name)


def _with_output(node: FlatNode, name: str) -> FlatNode:
    """The node with an output that its type is not known to have, so that those behind it learn that nothing comes."""
    if _output_of(node.signature, name) is not None:
        return node
    outputs = (*node.signature.outputs, Port(name=name, hint=Any))
    return replace(node, signature=replace(node.signature, outputs=outputs))


def _activation(run: RunSettings) -> str:
    """How the signals of `trigger`, the one control input that there is, are joined."""
    own = run.activation.get("*", "AND")
    return own if own == "DECIDED" else run.activation.get("trigger", "AND")


def _missing(*_: Any) -> Any:
    raise AssertionError("a node of unknown type is always left out")


def _step(node: NodePlan, references: Sequence[int]) -> Step | None:
    """The node's short way, if nothing about it needs the full one."""
    is_plain = (
        node.spread is None
        and node.context is None
        and len(node.returned) == 1
        and not node.returned[0].port.control
        and references[node.returned[0].slot] > 0
        and node.done is None
        and node.error is None
        and not node.trigger
        and node.skip is None
        and node.retry is None
        and node.on_error == "skip"
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
    return replace(plan, function=pass_through, spread=lambda values: values, context=None, inputs=inputs)


def _notes(nodes: Iterable[FlatNode]) -> Iterable[str]:
    """What the graph asks for and this engine does not do yet, a sentence each."""
    wishes: dict[str, list[str]] = {}
    for node in nodes:
        placement = node.run.placement or (node.node_type.placement if node.node_type is not None else "inline")
        if placement != "inline":
            wishes.setdefault(f"placement `{placement}` is not available yet and runs inline", []).append(node.id)
        if node.run.timeout is not None:
            wishes.setdefault("a node's `timeout` is not watched yet", []).append(node.id)
        if node.run.mode == "sequential":
            wishes.setdefault("mode `sequential` is not kept yet", []).append(node.id)
        if node.run.frozen:
            wishes.setdefault("frozen values are not kept yet, so the node runs", []).append(node.id)
    for wish, ids in wishes.items():
        yield f"{wish}: {', '.join(f'`{node_id}`' for node_id in ids)}"
