"""Exit codes, and which error ends in which."""

from __future__ import annotations

import enum

from ..errors import AnimaWeaveError, EngineError, GraphError, GraphFileError, InputError, NotAllowed, VesselError


class Code(enum.IntEnum):
    """What the command tells the program that started it."""

    SUCCESS = 0
    GRAPH = 1
    """The graph has errors."""
    USAGE = 2
    """What was typed makes no sense: an unknown option, a file that is not there, a value of the wrong type."""
    NODE = 3
    """A node failed, or a result could not be written; partial results are written."""
    NOT_ALLOWED = 4
    """The graph wants effects that the run does not allow."""
    DIFFERENT = 5
    """What was compared is not the same."""
    CANCELLED = 130
    """By Ctrl-C or `--timeout`."""


class UsageError(AnimaWeaveError):
    """What was typed makes no sense; names the option or file."""


_CODES = {
    UsageError: Code.USAGE,
    InputError: Code.USAGE,
    VesselError: Code.USAGE,
    EngineError: Code.USAGE,
    NotAllowed: Code.NOT_ALLOWED,
    GraphError: Code.GRAPH,
    GraphFileError: Code.GRAPH,
}


def code_of(problem: AnimaWeaveError) -> Code:
    """The exit code for an error."""
    return next((code for kind, code in _CODES.items() if isinstance(problem, kind)), Code.GRAPH)
