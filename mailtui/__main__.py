"""`mailtui` and `python -m mailtui`."""

from __future__ import annotations

import sys

from mailtui.cli.main import main as run


def main() -> int:
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
