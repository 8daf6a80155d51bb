"""What the window keeps from one start to the next: its shape, docks and theme, and the nodes a person likes.

It lies in the user's folder as JSON, not in a `QSettings`: that is an object of Qt's with events of its own, for a few
values. What in the file cannot be read is as if it were not there; what cannot be written is forgotten.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
from pathlib import Path
from typing import Any, cast

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
        self._file = file or Path(platformdirs.user_config_dir("animaweave", appauthor=False)) / "window.json"
        self._kept: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError, RecursionError):
            found = json.loads(self._file.read_text("utf-8"))
            self._kept = found if isinstance(found, dict) else {}

    @property
    def theme(self) -> Choice:
        """The theme that was chosen; the system's if none was."""
        choice = self._kept.get("theme")
        return cast(Choice, choice) if choice in _CHOICES else "system"

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._keep("theme", choice)

    @property
    def strict(self) -> bool:
        """Whether runs hold every value against the type of its port."""
        return self._kept.get("strict") is True

    @strict.setter
    def strict(self, is_strict: bool) -> None:
        self._keep("strict", is_strict)

    @property
    def minimap(self) -> bool:
        """Whether the map of the graph is shown."""
        return self._kept.get("minimap") is True

    @minimap.setter
    def minimap(self, is_shown: bool) -> None:
        self._keep("minimap", is_shown)

    @property
    def favourites(self) -> list[str]:
        """Ids of the node types that were marked, as they were marked."""
        return self._list("favourites")

    @favourites.setter
    def favourites(self, ids: list[str]) -> None:
        self._keep("favourites", ids)

    @property
    def recent_types(self) -> list[str]:
        """Ids of the node types that were added last, newest first."""
        return self._list("recent types")[:RECENT_TYPES]

    def add_recent_type(self, node_type: str) -> None:
        """Remember that a node type was used."""
        others = (other for other in self.recent_types if other != node_type)
        self._keep("recent types", [node_type, *others][:RECENT_TYPES])

    def keep(self, window: QtWidgets.QMainWindow) -> None:
        """Keep a window's place, size and docks."""
        self._kept["geometry"] = _text(window.saveGeometry())
        self._keep("docks", _text(window.saveState(VERSION)))

    def restore(self, window: QtWidgets.QMainWindow) -> bool:
        """Give a window the place, size and docks that were kept. Tells whether there were any."""
        geometry, docks = _bytes(self._kept.get("geometry")), _bytes(self._kept.get("docks"))
        return not geometry.isEmpty() and window.restoreGeometry(geometry) and window.restoreState(docks, VERSION)

    def _list(self, name: str) -> list[str]:
        found = self._kept.get(name)
        return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []

    def _keep(self, name: str, value: Any) -> None:
        self._kept[name] = value
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(self._kept, indent=2) + "\n", "utf-8")
            beside.replace(self._file)


def _text(data: QtCore.QByteArray) -> str:
    return base64.b64encode(data.data()).decode()


def _bytes(text: object) -> QtCore.QByteArray:
    try:
        return QtCore.QByteArray(base64.b64decode(str(text or ""), validate=True))
    except (binascii.Error, ValueError):
        return QtCore.QByteArray()
