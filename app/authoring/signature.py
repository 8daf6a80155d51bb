"""From a function's annotations to ports.

Inputs are the parameters, outputs the parts of the return type; of a class, those of its `__call__`. What cannot become
a port is refused with one sentence that names file, line, node and parameter, so that an author never has to read a
traceback of ours.
"""

from __future__ import annotations

import dataclasses
import inspect
import operator
import types
import typing
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Annotated, Any, get_args, get_origin

from ..errors import ValueMismatch, VesselError
from ..ports.field import Field
from ..ports.label import Label
from ..ports.port import MISSING, PLAIN, Port, Signature
from ..ports.value import verify
from .context import Context
from .control import Ask, Signal
from .facts import caller, wrong_field, wrong_hint, wrong_input_name, wrong_output_name
from .nodetype import Kind

Spread = Callable[[Any], tuple[Any, ...]]


class Declaration:
    """One function or class of a vessel, on its way to a node type.

    Attributes:
        name: The node's full name, for messages.
        source: `file:line` of the function.
        kind: What it is, and so how it is run.
    """

    def __init__(self, name: str, function: Callable[..., Any], vessel: str) -> None:
        self._function = inspect.getattr_static(function, "__call__") if inspect.isclass(function) else function
        code = getattr(inspect.unwrap(self._function), "__code__", None)
        if code is None or function.__name__ == "<lambda>":
            found = getattr(function, "__qualname__", None) or f"a {type(function).__name__}"
            raise VesselError(
                f"{caller()}: a node is a function with a name, or a class with `__call__`; found {found}"
            )
        self.name, self.source = name, f"{code.co_filename}:{code.co_firstlineno}"
        self.kind, self._vessel, self._asks = _kind(function), vessel, False
        if inspect.isasyncgenfunction(self._function):
            raise self.refusal("an `async def` that yields cannot run; write a source as a plain generator")
        if inspect.isclass(function):
            self._refuse_class(function)
        try:
            self._hints = typing.get_type_hints(self._function, include_extras=True)
        except Exception as error:  # Annotations are the author's code: anything may go wrong in them.
            raise self.refusal(f"its annotations cannot be read: {error}") from error
        for parameter, hint in self._hints.items():
            if problem := wrong_hint(hint):
                whose = "the return type" if parameter == "return" else f"parameter `{parameter}`"
                raise self.refusal(f"{whose} {problem}")

    def _refuse_class(self, cls: type) -> None:
        if inspect.iscoroutinefunction(self._function) or inspect.isgeneratorfunction(self._function):
            raise self.refusal("`__call__` of a class returns one value an epoch; it can be neither `async` nor yield")
        if inspect.isabstract(cls):
            raise self.refusal(f"`{cls.__name__}` is abstract, so that no instance can be made for a run")
        needed = [
            parameter.name
            for parameter in inspect.signature(cls).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
        if needed:
            raise self.refusal(
                f"each run makes its instance without arguments, but `__init__` needs `{needed[0]}`; "
                f"make it a parameter of `__call__`, or give it a default"
            )

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
        parameters = list(inspect.signature(self._function).parameters.values())
        for parameter in parameters[1:] if self.kind == "class" else parameters:  # The first is the instance.
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
        if problem := wrong_input_name(port):
            raise self.refusal(f"parameter `{port.name}`: {problem}")
        if problem := wrong_field(port) or self._wrong_for_source(port):
            raise self.refusal(f"parameter `{port.name}` {problem}")
        if default is not MISSING and not port.control:
            try:
                verify(default, port)
            except ValueMismatch as mismatch:
                raise self.refusal(f"the default of parameter `{parameter.name}` does not fit it: {mismatch}") from None
        return port

    def _wrong_for_source(self, port: Port) -> str:
        if port.control and port.variadic:
            return "takes signals with a star; without one it takes any number of wires, too"
        if self.kind == "generator" and (port.control or port.variadic or port.field.lazy):
            what = "a `Signal`" if port.control else "variadic" if port.variadic else "`lazy`"
            return f"is {what}, but no wire can lead to a node that yields; take a plain value"
        return ""

    def outputs(self, name: str | None) -> tuple[tuple[Port, ...], Spread | None]:
        """The output ports, and how a result is taken apart into their values.

        Args:
            name: Name of the one output, if the author gave one.
        Raises:
            VesselError: There is no return type, or it cannot become ports.
        """
        hint = self._hints.get("return", MISSING)
        if hint is MISSING:
            wanted = "`-> Iterator[float]`, say" if self.kind == "generator" else "`-> float`, say, or `-> None`"
            raise self.refusal(f"the return type is missing; write {wanted}")
        hint = self._yielded(hint) if self.kind == "generator" else self._answer(hint)
        if hint is None or hint is type(None):
            if name is not None:
                raise self.refusal(f"`name={name!r}` names an output, but it returns None")
            return (), None
        fields = _fields(hint)
        if fields is None:
            port = _output(name or _output_name(hint, self._vessel), hint)
            if not port.name.isidentifier():
                raise self.refusal(f"an output cannot be called {name!r}; choose a word such as `result`")
            self._refuse_outputs((port,))
            return (port,), None
        if name is not None:
            raise self.refusal(f"`name={name!r}` names one output, but the return type has {len(fields)}")
        try:
            hints = typing.get_type_hints(hint, include_extras=True)
        except Exception as problem:
            raise self.refusal(f"the annotations of `{hint.__name__}` cannot be read: {problem}") from problem
        ports = tuple(_output(field, _without_wish(hints[field])) for field in fields)
        if not ports:
            raise self.refusal(f"the return type `{hint.__name__}` has no fields; return None instead")
        self._refuse_outputs(ports)
        return ports, _spread(hint, fields)

    def _refuse_outputs(self, ports: tuple[Port, ...]) -> None:
        for port in ports:
            if problem := wrong_hint(port.hint):
                raise self.refusal(f"output `{port.name}` {problem}")
            if problem := wrong_output_name(port):
                raise self.refusal(f"output `{port.name}`: {problem}")

    def _yielded(self, hint: Any) -> Any:
        """The type of what a generator yields, from its return type."""
        if get_origin(hint) not in (Iterator, Generator, Iterable):
            raise self.refusal("a node that yields returns what it yields one by one; write `-> Iterator[float]`, say")
        return get_args(hint)[0]

    def _answer(self, hint: Any) -> Any:
        """The type of what a node returns besides an `Ask`."""
        parts = get_args(hint) if get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
        rest = tuple(part for part in parts if part is not Ask)
        if not rest:
            raise self.refusal("an `Ask` is no output; write what it returns in the end too, as in `-> float | Ask`")
        self._asks = len(rest) < len(parts)
        return hint if not self._asks else typing.Union[rest]  # noqa: UP007 - as many parts as there are

    def signature(self, name: str | None) -> tuple[Signature, Spread | None, str | None]:
        """All ports, how a result is taken apart, and the name of the context's parameter.

        Raises:
            VesselError: As `inputs` and `outputs` do.
        """
        inputs, context = self.inputs()
        outputs, spread = self.outputs(name)
        if self._asks and not any(port.field.lazy for port in inputs):
            raise self.refusal(
                "it returns an `Ask`, but has no input to ask for; write `Annotated[float, Field(lazy=True)]`, say"
            )
        return Signature(inputs, outputs), spread, context


def _kind(function: Callable[..., Any]) -> Kind:
    if inspect.isclass(function):
        return "class"
    if inspect.isgeneratorfunction(function):
        return "generator"
    return "async" if inspect.iscoroutinefunction(function) else "function"


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
