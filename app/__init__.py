"""AnimaWeave Studio: wire typed nodes into a graph, check it, run it.

    import animaweave as aw

    graph = aw.Graph.load("coins.weave.json")
    print(aw.run(graph).outputs)

Names are imported when they are first used, so that each program pays for what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .authoring import (
        NOT_ASKED,
        Ask,
        Cancelled,
        Codec,
        Context,
        ErrorInfo,
        Export,
        Field,
        NodeType,
        Signal,
        Vessel,
    )
    from .checking.checker import check
    from .checking.diagnostic import Diagnostic
    from .engine.compiler.compile import compile  # noqa: A004 - the library's name; the built-in is not used here
    from .engine.compiler.plan import Plan
    from .engine.engine import Engine, run
    from .engine.result import NodeResult, Result
    from .errors import (
        AnimaWeaveError,
        EditError,
        EngineError,
        GraphError,
        GraphFileError,
        InputError,
        NotAllowed,
        ValueMismatch,
        VesselError,
    )
    from .library import Graph, compatible
    from .registry.lookup import Registry

_MODULES = {
    "authoring": "NOT_ASKED Ask Cancelled Codec Context ErrorInfo Export Field NodeType Signal Vessel",
    "checking.diagnostic": "Diagnostic",
    "checking.checker": "check",
    "engine.compiler.compile": "compile",
    "engine.compiler.plan": "Plan",
    "engine.engine": "Engine run",
    "engine.result": "NodeResult Result",
    "errors": "AnimaWeaveError EditError EngineError GraphError GraphFileError InputError NotAllowed ValueMismatch "
    "VesselError",
    "library": "Graph compatible",
    "registry.lookup": "Registry",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = [
    "NOT_ASKED",
    "AnimaWeaveError",
    "Ask",
    "Cancelled",
    "Codec",
    "Context",
    "Diagnostic",
    "EditError",
    "Engine",
    "EngineError",
    "ErrorInfo",
    "Export",
    "Field",
    "Graph",
    "GraphError",
    "GraphFileError",
    "InputError",
    "NodeResult",
    "NodeType",
    "NotAllowed",
    "Plan",
    "Registry",
    "Result",
    "Signal",
    "ValueMismatch",
    "Vessel",
    "VesselError",
    "check",
    "compatible",
    "compile",
    "run",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
