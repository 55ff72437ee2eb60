"""The screen at four sizes, cell by cell, against what was looked at and found good. A screen that is meant to change:
MAILTUI_SNAPSHOTS=new pytest tests/ui/test_ui_snapshots.py, and look at what git shows."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.style import Style

from tests.ui.conftest import Desk, settle

FOLDER = Path(__file__).parent / "snapshots"
SIZES = ((60, 20), (80, 24), (120, 40), (200, 60))
VIEWS = {
    "list": (),
    "reader": ("enter",),
    "palette": ("ctrl+p",),
    "help": ("question_mark",),
    "search": ("slash", *"invoice"),
}


def picture(desk: Desk) -> str:
    """The lines; below each that has other than plain text a line of letters, one for each look."""
    known: dict[Style | None, str] = {}
    out = []
    for strip in desk.app.screen._compositor.render_strips()[: desk.app.size.height]:
        text = "".join(segment.text for segment in strip)
        looks = "".join(
            known.setdefault(segment.style, chr(ord("a") + len(known) % 26)) * len(segment.text) for segment in strip
        )
        out += [text.rstrip(), looks]
    legend = [f"{letter}: {style}" for style, letter in known.items()]
    return "\n".join((*out, "", *legend)) + "\n"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("view", VIEWS)
async def test_the_screen_is_as_it_was_seen(make: Callable[..., Desk], view: str, size: tuple[int, int]) -> None:
    desk = make(accounts=("home", "work"))
    path = FOLDER / f"{view}-{size[0]}x{size[1]}.txt"
    new = os.environ.get("MAILTUI_SNAPSHOTS") == "new"
    async with desk.app.run_test(size=size) as pilot:
        await settle(pilot, desk, 0.2)
        await pilot.press(*VIEWS[view])
        await settle(pilot, desk, 0.3)
        for _ in range(60):  # what is worked out beside the reads takes its own time
            found = picture(desk)
            if new or found == path.read_text():
                break
            await pilot.pause(0.05)
        drawing = desk.app.export_screenshot()
    assert re.match(r"<svg[^>]* viewBox=", drawing)
    if new:
        path.write_text(found)
    assert found == path.read_text()
