"""Every key and gesture, once: the dialog of keys and the page in the documentation come from here."""

from __future__ import annotations

from collections.abc import Iterator

from .actions.action import key_text
from .actions.catalogue import ACTIONS, MENUS

HANDS: tuple[tuple[str, str], ...] = (
    ("Double-click the canvas", "Search for a node to add there"),
    ("Drag from a port", "Wire it; dropped on the canvas: what fits"),
    ("Drag on the canvas", "Select what lies in the box"),
    ("Shift-click", "Add to the selection, or take out of it"),
    ("Space and drag", "Move the view; the middle button does too"),
    ("Wheel", "Zoom at the pointer"),
    ("Ctrl-drag on the canvas", "Cut the wires that are crossed"),
    ("Drag a node onto a wire", "Put it into the wire, where it fits; not with Alt"),
    ("Alt-drag a node", "Pull it out of its chain, which closes"),
    ("Double-click a wire", "Lead it through there, or no longer"),
    ("Double-click a sub-graph", "Enter it"),
    ("Double-click a note or a frame's title", "Write it anew"),
    ("Ctrl at a wire's end", "Wire it, and go on from there"),
    ("Arrows", "Walk to the next node; with Shift move the selected ones"),
    ("Enter", "Search for what the selected node can be wired to"),
    ("Esc", "Drop what is under way; select nothing"),
)
"""What the pointer does on the canvas."""


def keys_by_menu() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Menus, each with its keys and what they do."""
    by_name = {action.name: action for action in ACTIONS}
    for title, names in MENUS:
        found = [by_name[name] for name in names if name in by_name and by_name[name].keys]
        if found:
            yield title, [(key_text(action), action.tip) for action in found]


def keys_page() -> str:
    """The page of keys for the documentation."""
    parts = [
        "# Keys and gestures",
        "*Help ▸ Keys* (F1) shows them in the window; Ctrl+K searches all that can be done.",
    ]
    for title, keys in (*keys_by_menu(), ("On the canvas", list(HANDS))):
        rows = "\n".join(f"| {key} | {tip} |" for key, tip in keys)
        parts.append(f"## {title}\n\n| | |\n| --- | --- |\n{rows}")
    return "\n\n".join(parts) + "\n"
