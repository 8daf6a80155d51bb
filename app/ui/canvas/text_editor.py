"""Typing the text of a note or the title of a frame, where it stands."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QRect, Qt
from qtpy.QtGui import QFocusEvent, QKeyEvent
from qtpy.QtWidgets import QPlainTextEdit, QWidget


class TextEditor(QPlainTextEdit):
    """A field over the canvas; Ctrl-Enter or a click elsewhere is done with it, Esc takes it back.

    Args:
        text: What is there.
        room: Where the field lies, in pixels of its parent.
        take: Gets the new text, if it is another.
        one_line: Whether Enter is done with it, too.
    """

    def __init__(self, text: str, room: QRect, take: Callable[[str], None], parent: QWidget, *, one_line: bool) -> None:
        super().__init__(text, parent)
        self.setObjectName("decor_text")
        self.setAccessibleName("Title of the frame" if one_line else "Text of the note, in Markdown")
        self._before, self._take, self._one_line = text, take, one_line
        self._is_over = False
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOff if one_line else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        )
        self.setGeometry(room)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, Enter."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self._end(take=False)
        elif is_enter and (self._one_line or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            self._end(take=True)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """It is over, unless its own menu has come up."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._end(take=True)

    def _end(self, *, take: bool) -> None:
        if self._is_over:
            return
        self._is_over = True
        text = self.toPlainText()
        self.hide()
        self.deleteLater()
        viewport = self.parentWidget()
        canvas = None if viewport is None else viewport.parentWidget()
        if canvas is not None:
            canvas.setFocus()
        if take and text != self._before:
            self._take(text)
