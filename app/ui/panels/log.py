"""Log: what nodes write, what the application says, and what the library's loggers report, in the order it came.

At most 10,000 lines are kept. Any thread may log: lines wait in a bounded queue until the GUI thread takes them, at
most ten times a second, and while the panel is hidden until it is shown.
"""

from __future__ import annotations

import collections
import time
from collections.abc import Iterable

from qtpy import QtCore, QtGui, QtWidgets

from .. import icons
from ..editor import Editor
from ..theme import Theme
from ..watch import Snapshot
from .log_handler import Handler, attach
from .log_model import LEVELS, LIMIT, NODE, TEXT, TIME, Line, LogModel
from .table import Quiet, Table

PERIOD_MS = 100
"""Between two times that new lines are shown."""

CHOICES = ("All levels", "Info and worse", "Warnings and errors", "Errors")
"""What may be shown: the level of the same place in `LEVELS`, and all that are worse."""


class Log(QtWidgets.QWidget):
    """The lines, with what to do about them.

    Attributes:
        close_log: Hears of no logger any more; called by itself when the panel goes.
    """

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("log")
        self.setAccessibleName("Log")
        self._editor, self._theme = editor, theme
        self._queue: collections.deque[Line] = collections.deque(maxlen=LIMIT)
        self._follows = True
        self._model = LogModel(self)
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._take)
        self._make_bar()
        self._make_table()
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addLayout(self._pages, 1)
        self._handler = Handler(self._queue, self)
        self._handler.bell.rung.connect(self._wake)
        self.close_log = attach(self._handler)
        self.destroyed.connect(self.close_log)
        editor.live.tick.connect(self._on_tick)
        editor.message.connect(self._on_message)
        editor.trouble.connect(self._on_trouble)
        theme.changed.connect(self._dress)
        self._dress()

    def _make_bar(self) -> None:
        self._bar = QtWidgets.QWidget()
        self._bar.setFixedHeight(36)
        self.level_box = QtWidgets.QComboBox()
        self.level_box.setObjectName("log_level")
        self.level_box.setAccessibleName("Levels that are shown")
        self.level_box.addItems(list(CHOICES))
        self.level_box.setFixedWidth(160)
        self._count = QtWidgets.QLabel()
        self._count.setProperty("role", "quiet")
        self._count.setFont(self._theme.font("small"))
        self.copy_button = self._button("Copy", "copy_log", "Copy the selected lines, or all that are shown")
        self.clear_button = self._button("Clear", "clear_log", "Forget all lines")
        row = QtWidgets.QHBoxLayout(self._bar)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(12)
        row.addWidget(self.level_box)
        row.addStretch(1)
        row.addWidget(self._count)
        row.addWidget(self.copy_button)
        row.addWidget(self.clear_button)
        self.level_box.currentIndexChanged.connect(self._show_levels)
        self.copy_button.clicked.connect(self._copy)
        self.clear_button.clicked.connect(self._clear)

    def _button(self, text: str, name: str, tip: str) -> QtWidgets.QToolButton:
        button = QtWidgets.QToolButton()
        button.setText(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(QtCore.QSize(14, 14))
        button.setFixedHeight(24)
        return button

    def _make_table(self) -> None:
        self.table = Table(self._theme, self._model)
        self.table.setObjectName("log_table")
        self.table.setAccessibleName("Lines of the log")
        self.table.verticalHeader().setDefaultSectionSize(int(self._theme.number("size", "treeRow")))
        header = self.table.horizontalHeader()
        header.resizeSection(TIME, 140)
        header.resizeSection(NODE, 140)
        header.setSectionResizeMode(TEXT, QtWidgets.QHeaderView.ResizeMode.Stretch)
        self._nothing = Quiet("What nodes and the application write appears here", self._theme)
        self._pages = QtWidgets.QStackedLayout()
        self._pages.addWidget(self._nothing)
        self._pages.addWidget(self.table)
        self.table.chosen.connect(self._go)
        self.table.copied.connect(self._copy)
        self.table.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    # ------------------------------------------------------------ lines that come

    def _on_tick(self, snapshot: Snapshot) -> None:
        if snapshot.log:
            now = time.time()
            self._queue.extend(Line(now, line.level, line.node, line.text) for line in snapshot.log)
            self._wake()

    def _on_message(self, text: str) -> None:
        self._say("info", text)

    def _on_trouble(self, text: str) -> None:
        self._say("error", text)

    def _say(self, level: str, text: str) -> None:
        self._queue.append(Line(time.time(), level, "", text))
        self._wake()

    def _wake(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """Take in what came meanwhile."""
        super().showEvent(event)
        self._take()

    def _take(self) -> None:
        self._handler.bell.is_rung = False
        lines = []
        while self._queue:
            lines.append(self._queue.popleft())
        if not lines:
            return
        follows = self._follows  # Rows that come and go scroll, too.
        bar = self.table.verticalScrollBar()
        place = bar.value()
        gone = self._model.add(lines)
        self._refresh()
        if follows:
            self.table.scrollToBottom()
        elif gone:
            bar.setValue(max(place - gone, 0))
        self._follows = follows

    def _on_scrolled(self, value: int) -> None:
        self._follows = value >= self.table.verticalScrollBar().maximum()

    # ------------------------------------------------------------ what is done

    def _show_levels(self, choice: int) -> None:
        self._model.show_from(LEVELS[choice])
        self._refresh()
        self.table.scrollToBottom()

    def _clear(self) -> None:
        self._queue.clear()
        self._model.clear()
        self._follows = True
        self._refresh()

    def _copy(self) -> None:
        lines = self._model.lines
        rows: Iterable[int] = self.table.selected_rows() or range(len(lines))
        QtWidgets.QApplication.clipboard().setText("\n".join(str(lines[row]) for row in rows))

    def _go(self, index: QtCore.QModelIndex) -> None:
        node = self._model.lines[index.row()].node.partition("/")[0]
        if node:
            self._editor.select([node])

    def _refresh(self) -> None:
        shown, all_ = len(self._model.lines), self._model.total
        self._pages.setCurrentWidget(self.table if shown else self._nothing)
        some = f"{shown:,} of {all_:,}" if shown != all_ else f"{all_:,}"
        self._count.setText(f"{some} line{'' if all_ == 1 else 's'}" if all_ else "")
        self.copy_button.setEnabled(bool(shown))
        self.clear_button.setEnabled(bool(all_))

    def _dress(self) -> None:
        colour = self._theme.colour("text2")
        self.copy_button.setIcon(icons.icon("ph.copy", colour))
        self.clear_button.setIcon(icons.icon("ph.trash", colour))
        self._refresh()
