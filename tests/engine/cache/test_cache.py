"""The cache's face, as a run uses it."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from animaweave.authoring import Signal
from animaweave.engine.cache.cache import Cache, Statistics
from animaweave.engine.cache.memory import ENTRY_BYTES
from animaweave.engine.compiler.plan import Absence
from animaweave.errors import EngineError
from tests.engine.cache.runs import plan_of, run, values_of
from tests.engine.graphs import Spec, build, declare, specs
from tests.engine.lab import Lab


def test_a_changed_slider_runs_again_only_what_lies_behind_it(lab: Lab) -> None:
    words = "photo:one blur:plus mask:plus other:echo mix:gather"
    wires = ("photo.result blur.a", "blur.result mask.a", "photo.result other.value")
    plan = plan_of(lab, lab.graph(words, *wires, "mask.result mix.items[0]", "other.result mix.items[1]"))
    cache = Cache()
    assert sorted(run(plan, cache)[0]) == ["blur", "mask", "mix", "other", "photo"]
    ran, outputs = run(plan, cache, mask__b=5)
    assert (ran, outputs["mix.result"]) == (["mask", "mix"], [16, 1])
    assert run(plan, cache, mask__b=5)[0] == []


@settings(max_examples=30)
@given(made=specs())
def test_a_run_from_the_cache_gives_what_a_run_without_it_gives(made: list[Spec]) -> None:
    lab, cache = Lab(), Cache()
    declare(lab)
    plan = plan_of(lab, build(made))
    _, first = run(plan, cache)
    ran, second = run(plan, cache)
    failing = {spec.id for spec in made if spec.kind == "fail"}
    assert repr(first) == repr(second) == repr(run(plan, Cache())[1])
    if not failing:
        assert ran == []


def test_signals_and_absent_outputs_are_kept(lab: Lab, tmp_path: Path) -> None:
    words = "s:switch p:pair x:echo"
    plan = plan_of(lab, lab.graph(words, "p.left x.value", controls=("s.yes x.trigger",), p={"bypass": True}))
    _, first = run(plan, Cache(folder=tmp_path))
    ran, second = run(plan, Cache(folder=tmp_path))
    assert ran == []
    assert second == first
    assert second["s.yes"] is Signal.ACTIVE
    assert isinstance(second["p.left"], Absence)


def test_what_comes_of_a_failure_is_not_kept_for_what_comes_of_success(lab: Lab) -> None:
    fails = [True]

    @lab.node
    def unsteady() -> int:
        if fails[0]:
            raise TimeoutError
        return 1

    instead = {"on_error": {"default": {"result": 0}}}
    words = "u:unsteady after:echo beyond:echo behind:one aside:one"
    wires = ("u.result after.value", "after.result beyond.value")
    graph = lab.graph(
        words, *wires, controls=("u.done behind.trigger",), u=instead, behind={"activation": {"*": "DECIDED"}}
    )
    plan, cache = plan_of(lab, graph), Cache()
    assert run(plan, cache)[1]["beyond.result"] == 0
    fails[0] = False
    ran, outputs = run(plan, cache)
    assert set(ran) == {"u", "behind", "after", "beyond"}
    assert outputs["beyond.result"] == 1
    assert run(plan, cache)[0] == []


def test_figures_tell_what_the_cache_did(lab: Lab) -> None:
    plan, cache = plan_of(lab, lab.graph("a:one b:plus", "a.result b.a")), Cache()
    run(plan, cache)
    run(plan, cache, b__b=1)
    assert cache.statistics() == Statistics(
        hits=1, misses=3, results=3, held_bytes=3 * ENTRY_BYTES, evictions=0, frozen=0
    )
    cache.clear()
    assert (cache.statistics().results, cache.statistics().held_bytes) == (0, 0)


class TestFolder:
    """A cache with a folder."""

    @pytest.fixture
    def lab(self, lab: Lab) -> Lab:
        @lab.node
        def picture(size: int = 4) -> Any:
            return np.arange(size, dtype=float)

        @lab.node
        def thing(value: Any = None) -> Any:
            return threading.Lock()

        return lab

    def test_results_outlast_the_program(self, lab: Lab, tmp_path: Path) -> None:
        plan = plan_of(lab, lab.graph("p:picture e:echo", "p.result e.value"))
        run(plan, Cache(folder=tmp_path))
        ran, outputs = run(plan, Cache(folder=tmp_path))
        assert ran == []
        assert outputs["e.result"].tolist() == [0, 1, 2, 3]
        with pytest.raises(ValueError, match="read-only"):
            outputs["e.result"][0] = 1

    def test_what_was_dropped_from_memory_is_found_in_the_folder(self, lab: Lab, tmp_path: Path) -> None:
        plan, cache = plan_of(lab, lab.graph("p:picture")), Cache(3000, tmp_path)
        for size in (100, 200, 100):
            ran, _ = run(plan, cache, p__size=size)
        assert ran == []
        assert cache.statistics().evictions == 2

    def test_what_has_no_safe_form_is_kept_in_memory_alone(self, lab: Lab, tmp_path: Path) -> None:
        plan, cache = plan_of(lab, lab.graph("t:thing e:echo", "t.result e.value")), Cache(folder=tmp_path)
        assert run(plan, cache)[0] == ["t", "e"]
        assert run(plan, cache)[0] == []
        assert run(plan, Cache(folder=tmp_path))[0] == ["t", "e"]

    def test_a_cleared_cache_has_nothing_left_in_its_folder_but_frozen_values(self, lab: Lab, tmp_path: Path) -> None:
        plan, cache = plan_of(lab, lab.graph("p:picture")), Cache(folder=tmp_path)
        run(plan, cache)
        cache.freeze("graph", "p", (1,))
        cache.clear()
        assert run(plan, Cache(folder=tmp_path))[0] == ["p"]
        frozen = Cache(folder=tmp_path).frozen("graph", "p")
        assert frozen is not None
        assert frozen.values == (1,)


class TestFrozen:
    """Frozen values."""

    def test_there_are_none_until_some_are_frozen(self, tmp_path: Path) -> None:
        assert Cache().frozen("graph", "a") is None
        assert Cache(folder=tmp_path).frozen("graph", "a") is None

    def test_they_belong_to_one_node_of_one_graph(self) -> None:
        cache = Cache()
        cache.freeze("graph", "a", (1,))
        assert cache.frozen("graph", "b") is cache.frozen("other", "a") is cache.frozen("grap", "ha") is None

    def test_they_are_never_dropped(self) -> None:
        cache = Cache(budget_bytes=0)
        cache.freeze("graph", "a", (np.zeros(1000),))
        cache.clear()
        assert cache.frozen("graph", "a") is not None
        assert cache.statistics().frozen == 1

    def test_the_last_ones_hold(self, tmp_path: Path) -> None:
        cache = Cache(folder=tmp_path)
        assert cache.freeze("graph", "a", (1,))
        assert cache.freeze("graph", "a", (2,))
        for each in (cache, Cache(folder=tmp_path)):
            frozen = each.frozen("graph", "a")
            assert frozen is not None
            assert frozen.values == (2,)

    def test_whether_they_outlast_the_program_is_told(self, tmp_path: Path) -> None:
        assert not Cache().freeze("graph", "a", (1,))
        assert not Cache(folder=tmp_path).freeze("graph", "a", (threading.Lock(),))

    def test_nobody_can_write_into_them(self) -> None:
        cache, items = Cache(), [1]
        cache.freeze("graph", "a", (items, np.zeros(2)))
        items.append(2)
        frozen = cache.frozen("graph", "a")
        assert frozen is not None
        assert frozen.values[0] == [1]
        assert not frozen.values[1].flags.writeable

    def test_other_values_change_what_lies_behind(self, lab: Lab) -> None:
        plan, cache = plan_of(lab, lab.graph("a:one b:plus c:one", "a.result b.a")), Cache()

        def outcome(value: Any) -> tuple[list[str], Any]:
            cache.freeze("graph", "a", (value,))
            frozen = cache.frozen("graph", "a")
            assert frozen is not None
            ran, outputs = run(plan, cache, {0: frozen})
            return ran, outputs["b.result"]

        assert plan.nodes[0].id == "a"
        ran, _ = outcome(5)
        assert "a" not in ran
        assert outcome(5) == ([], 15)
        assert outcome(6) == (["b"], 16)


@pytest.mark.parametrize("name", ["budget_bytes", "disk_budget_bytes"])
def test_a_budget_below_nothing_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match=f"^{name} is -1; it must be 0 or more$"):
        Cache(**{name: -1})  # type: ignore[arg-type]


def test_a_folder_stays_where_it_is(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cache, plan = Cache(folder="kept"), plan_of(lab, lab.graph("a:one"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    run(plan, cache)
    assert run(plan, Cache(folder=tmp_path / "kept"))[0] == []


def test_many_plans_come_and_go(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("animaweave.engine.cache.cache._MOST_NODES", 10)
    cache = Cache()
    for number in range(40):
        run(plan_of(lab, lab.graph("a:plus b:plus", "a.result b.a")), cache, b__b=number % 2)
    assert cache.statistics().misses == 3
    assert len(cache._plans) == 5


def test_threads_that_run_at_once_give_right_results(lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:plus b:plus c:plus", "a.result b.a", "b.result c.a"))
    cache = Cache(budget_bytes=20 * ENTRY_BYTES)
    wrong: list[Any] = []

    def work(first: int) -> None:
        for number in range(200):
            value = (first + number) % 10
            _, outputs = run(plan, cache, a__a=value)
            if outputs["c.result"] != value + 30:
                wrong.append(value)
            cache.explain("b")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_keys_of_an_epoch_are_its_own(lab: Lab) -> None:
    plan, cache = plan_of(lab, lab.graph("a:one b:plus", "a.result b.a")), Cache()
    first = cache.keys(plan, values_of(plan))
    cache.distrust(plan, first, 0)
    assert first[0] is not None
    assert first[1] is None
    assert None not in cache.keys(plan, values_of(plan))
