"""A line on top of the canvas while the document is compared: with what, what has changed, on to the next."""

from __future__ import annotations

from qtpy import QtCore, QtWidgets

from .. import icons
from ..comparison import Comparison
from ..theme import Theme


class ComparisonBar(QtWidgets.QFrame):
    """Shown while there is a comparison.

    Attributes:
        reveal: A node that is to be brought into view.
    """

    reveal = QtCore.Signal(str)

    def __init__(self, comparison: Comparison, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparison_bar")
        self._comparison, self._theme = comparison, theme
        self._icon = QtWidgets.QLabel()
        self.label = QtWidgets.QLabel()
        self.label.setObjectName("comparison")
        self.next = QtWidgets.QPushButton("Next change")
        self.next.setObjectName("next_change")
        self.next.setProperty("role", "link")
        self.next.clicked.connect(self._go)
        self.done = QtWidgets.QPushButton("Done")
        self.done.setObjectName("end_comparison")
        self.done.setProperty("role", "link")
        self.done.clicked.connect(comparison.stop)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.setSpacing(8)
        layout.addWidget(self._icon)
        layout.addWidget(self.label)
        layout.addWidget(self.next)
        layout.addStretch(1)
        layout.addWidget(self.done)
        self.hide()
        comparison.changed.connect(self._refresh)
        theme.changed.connect(self._dress)
        self._dress()

    def _refresh(self) -> None:
        comparison = self._comparison
        self.setVisible(bool(comparison.title))
        self.label.setText(f"Compared with {comparison.title} — {comparison.summary}")
        self.label.setToolTip("\n".join(map(str, comparison.changes[:40])))
        self.next.setEnabled(bool(comparison.changes))

    def _go(self) -> None:
        node = self._comparison.next()
        if node is not None:
            self.reveal.emit(node)

    def _dress(self) -> None:
        self._icon.setPixmap(icons.pixmap("ph.git-diff", 16, self._theme.colour("accent"), self.devicePixelRatioF()))
