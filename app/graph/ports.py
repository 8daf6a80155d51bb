"""What a saved signature says about one port.

The types of a signature are text; of them a document reads only whether a port is variadic (`*T`), optional (`T?`) or
carries a signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..errors import EditError
from .plain import Json, did_you_mean
from .wire import PortRef

SIGNAL = "Signal"
"""The type of a control port."""

_EVERY_NODE = {"inputs": {"trigger": SIGNAL}, "outputs": {"done": SIGNAL, "error": "ErrorInfo"}}


class PortType(NamedTuple):
    """A port's type.

    Attributes:
        text: The type itself.
        variadic: For an input: whether it takes any number of wires.
        optional: For an input: whether it may stay without a wire.
    """

    text: str
    variadic: bool
    optional: bool


def port_type(signature: Mapping[str, Json], node_type: str, ref: PortRef, side: str) -> PortType:
    """The type of a port by a signature.

    Args:
        signature: As it is saved.
        node_type: Named in the message.
        ref: The port.
        side: `inputs` or `outputs`.

    Raises:
        EditError: The node type has no such port.
    """
    ports = {**_EVERY_NODE[side], **signature.get(side, {})}
    if ref.port not in ports:
        expected = f"an {side.removesuffix('s')} of {node_type}, one of {', '.join(ports)}"
        raise EditError(f'{ref}: expected {expected}, found "{ref.port}"{did_you_mean(ref.port, ports)}')
    text = str(ports[ref.port])
    return PortType(text.removeprefix("*").removesuffix("?"), text.startswith("*"), text.endswith("?"))
