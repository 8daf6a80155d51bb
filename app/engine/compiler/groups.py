"""What `trigger`, `done` and `error` of a sub-graph's use stand for once it is flat: a node each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ...authoring.nodetype import DONE, ERROR, TRIGGER, NodeType
from ...graph.run_settings import RunSettings
from ...graph.wire import PortRef
from ...ports.port import Port, Signature
from .network import ERRORS_PORT, HIDDEN, SETTLED_PORT, FlatNode, Network
from .plan import Absence


class Use(NamedTuple):
    """A use of a sub-graph that was made flat.

    Attributes:
        run: How the use is to be run.
        ports: Those of `trigger`, `done` and `error` that are wired.
        inside: The nodes inside, at any depth.
    """

    run: RunSettings
    ports: set[str]
    inside: Sequence[str]


def add_groups(network: Network, uses: Mapping[str, Use]) -> None:
    """Put the nodes in, and wire them to what lies inside; whatever `trigger` closes includes those of uses inside.

    Args:
        network: Takes the nodes.
        uses: By path.
    """
    triggered: dict[str, list[str]] = {path: [] for path, use in uses.items() if TRIGGER.name in use.ports}
    for path, use in uses.items():
        around = [outer for outer in _around(path) if outer in triggered] if triggered else []
        for port in sorted(use.ports):
            _GROUPS[port](network, path, use)
            for outer in around:
                triggered[outer].append(f"{path}>{port}")
    for path, groups in triggered.items():
        gate, use = PortRef(f"{path}>{TRIGGER.name}", DONE.name), uses[path]
        network.gates += [(gate, node_id) for node_id in (*use.inside, *groups)]
        network.gates += [(gate, f"{path}>{port}") for port in (DONE.name, ERROR.name) if port in use.ports]


def _around(path: str) -> list[str]:
    """The paths of the uses that one lies in, innermost first."""
    found: list[str] = []
    while "/" in path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found


def _add_trigger(network: Network, path: str, use: Use) -> None:
    run = RunSettings(activation=use.run.activation, disabled=use.run.disabled)
    _add_group(network, f"{path}>{TRIGGER.name}", Signature(), run)


def _add_done(network: Network, path: str, use: Use) -> None:
    done = f"{path}>{DONE.name}"
    _add_group(network, done, Signature(), RunSettings(activation={TRIGGER.name: "AND"}, disabled=use.run.disabled))
    network.controls += [(_own(network, node_id, DONE), PortRef(done, SETTLED_PORT)) for node_id in use.inside]


def _add_error(network: Network, path: str, use: Use) -> None:
    error = f"{path}>{ERROR.name}"
    signature = Signature(
        (Port(name=ERRORS_PORT, hint=ERROR.hint, variadic=True),), (Port(name=ERROR.name, hint=ERROR.hint),)
    )
    _add_group(network, error, signature, RunSettings(disabled=use.run.disabled), _first_error)
    network.wires += [
        (_own(network, node_id, ERROR), PortRef(error, ERRORS_PORT, index)) for index, node_id in enumerate(use.inside)
    ]


_GROUPS: Mapping[str, Callable[[Network, str, Use], None]] = {
    TRIGGER.name: _add_trigger,
    DONE.name: _add_done,
    ERROR.name: _add_error,
}


def _own(network: Network, node_id: str, port: Port) -> PortRef:
    """The `done` or `error` that tells how a node ended, whatever its type declares of that name."""
    declared = network.nodes[node_id].signature.output(port.name)
    return PortRef(node_id, port.name if declared is None else HIDDEN[port.name])


def _add_group(network: Network, node_id: str, signature: Signature, run: RunSettings, function: Any = None) -> None:
    node_type = NodeType("graph", "group", function or _nothing, signature)
    network.nodes[node_id] = FlatNode(node_id, "graph.group", node_type, signature, {}, run, role="group")


def _nothing() -> None:
    """Stands for work where only signals matter."""


def _first_error(*items: Any) -> Any:
    """The first error that came."""
    return items[0] if items else Absence("nothing inside failed")
