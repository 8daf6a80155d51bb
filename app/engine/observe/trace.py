"""A run as a file that Perfetto and Chrome open: a track a thread and worker, a slice a node's run, flows for wires.

The format is the JSON array of Chrome's trace events ("Trace Event Format", Google, 2016). What happens is taken from
the event stream while the run goes and is written at once; after each write the array is closed, so that a run which is
cut short leaves a whole file.

A node in a worker process is on the worker's track, not on that of the thread which waits for it. A composite is on the
track of the thread that began it, though nothing waits there: nodes inside lie within its slice where they ran on that
thread, else on tracks of their own threads. What runs on one thread at the same time (nodes on the asyncio loop, a
composite and other nodes of its thread) gets tracks of its own, since slices of a track must lie within one another.
A node that is tried again has a slice an attempt.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from time import perf_counter_ns
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from ...errors import EngineError
from ..compiler.plan import Plan
from .events import Event, Events

PUMP_S = 0.1
"""Seconds after which what came is written, however little it is."""

CLOSING = b"\n]\n"
"""Ends the array; written over when it goes on."""

_json = lru_cache(1 << 14)(json.dumps)
"""Names and types come again and again."""

_logger = logging.getLogger("animaweave.engine")

Key = tuple[str, int]
"""An epoch: the composite within which it runs, and its number."""


@dataclass(slots=True)
class _Track:
    """Slices that lie within one another, one after the other.

    Attributes:
        number: The `tid` of the format.
        open: Nodes whose slice has begun and not ended, the outermost first.
        end_ns: End of the last outermost slice.
    """

    number: int
    open: list[str] = field(default_factory=list)
    end_ns: int = 0


class _Slice(NamedTuple):
    """A node's run: where, from when, until when; the first and the last moment within it also as they are written.

    The end is 0 while it is not known.
    """

    track: _Track
    start_ns: int
    end_ns: int = 0
    first_us: str = ""
    last_us: str = ""


@dataclass(slots=True)
class _Pass:
    """An epoch under way: its plan, what it is for, and its nodes' runs by row."""

    plan: Plan
    item: str = ""
    begun: dict[int, tuple[str, _Slice]] = field(default_factory=dict)
    ended: dict[int, _Slice] = field(default_factory=dict)


