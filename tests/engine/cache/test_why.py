"""Why a node was run again, or was not."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs

from animaweave.authoring import Vessel
from animaweave.engine.cache.cache import Cache
from animaweave.engine.cache.memory import ENTRY_BYTES
from animaweave.engine.compiler.plan import Plan
from animaweave.engine.engine import Engine
from tests.engine.cache.runs import plan_of, run
from tests.engine.lab import Lab, fill

NOTHING_NEW = "was not run again: nothing that it depends on has changed"


@pytest.fixture
def cache() -> Cache:
    return Cache()


@pytest.fixture
def chain(lab: Lab) -> Plan:
    """Three nodes, one behind the other, and one beside them."""
    return plan_of(lab, lab.graph("a:plus b:plus c:plus side:one", "a.result b.a", "b.result c.a"))


def test_a_node_that_was_never_seen(cache: Cache) -> None:
    assert cache.explain("a") == "has not been run yet"


def test_the_first_time(cache: Cache, chain: Plan) -> None:
    assert set(run(chain, cache)[0]) == {"a", "side", "b", "c"}
    assert cache.explain("a") == cache.explain("c") == "ran for the first time"


def test_nothing_changed(cache: Cache, chain: Plan) -> None:
    run(chain, cache)
    assert run(chain, cache)[0] == []
    assert cache.explain("a") == cache.explain("c") == NOTHING_NEW


def test_an_input_changed(cache: Cache, chain: Plan) -> None:
    run(chain, cache, b__b=1)
    assert run(chain, cache, b__b=2)[0] == ["b", "c"]
    assert cache.explain("b") == "ran again: `b` changed from 1 to 2"
    assert cache.explain("a") == cache.explain("side") == NOTHING_NEW


def test_a_node_upstream_ran_again(cache: Cache, chain: Plan) -> None:
    run(chain, cache, a__b=1)
    run(chain, cache, a__b=2)
    assert cache.explain("c") == "ran again: `a` upstream ran again (`b` changed from 1 to 2)"


def test_an_array_changed(cache: Cache, lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:echo"))
    run(plan, cache, a__value=np.zeros(3))
    run(plan, cache, a__value=np.ones(3))
    assert cache.explain("a") == "ran again: `value` has other contents"
    run(plan, cache, a__value=np.ones(4))
    assert cache.explain("a").startswith("ran again: `value` changed from an array of ")


def test_an_input_of_the_graph_changed(cache: Cache, lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("i:graph.input a:echo", "i.value a.value"))
    run(plan, cache, i=1)
    run(plan, cache, i=2)
    assert cache.explain("a") == "ran again: `i` upstream ran again (`value` changed from 1 to 2)"


def test_what_was_there_before_is_there_again(cache: Cache, chain: Plan) -> None:
    for value in (1, 2, 1):
        ran, _ = run(chain, cache, a__b=value)
    assert ran == []
    there = ", and its result for that was still there"
    assert cache.explain("a") == f"was not run again: `b` changed from 2 to 1{there}"
    assert cache.explain("c") == (
        f"was not run again: `a` upstream has another result (`b` changed from 2 to 1){there}"
    )


def test_a_file_changed(cache: Cache, lab: Lab, tmp_path: Path) -> None:
    @lab.node(effects={"read-files"})
    def load(path: Path = Path("none")) -> str:
        return path.read_text()

    plan = plan_of(lab, lab.graph("photo:load b:echo", "photo.result b.value"))
    photo, other = tmp_path / "photo.png", tmp_path / "other.png"
    photo.write_text("one")
    other.write_text("other")
    run(plan, cache, photo__path=photo)
    photo.write_text("one more")
    assert run(plan, cache, photo__path=photo)[0] == ["photo", "b"]
    assert cache.explain("photo") == "ran again: its file `photo.png` changed"
    assert cache.explain("b") == "ran again: `photo` upstream ran again (its file `photo.png` changed)"
    run(plan, cache, photo__path=other)
    assert cache.explain("photo") == (f'ran again: `path` changed from "…{str(photo)[-40:]}" to "…{str(other)[-40:]}"')
    run(plan, cache, photo__path=tmp_path / "gone.png")
    assert cache.explain("photo") == (
        f"ran again: it reads `{tmp_path / 'gone.png'}`, which is not there or cannot be compared"
    )


def test_a_node_that_runs_a_graph(cache: Cache, lab: Lab) -> None:
    graph = lab.graph("list:gather a:one", "a.result list.items[0]")
    body = graph.add_subgraph("body")
    body.add("graph.input", id="from", params={"name": "n"})
    body.add("graph.output", id="to", params={"name": "n"})
    fill(body, "one_more:plus", "from.value one_more.a", "one_more.result to.value")
    graph.add("control.for_each", id="each", params={"graph": "body"})
    graph.connect("list.result", "each.n")
    plan = plan_of(lab, graph)
    with Engine(plan, cache=cache) as engine:
        engine.run()
        assert not engine.run().nodes["each"].from_cache

    assert cache.explain("each") == "ran again: it runs a graph, of which the nodes inside are kept one by one"
    assert cache.explain("each/one_more") == NOTHING_NEW


def test_a_node_that_is_not_pure_and_those_behind_it(cache: Cache, lab: Lab) -> None:
    @lab.node(pure=False)
    def now() -> float:
        return 1.0

    plan = plan_of(lab, lab.graph("clock:now b:echo c:echo", "clock.result b.value", "b.result c.value"))
    assert run(plan, cache)[0] == run(plan, cache)[0] == ["clock", "b", "c"]
    assert cache.explain("clock") == "ran again: it is not pure"
    assert cache.explain("c") == "ran again: `clock` before it is not pure"


def test_a_node_that_has_become_pure(cache: Cache, chain: Plan) -> None:
    impure = replace(chain, nodes=(structs.replace(chain.nodes[0], pure=False), *chain.nodes[1:]))
    run(impure, cache)
    run(chain, cache)
    assert cache.explain("a") == "ran again: until now it was always run"
    assert cache.explain("b") == "ran again: until now `a` before it was always run"


def test_a_value_that_cannot_be_compared(cache: Cache, lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:echo"))
    for _ in range(2):
        run(plan, cache, a__value=threading.Lock())
    assert cache.explain("a") == "ran again: it has an input `value` that cannot be compared"


def test_a_result_that_had_been_dropped(chain: Plan) -> None:
    cache = Cache(budget_bytes=2 * ENTRY_BYTES)
    run(chain, cache)
    run(chain, cache)
    assert cache.explain("c") == "ran again: its result had been dropped to stay within 1000 bytes"


def test_a_result_that_is_too_large(lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:echo b:one"))
    cache = Cache(budget_bytes=2**20)
    for _ in range(2):
        run(plan, cache, a__value=np.zeros(2**18))
    assert cache.explain("a") == "ran again: its result alone is larger than 1 MB"
    assert cache.explain("b") == NOTHING_NEW


def test_the_cache_had_been_cleared(cache: Cache, chain: Plan) -> None:
    run(chain, cache)
    cache.clear()
    run(chain, cache)
    assert cache.explain("c") == "ran again: the cache had been cleared"


def test_a_node_that_failed_left_nothing(cache: Cache, lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:fail"))
    run(plan, cache)
    run(plan, cache)
    assert cache.explain("a") == "ran again: its last run left no result to keep"


def test_a_node_behind_a_failure(cache: Cache, lab: Lab) -> None:
    run_settings = {"on_error": {"default": {"result": 5}}}
    plan = plan_of(lab, lab.graph("a:fail b:echo c:echo", "a.result b.value", "b.result c.value", a=run_settings))
    run(plan, cache)
    assert cache.explain("c") == "ran for the first time"
    assert run(plan, cache)[0] == ["a", "b", "c"]
    assert cache.explain("c") == "ran again: `a` before it failed"


def test_a_node_whose_branch_closed(cache: Cache, lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:switch b:one", controls=("a.no b.trigger",)))
    for _ in range(2):
        run(plan, cache)
    assert cache.explain("b") == "did not run"


def test_an_edited_vessel(cache: Cache) -> None:
    def planned(version: str, add: int) -> Plan:
        lab = Lab()
        lab.vessel = Vessel("lab", version=version)

        @lab.node(name="result")
        def edited(value: int = 1) -> int:
            return value + add

        return plan_of(lab, lab.graph("a:edited"))

    run(planned("1", 1), cache)
    run(planned("1", 1), cache)
    assert cache.explain("a") == NOTHING_NEW
    run(planned("1", 2), cache)
    assert cache.explain("a") == "ran again: its code was edited"
    run(planned("2", 2), cache)
    assert cache.explain("a") == "ran again: its version changed from 1 to 2"


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({}, {"wires": ("x.result b.a",)}, "ran again: `a` is wired to `x.result` now"),
        (
            {"wires": ("x.result b.a",)},
            {"wires": ("y.result b.a",)},
            "ran again: `a` is wired to `y.result` instead of `x.result`",
        ),
        ({"wires": ("x.result b.a",)}, {}, "ran again: `a` is set to 0 now"),
        ({"kind": "pair"}, {}, "ran again: its type changed from lab.pair to lab.plus"),
        ({}, {"bypass": True}, "ran again: its code was edited"),
        ({"disabled": True}, {}, "ran again: it is not skipped any more"),
        ({}, {"on_error": {"default": {"result": 1}}}, "ran again: what it gives when it fails changed"),
        (
            {"controls": ("x.done b.trigger",)},
            {"controls": ("x.done b.trigger",), "activation": {"trigger": "OR"}},
            "ran again: how its signals are joined changed",
        ),
        ({}, {"controls": ("x.done b.trigger",)}, "ran again: how its signals are joined changed"),
    ],
)
def test_an_edit_of_the_graph(cache: Cache, lab: Lab, before: Any, after: Any, sentence: str) -> None:
    def planned(wires: Any = (), controls: Any = (), kind: str = "plus", **settings: Any) -> Plan:
        graph = lab.graph(f"x:one y:echo b:{kind}", *wires, controls=controls, b=settings)
        return plan_of(lab, graph)

    run(planned(**before), cache)
    run(planned(**after), cache)
    assert cache.explain("b") == sentence


def test_items_were_taken_away(cache: Cache, lab: Lab) -> None:
    wires = ("x.result g.items[0]", "y.result g.items[1]")
    run(plan_of(lab, lab.graph("x:one y:one g:gather", *wires)), cache)
    run(plan_of(lab, lab.graph("x:one y:one g:gather", wires[0])), cache)
    assert cache.explain("g") == "ran again: its wires changed"


def test_a_node_put_in_between(cache: Cache, lab: Lab) -> None:
    run(plan_of(lab, lab.graph("a:one c:echo d:echo", "a.result c.value", "c.result d.value")), cache)
    words = "a:one b:plus c:echo d:echo"
    run(plan_of(lab, lab.graph(words, "a.result b.a", "b.result c.value", "c.result d.value")), cache)
    assert (
        cache.explain("d") == "ran again: `c` upstream ran again (`value` is wired to `b.result` instead of `a.result`)"
    )


def test_a_result_of_an_earlier_program(chain: Plan, tmp_path: Path) -> None:
    run(chain, Cache(folder=tmp_path))
    later = Cache(folder=tmp_path)
    assert run(chain, later)[0] == []
    assert later.explain("c") == "was not run: its result was there already"


def test_a_node_that_is_like_another_one(cache: Cache, lab: Lab) -> None:
    assert run(plan_of(lab, lab.graph("a:one b:one")), cache)[0] == ["a"]
    assert cache.explain("b") == "was not run: its result was there already"


def test_a_change_that_another_run_saw_first(cache: Cache, lab: Lab, chain: Plan) -> None:
    run(chain, cache, a__b=1)
    run(plan_of(lab, lab.graph("a:plus")), cache, a__b=2)
    run(chain, cache, a__b=2)
    assert cache.explain("b") == "ran again: `a` upstream has another result (it changed in another run)"


def test_files_of_the_same_name_are_told_apart(cache: Cache, lab: Lab, tmp_path: Path) -> None:
    @lab.node(effects={"read-files"})
    def load(a: Path = Path("none"), b: Path = Path("none")) -> int:
        return 0

    plan = plan_of(lab, lab.graph("l:load"))
    first, second = tmp_path / "1" / "x.png", tmp_path / "2" / "x.png"
    for path in (first, second):
        path.parent.mkdir()
        path.write_text("x")
    run(plan, cache, l__a=first, l__b=second)
    assert run(plan, cache, l__a=first, l__b=second)[0] == []
    for path in (first, second):
        path.write_text(f"now {path}")
        run(plan, cache, l__a=first, l__b=second)
        assert cache.explain("l") == "ran again: its file `x.png` changed"


def test_a_branch_that_closes_the_first_time(cache: Cache, lab: Lab) -> None:
    run(plan_of(lab, lab.graph("a:switch b:one", controls=("a.no b.trigger",))), cache)
    assert cache.explain("b") == "did not run"


def test_frozen_values(cache: Cache, lab: Lab) -> None:
    plan = plan_of(lab, lab.graph("a:one b:plus", "a.result b.a"))
    run(plan, cache)
    cache.freeze("graph", "a", (5,))
    frozen = cache.frozen("graph", "a")
    assert frozen is not None
    ran, outputs = run(plan, cache, {0: frozen})
    assert (ran, outputs["b.result"]) == (["b"], 15)
    assert cache.explain("b") == "ran again: `a` upstream ran again (it is frozen now)"
    run(plan, cache, {0: frozen})
    assert cache.explain("b") == NOTHING_NEW
    cache.freeze("graph", "a", (6,))
    other = cache.frozen("graph", "a")
    assert other is not None
    run(plan, cache, {0: other})
    assert cache.explain("b") == "ran again: `a` upstream ran again (its frozen values changed)"
    run(plan, cache)
    assert cache.explain("b") == (
        "was not run again: `a` upstream has another result (it is not frozen any more), "
        "and its result for that was still there"
    )


def test_other_plans_in_between_do_not_confuse(cache: Cache, lab: Lab, chain: Plan) -> None:
    part = plan_of(lab, lab.graph("a:plus b:plus", "a.result b.a"))
    run(chain, cache, b__b=1)
    run(part, cache, b__b=2)
    assert cache.explain("b") == "ran again: `b` changed from 1 to 2"
    run(chain, cache, b__b=1)
    assert cache.explain("b").startswith("was not run again: `b` changed from 2 to 1")
    assert cache.explain("c") == NOTHING_NEW
