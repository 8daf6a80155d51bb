"""The scale of the view, in the canvas' corner: less, how much, more, all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QFrame, QHBoxLayout, QToolButton

from ..icons import icon

if TYPE_CHECKING:
    from .view import CanvasView


class ZoomBar(QFrame):
    """Buttons over the canvas that change its scale."""

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self.setObjectName("zoom_bar")
        self._canvas = canvas
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        self._buttons = {
            "ph.minus": self._button("Zoom out", canvas.zoom_out),
            "": self._button("100 %", canvas.reset_zoom),
            "ph.plus": self._button("Zoom in", canvas.zoom_in),
            "ph.corners-out": self._button("Fit all", canvas.fit_all),
        }
        for button in self._buttons.values():
            layout.addWidget(button)
        self._buttons[""].setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._buttons[""].setFixedWidth(56)
        canvas.scale_changed.connect(self._on_scale)
        canvas.theme.changed.connect(self._on_theme)
        self._on_theme()
        self._on_scale(1.0)
        self.adjustSize()

    def _button(self, name: str, pressed: object) -> QToolButton:
        button = QToolButton()
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.setIconSize(QSize(14, 14))
        button.setFixedSize(26, 24)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(pressed)
        return button

    def _on_scale(self, scale: float) -> None:
        self._buttons[""].setText(f"{round(scale * 100)} %")

    def _on_theme(self) -> None:
        theme = self._canvas.theme
        for name, button in self._buttons.items():
            if name:
                button.setIcon(icon(name, theme.colour("text2")))
        panel, border = theme.colour("panel").name(), theme.colour("border").name()
        self.setStyleSheet(f"#zoom_bar {{ background: {panel}; border: 1px solid {border}; border-radius: 6px; }}")
