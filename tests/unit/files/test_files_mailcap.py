"""Mailcap files (RFC 1524): which entry is taken, and that a mail can't slip anything into a command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from mailtui.files.mailcap import entries, find_viewer, personal
from mailtui.files.programs import find_opener, shown_name
from mailtui.model.errors import FileError

CAP = r"""
# a comment
image/*; feh %s; test=test -n "$DISPLAY"
application/pdf; mutool draw '%s' ; description = "a \; b"
text/html; lynx %s; needsterminal
text/html; w3m -dump %s; copiousoutput
text/html; firefox \
  %s; nametemplate=%s.html
text/calendar; reader %{charset} %s
audio/wav; play -
text; less-gui %s
nonsense
;
"""


@pytest.fixture
def cap(tmp_path: Path) -> str:
    path = tmp_path / "mailcap"
    path.write_text(CAP)
    return str(path)


@pytest.mark.parametrize(
    ("type_", "command"),
    [
        ("application/pdf", 'mutool draw "$1"'),
        ("APPLICATION/PDF", 'mutool draw "$1"'),
        ("text/html", 'firefox   "$1"'),
        ("text/calendar", 'less-gui "$1"'),
        ("text/plain", 'less-gui "$1"'),
        ("audio/wav", 'play - < "$1"'),
    ],
)
def test_the_first_entry_that_can_be_used_is_taken(cap: str, type_: str, command: str) -> None:
    assert find_viewer([cap], type_, {}) == ("/bin/sh", "-c", command, "mailcap")


def test_a_test_decides(cap: str) -> None:
    assert find_viewer([cap], "image/png", {"PATH": "/bin:/usr/bin"}) == ()
    found = find_viewer([cap], "image/png", {"PATH": "/bin:/usr/bin", "DISPLAY": ":0"})
    assert found[2] == 'feh "$1"'
    assert shown_name(found) == "feh"


@pytest.mark.parametrize("type_", ["", "image", "image/png; rm -rf /", "image/$(id)", "image/`id`", "../x", "a/b\n"])
def test_a_type_that_is_none_opens_nothing(tmp_path: Path, type_: str) -> None:
    path = tmp_path / "mailcap"
    path.write_text("*/*; echo %t %s\nimage/*; echo %t %s\n")
    assert find_viewer([str(path)], type_, {}) == ()


def test_a_name_can_not_be_read_as_a_command(tmp_path: Path) -> None:
    path = tmp_path / "mailcap"
    path.write_text("text/plain; cat %s > " + str(tmp_path / "seen") + "\n")
    evil = tmp_path / "$(touch pwned); `touch pwned` 'x\".txt"
    evil.write_text("hello")
    subprocess.run([*find_viewer([str(path)], "text/plain", {}), str(evil)], cwd=tmp_path, check=True)
    assert (tmp_path / "seen").read_text() == "hello"
    assert not (tmp_path / "pwned").exists()


def test_files_that_are_not_there_or_damaged_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"\xff\xfe;;;\n" * 100)
    assert list(entries(str(tmp_path / "none"))) == list(entries(str(tmp_path))) == []
    assert find_viewer([str(tmp_path / "bad")], "text/plain", {}) == ()


def test_where_they_lie() -> None:
    assert personal({"HOME": "/people/me"}) == ("/people/me/.mailcap",)
    assert personal({"HOME": "/people/me", "MAILCAPS": "/a:/b"}) == ("/a", "/b")
    assert personal({}) == ()


def test_the_config_goes_first_then_the_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".mailcap").write_text("application/pdf; zathura %s\n")
    monkeypatch.setattr("mailtui.files.mailcap.SYSTEM", ())
    monkeypatch.setattr("shutil.which", lambda word: f"/usr/bin/{word}" if word == "xdg-open" else None)
    home = {"HOME": str(tmp_path)}
    assert find_opener(["mine"], home, "application/pdf") == ("mine",)
    assert shown_name(find_opener([], home, "application/pdf")) == "zathura"
    assert find_opener([], {**home, "DISPLAY": ":0"}, "image/png") == ("/usr/bin/xdg-open",)
    with pytest.raises(FileError):
        find_opener([], home, "image/png")
