"""The screen over made-up mail, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from mailtui.model.changes import Change
from mailtui.ui import clock
from mailtui.ui.app import MailtuiApp
from mailtui.ui.screens.main import MainScreen
from tests.support.fake_store import NOW, STORE, FakeEngine, FakeReader, settings
from tests.support.obedient import ObedientEngine
from tests.support.posting import PostingEngine


@dataclass
class Desk:
    """Everything a test needs at hand."""

    app: MailtuiApp
    reader: FakeReader
    engine: FakeEngine

    @property
    def main(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def cursor(self) -> int | None:
        row = self.main.messages.current
        return row.placement if row else None

    def lines(self) -> list[str]:
        """The screen as text."""
        height = self.app.size.height
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips][:height]

    def text(self) -> str:
        return "\n".join(self.lines())

    async def tell(self, pilot: Pilot[None], *changes: Change) -> None:
        self.engine.tell(*changes)
        await settle(pilot, self, 0.15)


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path) -> Iterator[None]:
    """What one test leaves open for writing is nothing to the next."""
    STORE.append(str(tmp_path / "store"))
    yield
    STORE.pop()


async def settle(pilot: Pilot[None], desk: Desk, least: float = 0.0) -> None:
    """Until no read runs and nothing waits to be painted."""
    await pilot.pause(least or None)
    for _ in range(300):
        bridge = desk.app.bridge
        if not bridge._running and not bridge._waiting:
            break
        await pilot.pause(0.01)
    await pilot.pause()


async def shown(pilot: Pilot[None], desk: Desk, words: str) -> None:
    """Until `words` stand on the screen: what is worked out beside the reads takes its own time."""
    for _ in range(200):
        await settle(pilot, desk)
        if words in desk.text():
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{words!r} is not on the screen:\n{desk.text()}")


@pytest.fixture(autouse=True)
def able_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The theme depends on what the terminal can show."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def make() -> Iterator[Callable[..., Desk]]:
    """make(total, hostile=, accounts=, obedient=, **settings); obedient: the engine does what it is told; posting:
    it keeps what is written, and has an outbox."""
    readers: list[FakeReader] = []
    clock.stop_at(NOW)

    def build(
        total: int = 1000,
        *,
        hostile: bool = False,
        obedient: bool = False,
        posting: bool = False,
        accounts: tuple[str, ...] = ("home",),
        **more: object,
    ) -> Desk:
        reader = FakeReader(total, hostile=hostile, accounts=accounts)
        readers.append(reader)
        engine = ObedientEngine(reader) if obedient else FakeEngine(reader)
        if posting:
            engine = PostingEngine(reader)
        return Desk(MailtuiApp(reader, engine, engine, settings(accounts, **more)), reader, engine)

    yield build
    clock.stop_at(None)
    for reader in readers:
        reader.close()
