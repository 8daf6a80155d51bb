"""The one filled button of the window: Run, with its key."""

from __future__ import annotations

from qtpy import QtCore, QtGui, QtWidgets

from .. import icons
from ..theme import Theme

HEIGHT, MARGIN, GAP, ICON = 28, 9, 6, 13
CHIP_PADDING, CHIP_HEIGHT = 5, 18
CHIP_SHADE = 0.16
"""How much of the button's text colour the key's ground takes."""


class RunButton(QtWidgets.QAbstractButton):
    """Shows and triggers an action: icon, words, key, on the accent's colour."""

    def __init__(self, action: QtGui.QAction, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._action, self._theme = action, theme
        self.setObjectName("run_button")
        self.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        theme.changed.connect(self.update)
        self._follow()

    def sizeHint(self) -> QtCore.QSize:
        """As wide as its parts."""
        words = QtGui.QFontMetrics(self._theme.font("uiStrong")).horizontalAdvance(self.text())
        return QtCore.QSize(MARGIN + ICON + GAP + words + GAP + 2 + self._chip_width() + MARGIN - 3, HEIGHT)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw it."""
        theme, ratio = self._theme, self.devicePixelRatioF()
        ground, ink = theme.colour("hover"), theme.colour("text3")
        if self.isEnabled():
            ground, ink = theme.colour("accent"), theme.colour("accentText")
            if self.isDown():
                ground = theme.mix(ground, "canvas", 0.2)
            elif self.underMouse():
                ground = theme.mix(ground, "text1", 0.12)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        radius = theme.number("radius", "button")
        painter.drawRoundedRect(self.rect(), radius, radius)
        middle = self.height() // 2
        painter.drawPixmap(MARGIN, middle - ICON // 2, icons.pixmap("ph.play-fill", ICON, ink, ratio))
        painter.setPen(ink)
        painter.setFont(theme.font("uiStrong"))
        left = MARGIN + ICON + GAP
        align = QtCore.Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QtCore.QRect(left, 0, self.width(), self.height()), align, self.text())
        if self._key():
            width = self._chip_width()
            chip = QtCore.QRectF(self.width() - MARGIN + 3 - width, middle - CHIP_HEIGHT / 2, width, CHIP_HEIGHT)
            painter.setPen(QtCore.Qt.PenStyle.NoPen)
            painter.setBrush(theme.mix(ground, "canvas" if theme.mode == "dark" else "text1", CHIP_SHADE))
            painter.drawRoundedRect(chip, 3, 3)
            painter.setPen(ink)
            painter.setFont(theme.font("keyMedium"))
            painter.drawText(chip, QtCore.Qt.AlignmentFlag.AlignCenter, self._key())

    def _chip_width(self) -> int:
        metrics = QtGui.QFontMetrics(self._theme.font("keyMedium"))
        return metrics.horizontalAdvance(self._key()) + 2 * CHIP_PADDING if self._key() else 0

    def _key(self) -> str:
        return self._action.shortcut().toString(QtGui.QKeySequence.SequenceFormat.NativeText)

    def _follow(self) -> None:
        self.setEnabled(self._action.isEnabled())
        self.setText(self._action.text())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(self._action.text())
        self.updateGeometry()
        self.update()
