"""The figures of all nodes as a table model: rows of the document, columns of the engine's metrics.

New figures are copied into one array that stays, and only the rows that can be seen are told to be others. Sorting
and filtering are NumPy's, so a table of 20,000 nodes costs no Python a row. All times are in seconds, sizes in bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from qtpy import QtCore

from ...engine.observe.metrics import ROW
from ..figures import SIZES, SPACE, TIMES, Unit, count, duration, size, unit_for
from ..theme import Theme
from .table import Cell, CellModel

Index = QtCore.QModelIndex | QtCore.QPersistentModelIndex
Order = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        title: Its header.
        field: What it shows of `ROW`; empty for the words of a node.
        factor: Of the field, to seconds or bytes.
        units: That it may be in; none for counts.
        is_right: Whether it has figures.
        width: In pixels, to begin with.
    """

    title: str
    field: str = ""
    factor: float = 1.0
    units: tuple[Unit, ...] = ()
    is_right: bool = False
    width: int = 76


STATE, NODE, TYPE, RUNS, P50, P95, MAILBOX, BYTES_OUT, FREED, FAILURES = range(10)
COLUMNS = (
    Column("", width=40),
    Column("Node", width=116),
    Column("Type", width=90),
    Column("Runs", "runs", is_right=True, width=66),
    Column("p50", "p50_ns", 1e-9, TIMES, is_right=True, width=70),
    Column("p95", "p95_ns", 1e-9, TIMES, is_right=True, width=70),
    Column("Mailbox now · peak", "depth", width=126),
    Column("Bytes out", "bytes_out", 1.0, SIZES, is_right=True, width=96),
    Column("Freed", "bytes_freed", 1.0, SIZES, is_right=True),
    Column("Failures", "failures", is_right=True, width=70),
)


