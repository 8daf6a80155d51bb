"""The document's questions about node types, answered from the registry; and who provides a missing vessel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

from ..errors import ValueMismatch
from ..graph.plain import Json
from ..ports.codec import encode
from ..ports.port import MISSING, Port, Signature
from ..ports.text import to_text
from .lookup import Registry


class RegistryCatalogue:
    """A `graph.Catalogue` over a registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def signature(self, node_type: str, params: Mapping[str, Json]) -> dict[str, Json] | None:
        """The ports as graph files keep them; None for a type that is not known, or whose ports are a sub-graph's."""
        found = self._registry.node_type(node_type)
        if found is None or found.composite:
            return None
        signature = found.signature
        if found.ports_of is not None:
            try:
                signature = found.ports_of(params, self._registry.label)
            except ValueMismatch:
                return None
        return saved_form(signature, found.version)

    def current_name(self, node_type: str) -> str:
        """The name that a node type has now; the same name where it is no old one."""
        found = self._registry.node_type(node_type)
        return node_type if found is None else found.id

    def migrates(self, node_type: str) -> bool:
        """Whether the type says how parameters of an older version become those of its own."""
        found = self._registry.node_type(node_type)
        return found is not None and found.migrate is not None

    def migrate(self, node_type: str, params: Mapping[str, Json], version: str) -> dict[str, Json]:
        """A node's parameters, saved with an older version of its type, as the type has them now.

        Raises:
            ValueMismatch: The type could not say, or said no plain JSON; what went wrong, in a sentence.
        """
        found = self._registry.node_type(node_type)
        if found is None or found.migrate is None:
            return dict(params)
        try:
            migrated = found.migrate(deepcopy(dict(params)), version)
        except Exception as problem:  # noqa: BLE001 - what a vessel does is not known
            raise ValueMismatch(f"{type(problem).__name__}: {problem}") from None
        if not isinstance(migrated, dict):
            raise ValueMismatch(f"expected a dict of parameters, found {type(migrated).__name__}")
        return {str(name): self.encode(node_type, name, value) for name, value in migrated.items()}

    def requirement(self, node_type: str) -> tuple[str, str] | None:
        """The vessel's name and version; None for a type that is not known, or is part of every graph."""
        found = self._registry.node_type(node_type)
        return None if found is None or found.vessel == "graph" else (found.vessel, found.version)

    def is_default(self, node_type: str, param: str, value: Json) -> bool:
        """Whether a parameter's value is what it has without being set."""
        port = self._parameter(node_type, param)
        if port is None or port.default is MISSING:
            return False
        try:
            default = encode(port.default, port.hint)
        except ValueMismatch:
            return False
        return type(default) is type(value) and bool(default == value)

    def encode(self, node_type: str, param: str, value: Any) -> Json:
        """A parameter's value as plain JSON.

        Raises:
            ValueMismatch: The value is of another type, or JSON has no form for it.
        """
        port = self._parameter(node_type, param)
        return encode(value, Any if port is None else port.hint)

    def provider(self, node_type: str) -> str | None:
        """The package that provides the vessel of a missing node type, where we know it."""
        return _providers().get(node_type.partition(".")[0])

    def _parameter(self, node_type: str, param: str) -> Port | None:
        found = self._registry.node_type(node_type)
        return None if found is None else found.signature.parameter(param)


def saved_form(signature: Signature, version: str) -> dict[str, Json]:
    """A signature as graph files keep it."""
    return {
        "version": int(version) if version.isdecimal() else version,
        "inputs": {port.name: _input_text(port) for port in signature.inputs},
        "outputs": {port.name: _text(port) for port in signature.outputs},
    }


def _input_text(port: Port) -> str:
    optional = port.default is not MISSING and not port.control
    return f"{'*' if port.variadic else ''}{_text(port)}{'?' if optional else ''}"


def _text(port: Port) -> str:
    return "Signal" if port.control else to_text(port.hint)


@cache
def _providers() -> dict[str, str]:
    """Packages by vessel, from the list that ships."""
    file = resources.files("animaweave.resources").joinpath("providers.json")
    providers: dict[str, str] = json.loads(file.read_text("utf-8"))
    return providers
