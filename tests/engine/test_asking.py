"""What a node may ask of its run: random numbers that come again, a folder that goes with the run, to be looked at."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import animaweave as aw
from animaweave.authoring.context import Shown
from animaweave.engine.cache.cache import Cache
from animaweave.engine.engine import Engine
from animaweave.errors import EngineError
from animaweave.graph.document import Graph
from animaweave.registry.lookup import Registry
from tests.engine import asking
from tests.engine.lab import Lab, fill

DRAWERS = ["draw", "draw_on_thread", "draw_elsewhere", "draw_later", "draw_with_state"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    made = Registry()
    made.add(asking.asking)
    return made


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def graph_of(nodes: str, *wires: str) -> Graph:
    graph = Graph()
    words = (word.split(":") for word in nodes.split())
    fill(graph, " ".join(f"{name}:{kind if '.' in kind else f'asking.{kind}'}" for name, kind in words), *wires)
    return graph


def engine(registry: Registry, nodes: str, *wires: str, **how: Any) -> Engine:
    return Engine(aw.compile(graph_of(nodes, *wires), registry=registry), **how)


# ---------------------------------------------------------------- random numbers


def test_the_same_seed_gives_the_same_wherever_nodes_run(registry: Registry) -> None:
    nodes = " ".join(f"{kind}:{kind}" for kind in DRAWERS)
    found = []
    for workers in (1, 3):
        with engine(registry, nodes, workers=workers) as running:
            found += [running.run(seed=7).outputs for _ in range(2)] + [running.submit(seed=7).result().outputs]
            other = running.run(seed=8).outputs
    assert all(one == found[0] for one in found)
    numbers = [tuple(value) for outputs in (found[0], other) for value in outputs.values()]
    assert len(set(numbers)) == 2 * len(DRAWERS), "each node has its own"


def test_a_nodes_numbers_depend_on_its_id_and_not_on_where_it_runs(registry: Registry) -> None:
    found = []
    for kind in DRAWERS:
        with engine(registry, f"z:calm n:{kind} a:draw") as running:
            found.append(running.run(seed=7).outputs["n.result"])
    assert all(one == found[0] for one in found)


def test_an_attempt_after_a_failure_gets_the_same_numbers(registry: Registry) -> None:
    asking.attempts.clear()
    graph = graph_of("h:hope")
    graph.set_run("h", retry={"attempts": 2})
    assert aw.run(graph, registry=registry, seed=1).status == "success"
    first, second = asking.attempts
    assert first == second


def test_each_epoch_and_each_item_has_its_own_numbers(registry: Registry) -> None:
    graph = Graph()
    inner = graph_of("in:graph.input d:draw out:graph.output", "in.value d.value", "d.result out.value")
    graph.add_subgraph("each", inner)
    graph.add("control.for_each", id="all", params={"graph": "each", "in": [1, 2, 3]})
    with Engine(aw.compile(graph, registry=registry), 2) as running:
        first, again = (list(running.stream([{}, {}], seed=3)) for _ in range(2))
        alone = running.run(seed=3)
    numbers = [tuple(value) for result in first for value in result.outputs["all.out"]]
    assert len(set(numbers)) == 6
    assert [result.outputs for result in first] == [result.outputs for result in again]
    assert alone.outputs == first[0].outputs


def test_a_source_draws_on_and_its_stream_can_be_repeated(registry: Registry) -> None:
    with engine(registry, "d:draws") as running:
        first, again = ([result.outputs["d.result"] for result in running.stream(seed=3)] for _ in range(2))
    assert first == again
    assert len({tuple(value) for value in first}) == 3


def test_without_a_seed_each_run_draws_its_own_and_tells_it(registry: Registry) -> None:
    with engine(registry, "d:draw") as running, engine(registry, "d:calm") as calm:
        first, second = running.run(), running.run()
        assert first.seed is not None
        assert first.outputs != second.outputs
        assert running.run(seed=first.seed).outputs == first.outputs
        assert calm.run().seed is None
        assert calm.run(seed=5).seed == 5


@pytest.mark.parametrize("seed", [-1, 1.5, True, "7"])
def test_a_seed_is_a_whole_number(registry: Registry, seed: Any) -> None:
    with (
        engine(registry, "d:draw") as running,
        pytest.raises(EngineError, match="it must be a whole number, 0 or more"),
    ):
        running.run(seed=seed)


@pytest.mark.parametrize("kind", ["draw", "draw_elsewhere"])
def test_what_was_drawn_is_not_taken_from_the_cache_nor_what_comes_of_it(registry: Registry, kind: str) -> None:
    cache = Cache()
    with engine(
        registry, f"d:{kind} a:after c:calm b:after", "d.result a.value", "c.result b.value", cache=cache
    ) as running:
        runs = [running.run(seed=seed) for seed in (1, 2, 1)]
    assert runs[0].outputs == runs[2].outputs != runs[1].outputs
    kept = {name for name, node in runs[2].nodes.items() if node.from_cache}
    assert kept == {"c", "b"}
    assert cache.explain("d") == "ran again: it took random numbers"
    assert cache.explain("a") == "ran again: `d` before it took random numbers"


# ---------------------------------------------------------------- folders


@pytest.mark.parametrize("kind", ["fill", "fill_elsewhere"])
def test_a_folder_is_there_for_the_run_and_gone_afterwards(registry: Registry, temporary: Path, kind: str) -> None:
    with engine(registry, f"f:{kind} g:{kind} r:read", "f.result r.file") as running:
        result = running.run()
        assert result.outputs["r.result"] == "full"
        assert list(temporary.iterdir()) == []
        failed = running.run({"f.fails": True})
        assert failed.status == "partial"
        assert "file" in str(failed.errors["f"])
        assert list(temporary.iterdir()) == []


def test_each_call_has_a_folder_of_its_own(registry: Registry, temporary: Path) -> None:
    with engine(registry, "f:fill") as running:
        folders = {result.outputs["f.result"].parent for result in running.stream([{}, {}, {}])}
    assert len(folders) == 3
    assert list(temporary.iterdir()) == []


def test_a_source_keeps_its_folder_until_the_stream_ends(registry: Registry, temporary: Path) -> None:
    with engine(registry, "f:fills r:read", "f.result r.file") as running:
        results = running.stream()
        assert next(results).outputs["r.result"] == "full"
        assert len(list(temporary.iterdir())) == 1
        assert [result.outputs["r.result"] for result in results] == ["full", "full"]
    assert list(temporary.iterdir()) == []


def test_nobody_makes_a_folder_for_who_asks_for_none(
    registry: Registry, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: pytest.fail("nobody asked"))
    with engine(registry, "c:calm d:draw") as running:
        assert running.run().status == "success"


def test_a_folder_goes_also_when_the_run_is_cancelled(registry: Registry, temporary: Path, lab: Lab) -> None:
    @lab.node
    def wait(ctx: aw.Context) -> None:
        (ctx.scratch / "file").write_text("full")
        running.cancel()
        ctx.check_cancelled()

    with lab.engine(lab.graph("w:wait")) as engine_:
        running = engine_.submit()
        assert running.result().status == "cancelled"
    assert list(temporary.iterdir()) == []


# ---------------------------------------------------------------- previews


@pytest.mark.parametrize("kind", ["show", "show_elsewhere"])
def test_a_node_shows_its_work_thinned_wherever_it_runs(registry: Registry, kind: str) -> None:
    shown: dict[str, Shown] = {}
    with engine(registry, f"s:{kind}", on_preview=shown.__setitem__) as running:
        assert running.run().outputs == {"s.result": 0.5}
    assert shown["s"].shape == (300, 600, 3)
    assert shown["s"].value.shape == (150, 200, 3)
    assert np.all(shown["s"].value == 0.5)


def test_nothing_is_copied_where_nobody_looks(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animaweave.authoring.context._thinned", lambda _: pytest.fail("nobody looks"))
    with engine(registry, "s:show") as running:
        assert running.run().status == "success"
