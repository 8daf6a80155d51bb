"""What the window keeps from one start to the next: its shape, docks and theme, and the nodes a person likes.

It lies in the user's folder as a readable file; what in it cannot be read is as if it were not there.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import platformdirs
from qtpy import QtCore, QtWidgets

from .theme import Choice

VERSION = 1
"""Of the arrangement of docks; another one is not restored."""

RECENT_TYPES = 5
"""Node types that are remembered as used last."""

_CHOICES = ("dark", "light", "system")


class Preferences:
    """The user's preferences.

    Args:
        file: Where they are kept; None for the user's folder.
    """

    def __init__(self, file: Path | None = None) -> None:
        file = file or Path(platformdirs.user_config_dir("animaweave", appauthor=False)) / "window.ini"
        self._settings = QtCore.QSettings(str(file), QtCore.QSettings.Format.IniFormat)

    @property
    def theme(self) -> Choice:
        """The theme that was chosen; the system's if none was."""
        choice = self._settings.value("theme", "system")
        return cast(Choice, choice) if choice in _CHOICES else "system"

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._settings.setValue("theme", choice)

    @property
    def favourites(self) -> list[str]:
        """Ids of the node types that were marked, as they were marked."""
        return self._list("palette/favourites")

    @favourites.setter
    def favourites(self, ids: list[str]) -> None:
        self._settings.setValue("palette/favourites", ids)

    @property
    def recent_types(self) -> list[str]:
        """Ids of the node types that were added last, newest first."""
        return self._list("palette/recent")[:RECENT_TYPES]

    def add_recent_type(self, node_type: str) -> None:
        """Remember that a node type was used."""
        ids = [node_type, *(other for other in self.recent_types if other != node_type)]
        self._settings.setValue("palette/recent", ids[:RECENT_TYPES])

    def keep(self, window: QtWidgets.QMainWindow) -> None:
        """Keep a window's place, size and docks."""
        self._settings.setValue("window/geometry", window.saveGeometry())
        self._settings.setValue("window/docks", window.saveState(VERSION))
        self._settings.sync()

    def restore(self, window: QtWidgets.QMainWindow) -> bool:
        """Give a window the place, size and docks that were kept. Tells whether there were any."""
        geometry, docks = (self._bytes(f"window/{name}") for name in ("geometry", "docks"))
        return bool(geometry) and window.restoreGeometry(geometry) and window.restoreState(docks, VERSION)

    def _list(self, key: str) -> list[str]:
        found = self._settings.value(key)
        if isinstance(found, str):  # Qt reads a list of one as its item.
            return [found]
        return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []

    def _bytes(self, key: str) -> QtCore.QByteArray:
        found = self._settings.value(key)
        return found if isinstance(found, QtCore.QByteArray) else QtCore.QByteArray()
