"""The benchmarks measure the same work for all, and say so in a form that programs read."""

import importlib
import json
import math
import random
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

import animaweave as aw
from animaweave.errors import GraphFileError
from animaweave.graph.document import Graph
from benchmarks import (
    __main__,
    bare,
    build,
    canvas,
    check,
    cores,
    growth,
    latency,
    memory,
    metrics,
    overhead,
    peers,
    stream,
    threads,
    type_errors,
    work,
)
from benchmarks.row import Row, compared, unmeasured, within
from benchmarks.timing import exponent, medians_s, percentile
from benchmarks.wiring import corpus
from benchmarks.wiring.mutations import MUTATIONS, mutate
from benchmarks.work import chain, chance, fan, layers

SHAPES = [chain(20), fan(20), layers(4, 5), chance(30)]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_all_competitors_of_overhead_give_the_same_answers(shape, monkeypatch):
    monkeypatch.setattr(overhead, "ROUNDS", 2)
    monkeypatch.setattr(overhead, "SLOW_ROUNDS", 2)
    rows = list(overhead._shape(shape))
    assert [row.against for row in rows] == [
        "plain loop",
        "graphlib loop",
        "dask, synchronous",
        "ThreadPoolExecutor",
        "dask, threaded",
        "pykka, a thread a node",
    ]
    assert_measured(rows)


@pytest.mark.parametrize(
    "peer",
    [peers.animaweave, peers.dask_synchronous, peers.dask_threaded, peers.thread_pool, peers.pykka_actors],
)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_peer_answers_each_run_anew(peer: Callable, shape):
    with peer(shape) as run:
        assert [run(x) for x in (0, 5, 5, 70_000)] == [shape.loop(x) for x in (0, 5, 5, 70_000)]


def test_growth_is_measured_over_sizes(monkeypatch):
    monkeypatch.setattr(growth, "SIZES", (10, 40))
    rows = list(growth.rows())
    assert [row.case.partition(",")[0] for row in rows] == ["chain"] * 3 + ["random"] * 3
    assert [bool(row.bar) for row in rows] == [False, True, True] * 2
    assert_measured(row for row in rows if "exponent" not in row.case)


def test_building_is_measured_a_node(monkeypatch):
    monkeypatch.setattr(build, "SIZES", {20: 2})
    (row,) = build.rows()
    assert row.against.startswith("compile ")
    assert_measured([row])


def test_latency_is_measured_on_the_callers_thread_and_on_another(monkeypatch):
    monkeypatch.setattr(latency, "SAMPLES", 20)
    rows = list(latency.rows())
    assert {row.case for row in rows} == {
        "run by the caller, median", "run by the caller, 99 %", "handed over, median", "handed over, 99 %",
        "run by the caller, 99 %, collector on",
    }  # fmt: skip
    assert_measured(rows)


def test_a_sleeper_tells_when_it_woke():
    with latency.Sleeper() as sleeper:
        assert [sleeper.ask(x) for x in range(5)] == [1, 2, 3, 4, 5]
    assert len(sleeper.woken_after_s) == 5
    assert all(0 < seconds < 5 for seconds in sleeper.woken_after_s)


def test_threads_are_measured_on_every_shape(monkeypatch):
    monkeypatch.setattr(threads, "NODES", 40)
    monkeypatch.setattr(threads, "ROUNDS", 2)
    rows = list(threads.rows())
    assert len(rows) == 4
    assert_measured(rows)


def test_cores_are_measured_beside_bare_processes(monkeypatch):
    monkeypatch.setattr(cores, "ROUNDS", 1)
    monkeypatch.setattr(cores, "ROUNDS_OF", {"burn": 100, "stir": 1})
    rows = list(cores.rows())
    assert {row.case.partition(" in ")[0] for row in rows} == {"8 x `burn`", "8 x `stir`"}
    assert_measured(row for row in rows if row.value is not None)


def test_bare_processes_share_the_work_and_keep_its_order():
    with bare.two_processes() as share:
        assert share("burn", range(5), 10) == [work.burn(x, 10) for x in range(5)]
        assert share("stir", [7], 1) == [work.stir(7, 1)]


