"""Nodes: what each node costs, live, with the curves of the chosen one beside the table.

Figures change four times a second, curves as often as the run is looked at. While the panel is hidden it hears of
nothing: it lets go of the editor's signals and looks at everything again when it is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from qtpy import QtCore, QtGui, QtWidgets

from ...graph.way import path_of
from .. import icons
from ..editor import Editor
from ..theme import Theme
from ..watch import Snapshot
from .curves import Curves
from .mailbox import MailboxDelegate
from .node_table import COLUMNS, NODE, STATE, TYPE, NodeTable
from .table import Quiet, Table

FIGURES_MS = 250
"""Between two changes of figures."""

CURVES = 220, 384
"""Narrowest and usual width of the curves."""

SORTING_S = 1.0
"""Between two times that rows change places by themselves."""


class Nodes(QtWidgets.QWidget):
    """The table of nodes and the curves of one.

    Attributes:
        reveal: Id of a node that is to be shown.
    """

    reveal = QtCore.Signal(str)

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel_nodes")
        self.setAccessibleName("Nodes")
        self._editor, self._theme = editor, theme
        self._model = NodeTable(theme, self)
        self._snapshot: Snapshot | None = None
        self._is_syncing = False
        self._sorted_at = 0.0
        self._is_split_chosen = False
        self._listening: list[tuple[Any, Callable[..., None]]] = []
        self._figures_timer = QtCore.QTimer(self)
        self._figures_timer.setSingleShot(True)
        self._figures_timer.timeout.connect(self._show_figures)
        self._nodes_timer = QtCore.QTimer(self)
        self._nodes_timer.setSingleShot(True)
        self._nodes_timer.timeout.connect(self._show_nodes)
        self._make_bar()
        self._make_table()
        self.curves = Curves(theme)
        self._split = QtWidgets.QSplitter(QtCore.Qt.Orientation.Horizontal)
        self._split.addWidget(self._left)
        self._split.addWidget(self.curves)
        self._split.setStretchFactor(0, 1)
        self._split.setHandleWidth(1)
        self._split.setChildrenCollapsible(False)
        self._split.splitterMoved.connect(self._on_split_moved)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar)
        layout.addWidget(self._split, 1)
        theme.changed.connect(self._dress)
        self._dress()

    def _make_bar(self) -> None:
        theme = self._theme
        self._bar = QtWidgets.QWidget()
        self._bar.setFixedHeight(36)
        self.filter_field = QtWidgets.QLineEdit()
        self.filter_field.setObjectName("node_filter")
        self.filter_field.setAccessibleName("Filter nodes")
        self.filter_field.setPlaceholderText("Filter nodes")
        self.filter_field.setClearButtonEnabled(True)
        self.filter_field.setFixedWidth(200)
        self._funnel = self.filter_field.addAction(QtGui.QIcon(), QtWidgets.QLineEdit.ActionPosition.LeadingPosition)
        self.follow_box = QtWidgets.QCheckBox("Follow selection")
        self.follow_box.setObjectName("follow_selection")
        self.follow_box.setChecked(True)
        self.follow_box.setToolTip("What is selected here is selected on the canvas, and the other way round")
        self._count = QtWidgets.QLabel()
        self._count.setObjectName("node_count")
        self._count.setProperty("role", "quiet")
        self._count.setFont(theme.font("small"))
        self.reset_button = QtWidgets.QToolButton()
        self.reset_button.setObjectName("reset_figures")
        self.reset_button.setText("Reset")
        self.reset_button.setToolTip("Count everything from nothing")
        self.reset_button.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.reset_button.setIconSize(QtCore.QSize(14, 14))
        self.reset_button.setFixedHeight(24)
        row = QtWidgets.QHBoxLayout(self._bar)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(12)
        row.addWidget(self.filter_field)
        row.addWidget(self.follow_box)
        row.addStretch(1)
        row.addWidget(self._count)
        row.addWidget(self.reset_button)
        self.filter_field.textChanged.connect(self._filter)
        self.follow_box.toggled.connect(self._take_selection)
        self.reset_button.clicked.connect(self._reset)

    def _make_table(self) -> None:
        self.table = Table(self._theme, self._model, MailboxDelegate(self._theme, self._model))
        self.table.setObjectName("node_table")
        self.table.setAccessibleName("Figures of the nodes")
        header = self.table.horizontalHeader()
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, QtCore.Qt.SortOrder.AscendingOrder)
        self.table.setSortingEnabled(True)
        for number, column in enumerate(COLUMNS):
            header.resizeSection(number, column.width)
        header.setSectionResizeMode(STATE, QtWidgets.QHeaderView.ResizeMode.Fixed)
        self.table.resized.connect(self._fit_columns)
        self._nothing = Quiet("Nodes appear here once the graph has some", self._theme)
        self._left = QtWidgets.QWidget()
        self._pages = QtWidgets.QStackedLayout(self._left)
        self._pages.addWidget(self._nothing)
        self._pages.addWidget(self.table)
        self.table.selectionModel().selectionChanged.connect(self._on_rows_selected)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.table.chosen.connect(self._on_chosen)
        self.table.copied.connect(self._copy)

    def _on_split_moved(self, *_: int) -> None:
        self._is_split_chosen = True

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Leave the table what it needs, unless the border was moved by hand."""
        super().resizeEvent(event)
        if not self._is_split_chosen:
            needed = sum(column.width for column in COLUMNS) + 40
            curves = max(min(self.width() - needed, CURVES[1]), CURVES[0])
            self._split.setSizes([self.width() - curves, curves])

    def _fit_columns(self) -> None:
        """Give the types all room that is left."""
        header = self.table.horizontalHeader()
        others = header.length() - header.sectionSize(TYPE)
        header.resizeSection(TYPE, max(self.table.viewport().width() - others, COLUMNS[TYPE].width))

    # ------------------------------------------------------------ shown and hidden

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """Listen, and catch up."""
        super().showEvent(event)
        self._listen()
        self._show_nodes()
        if self._editor.live.last is not None:
            self._snapshot = self._editor.live.last
            self._show_figures()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        """Hear of nothing any more."""
        super().hideEvent(event)
        self._let_go()
        self._figures_timer.stop()
        self._nodes_timer.stop()

    @property
    def is_listening(self) -> bool:
        """Whether it hears of the editor: while it is shown."""
        return bool(self._listening)

    def _listen(self) -> None:
        self._let_go()
        editor, events = self._editor, self._editor.root.events
        self._listening = [
            (editor.live.tick, self._on_tick),
            (editor.selection_changed, self._take_selection),
            (editor.document_replaced, self._on_document_replaced),
            (editor.states_changed, self._on_states_changed),
            *((signal, self._on_nodes_changed) for signal in (events.node_added, events.node_removed)),
            (events.node_renamed, self._on_nodes_changed),
        ]
        for signal, callback in self._listening:
            signal.connect(callback)

    def _let_go(self) -> None:
        for signal, callback in self._listening:
            signal.disconnect(callback)
        self._listening = []

    # ------------------------------------------------------------ what the editor tells

    def _on_document_replaced(self) -> None:
        self._snapshot = None
        self._model.set_nodes((), {})  # Nodes of equal names are others.
        self.curves.forget()
        self._listen()
        self._show_nodes()

    def _on_nodes_changed(self, *_: object) -> None:
        if not self._nodes_timer.isActive():
            self._nodes_timer.start(0)

    def _on_states_changed(self, _: object) -> None:
        if not self._figures_timer.isActive():
            self._figures_timer.start(FIGURES_MS)

    def _on_tick(self, snapshot: Snapshot) -> None:
        is_new = self._snapshot is None or self._snapshot.ids is not snapshot.ids
        self._snapshot = snapshot
        if is_new and any("/" in id_ for id_ in snapshot.ids):
            self._show_nodes()
        self.curves.add(snapshot)
        if is_new or snapshot.is_last:
            self._figures_timer.stop()
            self._show_figures()
        elif not self._figures_timer.isActive():
            self._figures_timer.start(FIGURES_MS)

    # ------------------------------------------------------------ what is shown

    def _show_nodes(self) -> None:
        """Show the nodes that there are now, at the place that was looked at."""
        bar = self.table.verticalScrollBar()
        place = bar.value()
        self._is_syncing = True
        self._model.set_nodes(list(self._nodes()), self._editor.states_by_path)
        self._is_syncing = False
        bar.setValue(place)
        self._pages.setCurrentWidget(self.table if self._model.node_count else self._nothing)
        self._tell_count()
        self._take_selection()
        self._show_figures()

    def _nodes(self) -> Iterator[tuple[str, str]]:
        """Id and type of every node, those inside a sub-graph after the node that uses it."""
        inside: dict[str, list[str]] = {}
        for id_ in self._snapshot.ids if self._snapshot is not None else ():
            top, slash, _ = id_.partition("/")
            if slash:
                inside.setdefault(top, []).append(id_)
        for id_, node in self._editor.root.nodes.items():
            yield id_, node.type
            yield from ((inner, "") for inner in inside.get(id_, ()))

    def _show_figures(self) -> None:
        if self._snapshot is None:
            self._model.tell_changed(self.table.shown_rows(), last_column=STATE)
            return
        self._model.set_figures(self._snapshot.ids, self._snapshot.table, self.table.shown_rows())
        now = time.monotonic()
        if now - self._sorted_at > SORTING_S:
            self._sorted_at = now
            self._model.sort_again()

    def _tell_count(self) -> None:
        all_, shown = self._model.node_count, self._model.rowCount()
        some = f"{shown:,} of {all_:,}" if shown != all_ else f"{all_:,}"
        self._count.setText(f"{some} node{'' if all_ == 1 else 's'}")

    def _filter(self, text: str) -> None:
        self._is_syncing = True
        self._model.set_filter(text)
        self._is_syncing = False
        self._tell_count()
        self._take_selection()

    def _reset(self) -> None:
        self._editor.reset_figures()
        self._snapshot = None
        self._model.clear_figures(self.table.shown_rows())
        self.curves.forget()

    # ------------------------------------------------------------ selection, both ways

    def _take_selection(self, *_: object) -> None:
        """Select here what is selected on the canvas."""
        if self._is_syncing or not self.follow_box.isChecked():
            return
        paths = [path_of(self._editor.way, node) for node in self._editor.selection]
        rows = [row for path in paths if (row := self._model.row_of(path)) >= 0]
        selection = QtCore.QItemSelection()
        for row in rows:
            selection.select(self._model.index(row, 0), self._model.index(row, len(COLUMNS) - 1))
        self._is_syncing = True
        model, flags = self.table.selectionModel(), QtCore.QItemSelectionModel.SelectionFlag
        model.select(selection, flags.ClearAndSelect | flags.Rows)
        if rows:
            model.setCurrentIndex(self._model.index(rows[-1], NODE), flags.NoUpdate)
            self.table.scrollTo(self._model.index(rows[-1], NODE))
        self._is_syncing = False
        self._choose_curves()

    def _on_rows_selected(self, *_: object) -> None:
        """Select on the canvas what is selected here."""
        if self._is_syncing:
            return
        if self.follow_box.isChecked():
            self._is_syncing = True
            self._editor.select(self._on_screen(row) for row in self.table.selected_rows())
            self._is_syncing = False
        self._choose_curves()

    def _on_screen(self, row: int) -> str:
        """The node of a row, or the one on screen that it lies in; empty if it lies elsewhere."""
        prefix, path = path_of(self._editor.way, ""), self._model.id_at(row)
        return path.removeprefix(prefix).partition("/")[0] if path.startswith(prefix) else ""

    def _on_current_changed(self, *_: object) -> None:
        if not self._is_syncing:
            self._choose_curves()

    def _choose_curves(self) -> None:
        rows = self.table.selected_rows()
        current = self.table.currentIndex().row()
        row = current if current in rows else rows[-1] if rows else -1
        self.curves.choose(self._model.id_at(row) if row >= 0 else "")

    def _on_chosen(self, index: QtCore.QModelIndex) -> None:
        self.reveal.emit(self._editor.go_to(self._model.id_at(index.row())))

    def _copy(self) -> None:
        """Copy the selected rows as text that a spreadsheet takes."""
        rows: Sequence[int] = self.table.selected_rows()
        if not rows:
            return
        across, role = QtCore.Qt.Orientation.Horizontal, QtCore.Qt.ItemDataRole.DisplayRole
        columns = range(NODE, len(COLUMNS))
        lines = ["\t".join(str(self._model.headerData(column, across, role)) for column in columns)]
        lines += ["\t".join(self._model.index(row, column).data(role) for column in columns) for row in rows]
        QtWidgets.QApplication.clipboard().setText("\n".join(lines))

    def _dress(self) -> None:
        colour = self._theme.colour("text3")
        self._funnel.setIcon(icons.icon("ph.funnel-simple", colour))
        self.reset_button.setIcon(icons.icon("ph.arrow-counter-clockwise", self._theme.colour("text2")))
