"""A part of the inspector that folds, and the rows in it."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from .. import icons
from ..theme import Theme

LABEL_WIDTH = 96
ROW = 28


class Section(QtWidgets.QWidget):
    """A title that folds what is under it.

    Attributes:
        body: Layout of what is under the title.
        aside: Layout at the right of the title.
    """

    def __init__(self, title: str, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._head = _Head(title, theme)
        self._head.clicked.connect(self._turn)
        self._content = QtWidgets.QWidget()
        self.body = QtWidgets.QVBoxLayout(self._content)
        self.body.setContentsMargins(16, 0, 16, 12)
        self.body.setSpacing(0)
        self.aside = QtWidgets.QHBoxLayout(self._head)
        self.aside.setContentsMargins(0, 0, 16, 0)
        self.aside.addStretch(1)
        line = QtWidgets.QFrame()
        line.setProperty("role", "line")
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(line)
        layout.addWidget(self._head)
        layout.addWidget(self._content)

    def _turn(self) -> None:
        self._head.is_open = not self._head.is_open
        self._content.setVisible(self._head.is_open)
        self._head.update()


class _Head(QtWidgets.QAbstractButton):
    def __init__(self, title: str, theme: Theme) -> None:
        super().__init__()
        self.is_open = True
        self._theme = theme
        self.setText(title)
        self.setAccessibleName(title)
        self.setFixedHeight(int(theme.number("size", "sectionHeader")))
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw arrow and title."""
        painter, middle = QtGui.QPainter(self), self.height() // 2
        name = "ph.caret-down" if self.is_open else "ph.caret-right"
        painter.drawPixmap(
            14, middle - 6, icons.pixmap(name, 12, self._theme.colour("text3"), self.devicePixelRatioF())
        )
        painter.setFont(self._theme.font("uiStrong"))
        painter.setPen(self._theme.colour("text1"))
        align = QtCore.Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QtCore.QRect(32, 0, self.width(), self.height()), align, self.text())


class Row(QtWidgets.QWidget):
    """A name, what is edited there, and below it why a value was refused.

    Attributes:
        reset_wanted: The value is to be the default again.
    """

    reset_wanted = QtCore.Signal()

    def __init__(self, name: str, widget: QtWidgets.QWidget, theme: Theme, tip: str = "") -> None:
        super().__init__()
        self._theme = theme
        self.label = _Elided(name)
        self.label.setProperty("role", "secondary")
        self.label.setToolTip(tip)
        self.label.setBuddy(widget)
        self._reset = QtWidgets.QToolButton()
        self._reset.setProperty("role", "small")
        self._reset.setFixedSize(16, 16)
        self._reset.setIconSize(QtCore.QSize(12, 12))
        self._reset.setToolTip("Back to the default")
        self._reset.setAccessibleName(f"Reset {name}")
        self._reset.clicked.connect(self.reset_wanted)
        kept = self._reset.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(kept)
        self._reset.hide()
        self._refusal = QtWidgets.QLabel()
        self._refusal.setObjectName("refusal")
        self._refusal.setProperty("role", "failed")
        self._refusal.setFont(theme.font("small"))
        self._refusal.setWordWrap(True)
        self._refusal.hide()
        head = QtWidgets.QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        head.addWidget(self.label, 1)
        head.addWidget(self._reset)
        left = QtWidgets.QWidget()
        left.setLayout(head)
        left.setFixedSize(LABEL_WIDTH, ROW)
        widget.setMinimumHeight(24)
        line = QtWidgets.QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(left, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        if widget.sizePolicy().horizontalPolicy() == QtWidgets.QSizePolicy.Policy.Fixed:
            line.addWidget(widget)
            line.addStretch(1)
        else:
            line.addWidget(widget, 1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(line)
        layout.addWidget(self._refusal)
        theme.changed.connect(self._dress)
        self._dress()

    def set_default(self, is_default: bool) -> None:
        """Offer to reset a value that is not the default."""
        self._reset.setVisible(not is_default)

    def refuse(self, sentence: str) -> None:
        """Say why a value was refused; nothing takes it back."""
        self._refusal.setText(sentence)
        self._refusal.setVisible(bool(sentence))

    def _dress(self) -> None:
        self._reset.setIcon(icons.icon("ph.arrow-counter-clockwise", self._theme.colour("text3")))


class _Elided(QtWidgets.QLabel):
    """A name that is cut short where there is no room; the tooltip has it whole."""

    def minimumSizeHint(self) -> QtCore.QSize:
        """It may be cut."""
        return QtCore.QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw as much as there is room for."""
        painter = QtGui.QPainter(self)
        text = self.fontMetrics().elidedText(self.text(), QtCore.Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), QtCore.Qt.AlignmentFlag.AlignVCenter, text)


def clear(layout: QtWidgets.QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
