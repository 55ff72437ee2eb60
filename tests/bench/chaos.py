"""Two mailtui stores and a plain IMAP client change one account at random while mailtui is killed (SIGKILL) and its
connections are cut. Afterwards server and both stores must show the same mail, every message exactly once.

Exit status 1 if anything is lost, doubled or different. `--seed` chooses what is done, not when: a run is not repeated
exactly, but the same seed with the same --seconds finds the same trouble more often than not. `--keep` leaves the
stores and the server's mail for a look.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from tests.support.chaos import storm
from tests.support.cyrus import Cyrus
from tests.support.dovecot import Dovecot


def main(options: argparse.Namespace) -> int:
    bad = 0
    for name in options.server:
        server = Dovecot() if name == "dovecot" else Cyrus()
        folder = Path(tempfile.mkdtemp(prefix=f"mailtui-chaos-{name}-", dir=options.dir))
        try:
            server.start()
            for seed in options.seed:
                bad += one(server, folder / f"seed{seed}", name, seed, options)
        finally:
            if options.keep:
                server.stop()
                print(f"kept: {folder} and {server.folder}")
            else:
                server.remove()
    return 1 if bad else 0


def one(server: Dovecot | Cyrus, folder: Path, name: str, seed: int, options: argparse.Namespace) -> int:
    print(f"{name}, seed {seed}, {options.seconds:g} s, in {folder}", flush=True)
    start = time.monotonic()
    folder.mkdir(parents=True)

    def say(text: str) -> None:
        print(f"  {text}", flush=True)

    end = storm(server, folder, seed=str(seed), seconds=options.seconds, start_with=options.messages, say=say)
    for text in end.notes:
        print(f"  note: {text}")
    for what, times in sorted(end.did.items()):
        print(f"  {times:6,} {what}")
    print(
        f"  {end.delivered:,} delivered, {end.doomed:,} of them deleted for ever by somebody, {end.there:,} there; "
        f"quiet after {end.rounds} rounds; {time.monotonic() - start:.0f} s"
    )
    for text in end.wrong:
        print(f"  WRONG: {text}")
    print(f"  {len(end.wrong)} differences", flush=True)
    return len(end.wrong)


def ended(number: int, frame: FrameType | None) -> None:
    """SIGTERM: the programs that run are ended too."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, ended)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", nargs="+", choices=("dovecot", "cyrus"), default=["dovecot", "cyrus"])
    parser.add_argument("--seconds", type=float, default=600, help="length of the storm (600)")
    parser.add_argument("--messages", type=int, default=150, help="mail that is there before it (150)")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--dir", metavar="FOLDER", help="stores go here instead of into the temp folder")
    parser.add_argument("--keep", action="store_true", help="delete nothing at the end")
    sys.exit(main(parser.parse_args()))
