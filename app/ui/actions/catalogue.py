"""Everything that can be done, once: menus, toolbar and page of keys come from here.

An action that works on nodes has its key on the canvas alone, so that Delete in a text field deletes text.
"""

from __future__ import annotations

from . import arrange, edit, file, node, run, view
from . import help as help_menu
from .action import SEPARATOR, Action

ACTIONS: tuple[Action, ...] = (
    *(*file.ACTIONS, *edit.ACTIONS, *node.ACTIONS, *arrange.ACTIONS),
    *(*view.ACTIONS, *run.ACTIONS, *help_menu.ACTIONS),
)

MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("File", file.MENU),
    ("Edit", edit.MENU),
    ("Node", node.MENU),
    ("Arrange", arrange.MENU),
    ("View", view.MENU),
    ("Run", run.MENU),
    ("Help", help_menu.MENU),
)
"""The menus; `recent` and `panels` are menus of the window's own."""

ON_CANVAS = (
    *("add_node", SEPARATOR, "cut", "copy", "paste", "duplicate", "delete", SEPARATOR),
    *("bypass", "disable", "mute_wire", "collapse", "replace", "auto_layout", "frame", "note", "colour", SEPARATOR),
    *("encapsulate", "enter", "leave", "dissolve", "make_unique", SEPARATOR, "select_all", "fit_all"),
)
"""The canvas' own menu."""
