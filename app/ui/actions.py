"""Everything that can be done, once: name, words, key, icon, effect. Menus, toolbar and page of keys come from here.

An action that works on nodes has its key on the canvas alone, so that Delete in a text field deletes text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from qtpy import QtCore, QtGui

from ..errors import AnimaWeaveError
from . import icons
from .theme import Theme

if TYPE_CHECKING:
    from .window import MainWindow

Effect = Callable[["MainWindow"], object]
Condition = Callable[["MainWindow"], bool]


def _always(_window: MainWindow) -> bool:
    return True


def _is_any_selected(window: MainWindow) -> bool:
    return bool(window.editor.selection)


def _has_nodes(window: MainWindow) -> bool:
    return bool(window.editor.root.nodes)


def _shows_nodes(window: MainWindow) -> bool:
    return bool(window.editor.graph.nodes)


def _is_use_selected(window: MainWindow) -> bool:
    editor = window.editor
    return len(editor.selection) == 1 and bool(editor.subgraphs_of(editor.selection[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done.

    Attributes:
        name: Object name, stable for tests and scripts.
        text: In the menu; `…` where a dialog follows.
        tip: What it does, in a few words.
        effect: Does it.
        keys: Shortcuts; the first is shown.
        icon: Name of a Phosphor icon.
        when: Whether it can be done now.
        on_canvas: Whether its keys belong to the canvas alone.
        is_on: For what is on or off: whether it is on.
        does: Gives what it would do now, to be shown behind its text.
    """

    name: str
    text: str
    tip: str
    effect: Effect
    keys: tuple[str, ...] = ()
    icon: str = ""
    when: Condition = _always
    on_canvas: bool = False
    is_on: Condition | None = None
    does: Callable[[MainWindow], str] | None = None


