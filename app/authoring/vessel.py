"""A vessel: a named container of node types, labels and converters; one Python module, one `Vessel`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar, get_args, overload

from ..errors import VesselError
from ..ports.convert import Converter
from ..ports.label import Codec, Export, Label
from .nodetype import Effect, NodeType, Placement
from .signature import Declaration

F = TypeVar("F", bound=Callable[..., Any])


class Vessel:
    """What a module of nodes declares.

    Attributes:
        name: Name by which graphs know it: the `image` of `image.gaussian`.
        title: Shown in the palette.
        version: Kept in graph files that use it.
        icon: Name of a Phosphor icon.
        colour: CSS colour of its nodes; empty for one chosen by name.
        node_types: By their own names, in the order of declaration.
        labels: By their own names.
        converters: In the order of declaration.
    """

    def __init__(self, name: str, *, title: str = "", version: str = "1", icon: str = "", colour: str = "") -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
            raise VesselError(f"vessel `{name}`: a vessel's name is a lower-case word such as `image`")
        self.name, self.title, self.version = name, title or name.capitalize(), version
        self.icon, self.colour = icon, colour
        self.node_types: dict[str, NodeType] = {}
        self.labels: dict[str, Label] = {}
        self.converters: list[Converter] = []

    def label(
        self,
        name: str,
        *,
        colour: str | None = None,
        accepts_base: bool = False,
        doc: str = "",
        codec: Codec | None = None,
        export: Export | None = None,
    ) -> Label:
        """Declare a label, to stand in an annotation: `Grey = Annotated[np.ndarray, image.label("Grey")]`.

        Raises:
            VesselError: The vessel has a label of that name.
        """
        if name in self.labels:
            raise VesselError(f"vessel `{self.name}`: label `{name}` is declared twice")
        label = Label(self.name, name, colour, accepts_base, doc, codec, export)
        self.labels[name] = label
        return label

    @overload
    def node(self, function: F, /) -> F: ...

    @overload
    def node(
        self,
        *,
        name: str | None = None,
        title: str = "",
        placement: Placement = "inline",
        pure: bool = True,
        effects: Collection[Effect] = (),
        aliases: Sequence[str] = (),
        deprecated: str = "",
        icon: str = "",
    ) -> Callable[[F], F]: ...

    def node(
        self,
        function: Any = None,
        *,
        name: str | None = None,
        title: str = "",
        placement: Placement = "inline",
        pure: bool = True,
        effects: Collection[Effect] = (),
        aliases: Sequence[str] = (),
        deprecated: str = "",
        icon: str = "",
    ) -> Any:
        """Make a function a node type; the function itself stays as it was.

        Args:
            function: The function; its annotations become ports.
            name: Name of the one output.
            title: Shown on nodes; from the function's name if empty.
            placement: Where it asks to run.
            pure: False for clocks, randomness and I/O.
            effects: What it does beside computing; each must be allowed by the run.
            aliases: Old names, with or without the vessel's, so that saved graphs go on working.
            deprecated: What to use instead.
            icon: Name of a Phosphor icon.
        Raises:
            VesselError: The declaration cannot stand; names file, line, node and parameter.
        """

        def declare(function: F) -> F:
            own = getattr(function, "__name__", repr(function)).rstrip("_")
            declaration = Declaration(f"{self.name}.{own}", function, self.name)
            _refuse_unknown(declaration, "placement", {placement}, get_args(Placement))
            _refuse_unknown(declaration, "effect", effects, get_args(Effect))
            if own in self.node_types:
                raise declaration.refusal(f"the vessel has another node of this name ({self.node_types[own].source})")
            signature, spread, context = declaration.signature(name)
            self.node_types[own] = NodeType(
                vessel=self.name,
                name=own,
                function=function,
                signature=signature,
                spread=spread,
                context=context,
                title=title or own.replace("_", " ").capitalize(),
                version=self.version,
                placement=placement,
                pure=pure,
                effects=frozenset(effects),
                aliases=tuple(alias if "." in alias else f"{self.name}.{alias}" for alias in aliases),
                deprecated=deprecated,
                icon=icon,
                source=declaration.source,
            )
            return function

        return declare if function is None else declare(function)

    def converter(self, function: F) -> F:
        """Let values of one type become another where a wire needs it; the function takes one value and returns one.

        Raises:
            VesselError: The function does not have exactly one input and one output.
        """
        declaration = Declaration(f"{self.name}.{function.__name__}", function, self.name)
        (signature, _, context) = declaration.signature(None)
        if len(signature.inputs) != 1 or len(signature.outputs) != 1 or context:
            raise declaration.refusal("a converter takes one value and returns one")
        (source,), (target,) = signature.inputs, signature.outputs
        doc = (function.__doc__ or "").strip().partition("\n")[0]
        self.converters.append(Converter(source.hint, target.hint, function, f"{self.name}.{function.__name__}", doc))
        return function

    def __repr__(self) -> str:
        return f"<Vessel {self.name} with {len(self.node_types)} nodes>"


def _refuse_unknown(declaration: Declaration, what: str, found: Collection[str], known: Sequence[str]) -> None:
    for one in found:
        if one not in known:
            raise declaration.refusal(f"there is no {what} `{one}`; it is one of {', '.join(known)}")
