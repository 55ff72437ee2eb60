"""What is being written, on the disk; and files that one names to attach them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mailtui.files.composing import ComposingFolder, candidates, dropped_files, expand, unquoted
from mailtui.model.errors import FileError


@pytest.fixture
def folder(tmp_path: Path) -> ComposingFolder:
    return ComposingFolder(str(tmp_path / "store"))


def test_the_newest_version_is_there_and_for_its_owner_alone(folder: ComposingFolder) -> None:
    folder.write("w1", b"one")
    path = folder.write("w1", b"two")
    assert folder.read_all() == [("w1", b"two")]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder.path).st_mode) == 0o700
    assert os.listdir(folder.path) == ["w1.json"]


def test_a_crash_in_the_middle_of_writing_leaves_the_version_before(folder: ComposingFolder) -> None:
    folder.write("w1", b"one")
    Path(folder.path, "w1.json.new").write_bytes(b"ha")
    assert folder.read_all() == [("w1", b"one")]


def test_nothing_written_is_nothing_found(folder: ComposingFolder) -> None:
    assert folder.read_all() == []
    folder.sweep()


def test_a_word_is_never_a_path(folder: ComposingFolder) -> None:
    for word in ("../x", "", "a/b", "a.b"):
        with pytest.raises(FileError):
            folder.write(word, b"x")


def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError, match="can't be saved"):
        ComposingFolder(str(tmp_path / "file")).write("w", b"x")


def test_copies_outlive_what_was_attached(folder: ComposingFolder, tmp_path: Path) -> None:
    source = tmp_path / "a b.pdf"
    source.write_bytes(b"x" * 5000)
    first, second = folder.keep("w1", str(source)), folder.keep("w1", str(source))
    source.unlink()
    assert first.path != second.path
    assert (first.name, first.size) == ("a b.pdf", 5000)
    assert Path(second.path).read_bytes() == b"x" * 5000
    folder.write("w1", b"{}")
    folder.sweep()
    assert os.path.exists(first.path)
    folder.forget_text("w1")
    assert os.path.exists(first.path)
    folder.sweep()
    assert os.listdir(folder.path) == []


@pytest.mark.parametrize("name", ["gone", ".", "pipe"])
def test_what_is_no_file_is_told(folder: ComposingFolder, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError):
        folder.keep("w1", str(tmp_path / name))


def test_names_of_parts_can_not_leave_the_folder(folder: ComposingFolder) -> None:
    kept = folder.keep_chunks("w1", "../../etc/passwd", iter((b"x",)))
    assert os.path.dirname(kept.path) == os.path.join(folder.path, "w1.files")


def test_paths_and_patterns(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c d.pdf", ".hidden"):
        (tmp_path / name).write_text("x")
    (tmp_path / "sub").mkdir()
    base = str(tmp_path)
    assert expand(f"{base}/*.txt") == [f"{base}/a.txt", f"{base}/b.txt"]
    assert expand("c d.pdf", base) == [f"{base}/c d.pdf"]
    assert expand(f"'{base}/c d.pdf'") == [f"{base}/c d.pdf"]
    for wrong in ("nothing", "*.jpg", "sub"):
        with pytest.raises(FileError):
            expand(wrong, base)
    assert candidates("", base) == ["a.txt", "b.txt", "c d.pdf", "sub/"]
    assert candidates("s", base) == ["sub/"]
    assert candidates(".h", base) == [".hidden"]
    assert candidates("no/such/", base) == []


def test_a_path_with_brackets_is_a_file_before_it_is_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "c [1].pdf").write_text("x")
    assert expand(f"{tmp_path}/c [1].pdf") == [f"{tmp_path}/c [1].pdf"]


def test_dropped_files(tmp_path: Path) -> None:
    one, two = tmp_path / "my one.txt", tmp_path / "two.txt"
    for path in (one, two):
        path.write_text("x")
    escaped = str(one).replace(" ", "\\ ")
    assert dropped_files(f"{escaped} {two} ") == [str(one), str(two)]
    assert dropped_files(f"'{one}'") == [str(one)]
    assert dropped_files(f"file://{str(one).replace(' ', '%20')}") == [str(one)]
    assert dropped_files(f"{two} and words") == []
    assert dropped_files("words") == []
    assert dropped_files("/no/such") == []
    assert dropped_files("/unclosed 'quote") == []


def test_quotes_around_a_path() -> None:
    assert unquoted(' "/a b" ') == "/a b"
    assert unquoted("/a\\ b") == "/a b"
