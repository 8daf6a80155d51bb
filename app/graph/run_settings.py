"""How a node is run: the `run` part of a node in the file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from .parts import Part

# 1e9 seconds are 31 years: what is larger is a mistake, and may be too large for a float.
_Most = 10**9
_AtLeast0 = Annotated[int, Meta(ge=0, le=_Most)] | Annotated[float, Meta(ge=0, le=_Most)]
_Above0 = Annotated[int, Meta(gt=0, le=_Most)] | Annotated[float, Meta(gt=0, le=_Most)]
_Seconds = Annotated[_AtLeast0, Meta(description="a number of seconds from 0 to 1e9")]
_Timeout = Annotated[_Above0 | None, Meta(description="a number of seconds above 0, up to 1e9")]
_Names = Annotated[tuple[Annotated[str, Meta(description="the name of an exception")], ...], Meta(description="a list")]
_Mode = Annotated[Literal["AND", "OR", "XOR", "DECIDED"], Meta(description='"AND", "OR", "XOR" or "DECIDED"')]


class Retry(Part, frozen=True, kw_only=True):
    """When a failed node is tried again.

    Attributes:
        attempts: Attempts in all, the first one counted.
        delay: Seconds before the second attempt.
        factor: What each further delay is multiplied by.
        jitter: Seconds within which a random part is added to each delay.
        on: Names of the exceptions that are worth another attempt; empty for all.
    """

    attempts: Annotated[int, Meta(ge=1, le=_Most, description="a whole number from 1 to 1e9")] = 1
    delay: _Seconds = 0
    factor: Annotated[_AtLeast0, Meta(description="a number from 0 to 1e9")] = 1
    jitter: _Seconds = 0
    on: _Names = ()


class Instead(Part, frozen=True, kw_only=True):
    """What a failed node's outputs hold instead.

    Attributes:
        default: Values by port.
    """

    default: Annotated[dict[str, Any], Meta(description="an object of values by port")]


class RunSettings(Part, frozen=True, kw_only=True):
    """How a node is run; a default says "as its node type asks".

    Attributes:
        placement: Where it runs; None for the node type's own.
        mode: `sequential` runs while no other node of the run does.
        activation: Activation mode by control port; `*` for the node's own.
        timeout: Seconds after which it fails; None for never.
        retry: When it is tried again; None for never.
        on_error: `skip` what depends on it, `stop` the run, or values to go on with.
        frozen: Its last outputs are used instead of running it.
        bypass: Its inputs pass through.
        disabled: It is skipped.
    """

    placement: Annotated[
        Literal["inline", "thread", "async", "process"] | None,
        Meta(description='"inline", "thread", "async" or "process"'),
    ] = None
    mode: Annotated[Literal["concurrent", "sequential"], Meta(description='"concurrent" or "sequential"')] = (
        "concurrent"
    )
    activation: Annotated[dict[str, _Mode], Meta(description="an object of activation modes by port")] = {}
    timeout: _Timeout = None
    retry: Annotated[Retry | None, Meta(description="an object")] = None
    on_error: Annotated[
        Literal["skip", "stop"] | Instead, Meta(description='"skip", "stop" or {"default": {port: value}}')
    ] = "skip"
    frozen: bool = False
    bypass: bool = False
    disabled: bool = False

    @property
    def is_of_a_whole(self) -> bool:
        """Whether something is asked for that a node which uses a sub-graph can only do by running it as a whole."""
        is_watched = self.retry is not None or self.timeout is not None or self.on_error != "skip"
        return is_watched or self.bypass or self.frozen


PLAIN_RUN = RunSettings()
"""The settings of a node that has none."""
