"""A program with workers, one idle and one in a node, and a child of its own; it waits to be killed."""

import os
import sys
import threading
import time
from pathlib import Path

import numpy as np

from animaweave.engine.bus.pool import BufferPool
from animaweave.engine.placement.workers import Workers
from tests.engine.placement.crew import MB, await_file, chore


def main(folder: Path) -> None:
    """Print the process ids of the workers, then that of the child."""
    pool = BufferPool(64 * MB)
    workers = Workers(2, pool)
    kept = pool.put(np.ones(MB))
    threading.Thread(target=lambda: workers.call(chore("wait"), [str(folder)]), daemon=True).start()
    await_file(folder)
    workers.call(chore("keep"), [kept])
    child = os.fork()
    if child:
        print(*workers.pids, child, flush=True)
    # The child has copies of all descriptors: the workers' sockets stay open when the program is gone.
    time.sleep(60)
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
