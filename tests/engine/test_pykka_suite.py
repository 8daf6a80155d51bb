"""pykka's own test-suite, unedited, on the class that a node's actor is derived from."""

import importlib.metadata
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from xml.etree import ElementTree

VERSION = importlib.metadata.version("pykka")
TESTS = {"4.5.0": 149}
"""Tests of the suite that apply, by version."""


def suite(root: Path, scratch: Path) -> Path:
    """The folder of pykka's source distribution, of the version that is installed; fetched once."""
    folder = root / ".cache" / f"pykka-{VERSION}"
    if not folder.exists():
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        command = (*pip, "--no-deps", "--no-binary", ":all:", "--dest", scratch, f"pykka=={VERSION}")
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"pykka's source cannot be fetched: {done.stderr}"
        (archive,) = scratch.glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(scratch, filter="data")
        folder.parent.mkdir(exist_ok=True)
        (scratch / f"pykka-{VERSION}").rename(folder)
    return folder


def test_pykkas_own_tests_pass_on_pooled_actors(root: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    plugin = Path(__file__).with_name("pooled_actors_for_pykka.py")
    # `-c`: its own settings, not those of this project, in whose folder the cache lies.
    command = (sys.executable, "-m", "pytest", "-q", "-c", "pyproject.toml", "-p", plugin.stem)

    done = subprocess.run(
        (*command, "-p", "no:cacheprovider", f"--junit-xml={report}", "tests"),
        cwd=suite(root, tmp_path),
        env={**os.environ, "PYTHONPATH": str(plugin.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    counts = ElementTree.parse(report).getroot()[0].attrib
    assert {name: int(counts[name]) for name in ("failures", "errors", "skipped")} == {
        "failures": 0, "errors": 0, "skipped": 0,
    }  # fmt: skip
    assert int(counts["tests"]) == TESTS.get(VERSION, int(counts["tests"]))
    assert int(counts["tests"]) >= max(TESTS.values())
