"""From a function's annotations to ports.

Inputs are the parameters, outputs the parts of the return type. What cannot become a port is refused with one sentence
that names file, line, node and parameter, so that an author never has to read a traceback of ours.
"""

from __future__ import annotations

import dataclasses
import inspect
import operator
import typing
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

from ..errors import ValueMismatch, VesselError
from ..ports.field import Field
from ..ports.label import Label
from ..ports.port import MISSING, PLAIN, Port, Signature
from ..ports.value import verify
from .context import Context
from .control import Signal

Spread = Callable[[Any], tuple[Any, ...]]


class Declaration:
    """One function of a vessel, on its way to a node type.

    Attributes:
        name: The node's full name, for messages.
        source: `file:line` of the function.
    """

    def __init__(self, name: str, function: Callable[..., Any], vessel: str) -> None:
        code = getattr(inspect.unwrap(function), "__code__", None)
        if code is None:
            raise VesselError(f"node `{name}`: a node is a function; found {function!r}")
        self.name, self.source = name, f"{code.co_filename}:{code.co_firstlineno}"
        self._function, self._vessel = function, vessel
        if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
            raise self.refusal("nodes that are `async` or yield several values do not run yet; return one value")
        try:
            self._hints = typing.get_type_hints(function, include_extras=True)
        except Exception as problem:  # Annotations are the author's code: anything may go wrong in them.
            raise self.refusal(f"its annotations cannot be read: {problem}") from problem

    def refusal(self, problem: str) -> VesselError:
        """The error for a declaration that cannot stand."""
        return VesselError(f"{self.source}: node `{self.name}`: {problem}")

    def inputs(self) -> tuple[tuple[Port, ...], str | None]:
        """The input ports in the order of the parameters, and the name of the parameter that takes the context.

        Raises:
            VesselError: A parameter cannot be a port.
        """
        ports: list[Port] = []
        context = None
        for parameter in inspect.signature(self._function).parameters.values():
            hint = self._hints.get(parameter.name, MISSING)
            if hint is MISSING:
                raise self.refusal(f"parameter `{parameter.name}` has no type; write `{parameter.name}: float`, say")
            if hint in (Context, Context | None):
                self._refuse_context(parameter, context)
                context = parameter.name
            elif parameter.kind is parameter.VAR_POSITIONAL and context is not None:
                raise self.refusal(f"put `{context}` behind `*{parameter.name}`, so that it can be given by name")
            elif parameter.kind is parameter.VAR_KEYWORD:
                raise self.refusal(f"`**{parameter.name}` cannot be a port; name each input, or use `*items: T`")
            else:
                ports.append(self._input(parameter, hint, by_name=context is not None))
        return tuple(ports), context

    def _refuse_context(self, parameter: inspect.Parameter, other: str | None) -> None:
        name = parameter.name
        if other is not None:
            raise self.refusal(f"both `{other}` and `{name}` take the context; one is enough")
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise self.refusal(f"parameter `{name}` takes the context by name; put it behind the `/`")
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD and parameter.kind is not parameter.KEYWORD_ONLY:
            raise self.refusal(f"parameter `{name}` takes the context by name; write it without stars")

    def _input(self, parameter: inspect.Parameter, hint: Any, *, by_name: bool) -> Port:
        hint, field = _take_field(hint)
        default = MISSING if parameter.default is parameter.empty else parameter.default
        if default is not MISSING:
            try:
                hash(default)
            except TypeError:
                raise self.refusal(
                    f"parameter `{parameter.name}` has a default that can change ({default!r}), which all nodes "
                    f"would share; use a tuple, or None"
                ) from None
        port = Port(
            name=parameter.name,
            hint=hint,
            control=hint is Signal,
            default=default,
            field=field,
            variadic=parameter.kind is parameter.VAR_POSITIONAL,
            keyword=by_name or parameter.kind is parameter.KEYWORD_ONLY,
        )
        if default is not MISSING and not port.control:
            try:
                verify(default, port)
            except ValueMismatch as mismatch:
                raise self.refusal(f"the default of parameter `{parameter.name}` does not fit it: {mismatch}") from None
        return port

    def outputs(self, name: str | None) -> tuple[tuple[Port, ...], Spread | None]:
        """The output ports, and how a result is taken apart into their values.

        Args:
            name: Name of the one output, if the author gave one.
        Raises:
            VesselError: There is no return type, or it cannot become ports.
        """
        hint = self._hints.get("return", MISSING)
        if hint is MISSING:
            raise self.refusal("the return type is missing; write `-> float`, say, or `-> None`")
        if hint is type(None):
            return (), None
        fields = _fields(hint)
        if fields is None:
            port = _output(name or _output_name(hint, self._vessel), hint)
            if not port.name.isidentifier():
                raise self.refusal(f"an output cannot be called {name!r}; choose a word such as `result`")
            return (port,), None
        if name is not None:
            raise self.refusal(f"`name={name!r}` names one output, but the return type has {len(fields)}")
        hints = typing.get_type_hints(hint, include_extras=True)
        ports = tuple(_output(field, _without_wish(hints[field])) for field in fields)
        if not ports:
            raise self.refusal(f"the return type `{hint.__name__}` has no fields; return None instead")
        return ports, _spread(hint, fields)

    def signature(self, name: str | None) -> tuple[Signature, Spread | None, str | None]:
        """All ports, how a result is taken apart, and the name of the context's parameter.

        Raises:
            VesselError: As `inputs` and `outputs` do.
        """
        inputs, context = self.inputs()
        outputs, spread = self.outputs(name)
        return Signature(inputs, outputs), spread, context


