"""The registry: node types, labels and converters by name, wherever vessels are found.

A vessel is imported when a name of it is first asked for, so that a run pays for nothing else: those that ship, those
of the files that the user names, then those in the user's vessel folder and of installed packages. One that cannot be
loaded is a problem to report; it disables nothing else.
"""

from __future__ import annotations

import difflib
import threading
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
from .discovery import Loaded, load
from .sources import Problem, Source, file_sources, further_sources, shipped_sources


@cache
def shipped() -> Registry:
    """The registry of what is there without being named, one for the whole process."""
    return Registry()


class Registry:
    """What node types there are.

    Args:
        vessel_paths: Files of vessels, or folders of them, besides what is there without being named. A file is loaded
            at once; those in folders when a name of theirs is asked for.

    Attributes:
        converters: Of all vessels loaded so far.
        problems: Vessels that could not be loaded.
    """

    def __init__(self, vessel_paths: Iterable[str | Path] = ()) -> None:
        self.converters = Converters()
        self.problems: list[Problem] = []
        self._lock = threading.RLock()
        self._sources: dict[str, Source] = {}  # By place, in the order in which they count.
        self._waiting: dict[str, Source] = {}  # By name of a vessel: what has to be loaded for it.
        self._vessels: dict[str, Vessel] = {}
        self._origins: dict[str, str] = {}  # Place of each vessel, by name.
        self._aliases: dict[str, NodeType] = {}
        self._labels: dict[str, Any] = {}
        self._has_looked_further = False
        for source in shipped_sources():
            self._announce(source)
        for path in map(Path, vessel_paths):
            self._name_path(path)

    def vessel(self, name: str) -> Vessel | None:
        """The vessel of this name, loaded now if it was not yet; None if there is none."""
        found = self._vessels.get(name)
        if found is not None or name == "graph":
            return found
        with self._lock:
            if name not in self._vessels and name not in self._waiting:
                self._look_further()
            source = self._waiting.get(name)
            if source is not None:
                self._load(source)
        return self._vessels.get(name)

    def vessels(self) -> list[Vessel]:
        """All vessels; loads those that were not yet."""
        with self._lock:
            self._look_further()
            for source in list(self._waiting.values()):
                if source in self._waiting.values():
                    self._load(source)
        return sorted(self._vessels.values(), key=lambda vessel: vessel.name)

    def sources(self) -> list[Source]:
        """All places where vessels come from, loaded or not."""
        with self._lock:
            self._look_further()
            return list(self._sources.values())

    def vessels_of(self, source: Source) -> list[Vessel]:
        """The vessels that a source gives, loaded now if they were not yet."""
        with self._lock:
            if source in self._waiting.values():
                self._load(source)
            return [vessel for name, vessel in self._vessels.items() if self._origins[name] == source.place]

    def node_type(self, type_id: str) -> NodeType | None:
        """The node type of this id or alias, or None."""
        if type_id in BOUNDARY:
            return BOUNDARY[type_id]
        vessel_name, _, name = type_id.partition(".")
        vessel = self.vessel(vessel_name)
        found = vessel.node_types.get(name) if vessel is not None else None
        if found is None and vessel is None and "." in type_id and vessel_name != "graph":
            self.vessels()  # A vessel of another name may have had it once.
        return found or self._aliases.get(type_id)

    def node_types(self) -> Iterator[NodeType]:
        """All node types, by vessel; loads all vessels."""
        for vessel in self.vessels():
            yield from vessel.node_types.values()
        yield from BOUNDARY.values()

    def label(self, name: str) -> Any:
        """The hint of a label, `Annotated` and all, by its qualified name; None if there is no such label."""
        self.vessel(name.partition(".")[0])
        return self._labels.get(name)

    def nearest(self, type_id: str) -> str | None:
        """The known node type whose id is most like this one; None if none is. Loads all vessels."""
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
        if vessel.name in self._vessels or vessel.name in self._waiting:
            raise VesselError(f"vessel `{vessel.name}` is there already; give yours another name")
        self._add(vessel, "")

    def replace(self, loaded: Loaded) -> None:
        """Take what a file gives now in place of what it gave before; if it is broken, what it gave before stays.

        Plans made before go on with what they have.
        """
        with self._lock:
            place = loaded.source.place
            self._sources[place] = loaded.source
            if not loaded.problems:
                for name in [name for name, origin in self._origins.items() if origin == place]:
                    self._remove(name)
            self._take(loaded)

    def _name_path(self, path: Path) -> None:
        found = file_sources([path])
        if path.is_dir() and not found:
            sentence = f"{path}: no vessel in this folder; a vessel is a file such as `my_nodes.py`"
            self.problems.append(Problem(sentence, place=str(path)))
        for source in found:
            self._announce(source)
            if not path.is_dir() and source in self._waiting.values():
                self._load(source)

    def _look_further(self) -> None:
        """Find out, once, what there is that nobody has named."""
        if not self._has_looked_further:
            self._has_looked_further = True
            for source in further_sources():
                self._announce(source)

    def _announce(self, source: Source) -> None:
        """Note a source, to be loaded when a vessel of it is asked for; at once if it does not tell of any."""
        if source.place in self._sources:
            return
        self._sources[source.place] = source
        free = [name for name in source.names if name not in self._vessels and name not in self._waiting]
        for name in free:
            self._waiting[name] = source
        if not free:  # What it has is there already, or only loading it tells what it has.
            self._load(source)

    def _load(self, source: Source) -> None:
        self._take(load(source))

    def _take(self, loaded: Loaded) -> None:
        source = loaded.source
        self.problems[:] = [problem for problem in self.problems if problem.place != source.place]
        for name in [name for name, waiting in self._waiting.items() if waiting == source]:
            del self._waiting[name]
        self.problems += loaded.problems
        for vessel in loaded.vessels:
            if vessel.name in self._vessels or vessel.name in self._waiting:
                by = self._origins.get(vessel.name) or self._waiting[vessel.name].place
                sentence = f"{source}: vessel `{vessel.name}` is there already, from {by}; give this one another name"
                self.problems.append(Problem(sentence, place=source.place))
            else:
                self._add(vessel, source.place)

    def _remove(self, name: str) -> None:
        vessel = self._vessels.pop(name)
        del self._origins[name]
        for converter in vessel.converters:
            self.converters.remove(converter)
        own = list(vessel.node_types.values())
        self._aliases = {alias: node_type for alias, node_type in self._aliases.items() if node_type not in own}
        self._labels = {label: hint for label, hint in self._labels.items() if label.partition(".")[0] != name}

    def _add(self, vessel: Vessel, place: str) -> None:
        self._vessels[vessel.name], self._origins[vessel.name] = vessel, place
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
