"""Where a wired input's value comes from; a click goes there."""

from __future__ import annotations

from typing import Any

from qtpy import QtCore, QtGui, QtWidgets

from ...graph.wire import Wire
from ..editor import Editor
from ..theme import Theme

DOT = 8


class SourceField(QtWidgets.QAbstractButton):
    """The output at the other end of a wire."""

    def __init__(self, editor: Editor, theme: Theme, wire: Wire) -> None:
        super().__init__()
        self._theme = theme
        self.setText(str(wire.source))
        port = editor.port(wire.source, "out")
        self._hint = port.hint if port is not None else Any
        self.setToolTip(f"Wired: the value comes from {wire.source}")
        self.setAccessibleName(f"From {wire.source}")
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)
        self.clicked.connect(lambda: editor.select([wire.source.node]))

    def sizeHint(self) -> QtCore.QSize:
        """A row's height."""
        return QtCore.QSize(60, 24)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the colour of what comes, and from where."""
        painter, middle = QtGui.QPainter(self), self.height() / 2
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.type_colour(self._hint))
        painter.drawRoundedRect(QtCore.QRectF(0, middle - DOT / 2, DOT, DOT), 2, 2)
        painter.setFont(self._theme.font("mono"))
        painter.setPen(self._theme.colour("text1" if self.underMouse() else "text3"))
        room = self.rect().adjusted(DOT + 6, 0, 0, 0)
        text = painter.fontMetrics().elidedText(self.text(), QtCore.Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, QtCore.Qt.AlignmentFlag.AlignVCenter, text)
