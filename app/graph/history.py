"""Undo and redo: the inverses of the edits that were made, newest last.

Idea: a step holds the edit to apply next, which is an inverse while the step is done and its inverse again while it is
undone. Steps that follow each other at once under one key, as a slider's do, become one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from psygnal import Signal

from .document import Graph
from .edits import Edit, Together

MERGE_S = 1.0
"""Seconds within which an edit joins the one before it."""

LONGEST = 10_000
"""Steps that are kept."""


@dataclass(slots=True)
class Step:
    """What one press of undo or redo does.

    Attributes:
        text: What was done, for a menu.
        next: The edit that undoes it, or does it again once it is undone.
        merge_key: Steps of the same key may join; None for never.
        at: When it was last added to, in seconds of the clock.
    """

    text: str
    next: Edit
    merge_key: object = None
    at: float = 0.0


class History:
    """The edits of one graph. All edits go through here, else undoing them fails.

    Args:
        graph: The graph.
        clock: Gives seconds.

    Attributes:
        graph: The same.
        changed: Something can be undone or redone that could not, or the other way round, or is at the saved state.
    """

    changed = Signal()

    def __init__(self, graph: Graph, clock: Callable[[], float] = time.monotonic) -> None:
        self.graph = graph
        self._clock = clock
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._saved: Step | None = None  # The last step done when it was saved; None for the beginning.
        self._is_saved_lost = False

    def do(self, edit: Edit, merge_key: object = None) -> None:
        """Apply an edit.

        Args:
            edit: The edit.
            merge_key: If the step before has the same, not None, and is fresh, both become one.

        Raises:
            EditError: The graph refuses; nothing has changed.
            GraphFileError: What is to be pasted is no graph.
        """
        inverse, now = edit.apply(self.graph), self._clock()
        if not inverse.changes(self.graph):
            return
        last = self._done[-1] if self._done and not self._undone else None
        if last is not None and self._may_join(last, merge_key, now):
            last.next = last.next if last.next.undoes(inverse) else Together((inverse, last.next), last.text)
            last.at = now
        else:
            self._done.append(Step(edit.text, inverse, merge_key, now))
            self._undone.clear()
            if len(self._done) > LONGEST:
                self._is_saved_lost = self._is_saved_lost or self._saved in (None, self._done[0])
                del self._done[0]
        self.changed.emit()

    def undo(self) -> None:
        """Undo the last step; nothing if there is none."""
        self._turn(self._done, self._undone)

    def redo(self) -> None:
        """Do the step again that was undone last; nothing if there is none."""
        self._turn(self._undone, self._done)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._undone)

    @property
    def done_texts(self) -> list[str]:
        """What each step did that can be undone, oldest first."""
        return [step.text for step in self._done]

    @property
    def undone_texts(self) -> list[str]:
        """What each step did that can be done again, next first."""
        return [step.text for step in reversed(self._undone)]

    @property
    def next_undo(self) -> Edit | None:
        """The edit that undo would apply, if any."""
        return self._done[-1].next if self._done else None

    @property
    def next_redo(self) -> Edit | None:
        """The edit that redo would apply, if any."""
        return self._undone[-1].next if self._undone else None

    @property
    def undo_text(self) -> str:
        """What undo would undo, such as `add image.gaussian`; empty if nothing."""
        return self._done[-1].text if self._done else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again; empty if nothing."""
        return self._undone[-1].text if self._undone else ""

    def mark_saved(self) -> None:
        """Remember that the graph is saved as it is now."""
        self._saved, self._is_saved_lost = self._done[-1] if self._done else None, False
        self.changed.emit()

    def mark_unsaved(self) -> None:
        """Remember that the graph as it is now was never saved."""
        self._is_saved_lost = True
        self.changed.emit()

    @property
    def is_at_saved(self) -> bool:
        """Whether the graph is as it was saved, or as it was in the beginning."""
        return not self._is_saved_lost and (self._done[-1] if self._done else None) is self._saved

    def _may_join(self, last: Step, merge_key: object, now: float) -> bool:
        is_same = merge_key is not None and last.merge_key == merge_key
        # What was saved must stay a state to come back to.
        return is_same and now - last.at <= MERGE_S and last is not self._saved

    def _turn(self, source: list[Step], target: list[Step]) -> None:
        if not source:
            return
        step = source[-1]
        step.next = step.next.apply(self.graph)
        step.merge_key = None
        target.append(source.pop())
        self.changed.emit()
