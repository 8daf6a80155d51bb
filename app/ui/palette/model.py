"""The palette's tree: favourites, what was used last, then the vessels, each with its node types."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from qtpy import QtCore, QtGui

from ...authoring.nodetype import NodeType
from ...ports.port import Port
from ...ports.text import to_text
from ...registry.lookup import Registry
from ..canvas.view import NODE_TYPE_MIME
from ..icons import icon
from ..preferences import Preferences
from ..theme import Theme

TYPE = QtCore.Qt.ItemDataRole.UserRole
"""Role of a node type's id; None for a group."""

COUNT = QtCore.Qt.ItemDataRole.UserRole + 1
"""Role of the number of node types in a group."""

WORDS = QtCore.Qt.ItemDataRole.UserRole + 2
"""Role of what a search looks at."""

FALLBACK_ICON = "ph.cube"


class PaletteModel(QtGui.QStandardItemModel):
    """The tree as data; a row that is dragged carries its node type's id.

    Attributes:
        rebuilding: All rows go now, and come again.
        rebuilt: They are there again.
    """

    rebuilding = QtCore.Signal()
    rebuilt = QtCore.Signal()

    def __init__(self, registry: Registry, preferences: Preferences, theme: Theme, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._registry, self._preferences, self._theme = registry, preferences, theme
        theme.changed.connect(self.rebuild)
        self.rebuild()

    def rebuild(self) -> None:
        """Read the registry and the preferences again."""
        self.rebuilding.emit()
        self.clear()
        by_id = {node_type.id: node_type for node_type in self._registry.node_types()}
        marked, recent = self._preferences.favourites, self._preferences.recent_types
        self._add_group("Favourites", "ph.star", self._theme.colour("s-paused"), _found(marked, by_id))
        self._add_group("Recent", "ph.clock-counter-clockwise", self._theme.colour("text3"), _found(recent, by_id))
        groups: dict[str, list[NodeType]] = {}
        for node_type in by_id.values():
            groups.setdefault(node_type.vessel, []).append(node_type)
        vessels = {name: self._registry.vessel(name) for name in groups}
        titles = {name: name.capitalize() if vessel is None else vessel.title for name, vessel in vessels.items()}
        for vessel_name in sorted(groups, key=titles.__getitem__):
            node_types, vessel, title = groups[vessel_name], vessels[vessel_name], titles[vessel_name]
            name = (vessel.icon if vessel is not None else "") or FALLBACK_ICON
            if vessel_name == "graph":
                name = "ph.flow-arrow"
            self._add_group(title, name, self._colour(vessel_name), node_types, counted=True)
        self.rebuilt.emit()

    def mimeTypes(self) -> list[str]:
        """What the canvas takes."""
        return [NODE_TYPE_MIME]

    def mimeData(self, indexes: Sequence[QtCore.QModelIndex]) -> QtCore.QMimeData:
        """The id of the node type that is dragged."""
        data = QtCore.QMimeData()
        ids = [index.data(TYPE) for index in indexes if index.data(TYPE)]
        if ids:
            data.setData(NODE_TYPE_MIME, QtCore.QByteArray(ids[0].encode()))
        return data

    def _add_group(
        self, title: str, name: str, colour: QtGui.QColor, node_types: list[NodeType], *, counted: bool = False
    ) -> None:
        if not node_types:
            return
        group = QtGui.QStandardItem(icon(name, colour), title)
        group.setFont(self._theme.font("uiMedium"))
        group.setFlags(QtCore.Qt.ItemFlag.ItemIsEnabled | QtCore.Qt.ItemFlag.ItemIsSelectable)
        group.setData(len(node_types) if counted else None, COUNT)
        group.setData(f"{title}, {len(node_types)} nodes", QtCore.Qt.ItemDataRole.AccessibleTextRole)
        for node_type in node_types:
            group.appendRow(self._row(node_type))
        self.appendRow(group)

    def _row(self, node_type: NodeType) -> QtGui.QStandardItem:
        vessel = self._registry.vessel(node_type.vessel)
        name = node_type.icon or (vessel.icon if vessel is not None else "") or FALLBACK_ICON
        row = QtGui.QStandardItem(icon(name, self._colour(node_type.vessel)), node_type.title)
        row.setData(node_type.id, TYPE)
        row.setData(f"{node_type.title} {node_type.id} {node_type.help.summary}".lower(), WORDS)
        row.setToolTip(documentation(node_type))
        row.setFlags(
            QtCore.Qt.ItemFlag.ItemIsEnabled
            | QtCore.Qt.ItemFlag.ItemIsSelectable
            | QtCore.Qt.ItemFlag.ItemIsDragEnabled
            | QtCore.Qt.ItemFlag.ItemNeverHasChildren
        )
        return row

    def _colour(self, vessel_name: str) -> QtGui.QColor:
        vessel = self._registry.vessel(vessel_name)
        return self._theme.vessel_colour(vessel_name, vessel.colour if vessel is not None else "")


class PaletteFilter(QtCore.QSortFilterProxyModel):
    """Shows the rows in which every word that was typed is found, and the groups that have any."""

    def __init__(self, model: PaletteModel, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setRecursiveFilteringEnabled(True)
        self.setSourceModel(model)

    def search(self, text: str) -> None:
        """Look for words, in any order; nothing typed shows everything."""
        self._words = text.lower().split()
        self.invalidate()

    @property
    def is_searching(self) -> bool:
        """Whether something is looked for."""
        return bool(self._words)

    def filterAcceptsRow(self, row: int, parent: QtCore.QModelIndex | QtCore.QPersistentModelIndex) -> bool:
        """Whether a row has all words; a group shows by its rows."""
        if not self._words:
            return True
        words = self.sourceModel().index(row, 0, parent).data(WORDS)
        return words is not None and all(word in words for word in self._words)


def documentation(node_type: NodeType) -> str:
    """What a node type is and what goes in and out, for a tooltip."""
    help_ = node_type.help
    parts = [f"<b>{html.escape(node_type.title)}</b> &nbsp; {html.escape(node_type.id)}"]
    if node_type.deprecated:
        parts.append(f"Deprecated: {html.escape(node_type.deprecated)}")
    if help_.summary:
        parts.append(html.escape(help_.summary))
    ports = [(port, "in") for port in node_type.signature.inputs] + [
        (port, "out") for port in node_type.signature.outputs
    ]
    rows = "".join(_port_row(port, side, help_.ports.get(port.name, "")) for port, side in ports)
    if rows:
        parts.append(f"<table cellspacing='0' cellpadding='1'>{rows}</table>")
    return f"<div style='width: 320px'>{'<br>'.join(parts)}</div>"


def _port_row(port: Port, side: str, doc: str) -> str:
    type_text = "Signal" if port.control else to_text(port.hint)
    cells = (side, port.name, type_text, doc)
    return f"<tr>{''.join(f'<td>{html.escape(cell)}&nbsp;&nbsp;</td>' for cell in cells)}</tr>"


def _found(ids: Iterable[str], by_id: dict[str, NodeType]) -> list[NodeType]:
    return [by_id[node_type] for node_type in ids if node_type in by_id]
