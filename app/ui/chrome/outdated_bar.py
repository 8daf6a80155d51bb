"""A sentence on top of the canvas: node types have changed since the graph was saved, and where to see to it."""

from __future__ import annotations

from qtpy import QtCore, QtWidgets

from .. import icons
from ..editor import Editor
from ..theme import Theme


class OutdatedBar(QtWidgets.QFrame):
    """Shown while something is to be updated, until it is closed.

    Attributes:
        update_wanted: The user wants to see what there is to update.
    """

    update_wanted = QtCore.Signal()

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outdated_bar")
        self._editor, self._theme = editor, theme
        self._is_closed = False
        self._icon = QtWidgets.QLabel()
        self.label = QtWidgets.QLabel()
        self.label.setObjectName("outdated")
        self.button = QtWidgets.QPushButton("Update all…")
        self.button.setObjectName("update_all_here")
        self.button.setProperty("role", "link")
        self.button.clicked.connect(self.update_wanted)
        self._close = QtWidgets.QToolButton()
        self._close.setObjectName("close_outdated")
        self._close.setProperty("role", "small")
        self._close.setToolTip("Close")
        self._close.setAccessibleName("Close the message")
        self._close.setFixedSize(24, 24)
        self._close.clicked.connect(self._on_close)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(self.label)
        layout.addWidget(self.button)
        layout.addStretch(1)
        layout.addWidget(self._close)
        self.hide()
        editor.diagnostics_changed.connect(self._refresh)
        editor.document_replaced.connect(self._on_document)
        theme.changed.connect(self._dress)
        self._dress()

    def _on_document(self) -> None:
        self._is_closed = False
        self._refresh()

    def _on_close(self) -> None:
        self._is_closed = True
        self.hide()

    def _refresh(self) -> None:
        nodes = {found.node for found in self._editor.outdated}
        count = len(nodes)
        whose = "The type of 1 node has" if count == 1 else f"The types of {count} nodes have"
        self.label.setText(f"{whose} changed since this graph was saved.")
        self.setVisible(bool(nodes) and not self._is_closed)

    def _dress(self) -> None:
        self._icon.setPixmap(icons.pixmap("ph.info", 16, self._theme.colour("accent"), self.devicePixelRatioF()))
        self._close.setIcon(icons.icon("ph.x", self._theme.colour("text3")))
