"""What a node shows, as plain values: worked out from the document, the node type and the last run.

Painters read nothing else, so a node is painted again exactly when its look has changed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal

from ...authoring.nodetype import DONE, ERROR, TRIGGER
from ...graph.node import Node
from ...graph.wire import PortRef, Wire
from ...ports.array import array_of
from ...ports.hint import base_of, label_of, origin_of, plain
from ...ports.port import MISSING, Port
from ...registry.boundary import OUTPUT
from ..editor import Editor
from ..figures import duration
from ..preview import Preview

Kind = Literal["data", "list", "array", "control"]
NO_ICON = "tree-structure"
"""Of a node whose vessel names none."""

_IMPLICIT = {"trigger": TRIGGER, "done": DONE, "error": ERROR}


@dataclass(frozen=True, slots=True)
class PortLook:
    """A port as it is drawn.

    Attributes:
        key: Name as wires write it, `items[0]` for a place of a variadic input.
        text: Name shown beside it.
        kind: Its shape.
        hint: Its type, from which its colour follows.
        hollow: Whether it is optional and unwired.
        ghost: Whether the node type no longer has it.
    """

    key: str
    text: str
    kind: Kind
    hint: Any = field(compare=False)
    hollow: bool = False
    ghost: bool = False


@dataclass(frozen=True, slots=True)
class EditorLook:
    """An inline editor of an unwired input.

    Attributes:
        port: Its port.
        value: The value as text.
        unit: Behind the value.
        share: Place of the value in its range, from 0 to 1; None without a range.
        choices: The values to choose from, as text; empty for free values.
        is_setting: Whether it has no port to wire.
    """

    port: PortLook
    value: str
    unit: str = ""
    share: float | None = None
    choices: tuple[str, ...] = ()
    is_setting: bool = False


@dataclass(frozen=True, slots=True)
class NodeLook:
    """A node as it is drawn.

    Attributes:
        title: Of the node.
        icon: Name of its icon.
        vessel: Whose colour tints its header.
        colour: The colour that the vessel declares; empty for one by its name.
        collapsed: Whether its title alone is drawn.
        state: `idle`, or the state of its last run.
        badge: Above its right corner: what it took.
        reason: Below it: why it failed, was skipped, or is missing.
        progress: From 0 to 1 while it tells so.
        inputs: Wired and required inputs.
        outputs: Outputs.
        editors: Unwired optional inputs.
        preview: What its first output last held, or None.
        preview_id: Tells one preview from another.
    """

    title: str
    icon: str
    vessel: str
    state: str = "idle"
    badge: str = ""
    reason: str = ""
    progress: float | None = None
    inputs: tuple[PortLook, ...] = ()
    outputs: tuple[PortLook, ...] = ()
    editors: tuple[EditorLook, ...] = ()
    preview: Preview | None = field(default=None, compare=False)
    preview_id: int = 0
    colour: str = ""
    collapsed: bool = False


def look_of(editor: Editor, node: Node, wires: tuple[Wire, ...]) -> NodeLook:
    """What a node shows now.

    Args:
        editor: The open document.
        node: The node.
        wires: The wires that touch it.
    """
    signature = editor.signatures.get(node.id)
    node_type = editor.registry.node_type(node.type)
    into: dict[str, None] = {}
    out_of: dict[str, None] = {}
    for wire in wires:
        if wire.target.node == node.id:
            into[_key(wire.target)] = None
        if wire.source.node == node.id:
            out_of[_key(wire.source)] = None
    if signature is None:
        saved = editor.graph.signature_of(node) or {}
        inputs = [_ghost(name) for name in dict.fromkeys((*saved.get("inputs", {}), *into))]
        outputs = [_ghost(name) for name in dict.fromkeys((*saved.get("outputs", {}), *out_of))]
        missing, _, name = node.type.partition(".")
        return NodeLook(
            node.type, "puzzle-piece", missing, "missing", reason=f"vessel {missing} has no {name}",
            inputs=tuple(inputs), outputs=tuple(outputs),
        )  # fmt: skip
    wired, editors = _inputs(signature.inputs, into, node.params)
    editors += [
        _editor(port, node.params, is_setting=True)
        for port in signature.settings
        if port.name == "name" or port.name in node.params
    ]
    known = {port.key for port in wired} | {e.port.key for e in editors}
    wired += [_port(_IMPLICIT[key], key) if key in _IMPLICIT else _ghost(key) for key in into if key not in known]
    is_last = node.type == OUTPUT  # Its output is what the run gives back: nothing is wired to it.
    outputs = [_port(port, port.name) for port in signature.outputs if not is_last]
    preview = _preview(editor, node.id, [port.name for port in signature.outputs])
    named = {port.name for port in signature.outputs}
    outputs += [_port(_IMPLICIT[key], key) if key in _IMPLICIT else _ghost(key) for key in out_of if key not in named]
    vessel = editor.registry.vessel(node.type.partition(".")[0])
    icon = (node_type.icon if node_type is not None else "") or (vessel.icon if vessel is not None else "")
    state = editor.states.get(node.id, "idle")
    told = editor.progress(node.id)
    return NodeLook(
        title=node_type.title if node_type is not None else node.type.partition(".")[2],
        icon=icon or NO_ICON,
        vessel=node.type.partition(".")[0],
        state=state,
        badge=_badge(editor, node.id, state, told),
        reason=editor.reason(node.id) if state in ("failed", "skipped") else "",
        progress=told[0] if told is not None else None,
        inputs=tuple(wired),
        outputs=tuple(outputs),
        editors=tuple(editors),
        preview=preview,
        preview_id=id(preview),
        colour=vessel.colour if vessel is not None else "",
        collapsed=node.id in editor.graph.view.collapsed,
    )


def _preview(editor: Editor, node: str, outputs: Iterable[str]) -> Preview | None:
    """Of the first output that has one; a picture before anything else."""
    shown = [editor.values.get(PortRef(node, port)) for port in outputs]
    found = [preview for preview in shown if preview is not None]
    return next((preview for preview in found if preview.kind == "picture"), found[0] if found else None)


def _badge(editor: Editor, node: str, state: str, told: tuple[float, str] | None) -> str:
    if told is not None:
        return f"{told[0] * 100:.0f} %"
    ms = editor.latency_ms.get(node)
    return "" if ms is None or state not in ("done", "running", "failed", "stale") else duration(ms / 1000)


def _key(ref: Any) -> str:
    return ref.port if ref.index is None else f"{ref.port}[{ref.index}]"


def _inputs(
    ports: tuple[Port, ...], into: Mapping[str, None], params: Mapping[str, Any]
) -> tuple[list[PortLook], list[EditorLook]]:
    wired: list[PortLook] = []
    editors: list[EditorLook] = []
    for port in ports:
        if port.variadic:
            places = [key for key in into if key.startswith(f"{port.name}[")]
            wired += [_port(port, key) for key in sorted(places, key=lambda key: (len(key), key))]
            wired.append(_port(port, f"{port.name}[{len(places)}]", text=port.name, hollow=True))
        elif port.name in into or port.control:
            wired.append(_port(port, port.name))
        elif _is_edited(port, params):
            editors.append(_editor(port, params))
        elif not port.field.hidden:
            wired.append(_port(port, port.name, hollow=port.default is not MISSING))
    return wired, editors


def _is_edited(port: Port, params: Mapping[str, Any]) -> bool:
    """Whether the value is shown on the node, to be edited there."""
    if port.field.hidden:
        return False
    base: Any = plain(port.hint)
    is_small = base in (int, float, bool, str) or origin_of(base) is Literal or _is_class(base, (enum.Enum, PurePath))
    return is_small and (port.default is not MISSING or label_of(port.hint) is None or port.name in params)


def _is_class(hint: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(hint, type) and issubclass(hint, kinds)


def _editor(port: Port, params: Mapping[str, Any], *, is_setting: bool = False) -> EditorLook:
    value = params.get(port.name, port.default)
    share = None
    low, high = port.field.min, port.field.max
    if low is not None and high is not None and high > low and isinstance(value, int | float):
        share = min(1.0, max(0.0, (value - low) / (high - low)))
    base: Any = plain(port.hint)
    choices: tuple[Any, ...] = tuple(port.field.choices)
    if origin_of(base) is Literal:
        choices = base.__args__
    elif base is bool:
        choices = (False, True)
    texts = tuple(map(_value_text, choices))
    mark = _port(port, port.name, hollow=True)
    return EditorLook(mark, _value_text(value), port.field.unit, share, texts, is_setting)


def _value_text(value: Any) -> str:
    if value is MISSING:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, enum.Enum):
        return value.name
    return str(value)


def _port(port: Port, key: str, *, text: str = "", hollow: bool = False) -> PortLook:
    return PortLook(key, text or port.field.label or key, kind_of(port), port.hint, hollow)


def _ghost(key: str) -> PortLook:
    return PortLook(key, key, "data", Any, hollow=True, ghost=True)


_KINDS: dict[int, tuple[Port, Kind]] = {}  # By identity, for most nodes share the ports of their type.
_MOST_KINDS = 1_000


def kind_of(port: Port) -> Kind:
    """The shape of a port: control, array, list, or plain data."""
    known = _KINDS.get(id(port))
    if known is None:
        if len(_KINDS) >= _MOST_KINDS:
            _KINDS.clear()
        known = _KINDS[id(port)] = port, _kind_of(port)
    return known[1]


def _kind_of(port: Port) -> Kind:
    if port.control:
        return "control"
    base = base_of(port.hint)
    if array_of(plain(base)) is not None:
        return "array"
    origin: Any = origin_of(plain(base))
    return "list" if origin in (list, tuple, set, frozenset) or port.variadic else "data"