def test_memory_is_what_arrays_take_at_once(monkeypatch):
    monkeypatch.setattr(memory, "BIG_MB", 4.0)
    monkeypatch.setattr(memory, "LINK_MB", 2.0)
    monkeypatch.setattr(memory, "LINKS", 6)
    rows = list(memory.rows())
    assert_measured(rows)
    assert rows[0].value == pytest.approx(4, rel=0.1)
    assert rows[2].value == pytest.approx(2, rel=0.1)
    assert all(row.ok for row in (rows[0], rows[-1]))


def test_what_must_be_alive_follows_from_the_order():
    before = [(), (), (0,), (1, 2)]
    sizes = {0: 4, 1: 8, 2: 1, 3: 2}
    assert memory.least_bytes([0, 1, 2, 3], before, sizes) == 13
    assert memory.least_bytes([0, 2, 1, 3], before, sizes) == 11


def test_a_stream_is_measured_an_epoch(monkeypatch):
    monkeypatch.setattr(stream, "EPOCHS", 200)
    monkeypatch.setattr(stream, "LOOK_EVERY", 50)
    rows = list(stream.rows())
    assert {row.case for row in rows} >= {f"200 epochs x 10 nodes, {count} in flight" for count in (1, 8)}
    assert_measured(row for row in rows if row.value is not None)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_an_engine_without_figures_runs_the_same(shape):
    with aw.Engine(aw.compile(shape.graph(), registry=work.registry()), 1) as engine:
        metrics.switch_off(engine)
        assert list(engine.run({"n0.x": 3}).outputs.values()) == shape.loop(3)


def test_a_look_at_figures_is_measured(monkeypatch):
    monkeypatch.setattr(metrics, "LOOKS", 2)
    assert_measured([metrics._look(10)])


