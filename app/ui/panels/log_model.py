"""Lines of the log as rows: at most 10,000, all of them or those from a level on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from qtpy import QtCore

from .table import Cell, CellModel

LIMIT = 10_000
"""Lines that are kept."""

LEVELS = ("debug", "info", "warning", "error")

_ICONS = {
    "debug": ("ph.bug", "text3"),
    "info": ("ph.info", "text3"),
    "warning": ("ph.warning", "s-paused"),
    "error": ("ph.x-circle", "s-failed"),
}

TIME, NODE, TEXT = range(3)


class Line(NamedTuple):
    """One line of the log.

    Attributes:
        time_s: When it came, in seconds since 1970.
        level: One of `LEVELS`.
        node: Who wrote it; empty for the application.
        text: What it says; it may have several lines.
    """

    time_s: float
    level: str
    node: str
    text: str

    def __str__(self) -> str:
        return "  ".join(part for part in (_clock(self.time_s), self.level, self.node, self.text) if part)


class LogModel(CellModel):
    """Lines as rows: all that are kept, or those from a level on."""

    headers = ("Time", "Node", "Text")

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._all: list[Line] = []
        self._shown = self._all
        self._least = 0

    @property
    def lines(self) -> Sequence[Line]:
        """Those that are shown."""
        return self._shown

    @property
    def total(self) -> int:
        """How many are kept."""
        return len(self._all)

    def add(self, lines: list[Line]) -> int:
        """Add lines at the end and drop the oldest ones beyond the limit. Gives how many rows went at the top."""
        over = max(len(self._all) + len(lines) - LIMIT, 0)
        gone = self._all[:over]
        rows = sum(1 for line in gone if self._is_shown(line))
        if rows:
            self.beginRemoveRows(QtCore.QModelIndex(), 0, rows - 1)
        del self._all[:over]
        if self._shown is not self._all:
            del self._shown[:rows]
        if rows:
            self.endRemoveRows()
        new = [line for line in lines if self._is_shown(line)]
        if new:
            self.beginInsertRows(QtCore.QModelIndex(), len(self._shown), len(self._shown) + len(new) - 1)
        self._all.extend(lines)
        if self._shown is not self._all:
            self._shown.extend(new)
        if new:
            self.endInsertRows()
        return rows

    def show_from(self, level: str) -> None:
        """Show lines of this level and of those that are worse."""
        self.beginResetModel()
        self._least = LEVELS.index(level)
        self._shown = self._all if not self._least else [line for line in self._all if self._is_shown(line)]
        self.endResetModel()

    def clear(self) -> None:
        """Forget all."""
        self.beginResetModel()
        self._all.clear()
        self._shown.clear()
        self.endResetModel()

    def _is_shown(self, line: Line) -> bool:
        return not self._least or LEVELS.index(line.level) >= self._least

    @property
    def height(self) -> int:
        """How many lines are shown."""
        return len(self._shown)

    def data(self, index: Any, role: int = 0) -> Any:
        """The cell of a line."""
        line, column = self._shown[index.row()], index.column()
        if role == QtCore.Qt.ItemDataRole.ToolTipRole:
            return line.text if column == TEXT else None
        if role == QtCore.Qt.ItemDataRole.AccessibleTextRole and column == TIME:
            return f"{line.level} {_clock(line.time_s)}"
        return self.cell(index.row(), column).text if role == QtCore.Qt.ItemDataRole.DisplayRole else None

    def cell(self, row: int, column: int) -> Cell:
        """What a cell shows."""
        line = self._shown[row]
        if column == TIME:
            icon, colour = _ICONS[line.level]
            return Cell(_clock(line.time_s), "text3", "mono", icon=icon, icon_colour=colour)
        if column == NODE:
            return Cell(line.node, "text2", "uiMedium")
        first, _, rest = line.text.partition("\n")
        return Cell(f"{first} …" if rest else first, "s-failed" if line.level == "error" else "text1")


def _clock(time_s: float) -> str:
    whole = time.strftime("%H:%M:%S", time.localtime(time_s))
    return f"{whole}.{int(time_s % 1 * 1000):03d}"
