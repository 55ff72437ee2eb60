"""The terminal and picture tools themselves."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.support.screens import Style, cells, main, svg
from tests.support.tmux import Screen


def test_cells_stand_on_the_grid() -> None:
    drawn = list(cells("a日\x1b[1;38;2;1;2;3;48;5;196mb\x1b[0me\u0301\n\x1b[91;44mx"))
    assert [(cell.text, cell.column, cell.row, cell.width) for cell in drawn] == [
        ("a", 0, 0, 1),
        ("日", 1, 0, 2),
        ("b", 3, 0, 1),
        ("e\u0301", 4, 0, 1),
        ("x", 0, 1, 1),
    ]
    assert drawn[2].style == Style(ink=(1, 2, 3), paper=(255, 0, 0), bold=True)
    assert drawn[3].style == Style()
    assert drawn[4].style.ink == (0xF1, 0x4C, 0x4C)


def test_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.ansi"
    source.write_text("\x1b[7m<hello>\x1b[0m 日本\n")
    assert "&lt;" in svg(source.read_text())
    assert main([str(source), str(tmp_path / "a.svg")]) == 0
    pytest.importorskip("PIL")
    assert main([str(source), str(tmp_path / "a.png")]) == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert main([str(source)]) == 2


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_keys_in_screens_out() -> None:
    program = r"print('\x1b[31mready\x1b[0m', flush=True); print('got', input(), flush=True); input(); exit(3)"
    with Screen([sys.executable, "-c", program], columns=60, rows=10) as screen:
        screen.wait_for("ready")
        assert "\x1b[31m" in screen.ansi()
        screen.type("hi there")
        screen.keys("Enter")
        screen.wait_for("got hi there")
        screen.keys("Enter")
        assert screen.wait_exit() == 3
