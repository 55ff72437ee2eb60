"""`mailtui` and `python -m mailtui`."""

from __future__ import annotations

import os
import sys

from mailtui.cli.main import main as run


def main() -> int:
    """A link called `sendmail` is `mailtui sendmail`."""
    called = ["sendmail"] if os.path.basename(sys.argv[0]) == "sendmail" else []
    return run([*called, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
