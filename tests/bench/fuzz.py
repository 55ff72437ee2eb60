"""A fuzzer that is guided by coverage: what reaches new lines of mailtui is kept and changed further.

Each input goes through parser, reader (text and HTML, two widths), browser page, attachments with their previews,
spam and advertising features, search queries and the IMAP lexer. Wrong is: an exception; a second or more; a character
that the gate of `mail.sanitize` should have stopped; a line wider than asked; another result the second time. What is
wrong is made as short as it can be and written to --keep; exit status 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from mailtui.mail.attachments import content, find
from mailtui.mail.classify.features import read_features
from mailtui.mail.preview.choose import preview
from mailtui.mail.render.browser import browser_page
from mailtui.mail.render.lines import Line, line_width
from mailtui.mail.render.reader import Options, render_message
from mailtui.mail.sanitize import safe_line
from mailtui.mail.text import scan_text
from mailtui.model.errors import MailtuiError
from mailtui.protocols.imap.lexer import Framer
from mailtui.protocols.imap.parse import parse_reply
from mailtui.search.query import parse

SLOW = 1.0
LONGEST = 60_000
ROOMS = ("/mailtui/mail/", "/mailtui/search/", "/mailtui/protocols/imap/")
_WORDS: tuple[bytes, ...] = (
    *(b"\r\n", b"\n", b"\r", b"\x00", b"\x1b[2J", b"\xc2\x9b31m", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"[/]"),
    *(b"=?utf-8?b?", b"?=", b"=?x?q?=00?=", b"Content-Type: ", b"multipart/mixed; boundary=", b"message/rfc822"),
    *(b"text/html", b"text/calendar", b"application/ms-tnef", b"application/pkcs7-mime", b"text/vcard"),
    *(b"text/csv", b"text/plain", b"; format=flowed; delsp=yes", b"charset=", b"utf-7", b"iso-2022-jp"),
    *(b"gb18030", b"hz", b"koi8-r", b"utf-16", b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable"),
    *(b"x-uuencode", b"begin 644 x\r\n", b"\r\nend\r\n"),
    *(b"Content-Disposition: attachment; filename*0*=utf-8''", b"filename=", b"--b\r\n", b"--b--\r\n"),
    *(b"\r\n\r\n", b"<table><tr><td>", b"</td></tr></table>", b"<blockquote>", b"<pre>", b"<li>"),
    *(b"<img src=cid:a width=9>", b"<a href=http://a.example>b.example</a>", b"<style>", b"<!--", b"-->"),
    *(b"&#27;", b"&#x202e;", b"<script>", b"<", b"BEGIN:VCALENDAR\r\n", b"BEGIN:VEVENT\r\n"),
    *(b"DTSTART;TZID=X:20260101T000000\r\n", b"RRULE:FREQ=DAILY\r\n", b"END:VEVENT\r\n", b"BEGIN:VCARD\r\n"),
    *(b"List-Unsubscribe: <https://x>\r\n", b"Received: ", b"Date: ", b"From: "),
    *(b"-----BEGIN PGP MESSAGE-----\r\n", b"> > > ", b"-- \r\n", b"* 1 FETCH (", b"BODY[] {5}\r\n"),
    *(b"~{3+}\r\n", b"NIL", b"from:", b"before:2020", b"OR ", b'"', b"(", b"-", b"size:>1k", b'x\x9f>"'),
    *(b"0\x80\x06\t", b"%PDF"),
)


class Coverage:
    """Lines of mailtui that were reached, in this thread."""

    def __init__(self) -> None:
        self.lines: set[tuple[CodeType, int]] = set()
        self._wanted: dict[CodeType, bool] = {}

    def run(self, work: Callable[[], None]) -> bool:
        """Whether it reached a new line."""
        before = len(self.lines)
        sys.settrace(self._call)
        try:
            work()
        finally:
            sys.settrace(None)
        return len(self.lines) > before

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        wanted = self._wanted.get(code)
        if wanted is None:
            wanted = self._wanted[code] = any(room in code.co_filename for room in ROOMS)
        return self._line if wanted else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.lines.add((frame.f_code, frame.f_lineno))
        return self._line


class WrongError(Exception):
    """A promise that was broken."""


def check(raw: bytes) -> None:
    """One input through everything. Raises whatever is wrong."""
    start = time.perf_counter()
    for html, width in ((False, 72), (True, 40)):
        shown = render_message(raw, width, options=Options(html=html, quotes_folded=None, all_headers=html))
        _lines(shown.lines, width)
        _texts(
            *(part for row in shown.headers for part in row), *shown.notes, *shown.warnings, shown.verified,
            *(one.name for one in shown.attachments), *(one.url for one in shown.links),
        )  # fmt: skip
        if shown != render_message(raw, width, options=Options(html=html, quotes_folded=None, all_headers=html)):
            raise WrongError("another result the second time")
    for one in find(raw):
        data = b"".join(content(raw if b"\n" in raw else raw.replace(b"\r", b"\n"), one))
        _texts(one.name, one.file_name)
        if "/" in one.file_name or one.file_name in {"", ".", ".."}:
            raise WrongError(f"a bad file name: {one.file_name!r}")
        _lines(preview(data, one.type, one.file_name, one.part.charset, 60).lines, 60)
    page = browser_page(raw)
    if "<script" in page.lower() or "\x00" in page:
        raise WrongError("the browser's page holds what it must not")
    read_features(raw)
    scan_text(raw)
    _queries(raw)
    _wire(raw)
    if time.perf_counter() - start > SLOW * 4:  # the tracer makes it slower: measured once more without
        raise WrongError("slow")


def _queries(raw: bytes) -> None:
    try:
        parse(raw[:300].decode("utf-8", "replace"), today=date(2026, 1, 1))
    except MailtuiError as error:
        _texts(safe_line(str(error)))


def _wire(raw: bytes) -> None:
    """What a server may say."""
    framer = Framer()
    try:
        for place in range(0, min(len(raw), 8000), 700):
            for parts in framer.feed(raw[place : place + 700]):
                parse_reply(parts)
    except MailtuiError:
        framer.abort()


def _texts(*texts: str) -> None:
    for text in texts:
        if safe_line(f"x{text}") != f"x{text}":  # an accent that begins a line is written apart, but no mistake
            raise WrongError(f"not made safe: {text[:80]!r}")


def _lines(lines: tuple[Line, ...], width: int) -> None:
    for line in lines:
        if line_width(line) > width:
            raise WrongError(f"{line_width(line)} cells where {width} were asked for: {line!r}"[:300])
        _texts(*(span.text for span in line))


def changed(raw: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """A few changes, of any kind, at random places."""
    data = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(data) + 1)
        to = min(len(data), at + chance.choice((1, 2, 8, 40, 400)))
        match chance.randrange(7):
            case 0:
                data[at:at] = chance.choice(_WORDS)
            case 1:
                data[at:to] = chance.choice(_WORDS)
            case 2:
                del data[at:to]
            case 3:
                data[at:at] = data[at:to] * chance.choice((1, 1, 3, 30))
            case 4 if data:
                data[at - 1] ^= 1 << chance.randrange(8)
            case 5:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                data[at:to] = other[start : start + chance.choice((4, 60, 900))]
            case _:
                data[at:at] = chance.randbytes(chance.choice((1, 2, 6)))
    return bytes(data[:LONGEST])


def shortest(raw: bytes, is_wrong: Callable[[bytes], bool], seconds: float = 60.0) -> bytes:
    """The same mistake with as few bytes as can be found."""
    end, step = time.monotonic() + seconds, max(1, len(raw) // 2)
    while step and time.monotonic() < end:
        at = 0
        while at < len(raw) and time.monotonic() < end:
            less = raw[:at] + raw[at + step :]
            if is_wrong(less):
                raw = less
            else:
                at += step
        step //= 2
    return raw


def mistake(raw: bytes) -> str:
    """What is wrong with an input, in a word that is the same for the same mistake; "" if nothing is."""
    try:
        check(raw)
    except WrongError as error:
        return str(error).partition(":")[0]
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
    return ""


def seeds(folder: str | None) -> Iterator[bytes]:
    """The demo's mail, and the files of a folder."""
    from mailtui.demo.samples.build import build_letters

    yield from (one.raw for one in build_letters(1_790_000_000))
    for path in sorted(Path(folder).rglob("*.eml")) if folder else ():
        if path.stat().st_size <= LONGEST:
            yield path.read_bytes()


