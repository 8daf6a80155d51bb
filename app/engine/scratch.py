"""Folders that nodes may fill while they run: made when they are asked for, gone with the run."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from pathlib import Path


class Scratch:
    """The folders of one epoch.

    Attributes:
        base: Where they lie; not there before one is asked for. A worker process makes its own in it.
    """

    def __init__(self) -> None:
        self.base = Path(tempfile.gettempdir()) / f"animaweave-{secrets.token_hex(8)}"

    def remove(self) -> None:
        """Delete them with all that lies in them, as far as the system lets us."""
        shutil.rmtree(self.base, ignore_errors=True)


def make_folder(base: Path, node: str) -> Path:
    """A new folder for a node; may be called from any thread or process.

    Raises:
        OSError: It cannot be made.
    """
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{re.sub('[^A-Za-z0-9_-]+', '-', node)[:60]}-", dir=base))
