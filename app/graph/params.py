"""Parameters on their way into a document: Python values become plain JSON, defaults are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import EditError, ValueMismatch
from .plain import BadValue, Json, plain

if TYPE_CHECKING:
    from .contents import Contents


def encode_params(graph: Contents, node: str, node_type: str, values: Mapping[str, Any]) -> dict[str, Json]:
    """Parameters as a document keeps them: by the codecs of their types where the graph's catalogue knows them.

    Raises:
        EditError: A value is of another type than its parameter, or JSON cannot hold it.
    """
    # A catalogue is looked up only for values: finding node types takes time.
    catalogue = graph.catalogue if values else None
    encoded: dict[str, Json] = {}
    for name, value in values.items():
        place, json = f"{node}.{name}", value
        if catalogue is not None:
            try:
                json = catalogue.encode(node_type, name, value)
            except ValueMismatch as error:
                raise EditError(f"{place}: {error}") from error
            if catalogue.is_default(node_type, name, json):
                continue
        encoded[name] = plain_at(place, json)
    return encoded


def plain_at(place: str, value: Any) -> Json:
    """A value as plain JSON; `place` is where the message says that it was to go.

    Raises:
        EditError: JSON cannot hold it.
    """
    try:
        return plain(value)
    except BadValue as error:
        raise EditError(f"{place}: {error.problem}") from None
