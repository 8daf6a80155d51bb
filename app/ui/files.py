"""New, open, save and their questions. No widget: whoever makes it brings the dialogs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from .editor import Editor
from .recent import RecentFiles

Answer = Literal["save", "discard", "cancel"]

SUFFIX = ".weave.json"

UNTITLED = "untitled"


class Files:
    """What the File menu does. What goes wrong is told by the editor's `trouble`, and nothing else has changed then.

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
        self.editor, self.recent = editor, recent
        self._ask_unsaved, self._ask_path = ask_unsaved, ask_path

    @property
    def title(self) -> str:
        """The document's name for the window: its file's, else its own, else `untitled`."""
        path = self.editor.path
        return path.name if path is not None else self.editor.root.name or UNTITLED

    def new(self) -> bool:
        """Open an empty document, unless the user wants to keep this one. Tells whether it was done."""
        if not self.may_leave():
            return False
        self.editor.new()
        return True

    def open(self, path: str | Path) -> bool:
        """Open a file, unless it is no graph or the user wants to keep this document. Tells whether it was done."""
        graph = self.editor.read(path)  # First: nobody shall be asked about a file that does not open.
        if graph is None or not self.may_leave():
            return False
        self.editor.replace(graph)
        self.recent.add(Path(path))
        return True

    def save(self) -> bool:
        """Save to the document's file, or ask for one. Tells whether it was done."""
        return self.save_as() if self.editor.path is None else self._save_to(self.editor.path)

    def save_as(self) -> bool:
        """Ask for a file and save to it. Tells whether it was done."""
        path = self._ask_path(self._proposal())
        if path is None:
            return False
        return self._save_to(path if path.suffix else path.with_name(path.name + SUFFIX))

    def may_leave(self) -> bool:
        """Whether the document may go: nothing is unsaved, or the user saved or discarded it."""
        if not self.editor.is_modified:
            return True
        answer = self._ask_unsaved(self.title)
        return answer == "discard" or (answer == "save" and self.save())

    def _save_to(self, path: Path) -> bool:
        is_saved = self.editor.save(path)
        if is_saved:
            self.recent.add(path)
        return is_saved

    def _proposal(self) -> Path:
        path = self.editor.path
        if path is not None:
            return path
        name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", self.editor.root.name).strip(" ._")
        return Path(f"{name or UNTITLED}{SUFFIX}")
