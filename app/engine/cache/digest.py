"""Values and code as digests: equal ones have equal digests, in every process.

A digest that differs costs a run that was not needed; one that is equal by mistake gives a wrong result. So what is in
doubt has no digest at all.
"""

from __future__ import annotations

import dis
import enum
import functools
import hashlib
import importlib.util
import pickle
import struct
import sys
import types
import weakref
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

import numpy as np

SIZE = 20
"""Bytes of a digest: two different values have the same one once in 2^80 values."""

Update = Callable[[Any], None]

_functions: weakref.WeakKeyDictionary[Any, bytes] = weakref.WeakKeyDictionary()


def digest(value: Any) -> bytes | None:
    """The digest of a value.

    Numbers, text, paths and containers count by value and type, arrays by type, shape and content, functions and
    classes by their code, other objects by what pickle would write.

    Returns:
        `SIZE` bytes; None for a value that cannot be told from another one, such as an open file.
    """
    kind = type(value)
    if kind in _PLAIN:  # Most constants: as `_feed` does it, in one go.
        data = _PLAIN[kind](value)
        return of_bytes(b"%s %d:%s" % (kind.__name__.encode(), len(data), data))
    hasher = hashlib.blake2b(digest_size=SIZE)
    try:
        _feed(hasher.update, value)
    except Exception:  # noqa: BLE001 - pickling runs foreign code; what fails there has no digest.
        return None
    return hasher.digest()


def of_bytes(data: bytes) -> bytes:
    """The digest of bytes."""
    return hashlib.blake2b(data, digest_size=SIZE).digest()


def of_code(function: Callable[..., Any]) -> bytes | None:
    """The digest of what a function does: of its code as it is in memory, and of all that it names in its own module.

    A vessel's file may have been edited since it was loaded, so it is not looked at. What comes from other modules
    counts by name, and by the state of the package that they belong to, which another version of it changes.

    Returns:
        `SIZE` bytes, the same as long as the function lives; None if it carries a value without a digest.
    """
    try:
        known = _functions.get(function)
    except TypeError:  # It cannot be hashed or referred to weakly.
        return digest(function)
    if known is None:
        known = digest(function)
        if known is not None:
            _functions[function] = known
    return known


# ---------------------------------------------------------------- values


def _feed(update: Update, value: Any) -> None:
    kind = type(value)
    if kind in _PLAIN:
        data = _PLAIN[kind](value)
        update(b"%s %d:" % (kind.__name__.encode(), len(data)))
        update(data)
    elif kind in (list, tuple):
        update(b"%s %d:" % (kind.__name__.encode(), len(value)))
        for item in value:
            _feed(update, item)
    elif kind is dict:  # In its order, which a function may depend on.
        update(b"dict %d:" % len(value))
        for key, item in value.items():
            _feed(update, key)
            _feed(update, item)
    elif kind in (set, frozenset):
        update(b"%s %d:" % (kind.__name__.encode(), len(value)))
        for part in sorted(_must(item) for item in value):
            update(part)
    elif kind is np.ndarray and not value.dtype.hasobject:
        update(f"array {np.lib.format.dtype_to_descr(value.dtype)} {value.shape}:".encode())
        update(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)
    elif isinstance(value, enum.Enum):
        _feed_name(update, "member", kind)
        _feed(update, value.name)
    elif isinstance(value, PurePath):
        _feed_name(update, "path", kind)
        _feed(update, str(value))
    elif isinstance(value, np.generic):
        _feed(update, np.asarray(value))
        update(b"scalar")
    elif isinstance(value, types.FunctionType | types.MethodType | functools.partial | type):
        _Code(update).feed(value)
    else:
        _Pickler(update).dump(value)


def _must(value: Any) -> bytes:
    part = digest(value)
    if part is None:
        raise TypeError("no digest")
    return part


def _feed_name(update: Update, what: str, thing: Any) -> None:
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or type(thing).__qualname__
    _feed(update, f"{what} {getattr(thing, '__module__', '')} {name}")


_PLAIN: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"",
    bool: lambda value: b"1" if value else b"0",
    int: lambda value: f"{value:x}".encode(),  # Decimal digits are limited in number.
    float: lambda value: struct.pack("<d", value),
    complex: lambda value: struct.pack("<dd", value.real, value.imag),
    str: lambda value: value.encode("utf-8", "surrogatepass"),
    bytes: bytes,
    type(Ellipsis): lambda _: b"",
}


