"""Problems: what the check and the last run found, the worst first; a click leads there, another one mends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qtpy import QtCore, QtGui, QtWidgets

from ...checking.diagnostic import Diagnostic, Fix, Severity
from ...errors import EditError
from ...registry.lookup import Registry
from ..dialogs.traceback import TracebackDialog
from ..editor import Editor
from ..theme import Theme
from .table import EDGE, GAP, ICON, PADDING, Cell, CellModel, Quiet, Table

CODE, PROBLEM, WHERE, FIX = range(4)

_ICONS = {
    Severity.ERROR: ("ph.x-circle", "s-failed"),
    Severity.WARNING: ("ph.warning", "s-paused"),
    Severity.HINT: ("ph.info", "text3"),
}


class Problems(QtWidgets.QWidget):
    """The list of findings.

    Attributes:
        reveal: Id of a node that is to be shown.
    """

    reveal = QtCore.Signal(str)

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problems")
        self.setAccessibleName("Problems")
        self._editor = editor
        self._is_stale = True
        self._model = ProblemModel(editor.registry, self)
        self.table = Table(theme, self._model)
        self.table.setObjectName("problem_table")
        self.table.setAccessibleName("Problems found")
        self.table.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        self._lay_out_columns(theme)
        self._nothing = Quiet("No problems", theme)
        self._pages = QtWidgets.QStackedLayout(self)
        self._pages.addWidget(self._nothing)
        self._pages.addWidget(self.table)
        self.table.clicked.connect(self._on_click)
        self.table.chosen.connect(self._on_choice)
        self.table.copied.connect(self._copy)
        self.table.customContextMenuRequested.connect(self._show_menu)
        editor.diagnostics_changed.connect(self._on_changed)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """Look again if something has changed meanwhile."""
        super().showEvent(event)
        if self._is_stale:
            self._refresh()

    # ------------------------------------------------------------ what is shown

    def _on_changed(self) -> None:
        if self.isVisible():
            self._refresh()
        else:
            self._is_stale = True

    def _refresh(self) -> None:
        self._is_stale = False
        current = self._model.finding(self.table.currentIndex())
        found = [*self._editor.failures, *self._editor.diagnostics]
        found.sort(key=lambda finding: finding.severity.rank)
        self._model.show(found)
        row_height = int(self.table.theme.number("size", "tableRow"))
        for row, finding in enumerate(found):
            self.table.setRowHeight(row, row_height + 18 if finding.hint else row_height)
        if current in found:
            self.table.setCurrentIndex(self._model.index(found.index(current), PROBLEM))
        self._pages.setCurrentWidget(self.table if found else self._nothing)

    def _lay_out_columns(self, theme: Theme) -> None:
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(PROBLEM, QtWidgets.QHeaderView.ResizeMode.Stretch)
        code = QtGui.QFontMetrics(theme.font("mono")).horizontalAdvance("AW000")
        for column, width in ((CODE, EDGE + ICON + GAP + code + PADDING), (WHERE, 160), (FIX, 200)):
            self.table.setColumnWidth(column, width)

    # ------------------------------------------------------------ what is done

    def _on_click(self, index: QtCore.QModelIndex) -> None:
        if index.column() == FIX and self._model.fix(index):
            self._mend(index)
        else:
            self._go(index)

    def _on_choice(self, index: QtCore.QModelIndex) -> None:
        """Enter on the words of a fix does it; anywhere else it leads to the node."""
        self._on_click(index)

    def _go(self, index: QtCore.QModelIndex) -> None:
        finding = self._model.finding(index)
        if finding is None or finding.node is None:
            return
        name, _, node = finding.node.rpartition("/")
        if self._editor.show_subgraph(name) and node in self._editor.graph.nodes:
            self._editor.select([node])
            self.reveal.emit(node)

    def _mend(self, index: QtCore.QModelIndex) -> None:
        finding = self._model.finding(index)
        if finding is None:
            return
        try:
            self._editor.apply_fix(finding)
        except EditError as problem:
            self._editor.trouble.emit(str(problem))

    def _copy(self) -> None:
        finding = self._model.finding(self.table.currentIndex())
        if finding is not None:
            QtWidgets.QApplication.clipboard().setText(str(finding))

    def _show_menu(self, place: QtCore.QPoint) -> None:
        index = self.table.indexAt(place)
        finding = self._model.finding(index)
        if finding is None:
            return
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        if finding.node is not None:
            menu.addAction(f"Go to {finding.node}", lambda: self._go(index))
        if self._model.fix(index):
            menu.addAction(self._model.fix(index), lambda: self._mend(index))
        menu.addAction("Copy", self._copy)
        if finding.detail:
            menu.addAction("Show traceback…", lambda: self._show_detail(finding))
        menu.popup(self.table.viewport().mapToGlobal(place))

    def _show_detail(self, finding: Diagnostic) -> None:
        dialog = TracebackDialog(_sentence(finding.message), finding.detail, self.table.theme, self.window())
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


class ProblemModel(CellModel):
    """Findings as rows."""

    headers = ("Code", "Problem", "Where", "Fix")

    def __init__(self, registry: Registry, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._registry = registry
        self._found: Sequence[Diagnostic] = ()

    def show(self, found: Sequence[Diagnostic]) -> None:
        """Show these."""
        self.beginResetModel()
        self._found = found
        self.endResetModel()

    def finding(self, index: QtCore.QModelIndex) -> Diagnostic | None:
        """The finding of a row."""
        return self._found[index.row()] if index.isValid() and index.row() < len(self._found) else None

    def fix(self, index: QtCore.QModelIndex) -> str:
        """What can be done about it at one click, in words; empty where nothing can."""
        finding = self.finding(index)
        return "" if finding is None or finding.fix is None else self._words(finding.fix)

    @property
    def height(self) -> int:
        """How many findings there are."""
        return len(self._found)

    def data(self, index: Any, role: int = 0) -> Any:
        """The cell of a finding."""
        if role not in _ROLES:
            return None
        finding = self._found[index.row()]
        if role == QtCore.Qt.ItemDataRole.ToolTipRole:
            return f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
        if role == QtCore.Qt.ItemDataRole.AccessibleTextRole and index.column() == CODE:
            return f"{finding.severity} {finding.code}"
        return self.cell(index.row(), index.column()).text

    def cell(self, row: int, column: int) -> Cell:
        """What a cell shows."""
        finding = self._found[row]
        if column == CODE:
            icon, colour = _ICONS[finding.severity]
            return Cell(finding.code, "text3", "mono", icon=icon, icon_colour=colour)
        if column == PROBLEM:
            return Cell(_sentence(finding.message), more=_sentence(finding.hint))
        if column == WHERE:
            return Cell(str(finding.place), "text2", "mono")
        return Cell("" if finding.fix is None else self._words(finding.fix), "link")

    def _words(self, fix: Fix) -> str:
        if fix.action == "disconnect":
            return "Remove the wire"
        if fix.action == "unset":
            return "Take it out"
        if fix.action == "each":
            return "Run it for each item"
        if fix.action == "insert":
            return f'Put "{self._title(fix.value)}" between'
        if fix.action == "parameter":
            return f"Rename to {fix.value}"
        return f"Use {fix.value}"

    def _title(self, node_type: str) -> str:
        found = self._registry.node_type(node_type)
        return node_type if found is None else found.title


_ROLES = frozenset({
    QtCore.Qt.ItemDataRole.DisplayRole,
    QtCore.Qt.ItemDataRole.ToolTipRole,
    QtCore.Qt.ItemDataRole.AccessibleTextRole,
})  # fmt: skip


def _sentence(text: str) -> str:
    """With a capital, unless it begins with a name in back quotes or the like."""
    return text[:1].upper() + text[1:] if text[:1].isalpha() else text
