"""Programs for the clipboard and for notifications."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from mailtui.files import telling
from mailtui.model.errors import FileError

HOSTILE = "$(touch pwned); `id` \"'\\ %t %b -x"


def _writer(path: Path) -> list[str]:
    """A program that writes its arguments, one per line, and its stdin."""
    code = "import sys; open(sys.argv[1], 'w').write('\\n'.join(sys.argv[2:]) + '|' + sys.stdin.read())"
    return [sys.executable, "-c", code, str(path)]


def test_what_came_are_arguments_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    telling.notify([*_writer(out), "--summary=%t", "%b", "%n%", "%x"], HOSTILE, "--icon=/etc/passwd", 3)
    assert out.read_text() == f"--summary={HOSTILE}\n --icon=/etc/passwd\n3%\n%x|"
    assert not (tmp_path / "pwned").exists()


def test_without_marks_they_come_last(tmp_path: Path) -> None:
    out = tmp_path / "out"
    telling.notify([*_writer(out), "-a"], "Anna", "Dinner?", 1)
    assert out.read_text() == "-a\nAnna\nDinner?|"


def test_the_clipboard_gets_the_text_on_stdin(tmp_path: Path) -> None:
    out = tmp_path / "out"
    telling.copy(_writer(out), "zwei\nZeilen – 船")
    assert out.read_text() == "|zwei\nZeilen – 船"


def test_failures_name_the_program_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="can't start /none/such") as found:
        telling.copy(["/none/such"], "x")
    assert "copy_command" in found.value.hint
    with pytest.raises(FileError, match="status 3"):
        telling.notify([sys.executable, "-c", "raise SystemExit(3)"], "a", "b", 1)
    monkeypatch.setattr(telling, "PATIENCE", 0.3)
    began = time.monotonic()
    with pytest.raises(FileError, match="took longer"):
        telling.copy([sys.executable, "-c", "import time; time.sleep(60)"], "x")
    assert time.monotonic() - began < 20


def test_a_program_that_reads_nothing_is_fine() -> None:
    telling.copy([sys.executable, "-c", "pass"], "x" * 1_000_000)
