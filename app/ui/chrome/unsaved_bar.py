"""A sentence on top of the canvas: edits were not saved when the program ended; they can be opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from qtpy import QtCore, QtWidgets

from ...errors import AnimaWeaveError
from .. import icons
from ..editor import Editor
from ..journal import Journal, Unsaved
from ..theme import Theme


class UnsavedBar(QtWidgets.QFrame):
    """Offers what was left, the newest first, until it is opened or thrown away.

    Args:
        editor: Where it is opened.
        journal: Where it is kept.
        theme: Colours.
        may_leave: Whether the document on screen may give way; asks about its edits.
        may_discard: Whether what is called so may be thrown away.
    """

    def __init__(
        self,
        editor: Editor,
        journal: Journal,
        theme: Theme,
        *,
        may_leave: Callable[[], bool],
        may_discard: Callable[[str], bool],
    ) -> None:
        super().__init__()
        self.setObjectName("unsaved_bar")
        self._editor, self._journal, self._theme = editor, journal, theme
        self._may_leave, self._may_discard = may_leave, may_discard
        self._left: list[Unsaved] = []
        self._icon = QtWidgets.QLabel()
        self.label = QtWidgets.QLabel()
        self.label.setObjectName("unsaved_edits")
        self.open_ = self._button("Open them", "recover")
        self.discard = self._button("Throw them away", "discard")
        self.open_.clicked.connect(self._recover)
        self.discard.clicked.connect(self._discard)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(12, 9, 6, 9)
        layout.setSpacing(8)
        for widget in (self._icon, self.label, self.open_, self.discard):
            layout.addWidget(widget)
        layout.addStretch(1)
        theme.changed.connect(self._dress)
        self._dress()
        self.look()

    def look(self) -> None:
        """Look for what was left."""
        self._left = self._journal.found()
        self.setVisible(bool(self._left))
        if self._left:
            first, others = self._left[0], len(self._left) - 1
            at = datetime.fromtimestamp(first.seconds, UTC).astimezone()
            more = f" There {'is' if others == 1 else 'are'} {others} more." if others else ""
            self.label.setText(f"Edits of {first.title} from {at:%d %B, %H:%M} were not saved.{more}")
            self.setAccessibleName(self.label.text())

    def _recover(self) -> None:
        if not self._may_leave():
            return
        try:
            self._journal.recover(self._left[0])
        except AnimaWeaveError as problem:
            self._editor.trouble.emit(f"{problem}; it is kept as it is")
            return
        self.look()

    def _discard(self) -> None:
        if self._may_discard(self._left[0].title):
            self._journal.forget(self._left[0])
            self.look()

    def _button(self, text: str, name: str) -> QtWidgets.QPushButton:
        made = QtWidgets.QPushButton(text)
        made.setObjectName(name)
        made.setProperty("role", "link")
        made.setCursor(QtCore.Qt.CursorShape.PointingHandCursor)
        return made

    def _dress(self) -> None:
        colour = self._theme.colour("s-paused")
        self._icon.setPixmap(icons.pixmap("ph.clock-counter-clockwise", 16, colour, self.devicePixelRatioF()))
