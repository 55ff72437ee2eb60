"""What the store costs: `python -m tests.bench.bench_store [MESSAGES]` (default 10,000), in a folder of its own."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mailtui.model.facts import Delivery, MailboxDelta
from mailtui.model.mail import Flags, RowKey
from mailtui.store.reader import open_reader
from mailtui.store.reindex import reindex
from tests.bench.synthetic import build
from tests.support.corpus import Corpus
from tests.support.small_store import ACCOUNT, box, open_store

SLICE = 500


@contextmanager
def measured(what: str, count: int = 0) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rate = f"   {count / wall:,.0f}/s" if count else ""
    print(f"{what:<46} {wall:7.3f} s wall {cpu:7.3f} s CPU{rate}", flush=True)


def micro(what: str, call: Callable[[], object], times: int = 200) -> None:
    start = time.perf_counter()
    for _ in range(times):
        call()
    print(f"{what:<46} {(time.perf_counter() - start) / times * 1e6:9.0f} µs", flush=True)


def mail(root: Path, count: int) -> None:
    store = open_store(root)
    inbox = box(store)
    spool = store.spool(inbox)
    slices: list[list[Delivery]] = [[]]
    with measured(f"spool {count:,} mails", count):
        for uid, seed in enumerate(Corpus(count), 1):
            file = spool.open()
            file.feed(seed.raw)
            done = file.finish()
            if len(slices[-1]) == SLICE:
                slices.append([])
            slices[-1].append(Delivery(uid, Flags(), seed.date, done.size, done.digest, done.head, done.path))
    with measured(f"apply() of {count:,} deliveries, durable", count):
        for part in slices:
            store.apply([MailboxDelta(ACCOUNT, inbox, 7, deliveries=tuple(part))])
    with measured("fill_fulltext()", count):
        while store.fill_fulltext(200).done:
            pass
    store.close()
    with measured("reindex()", count):
        reindex(str(root))


def pages(root: Path, count: int) -> None:
    build(root, "home", count)
    reader = open_reader(str(root))
    inbox = reader.mailboxes()[0].id
    newest = reader.page(inbox, limit=1)[0].key
    oldest = reader.page(inbox, limit=1, newest_first=False)[0].key
    middle = RowKey((newest.date + oldest.date) // 2, newest.placement)
    print(f"-- {count:,} rows")
    micro("page() of 50, newest", lambda: reader.page(inbox, limit=50))
    micro("page() of 50, oldest", lambda: reader.page(inbox, limit=50, newest_first=False))
    micro("page() of 50, middle", lambda: reader.page(inbox, after=middle, limit=50))
    micro("page() of 50, middle, upwards", lambda: reader.page(inbox, after=middle, limit=50, newest_first=False))
    micro("rank() of the middle", lambda: reader.rank(inbox, middle), 5)
    reader.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory(prefix="mailtui-bench-") as folder:
        mail(Path(folder, "mail"), count)
        pages(Path(folder, "pages"), count * 100)


if __name__ == "__main__":
    main()
