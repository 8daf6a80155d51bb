"""One of a few values: side by side where they are short, in a list where they are not."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from qtpy import QtCore, QtGui, QtWidgets

from ...theme import Theme
from .field import ValueField

FEW, SHORT = 4, 20
"""So many values, of so many letters in all, stand side by side."""


def choice_text(value: Any) -> str:
    """A value as it is chosen."""
    if value is None:
        return "none"
    return str(value.name if isinstance(value, enum.Enum) else value).replace("_", " ")


def are_few(values: Sequence[Any]) -> bool:
    """Whether the values have room side by side."""
    return len(values) <= FEW and sum(len(choice_text(value)) for value in values) <= SHORT


class SegmentField(ValueField):
    """Values side by side, the chosen one marked."""

    def __init__(self, values: Sequence[Any], name: str, theme: Theme) -> None:
        super().__init__()
        self._values, self._theme = tuple(values), theme
        self._chosen: int | None = None
        self._hovered: int | None = None
        self.setAccessibleName(name)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_value(self, value: Any) -> None:
        """Show which is chosen; none, if the value is none of them."""
        same = (place for place, one in enumerate(self._values) if one == value and type(one) is type(value))
        self._chosen = next(same, None)
        self.setAccessibleDescription("" if self._chosen is None else choice_text(self._values[self._chosen]))
        self.update()

    def sizeHint(self) -> QtCore.QSize:
        """As wide as the widest, so many times."""
        return QtCore.QSize(sum(self._widths()) + 2, 24)

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        """Choose what lies there."""
        if event.button() == QtCore.Qt.MouseButton.LeftButton:
            self._choose(self._at(event.position().x()))

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        """Show what would be chosen."""
        self._hovered = self._at(event.position().x())
        self.update()

    def leaveEvent(self, event: QtCore.QEvent) -> None:
        """Show it no more."""
        self._hovered = None
        self.update()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Arrows choose the one beside."""
        steps = {QtCore.Qt.Key.Key_Left: -1, QtCore.Qt.Key.Key_Right: 1}
        if event.key() in steps:
            place = (-1 if self._chosen is None else self._chosen) + steps[QtCore.Qt.Key(event.key())]
            self._choose(min(max(place, 0), len(self._values) - 1))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the values."""
        painter, theme = QtGui.QPainter(self), self._theme
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        radius = theme.number("radius", "field")
        frame = QtCore.QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(theme.colour("border"))
        painter.setBrush(theme.colour("field"))
        painter.drawRoundedRect(frame, radius, radius)
        left = 1.0
        for place, (value, width) in enumerate(zip(self._values, self._widths(), strict=True)):
            box = QtCore.QRectF(left, 1, width, self.height() - 2)
            if place in (self._chosen, self._hovered):
                painter.setPen(QtCore.Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accentSoft" if place == self._chosen else "hover"))
                painter.drawRoundedRect(box, radius - 1, radius - 1)
            painter.setFont(theme.font("uiMedium"))
            painter.setPen(theme.colour("text1" if place == self._chosen else "text3"))
            painter.drawText(box, QtCore.Qt.AlignmentFlag.AlignCenter, choice_text(value))
            left += width

    def _choose(self, place: int) -> None:
        if place != self._chosen:
            self.set_value(self._values[place])
            self.edited.emit(self._values[place], False)

    def _at(self, x: float) -> int:
        right = 1
        for place, width in enumerate(self._widths()):
            right += width
            if x < right:
                return place
        return len(self._values) - 1

    def _widths(self) -> list[int]:
        metrics = QtGui.QFontMetrics(self._theme.font("uiMedium"))
        return [max(metrics.horizontalAdvance(choice_text(value)) + 18, 40) for value in self._values]


class ChoiceField(ValueField):
    """Values in a list that opens."""

    def __init__(self, values: Sequence[Any], name: str) -> None:
        super().__init__()
        self._values: tuple[Any, ...] = ()
        self.box = _Box()
        self.box.setAccessibleName(name)
        self.offer(values)
        self.box.activated.connect(self._on_choice)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        self.setFocusProxy(self.box)

    def offer(self, values: Sequence[Any], texts: Sequence[str] = ()) -> None:
        """Let other values be chosen, under these words or their own."""
        self._values = tuple(values)
        words = [*texts] or [choice_text(value) for value in values]
        if words != [self.box.itemText(place) for place in range(self.box.count())]:
            self.box.clear()
            self.box.addItems(words)

    def set_value(self, value: Any) -> None:
        """Show which is chosen."""
        same = (place for place, one in enumerate(self._values) if one == value and type(one) is type(value))
        self.box.setCurrentIndex(next(same, -1))

    def _on_choice(self, place: int) -> None:
        self.edited.emit(self._values[place], False)


class _Box(QtWidgets.QComboBox):
    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        """Scrolling past chooses nothing."""
        event.ignore()
