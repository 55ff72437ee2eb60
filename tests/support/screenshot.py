"""The README's picture: `python -m tests.support.screenshot docs/screenshot.svg [COLSxROWS] [KEY ...]`.

The app paints itself as SVG, on the demo account; remote fonts are taken out, so that looking at it fetches nothing.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from mailtui.boot import _reader_when_there
from mailtui.demo.process import DemoProcess
from mailtui.demo.profile import settings as demo_settings
from mailtui.engine.remote import RemoteEngine
from mailtui.ui.app import MailtuiApp

_FONT = re.compile(r"@font-face\s*\{.*?\}\s*", re.S)


async def paint(app: MailtuiApp, size: tuple[int, int], keys: list[str]) -> str:
    async with app.run_test(size=size) as pilot:
        await asyncio.sleep(4.0)
        for key in keys:
            await pilot.press(key)
            await asyncio.sleep(0.3)
        await asyncio.sleep(1.0)
        return app.export_screenshot(title="mailtui", simplify=True)


def main() -> None:
    target, size, *keys = [*sys.argv[1:], "docs/screenshot.svg", "120x36"][:2] + sys.argv[3:]
    columns, _, rows = size.partition("x")
    with tempfile.TemporaryDirectory() as folder, DemoProcess() as ports:
        settings = demo_settings(ports, folder)
        engine = RemoteEngine(settings)
        try:
            reader = _reader_when_there(settings)
            app = MailtuiApp(reader, engine, engine, settings, demo=True)
            svg = asyncio.run(paint(app, (int(columns), int(rows)), keys))
            reader.close()
        finally:
            engine.stop()
    svg = _FONT.sub("", svg).replace("Fira Code", "DejaVu Sans Mono").replace("<text ", '<text xml:space="preserve" ')
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text(svg)


if __name__ == "__main__":
    main()
