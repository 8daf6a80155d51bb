"""Runs handed over to the engine's own threads, and paths that come by wire."""

import threading
from pathlib import Path
from typing import Annotated

import pytest

import animaweave as aw
from animaweave.authoring import Field, Vessel

PATIENCE_S = 20.0


@pytest.fixture
def registry():
    return aw.Registry()


def test_nodes_that_are_ready_together_run_together_in_a_submitted_run(registry):
    meeting = threading.Barrier(2)
    nodes = Vessel("meeting")

    @nodes.node(pure=False)
    def meet() -> int:
        return meeting.wait(PATIENCE_S)

    registry.add(nodes)
    graph = aw.Graph("two")
    graph.add("meeting.meet", id="one")
    graph.add("meeting.meet", id="other")
    with aw.Engine(aw.compile(graph, registry=registry), workers=2) as engine:
        for _ in range(20):
            result = engine.submit().result(PATIENCE_S)
            assert result.status == "success"
            assert sorted(result.outputs.values()) == [0, 1]


@pytest.mark.parametrize(
    ("path", "status"), [("inside/a.txt", "success"), ("../a.txt", "failed"), ("/absolute.txt", "failed")]
)
def test_a_path_to_write_that_comes_by_wire_cannot_leave_the_output_folder(registry, tmp_path, path, status):
    written: list[Path] = []
    nodes = Vessel("writing")

    @nodes.node
    def name() -> Path:
        return Path(path)

    @nodes.node(effects={"write-files"})
    def write(to: Annotated[Path, Field(save=True)]) -> None:
        written.append(to)

    registry.add(nodes)
    graph = aw.Graph("writes")
    graph.add("writing.name", id="name")
    graph.add("writing.write", id="write")
    graph.connect("name.result", "write.to")
    result = aw.run(graph, registry=registry, out=tmp_path)
    assert result.nodes["write"].state == {"success": "completed", "failed": "failed"}[status]
    assert written == ([tmp_path / path] if status == "success" else [])
    if status == "failed":
        error = result.nodes["write"].error
        assert error is not None
        assert f"write.to: {path} lies outside of the output folder {tmp_path}" in error.message
