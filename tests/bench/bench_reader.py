"""Key to text: a message opened from the list, in a terminal of 80x24, beside neomutt with w3m for HTML.

plain 3 kB, an HTML newsletter of 300 kB, 5 MB of text, a short text with an attachment of 25 MB; --copies of each,
every one opened once. The time ends with the output that holds a word of the message's first lines.
"""

from __future__ import annotations

import argparse
import random
import time
from base64 import encodebytes
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.bench_latency import percentile
from tests.bench.bench_open import profile_of
from tests.bench.harness import Table, arguments, have, workplace
from tests.bench.synthetic import deliver
from tests.bench.terminal import Terminal
from tests.support.servers import Seed

WORD = "Hippopotamus"
_WORDS = ("the harbour", "office wants", "a second rope", "before", "the storm", "comes in from", "the west", "again")
_RC = (
    'set folder="{folder}"\nset sort=date\nset quit=yes\nset sleep_time=0\nset mail_check_stats=no\nset move=no\n'
    'set mailcap_path="{folder}/mailcap"\nauto_view text/html\nset wait_key=no\nset mark_old=no\n'
)


def prose(size: int, chance: random.Random) -> str:
    lines = []
    while size > 0:
        line = " ".join(chance.choices(_WORDS, k=6))
        lines.append(line)
        size -= len(line) + 1
    return "\n".join(lines)


def newsletter(size: int, chance: random.Random) -> str:
    """Tables within tables, styles, links: as senders' programs make them."""
    story = (
        '<table width="600" cellpadding="0" style="border-collapse:collapse;font-family:Arial"><tr><td style="padding:'
        '12px 24px"><h2 style="margin:0;color:#333">{title}</h2><p style="font-size:14px;line-height:20px">{text}</p>'
        '<a href="https://news.example/{number}?utm=x" style="color:#06c">Read on</a></td></tr></table>'
    )
    parts, number = [f"<p>{WORD}</p>"], 0
    while sum(map(len, parts[-200:])) and size > 0:
        number += 1
        text = prose(400, chance)
        parts.append(story.format(title=text[:30], text=text, number=number))
        size -= len(parts[-1])
    return f'<html><body><table width="100%"><tr><td align="center">{"".join(parts)}</td></tr></table></body></html>'


def messages() -> dict[str, Callable[[random.Random], tuple[str, bytes]]]:
    """Name -> (type of the text, all after the header that begins it)."""
    return {
        "plain, 3 kB": lambda chance: ("text/plain", f"\n{WORD}\n{prose(3_000, chance)}\n".encode()),
        "newsletter, 300 kB": lambda chance: ("text/html", f"\n{newsletter(300_000, chance)}\n".encode()),
        "text, 5 MB": lambda chance: ("text/plain", f"\n{WORD}\n{prose(5_000_000, chance)}\n".encode()),
        "attachment, 25 MB": lambda chance: (
            "multipart/mixed; boundary=b",
            f"\n--b\nContent-Type: text/plain\n\n{WORD}\n{prose(500, chance)}\n--b\nContent-Type: application/zip; "
            'name="x.zip"\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n'.encode()
            + encodebytes(chance.randbytes(18_400_000))
            + b"\n--b--\n",
        ),
    }


def letters(name: str, copies: int) -> list[Seed]:
    chance = random.Random(name)
    found = []
    for number in range(copies):
        type_, body = messages()[name](chance)
        head = (
            f"From: Anna <anna@example.org>\nTo: me@example.com\nSubject: letter {number}\n"
            f"Date: Tue, 14 Nov 2023 10:{number:02}:00 +0000\nMessage-ID: <{number}@reader.example>\n"
            f"MIME-Version: 1.0\nContent-Type: {type_}\n"
        )
        found.append(Seed((head.encode() + body).replace(b"\n", b"\r\n"), "S", 1_699_956_000 + number * 60))
    return found


def opened(terminal: Terminal, copies: int, back: bytes, on: bytes) -> list[float]:
    """Milliseconds from Enter to the word, for one message after the other."""
    found = []
    for _ in range(copies):
        terminal.quiet(0.4, 10.0)
        terminal.seen = b""
        start = time.perf_counter()
        terminal.press(b"\r")
        terminal.until(WORD.encode(), 60.0)
        found.append((time.perf_counter() - start) * 1000)
        terminal.quiet(0.3, 10.0)
        terminal.press(back)
        terminal.quiet(0.3, 10.0)
        terminal.press(on)
    return found


def neomutt(folder: Path, seeds: Sequence[Seed]) -> list[str]:
    for name in ("box/cur", "box/new", "box/tmp"):
        (folder / name).mkdir(parents=True)
    for number, seed in enumerate(seeds):
        (folder / f"box/cur/{seed.date}.{number}.host:2,S").write_bytes(seed.raw.replace(b"\r\n", b"\n"))
    (folder / "mailcap").write_text("text/html; w3m -dump -T text/html -I UTF-8 %s; copiousoutput\n")
    (folder / "rc").write_text(_RC.format(folder=folder))
    return ["neomutt", "-n", "-R", "-F", str(folder / "rc"), "-f", str(folder / "box")]


def add(table: Table, what: str, who: str, times: list[float], *, baseline: bool = False) -> None:
    note = f"p99 {percentile(times, 0.99):.0f} ms of {len(times)}"
    table.add(what, who, percentile(times, 0.5), "ms", baseline=baseline, note=note)


def main(options: argparse.Namespace) -> None:
    table = Table("Key to text")
    with workplace(options.dir) as fresh:
        for name in messages():
            seeds = letters(name, options.copies)
            if have("neomutt") and have("w3m"):
                with Terminal(neomutt(fresh("neomutt"), seeds), columns=80, rows=24) as terminal:
                    terminal.until(b"letter", 30.0)
                    terminal.press(b"=")
                    add(table, name, "neomutt and w3m", opened(terminal, options.copies, b"i", b"j"), baseline=True)
                    terminal.quit(b"q")
            profile = profile_of(fresh("mailtui"), 0)
            deliver(profile.store, "work", seeds)
            with Terminal(profile.argv(), env=profile.env, columns=80, rows=24) as terminal:
                terminal.until(b"letter", 30.0)
                terminal.quiet(1.5, 10.0)
                terminal.press(b"gg")
                add(table, name, "mailtui", opened(terminal, options.copies, b"q", b"j"))
                terminal.quit(b"q", b"q")
    table.show(options.json)


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--copies", type=int, default=20)
    main(parser.parse_args())