class _Pickler(pickle.Pickler):
    """Writes an object into a digest; nothing is ever read back."""

    def __init__(self, update: Update) -> None:
        super().__init__(_Sink(update), protocol=5)
        # Without it equal objects are written differently when parts of them are the same object.
        self.fast = True

    def reducer_override(self, thing: Any) -> Any:
        """Have functions and classes count by their code, where pickle knows them by name alone."""
        if not isinstance(thing, types.FunctionType | type) or thing.__module__ in ("builtins", "copyreg"):
            return NotImplemented
        return str, (_must(thing).hex(),)


class _Sink:
    def __init__(self, update: Update) -> None:
        self._update = update

    def write(self, data: Any) -> int:
        self._update(data)
        return len(data)


# ---------------------------------------------------------------- code


class _Code:
    """One way through a function and what it uses; what is met again on it counts by name."""

    def __init__(self, update: Update) -> None:
        self._update = update
        self._met: set[int] = set()

    def feed(self, thing: Any) -> None:
        """Take in a callable, or a value that goes with one."""
        if isinstance(thing, functools.partial):
            self._feed_all("partial", thing.func, *thing.args, *thing.keywords, *thing.keywords.values())
        elif isinstance(thing, types.MethodType):
            self._feed_all("method", thing.__func__, thing.__self__)
        elif isinstance(thing, staticmethod | classmethod):
            self.feed(thing.__func__)
        elif isinstance(thing, property):
            self._feed_all("property", thing.fget, thing.fset, thing.fdel)
        elif not isinstance(thing, types.FunctionType | type):
            _feed(self._update, thing)
        else:
            _feed_name(self._update, "code", thing)
            if id(thing) in self._met:
                return
            self._met.add(id(thing))
            if isinstance(thing, types.FunctionType):
                self._feed_function(thing)
            elif "__module__" in vars(thing):  # Else it is written in C.
                self._feed_class(thing)

    def _feed_all(self, what: str, *things: Any) -> None:
        _feed(self._update, f"{what} {len(things)}")
        for thing in things:
            self.feed(thing)

    def _feed_function(self, function: types.FunctionType) -> None:
        self._feed_code(function.__code__)
        for name in sorted(_imported(function.__code__)):
            self._update(_package(name))
        self._feed_all("defaults", *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        for cell in function.__closure__ or ():
            try:
                self.feed(cell.cell_contents)
            except ValueError:  # Not filled yet.
                _feed(self._update, "empty")
        for name in sorted(_names(function.__code__)):
            if name in function.__globals__:
                self._feed_named(name, function.__globals__[name], function.__module__)

    def _feed_code(self, code: types.CodeType) -> None:
        _feed(self._update, [code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags])
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._feed_code(constant)
            else:
                _feed(self._update, constant)

    def _feed_class(self, cls: type) -> None:
        for base in cls.__bases__:
            self._feed_named("base", base, cls.__module__)
        for name, member in vars(cls).items():
            if not name.startswith("__") or callable(member):  # Else it is what Python notes of a class.
                self._feed_named(name, member, cls.__module__)

    def _feed_named(self, name: str, thing: Any, module: str) -> None:
        """Take in what code uses by name: in full if it comes from the same module or is a constant."""
        _feed(self._update, name)
        inner = thing.__func__ if isinstance(thing, staticmethod | classmethod) else thing
        if isinstance(inner, types.FunctionType | type):
            if inner.__module__ == module:
                self.feed(thing)
            else:
                _feed_name(self._update, "named", inner)
                self._update(_package(inner.__module__ or ""))
        elif isinstance(inner, types.ModuleType):
            _feed(self._update, inner.__name__)
            self._update(_package(inner.__name__))
        elif isinstance(inner, property | functools.partial):
            self.feed(inner)
        elif _is_constant(inner):
            _feed(self._update, inner)


def _imported(code: types.CodeType) -> set[str]:
    """The modules that a function imports when it runs."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME" and step.argval}
    return names.union(*(_imported(constant) for constant in code.co_consts if isinstance(constant, types.CodeType)))


@functools.cache
def _package(module: str) -> bytes:
    """The digest of the state of the package that a module belongs to; it need not be imported yet."""
    top = module.partition(".")[0]
    try:
        spec = None if top in sys.stdlib_module_names else importlib.util.find_spec(top)
        status = Path(spec.origin).stat() if spec is not None and spec.origin is not None else None
    except (ImportError, ValueError, OSError):  # Not a module of a file; its name is all that there is.
        status = None
    return of_bytes(f"{top} {status and (status.st_mtime_ns, status.st_size)}".encode())


def _is_constant(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(map(_is_constant, value))
    return type(value) in _PLAIN or (type(value) is np.ndarray and not value.dtype.hasobject)


def _names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names
