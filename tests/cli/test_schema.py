from typing import Any

from animaweave.cli.exits import Code
from animaweave.graph.schema import schema_text


def test_schema_prints_the_schema_of_graph_files(cli: Any) -> None:
    done = cli("schema")

    assert done.code == Code.SUCCESS
    assert done.out == schema_text()
