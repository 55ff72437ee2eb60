"""Remote pictures are kept, so that they are asked for once."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.files import fetched_pictures
from mailtui.files.fetched_pictures import FetchedPictures
from mailtui.model.errors import FileError

URL = "https://x.example/../../a.png?who=1"


def test_kept_and_found(tmp_path: Path) -> None:
    kept = FetchedPictures(str(tmp_path))
    assert kept.find(URL) is None
    kept.keep(URL, b"one")
    kept.keep(URL, b"two")
    assert kept.find(URL) == b"two"
    assert kept.find(URL + "x") is None
    (folder,) = tmp_path.iterdir()
    (file,) = folder.iterdir()
    assert (folder.name, folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == ("pictures", 0o700, 0o600)


def test_the_oldest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr(fetched_pictures, "MOST_BYTES", 10)
    kept = FetchedPictures(str(tmp_path))
    for age, name in ((3, "a"), (2, "b"), (1, "c")):
        kept.keep(name, b"1234")
        os.utime(kept._path(name), ns=(10**18 - age * 10**9,) * 2)
    kept.keep("d", b"1234")
    assert [kept.find(name) is not None for name in "abcd"] == [False, False, True, True]


def test_a_disk_that_refuses(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("a file")
    with pytest.raises(FileError, match="can't be kept"):
        FetchedPictures(str(tmp_path)).keep(URL, b"one")
