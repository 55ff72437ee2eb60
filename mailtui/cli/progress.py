"""What `mailtui sync` tells while it works: a bar on a terminal, plain lines elsewhere, or JSON events."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from mailtui.cli.output import to_json
from mailtui.mail.sanitize import cell_width, clip, safe_line

BAR = 20
"""Cells of the bar."""


class Teller(Protocol):
    """All texts are as they come from servers; whoever prints makes them safe.

    `line`: something happened. `progress`: a fill goes on (messages, messages per second). `erase`: leave the line
    free, an error may follow. `end`: nothing more comes.
    """

    def line(self, event: dict[str, Any], text: str) -> None: ...

    def progress(self, account: str, folder: str, done: int, total: int, rate: float) -> None: ...

    def erase(self) -> None: ...

    def end(self, status: int) -> None: ...


class JsonTeller:
    """One event per line on the output; see schema/sync-event.json."""

    def line(self, event: dict[str, Any], text: str) -> None:
        print(to_json(event), flush=True)

    def progress(self, account: str, folder: str, done: int, total: int, rate: float) -> None:
        event = {"event": "progress", "account": account, "folder": folder, "done": done, "total": total}
        self.line(event | {"rate": round(rate, 1)}, "")

    def erase(self) -> None:
        pass

    def end(self, status: int) -> None:
        self.line({"event": "done", "status": status}, "")


class LineTeller:
    """Plain lines for logs: the begin and end of every fill, not each step of it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._begun: set[tuple[str, str]] = set()

    def line(self, event: dict[str, Any], text: str) -> None:
        print(safe_line(text), file=self._out, flush=True)

    def progress(self, account: str, folder: str, done: int, total: int, rate: float) -> None:
        fill = (account, folder)
        if done >= total:
            self._begun.discard(fill)
            self.line({}, f"{account}: {folder}: {done:,} messages here")
        elif fill not in self._begun:
            self._begun.add(fill)
            self.line({}, f"{account}: {folder}: {done:,} of {total:,}")

    def erase(self) -> None:
        pass

    def end(self, status: int) -> None:
        pass


class BarTeller:
    """One line at the bottom that is painted over; other lines go above it."""

    def __init__(self, out: TextIO, width: Callable[[], int]) -> None:
        self._out = out
        self._width = width
        self._bar = ""

    def line(self, event: dict[str, Any], text: str) -> None:
        bar = self._bar
        self.erase()
        print(clip(safe_line(text), max(20, self._width() - 1)), file=self._out, flush=True)
        self._paint(bar)

    def progress(self, account: str, folder: str, done: int, total: int, rate: float) -> None:
        if done >= total:
            self.erase()
            self.line({}, f"{account}: {folder}: {done:,} messages here")
            return
        filled = round(BAR * done / total)
        figures = f" {'#' * filled}{'.' * (BAR - filled)} {done:,} of {total:,} · {rate:,.0f}/s"
        room = max(10, self._width() - 1 - cell_width(figures))
        self.erase()
        self._paint(clip(safe_line(f"{account}: {folder}"), room) + figures)

    def end(self, status: int) -> None:
        self.erase()

    def erase(self) -> None:
        if self._bar:
            self._out.write("\r" + " " * cell_width(self._bar) + "\r")
            self._out.flush()
            self._bar = ""

    def _paint(self, bar: str) -> None:
        self._bar = clip(bar, max(20, self._width() - 1))
        self._out.write(self._bar)
        self._out.flush()


def teller(*, json: bool) -> Teller:
    """Lines and the bar go to the error output: they are not the result of anything."""
    if json:
        return JsonTeller()
    if sys.stderr.isatty():
        import shutil

        return BarTeller(sys.stderr, lambda: shutil.get_terminal_size().columns)
    return LineTeller(sys.stderr)
