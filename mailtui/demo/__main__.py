"""`python -m mailtui.demo`: serve the sample mail until standard input closes. Prints one JSON line with the ports."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time

from mailtui.demo.arrivals import deliver_arrivals
from mailtui.demo.samples.build import filled_mailboxes, posted
from mailtui.demo.server import DemoServer


def _wait_for_parent(loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
    """Read standard input to its end (whoever started us is gone then), on a thread: it may be a terminal or a file."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(done.set)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    threading.Thread(target=_wait_for_parent, args=(loop, done), daemon=True).start()
    post = posted(int(time.time()))
    server = DemoServer(filled_mailboxes(post))
    ports = await server.start()
    print(json.dumps(ports._asdict()), flush=True)
    arrivals = asyncio.create_task(deliver_arrivals(server.mailboxes["INBOX"], post))
    try:
        await done.wait()
    finally:
        arrivals.cancel()
        await asyncio.gather(arrivals, return_exceptions=True)
        await server.stop()


def main() -> int:
    asyncio.run(_serve())
    return 0


if __name__ == "__main__":
    # A daemon thread may still sit in read(2) on a terminal; nothing is left to flush or to close.
    code = main()
    sys.stdout.flush()
    os._exit(code)
