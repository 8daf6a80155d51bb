"""Starts the application: fonts, theme, window; nothing of it is needed by a run without a window."""

from __future__ import annotations

import gc
import signal
import sys
import traceback
from pathlib import Path
from types import TracebackType

from qtpy import QtCore, QtGui, QtWidgets

from ..errors import AnimaWeaveError
from ..registry.lookup import Registry
from .chrome.focus_ring import FocusRing
from .chrome.menubar import APPLICATION, paint_mark
from .editor import Editor
from .journal import Journal
from .preferences import Preferences
from .recent import RecentFiles
from .theme import Theme
from .window import MainWindow

COLLECT_AFTER = (10_000, 20, 50)
"""Thresholds of the garbage collector's generations."""

SWITCH_INTERVAL_S = 0.0002
"""A node in pure Python holds the interpreter's lock this long at most: Qt waits for it many times a frame."""

SIGNALS_MS = 200
"""Between two looks at signals such as Ctrl-C, which Python sees only while it runs."""


def tune_interpreter() -> None:
    """Let the window have the interpreter when it needs it, and the garbage collector look at all there is seldom.

    What was imported lives as long as the application: looking at it again and again, as whenever some thousand
    objects of a graph come, would hold a frame up for a tenth of a second.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def start(path: Path | None = None, registry: Registry | None = None) -> int:
    """Open the window and stay until it is closed. There must be a display: Qt ends the process without one.

    Args:
        path: A graph file to open.
        registry: Knows the node types; those that ship by default.
    Returns:
        The exit code.
    """
    tune_interpreter()
    application = QtWidgets.QApplication(sys.argv[:1])
    application.setApplicationName("animaweave")
    application.setApplicationDisplayName(APPLICATION)
    if QtCore.QLocale.system().language() == QtCore.QLocale.Language.C:
        QtCore.QLocale.setDefault(QtCore.QLocale(QtCore.QLocale.Language.English))
    preferences = Preferences()
    theme = Theme(preferences.theme)
    theme.apply(application)
    application.setWindowIcon(window_icon(theme))
    ring = FocusRing(application, theme)
    editor = Editor(registry)
    window = MainWindow(editor, theme, preferences, RecentFiles(), Journal(editor))
    sys.excepthook = Faults(editor)
    interrupts = _listen_for_interrupts(application)
    window.show()
    if path is not None:
        # Shown first: opening a large file takes a while.
        QtCore.QTimer.singleShot(0, lambda: window.files.open(path))
    code: int = application.exec()
    interrupts.stop()
    # In this order, and before the interpreter ends: what Qt destroys by itself, it destroys in any.
    ring.deleteLater()
    window.deleteLater()
    application.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    return code


def window_icon(theme: Theme) -> QtGui.QIcon:
    """The mark, for the window and the task bar."""
    icon = QtGui.QIcon()
    for size in (16, 32, 64, 128):
        picture = QtGui.QPixmap(size, size)
        picture.fill(QtCore.Qt.GlobalColor.transparent)
        painter = QtGui.QPainter(picture)
        paint_mark(painter, QtCore.QPointF(0, 0), size / 16, theme.colour("accent"))
        painter.end()
        icon.addPixmap(picture)
    return icon


class Faults:
    """Tells of errors in the window's own code, which would else be lost: nothing may end with a graph unsaved."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Print the error and tell of it in the window."""
        traceback.print_exception(kind, error, trace)
        if isinstance(error, AnimaWeaveError):
            self._editor.trouble.emit(str(error))
        elif isinstance(error, Exception):
            self._editor.trouble.emit(f"Something went wrong in the editor: {kind.__name__}: {error}. Save your work.")


def _listen_for_interrupts(application: QtWidgets.QApplication) -> QtCore.QTimer:
    """Let Ctrl-C in the terminal close the windows, as their own cross does."""
    signal.signal(signal.SIGINT, lambda *_: application.closeAllWindows())
    timer = QtCore.QTimer()
    timer.timeout.connect(lambda: None)
    timer.start(SIGNALS_MS)
    return timer
