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
from typing import Any

from ..authoring.nodetype import NodeType
from ..authoring.vessel import Vessel
from ..errors import VesselError
from ..ports.convert import Converters
from ..settings import vessel_folder
from .boundary import BOUNDARY
from .discovery import Loaded, load
from .index import Index
from .sources import Problem, Source, file_source, file_sources, further_sources, shipped_sources


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
        problems: Vessels that could not be loaded.
    """

    def __init__(self, vessel_paths: Iterable[str | Path] = ()) -> None:
        self.problems: list[Problem] = []
        self._lock = threading.RLock()
        self._sources: dict[str, Source] = {}  # By place, in the order in which they count.
        self._waiting: dict[str, Source] = {}  # By name of a vessel: what has to be loaded for it.
        self._index = Index()
        self._stamps: dict[str, tuple[str, int, int]] = {}  # Of each file when it was loaded, by place.
        self._folders: list[Path] = []
        self._has_looked_further = False
        for source in shipped_sources():
            self._announce(source)
        for path in map(Path, vessel_paths):
            self._name_path(path)

    @property
    def converters(self) -> Converters:
        """Those of all vessels loaded so far."""
        return self._index.converters

    def vessel(self, name: str) -> Vessel | None:
        """The vessel of this name, loaded now if it was not yet; None if there is none."""
        found = self._index.vessels.get(name)
        if found is not None or name == "graph":
            return found
        with self._lock:
            if name not in self._index.vessels and name not in self._waiting:
                self._look_further()
            source = self._waiting.get(name)
            if source is not None:
                self._load(source)
        return self._index.vessels.get(name)

    def vessels(self) -> list[Vessel]:
        """All vessels; loads those that were not yet."""
        with self._lock:
            self._look_further()
            for source in list(self._waiting.values()):
                if source in self._waiting.values():
                    self._load(source)
        return sorted(self._index.vessels.values(), key=lambda vessel: vessel.name)

    def load_rest(self) -> bool:
        """Load the vessels that were not asked for yet; tell whether there were any with a converter."""
        before = len(self.converters)
        self.vessels()
        return len(self.converters) > before

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
            return [vessel for name, vessel in self._index.vessels.items() if self._index.origins[name] == source.place]

    def node_type(self, type_id: str) -> NodeType | None:
        """The node type of this id or alias, or None."""
        if type_id in BOUNDARY:
            return BOUNDARY[type_id]
        vessel_name, _, name = type_id.partition(".")
        vessel = self.vessel(vessel_name)
        found = vessel.node_types.get(name) if vessel is not None else None
        if found is None and vessel is None and "." in type_id and vessel_name != "graph":
            self.vessels()  # A vessel of another name may have had it once.
        return found or self._index.aliases.get(type_id)

    def node_types(self) -> Iterator[NodeType]:
        """All node types, by vessel; loads all vessels."""
        for vessel in self.vessels():
            yield from vessel.node_types.values()
        yield from BOUNDARY.values()

    def label(self, name: str) -> Any:
        """The hint of a label, `Annotated` and all, by its qualified name; None if there is no such label."""
        self.vessel(name.partition(".")[0])
        return self._index.labels.get(name)

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
        if vessel.name in self._index.vessels or vessel.name in self._waiting:
            raise VesselError(f"vessel `{vessel.name}` is there already; give yours another name")
        self._index.add(vessel, "")

    def replace(self, loaded: Loaded) -> None:
        """Take what a file gives now in place of what it gave before; if it is broken, what it gave before stays.

        Plans made before go on with what they have; who looks something up meanwhile finds it as it was or as it is.
        """
        with self._lock:
            place = loaded.source.place
            self._sources[place] = loaded.source
            if not loaded.problems:
                self._remove(place)
            self._take(loaded)

    def drop(self, source: Source) -> None:
        """Forget what a file gave that is not there any more."""
        with self._lock:
            self._sources.pop(source.place, None)
            self._stamps.pop(source.place, None)
            self.problems[:] = [problem for problem in self.problems if problem.place != source.place]
            self._remove(source.place)

    @property
    def watched(self) -> list[Path]:
        """Files and folders of the user's whose vessels may change: those that were named, and the user's own."""
        own = vessel_folder()
        files = [source.file for source in self._sources.values() if source.kind == "file" and source.file is not None]
        return [*self._folders, *([own] if own is not None else []), *files]

    def changed(self) -> tuple[list[Source], list[Source]]:
        """Files of the user's that are others than when they were loaded, or new; and those that are gone."""
        with self._lock:
            own = vessel_folder()
            folders = [folder for folder in (*self._folders, own) if folder is not None and folder.is_dir()]
            now = {source.place: source for source in file_sources(folders)}
            was = {source.place: source for source in self._sources.values() if source.kind == "file"}
            gone = [source for source in was.values() if source.file is not None and not source.file.exists()]
            kept = [file_source(Path(place)) for place in was if place not in now and was[place] not in gone]
            waiting = {source.place for source in self._waiting.values()}
            new = [
                source
                for source in (*now.values(), *kept)
                if source.place not in waiting and self._stamps.get(source.place) != source.stamp
            ]
        return new, gone

    def _name_path(self, path: Path) -> None:
        if path.is_dir():
            self._folders.append(path)
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
        free = [name for name in source.names if name not in self._index.vessels and name not in self._waiting]
        for name in free:
            self._waiting[name] = source
        if not free:  # What it has is there already, or only loading it tells what it has.
            self._load(source)

    def _load(self, source: Source) -> None:
        self._take(load(source))

    def _take(self, loaded: Loaded) -> None:
        source = loaded.source
        self._stamps[source.place] = loaded.stamp
        self.problems[:] = [problem for problem in self.problems if problem.place != source.place]
        for name in [name for name, waiting in self._waiting.items() if waiting == source]:
            del self._waiting[name]
        self.problems += loaded.problems
        for vessel in loaded.vessels:
            if vessel.name in self._index.vessels or vessel.name in self._waiting:
                by = self._index.origins.get(vessel.name) or self._waiting[vessel.name].place
                sentence = f"{source}: vessel `{vessel.name}` is there already, from {by}; give this one another name"
                self.problems.append(Problem(sentence, place=source.place))
            else:
                self._note_aliases(vessel, source)
                self._index.add(vessel, source.place)

    def _note_aliases(self, vessel: Vessel, source: Source) -> None:
        """Old names of a vessel's that another vessel has too: what a graph means by one would be left to chance."""
        for node_type in vessel.node_types.values():
            for alias in node_type.aliases:
                other = self._index.aliases.get(alias)
                name, _, own = alias.partition(".")
                if other is None and name in self._index.vessels:
                    other = self._index.vessels[name].node_types.get(own)
                if other is not None:
                    place = f"{source}: node `{node_type.id}`"
                    sentence = (
                        f"{place}: its old name `{alias}` is one of `{other.id}`, too; one of them has to give it up"
                    )
                    self.problems.append(Problem(sentence, place=source.place))

    def _remove(self, place: str) -> None:
        """Take out what came from a place; whoever is looking something up goes on with what there was."""
        rest = Index()
        for name, origin in self._index.origins.items():
            if origin != place:
                rest.add(self._index.vessels[name], origin)
        self._index = rest
