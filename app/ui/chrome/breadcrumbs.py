"""The way to the graph on screen, over the canvas: a button for each graph that it leads through. Hidden at the top."""

from __future__ import annotations

from functools import partial

from qtpy import QtCore, QtWidgets

from ...graph.subgraphs import uses
from .. import icons
from ..editor import Editor
from ..files import Files
from ..theme import Theme


class Breadcrumbs(QtWidgets.QWidget):
    """Shows where one is, and leads back."""

    def __init__(self, editor: Editor, files: Files, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("breadcrumbs")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self._editor, self._files, self._theme = editor, files, theme
        self._row = QtWidgets.QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 12, 4)
        self._row.setSpacing(2)
        editor.shown_changed.connect(self.refresh)
        editor.history_changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self._shown: object = None
        self.refresh()

    def refresh(self) -> None:
        """Look again where one is."""
        way, theme = self._editor.way, self._theme
        self.setVisible(bool(way))
        shown = (self._files.title, way, self._uses(), theme.mode)
        if shown == self._shown:
            return
        self._shown = shown
        while (item := self._row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._add_button(self._files.title.removesuffix(".weave.json"), 0)
        for depth, step in enumerate(way, 1):
            mark = QtWidgets.QLabel()
            mark.setPixmap(icons.pixmap("ph.caret-right", 12, theme.colour("text3"), self.devicePixelRatioF()))
            self._row.addWidget(mark)
            self._add_button(step.name if step.node == step.name else f"{step.name} ({step.node})", depth)
        note = QtWidgets.QLabel(self._note())
        note.setObjectName("breadcrumbs_note")
        note.setProperty("role", "quiet")
        self._row.addStretch(1)
        self._row.addWidget(note)

    def _add_button(self, text: str, depth: int) -> None:
        button = QtWidgets.QToolButton()
        button.setObjectName(f"breadcrumb_{depth}")
        button.setText(text)
        button.setAutoRaise(True)
        is_here = depth == len(self._editor.way)
        button.setCheckable(True)
        button.setChecked(is_here)
        button.setFont(self._theme.font("uiMedium" if is_here else "body"))
        button.setToolTip("" if is_here else f"Back to {text}")
        button.clicked.connect(partial(self._go, depth))
        self._row.addWidget(button)

    def _go(self, depth: int) -> None:
        way = self._editor.way
        if depth < len(way):
            self._editor.show(way[:depth])
            self._editor.select([way[depth].node])
        else:
            self._shown = None  # One is here: the button stays pressed.
            self.refresh()

    def _uses(self) -> int:
        """How many nodes use the sub-graph on screen."""
        way, root = self._editor.way, self._editor.root
        if not way:
            return 0
        parts = (root, *root.subgraphs.values())
        return sum(way[-1].name in uses(node) for part in parts for node in part.nodes.values())

    def _note(self) -> str:
        count = self._uses()
        return f"Edits hold for all {count} nodes that use it" if count > 1 else ""
