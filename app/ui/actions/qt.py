"""The actions as Qt has them: enabled when they can be done, and told why they cannot."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from qtpy import QtCore, QtGui

from ...errors import AnimaWeaveError
from .. import icons
from ..theme import Theme
from .action import Action, key_text
from .catalogue import ACTIONS

if TYPE_CHECKING:
    from ..window import MainWindow


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
        self._window.canvas.wire_chosen.connect(self.refresh)
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
