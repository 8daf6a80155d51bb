"""Why a port refuses a wire, in a sentence beside the pointer."""

from __future__ import annotations

from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtWidgets import QFrame, QGraphicsView, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ..icons import pixmap
from ..theme import Theme

GAP = 16
"""Pixels between the pointer and the callout."""


class Callout(QFrame):
    """A small card with a title and a reason; it takes no clicks."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("callout")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedWidth(276)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(8)
        self._icon, self._title, self._reason = QLabel(), QLabel(), QLabel()
        self._title.setFont(theme.font("nodeTitle"))
        self._title.setWordWrap(True)
        self._reason.setWordWrap(True)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        layout.addLayout(head)
        layout.addWidget(self._reason)
        self.hide()

    def explain(self, title: str, reason: str, at: QPointF, view: QGraphicsView) -> None:
        """Show a reason near a point of the scene, inside the view.

        Args:
            title: What refuses.
            reason: Why.
            at: The pointer, in the scene.
            view: The canvas.
        """
        theme = self._theme
        raised, border = theme.colour("raised").name(), theme.colour("border2").name()
        self.setStyleSheet(f"#callout {{ background: {raised}; border: 1px solid {border}; border-radius: 8px; }}")
        self._icon.setPixmap(pixmap("ph.prohibit", 16, theme.state_colour("failed")))
        self._title.setText(f"{title} does not take this")
        self._reason.setText(reason[:1].upper() + reason[1:] + ("" if reason.endswith(".") else "."))
        self.resize(self.width(), self.heightForWidth(self.width()))  # `adjustSize` knows nothing of wrapped lines.
        point = view.mapFromScene(at) + QPoint(GAP, GAP)
        room = view.viewport().size()
        if point.x() + self.width() > room.width() - 8:
            point.setX(point.x() - self.width() - 2 * GAP)
        if point.y() + self.height() > room.height() - 8:
            point.setY(point.y() - self.height() - 2 * GAP)
        self.move(point)
        self.show()
        self.raise_()

    @property
    def reason(self) -> str:
        """The sentence that is shown."""
        return self._reason.text()
