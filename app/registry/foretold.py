"""What nodes say of their outputs before they run, such as the size of a picture from the head of its file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from ..authoring.nodetype import NodeType
from ..errors import ValueMismatch
from ..graph.node import Node
from ..graph.wire import PortRef
from ..ports import hint as hints
from ..ports.hint import Hint, Strength
from ..ports.port import MISSING
from ..ports.subtype import fits
from ..ports.value import from_json

Told = Mapping[PortRef, Hint]
"""Types of outputs that are known more closely than the node types declare them."""

_MOST_KEPT = 1000
_kept: dict[Any, Any] = {}


def foretold(nodes: Iterable[tuple[Node, NodeType]], wired: set[tuple[str, str]], folder: Path | None) -> Told:
    """Ask the nodes of a graph that can tell.

    Args:
        nodes: These nodes, with their types.
        wired: Node and input of each wire's end: what comes by wire is not known yet.
        folder: Of the graph file, from which relative paths lead.
    """
    told: dict[PortRef, Hint] = {}
    for node, node_type in nodes:
        if node_type.infer is None or node.run.disabled or node.run.bypass:
            continue
        given = _given(node_type, node_type.infer, node, wired, folder)
        for name, hint in ({} if given is None else _answer(node_type, node_type.infer, given)).items():
            port = node_type.signature.output(name)
            if port is not None and (closer := _closer(hint, port.hint)) is not None:
                told[PortRef(node.id, name)] = closer
    return told


def _given(
    node_type: NodeType, infer: Callable[..., Any], node: Node, wired: set[tuple[str, str]], folder: Path | None
) -> dict[str, Any] | None:
    """What it is told from; None where that is not known before a run."""
    given: dict[str, Any] = {}
    for name in inspect.signature(infer).parameters:
        port = node_type.signature.input(name)
        if port is None or (node.id, name) in wired:
            return None
        value = port.default
        if name in node.params:
            try:
                value = from_json(node.params[name], port)
            except ValueMismatch:  # `check` says so.
                return None
        if value is MISSING:
            return None
        given[name] = folder / value if isinstance(value, Path) and folder is not None else value
    return given


def _answer(node_type: NodeType, infer: Callable[..., Any], given: dict[str, Any]) -> Mapping[str, Hint]:
    """What the node says; asked once, until a file that it looks at changes."""
    try:
        key = (infer, tuple((name, type(value), value, _changed(value)) for name, value in given.items()))
        if key in _kept:
            return _kept[key]  # type: ignore[no-any-return]
        said = infer(**given)
    except Exception:  # noqa: BLE001 - foreign code: the run will tell what is wrong
        return {}
    outputs = node_type.signature.outputs
    found = said if isinstance(said, Mapping) else {outputs[0].name: said} if said is not None and outputs else {}
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[key] = found
    return found


def _changed(value: Any) -> int:
    """When a file was changed last."""
    return value.stat().st_mtime_ns if isinstance(value, Path) else 0


def _closer(hint: Hint, declared: Hint) -> Hint | None:
    """The type that was told, with the label of the declared one; None where it says something else."""
    label = hints.label_of(declared)
    bare = hints.base_of(declared)
    if hints.label_of(hint) is not None or fits(hint, bare) is not Strength.ALWAYS:
        return hint if fits(hint, declared) is Strength.ALWAYS else None
    return hint if label is None else Annotated[hint, label]
