"""How a document runs without a window: as a line for the terminal and as Python."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from .. import vessels
from ..engine.compiler.compile import compile as compile_graph
from ..engine.compiler.plan import Plan
from ..errors import EditError, GraphError
from ..ports.port import MISSING
from ..registry.lookup import Registry
from .editor import Editor

ALWAYS_ALLOWED = "read-files"


def export_command(editor: Editor) -> str:
    """The line that runs the document's file, as it is saved, without a window.

    It allows what the nodes do, names vessels that do not ship, and leaves nodes in error out, as a run in the window
    does. An input without a value stands there as `--set NAME=VALUE`, to be filled in.

    Raises:
        EditError: The document was never saved.
    """
    return shlex.join(["animaweave", "run", str(_saved(editor)), *_options(editor)])


def export_python(editor: Editor) -> str:
    """The same as lines of Python.

    Raises:
        EditError: The document was never saved.
    """
    return f"import animaweave as aw\n\ngraph = aw.Graph.load({str(_saved(editor))!r})\nprint(aw.run(graph).outputs)\n"


def _saved(editor: Editor) -> Path:
    if editor.path is None:
        raise EditError("the graph is in no file yet; save it first")
    return editor.path.resolve()


def _options(editor: Editor) -> Iterator[str]:
    graph, registry = editor.root.copy(), editor.registry
    try:
        plan = compile_graph(graph, registry=registry)
    except GraphError:
        yield "--partial"
        try:
            plan = compile_graph(graph, registry=registry, partial=True)
        except GraphError:
            return
    for effect in plan.effects:
        if effect != ALWAYS_ALLOWED:
            yield from ("--allow", effect)
    for file in _vessel_files(registry, {node.type for node in plan.nodes}):
        yield from ("--vessels", file)
    for name in _open_inputs(plan):
        yield from ("--set", f"{name}=VALUE")


def _open_inputs(plan: Plan) -> Iterator[str]:
    return (setting.name for setting in plan.settings.values() if plan.values[setting.slot] is MISSING)


def _vessel_files(registry: Registry, types: Iterable[str]) -> list[str]:
    """Files of the vessels that do not ship."""
    shipped = {Path(folder).resolve() for folder in vessels.__path__}
    found = (registry.node_type(node_type) for node_type in types)
    files = {
        Path(node_type.source.rpartition(":")[0]) for node_type in found if node_type is not None and node_type.source
    }
    return sorted(str(file) for file in files if file.resolve().parent not in shipped)