class NodeTable(CellModel):
    """A row a node, in the order that was asked for."""

    headers = tuple(column.title for column in COLUMNS)

    def __init__(self, theme: Theme, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ids: list[str] = []
        self._types: list[str] = []
        self._places: dict[str, int] = {}
        self._states: Mapping[str, str] = {}
        self._figures = np.zeros(0, ROW)
        self._has_figures = np.zeros(0, bool)
        self._units: list[Unit | None] = [column.units[-1] if column.units else None for column in COLUMNS]
        self._deepest = 0
        self._filter = ""
        self._sorted_by: tuple[int, bool] = (-1, False)
        self._order: Order = np.zeros(0, np.intp)
        self._row_of: Order = np.zeros(0, np.intp)
        self._rows_of_run: Sequence[str] = ()
        self._from_run: tuple[Order, Order] = (self._order, self._order)

    # ------------------------------------------------------------ what it is fed

    def set_nodes(self, nodes: Sequence[tuple[str, str]], states: Mapping[str, str]) -> None:
        """Take other nodes; those that stay keep their figures.

        Args:
            nodes: Id and type of each, in order.
            states: State of each by id, looked up when it is drawn.
        """
        self.beginResetModel()
        old_places, old, had = self._places, self._figures, self._has_figures
        self._ids, self._types = [id_ for id_, _ in nodes], [node_type for _, node_type in nodes]
        self._places = {id_: place for place, id_ in enumerate(self._ids)}
        self._states = states
        self._figures, self._has_figures = np.zeros(len(nodes), ROW), np.zeros(len(nodes), bool)
        kept = [(place, old_places[id_]) for id_, place in self._places.items() if id_ in old_places]
        if kept:
            to, from_ = np.array(kept, np.intp).T
            self._figures[to], self._has_figures[to] = old[from_], had[from_]
        self._rows_of_run = ()
        self._order = self._wanted_order()
        self._index_rows()
        self.endResetModel()

    def set_figures(self, ids: Sequence[str], table: npt.NDArray[np.void], visible: tuple[int, int]) -> None:
        """Take new figures in place.

        Args:
            ids: Node of each row of the table.
            table: Rows of `ROW`.
            visible: First and last row that can be seen.
        """
        if ids is not self._rows_of_run:
            self._rows_of_run = ids
            pairs = [(self._places[id_], row) for row, id_ in enumerate(ids) if id_ in self._places]
            to, from_ = np.array(pairs, np.intp).reshape(-1, 2).T
            self._from_run = to, from_
            self._has_figures[:] = False
            self._has_figures[to] = True
            self._tell_units()
        to, from_ = self._from_run
        self._figures[to] = table[from_]
        self._choose_units()
        self.tell_changed(visible, first_column=RUNS)
        self.tell_changed(visible, last_column=STATE)

    def clear_figures(self, visible: tuple[int, int]) -> None:
        """Forget all figures."""
        self._figures[:] = np.zeros((), ROW)
        self._has_figures[:] = False
        self._rows_of_run = ()
        self._tell_units()
        self.tell_changed(visible)

    def tell_changed(self, visible: tuple[int, int], *, first_column: int = STATE, last_column: int = FAILURES) -> None:
        """Let columns of the rows that can be seen be drawn again."""
        first, last = visible[0], min(visible[1], len(self._order) - 1)
        if first <= last:
            self.dataChanged.emit(self.index(first, first_column), self.index(last, last_column))

    def _tell_units(self) -> None:
        self.headerDataChanged.emit(QtCore.Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def _choose_units(self) -> None:
        for number, column in enumerate(COLUMNS):
            if column.units and len(self._figures):
                largest = float(self._figures[column.field].max()) * column.factor
                unit = unit_for(largest, column.units, self._units[number])
                if unit is not self._units[number]:
                    self._units[number] = unit
                    self._tell_units()
        self._deepest = int(self._figures["depth_peak"].max(initial=0))

    # ------------------------------------------------------------ order

    def set_filter(self, text: str) -> None:
        """Show only nodes in whose id or type all words are found; nothing typed shows all."""
        text = text.lower().strip()
        if text != self._filter:
            self.beginResetModel()
            self._filter = text
            self._order = self._wanted_order()
            self._index_rows()
            self.endResetModel()

    def sort(self, column: int, order: QtCore.Qt.SortOrder = QtCore.Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 for the order of the document."""
        self._sorted_by = column, order == QtCore.Qt.SortOrder.DescendingOrder
        self._put_in_order()

    def sort_again(self) -> None:
        """Put the rows into the order of the figures of now; what is selected stays selected."""
        if self._sorted_by[0] not in (-1, NODE, TYPE):  # Words stay as they are.
            self._put_in_order()

    def _put_in_order(self) -> None:
        wanted = self._wanted_order()
        if np.array_equal(wanted, self._order):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        places = [int(self._order[index.row()]) for index in before]
        self._order = wanted
        self._index_rows()
        after = [
            self.index(int(self._row_of[place]), index.column()) for place, index in zip(places, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _wanted_order(self) -> Order:
        words = self._filter.split()
        order = np.arange(len(self._ids), dtype=np.intp)
        if words:
            shown = [
                place
                for place, (id_, type_) in enumerate(zip(self._ids, self._types, strict=True))
                if all(word in id_.lower() or word in type_.lower() for word in words)
            ]
            order = np.array(shown, np.intp)
        column, is_falling = self._sorted_by
        if column < 0 or not len(order):
            return order
        keys = self._keys(column)[order]
        ranks = np.argsort(-keys if is_falling else keys, kind="stable")
        return order[ranks]

    def _keys(self, column: int) -> npt.NDArray[Any]:
        if COLUMNS[column].field:
            return self._figures[COLUMNS[column].field].astype(np.float64)
        words: Callable[[int], str] = {
            STATE: self._state,
            NODE: lambda place: self._ids[place].lower(),
            TYPE: lambda place: self._types[place].lower(),
        }[column]
        ranks = np.empty(len(self._ids), np.intp)
        ranks[sorted(range(len(self._ids)), key=words)] = np.arange(len(self._ids))
        if column == NODE:
            return ranks
        # Equal words are equal keys, so that they stay in the document's order.
        seen: dict[str, int] = {}
        return np.array([seen.setdefault(words(place), int(ranks[place])) for place in range(len(self._ids))])

    def _index_rows(self) -> None:
        self._row_of = np.full(len(self._ids), -1, np.intp)
        self._row_of[self._order] = np.arange(len(self._order))

    # ------------------------------------------------------------ what it tells

    @property
    def node_count(self) -> int:
        """How many nodes there are, also those that the filter hides."""
        return len(self._ids)

    def id_at(self, row: int) -> str:
        """The node of a row."""
        return self._ids[int(self._order[row])]

    def row_of(self, node: str) -> int:
        """The row of a node; -1 if it is not shown."""
        place = self._places.get(node, -1)
        return -1 if place < 0 else int(self._row_of[place])

    @property
    def height(self) -> int:
        """How many nodes are shown."""
        return len(self._order)

    def headerData(self, section: int, orientation: QtCore.Qt.Orientation, role: int = 0) -> Any:
        """Name and unit of a column."""
        if orientation != QtCore.Qt.Orientation.Horizontal:
            return None
        column, unit = COLUMNS[section], self._units[section]
        if role == QtCore.Qt.ItemDataRole.DisplayRole:
            return column.title if unit is None or not self._has_figures.any() else f"{column.title} {unit.name}"
        if role == QtCore.Qt.ItemDataRole.TextAlignmentRole:
            side = QtCore.Qt.AlignmentFlag.AlignRight if column.is_right else QtCore.Qt.AlignmentFlag.AlignLeft
            return side | QtCore.Qt.AlignmentFlag.AlignVCenter
        if role == QtCore.Qt.ItemDataRole.ToolTipRole:
            return _HINTS.get(section)
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        """What a cell shows."""
        column, place = index.column(), int(self._order[index.row()])
        if role == QtCore.Qt.ItemDataRole.DisplayRole:
            return self.cell(index.row(), column).text
        if role == QtCore.Qt.ItemDataRole.ToolTipRole:
            return self._tip(place, column)
        if role == QtCore.Qt.ItemDataRole.AccessibleTextRole and column == STATE:
            return self._state(place)
        return None

    def _state(self, place: int) -> str:
        return self._states.get(self._ids[place], "")

    def depth(self, row: int) -> tuple[int, int, int] | None:
        """What lies in a node's mailbox now, at the most, and the most that lay in any; None without figures."""
        place = self._order[row]
        if not self._has_figures[place]:
            return None
        figures = self._figures[place]
        return int(figures["depth"]), int(figures["depth_peak"]), self._deepest

    def cell(self, row: int, column: int) -> Cell:
        """What a cell shows."""
        place = int(self._order[row])
        if column == STATE:
            state = self._state(place)
            return Cell("", icon=self._theme.state_icon(state), icon_colour=self._theme.state_colour(state))
        if column == NODE:
            return Cell(self._ids[place], font="uiMedium")
        if column == TYPE:
            return Cell(self._types[place], "text3")
        if not self._has_figures[place]:
            return Cell("")
        number, unit = self._figures[place][COLUMNS[column].field], self._units[column]
        if unit is None:
            colour = "s-failed" if column == FAILURES and number else "text1"
            return Cell(count(number), colour, "mono", is_right=True)
        if not number and COLUMNS[column].units is TIMES:
            return Cell("")  # It has not run.
        return Cell(unit.figure(float(number) * COLUMNS[column].factor), font="mono", is_right=True)

    def _tip(self, place: int, column: int) -> str | None:
        """The figure in a unit of its own: in the column's it may be rounded away."""
        if column in (NODE, TYPE):
            return f"{self._ids[place]} · {self._types[place]}"
        if column == STATE:
            return self._state(place).capitalize() or None
        units = COLUMNS[column].units
        if not self._has_figures[place]:
            return None
        row = self._figures[place]
        if column == MAILBOX:
            return f"{count(row['depth'])} now, {count(row['depth_peak'])} at the most"
        if not units:
            return None
        value = float(row[COLUMNS[column].field]) * COLUMNS[column].factor
        return duration(value) if units is TIMES else size(value)


_HINTS = {
    P50: "Half of the runs took no longer",
    P95: f"95{SPACE}% of the runs took no longer",
    MAILBOX: "Epochs for which something has arrived and the node has not started",
    BYTES_OUT: "Bytes that the node put on the bus",
    FREED: "Bytes of the node that its last consumer freed",
}
