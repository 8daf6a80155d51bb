"""`python -m animaweave`: the command `animaweave`; with `--worker`, a worker process of it.

A worker is told apart before anything else is imported: a frozen application starts its workers through this very door,
and they need nothing of the command line.
"""

import sys


def main() -> int:
    """Carry out the process's command line."""
    if sys.argv[1:2] == ["--worker"]:
        from .engine.placement.worker import main as work  # noqa: PLC0415 - before all else

        work(sys.argv[2])
        return 0
    from .cli.main import main as command  # noqa: PLC0415 - a worker does without

    return command()


if __name__ == "__main__":
    sys.exit(main())
