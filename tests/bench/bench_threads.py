"""What a list of threads costs beside a list of messages: `python -m tests.bench.bench_threads [MESSAGES]` (default
100,000), in a folder of its own. The same reads, flat and threaded, in turn; the ratio is what counts."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from mailtui.model.folder import Mailbox
from mailtui.model.mail import Folding, RowKey
from mailtui.model.ports import MailReader
from mailtui.store.heads import settle
from mailtui.store.reader import open_reader
from tests.bench.synthetic import build

TIMES = 30
SHARE = 3
"""So many neighbours of the made-up mail are one thread, on top of those that it has."""


def join(root: Path) -> tuple[int, int]:
    """Messages next to each other become threads; how many heads there are, and how long counting them took in ms."""
    with sqlite3.connect(root / "index.sqlite", isolation_level=None) as db:
        db.execute("UPDATE message SET thread = thread / ? WHERE thread % 2 = 0", (SHARE,))
        begun = time.perf_counter()
        settle(db)
        spent = time.perf_counter() - begun
        (number,) = db.execute("SELECT count(*) FROM head").fetchone()
    return int(number), round(spent * 1000)


def both(what: str, flat: Callable[[], object], threaded: Callable[[], object]) -> None:
    spent: dict[str, list[float]] = {"flat": [], "threaded": []}
    for _ in range(TIMES):
        for name, call in (("flat", flat), ("threaded", threaded)):
            begun = time.perf_counter()
            call()
            spent[name].append(time.perf_counter() - begun)
    one, other = (median(times) * 1e6 for times in spent.values())
    print(f"{what:<44} flat {one:8.0f} µs   threaded {other:8.0f} µs   ratio {other / one:5.2f}", flush=True)


def compare(reader: MailReader, inbox: Mailbox, folding: Folding, title: str) -> None:
    lines, box = reader.threaded, inbox.id
    print(f"-- {title}: {lines.total(box, folding):,} lines of {inbox.total:,} messages")
    both("first page of 200", lambda: reader.page(box), lambda: lines.page(box, folding))
    both("first page of 50", lambda: reader.page(box, limit=50), lambda: lines.page(box, folding, limit=50))
    key = reader.page(box, skip=inbox.total // 2, limit=1)[0].key
    line = lines.landing(box, folding, RowKey(key.date, key.placement, 0, key.placement))
    assert line is not None
    both("200 behind the middle", lambda: reader.page(box, after=key), lambda: lines.page(box, folding, after=line))
    both(
        "200 before the middle",
        lambda: reader.page(box, after=key, newest_first=False),
        lambda: lines.page(box, folding, after=line, newest_first=False),
    )
    both(
        "a jump by 4,999 from a mark",
        lambda: reader.page(box, after=key, skip=4_999),
        lambda: lines.page(box, folding, after=line, skip=4_999),
    )
    both("the end", lambda: reader.page(box, newest_first=False), lambda: lines.page(box, folding, newest_first=False))
    both("place of the middle", lambda: reader.rank(box, key), lambda: lines.rank(box, folding, line))
    both("length", lambda: reader.revision(), lambda: lines.total(box, folding))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="mailtui-bench-") as folder:
        root = Path(folder)
        build(root, "home", count)
        before = (root / "index.sqlite").stat().st_size
        number, spent = join(root)
        print(f"{number:,} heads; counting those of {count:,} messages anew: {spent:,} ms; index {before >> 20} MB")
        reader = open_reader(folder)
        inbox = reader.mailboxes()[0]
        compare(reader, inbox, Folding(), "all folded")
        compare(reader, inbox, Folding(unfolded=True), "all unfolded")
        some = frozenset(row.thread for row in reader.threaded.page(inbox.id, Folding(), limit=10))
        compare(reader, inbox, Folding(besides=some), "ten unfolded")
        reader.close()


if __name__ == "__main__":
    main()
