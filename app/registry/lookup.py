"""The registry: node types, labels and converters by name, of the vessels that ship and of those that the user names.

A vessel that ships is imported when a name of it is first asked for, so that a run pays for nothing else. A vessel that
cannot be loaded is a problem to report; it disables nothing else.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

from ..authoring.nodetype import NodeType
from ..authoring.vessel import Vessel
from ..errors import VesselError
from ..ports.convert import Converters
from ..ports.hint import label_of
from .boundary import BOUNDARY
from .discovery import load_file, load_shipped, shipped_names


@cache
def shipped() -> Registry:
    """The registry of the vessels that ship, one for the whole process."""
    return Registry()


class Registry:
    """What node types there are.

    Args:
        vessel_paths: Files of vessels, or folders of them, to load besides those that ship.

    Attributes:
        converters: Of all vessels loaded so far.
        problems: A sentence for each vessel that could not be loaded.
    """

    def __init__(self, vessel_paths: Iterable[str | Path] = ()) -> None:
        self.converters = Converters()
        self.problems: list[str] = []
        self._shipped = dict.fromkeys(shipped_names(), False)
        self._vessels: dict[str, Vessel] = {}
        self._aliases: dict[str, NodeType] = {}
        self._labels: dict[str, Any] = {}
        for path in vessel_paths:
            self._load_path(Path(path))

    def vessel(self, name: str) -> Vessel | None:
        """The vessel of this name, loaded now if it ships and was not yet; None if there is none."""
        if self._shipped.get(name) is False:
            self._shipped[name] = True
            try:
                self._add(load_shipped(name))
            except VesselError as problem:
                self.problems.append(str(problem))
        return self._vessels.get(name)

    def vessels(self) -> list[Vessel]:
        """All vessels; loads those that ship."""
        for name in self._shipped:
            self.vessel(name)
        return sorted(self._vessels.values(), key=lambda vessel: vessel.name)

    def node_type(self, type_id: str) -> NodeType | None:
        """The node type of this id or alias, or None."""
        if type_id in BOUNDARY:
            return BOUNDARY[type_id]
        vessel_name, _, name = type_id.partition(".")
        vessel = self.vessel(vessel_name)
        found = vessel.node_types.get(name) if vessel is not None else None
        return found or self._aliases.get(type_id)

    def node_types(self) -> Iterator[NodeType]:
        """All node types, by vessel; loads those that ship."""
        for vessel in self.vessels():
            yield from vessel.node_types.values()
        yield from BOUNDARY.values()

    def label(self, name: str) -> Any:
        """The hint of a label, `Annotated` and all, by its qualified name; None if there is no such label."""
        self.vessel(name.partition(".")[0])
        return self._labels.get(name)

    def nearest(self, type_id: str) -> str | None:
        """The known node type whose id is most like this one; None if none is. Loads the vessels that ship."""
        ids = [node_type.id for node_type in self.node_types()]
        near = difflib.get_close_matches(type_id, ids, n=1)
        if not near:  # The right name in the wrong vessel.
            name = type_id.rpartition(".")[2]
            near = [other for other in ids if other.rpartition(".")[2] == name][:1]
        return near[0] if near else None

    def add(self, vessel: Vessel) -> None:
        """Make a vessel known that was declared in this process.

        Raises:
            VesselError: There is a vessel of this name already.
        """
        if vessel.name in self._vessels or vessel.name in self._shipped:
            raise VesselError(f"vessel `{vessel.name}` is there already; give yours another name")
        self._add(vessel)

    def _load_path(self, path: Path) -> None:
        files = sorted(path.glob("*.py")) if path.is_dir() else [path]
        if path.is_dir() and not files:
            self.problems.append(f"{path}: no vessel in this folder; a vessel is a file such as `my_nodes.py`")
        for file in files:
            try:
                for vessel in load_file(file):
                    self.add(vessel)
            except VesselError as problem:
                self.problems.append(str(problem))

    def _add(self, vessel: Vessel) -> None:
        self._vessels[vessel.name] = vessel
        for converter in vessel.converters:
            self.converters.add(converter)
            self._learn(converter.source, converter.target)
        for node_type in vessel.node_types.values():
            for alias in node_type.aliases:
                self._aliases[alias] = node_type
            self._learn(*(port.hint for port in (*node_type.signature.inputs, *node_type.signature.outputs)))

    def _learn(self, *hints: Any) -> None:
        """Remember the labels that stand in these hints, at any depth."""
        for hint in hints:
            label = label_of(hint)
            if label is not None:
                self._labels.setdefault(label.qualified, hint)
            elif get_origin(hint) is not None:
                self._learn(*(part for part in get_args(hint) if not isinstance(part, str | bytes | int)))
