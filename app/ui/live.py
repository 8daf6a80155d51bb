"""The only bridge from the engine to Qt while a graph runs: at most 30 snapshots a second, on the GUI thread.

What is costly (the table, the states, previews) is made by the run's watcher thread; here a timer, which goes only
while something runs, takes the newest and tells it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from qtpy import QtCore

from ..engine.epoch import LogLine

if TYPE_CHECKING:
    from .editor import Editor

PERIOD_MS = 34
"""Between two snapshots: at most 30 a second."""

State = str
"""`idle`, `waiting`, `running`, `done`, `stale`, `skipped`, `failed`, `missing`, `bypassed` or `disabled`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How a run stands.

    Attributes:
        ids: Node of each row of `table`, `calc/add` inside a sub-graph; the same object while the rows stay the same.
        table: Rows of `engine.observe.metrics.ROW`; converters that the compiler put in are left out.
        states: State of each node of the graph by id.
        progress: Fraction and text by id, of running nodes that tell.
        log: Lines that nodes wrote since the snapshot before.
        live_bytes: Bytes that lie on the bus now.
        freed_bytes: Bytes freed so far at the end of their last consumer.
        epochs: Epochs completed since the run began.
        elapsed_s: Seconds since the run began.
        is_last: Whether the run is over.
    """

    ids: Sequence[str]
    table: npt.NDArray[np.void]
    states: Mapping[str, State]
    progress: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    log: Sequence[LogLine] = ()
    live_bytes: int = 0
    freed_bytes: int = 0
    epochs: int = 0
    elapsed_s: float = 0.0
    is_last: bool = False


class Live(QtCore.QObject):
    """Tells how the editor's run stands, while one is under way, and once more when it is over.

    Attributes:
        tick: A `Snapshot`; `editor.states`, `.values` and `.latency_ms` already say the same.
        last: The newest snapshot; None before the first run of this document.
    """

    tick = QtCore.Signal(object)

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self.last: Snapshot | None = None
        self._editor = editor
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(PERIOD_MS)

    @property
    def is_active(self) -> bool:
        """Whether snapshots come."""
        return self._timer.isActive()
