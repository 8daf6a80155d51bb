"""A node type: what a vessel's function or class became."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import docstring_parser

from ..ports.port import Port, Signature
from .control import Signal
from .error_info import ErrorInfo

Kind = Literal["function", "class", "generator", "async"]
Placement = Literal["inline", "thread", "async", "process"]
Effect = Literal["read-files", "write-files", "network", "run-code"]
Composite = Literal["", "for_each", "while", "fold", "catch"]

PLACEMENTS: Mapping[Kind, tuple[Placement, ...]] = {
    "function": ("inline", "thread", "process"),
    "class": ("inline",),
    "generator": ("inline",),
    "async": ("async",),
}
"""Where nodes of a kind may run, the usual place first."""

NOT_ELSEWHERE: Mapping[Kind, str] = {
    "function": "only what is declared with `async def` runs on the engine's loop; use `thread` for what waits",
    "class": "a class keeps its state in the run, so it runs `inline`",
    "generator": "a node that yields begins the epochs, so it runs `inline`",
    "async": "what is declared with `async def` runs `async`, on the engine's loop",
}
"""Why nodes of a kind run nowhere else."""

TRIGGER = Port(name="trigger", hint=Signal, control=True)
DONE = Port(name="done", hint=Signal, control=True)
ERROR = Port(name="error", hint=ErrorInfo)


@dataclass(frozen=True)
class Help:
    """A docstring, taken apart.

    Attributes:
        summary: Its first line.
        text: What follows the first line, before the sections.
        ports: One line for each port that the docstring describes, by name.
    """

    summary: str = ""
    text: str = ""
    ports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class NodeType:
    """A function or class of a vessel, as nodes of a graph use it.

    Attributes:
        vessel: Name of the vessel.
        name: Its own name; `id` is `vessel.name`.
        function: Called with the inputs; its result is taken apart by `spread`. Of a class: makes an instance, which
            is then called.
        signature: Declared inputs and outputs. Every node has `trigger`, `done` and `error` besides.
        spread: Takes a result apart into one value an output; None when there is at most one output.
        context: Name of the parameter that takes the `Context`, or None.
        title: Shown on nodes and in the palette.
        version: Of the vessel that it came with.
        placement: Where it asks to run.
        pure: Whether equal inputs give equal outputs, and nothing else happens.
        effects: What it does beside computing.
        aliases: Names that it had before.
        deprecated: What to use instead; empty when it is current.
        icon: Name of a Phosphor icon; empty for the vessel's.
        source: `file:line` of the declaration.
        kind: `function`: called in each epoch. `class`: one instance a run, which may keep what it likes, called in
            the order of the epochs. `generator`: a source; each value that it yields begins an epoch. `async`: awaited.
        donates: Names of the inputs that it may overwrite, when nobody else needs them any more.
        memory_factor: Bytes that it needs while it runs, as a multiple of those of its inputs.
        composite: How it runs the sub-graph that its setting `graph` names, in place of `function`; empty for a node
            that runs none. Its other ports are the sub-graph's: the registry knows them.
        infer: Says before running, from inputs that are set and not wired, what the outputs will be: the type of the
            one output, or types by name.
        migrate: Makes parameters that were saved with an older version, which it is told, those of this one.
        ports_of: For types whose ports depend on a node's parameters: gives them, from the parameters and a look-up
            of labels by name.
    """

    vessel: str
    name: str
    function: Callable[..., Any]
    signature: Signature
    spread: Callable[[Any], tuple[Any, ...]] | None = None
    context: str | None = None
    title: str = ""
    version: str = "1"
    placement: Placement = "inline"
    pure: bool = True
    effects: frozenset[Effect] = frozenset()
    aliases: tuple[str, ...] = ()
    deprecated: str = ""
    icon: str = ""
    source: str = ""
    kind: Kind = "function"
    donates: tuple[str, ...] = ()
    memory_factor: float = 1.0
    composite: Composite = ""
    infer: Callable[..., Any] | None = None
    migrate: Callable[[dict[str, Any], str], dict[str, Any]] | None = None
    ports_of: Callable[[Mapping[str, Any], Callable[[str], Any]], Signature] | None = None

    @property
    def id(self) -> str:
        """The name by which graphs know it: `image.gaussian`."""
        return f"{self.vessel}.{self.name}"

    @cached_property
    def help(self) -> Help:
        """The docstring, taken apart when it is first asked for; that of a class and of its `__call__` together."""
        about = _parsed(self.function)
        if self.kind != "class":
            return about
        call = _parsed(inspect.getattr_static(self.function, "__call__"))
        return Help(about.summary or call.summary, about.text or call.text, call.ports or about.ports)

    def input(self, name: str) -> Port | None:
        """The input called `name`, the implicit `trigger` among them, or None."""
        return self.signature.input(name) or (TRIGGER if name == TRIGGER.name else None)

    def output(self, name: str) -> Port | None:
        """The output called `name`, the implicit `done` and `error` among them, or None."""
        return self.signature.output(name) or {"done": DONE, "error": ERROR}.get(name)


def _parsed(function: Callable[..., Any]) -> Help:
    parsed = docstring_parser.parse(function.__doc__ or "", docstring_parser.DocstringStyle.GOOGLE)
    ports = {p.arg_name.lstrip("*"): " ".join((p.description or "").split()) for p in parsed.params}
    return Help(parsed.short_description or "", parsed.long_description or "", ports)
