"""The tab over the canvas: which document is open, and whether it has edits that are not saved."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from .. import icons
from ..editor import Editor
from ..files import Files
from ..theme import Theme

ICON, DOT, GAP, MARGIN = 14, 6, 6, 12
LINE = 2


class DocumentBar(QtWidgets.QWidget):
    """The open document's tab."""

    def __init__(self, editor: Editor, files: Files, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("document_bar")
        self._editor, self._files, self._theme = editor, files, theme
        self.setFixedHeight(int(theme.number("size", "tab")))
        editor.modified_changed.connect(self.refresh)
        editor.document_replaced.connect(self.refresh)
        theme.changed.connect(self.update)
        self.refresh()

    def refresh(self) -> None:
        """Look again at the document's name and state."""
        note = "unsaved edits" if self._editor.is_modified else ""
        self.setAccessibleName(f"{self._files.title}, {note}" if note else self._files.title)
        self.setToolTip(str(self._editor.path) if self._editor.path else "In no file yet")
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw it."""
        theme, height = self._theme, self.height()
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), theme.colour("chrome"))
        painter.fillRect(0, height - 1, self.width(), 1, theme.colour("border"))
        colour = theme.colour("text1")
        picture = icons.pixmap("ph.flow-arrow", ICON, colour, self.devicePixelRatioF())
        painter.drawPixmap(MARGIN, (height - ICON) // 2, picture)
        painter.setPen(colour)
        painter.setFont(theme.font("uiMedium"))
        left = MARGIN + ICON + GAP
        room = self.width() - left - GAP - DOT - MARGIN
        metrics = painter.fontMetrics()
        text = metrics.elidedText(self._files.title, QtCore.Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(left, 0, room, height, QtCore.Qt.AlignmentFlag.AlignVCenter, text)
        right = left + metrics.horizontalAdvance(text)
        if self._editor.is_modified:
            painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("text3"))
            painter.drawEllipse(QtCore.QRectF(right + GAP, (height - DOT) / 2 + 0.5, DOT, DOT))
            right += GAP + DOT
        painter.fillRect(MARGIN, height - LINE, right - MARGIN, LINE, theme.colour("accent"))
