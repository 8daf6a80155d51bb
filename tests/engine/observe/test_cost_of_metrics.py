"""What the benchmark of the metrics compares does the same work, with figures and without."""

import pytest

import animaweave as aw
from benchmarks import metrics
from benchmarks.work import chain, layers, registry


@pytest.mark.parametrize("work", [chain(20), layers(4, 5)], ids=lambda work: work.name)
def test_metrics_on_and_off_give_the_same_answers(work, monkeypatch):
    monkeypatch.setattr(metrics, "ROUNDS", 2)

    row = metrics._shape(work)

    assert row.bar == "<= 0.3 µs a node"


def test_an_engine_without_figures_counts_no_runs_and_one_with_them_does():
    plan = aw.compile(chain(5).graph(), registry=registry())
    counted = []
    for has_figures in (True, False):
        with aw.Engine(plan) as engine:
            if not has_figures:
                metrics.switch_off(engine)
            assert engine.run({"n0.x": 1}).status == "success"
            counted.append(engine.metrics()["runs"].tolist())

    assert counted == [[1] * 5, [0] * 5]


def test_a_loop_without_figures_to_take_out_is_said_to_be_one():
    with pytest.raises(AssertionError, match="neither notes nor reads the clock"):
        metrics._without_figures(metrics._look)
