"""Runs of a plan through a cache, a node after another, by the engine's own rules."""

from collections.abc import Mapping
from typing import Any

from animaweave.engine import outcome as outcome_of
from animaweave.engine.cache.cache import Cache, Frozen
from animaweave.engine.compiler.plan import Absence, NodePlan, Plan
from animaweave.engine.firing import Arrivals, arguments, why_not
from animaweave.graph.document import Graph
from tests.engine.lab import Lab


def plan_of(lab: Lab, graph: Graph, **how: Any) -> Plan:
    """The plan of a graph."""
    return lab.compile(graph, **how)


def values_of(plan: Plan, inputs: Mapping[str, Any] | None = None) -> list[Any]:
    """The slots of an epoch at its begin."""
    values = list(plan.values)
    for name, value in (inputs or {}).items():
        values[plan.setting(name).slot] = value
    return values


def keys_of(plan: Plan, inputs: Mapping[str, Any] | None = None, cache: Cache | None = None) -> dict[str, bytes | None]:
    """The key of each node, by id."""
    keys = (cache or Cache()).keys(plan, values_of(plan, inputs))
    return {node.id: None if key is None else key.digest for node, key in zip(plan.nodes, keys, strict=True)}


def run(
    plan: Plan, cache: Cache, frozen: Mapping[int, Frozen] | None = None, /, **inputs: Any
) -> tuple[list[str], dict[str, Any]]:
    """One epoch.

    Args:
        plan: The plan.
        cache: Asked before each node runs, and given what each gives.
        frozen: What nodes give that are not run.
        inputs: By name; `a__b` stands for `a.b`.
    Returns:
        Ids of the nodes that ran, in order; and the values of all outputs, by `node.port`.
    """
    values = values_of(plan, {name.replace("__", "."): value for name, value in inputs.items()})
    keys = cache.keys(plan, values, frozen)
    ran: list[str] = []
    signals: dict[tuple[int, int], Arrivals] = {}
    for index, node in enumerate(plan.nodes):
        key = keys[index]
        arrivals = [signals[index, number] for number in range(len(node.controls))]
        absence = why_not(node, values, arrivals)
        found = None if frozen is None or index not in frozen else frozen[index].values
        if absence is not None:
            outcome = outcome_of.skip(node, absence)
        else:
            if found is None and key is not None:
                found = cache.find(key)
            if found is not None:
                outcome = outcome_of.Outcome(tuple((value, None) for value in found))  # type: ignore[misc]
            else:
                ran.append(node.id)
                outcome = _fire(node, values, arrivals)
                if outcome.ending is not None:  # It failed.
                    cache.distrust(plan, keys, index)
                elif key is not None:
                    cache.keep(key, tuple(value for value, _ in outcome.items))
        given = [*(value for value, _ in outcome.items), outcome.done, outcome.error or Absence("it did not fail")]
        for output, value in zip(node.returned, given, strict=False):
            values[output.slot] = value
        for extra, value in ((node.done, given[-2]), (node.error, given[-1])):
            if extra is not None:
                values[extra.slot] = value
        for output in node.outputs():
            for consumer, number in output.signals:
                got = signals.setdefault((consumer, number), Arrivals())
                got.take(values[output.slot], plan.nodes[consumer].controls[number])
    outputs = {f"{node.id}.{output.port.name}": values[output.slot] for node in plan.nodes for output in node.returned}
    return ran, outputs


def _fire(node: NodePlan, values: list[Any], arrivals: list[Arrivals]) -> outcome_of.Outcome:
    try:
        positional, keywords = arguments(node, values, arrivals)
        return outcome_of.success(node, node.function(*positional, **keywords))
    except Exception as problem:  # noqa: BLE001 - as the engine has it
        return outcome_of.failure(node, problem)
