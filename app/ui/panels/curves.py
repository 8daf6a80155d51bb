"""The curves beside the table of nodes: latency of the chosen node, and below it what the run holds.

pyqtgraph costs a third of a second to load, so the plots are made when they are first shown, after the window is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from qtpy import QtCore, QtGui, QtWidgets

from ..theme import Theme
from ..watch import Snapshot

if TYPE_CHECKING:
    from .latency import LatencyPlot
    from .live_bytes import LiveBytesPlot


class Curves(QtWidgets.QWidget):
    """Both plots.

    Attributes:
        plots: Latency and live bytes, once they are made.
    """

    def __init__(self, theme: Theme, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self.setMinimumWidth(200)
        self.plots: tuple[LatencyPlot, LiveBytesPlot] | None = None
        self._theme, self._node = theme, ""
        self._layout = QtWidgets.QVBoxLayout(self)
        self._layout.setContentsMargins(16, 0, 16, 4)
        self._layout.setSpacing(0)

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """Make the plots, if there are none yet, once the window stands."""
        super().showEvent(event)
        QtCore.QTimer.singleShot(0, self, self.make)

    def make(self) -> tuple[LatencyPlot, LiveBytesPlot]:
        """The plots, made now if they were not."""
        if self.plots is None:
            from .latency import LatencyPlot  # noqa: PLC0415
            from .live_bytes import LiveBytesPlot  # noqa: PLC0415

            self.plots = LatencyPlot(self._theme), LiveBytesPlot(self._theme)
            for plot in self.plots:
                self._layout.addWidget(plot)
            self.plots[0].choose(self._node)
        return self.plots

    def choose(self, node: str) -> None:
        """Show the latency of another node; empty for none."""
        self._node = node
        if self.plots is not None:
            self.plots[0].choose(node)

    def add(self, snapshot: Snapshot) -> None:
        """Take in what a run shows."""
        latency, live_bytes = self.make()
        now = time.monotonic()
        latency.add(snapshot.ids, snapshot.table, now)
        live_bytes.add(snapshot.live_bytes, snapshot.freed_bytes, now)

    def forget(self) -> None:
        """Begin anew."""
        for plot in self.plots or ():
            plot.forget()