class Trace:
    """Writes what happens to a file; to be made before the run begins, and closed after it.

    Args:
        path: The file; it is replaced.
        plan: What is run.
        events: What the engine says of it.
    Raises:
        EngineError: The file cannot be written.

    Attributes:
        path: The file.
        missed: Events that came too fast and are not in the file; the trace says where.
    """

    def __init__(self, path: str | Path, plan: Plan, events: Events) -> None:
        self.path = Path(path)
        try:
            self._file: IO[bytes] = self.path.open("wb")
        except OSError as problem:
            reason = problem.strerror or problem
            raise EngineError(
                f"the trace cannot be written to {self.path}: {reason}; give a file in a folder that is there and may "
                "be written to"
            ) from None
        self._events, self._plan = events, plan
        self._process = os.getpid()
        self._zero_ns = perf_counter_ns()
        self._reader = events.reader()
        self._tracks: dict[str, list[_Track]] = {}
        self._passes: dict[Key, _Pass] = {}
        self._written: list[str] = []
        self._numbers = self._arrows = 0
        self._end = 0  # Where the array goes on, once it has begun.
        self._is_seekable, self._is_broken, self._is_closed = self._file.seekable(), False, False
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()
        self._tell: dict[str, Callable[[Event], None]] = {
            "epoch_begun": self._epoch_begun,
            "epoch_ended": self._epoch_ended,
            "gave": self._gave,
            "started": self._started,
            "suspended": self._suspended,
            "finished": self._finished,
            "error": self._error,
            "log": self._log,
            "bytes": self._bytes,
        }
        self._write("M", name="process_name", tid=0, args={"name": plan.name or "animaweave"})
        self._save()

    @property
    def missed(self) -> int:
        """Events that came faster than they could be written."""
        return self._reader.missed

    def follow(self) -> Self:
        """Write on a thread of its own from now on, until `close`; the run waits where it is much faster than that."""
        self._reader.hold_back()
        self._thread = threading.Thread(target=self._follow, name="animaweave trace", daemon=True)
        self._thread.start()
        return self

    def pump(self) -> None:
        """Write what came since the last call; not to be called while a thread follows."""
        while True:
            found, missed = self._reader.take()
            if missed:
                self._miss(missed)
            for event in found:
                tell = self._tell.get(event.kind)
                if tell is not None:
                    tell(event)
            self._save()
            if len(found) <= self._events.capacity // 2:
                return

    def close(self) -> None:
        """Write what is left, and close the file."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._thread is not None:
            self._is_over.set()
            self._reader.wake()
            self._thread.join()
            self._reader.let_go()
        self.pump()
        now = perf_counter_ns()
        for key, pass_ in self._passes.items():
            for row in tuple(pass_.begun):
                self._end_slice(key, row, now, "unfinished", "")
        self._save()
        try:
            if not self._is_seekable:
                self._file.write(CLOSING)
            self._file.close()
        except OSError as problem:
            self._break(problem)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _follow(self) -> None:
        while not self._is_over.is_set():
            self._reader.wait(PUMP_S)
            self.pump()

    # -- events -------------------------------------------------------------------------------------------------------

    def _epoch_begun(self, event: Event) -> None:
        pass_ = self._pass_of(event)
        pass_.item = event.payload
        self._epoch("b", event, pass_)

    def _epoch_ended(self, event: Event) -> None:
        key = (event.within, event.epoch)
        if key not in self._passes:
            return
        for row in tuple(self._passes[key].begun):  # They did not look at a cancel, and nobody waits for them.
            self._end_slice(key, row, event.time_ns, "abandoned", "")
        self._epoch("e", event, self._passes.pop(key), status=event.payload)

    def _epoch(self, phase: str, event: Event, pass_: _Pass, **args: Any) -> None:
        # Those of one name share a track, which has as many lines as are under way at once.
        name = pass_.item.partition("[")[0] or "epoch"
        id_ = {"local": f"{event.within}#{event.epoch}"}  # Local: among the tracks of the process, not beside them.
        args = {"epoch": event.epoch, **({"item": pass_.item} if pass_.item else {}), **args}
        self._write(phase, event.time_ns, tid=0, cat="epoch", name=name, id2=id_, args=args)

    def _gave(self, event: Event) -> None:
        """A source's run is the time in which it made its value; that its node passes it on is not shown."""
        began_ns, ended_ns = event.payload
        track = self._track(event.thread, "")
        start = max(began_ns, track.end_ns)
        track.end_ns = max(ended_ns, start + 1)
        self._pass_of(event).begun[event.row] = (event.node, _Slice(track, start, track.end_ns))

    def _started(self, event: Event) -> None:
        pass_ = self._pass_of(event)
        if event.row in pass_.begun and pass_.begun[event.row][1].end_ns:
            return
        if event.row in pass_.begun:  # A worker that died before it had read of the call was replaced.
            self._suspended(event._replace(payload="its worker was replaced"))
        track = self._track(event.thread, pass_.item.partition("[")[0])
        start = event.time_ns if track.open else max(event.time_ns, track.end_ns)
        track.open.append(event.node)
        pass_.begun[event.row] = (event.node, _Slice(track, start))

    def _suspended(self, event: Event) -> None:
        key = (event.within, event.epoch)
        if key in self._passes and event.row in self._passes[key].begun:
            self._end_slice(key, event.row, event.time_ns, "suspended", event.payload)

    def _finished(self, event: Event) -> None:
        state, reason = event.payload
        key = (event.within, event.epoch)
        if key in self._passes and event.row in self._passes[key].begun:
            self._end_slice(key, event.row, event.time_ns, state, reason)
        elif reason:  # It did not run: it was skipped or cancelled, or its result was kept.
            self._instant(event, f"{event.node} {state}", reason=reason)

    def _error(self, event: Event) -> None:
        self._instant(event, f"{event.node} failed", error=str(event.payload))

    def _log(self, event: Event) -> None:
        level, text = event.payload
        self._instant(event, f"{event.node}: {text}", level=level)

    def _bytes(self, event: Event) -> None:
        self._write("C", event.time_ns, tid=0, name="live", args={"bytes": event.payload})

    def _miss(self, missed: int) -> None:
        """Events are missing: what had begun may have ended meanwhile, so it is forgotten."""
        self._passes.clear()
        for tracks in self._tracks.values():
            for track in tracks:
                track.open.clear()
        self._write("i", perf_counter_ns(), tid=0, s="g", name=f"{missed} events are missing before this")

    # -- what is written ----------------------------------------------------------------------------------------------

    def _end_slice(self, key: Key, row: int, time_ns: int, state: str, reason: str) -> None:
        pass_ = self._passes[key]
        name, (track, start, end, *_) = pass_.begun.pop(row)
        if not end:
            end = max(time_ns, start + 1)
            if name in track.open:
                track.open.remove(name)
            if not track.open:
                track.end_ns = end
        first_us = self._us(start)
        pass_.ended[row] = run = _Slice(track, start, end, first_us, self._us(end - 1))
        plan = pass_.plan
        node = plan.nodes[row]
        said = f',"reason":{_json(reason)}' if reason else ""
        if pass_.item:
            said += f',"item":{_json(pass_.item)}'
        # Slices and arrows are nearly all there is to write: put together by hand, three times as fast as encoded.
        self._written.append(
            f'{{"ph":"X","pid":{self._process},"tid":{track.number},"cat":"node","name":{_json(name)},'
            f'"ts":{first_us},"dur":{_us(end - start)},'
            f'"args":{{"epoch":{key[1]},"type":{_json(node.type)},"state":"{state}"{said}}}}}'
        )
        for slot in node.sources:
            producer = plan.producers[slot]
            if producer is not None and producer[0] in pass_.ended:
                self._arrow(producer[1], pass_.ended[producer[0]], run)

    def _arrow(self, name: str, came: _Slice, to: _Slice) -> None:
        """From the end of the node that gave an output to the start of one that took it."""
        self._arrows += 1
        # An arrow is bound to the slice that is open: one that ends at this very moment is not any more.
        leaves_us = came.last_us if came.end_ns <= to.start_ns else self._us(max(came.start_ns, to.start_ns))
        wire = f'"pid":{self._process},"cat":"wire","name":{_json(name)},"id":{self._arrows}'
        self._written.append(
            f'{{"ph":"s",{wire},"tid":{came.track.number},"ts":{leaves_us}}},\n'
            f'{{"ph":"f",{wire},"tid":{to.track.number},"ts":{to.first_us},"bp":"e"}}'
        )

    def _instant(self, event: Event, name: str, **args: Any) -> None:
        tracks = self._tracks.get(event.thread) or [self._track(event.thread, "")]
        number = next((track.number for track in tracks if event.node in track.open), tracks[0].number)
        args = {"epoch": event.epoch, **{word: text for word, text in args.items() if text}}
        self._write("i", event.time_ns, tid=number, s="t", cat=event.kind, name=name, args=args)

    def _write(self, phase: str, time_ns: int | None = None, **fields: Any) -> None:
        when = "" if time_ns is None else f',"ts":{self._us(time_ns)}'
        self._written.append(f'{{"ph":"{phase}","pid":{self._process}{when},{json.dumps(fields)[1:]}')

    def _us(self, time_ns: int) -> str:
        return _us(max(0, time_ns - self._zero_ns))

    def _save(self) -> None:
        written, self._written = self._written, []
        if not written or self._is_broken:
            return
        chunk = (b",\n" if self._end else b"[\n") + ",\n".join(written).encode()
        try:
            if self._end and self._is_seekable:
                self._file.seek(self._end)
            self._file.write(chunk + CLOSING if self._is_seekable else chunk)
            self._file.flush()
        except OSError as problem:
            self._break(problem)
        self._end += len(chunk)

    def _break(self, problem: OSError) -> None:
        if not self._is_broken:
            self._is_broken = True
            _logger.warning("The trace %s ends here, and the run goes on: %s.", self.path, problem.strerror or problem)

    # -- tracks -------------------------------------------------------------------------------------------------------

    def _track(self, thread: str, composite: str) -> _Track:
        """A track of the thread on which a slice may begin now: one that is free, or on which the composite is open."""
        tracks = self._tracks.setdefault(thread, [])
        for track in tracks:
            if not track.open or (composite and track.open[-1] == composite):
                return track
        self._numbers += 1
        track = _Track(self._numbers)
        tracks.append(track)
        name = thread if len(tracks) == 1 else f"{thread} ({len(tracks)})"
        self._write("M", name="thread_name", tid=track.number, args={"name": name})
        self._write("M", name="thread_sort_index", tid=track.number, args={"sort_index": len(self._tracks) * 100})
        return track

    def _pass_of(self, event: Event) -> _Pass:
        return self._passes.setdefault((event.within, event.epoch), _Pass(event.plan or self._plan))


def _us(ns: int) -> str:
    """Microseconds as JSON has them."""
    return f"{ns // 1000}.{ns % 1000:03}"
