"""The status bar: how the run stands, what it costs, what is wrong, and which file this is."""

from __future__ import annotations

import time

from qtpy import QtCore, QtWidgets

from .. import icons
from ..editor import Editor
from ..figures import count, size
from ..files import Files
from ..theme import Theme
from ..watch import Snapshot

PERIOD_S = 0.25
"""Between two figures: nobody reads more than four a second."""

MESSAGE_MS = 8000

_ENDINGS = {"success": "Done", "partial": "Done in part", "failed": "Failed", "cancelled": "Stopped"}
_STATES = {"success": "done", "partial": "failed", "failed": "failed", "cancelled": "cancelled"}


class StatusBar(QtWidgets.QStatusBar):
    """State of the run at the left, what is known of the document at the right.

    Attributes:
        problems_wanted: The count of problems was clicked.
    """

    problems_wanted = QtCore.Signal()

    def __init__(self, editor: Editor, files: Files, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setSizeGripEnabled(False)
        self.setFixedHeight(int(theme.number("size", "status")))
        self._editor, self._files, self._theme = editor, files, theme
        self._shown_at = 0.0
        self._mark = QtWidgets.QLabel()
        self._state = self._label("run_state")
        self._epochs = self._label("epochs")
        self._message = self._label("status_message")
        self._memory = self._label("memory")
        self._file = self._label("file_name")
        self._problems = QtWidgets.QToolButton()
        self._problems.setObjectName("problem_count")
        self._problems.setFont(theme.font("small"))
        self._problems.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._problems.setIconSize(QtCore.QSize(12, 12))
        self._problems.setFixedHeight(20)
        self._problems.clicked.connect(self.problems_wanted)
        row = QtWidgets.QWidget()
        layout = QtWidgets.QHBoxLayout(row)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(16)
        left = QtWidgets.QHBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._mark)
        left.addWidget(self._state)
        layout.addLayout(left)
        layout.addWidget(self._epochs)
        layout.addWidget(self._message, 1)
        for widget in (self._problems, self._memory, self._file):
            layout.addWidget(widget)
        self.addWidget(row, 1)
        self._silence = QtCore.QTimer(self)
        self._silence.setSingleShot(True)
        self._silence.timeout.connect(self._message.clear)
        editor.message.connect(self.tell)
        editor.run_started.connect(self._on_run)
        editor.run_ended.connect(self._on_run)
        editor.live.tick.connect(self._on_tick)
        editor.diagnostics_changed.connect(self._on_problems)
        editor.modified_changed.connect(self._on_document)
        editor.document_replaced.connect(self._on_another)
        theme.changed.connect(self._dress)
        self._on_another()
        self._dress()

    def tell(self, sentence: str) -> None:
        """Show a sentence for a while."""
        self._message.setText(sentence)
        self._message.setToolTip(sentence)
        self._silence.start(MESSAGE_MS)

    def _label(self, name: str) -> QtWidgets.QLabel:
        label = QtWidgets.QLabel()
        label.setObjectName(name)
        label.setProperty("role", "secondary")
        label.setFont(self._theme.font("small"))
        return label

    def _on_another(self) -> None:
        self._epochs.clear()
        self._memory.clear()
        self._on_run()
        self._on_problems()
        self._on_document()

    def _on_run(self) -> None:
        text, state = "Ready", "idle"
        if self._editor.is_running:
            text, state = "Running", "running"
        elif self._editor.result is not None:
            status = self._editor.result.status
            text, state = _ENDINGS[status], _STATES[status]
        self._state.setText(text)
        self._show_mark(state)

    def _show_mark(self, state: str) -> None:
        name = self._theme.state_icon(state)
        self._mark.setVisible(bool(name))
        if name:
            colour = self._theme.state_colour(state)
            self._mark.setPixmap(icons.pixmap(name, 12, colour, self.devicePixelRatioF()))

    def _on_tick(self, snapshot: Snapshot) -> None:
        now = time.monotonic()
        if not snapshot.is_last and now - self._shown_at < PERIOD_S:
            return
        self._shown_at = now
        epochs = f"{count(snapshot.epochs)} epoch{'' if snapshot.epochs == 1 else 's'}"
        if snapshot.epochs > 1 and snapshot.elapsed_s > 0:
            epochs += f"   {count(round(snapshot.epochs / snapshot.elapsed_s))} epochs/s"
        self._epochs.setText(epochs)
        self._memory.setText(f"{size(snapshot.live_bytes)} live · {size(snapshot.freed_bytes)} freed")

    def _on_problems(self) -> None:
        found = len(self._editor.diagnostics) + len(self._editor.failures)
        self._problems.setText(f"{count(found)} problem{'' if found == 1 else 's'}" if found else "No problems")
        self._problems.setToolTip("Show the problems")
        is_bad = any(finding.is_error for finding in (*self._editor.diagnostics, *self._editor.failures))
        icon = "ph.x-circle" if is_bad else "ph.warning" if found else "ph.check"
        colour = "s-failed" if is_bad else "s-paused" if found else "text2"
        self._problems.setIcon(icons.icon(icon, self._theme.colour(colour)))

    def _on_document(self) -> None:
        self._file.setText(self._editor.path.name if self._editor.path else "not saved yet")
        self._file.setToolTip(str(self._editor.path or ""))

    def _dress(self) -> None:
        self._on_run()
        self._on_problems()
