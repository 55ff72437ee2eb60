"""Keymap, registry, palettes, bridge: the parts without a screen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from mailtui.model.changes import Change, PendingChanged
from mailtui.model.ids import Revision
from mailtui.ui.actions import ACTIONS, ANY, PANES, SCOPES
from mailtui.ui.bridge import Bridge
from mailtui.ui.keymap import Keymap
from mailtui.ui.painting import _LOOKS, BASE, CURSOR, CURSOR_IDLE, MARKED, RAISED, SIDE, Painter
from mailtui.ui.screens.layouts import Panes, arrange
from mailtui.ui.themes.palettes import ANSI, CONTRAST, DARK, LIGHT, Palette
from tests.support.fake_store import FakeEngine, FakeReader


def test_the_defaults_have_no_clash_and_every_action_its_key() -> None:
    keymap = Keymap()
    assert keymap.problems == []
    for action in ACTIONS:
        for scope in action.scopes:
            for pane in PANES if scope == ANY else (scope,):
                assert keymap.shown(action.name, pane) or not action.keys, (action.name, pane)
        assert action.description[0].isupper()
        assert len(action.hint) <= 12


def test_two_actions_never_share_a_key_in_a_scope() -> None:
    for scope in SCOPES:
        keys = [key for action in ACTIONS if scope in action.scopes for key in action.keys]
        assert len(keys) == len(set(keys)), scope


def test_remapping() -> None:
    keymap = Keymap((("list", (("x", "toggle_star"), ("s", ""), ("<C-n>", "next"))), ("any", (("g o", "help"),))))
    assert keymap.problems == []
    assert keymap.bindings["list"].get(("x",)) == "toggle_star"
    assert keymap.bindings["list"].get(("s",)) is None
    assert keymap.bindings["reader"].get(("s",)) == "toggle_star"
    assert keymap.bindings["list"].get(("ctrl+n",)) == "next"
    assert keymap.bindings["folders"].get(("g", "o")) == "help"


@pytest.mark.parametrize(
    ("scope", "key", "action", "said"),
    [
        ("list", "x", "togle_star", "did you mean toggle_star?"),
        ("lists", "x", "next", "did you mean list?"),
        ("list", "hyper+x", "next", "is not a key"),
        ("list", "g", "next", "hides"),
        ("list", "x", "qqqqqq", "lists the actions"),
    ],
)
def test_mistakes_in_the_keys_are_told(scope: str, key: str, action: str, said: str) -> None:
    problems = Keymap(((scope, ((key, action),)),)).problems
    assert problems
    assert said in " ".join(problems)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT, CONTRAST], ids=lambda palette: palette.name)
def test_words_can_be_read_on_every_ground(palette: Palette) -> None:
    painter = Painter(palette)
    for name, (colour, _) in _LOOKS.items():
        if colour == "faint":
            continue
        for ground in (BASE, SIDE, RAISED, CURSOR, CURSOR_IDLE, MARKED):
            style = painter.style(name, ground)
            assert style.color is not None
            assert style.bgcolor is not None
            contrast = _contrast(style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex)
            assert contrast >= (7 if palette is CONTRAST else 4.5), (name, ground, round(contrast, 2))


def test_the_cursor_shows_without_colours() -> None:
    painter = Painter(ANSI)
    assert painter.style("subject", CURSOR).reverse
    assert painter.style("subject", CURSOR_IDLE).underline


def test_layouts() -> None:
    for width in range(1, 260, 3):
        for height in (5, 10, 24, 40, 60):
            for focus in ("folders", "list", "reader"):
                layout = arrange(width, height, focus, zoomed=False)
                beside = (
                    layout.folders + max(layout.list, layout.reader)
                    if layout.stacked
                    else (layout.folders + layout.list + layout.reader)
                )
                assert beside == (0 if layout.panes is Panes.NONE else width)
                if layout.panes is not Panes.NONE:
                    assert getattr(layout, focus) > 0
    assert arrange(120, 40, "list", zoomed=False).list >= 90


class Posts:
    """The screen's queue, by hand."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()

    def __call__(self, callback: Callable[[], None]) -> None:
        self.loop.call_soon_threadsafe(callback)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never happened")


async def test_the_newest_request_of_a_kind_wins() -> None:
    reader = FakeReader(1)
    bridge = Bridge(reader, FakeEngine(), FakeEngine(), Posts())
    bridge.start(lambda changes: None)
    gate = threading.Event()
    done: list[Any] = []
    bridge.ask("list", lambda: "first" if gate.wait(5) else "late", done.append, done.append)
    for number in range(5):
        bridge.ask("list", partial(int, number), done.append, done.append)
    bridge.ask("body", lambda: "other", done.append, done.append)
    await until(lambda: done == ["other"])
    gate.set()
    await until(lambda: len(done) == 3)
    assert done == ["other", "first", 4]
    bridge.ask("list", lambda: 1 / 0, done.append, done.append)
    await until(lambda: len(done) == 4)
    assert isinstance(done[-1], ZeroDivisionError)
    bridge.stop()
    reader.close()


async def test_changes_are_gathered() -> None:
    reader, engine = FakeReader(1), FakeEngine()
    bridge = Bridge(reader, engine, engine, Posts())
    batches: list[Sequence[Change]] = []
    bridge.start(batches.append)
    for number in range(300):
        engine.tell(PendingChanged(Revision(number), number))
        await asyncio.sleep(0.001)
    await until(lambda: sum(map(len, batches)) == 300)
    assert len(batches) <= 12
    bridge.stop()
    assert engine.listeners == []
    reader.close()
