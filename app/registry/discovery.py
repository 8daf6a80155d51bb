"""Importing vessels; what goes wrong becomes one sentence, with the traceback for who asks."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import re
import sys
import traceback
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from ..authoring.collect import errors_noted
from ..authoring.error_info import ErrorInfo
from ..authoring.vessel import Vessel
from ..errors import VesselError
from .sources import Problem, Source, shipped_modules


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a source.

    Attributes:
        source: The source.
        vessels: Its vessels; none if there is a problem.
        problems: Why it could not be loaded.
        stamp: Of the file, right before it was read.
    """

    source: Source
    vessels: tuple[Vessel, ...] = ()
    problems: tuple[Problem, ...] = ()
    stamp: tuple[str, int, int] = ("", 0, 0)


def load(source: Source) -> Loaded:
    """Import a source; it never raises, but for Ctrl-C."""
    stamp = source.stamp
    try:
        if source.kind == "shipped":
            found = load_shipped(source.place)
        elif source.kind == "file":
            found = load_file(Path(source.place))
        else:
            found = _load_installed(source)
    except VesselError as problem:
        errors = (problem, *problem.others)
        problems = tuple(Problem(str(one), _trace(one, source.file), source.place) for one in errors)
        return Loaded(source, (), problems, stamp)
    return Loaded(source, tuple(found), (), stamp)


def load_shipped(name: str) -> list[Vessel]:
    """Import a vessel that ships.

    Raises:
        VesselError: It cannot be imported, as when a library that it needs is not installed.
    """
    try:
        module, *_ = [importlib.import_module(module) for module in shipped_modules(name)]
    except ImportError as problem:
        missing = problem.name or str(problem)
        raise VesselError(
            f"vessel `{name}` needs `{missing}`, which is not installed; install it with pip install animaweave[{name}]"
        ) from problem
    return _vessels_in(module, name)


def load_file(path: Path) -> list[Vessel]:
    """Import a file of the user's and give the vessels that it declares.

    Raises:
        VesselError: There is no such file, it raises, or it declares no vessel; names file and line.
    """
    if not path.is_file():
        raise VesselError(f"{path}: no such vessel file")
    if path.suffix != ".py":
        raise VesselError(f"{path}: a vessel is a Python file, its name ends in .py")
    spec = importlib.util.spec_from_file_location(module_name(path), path.resolve())
    if spec is None or spec.loader is None:
        raise VesselError(f"{path}: this file cannot be imported")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(spec.name)
    sys.modules[spec.name] = module  # Annotations are resolved by the module's name.
    try:
        _execute(path, module)
        return _vessels_in(module, str(path))
    except BaseException as problem:  # The file is foreign code: it may raise anything, even SystemExit.
        if before is None:
            del sys.modules[spec.name]
        else:  # What was loaded from this file goes on.
            sys.modules[spec.name] = before
        if isinstance(problem, VesselError | KeyboardInterrupt):
            raise
        raise VesselError(f"{_place(path, problem)}: the vessel cannot be loaded: {_said(problem)}") from problem


def _execute(path: Path, module: ModuleType) -> None:
    """Run a vessel's file.

    Raises:
        VesselError: Something is declared wrongly; its `others` tell of what is, too.
        BaseException: What the file raises, if nothing is declared wrongly before.
    """
    raised: VesselError | None = None
    with errors_noted() as noted:
        try:
            # Not by the loader, which takes compiled code for current if the file's time, in s, and size are equal.
            exec(compile(path.read_bytes(), str(path.resolve()), "exec"), vars(module))  # noqa: S102 - what it is for
        except VesselError as error:
            raised = error
        except Exception as problem:  # noqa: BLE001 - foreign code
            raised = VesselError(f"{_place(path, problem)}: the vessel cannot be loaded: {_said(problem)}")
            raised.__cause__ = problem
    errors = noted if raised is None else [*noted, raised]
    if errors:
        errors[0].others = tuple(errors[1:])
        raise errors[0]


def module_name(path: Path) -> str:
    """The name of the module that a vessel file becomes, here and in worker processes."""
    stem = re.sub(r"\W", "_", path.stem)
    # Two files of one name may lie in different folders.
    return f"animaweave_vessel_{stem}_{zlib.crc32(str(path.resolve()).encode()):08x}"


def _load_installed(source: Source) -> list[Vessel]:
    (name,) = source.names
    try:
        found = importlib.metadata.EntryPoint(name, source.place, "").load()
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # Foreign code.
        raise VesselError(
            f"vessel `{name}` of {source.version}: {source.place} cannot be loaded: {_said(problem)}"
        ) from (problem)
    if isinstance(found, Vessel):
        return [found]
    if isinstance(found, ModuleType):
        return _vessels_in(found, f"vessel `{name}` of {source.version}: {source.place}")
    raise VesselError(
        f"vessel `{name}` of {source.version}: {source.place} is no vessel but {type(found).__name__}; "
        "the entry point names a `Vessel`, or a module that has one"
    )


def _vessels_in(module: ModuleType, name: str) -> list[Vessel]:
    """The vessels that a module declares; those that it imports from others do not count if it has its own."""
    found = list({id(value): value for value in vars(module).values() if isinstance(value, Vessel)}.values())
    if not found:
        raise VesselError(f'{name}: declares no vessel; begin with `nodes = Vessel("nodes")`')
    return [vessel for vessel in found if vessel.module == module.__name__] or found


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


def _trace(problem: VesselError, file: Path | None) -> str:
    """The traceback of what a vessel raised, from its own file on."""
    cause = problem.__cause__ or problem
    frames = cause.__traceback__
    while frames is not None and (file is None or Path(frames.tb_frame.f_code.co_filename) != file.resolve()):
        frames = frames.tb_next
    if frames is None and cause is problem:
        return ""  # It has never come to the vessel's code: there is nothing more to tell.
    return "".join(traceback.format_exception(type(cause), cause, frames or cause.__traceback__, chain=False))
