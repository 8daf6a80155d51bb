"""A vessel: a named container of node types, labels and converters; one Python module, one `Vessel`."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, TypeVar, get_args, overload

from ..errors import VesselError
from ..ports.convert import Converter
from ..ports.label import Codec, Export, Label
from ..ports.port import Signature
from .collect import collecting, has_failed
from .facts import (
    caller,
    is_written_into,
    place_of,
    wrong_aliases,
    wrong_label,
    wrong_node_facts,
    wrong_vessel,
)
from .nodetype import NOT_ELSEWHERE, PLACEMENTS, Composite, Effect, NodeType, Placement
from .signature import Declaration

F = TypeVar("F", bound=Callable[..., Any])
Migrate = TypeVar("Migrate", bound=Callable[[dict[str, Any], str], dict[str, Any]])

_COMPOSITES: tuple[Composite, ...] = tuple(filter(None, get_args(Composite)))


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
        module: Name of the module that declares it.
    """

    def __init__(self, name: str, *, title: str = "", version: str = "1", icon: str = "", colour: str = "") -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(name)) or keyword.iskeyword(name):
            raise VesselError(f"{caller()}: vessel `{name}`: a vessel's name is a lower-case word such as `image`")
        if problem := wrong_vessel(name, version, colour):
            raise VesselError(f"{caller()}: vessel `{name}`: {problem}")
        self.name, self.title, self.version = name, title or name.capitalize(), version
        self.icon, self.colour = icon, colour
        self.node_types: dict[str, NodeType] = {}
        self.labels: dict[str, Label] = {}
        self.converters: list[Converter] = []
        frame = inspect.currentframe()
        outer = frame.f_back if frame is not None else None
        self.module: str = outer.f_globals.get("__name__", "") if outer is not None else ""

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
            VesselError: The vessel has a label of that name, or the name or colour is none.
        """
        if problem := wrong_label(name, colour):
            raise VesselError(f"{caller()}: label of vessel `{self.name}`: {problem}")
        if name in self.labels:
            raise VesselError(f"{caller()}: vessel `{self.name}` has a label `{name}` already; choose another name")
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
        placement: Placement | None = None,
        pure: bool = True,
        effects: Collection[Effect] = (),
        donates: str | Sequence[str] = (),
        memory_factor: float = 1.0,
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
        placement: Placement | None = None,
        pure: bool = True,
        effects: Collection[Effect] = (),
        donates: str | Sequence[str] = (),
        memory_factor: float = 1.0,
        aliases: Sequence[str] = (),
        deprecated: str = "",
        icon: str = "",
    ) -> Any:
        """Make a function or a class a node type; it stays itself as it was.

        A plain function is called once an epoch. A class is a node with state: each run makes an instance, without
        arguments, whose `__call__` is called in the order of the epochs; `RunningMean` is known as `running_mean`. A
        generator is a source: each value that it yields begins an epoch; its inputs are set and never wired. What is
        declared with `async def` is awaited on the engine's loop.

        Args:
            function: The function or class; its annotations, or those of its `__call__`, become ports.
            name: Name of the one output.
            title: Shown on nodes; from the function's name if empty.
            placement: Where it asks to run, for a plain function: `inline`, `thread` or `process`. Nodes with state
                and sources run `inline`, `async def` runs `async`.
            pure: False for clocks, randomness and I/O.
            effects: What it does beside computing; each must be allowed by the run.
            donates: Names of the inputs that it may overwrite, when nobody else needs them any more.
            memory_factor: Bytes that it needs while it runs, as a multiple of those of its inputs.
            aliases: Old names, with or without the vessel's, so that saved graphs go on working.
            deprecated: What to use instead.
            icon: Name of a Phosphor icon.
        Raises:
            VesselError: The declaration cannot stand; names file, line, node and parameter.
        """

        def declare(function: F) -> F:
            declaration, own = self._declaration(function)
            if problem := wrong_node_facts(deprecated, memory_factor, effects) or wrong_aliases(aliases):
                raise declaration.refusal(problem)
            _refuse_unknown(declaration, "effect", effects, get_args(Effect))
            old = tuple(alias if "." in alias else f"{self.name}.{alias}" for alias in aliases)
            self._refuse_names(declaration, own, old)
            signature, spread, context = declaration.signature(name)
            self.node_types[own] = NodeType(
                vessel=self.name,
                name=own,
                function=function,
                signature=signature,
                spread=spread,
                context=context,
                title=title or _title(own),
                version=self.version,
                placement=_placement(declaration, placement),
                pure=pure,
                effects=frozenset(effects),
                aliases=old,
                deprecated=deprecated,
                icon=icon,
                source=declaration.source,
                kind=declaration.kind,
                donates=_donated(declaration, signature, (donates,) if isinstance(donates, str) else donates),
                memory_factor=float(memory_factor),
            )
            return function

        declare = collecting(declare)
        return declare if function is None else declare(function)

    def composite(self, *, icon: str = "") -> Callable[[F], F]:
        """Make a function the declaration of a node that runs a sub-graph: one of those that the engine knows.

        Its name says how: `control.for_each`, `while`, `fold` or `catch`. Its parameters are the node's settings, among
        them `graph`, the name of the sub-graph, whose ports become the node's. The function itself is never called.

        Args:
            icon: Its icon's name (Phosphor), without prefix; the vessel's by default.
        Raises:
            VesselError: The engine knows no such way to run a sub-graph, or the declaration cannot stand.
        """

        @collecting
        def declare(function: F) -> F:
            self._declare_composite(function, icon)
            return function

        return declare

    def _declare_composite(self, function: Any, icon: str) -> None:
        declaration, own = self._declaration(function)
        kind = next((kind for kind in _COMPOSITES if declaration.name == f"control.{kind}"), None)
        if kind is None:
            known = ", ".join(f"control.{kind}" for kind in _COMPOSITES)
            raise declaration.refusal(f"there is no such way to run a sub-graph; it is one of {known}")
        settings, _ = declaration.inputs()
        self.node_types[own] = NodeType(
            vessel=self.name,
            name=own,
            function=function,
            signature=Signature(settings=settings),
            title=_title(own),
            version=self.version,
            pure=False,  # What it does is what its sub-graph does.
            source=declaration.source,
            composite=kind,
            icon=icon,
        )

    def infer(self, function: Callable[..., Any]) -> Callable[[F], F]:
        """Say before running what a node will give, as the size of a picture is known from the head of its file.

        Written `@image.infer(load)` above a function of some of the node's inputs, with their names. It is called while
        a graph is checked, where these inputs are set and not wired, and returns the type of the one output
        (`Float32[np.ndarray, "480 640 3"]`) or a dict of types by output; None where it cannot say. What it raises is
        no error: the run will tell.

        Args:
            function: The node's function or class.
        Raises:
            VesselError: It is no node of this vessel, or the function takes what the node does not have.
        """
        if has_failed(function):  # Which has been said.
            return lambda infer: infer
        self._declared(function, function, "infer")

        @collecting
        def declare(infer: F) -> F:
            node_type = self._declared(function, infer, "infer")
            if node_type.infer is not None:
                raise VesselError(f"{place_of(infer)}: node `{node_type.id}`: it is told twice what it will give")
            inputs = [port.name for port in node_type.signature.inputs if not port.control and not port.variadic]
            for parameter in inspect.signature(infer).parameters:
                if parameter not in inputs:
                    problem = f"it has no input `{parameter}` to tell from; it has {', '.join(inputs) or 'none'}"
                    raise VesselError(f"{place_of(infer)}: node `{node_type.id}`: {problem}")
            self.node_types[node_type.name] = replace(node_type, infer=infer)
            return infer

        return declare

    def migrate(self, function: Callable[..., Any]) -> Callable[[Migrate], Migrate]:
        """Say how parameters that were saved with an older version of the vessel become those of this one.

        Written `@image.migrate(load)` above a function of a node's parameters, as plain JSON, and of the version that
        they were saved with, as text; it returns the parameters as they are now. It is called when a graph is loaded
        that was saved with another version. It may change the dict that it is given, and nothing else.

        Args:
            function: The node's function or class.
        Raises:
            VesselError: It is no node of this vessel, the node has one already, or the function takes something else.
        """
        if has_failed(function):  # Which has been said.
            return lambda migrate: migrate
        self._declared(function, function, "migrate")

        @collecting
        def declare(migrate: Migrate) -> Migrate:
            node_type = self._declared(function, migrate, "migrate")
            if node_type.migrate is not None:
                raise VesselError(f"{place_of(migrate)}: node `{node_type.id}`: it is told twice how it migrates")
            try:
                inspect.signature(migrate).bind({}, "1")
            except TypeError:
                problem = "what migrates takes two: the parameters, and the version that they were saved with"
                raise VesselError(f"{place_of(migrate)}: node `{node_type.id}`: {problem}") from None
            self.node_types[node_type.name] = replace(node_type, migrate=migrate)
            return migrate

        return declare

    def _declared(self, function: Callable[..., Any], by: Callable[..., Any], what: str) -> NodeType:
        """The node type that a function was made into."""
        for node_type in self.node_types.values():
            if node_type.function is function:
                return node_type
        name = getattr(function, "__name__", repr(function))
        raise VesselError(
            f"{place_of(by)}: `{what}({name})`: vessel `{self.name}` has no such node; declare that first"
        )

    def _refuse_names(self, declaration: Declaration, own: str, aliases: tuple[str, ...]) -> None:
        """Names of a node that others of the vessel have."""
        id_ = f"{self.name}.{own}"
        if id_ in aliases:
            raise declaration.refusal(f"its old name `{own}` is its own name")
        for other in self.node_types.values():
            if id_ in other.aliases:
                raise declaration.refusal(f"`{id_}` is an old name of `{other.id}` ({other.source})")
            for alias in aliases:
                if alias == other.id or alias in other.aliases:
                    whose = "is the name" if alias == other.id else "is an old name, too,"
                    raise declaration.refusal(f"its old name `{alias}` {whose} of `{other.id}` ({other.source})")

    def _declaration(self, function: Callable[..., Any]) -> tuple[Declaration, str]:
        """A function or class on its way to a node type, and the name of that."""
        own = getattr(function, "__name__", repr(function)).rstrip("_")
        if inspect.isclass(function):
            own = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", own).lower()
        declaration = Declaration(f"{self.name}.{own}", function, self.name)
        if not own:
            raise declaration.refusal("a node has a name, such as `def blur(…)`")
        if own in self.node_types:
            raise declaration.refusal(f"the vessel has another node of this name ({self.node_types[own].source})")
        return declaration, own

    def converter(self, function: F) -> F:
        """Let values of one type become another where a wire needs it; the function takes one value and returns one.

        Raises:
            VesselError: It is no plain function with exactly one input and one output.
        """
        collecting(self._declare_converter)(function)
        return function

    def _declare_converter(self, function: Callable[..., Any]) -> None:
        name = f"{self.name}.{getattr(function, '__name__', repr(function))}"
        declaration = Declaration(name, function, self.name)
        (signature, _, context) = declaration.signature(None)
        ports = *signature.inputs, *signature.outputs
        is_plain = declaration.kind == "function" and not context and not any(p.control or p.variadic for p in ports)
        if len(signature.inputs) != 1 or len(signature.outputs) != 1 or not is_plain:
            raise declaration.refusal("a converter takes one value and returns one")
        (source,), (target,) = signature.inputs, signature.outputs
        if source.hint == target.hint:
            raise declaration.refusal("a converter gives another type than it takes; this one does not")
        if any(other.name == name for other in self.converters):
            raise declaration.refusal("the vessel has another converter of this name")
        doc = (function.__doc__ or "").strip().partition("\n")[0]
        self.converters.append(Converter(source.hint, target.hint, function, name, doc))

    def __repr__(self) -> str:
        return f"<Vessel {self.name} with {len(self.node_types)} nodes>"


def _refuse_unknown(declaration: Declaration, what: str, found: Collection[str], known: Sequence[str]) -> None:
    for one in found:
        if one not in known:
            raise declaration.refusal(f"there is no {what} `{one}`; it is one of {', '.join(known)}")


def _title(own: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", own).replace("_", " ").capitalize()


def _placement(declaration: Declaration, wish: Placement | None) -> Placement:
    possible = PLACEMENTS[declaration.kind]
    if wish is None or wish in possible:
        return wish or possible[0]
    _refuse_unknown(declaration, "placement", {wish}, get_args(Placement))
    raise declaration.refusal(f"{NOT_ELSEWHERE[declaration.kind]}; found placement `{wish}`")


def _donated(declaration: Declaration, signature: Signature, names: Sequence[str]) -> tuple[str, ...]:
    given = [port.name for port in signature.inputs if not port.control]
    for name in names:
        if name not in given:
            raise declaration.refusal(f"`donates` names no input with `{name}`; it has {', '.join(given) or 'none'}")
        if not any(port.name == name and is_written_into(port.hint) for port in signature.inputs):
            raise declaration.refusal(f"`donates` names `{name}`, whose values nobody can overwrite; name an array")
    return tuple(dict.fromkeys(names))