@pytest.mark.parametrize("name", ["call", "ship"])
def test_a_warm_worker_is_measured_beside_a_bare_process(name, root):
    # In a process of its own, with which the one that `multiprocessing` starts and keeps ends too.
    program = f"""
import json
from benchmarks import {name} as module
module.ROUNDS, module.SIZE_BYTES = 2, 1 << 20
print(json.dumps([row.as_json() for row in module.rows()]))
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    rows = [Row(**row) for row in json.loads(done.stdout)]
    assert len(rows) == 2
    assert_measured(rows)


def test_a_competitor_that_answers_otherwise_is_named():
    with pytest.raises(AssertionError, match="wrong answered otherwise than right"):
        medians_s({"right": lambda turn: turn, "wrong": lambda turn: turn + 1}, rounds=1)


def test_a_missed_bar_is_not_ok():
    assert not compared("b", "c", 2.0, "µs", "floor", 1.0, at_most=1.5).ok
    assert compared("b", "c", 1.0, "µs", "peer", 8.0, at_least=5).ok
    row = compared("b", "c", 2.0, "µs", "floor", 1.0, at_most=1.5).as_json()
    assert set(row) == {"benchmark", "case", "value", "unit", "against", "ratio", "bar", "ok"}


def test_a_figure_may_have_a_bar_of_its_own():
    assert within("b", "c", 3.9, "ms", at_most=4).ok
    row = within("b", "c", 4.1, "ms", at_most=4, against="floor")
    assert not row.ok
    assert (row.bar, row.ratio, row.against) == ("<= 4 ms", None, "floor")


def test_time_that_grows_with_the_square_has_the_exponent_2():
    assert exponent({10: 3.0, 100: 300.0, 1000: 30_000.0}) == pytest.approx(2)
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], 0.99) == 5.0


def test_the_command_prints_rows_and_tells_of_missed_bars(monkeypatch, capsys):
    rows = [unmeasured("build", "nothing", "it is not there"), within("build", "slow", 3.0, "µs", at_most=2)]
    monkeypatch.setattr(build, "rows", lambda: iter(rows))
    monkeypatch.setattr(sys, "argv", ["benchmarks", "build"])
    assert __main__.main() == 1
    table = " ".join(capsys.readouterr().out.split())
    assert "not measured: it is not there" in table
    assert "3.00 µs" in table
    assert "missed" in table

    monkeypatch.setattr(sys, "argv", ["benchmarks", "build", "--json"])
    assert __main__.main() == 1
    first, second = json.loads(capsys.readouterr().out)
    assert (first["value"], first["ok"], second["ok"]) == (None, True, False)


def test_the_adapter_gives_a_comparison_what_plain_functions_give(monkeypatch):
    harness: Any = types.ModuleType("engine_peers")
    harness.Peer = object
    monkeypatch.setitem(sys.modules, "engine_peers", harness)
    monkeypatch.setattr(sys, "path", [*sys.path])
    adapter = importlib.import_module("benchmarks.adapter")

    def source(x):
        return x + 1

    def total(*xs):
        return sum(xs)

    def join(a, b):
        return a * b

    peer = adapter.AnimaWeave()
    peer.start(2)
    one = peer.build(types.SimpleNamespace(pre=[(), (0,), (0, 1)], fns=[source, source, join], sinks=[2]))
    several = peer.build(types.SimpleNamespace(pre=[(), (), (0, 1, 0)], fns=[source, source, total], sinks=[2]))
    assert [peer.run(one, x) for x in (1, 5)] == [[6], [42]]
    assert [peer.run(several, x) for x in (1, 5)] == [[6], [18]]
    assert list(peer.stream(several, range(3))) == [[3], [6], [9]]
    peer.stop()


def test_every_module_is_a_benchmark_or_a_part_of_one():
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in __main__.names()}
    assert {check, overhead, growth, build, latency, threads, cores, memory, stream, canvas} <= {*modules.values()}
    assert all(name == module.NAME and module.rows for name, module in modules.items())


def test_the_canvas_is_measured_in_a_real_window():
    with canvas.display() as environment:
        if environment is None:
            pytest.skip("there is neither a display nor Xvfb")
        found = canvas._measured(0, environment)
    assert 0 < found["start"] < canvas.LIMIT_S


def assert_measured(rows):
    for row in rows:
        assert isinstance(row, Row)
        assert row.value is not None, row
        assert row.value > 0, row
        assert row.unit, row
        assert row.ratio is None or math.isfinite(row.ratio), row


@pytest.fixture(scope="module")
def valid() -> dict[str, Graph]:
    return {name: graph for name, graph in corpus.graphs().items() if not name.startswith("example")}


def test_mistakes_in_wiring_are_found(monkeypatch, valid):
    some = {name: valid[f"by hand: {name}"] for name in ("products", "labels", "text")}
    monkeypatch.setattr(type_errors, "graphs", lambda: {f"by hand: {name}": graph for name, graph in some.items()})
    rows = {row.case: row for row in type_errors.rows()}
    assert {"two wires swap their sources", "an array of another shape is wired", "a wire goes back"} <= set(rows)
    assert all(row.ok for row in rows.values())
    assert rows["false alarms on 3 valid graphs"].value == 0


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mistake_is_made_in_a_copy(name, valid):
    before = {graph_name: graph.dumps() for graph_name, graph in valid.items()}
    changed = []
    for graph_name, graph in valid.items():
        try:
            changed.append(mutate(graph, name, random.Random(graph_name)) is not None)
        except GraphFileError:
            changed.append(True)
    assert any(changed)
    assert {graph_name: graph.dumps() for graph_name, graph in valid.items()} == before


@pytest.mark.parametrize(
    ("nodes", "wires", "problem"),
    [
        ("w:word h:half", "w.result h.value", "h.value takes <class 'float'>, found a str"),
        ("p:colour_picture b:bright", "p.result b.picture", "b.picture takes"),
        ("a:two_by_three m:matmul", "a.result m.a, a.result m.b", "m.b takes"),
        ("t:thermometer r:radiate", "t.celsius r.temperature", ""),
        ("z:real r:radiate", "z.result r.temperature", "r.temperature takes"),
        ("f:flag d:decide j:join", "f.result d.value, d.done j.parts", "a signal into j.parts"),
        ("h:half", "h.result h.value", "a circle among h"),
        ("w:word f:find s:shout", "w.result f.text, f.result s.text", ""),
        ("n:numbers h:half", "n.result h.value", "found a list"),
        ("h:half", "", "nothing for h.value"),
    ],
)
def test_the_interpreter_tells_what_breaks(nodes, wires, problem):
    found = type_errors.problem(corpus.by_hand(nodes, wires))
    assert problem in found
    assert bool(found) == bool(problem)
