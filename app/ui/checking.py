"""The check of the open document: off the GUI thread, and at once where only wires have come and gone."""

from __future__ import annotations

import time
from collections.abc import Callable

from qtpy import QtCore

from ..checking.checker import Checker
from ..checking.diagnostic import Diagnostic
from ..graph.document import Graph
from ..graph.wire import Wire
from ..registry.lookup import Registry
from .background import Background

LONGEST_REST_MS = 500
"""Between two checks of a large graph that is being edited."""

MOST_REWIRED = 10
"""Changes of wires that are looked at one by one; after more of them, the graph is checked anew."""

MOST_NODES = 5_000
"""Of a graph whose wires are looked at at once; those of a larger one would hold up a frame."""

Rewired = tuple[tuple[Wire, ...], tuple[Wire, ...]]
"""Wires that have come, and those that have gone."""


class Checking(QtCore.QObject):
    """Checks a graph again and again as it changes.

    Args:
        registry: Knows the node types.
        background: Where whole graphs are checked.
        take: Gets what is found, on the GUI thread.

    Attributes:
        is_busy: Whether a check is under way.
    """

    def __init__(self, registry: Registry, background: Background, take: Callable[[list[Diagnostic]], None]) -> None:
        super().__init__(background)
        self.is_busy = False
        self._registry, self._background, self._found = registry, background, take
        self._graph: Graph | None = None
        self._revision = 0
        self._checker: Checker | None = None  # Knows the graph as it was before these wires came and went.
        self._rewired: list[Rewired] = []
        self._timer = QtCore.QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._check)

    def open(self, graph: Graph) -> None:
        """Check another graph from now on."""
        self._graph = graph
        self._checker, self._rewired = None, []
        self._timer.start(0)

    def note(self, rewired: Rewired | None = None) -> None:
        """The graph has changed.

        Args:
            rewired: The wires that have come and gone, if that is all.
        """
        self._revision += 1
        if rewired is not None and len(self._rewired) < MOST_REWIRED:
            self._rewired.append(rewired)
        else:
            self._checker = None
        if not self._timer.isActive():
            self._timer.start(0)

    def stop(self) -> None:
        """Check no more."""
        self._timer.stop()
        self._graph = None

    def _check(self) -> None:
        if self.is_busy or self._graph is None:
            return
        if self._checker is not None:
            self._recheck(self._checker, self._graph)
            return
        self.is_busy = True
        current, revision, started = self._graph, self._revision, time.monotonic()
        graph, registry = current.copy(), self._registry

        def check() -> Checker:
            checker = Checker(graph, registry)
            checker.prepare()
            return checker

        def then(checker: Checker) -> None:
            self.is_busy = False
            is_ours = current is self._graph
            if is_ours:
                self._found(checker.found)
            if is_ours and revision == self._revision:
                self._checker = checker if len(graph.nodes) <= MOST_NODES else None
                self._rewired = []
            else:
                # A large graph takes a while: the threads of a run shall have most of the time.
                rest = 2_000 * (time.monotonic() - started)
                self._timer.start(int(min(rest, LONGEST_REST_MS)))

        self._background.start(check, then)

    def _recheck(self, checker: Checker, graph: Graph) -> None:
        """Look again at what the wires that have changed have to do with; that is quick enough to be done at once."""
        added = [wire for come, _ in self._rewired for wire in come]
        removed = [wire for _, gone in self._rewired for wire in gone]
        self._rewired = []
        if added or removed:
            self._found(checker.rewired(graph, added, removed))