ACTIONS: tuple[Action, ...] = (
    # ------------------------------------------------------------ file
    Action(
        name="new", text="New", tip="Begin an empty graph", keys=("Ctrl+N",), icon="ph.file-plus",
        effect=lambda window: window.files.new(),
    ),
    Action(
        name="open", text="Open…", tip="Open a graph file", keys=("Ctrl+O",), icon="ph.folder-open",
        effect=lambda window: window.ask_open(),
    ),
    Action(
        name="save", text="Save", tip="Save the graph to its file", keys=("Ctrl+S",), icon="ph.floppy-disk",
        effect=lambda window: window.files.save(),
    ),
    Action(
        name="save_as", text="Save as…", tip="Save the graph to another file", keys=("Ctrl+Shift+S",),
        effect=lambda window: window.files.save_as(),
    ),
    Action(
        name="export_json", text="Export…", tip="Run this graph without a window", keys=("Ctrl+E",), icon="ph.export",
        effect=lambda window: window.show_export(), when=_has_nodes,
    ),
    Action(
        name="quit", text="Quit", tip="Close the window", keys=("Ctrl+Q",),
        effect=lambda window: window.close(),
    ),
    # ------------------------------------------------------------ edit
    Action(
        name="undo", text="Undo", tip="Undo the last edit", keys=("Ctrl+Z",), icon="ph.arrow-u-up-left",
        effect=lambda window: window.editor.undo(), when=lambda window: window.editor.history.can_undo,
        does=lambda window: window.editor.history.undo_text,
    ),
    Action(
        name="redo", text="Redo", tip="Do again what was undone", keys=("Ctrl+Shift+Z", "Ctrl+Y"),
        icon="ph.arrow-u-up-right", effect=lambda window: window.editor.redo(),
        when=lambda window: window.editor.history.can_redo, does=lambda window: window.editor.history.redo_text,
    ),
    Action(
        name="cut", text="Cut", tip="Move the selected nodes to the clipboard", keys=("Ctrl+X",), on_canvas=True,
        effect=lambda window: window.canvas.cut(), when=_is_any_selected,
    ),
    Action(
        name="copy", text="Copy", tip="Copy the selected nodes to the clipboard", keys=("Ctrl+C",), on_canvas=True,
        effect=lambda window: window.canvas.copy(), when=_is_any_selected,
    ),
    Action(
        name="paste", text="Paste", tip="Add the nodes on the clipboard", keys=("Ctrl+V",), on_canvas=True,
        effect=lambda window: window.canvas.paste(),
    ),
    Action(
        name="duplicate", text="Duplicate", tip="Add the selected nodes once more", keys=("Ctrl+D",), on_canvas=True,
        effect=lambda window: window.canvas.duplicate(), when=_is_any_selected,
    ),
    Action(
        name="delete", text="Delete", tip="Remove the selected nodes, or the wire under the pointer",
        keys=("Del", "Backspace"), on_canvas=True, effect=lambda window: window.canvas.delete_selection(),
    ),
    Action(
        name="encapsulate", text="Put into a sub-graph", tip="Make the selected nodes a sub-graph, used by one node",
        keys=("Ctrl+G",), on_canvas=True, when=_is_any_selected,
        effect=lambda window: window.editor.encapsulate(window.editor.selection),
    ),
    Action(
        name="enter", text="Enter sub-graph", tip="Show the sub-graph that the selected node uses",
        keys=("Ctrl+Down",), on_canvas=True, when=_is_use_selected,
        effect=lambda window: window.editor.enter(window.editor.selection[0]),
    ),
    Action(
        name="leave", text="Leave sub-graph", tip="Back to the graph that this one is used in", keys=("Ctrl+Up",),
        on_canvas=True, when=lambda window: bool(window.editor.way), effect=lambda window: window.editor.leave(),
    ),
    Action(
        name="dissolve", text="Dissolve sub-graph", tip="Put what the sub-graph holds in the selected node's place",
        keys=("Ctrl+Shift+G",), on_canvas=True, when=_is_use_selected,
        effect=lambda window: window.editor.dissolve(window.editor.selection[0]),
    ),
    Action(
        name="make_unique", text="Make sub-graph unique", tip="Give the selected node a sub-graph of its own",
        on_canvas=True, when=_is_use_selected,
        effect=lambda window: window.editor.make_unique(window.editor.selection[0]),
    ),
    Action(
        name="select_all", text="Select all", tip="Select every node", keys=("Ctrl+A",), on_canvas=True,
        effect=lambda window: window.canvas.select_all(), when=_shows_nodes,
    ),
    Action(
        name="add_node", text="Add node…", tip="Search for a node to add at the pointer", keys=("Tab",), on_canvas=True,
        icon="ph.plus", effect=lambda window: window.canvas.add_at_cursor(),
    ),
    Action(
        name="update_all", text="Update all…", tip="Bring nodes up to date whose types have changed",
        effect=lambda window: window.show_update(), when=lambda window: bool(window.editor.outdated),
    ),
    Action(
        name="go_to", text="Go to node…", tip="Search for a node by id, type or value", keys=("Ctrl+F",),
        icon="ph.magnifying-glass", effect=lambda window: window.search_nodes(), when=_shows_nodes,
    ),
    # ------------------------------------------------------------ view
    Action(
        name="fit_all", text="Fit all", tip="Show the whole graph", keys=("Home",), on_canvas=True,
        effect=lambda window: window.canvas.fit_all(),
    ),
    Action(
        name="fit_selection", text="Fit selection", tip="Show the selected nodes", keys=("F",), on_canvas=True,
        effect=lambda window: window.canvas.fit_selection(), when=_is_any_selected,
    ),
    Action(
        name="zoom_in", text="Zoom in", tip="One step nearer", keys=("Ctrl++", "Ctrl+="),
        effect=lambda window: window.canvas.zoom_in(),
    ),
    Action(
        name="zoom_out", text="Zoom out", tip="One step further away", keys=("Ctrl+-",),
        effect=lambda window: window.canvas.zoom_out(),
    ),
    Action(
        name="reset_zoom", text="100 %", tip="Show at its own size", keys=("Ctrl+0",),
        effect=lambda window: window.canvas.reset_zoom(),
    ),
    Action(
        name="theme_light", text="Light", tip="Light theme",
        effect=lambda window: window.set_theme("light"), is_on=lambda window: window.theme.choice == "light",
    ),
    Action(
        name="theme_dark", text="Dark", tip="Dark theme",
        effect=lambda window: window.set_theme("dark"), is_on=lambda window: window.theme.choice == "dark",
    ),
    Action(
        name="theme_system", text="As the system", tip="The system's theme",
        effect=lambda window: window.set_theme("system"), is_on=lambda window: window.theme.choice == "system",
    ),
    # ------------------------------------------------------------ run
    Action(
        name="run", text="Run", tip="Run the graph once", keys=("F5",), icon="ph.play-fill",
        effect=lambda window: window.editor.run_graph(), when=_has_nodes,
    ),
    Action(
        name="stream", text="Stream", tip="Run the graph over and over until it is stopped", keys=("Ctrl+F5",),
        icon="ph.repeat", effect=lambda window: window.editor.run_stream(), when=_has_nodes,
    ),
    Action(
        name="stop", text="Stop", tip="Stop the run", keys=("Shift+F5",), icon="ph.stop-fill",
        effect=lambda window: window.editor.stop(), when=lambda window: window.editor.is_running,
    ),
    Action(
        name="strict", text="Check every value", tip="Hold every value at every port against the port's type",
        effect=lambda window: window.set_strict(not window.editor.strict), is_on=lambda window: window.editor.strict,
    ),
    # ------------------------------------------------------------ help
    Action(
        name="find_action", text="Search actions…", tip="Search all that can be done", keys=("Ctrl+K",),
        icon="ph.command", effect=lambda window: window.search_actions(),
    ),
    Action(
        name="keys", text="Keys", tip="Every shortcut", keys=("F1",), icon="ph.keyboard",
        effect=lambda window: window.show_keys(),
    ),
    Action(
        name="about", text="About AnimaWeave Studio", tip="Version and licences", icon="ph.info",
        effect=lambda window: window.show_about(),
    ),
)  # fmt: skip

