"""Every step that can be undone or done again, in order; a click on one goes there."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from ..editor import Editor
from ..theme import Theme

BEGINNING = "As it was opened"
MOST = 500
"""Steps on either side that are listed."""


class HistoryPanel(QtWidgets.QListWidget):
    """The steps; those that are undone stand back. It costs nothing while it is hidden."""

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel_history")
        self.setAccessibleName("History")
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self._editor, self._theme = editor, theme
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        editor.history_changed.connect(self._note)
        theme.changed.connect(self._note)
        self.itemClicked.connect(self._go)
        self.itemActivated.connect(self._go)

    def refresh(self) -> None:
        """List the steps as they are now."""
        history = self._editor.history
        done, undone = history.done_texts[-MOST:], history.undone_texts[:MOST]
        self.clear()
        whole = len(done) == len(history.done_texts)
        self._add(BEGINNING if whole else "…", -len(done), is_done=True)
        for place, text in enumerate(done):
            self._add(text, place + 1 - len(done), is_done=True)
        for place, text in enumerate(undone):
            self._add(text, place + 1, is_done=False)
        self.setCurrentRow(len(done))
        self.scrollToItem(self.item(len(done)))

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """List them now that they are seen."""
        super().showEvent(event)
        self.refresh()

    def _note(self) -> None:
        if self.isVisible():
            self._timer.start(0)

    def _add(self, text: str, steps: int, *, is_done: bool) -> None:
        item = QtWidgets.QListWidgetItem(text[:1].upper() + text[1:])
        item.setData(QtCore.Qt.ItemDataRole.UserRole, steps)
        item.setForeground(self._theme.colour("text1" if is_done else "text3"))
        self.addItem(item)

    def _go(self, item: QtWidgets.QListWidgetItem) -> None:
        """Undo or redo up to a step."""
        steps = int(item.data(QtCore.Qt.ItemDataRole.UserRole))
        for _ in range(abs(steps)):
            self._editor.undo() if steps < 0 else self._editor.redo()
