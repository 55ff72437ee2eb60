"""The engine process: `python -m mailtui.engine FD`. Started by engine/remote, never by hand."""

from __future__ import annotations

import asyncio
import signal
import sys

from mailtui.engine.serving import serve


def main() -> None:
    # The terminal's Ctrl-C is the screen's business; the engine ends when the screen's end of the wire closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from mailtui.engine.assembly import assemble

    asyncio.run(serve(int(sys.argv[1]), assemble))


if __name__ == "__main__":
    main()
