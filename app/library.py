"""Library names that need the vessels that ship: the default where the caller gives no registry."""

from __future__ import annotations

from typing import Any

from .graph import document
from .graph.catalogue import Catalogue
from .ports import fit
from .registry.catalogue import RegistryCatalogue
from .registry.lookup import Registry, shipped


class Graph(document.Graph):
    """A graph that knows the node types that ship, unless it is given another catalogue."""

    def default_catalogue(self) -> Catalogue | None:
        """The catalogue of the vessels that ship; asked for when the document first needs one."""
        return RegistryCatalogue(shipped())


def compatible(source: Any, target: Any, *, registry: Registry | None = None) -> fit.Fit:
    """Say how values of one type hint fit a port of another: `.verdict`, `.reason`, `.converters`.

    Args:
        source: Type of the output.
        target: Type of the input.
        registry: Whose converters count; those of the vessels that ship by default.
    """
    return fit.compatible(source, target, (registry or shipped()).converters)
