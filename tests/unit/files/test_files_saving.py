"""Saving, opening and piping: nothing outside of the folder, nothing written over, nothing run by a shell."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.files.programs import Viewing, find_opener, pipe
from mailtui.files.saving import save
from mailtui.model.errors import FileError


def test_a_file_is_its_owners_alone_and_never_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    first, second = save([b"a", b"b"], str(folder), "x.txt"), save([b"c"], str(folder), "x.txt")
    assert (first.size, Path(first.path).read_bytes()) == (2, b"ab")
    assert Path(second.path).name == "x (2).txt"
    assert Path(first.path).read_bytes() == b"ab"
    assert stat.S_IMODE(os.stat(first.path).st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("keep")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x.txt").symlink_to(target)
    (folder / "x (2).txt").symlink_to(tmp_path / "dangling")
    assert Path(save([b"evil"], str(folder), "x.txt").path).name == "x (3).txt"
    assert target.read_text() == "keep"
    assert not (tmp_path / "dangling").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", "a\x00b"])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError):
        save([b"x"], str(tmp_path / "in"), name)
    assert list(tmp_path.rglob("*")) == []


def test_half_a_file_does_not_stay(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(FileError, match="No space left"):
        save(broken(), str(tmp_path), "x.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError, match="can't write"):
        save([b"x"], str(tmp_path / "file"), "x.txt")
    with pytest.raises(FileError):
        save([b"x"], "/proc/\x00", "x.txt")


def test_files_for_viewers_are_private_and_go_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    viewing = Viewing()
    one, two = viewing.put([b"1"], "a.pdf"), viewing.put([b"2"], "a.pdf")
    assert Path(one.path).name == Path(two.path).name == "a.pdf"
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    viewing.close()
    assert list(tmp_path.iterdir()) == []


def test_an_opener_gets_one_argument_and_no_shell(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    script = f"import sys, pathlib; pathlib.Path({str(seen)!r}).write_text(repr(sys.argv[1:]))"
    viewing = Viewing()
    name = str(tmp_path / "$(touch evil); 'x'.txt")
    viewing.open(name, [sys.executable, "-c", script])
    viewing._running[0].wait()
    assert seen.read_text() == repr([name])
    assert not (tmp_path / "evil").exists()
    with pytest.raises(FileError, match="can't start"):
        viewing.open(name, ["/nonexistent/opener"])
    viewing.close()


def test_without_a_desktop_it_is_said_what_to_do() -> None:
    assert find_opener(("less",), {}) == ("less",)
    with pytest.raises(FileError, match="no desktop"):
        find_opener((), {})


def test_a_pipe_takes_bytes_and_gives_words() -> None:
    found = pipe("wc -c; echo oops >&2; exit 3", [b"x" * 70_000, b"y"])
    assert found.data.split() == [b"70001", b"oops"]
    assert found.status == 3


def test_a_pipe_that_does_not_read_or_never_ends() -> None:
    assert pipe("true", [b"x" * 1_000_000]).status == 0
    with pytest.raises(FileError, match="took longer"):
        pipe("sleep 60 & sleep 60", [b""], 0.2)
    big = pipe("head -c 3000000 /dev/zero", [b""])
    assert big.cut
    assert len(big.data) == 1_000_000
