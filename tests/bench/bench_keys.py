"""Key to paint in a mailbox of a million messages, and from a keystroke in the search to the rows that it finds.

moving   j, k, PageDown, G and g g (End and Home), a jump to a line by its number, each pressed --keys times
search   words typed letter by letter; a key's time ends with the last frame that shows other rows

Index synthetic: headers only for `moving`; for `search` every message has words in the full-text index, some of them in
everything, some in one of a thousand, and CJK ones. Goals: j 20 ms, PageDown 40 ms at p95; search 30 ms at p99.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing

from mailtui.search.cjk import index_text
from mailtui.store.fulltext import Fulltext
from mailtui.store.schema import fulltext_path
from tests.bench.bench_latency import percentile
from tests.bench.bench_open import profile_of
from tests.bench.harness import Table, arguments, workplace
from tests.bench.synthetic import MARK
from tests.bench.terminal import FRAME_END, Terminal
from tests.support.profile import Profile

SIZES = ((80, 24), (200, 60))
CALM = 0.2
"""Seconds without a word from the program after which a key has had its effect."""
ROW = b"Inbox"
"""Stands in every row that a search finds."""
_KEYS: tuple[tuple[str, Sequence[bytes]], ...] = (
    ("j", (b"j",)),
    ("k", (b"k",)),
    ("PageDown", (b"\x1b[6~",)),
    ("G and g g", (b"G", b"gg")),
    ("jump", (b"%d", b"G")),
)
_WORDS = ("alpha", "meeting", "harbour", "invoice", "lighthouse", "zebra", "日本語の", "検索", "Überweisung")
SECONDS = 2.0


def moved(terminal: Terminal, keys: Sequence[bytes], times: int, count: int) -> tuple[list[float], int]:
    """(milliseconds of each last key, keys without a frame)"""
    chance = random.Random(5)
    found: list[float] = []
    lost = 0
    for number in range(times):
        key = keys[number % len(keys)]
        if keys[0] == b"%d":
            terminal.press(str(chance.randrange(1, count)).encode())
            terminal.quiet(0.05, 1.0)
            key = b"G"
        taken = terminal.key_to_paint(key, SECONDS)
        lost += taken is None
        found += [taken] if taken is not None else []
        terminal.quiet(0.03, 0.5)
    return found, lost


def key_to_rows(terminal: Terminal, key: bytes) -> float | None:
    """Milliseconds from the key to the end of the last frame with rows in it; None if they stay as they are."""
    while terminal.read(0):
        pass
    start = time.perf_counter()
    found, data = None, b""
    terminal.press(key)
    while time.perf_counter() - start < SECONDS:
        piece = terminal.read(CALM)
        if not piece:
            break
        data += piece
        if FRAME_END in data:
            if ROW in data:
                found = (time.perf_counter() - start) * 1000
            data = data.rpartition(FRAME_END)[2]
    return found


def typed(terminal: Terminal, words: Sequence[str], rounds: int) -> tuple[list[float], int]:
    """(milliseconds of each letter from the second one of a word, letters that changed no row)"""
    found: list[float] = []
    same = 0
    for _ in range(rounds):
        for word in words:
            terminal.press(b"/")
            terminal.quiet(0.3, 2.0)
            for place, letter in enumerate(word):
                taken = key_to_rows(terminal, letter.encode())
                same += taken is None
                found += [taken] if taken is not None and place else []
            terminal.press(b"\x1b")
            terminal.quiet(0.3, 2.0)
            terminal.press(b"\x1b")
            terminal.quiet(0.3, 2.0)
    return found, same


def fill(profile: Profile, width: int) -> None:
    """Words for every message of the index: `width` of a body each."""
    Fulltext(str(profile.store)).close()
    with (
        closing(sqlite3.connect(profile.store / "index.sqlite")) as index,
        closing(sqlite3.connect(fulltext_path(str(profile.store)), isolation_level=None)) as base,
    ):
        base.execute("PRAGMA synchronous = off")
        base.execute("PRAGMA cache_size = -200000")
        base.execute("BEGIN")
        rows = index.execute(
            "SELECT p.date, p.message, m.subject FROM placement p JOIN message m ON m.id = p.message ORDER BY p.date"
        )
        minute = number = 0
        for (date, message, subject), body in zip(rows, _bodies(width), strict=False):
            now = max(minute, date // 60)
            number = number + 1 if now == minute else 1
            if number > 255:
                now, number = now + 1, 1
            minute = now
            docid = minute << 8 | number
            base.execute("INSERT INTO doc VALUES(?, ?)", (docid, message))
            base.execute(
                "INSERT INTO fts(rowid, subject, from_, to_, body, attachment) VALUES(?,?,'','',?,'')",
                (docid, index_text(subject), body),
            )
        base.execute("INSERT OR REPLACE INTO meta SELECT 'watermark', 1 << 60")
        base.execute("COMMIT")


def _bodies(width: int) -> Iterator[str]:
    """For ever. Common words are in all of them, rare ones in one of a thousand."""
    chance = random.Random(11)
    common = [
        f"{word}{ending}" for word in ("ship", "rope", "meet", "harb", "inv") for ending in ("", "er", "ing", "s")
    ]
    rare = [index_text(word) for word in _WORDS]
    pool = [f"w{chance.getrandbits(24):x}" for _ in range(50_000)]
    while True:
        words = chance.sample(common, 6) + chance.choices(pool, k=width)
        if chance.random() < 0.02:
            words.append(chance.choice(rare))
        if chance.random() < 0.3:
            words.append("alpha")
        yield " ".join(words)


def report(table: Table, what: str, times: list[float], lost: int = 0) -> None:
    spread = "  ".join(f"p{int(share * 100)} {percentile(times, share):.1f}" for share in (0.5, 0.95, 0.99))
    table.add(
        what, "mailtui", percentile(times, 0.95), "ms", note=f"{spread}; {len(times)} keys, {lost} without a frame"
    )


def main(options: argparse.Namespace) -> None:
    table = Table(f"Keys among {options.n:,} messages")
    with workplace(options.dir) as fresh:
        profile = profile_of(fresh("mailtui"), options.n)
        if "moving" in options.only:
            for columns, rows in SIZES:
                with Terminal(profile.argv(), env=profile.env, columns=columns, rows=rows) as terminal:
                    terminal.until(MARK.encode())
                    terminal.quiet(1.0, 20.0)
                    for name, keys in _KEYS:
                        times, lost = moved(terminal, keys, options.keys, options.n)
                        report(table, f"{name}, {columns}x{rows}", times, lost)
                    table.add(f"RSS, {columns}x{rows}", "mailtui", terminal.rss() / 1024, "MiB")
                    terminal.press(b"gg")  # the next start goes where this one was left
                    terminal.quiet(0.5, 5.0)
                    terminal.quit(b"q", b"q")
        if "search" in options.only:
            started = time.perf_counter()
            fill(profile, options.words)
            print(f"  words of {options.n:,} messages in {time.perf_counter() - started:.0f} s", file=sys.stderr)
            with Terminal(profile.argv(), env=profile.env, columns=80, rows=24) as terminal:
                terminal.until(MARK.encode())
                terminal.quiet(1.0, 20.0)
                typed(terminal, _WORDS[:2], 1)
                report(table, "search, a letter", *typed(terminal, _WORDS, options.rounds))
                terminal.quit(b"q", b"q")
    table.show(options.json)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--keys", type=int, default=100, help="how often each key is pressed")
    parser.add_argument("--rounds", type=int, default=3, help="how often each word is searched for")
    parser.add_argument("--words", type=int, default=40, help="words of each message, beside common ones")
    parser.add_argument("--only", nargs="+", choices=("moving", "search"), default=["moving", "search"])
    main(parser.parse_args())
