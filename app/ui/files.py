"""New, open, save and their questions, and the list of recent files; no widget: the caller brings the dialogs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from psygnal import Signal

from .editor import Editor

Answer = Literal["save", "discard", "cancel"]

SUFFIX = ".weave.json"


class RecentFiles:
    """The files that were open last, newest first, kept in the user's data folder.

    Args:
        file: Where the list is kept; None for its place in the user's data folder.

    Attributes:
        changed: The list is another.
    """

    changed = Signal()

    def __init__(self, file: Path | None = None) -> None:
        raise NotImplementedError

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are still there."""
        raise NotImplementedError

    def add(self, path: Path) -> None:
        """Put a file first."""
        raise NotImplementedError

    def clear(self) -> None:
        """Forget all."""
        raise NotImplementedError


class Files:
    """What the File menu does.

    Args:
        editor: The document.
        recent: Learns of what is opened and saved.
        ask_unsaved: Asks whether to save edits; gets the document's title.
        ask_path: Asks where to save; gets a proposal; None when the user changed their mind.
    """

    def __init__(
        self,
        editor: Editor,
        recent: RecentFiles,
        *,
        ask_unsaved: Callable[[str], Answer],
        ask_path: Callable[[Path], Path | None],
    ) -> None:
        raise NotImplementedError

    @property
    def title(self) -> str:
        """The document's name for the window: its file's, else its own, else `untitled`."""
        raise NotImplementedError

    def new(self) -> bool:
        """Open an empty document, unless the user wants to keep this one. Tells whether it was done."""
        raise NotImplementedError

    def open(self, path: Path) -> bool:
        """Open a file, unless the user wants to keep this document. Tells whether it was done."""
        raise NotImplementedError

    def save(self) -> bool:
        """Save to the document's file, or ask for one. Tells whether it was done."""
        raise NotImplementedError

    def save_as(self) -> bool:
        """Ask for a file and save to it. Tells whether it was done."""
        raise NotImplementedError

    def may_leave(self) -> bool:
        """Whether the document may go: nothing is unsaved, or the user saved or discarded it."""
        raise NotImplementedError