SEPARATOR = "-"

MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("File", ("new", "open", "recent", SEPARATOR, "save", "save_as", "export_json", SEPARATOR, "quit")),
    (
        "Edit",
        (
            *("undo", "redo", SEPARATOR, "cut", "copy", "paste", "duplicate", "delete", SEPARATOR),
            *(
                "encapsulate",
                "enter",
                "leave",
                "dissolve",
                "make_unique",
                SEPARATOR,
                "select_all",
                "add_node",
                "go_to",
                SEPARATOR,
                "update_all",
            ),
        ),
    ),
    (
        "View",
        (
            *("fit_all", "fit_selection", SEPARATOR, "zoom_in", "zoom_out", "reset_zoom", SEPARATOR),
            *("panels", SEPARATOR, "theme_light", "theme_dark", "theme_system"),
        ),
    ),
    ("Run", ("run", "stream", "stop", SEPARATOR, "strict")),
    ("Help", ("find_action", "keys", "about")),
)
"""The menus; `recent` and `panels` are menus of the window's own."""

ON_CANVAS = (
    *("add_node", SEPARATOR, "cut", "copy", "paste", "duplicate", "delete", SEPARATOR),
    *("encapsulate", "enter", "leave", "dissolve", "make_unique", SEPARATOR, "select_all", "fit_all"),
)
"""The canvas' own menu."""


class Actions(QtCore.QObject):
    """The actions of a window, as Qt has them; `actions["run"]` is one.

    Args:
        window: What they act upon; it is not looked at before `refresh`.
        theme: Colours of the icons.
    """

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window, self._theme = window, theme
        self._actions = {action.name: self._make(action) for action in ACTIONS}
        theme.changed.connect(self._dress)
        self._dress()

    def __getitem__(self, name: str) -> QtGui.QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[QtGui.QAction]:
        return iter(self._actions.values())

    def listen(self) -> None:
        """Follow the document: what can be done now is enabled."""
        editor = self._window.editor
        for signal in (
            *(
                editor.document_replaced,
                editor.shown_changed,
                editor.selection_changed,
                editor.history_changed,
                editor.modified_changed,
            ),
            *(editor.diagnostics_changed, editor.run_started, editor.run_ended, self._theme.changed),
        ):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Look again what can be done."""
        for action in ACTIONS:
            shown = self._actions[action.name]
            shown.setEnabled(action.when(self._window))
            if action.is_on is not None:
                shown.setChecked(action.is_on(self._window))
            if action.does is not None:
                shown.setText(f"{action.text} {action.does(self._window)}".rstrip())

    def _make(self, action: Action) -> QtGui.QAction:
        made = QtGui.QAction(action.text, self._window)
        made.setObjectName(action.name)
        made.setShortcuts([QtGui.QKeySequence(key) for key in action.keys])
        made.setShortcutContext(
            QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut
            if action.on_canvas
            else QtCore.Qt.ShortcutContext.WindowShortcut
        )
        made.setToolTip(f"{action.tip}  {key_text(action)}".rstrip())
        made.setStatusTip("")
        made.setCheckable(action.is_on is not None)
        # A menu that has keys for what it shows must not keep them from the text fields.
        made.setAutoRepeat(action.name in ("undo", "redo", "zoom_in", "zoom_out", "paste", "duplicate"))
        made.triggered.connect(partial(self._carry_out, action))
        return made

    def _carry_out(self, action: Action, _checked: object = None) -> None:
        try:
            action.effect(self._window)
        except AnimaWeaveError as refusal:
            self._window.editor.trouble.emit(str(refusal))
        self.refresh()

    def _dress(self) -> None:
        for action in ACTIONS:
            if action.icon:
                self._actions[action.name].setIcon(icons.icon(action.icon, self._theme.colour("text2")))


def key_text(action: Action) -> str:
    """The key of an action as the system writes it; empty if it has none."""
    form = QtGui.QKeySequence.SequenceFormat.NativeText
    return QtGui.QKeySequence(action.keys[0]).toString(form) if action.keys else ""
