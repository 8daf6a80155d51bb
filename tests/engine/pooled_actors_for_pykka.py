"""A plugin for pytest by which pykka's own tests run on our actors: a separate process loads it, no test of ours.

Their fixture `runtime` takes `pykka.ThreadingActor` and `pykka.ThreadingFuture` when their `conftest.py` is imported,
so it is enough to have put ours in that place before. Three tests are about a thread of its own for each actor, which
is just what ours do not have.
"""

from pathlib import Path

import pykka

from animaweave.engine.actors import PooledActor, PooledFuture

THREAD_TESTS = "test_threading_actor.py"

setattr(pykka, "ThreadingActor", PooledActor)  # noqa: B010 - to a type checker the classes are not alike
setattr(pykka, "ThreadingFuture", PooledFuture)  # noqa: B010


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the tests of one thread an actor."""
    return True if collection_path.name == THREAD_TESTS else None
