"""Graphs that others made, through file, check, compiler and engine: they compute, and leave nothing behind."""

import functools
import json
import lzma
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from animaweave.authoring import Vessel
from animaweave.checking.checker import check
from animaweave.checking.diagnostic import Severity
from animaweave.engine.actors import scheduler
from animaweave.engine.compiler.compile import compile as compile_graph
from animaweave.engine.engine import Engine
from animaweave.engine.result import Result
from animaweave.graph.document import Graph
from animaweave.registry.lookup import Registry
from tests.engine.lab import PATIENCE_S, assert_nothing_left

DAGS = Path(__file__).parents[1] / "data" / "dags"
NAMES = sorted(path.name.partition(".")[0] for path in DAGS.glob("*.json*"))
MASK = 0xFFFF

# All of this file in one process, so that each graph is made once.
pytestmark = pytest.mark.xdist_group("real graphs")

real = Vessel("real")


@real.node
def both(a: int, b: int, inverted: int = 0) -> int:
    """An AND of two bits, of which each may be inverted."""
    return (a ^ (inverted & 1)) & (b ^ (inverted >> 1))


@real.node
def bit(x: int, inverted: int = 0) -> int:
    """A bit, or its opposite."""
    return x ^ inverted


@real.node
def stand_in(*items: Any, seed: int, size: int) -> Any:
    """So many bytes, which begin with a number that depends on all that came in."""
    made = np.zeros(max(1, size // 8), np.int64)
    made[0] = summed(seed, (int(item[0]) for item in items))
    return made


def summed(seed: int, numbers: Iterator[int]) -> int:
    """A number that depends on others, and on their order."""
    for number in numbers:
        seed = (seed * 31 + number) & MASK
    return seed


@dataclass(frozen=True)
class Real:
    """A graph of the data.

    Attributes:
        nodes: By id, as the file has them.
        before: For each node, those that feed it, in order.
        ids: Ids in our graph.
    """

    name: str
    nodes: Mapping[str, Mapping[str, Any]]
    before: Mapping[str, list[str]]
    ids: Mapping[str, str]

    @classmethod
    def read(cls, name: str) -> "Real":
        plain, packed = DAGS / f"{name}.json", DAGS / f"{name}.json.xz"
        raw = json.loads(lzma.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes())
        nodes = {node["id"]: node for node in raw["nodes"]}
        before: dict[str, list[str]] = {node: [] for node in nodes}
        for source, target in raw["edges"]:
            before[target].append(source)
        return cls(name, nodes, before, {node: re.sub(r"[^\w-]+", "-", node).strip("-") for node in nodes})

    @property
    def is_circuit(self) -> bool:
        return self.name.startswith("circuit")

    def graph(self) -> Graph:
        """The graph as a document of ours, in the order of the file."""
        graph = Graph(self.name)
        for number, (node, facts) in enumerate(self.nodes.items()):
            if self.is_circuit:
                self._add_gate(graph, node, facts)
            else:
                size = facts.get("out_bytes", 64)
                graph.add("real.stand_in", id=self.ids[node], params={"seed": number & MASK, "size": size})
        for node, sources in self.before.items():
            ports = ("a", "b") if len(sources) == 2 else ("x",)
            for place, source in enumerate(sources):
                port = ports[place] if self.is_circuit else f"items[{place}]"
                given = "value" if self.nodes[source].get("op") == "in" and self.is_circuit else "result"
                graph.connect(f"{self.ids[source]}.{given}", f"{self.ids[node]}.{port}")
        return graph

    def _add_gate(self, graph: Graph, node: str, facts: Mapping[str, Any]) -> None:
        kind = facts.get("op", "and")
        params: dict[str, Any] = {"inverted": facts["inv"]} if "inv" in facts else {}
        if kind == "in":
            graph.add("graph.input", id=self.ids[node], params={"type": "int"})
        elif kind == "const0":
            graph.add("real.bit", id=self.ids[node], params={"x": 0})
        else:
            graph.add("real.both" if kind == "and" else "real.bit", id=self.ids[node], params=params)

    def interpreted(self) -> dict[str, int]:
        """The number that each stand-in's array must begin with, by a plain loop; only of those that nobody reads."""
        number_of = {node: number & MASK for number, node in enumerate(self.nodes)}
        values: dict[str, int] = {}
        for node in TopologicalSorter(self.before).static_order():
            values[node] = summed(number_of[node], (values[source] for source in self.before[node]))
        read = {source for sources in self.before.values() for source in sources}
        return {f"{self.ids[node]}.result": values[node] for node in self.nodes if node not in read}


@dataclass(frozen=True)
class Ready:
    """A graph that came out of a file of ours, with an engine."""

    real: Real
    errors: list[str]
    engine: Engine

    def run(self, inputs: Mapping[str, Any] | None = None) -> Result:
        """Run it once and see that nothing is left."""
        run = self.engine.submit(inputs)
        result = run.result(PATIENCE_S)
        assert result.status == "success", result.errors or result.reason
        assert run.epoch.slots.live() == []
        assert self.engine.live_bytes == 0
        assert_nothing_left(self.engine)
        return result

    def compute(self, **words: int) -> dict[str, int]:
        """Give the circuit numbers, bit by bit, and put what it gives together again."""
        bits = {}
        for node, facts in self.real.nodes.items():
            if facts.get("op") == "in":
                word, place = _word(node)
                bits[self.real.ids[node]] = words[word] >> place & 1
        result = self.run(bits)
        numbers: dict[str, int] = {}
        for node, facts in self.real.nodes.items():
            if facts.get("op") == "out":
                word, place = _word(node)
                numbers[word] = numbers.get(word, 0) | result.outputs[f"{self.real.ids[node]}.result"] << place
        return numbers


def _word(node: str) -> tuple[str, int]:
    """`i:a[3]` is bit 3 of `a`."""
    word, _, place = node.partition(":")[2].rstrip("]").partition("[")
    return word, int(place or 0)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Make a graph of the data ready; each once."""
    registry = Registry()
    registry.add(real)
    engines: list[Engine] = []
    folder = tmp_path_factory.mktemp("real graphs")

    @functools.cache
    def make(name: str) -> Ready:
        graph = Real.read(name)
        file = folder / f"{name}.weave.json"
        graph.graph().save(file)
        loaded = Graph.load(file)
        errors = [str(finding) for finding in check(loaded, registry) if finding.severity is Severity.ERROR]
        engines.append(Engine(compile_graph(loaded, registry=registry), workers=2))
        return Ready(graph, errors, engines[-1])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduler, "LINGER_S", 0.01)  # The engines outlive a test; their threads must not.
        yield make
    for engine in engines:
        engine.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_real_graph_comes_back_from_its_file_whole_and_without_errors(ready: Any, name: str) -> None:
    made = ready(name)

    assert made.errors == []
    assert {node.id for node in made.engine.plan.nodes} == set(made.real.ids.values())
    wires = sum(len(output.consumers) for node in made.engine.plan.nodes for output in node.returned)
    assert wires == sum(map(len, made.real.before.values()))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("circuit")])
def test_a_real_graph_gives_what_a_plain_loop_gives(ready: Any, name: str) -> None:
    made = ready(name)

    result = made.run()

    assert {output: _first(value) for output, value in result.outputs.items()} == made.real.interpreted()
    made_bytes = sum(max(8, facts.get("out_bytes", 64) // 8 * 8) for facts in made.real.nodes.values())
    kept = sum(value.nbytes for value in result.outputs.values())
    assert result.bytes_freed == made_bytes - kept
    assert result.peak_bytes < made_bytes


def _first(array: npt.NDArray[np.int64]) -> int:
    return int(array[0])


def test_an_adder_of_1405_nodes_adds(ready: Any) -> None:
    chance, most = random.Random(1), 2**128 - 1
    for a, b in [(most, 1), (most, most), *((chance.getrandbits(128), chance.getrandbits(128)) for _ in range(3))]:
        found = ready("circuit-adder").compute(a=a, b=b)

        assert found["f"] | found["cOut"] << 128 == a + b


def test_a_multiplier_of_27318_nodes_multiplies(ready: Any) -> None:
    chance, most = random.Random(2), 2**64 - 1
    for a, b in [(most, most), *((chance.getrandbits(64), chance.getrandbits(64)) for _ in range(2))]:
        assert ready("circuit-multiplier").compute(a=a, b=b) == {"f": a * b}


@pytest.mark.parametrize("count", [0, 1, 77, 127, 128, 200, 255])
def test_a_decoder_raises_one_line_of_256(ready: Any, count: int) -> None:
    found = ready("circuit-dec").compute(count=count)

    assert found["selectp2"] | found["selectp1"] << 128 == 1 << count


def test_a_controller_runs_with_any_opcode(ready: Any) -> None:
    made = ready("circuit-ctrl")
    words = {_word(node)[0] for node, facts in made.real.nodes.items() if facts.get("op") == "in"}

    answers = [made.compute(**dict.fromkeys(words, value)) for value in (0, 1, 5)]

    assert all(set(answer.values()) - {0} for answer in answers[1:])
    assert answers[0] != answers[1]
