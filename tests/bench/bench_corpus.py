"""How well the corpus of hard messages is read: fields against expectations, exceptions, hangs, bombs.

.venv/bin/python -m tests.bench.bench_corpus [--wrong]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

from tests.support.scoring import CORPUS, JUDGED, Score, open_all, score_stalwart, score_threads

BOMB = """
import sys, time
from mailtui.mail.render.reader import render_message
raw = open(sys.argv[1], "rb").read() if sys.argv[1] != "parts" else (
    b"Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n" + b"--b\\r\\n\\r\\nx\\r\\n" * 100_000)
begin = time.process_time()
render_message(raw, 80)
seconds = time.process_time() - begin
most = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(seconds, int(most.split()[1]) / 1024)
"""


def _fields(score: Score) -> None:
    for what in score.asked:
        right, asked = score.right[what], score.asked[what]
        print(f"| {what:<12} | {right:>5} | {asked:>5} | {100 * right / asked:>6.2f} % |")


def _bombs() -> None:
    print("\n| bomb | seconds | MB at most |\n|---|---|---|")
    names = [str(path) for path in sorted((CORPUS / "security").glob("bomb_*.eml"))]
    for name in [*names, "parts"]:
        words = subprocess.run(
            [sys.executable, "-c", BOMB, name], capture_output=True, text=True, check=True, timeout=60
        ).stdout.split()
        shown = name.rpartition("/")[2] if name != "parts" else "100,000 parts"
        print(f"| {shown:<24} | {float(words[0]):>6.2f} | {float(words[1]):>6.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wrong", action="store_true", help="list every field that differs")
    parser.add_argument("--no-bombs", action="store_true")
    options = parser.parse_args()
    fields, threads = score_stalwart(), score_threads()
    print("| field        | right |    of |    share |\n|---|---|---|---|")
    _fields(fields)
    _fields(threads)
    print(f"all fields but threads: {100 * fields.share():.2f} %;", end=" ")
    print(f"{100 * fields.share_judged():.2f} % without the {len(JUDGED)} expectations that we do not share\n")
    if options.wrong:
        for what, name, theirs, ours in (*fields.wrong, *threads.wrong):
            print(f"{what} {name}\n   expected {str(theirs)[:300]!r}\n   found    {str(ours)[:300]!r}")
    begin = time.process_time()
    print("| folder | messages | exceptions | over 1 s | slowest, ms | which |\n|---|---|---|---|---|---|")
    for folder, one in open_all().items():
        slowest = f"{one.slowest * 1000:,.0f}"
        print(f"| {folder} | {one.messages} | {len(one.raised)} | {len(one.hung)} | {slowest} | {one.which} |")
    print(f"all opened twice in {time.process_time() - begin:.1f} s of processor time,", end=" ")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")
    if not options.no_bombs:
        _bombs()


if __name__ == "__main__":
    main()
