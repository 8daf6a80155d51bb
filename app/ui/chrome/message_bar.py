"""A sentence on top of the canvas: what could not be done, and why. The graph on screen stays as it is."""

from __future__ import annotations

from qtpy import QtCore, QtWidgets

from .. import icons
from ..editor import Editor
from ..theme import Theme


class MessageBar(QtWidgets.QFrame):
    """Shows the editor's last trouble until it is closed or something goes well."""

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self._theme = theme
        self._icon = QtWidgets.QLabel()
        self.label = QtWidgets.QLabel()
        self.label.setObjectName("message")
        self.label.setWordWrap(True)
        self.label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        close = self._close = QtWidgets.QToolButton()
        close.setObjectName("close_message")
        close.setProperty("role", "small")
        close.setToolTip("Close")
        close.setAccessibleName("Close the message")
        close.setFixedSize(24, 24)
        close.clicked.connect(self.hide)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(self.label, 1)
        layout.addWidget(close, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        self.hide()
        editor.trouble.connect(self.tell)
        editor.document_replaced.connect(self.hide)
        theme.changed.connect(self._dress)
        self._dress()

    def tell(self, sentence: str) -> None:
        """Show a sentence."""
        self.label.setText(sentence)
        self.setAccessibleName(sentence)
        self.show()

    def _dress(self) -> None:
        self._icon.setPixmap(
            icons.pixmap("ph.warning-circle", 16, self._theme.colour("s-failed"), self.devicePixelRatioF())
        )
        self._close.setIcon(icons.icon("ph.x", self._theme.colour("text3")))
