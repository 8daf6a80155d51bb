"""Typing a value on the node itself."""

from __future__ import annotations

from qtpy.QtCore import QRect, Qt
from qtpy.QtGui import QFocusEvent, QKeyEvent
from qtpy.QtWidgets import QLineEdit, QMenu, QWidget

from ...errors import ValueMismatch
from ...ports.port import Port
from ...ports.value import read_text
from ..editor import Editor
from .look import EditorLook


class ValueField(QLineEdit):
    """A field over a node's inline editor: Enter or leaving it sets the value, Esc does not."""

    def __init__(self, editor: Editor, node: str, port: Port, text: str, box: QRect, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._editor, self._node, self._port = editor, node, port
        self._is_over = False
        self.setObjectName("value_field")
        self.setAccessibleName(f"{node} {port.name}")
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setGeometry(box)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sets the value, Esc leaves it."""
        if self._is_over:
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._accept()
        elif event.key() == Qt.Key.Key_Escape:
            self._end()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving the field sets the value, as far as it is one."""
        super().focusOutEvent(event)
        if not self._is_over:
            self._accept(leaving=True)

    def _accept(self, *, leaving: bool = False) -> None:
        try:
            value = read_text(self.text(), self._port)
        except ValueMismatch as mismatch:
            self._editor.message.emit(f"{self._node}.{self._port.name}: {mismatch}")
            self.setToolTip(str(mismatch))
            self.setProperty("invalid", True)
            self.style().polish(self)
            if leaving:
                self._end()
            return
        self._end()
        self._editor.set_param(self._node, self._port.name, value)

    def _end(self) -> None:
        self._is_over = True
        self.hide()
        self.deleteLater()


def choose_value(editor: Editor, node: str, port: Port, look: EditorLook, parent: QWidget) -> QMenu:
    """A menu of the values that an input may have."""
    menu = QMenu(parent)
    for text in look.choices:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(text == look.value)
        value = {"on": "true", "off": "false"}.get(text, text) if port.hint is bool else text
        action.triggered.connect(lambda _checked=False, v=value: editor.set_param(node, port.name, read_text(v, port)))
    return menu
