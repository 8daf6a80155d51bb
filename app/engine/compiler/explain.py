"""A plan as people look at it: what runs when and where, what goes where, and how long the longest way is.

Only the plan is read, never the graph: what is shown is what will run, converters and all. One pass over nodes and
wires, so that a plan of 100,000 nodes is explained in less time than it took to make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...authoring.nodetype import Effect
from ...graph.wire import PortRef
from ...ports.port import MISSING
from ...ports.text import to_text
from .plan import OutputPlan, Plan


@dataclass(frozen=True, slots=True)
class Route:
    """Where an output goes.

    Attributes:
        port: Name of the output.
        consumers: The inputs that read it, one entry a wire.
        results: Names under which it is a result of the run, which holds it to the end.
        references: What the bus counts down before it frees the value: consumers and holds.
        is_control: Whether it carries signals.
    """

    port: str
    consumers: tuple[PortRef, ...]
    results: tuple[str, ...]
    references: int
    is_control: bool = False


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node of the plan.

    Attributes:
        id: The id that the user knows; a path inside sub-graphs.
        type: Id of the node type, or name of the converter.
        level: Steps of the longest way that leads to it, from 0.
        placement: Where it runs.
        waits: Wires that must bring something, or nothing, before it is decided whether it runs.
        routes: Its outputs, in the order of the plan.
        skip: Why it is not run in this plan; empty when it is.
        role: `node` for one of the graph's; `converter`, or another word for what the compiler put in.
        runs: Name of the sub-graph that it runs in epochs of its own; empty for most.
        attempts: How often it is tried, if it fails.
        timeout_s: Seconds after which it fails; None for never.
    """

    id: str
    type: str
    level: int
    placement: str
    waits: int
    routes: tuple[Route, ...]
    skip: str = ""
    role: str = "node"
    runs: str = ""
    attempts: int = 1
    timeout_s: float | None = None

    @property
    def is_converter(self) -> bool:
        """Whether the compiler put it in for a wire whose ends have different types."""
        return self.role == "converter"


@dataclass(frozen=True, slots=True)
class InputView:
    """An input of the whole plan.

    Attributes:
        name: As `--set` and `run` take it.
        type: Its type as text.
        is_required: Whether each run must give it.
    """

    name: str
    type: str
    is_required: bool


