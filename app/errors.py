"""Every error that AnimaWeave Studio raises on purpose.

A message is one sentence that a person can act on: the place, what was found, what was expected, the way out. All
derive from `AnimaWeaveError`, so a caller who wants no traceback catches that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class AnimaWeaveError(Exception):
    """The root of all errors raised on purpose."""


class GraphFileError(AnimaWeaveError):
    """A graph file cannot be read or written.

    Attributes:
        file: The file's name as the user gave it, or `<text>`.
        path: JSON path of the place, such as `$.nodes.coins.params.smallest`; `$` for the whole file.
        problem: What was found, what was expected and what to do.
    """

    def __init__(self, file: str, path: str, problem: str) -> None:
        super().__init__(f"{file}: {path}: {problem}")
        self.file, self.path, self.problem = file, path, problem


class EditError(AnimaWeaveError, ValueError):
    """An edit that the document refuses: an id that is taken, a wire to a node that is not there."""


class ValueMismatch(AnimaWeaveError, ValueError):
    """A value does not fit its port; the message says what was expected and what was found, without the place."""


class InputError(AnimaWeaveError, ValueError):
    """An input given to a run (`run({...})`, `--set`) is unknown, missing or of the wrong type; names the input."""


class VesselError(AnimaWeaveError):
    """A vessel is declared wrongly or cannot be loaded; the message names file, line, node and parameter.

    Attributes:
        others: Further errors of the same file.
    """

    others: tuple[VesselError, ...] = ()


class ConverterTie(AnimaWeaveError):
    """Two shortest chains of converters lead from one label to another; the message names both."""


class BusError(AnimaWeaveError):
    """A slot of the bus was used against its rules; the message names node and port."""


class EngineError(AnimaWeaveError):
    """The engine was used in a way that it cannot serve, such as a run after `close`."""


class TimedOut(AnimaWeaveError, TimeoutError):
    """A node ran longer than its `timeout`; it was stopped."""


class WorkerDied(AnimaWeaveError):
    """A worker process ended in the middle of a node; the message names the signal or the exit code."""


class NotAllowed(AnimaWeaveError):
    """A graph wants effects (`write-files`, `network` …) that this run does not allow; the message lists them."""


class Finding(Protocol):
    """What a `GraphError` needs of a diagnostic: that it can be printed."""

    def __str__(self) -> str: ...


class GraphError(AnimaWeaveError):
    """A graph has errors and cannot run.

    Attributes:
        diagnostics: The `Diagnostic`s, errors first.
    """

    def __init__(self, message: str, diagnostics: Sequence[Finding] = ()) -> None:
        super().__init__("\n".join([message, *(f"  {finding}" for finding in diagnostics)]))
        self.diagnostics = tuple(diagnostics)
