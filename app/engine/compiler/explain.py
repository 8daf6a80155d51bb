"""A plan as people look at it: what runs when and where, what goes where, and how long the longest way is.

Only the plan is read, never the graph: what is shown is what will run, converters and all. One pass over nodes and
wires, so that a plan of 100,000 nodes is explained in less time than it took to make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...authoring.nodetype import Effect
from ...graph.wire import PortRef
from ...ports.port import MISSING
from ...ports.text import to_text
from .plan import NodePlan, OutputPlan, Plan


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
        is_converter: Whether the compiler put it in for a wire.
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
    is_converter: bool = False
    attempts: int = 1
    timeout_s: float | None = None


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
    """

    name: str
    nodes: tuple[NodeView, ...]
    levels: tuple[int, ...]
    critical_path: tuple[str, ...]
    inputs: tuple[InputView, ...]
    feedback: tuple[tuple[str, str], ...]
    effects: Mapping[Effect, tuple[str, ...]]
    notes: tuple[str, ...]

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
        }


def explain(plan: Plan) -> Explanation:
    """Explain a plan.

    Args:
        plan: What `compile` made of a graph.
    """
    before = _before(plan)
    levels = _levels(before)
    per_level = [0] * (max(levels, default=-1) + 1)
    for level in levels:
        per_level[level] += 1
    arrivals = _arrivals(plan)
    results: dict[int, list[str]] = {}
    for name, slot in plan.outputs.items():
        results.setdefault(slot, []).append(name)
    return Explanation(
        name=plan.name,
        nodes=tuple(_view(plan, node, levels[index], arrivals, results) for index, node in enumerate(plan.nodes)),
        levels=tuple(per_level),
        critical_path=_critical_path(plan, levels, before),
        inputs=tuple(
            InputView(setting.name, to_text(setting.port.hint), plan.values[setting.slot] is MISSING)
            for setting in plan.settings.values()
        ),
        feedback=plan.feedback,
        effects=plan.effects,
        notes=plan.notes,
    )


def _before(plan: Plan) -> list[list[int]]:
    """For each node, those that it waits for, one entry a wire."""
    before = [
        [producer[0] for producer in (plan.producers[slot] for slot in node.sources) if producer is not None]
        for node in plan.nodes
    ]
    for producer, _, consumer, _ in plan.signal_wires():
        before[consumer].append(producer)
    return before


def _levels(before: Sequence[Sequence[int]]) -> list[int]:
    levels: list[int] = []
    for nodes in before:
        levels.append(max((levels[node] + 1 for node in nodes), default=0))
    return levels


def _critical_path(plan: Plan, levels: Sequence[int], before: Sequence[Sequence[int]]) -> tuple[str, ...]:
    if not levels:
        return ()
    way = [levels.index(max(levels))]
    while levels[way[-1]]:
        above = levels[way[-1]] - 1
        way.append(next(node for node in before[way[-1]] if levels[node] == above))
    return tuple(plan.nodes[index].id for index in reversed(way))


def _arrivals(plan: Plan) -> dict[int, list[PortRef]]:
    """For each slot that a node fills, the inputs at which its wires end."""
    arrivals: dict[int, list[PortRef]] = {}
    for node in plan.nodes:
        for source in node.inputs:
            if source.wired:
                for place, slot in enumerate(source.slots):
                    index = place if source.port.variadic else None
                    arrivals.setdefault(slot, []).append(PortRef(node.id, source.port.name, index))
    slots = {place: slot for slot, place in enumerate(plan.producers) if place is not None}
    for producer, port, consumer, number in plan.signal_wires():
        reader = plan.nodes[consumer]
        arrivals.setdefault(slots[producer, port], []).append(PortRef(reader.id, reader.controls[number].port))
    return arrivals


def _view(
    plan: Plan,
    node: NodePlan,
    level: int,
    arrivals: Mapping[int, Sequence[PortRef]],
    results: Mapping[int, Sequence[str]],
) -> NodeView:
    def route(output: OutputPlan) -> Route:
        consumers, names = arrivals.get(output.slot, ()), results.get(output.slot, ())
        port = output.port
        return Route(port.name, tuple(consumers), tuple(names), plan.references[output.slot], port.control)

    outputs = (*node.returned, *(extra for extra in (node.done, node.error) if extra is not None))
    return NodeView(
        id=node.id,
        type=node.type,
        level=level,
        placement=node.placement,
        waits=len(node.sources) + len(node.controls),
        routes=tuple(route(output) for output in outputs),
        skip=node.skip.reason if node.skip is not None else "",
        is_converter=node.is_converter,
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
        **({"converter": True} if node.is_converter else {}),
        **({"skip": node.skip} if node.skip else {}),
        **({"attempts": node.attempts} if node.attempts > 1 else {}),
        **({"timeout_s": node.timeout_s} if node.timeout_s is not None else {}),
    }