def _take_field(hint: Any) -> tuple[Any, Field]:
    if get_origin(hint) is not Annotated:
        return hint, PLAIN
    base, *notes = get_args(hint)
    field = next((note for note in notes if isinstance(note, Field)), PLAIN)
    rest = tuple(note for note in notes if not isinstance(note, Field))
    return (Annotated[(base, *rest)] if rest else base), field


def _without_wish(hint: Any) -> Any:
    """The hint of a field of a TypedDict, without what says whether it has to be there."""
    return get_args(hint)[0] if get_origin(hint) in (typing.Required, typing.NotRequired) else hint


def _output(name: str, hint: Any) -> Port:
    return Port(name=name, hint=hint, control=hint is Signal)


def _output_name(hint: Any, vessel: str) -> str:
    if get_origin(hint) is Annotated:
        for note in get_args(hint)[1:]:
            if isinstance(note, Label) and note.vessel == vessel:
                return note.name.lower()
    return "result"


def _fields(hint: Any) -> tuple[str, ...] | None:
    """Names of the fields of a NamedTuple, dataclass or TypedDict; None for any other hint."""
    if not isinstance(hint, type):
        return None
    if issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return tuple(hint._fields)
    if dataclasses.is_dataclass(hint):
        return tuple(field.name for field in dataclasses.fields(hint))
    if typing.is_typeddict(hint):
        return tuple(hint.__annotations__)
    return None


def _spread(hint: type, fields: tuple[str, ...]) -> Spread:
    def check(result: Any) -> Any:
        if typing.is_typeddict(hint):
            missing = [field for field in fields if field not in result] if isinstance(result, dict) else fields
            if missing:
                raise TypeError(f"returned {_found(result)}; declared {hint.__name__} with {', '.join(fields)}")
        elif not isinstance(result, hint):
            raise TypeError(f"returned {_found(result)}; declared {hint.__name__}")
        return result

    if issubclass(hint, tuple):
        return lambda result: tuple(check(result))
    get = operator.itemgetter(*fields) if typing.is_typeddict(hint) else operator.attrgetter(*fields)
    if len(fields) == 1:
        return lambda result: (get(check(result)),)
    return lambda result: get(check(result))


def _found(result: Any) -> str:
    return f"a {type(result).__name__}" if result is not None else "None"
