"""Sub-graphs that the user keeps for other graphs: each a graph file of its own, in the user's data folder.

What is kept is a node that uses the sub-graph, with all that it needs. Taken from here it becomes part of the graph, so
that its file runs anywhere; a graph does not change when what is kept here does.
"""

from __future__ import annotations

from pathlib import Path

import platformdirs

from ..errors import EditError
from ..graph import exchange
from ..graph.document import Graph
from ..graph.file import replace_file
from ..graph.subgraphs import uses

SUFFIX = ".weave.json"


class SubgraphLibrary:
    """The folder.

    Args:
        folder: Where they are kept; None for the place in the user's data folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        own = platformdirs.user_data_path("animaweave", appauthor=False) / "subgraphs"
        self.folder = own if folder is None else folder

    def names(self) -> list[str]:
        """What there is, in the order of the alphabet."""
        try:
            return sorted(file.name.removesuffix(SUFFIX) for file in self.folder.glob(f"*{SUFFIX}"))
        except OSError:
            return []

    def keep(self, graph: Graph, node: str) -> str:
        """Keep the sub-graph that a node uses, in place of one of the same name. Gives its name.

        Raises:
            EditError: The node uses none, or the folder cannot be written to.
        """
        used = [name for name in uses(graph.nodes[node]) if name in graph.outermost.subgraphs]
        if not used:
            raise EditError(f"{node}: expected a node that uses a sub-graph, found {graph.nodes[node].type}")
        text = exchange.copy(graph, [node])
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(self.folder / f"{used[0]}{SUFFIX}", text.encode())
        except OSError as problem:
            raise EditError(f"{self.folder}: expected a folder to write to, found: {problem.strerror}") from problem
        return used[0]

    def text(self, name: str) -> str:
        """What is kept under a name, to be pasted.

        Raises:
            EditError: It cannot be read.
        """
        file = self.folder / f"{name}{SUFFIX}"
        try:
            return file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise EditError(f"{file}: expected a sub-graph, found: {problem}") from problem
