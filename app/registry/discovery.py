"""Finding vessels and importing them; what goes wrong becomes one sentence."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import traceback
from pathlib import Path
from types import ModuleType

from .. import vessels
from ..authoring.error_info import ErrorInfo
from ..authoring.vessel import Vessel
from ..errors import VesselError


def shipped_names() -> list[str]:
    """Names of the vessels that ship: one module each."""
    return sorted(module.name for module in pkgutil.iter_modules(vessels.__path__) if not module.name.startswith("_"))


def load_shipped(name: str) -> Vessel:
    """Import a vessel that ships.

    Raises:
        VesselError: It cannot be imported, as when a library that it needs is not installed.
    """
    try:
        module = importlib.import_module(f"{vessels.__name__}.{name}")
    except ImportError as problem:
        missing = problem.name or str(problem)
        raise VesselError(
            f"vessel `{name}` needs `{missing}`, which is not installed; install it with pip install animaweave[{name}]"
        ) from problem
    return _vessels_in(module, name)[0]


def load_file(path: Path) -> list[Vessel]:
    """Import a file of the user's and give the vessels that it declares.

    Raises:
        VesselError: There is no such file, it raises, or it declares no vessel; names file and line.
    """
    if not path.is_file():
        raise VesselError(f"{path}: no such vessel file")
    if path.suffix != ".py":
        raise VesselError(f"{path}: a vessel is a Python file, its name ends in .py")
    spec = importlib.util.spec_from_file_location(f"animaweave_vessel_{path.stem}", path.resolve())
    if spec is None or spec.loader is None:
        raise VesselError(f"{path}: this file cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Annotations are resolved by the module's name.
    try:
        spec.loader.exec_module(module)
    except VesselError:
        del sys.modules[spec.name]
        raise
    except BaseException as problem:  # The file is foreign code: it may raise anything, even SystemExit.
        del sys.modules[spec.name]
        if isinstance(problem, KeyboardInterrupt):
            raise
        raise VesselError(f"{_place(path, problem)}: the vessel cannot be loaded: {_said(problem)}") from problem
    return _vessels_in(module, str(path))


def _vessels_in(module: ModuleType, name: str) -> list[Vessel]:
    found = {id(value): value for value in vars(module).values() if isinstance(value, Vessel)}
    if not found:
        raise VesselError(f'{name}: declares no vessel; begin with `nodes = Vessel("nodes")`')
    return list(found.values())


def _place(path: Path, problem: BaseException) -> str:
    if isinstance(problem, SyntaxError) and problem.lineno is not None:
        return f"{path}:{problem.lineno}"
    frames = traceback.extract_tb(problem.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == path.resolve()]
    return f"{path}:{lines[-1]}" if lines else str(path)


def _said(problem: BaseException) -> str:
    if isinstance(problem, SyntaxError):
        return f"{type(problem).__name__}: {problem.msg}"
    return str(ErrorInfo.of("", problem))
