"""Run benchmarks: `python -m benchmarks [NAME …] [--json]`; exits 1 when a bar is missed."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

import benchmarks

from .row import Row

PARTS = {"adapter", "bare", "peers", "row", "timing", "window", "wiring", "work", "worker"}


def names() -> list[str]:
    """The benchmarks that there are."""
    modules = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in modules if not name.startswith("_") and name not in PARTS)


def measure(name: str) -> Iterator[Row]:
    """Run one benchmark."""
    rows: Iterator[Row] = importlib.import_module(f"benchmarks.{name}").rows()
    return rows


def table(name: str, rows: list[Row]) -> Table:
    """The rows as people read them."""
    shown = Table(title=name, title_justify="left", box=None, pad_edge=False)
    for heading in ("case", "value", "against", "ratio", "bar", ""):
        shown.add_column(heading, justify="right" if heading in ("value", "ratio") else "left")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} x"
        verdict = "" if not row.bar else "ok" if row.ok else "[bold red]missed[/]"
        value = row.unit if row.value is None else f"{row.value:.2f} {row.unit}"
        shown.add_row(row.case, value, row.against, ratio, row.bar, verdict)
    return shown


def main() -> int:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*names(), []], help=", ".join(names()))
    parser.add_argument("--json", action="store_true", help="print one JSON list of rows")
    arguments = parser.parse_args()
    rows: list[Row] = []
    for name in arguments.names or names():
        found = list(measure(name))
        rows += found
        if not arguments.json:
            Console().print(table(name, found), "")
    if arguments.json:
        print(json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False))
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
