"""`python -m animaweave`: the command `animaweave`."""

import sys

from .cli.main import main

if __name__ == "__main__":
    sys.exit(main())