def main(options: argparse.Namespace) -> int:
    chance = random.Random(options.seed)
    pool, coverage, wrong = list[bytes](), Coverage(), dict[str, bytes]()
    end, tried = time.monotonic() + options.seconds, 0

    def look(raw: bytes) -> None:
        nonlocal tried
        tried += 1
        said = ""

        def work() -> None:
            nonlocal said
            said = mistake(raw)

        if coverage.run(work):
            pool.append(raw)
        if said == "slow":
            start = time.perf_counter()
            said = mistake(raw) if time.perf_counter() - start > SLOW else ""
        if said and said not in wrong:
            wrong[said] = shortest(raw, lambda less: mistake(less) == said)
            print(f"{said}: {wrong[said][:200]!r}", flush=True)

    first = list(seeds(options.corpus))
    chance.shuffle(first)
    for raw in first:
        if time.monotonic() < end:
            look(raw)
    print(f"{len(first)} seeds, {len(pool)} of them reach {len(coverage.lines)} lines", flush=True)
    while time.monotonic() < end:
        look(changed(chance.choice(pool[-200:] if chance.random() < 0.3 else pool), first, chance))
    print(f"{tried} inputs, {len(pool)} kept, {len(coverage.lines)} lines, {len(wrong)} mistakes")
    if wrong and options.keep:
        Path(options.keep).mkdir(parents=True, exist_ok=True)
        for number, (said, raw) in enumerate(wrong.items()):
            Path(options.keep, f"{number}.eml").write_bytes(raw)
            Path(options.keep, f"{number}.txt").write_text(said + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--corpus", help="folder of .eml files to begin with, beside the demo's mail")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for what is wrong")
    threading.stack_size(64 << 20)
    sys.exit(main(parser.parse_args()))
