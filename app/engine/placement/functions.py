"""Which function a worker is to call: told by name, loaded there by the loader that vessels are loaded by."""

from __future__ import annotations

import importlib
import inspect
import operator
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from ...errors import EngineError
from ...registry.discovery import load_file


class Asked(NamedTuple):
    """A `Context` that the function is to be given.

    Attributes:
        parameter: Name of the parameter that takes it.
        node: The node's id.
        seed: What its random numbers come from.
        scratch: Where its folder lies, if it wants one.
        wants_previews: Whether anybody looks at previews.
    """

    parameter: str
    node: str = ""
    seed: bytes = b""
    scratch: str = ""
    wants_previews: bool = False


class FunctionRef(NamedTuple):
    """A function by name.

    Attributes:
        module: Name of its module.
        name: Its qualified name in there.
        file: The module's file; empty if it has none.
        stamp: Time of the file's last change, ns: another one has the worker load the file again.
    """

    module: str
    name: str
    file: str = ""
    stamp: int = 0


def reference(function: Callable[..., Any]) -> FunctionRef:
    """How a worker is told of a function.

    Raises:
        EngineError: A worker could not find it.
    """
    module, name = getattr(function, "__module__", None) or "", getattr(function, "__qualname__", "")
    what = f"`{name or repr(function)}` cannot run in a worker process"
    if module == "__main__":
        raise EngineError(
            f"{what}: it is declared in the program itself, which a worker does not run again; "
            "put it into a file of its own, or place it inline"
        )
    if not name or not module or "<" in name:
        raise EngineError(
            f"{what}: it is not at the top of a module, where a worker could find it by name; "
            "declare it there, or place it inline"
        )
    code = getattr(inspect.unwrap(function), "__code__", None)
    file = getattr(sys.modules.get(module), "__file__", None) or (code.co_filename if code else "")
    return FunctionRef(module, name, file, _stamp(file))


def _stamp(file: str) -> int:
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0


class Functions:
    """Functions that a worker has loaded.

    Attributes:
        by_number: What calls mean by a number.
    """

    def __init__(self) -> None:
        self.by_number: dict[int, Callable[..., Any]] = {}
        self._stamps: dict[str, int] = {}

    def load(self, number: int, ref: FunctionRef) -> None:
        """Find a function; its module is loaded if need be.

        Raises:
            Exception: What the module raises, or `EngineError` if there is no such function in it.
        """
        module = self._module(ref)
        try:
            self.by_number[number] = operator.attrgetter(ref.name)(module)
        except AttributeError as problem:
            raise EngineError(f"{ref.file or ref.module}: there is no `{ref.name}` in it any more") from problem

    def _module(self, ref: FunctionRef) -> ModuleType:
        module = sys.modules.get(ref.module)
        if module is None or self._stamps.setdefault(ref.module, ref.stamp) != ref.stamp:
            module = self._load(ref, module)
            self._stamps[ref.module] = ref.stamp
        return module

    def _load(self, ref: FunctionRef, old: ModuleType | None) -> ModuleType:
        try:
            return importlib.import_module(ref.module) if old is None else importlib.reload(old)
        except ModuleNotFoundError as problem:
            if problem.name != ref.module or not ref.file:
                raise
        load_file(Path(ref.file))  # A file of the user's, which no import finds.
        return sys.modules[ref.module]