@dataclass(frozen=True)
class Explanation:
    """A plan, explained.

    Attributes:
        name: Of the graph; may be empty.
        nodes: In the order of the plan, in which each comes after all that it waits for.
        levels: Nodes of each level.
        critical_path: Ids along a longest way; every wire counts as one step, whatever its nodes take.
        inputs: What a run may set.
        feedback: Wires that nobody waits for, since they lie on a circle: source and target.
        effects: What nodes do beside computing, with the ids of those that do.
        notes: What the graph asks for and this engine does not do, a sentence each.
        inner: Plans of sub-graphs that run in epochs of their own, by name; each once, however often it is used.
    """

    name: str
    nodes: tuple[NodeView, ...]
    levels: tuple[int, ...]
    critical_path: tuple[str, ...]
    inputs: tuple[InputView, ...]
    feedback: tuple[tuple[str, str], ...]
    effects: Mapping[Effect, tuple[str, ...]]
    notes: tuple[str, ...]
    inner: Mapping[str, Explanation] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Nodes of the widest level: how many may run at once."""
        return max(self.levels, default=0)

    @property
    def parallelism(self) -> float:
        """Nodes that run at once on average, if each took equally long and there were cores enough."""
        return len(self.nodes) / len(self.levels) if self.levels else 0.0

    @cached_property
    def wires(self) -> int:
        """Wires that bring something, those to and from converters counted one by one."""
        return sum(len(route.consumers) for node in self.nodes for route in node.routes)

    @cached_property
    def converters(self) -> tuple[NodeView, ...]:
        """The nodes that the compiler put in for wires whose types differ."""
        return tuple(node for node in self.nodes if node.is_converter)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "name": self.name,
            "nodes": [_as_json(node) for node in self.nodes],
            "wires": self.wires,
            "levels": list(self.levels),
            "width": self.width,
            "parallelism": round(self.parallelism, 3),
            "critical_path": list(self.critical_path),
            "converters": [node.id for node in self.converters],
            "feedback": [list(wire) for wire in self.feedback],
            "inputs": [{"name": one.name, "type": one.type, "required": one.is_required} for one in self.inputs],
            "effects": {effect: list(ids) for effect, ids in self.effects.items()},
            "notes": list(self.notes),
            **({"inner": {name: plan.as_json() for name, plan in self.inner.items()}} if self.inner else {}),
        }


def explain(plan: Plan) -> Explanation:
    """Explain a plan, and those of the sub-graphs that its nodes run.

    Args:
        plan: What `compile` made of a graph.
    """
    inner: dict[str, Explanation] = {}
    known = {id(plan)}
    waiting = list(_called(plan))
    while waiting:
        name, body = waiting.pop(0)
        if id(body) not in known:  # A sub-graph may use itself.
            known.add(id(body))
            inner[name] = _explain(body, {})
            waiting += _called(body)
    return _explain(plan, inner)


def _called(plan: Plan) -> Iterator[tuple[str, Plan]]:
    """The sub-graphs that nodes of a plan run, a node each."""
    for node in plan.nodes:
        call = node.call
        if call is not None:
            yield call.name, call.body.plan
            if call.test is not None:
                yield f"{call.name} (test)", call.test.plan


def _explain(plan: Plan, inner: Mapping[str, Explanation]) -> Explanation:
    levels, before = _levels(plan)
    per_level = [0] * (max(levels, default=-1) + 1)
    for level in levels:
        per_level[level] += 1
    arrivals = _arrivals(plan)
    results: dict[int, list[str]] = {}
    for name, slot in plan.outputs.items():
        results.setdefault(slot, []).append(name)
    return Explanation(
        name=plan.name,
        nodes=tuple(_view(plan, index, levels[index], arrivals, results) for index in range(len(plan.nodes))),
        levels=tuple(per_level),
        critical_path=tuple(plan.nodes[index].id for index in _longest_way(levels, before)),
        inputs=tuple(
            InputView(setting.name, to_text(setting.port.hint), plan.values[setting.slot] is MISSING)
            for setting in plan.settings.values()
        ),
        feedback=plan.feedback,
        effects=plan.effects,
        notes=plan.notes,
        inner=inner,
    )


def _levels(plan: Plan) -> tuple[list[int], list[int]]:
    """The level of each node, and a node of the level above on which it waits; -1 for one that waits for nothing."""
    levels, before = [0] * len(plan.nodes), [-1] * len(plan.nodes)
    for index, node in enumerate(plan.nodes):
        below = levels[index] + 1
        for target in node.readers():
            if levels[target] < below:
                levels[target], before[target] = below, index
    return levels, before


def _longest_way(levels: Sequence[int], before: Sequence[int]) -> list[int]:
    if not levels:
        return []
    way = [levels.index(max(levels))]
    while before[way[-1]] >= 0:
        way.append(before[way[-1]])
    return way[::-1]


def _arrivals(plan: Plan) -> dict[int, list[PortRef]]:
    """For each slot that a node fills, the inputs at which its wires end."""
    arrivals: dict[int, list[PortRef]] = {}
    for node in plan.nodes:
        for source in node.inputs:
            if source.wired:
                for place, slot in enumerate(source.slots):
                    index = place if source.port.variadic else None
                    arrivals.setdefault(slot, []).append(PortRef(node.id, source.port.name, index))
        for output in node.outputs():
            for target, number in output.signals:
                reader = plan.nodes[target]
                control = reader.controls[number]
                port = f"{control.port}.trigger" if control.is_gate else control.port
                arrivals.setdefault(output.slot, []).append(PortRef(reader.id, port))
    return arrivals


def _view(
    plan: Plan,
    index: int,
    level: int,
    arrivals: Mapping[int, Sequence[PortRef]],
    results: Mapping[int, Sequence[str]],
) -> NodeView:
    node = plan.nodes[index]

    def route(output: OutputPlan) -> Route:
        consumers, names = arrivals.get(output.slot, ()), results.get(output.slot, ())
        port = output.port
        return Route(port.name, tuple(consumers), tuple(names), plan.references[output.slot], port.control)

    call = node.call
    return NodeView(
        id=node.id,
        type=node.type,
        level=level,
        placement=node.placement,
        waits=plan.pending[index],
        routes=tuple(route(output) for output in node.outputs()),
        skip=node.skip.reason if node.skip is not None else "",
        role=node.role,
        runs=call.name if call is not None else "",
        attempts=node.retry.attempts if node.retry is not None else 1,
        timeout_s=node.timeout_s,
    )


def _as_json(node: NodeView) -> dict[str, Any]:
    return {
        "id": node.id,
        "type": node.type,
        "level": node.level,
        "placement": node.placement,
        "waits": node.waits,
        "outputs": [
            {
                "port": route.port,
                "references": route.references,
                "consumers": [str(consumer) for consumer in route.consumers],
                **({"results": list(route.results)} if route.results else {}),
                **({"control": True} if route.is_control else {}),
            }
            for route in node.routes
        ],
        **({"role": node.role} if node.role != "node" else {}),
        **({"runs": node.runs} if node.runs else {}),
        **({"skip": node.skip} if node.skip else {}),
        **({"attempts": node.attempts} if node.attempts > 1 else {}),
        **({"timeout_s": node.timeout_s} if node.timeout_s is not None else {}),
    }
