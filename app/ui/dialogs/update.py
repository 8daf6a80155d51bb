"""Update all: what has changed since the graph was saved, what can be done about it, and what is left for the user."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy import QtCore, QtWidgets

from ...checking.updating import Step
from ..editor import Editor
from ..theme import Theme

NODE, WHAT = range(2)
STEP = QtCore.Qt.ItemDataRole.UserRole


class UpdateDialog(QtWidgets.QDialog):
    """Shows every change before it is made; each may be left out. All are made as one step, which can be undone."""

    def __init__(self, editor: Editor, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("update_dialog")
        self.setWindowTitle("Update all")
        self._editor, self._theme = editor, theme
        self.tree = QtWidgets.QTreeWidget()
        self.tree.setObjectName("updates")
        self.tree.setAccessibleName("Changes")
        self.tree.setHeaderLabels(["Node", "What changes"])
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(12)
        self.tree.setWordWrap(True)
        self.tree.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.NoSelection)
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Cancel)
        self.button = buttons.addButton("Update", QtWidgets.QDialogButtonBox.ButtonRole.AcceptRole)
        self.button.setObjectName("update")
        self.button.setDefault(True)
        buttons.accepted.connect(self._update)
        buttons.rejected.connect(self.reject)
        self._fill(editor.update_steps())
        self.tree.itemChanged.connect(self._count)
        self._lay_out(buttons)
        self._count()

    def _lay_out(self, buttons: QtWidgets.QDialogButtonBox) -> None:
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(8)
        title = QtWidgets.QLabel("Update all")
        title.setFont(self._theme.font("title"))
        said = QtWidgets.QLabel("Node types have changed since this graph was saved. One undo takes all of it back.")
        said.setProperty("role", "secondary")
        for widget in (title, said):
            layout.addWidget(widget)
        layout.addSpacing(8)
        layout.addWidget(self.tree, 1)
        layout.addSpacing(8)
        layout.addWidget(buttons)
        self.tree.header().setSectionResizeMode(NODE, QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
        self.resize(680, 420)

    def _fill(self, steps: list[Step]) -> None:
        updates = self._editor.root.updates
        self._add("To be done", ((step.finding.node, step.effect, step) for step in steps if step.effect))
        left = [
            (step.finding.node, f"{step.finding.message}; {step.finding.hint}", None)
            for step in steps
            if not step.effect
        ]
        left += [(update.node, update.sentence, None) for update in updates if update.failed]
        self._add("Left for you", left)
        self._add("Done when the graph was opened", ((u.node, u.sentence, None) for u in updates if not u.failed))

    def _add(self, title: str, rows: Iterable[tuple[str | None, str, Step | None]]) -> None:
        rows = list(rows)
        if not rows:
            return
        group = QtWidgets.QTreeWidgetItem(self.tree, [title])
        group.setFirstColumnSpanned(True)
        group.setFont(NODE, self._theme.font("uiStrong"))
        group.setForeground(NODE, self._theme.colour("text1"))
        group.setFlags(QtCore.Qt.ItemFlag.ItemIsEnabled)
        for node, sentence, step in rows:
            item = QtWidgets.QTreeWidgetItem(group, [node or "", _said(sentence)])
            item.setFont(NODE, self._theme.font("mono"))
            item.setToolTip(WHAT, item.text(WHAT))
            item.setFlags(QtCore.Qt.ItemFlag.ItemIsEnabled)
            if step is not None:
                item.setFlags(item.flags() | QtCore.Qt.ItemFlag.ItemIsUserCheckable)
                # What would be lost is taken out only where somebody says so.
                state = QtCore.Qt.CheckState.Unchecked if step.loses else QtCore.Qt.CheckState.Checked
                item.setCheckState(NODE, state)
                item.setData(NODE, STEP, step)
        group.setExpanded(True)

    def _chosen(self) -> list[Step]:
        groups = [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]
        items = [group.child(row) for group in groups if group is not None for row in range(group.childCount())]
        return [
            item.data(NODE, STEP)
            for item in items
            if item is not None and item.data(NODE, STEP) and item.checkState(NODE) == QtCore.Qt.CheckState.Checked
        ]

    def _count(self) -> None:
        count = len(self._chosen())
        self.button.setText(f"Update {count} place{'s' if count != 1 else ''}" if count else "Update")
        self.button.setEnabled(bool(count))

    def _update(self) -> None:
        self._editor.update_all(self._chosen())
        self.accept()


def _said(sentence: str) -> str:
    """A sentence as it stands in a list: without the marks that terminals have around names."""
    return sentence[:1].upper() + sentence[1:].replace("`", "")
