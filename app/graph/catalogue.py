"""What a document may ask about node types. `registry` answers; the document itself knows no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .plain import Json


class Catalogue(Protocol):
    """Answers about node types by name; None wherever a type is not known."""

    def signature(self, node_type: str, params: Mapping[str, Json]) -> dict[str, Json] | None:
        """The ports as they are saved: `{"version": 1, "inputs": {port: type}, "outputs": {port: type}}`.

        Types are text. Before the type of an input, `*` says that it is variadic; behind it, `?` that it is optional.
        """

    def current_name(self, node_type: str) -> str:
        """The name that a node type has now; the same name where it is no old one."""

    def migrates(self, node_type: str) -> bool:
        """Whether the type says how parameters of an older version become those of its own."""

    def migrate(self, node_type: str, params: Mapping[str, Json], version: str) -> dict[str, Json]:
        """A node's parameters, saved with an older version of its type, as the type has them now.

        Raises:
            ValueMismatch: The type could not say, or said no plain JSON; what went wrong, in a sentence.
        """

    def requirement(self, node_type: str) -> tuple[str, str] | None:
        """The vessel's name and version."""

    def is_default(self, node_type: str, param: str, value: Json) -> bool:
        """Whether a parameter's value is what it has without being set."""

    def encode(self, node_type: str, param: str, value: Any) -> Json:
        """A parameter's value as plain JSON, by the codec of its type.

        Raises:
            ValueMismatch: The value is of another type.
        """

    def provider(self, node_type: str) -> str | None:
        """The package that provides the vessel of a missing node type."""
