"""The look of a panel's table: rows and header of the theme, whole rows selected, every cell drawn by one delegate.

A model gives what a cell shows as one `Cell`, and the delegate asks it without Qt between them. While a graph runs each
call into Qt may wait for the interpreter's lock, so cells are drawn with few of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from qtpy import QtCore, QtGui, QtWidgets

from .. import icons
from ..theme import Theme

KEPT = 2000
"""Texts of which is known how much has room."""

PADDING, EDGE, ICON, GAP = 8, 16, 14, 6
"""Beside a cell's text; before the first column; an icon's side; between icon and text."""


class Cell(NamedTuple):
    """What a cell shows.

    Attributes:
        text: Its words.
        colour: Colour of the words.
        font: Use of the font, as the theme names it.
        is_right: Whether it is aligned to the right.
        icon: An icon before the words.
        icon_colour: Its colour.
        more: A second line, in quiet colour.
    """

    text: str
    colour: str = "text1"
    font: str = "ui"
    is_right: bool = False
    icon: str = ""
    icon_colour: str | QtGui.QColor = "text2"
    more: str = ""


class CellModel(QtCore.QAbstractTableModel):
    """Rows of cells under headers.

    Attributes:
        headers: Names of the columns.
    """

    headers: ClassVar[Sequence[str]]

    def cell(self, row: int, column: int) -> Cell:
        """What a cell shows."""
        raise NotImplementedError

    @property
    def height(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def rowCount(self, parent: Any = None) -> int:
        """As many as there are; those have none inside them."""
        return 0 if parent is not None and parent.isValid() else self.height

    def columnCount(self, parent: Any = None) -> int:
        """One for each header."""
        return 0 if parent is not None and parent.isValid() else len(self.headers)

    def headerData(self, section: int, orientation: QtCore.Qt.Orientation, role: int = 0) -> Any:
        """The headers."""
        if orientation == QtCore.Qt.Orientation.Horizontal and role == QtCore.Qt.ItemDataRole.DisplayRole:
            return self.headers[section]
        return None


class CellDelegate(QtWidgets.QStyledItemDelegate):
    """Draws cells."""

    def __init__(self, theme: Theme, model: CellModel) -> None:
        super().__init__()
        self.theme = theme
        self._model = model
        self._elided: dict[tuple[str, str, int], str] = {}

    def paint(
        self,
        painter: QtGui.QPainter,
        option: QtWidgets.QStyleOptionViewItem,
        index: QtCore.QModelIndex | QtCore.QPersistentModelIndex,
    ) -> None:
        """Draw one cell."""
        is_selected = self.paint_ground(painter, option)
        column = index.column()
        cell = self._model.cell(index.row(), column)
        box = option.rect.adjusted(EDGE if column == 0 else PADDING, 0, -PADDING, 0)
        self.paint_cell(painter, box, cell, is_selected=is_selected)

    def paint_ground(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem) -> bool:
        """Draw what lies below: the selection or the pointer. Tell whether it is selected."""
        states = QtWidgets.QStyle.StateFlag
        is_selected = bool(option.state & states.State_Selected)
        if is_selected:
            painter.fillRect(option.rect, self.theme.colour("accentSoft"))
        elif option.state & states.State_MouseOver:
            painter.fillRect(option.rect, self.theme.colour("hover"))
        return is_selected

    def paint_cell(self, painter: QtGui.QPainter, box: QtCore.QRect, cell: Cell, *, is_selected: bool) -> None:
        """Draw icon and words into a box."""
        if cell.icon:
            ratio = painter.device().devicePixelRatioF()
            colour = cell.icon_colour
            colour = self.theme.colour(colour) if isinstance(colour, str) else colour
            picture = icons.pixmap(cell.icon, ICON, colour, ratio)
            height = int(self.theme.number("size", "tableRow")) if cell.more else box.height()
            painter.drawPixmap(box.left(), box.top() + (height - ICON) // 2, picture)
            box = box.adjusted(ICON + GAP, 0, 0, 0)
        if cell.more:
            half = box.height() // 2
            self._paint_words(painter, box.adjusted(0, half, 0, -3), cell.more, "text2" if is_selected else "text3")
            box = box.adjusted(0, 3, 0, -half)
        ink = "text2" if is_selected and cell.colour == "text3" else cell.colour
        self._paint_words(painter, box, cell.text, ink, cell.font, is_right=cell.is_right)

    def _paint_words(
        self,
        painter: QtGui.QPainter,
        box: QtCore.QRect,
        text: str,
        colour: str,
        font: str = "ui",
        *,
        is_right: bool = False,
    ) -> None:
        if not text:
            return
        align = QtCore.Qt.AlignmentFlag.AlignVCenter | (
            QtCore.Qt.AlignmentFlag.AlignRight if is_right else QtCore.Qt.AlignmentFlag.AlignLeft
        )
        painter.setPen(self.theme.colour(colour))
        parts = text.split("`")  # What stands in back quotes is code.
        for number, part in enumerate(parts):
            use = "mono" if number % 2 else font
            painter.setFont(self.theme.font(use))
            shown = part if is_right else self._fitted(part, use, box.width())
            painter.drawText(box, align, shown)
            if len(parts) > 1:
                box = box.adjusted(painter.fontMetrics().horizontalAdvance(shown), 0, 0, 0)
                if box.width() <= 0:
                    return

    def _fitted(self, text: str, font: str, width: int) -> str:
        """As much of a text as there is room for."""
        key = text, font, width
        shown = self._elided.get(key)
        if shown is None:
            metrics = QtGui.QFontMetrics(self.theme.font(font))
            shown = metrics.elidedText(text, QtCore.Qt.TextElideMode.ElideRight, width)
            if len(self._elided) > KEPT:
                self._elided.clear()
            self._elided[key] = shown
        return shown


class Table(QtWidgets.QTableView):
    """A table as the panels have it.

    Args:
        theme: Colours and fonts.
        model: A Qt model that is a `CellModel`, too.
        delegate: Draws the cells; a `CellDelegate` by default.

    Attributes:
        chosen: A row was double-clicked, or Enter pressed on it; its model's index.
        copied: Ctrl+C was pressed.
        resized: There is room for more or less.
    """

    chosen = QtCore.Signal(QtCore.QModelIndex)
    copied = QtCore.Signal()
    resized = QtCore.Signal()

    def __init__(self, theme: Theme, model: Any, delegate: CellDelegate | None = None) -> None:
        super().__init__()
        self.theme = theme
        self._delegate = delegate or CellDelegate(theme, model)  # Qt does not keep it.
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(int(theme.number("size", "tableRow")))
        columns.setHighlightSections(False)
        columns.setFont(theme.font("small"))
        columns.setFixedHeight(int(theme.number("size", "tableHeader")))
        columns.setMinimumSectionSize(28)
        columns.setDefaultAlignment(QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter)
        self.doubleClicked.connect(self.chosen)
        theme.changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        """Enter chooses the current row; Ctrl+C copies."""
        if event.matches(QtGui.QKeySequence.StandardKey.Copy):
            self.copied.emit()
        elif event.key() in (QtCore.Qt.Key.Key_Return, QtCore.Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Tell of it."""
        super().resizeEvent(event)
        self.resized.emit()

    def selected_rows(self) -> list[int]:
        """Rows of the model that are selected, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def shown_rows(self) -> tuple[int, int]:
        """First and last row that can be seen now; (0, -1) if there is none."""
        count = self.model().rowCount()
        if not count:
            return 0, -1
        last = self.rowAt(self.viewport().height() - 1)
        return max(self.rowAt(0), 0), last if last >= 0 else count - 1


class Quiet(QtWidgets.QLabel):
    """One line in place of what is not there yet."""

    def __init__(self, text: str, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("role", "quiet")
        self.setFont(theme.font("ui"))
        self.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        self.setTextFormat(QtCore.Qt.TextFormat.PlainText)
