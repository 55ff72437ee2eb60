"""The files that the screen remembers itself by."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mailtui.files.remembering import ASIDE, SCREEN, SEARCHES, Memory
from mailtui.model.errors import FileError
from mailtui.model.remembered import MOST_RECENT, FolderOrder, Remembered, SavedSearch, Sizes, Whereabouts, with_recent

FULL = Remembered(Whereabouts("home", "Winter — storage", 1_795_000_000, 77), Sizes(30, None, 40), ("a b", "is:unread"))


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    memory = Memory(str(tmp_path))
    assert memory.screen() == Remembered()
    assert memory.searches() == ()
    assert memory.keep_screen(FULL)
    memory.keep_searches((SavedSearch("Invoices", "subject:invoice"), SavedSearch("発送", 'in:"a b" x')))
    again = Memory(str(tmp_path))
    assert again.screen() == FULL
    assert again.searches() == (SavedSearch("Invoices", "subject:invoice"), SavedSearch("発送", 'in:"a b" x'))
    assert sorted(os.listdir(tmp_path)) == [SCREEN, SEARCHES]
    assert os.stat(tmp_path / SEARCHES).st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[1]", b"\xff\xfe", b"null", b'{"searches": 3}', b"[" * 100_000, b'"' + b"x" * (1 << 20) + b'"'],
)
def test_a_damaged_file_is_defaults_and_searches_are_put_aside(tmp_path: Path, data: bytes) -> None:
    for name in (SCREEN, SEARCHES):
        (tmp_path / name).write_bytes(data)
    memory = Memory(str(tmp_path))
    assert memory.screen() == Remembered()
    assert memory.searches() == ()
    assert (tmp_path / (SEARCHES + ASIDE)).read_bytes() == data
    memory.keep_searches((SavedSearch("a", "b"),))
    assert memory.searches() == (SavedSearch("a", "b"),)


def test_values_of_the_wrong_kind_are_left_out(tmp_path: Path) -> None:
    table = {
        "at": {"account": 7, "folder": "INBOX", "date": -3, "message": True},
        "panes": {"folders": "30", "beside": 900, "stacked": 55},
        "recent": ["ok", 4, "", "ctrl\x07", "ok", None],
    }
    (tmp_path / SCREEN).write_text(json.dumps(table))
    found = Memory(str(tmp_path)).screen()
    assert found == Remembered(Whereabouts("", "INBOX", 0, 0), Sizes(None, None, 55), ("ok",))
    searches = [
        {"name": "a", "query": "x"},
        {"name": "a", "query": "y"},
        {"name": "", "query": "z"},
        "odd",
        {"name": 4},
    ]
    (tmp_path / SEARCHES).write_text(json.dumps({"searches": searches}))
    assert Memory(str(tmp_path)).searches() == (SavedSearch("a", "x"),)


def test_how_folders_were_listed(tmp_path: Path) -> None:
    orders = (FolderOrder("home", "INBOX", "threads"), FolderOrder("", "All inboxes", "oldest"))
    assert Memory(str(tmp_path)).keep_screen(Remembered(orders=orders))
    assert Memory(str(tmp_path)).screen().orders == orders
    (tmp_path / SCREEN).write_text(json.dumps({"orders": ["odd", {"account": 4, "folder": "x", "order": "s" * 99}]}))
    assert Memory(str(tmp_path)).screen().orders == (FolderOrder("", "x", ""),)


def test_a_store_that_takes_nothing(tmp_path: Path) -> None:
    memory = Memory(str(tmp_path / "none"))
    assert not memory.keep_screen(FULL)
    with pytest.raises(FileError, match="can't be saved"):
        memory.keep_searches((SavedSearch("a", "b"),))


def test_a_link_in_the_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f"{SCREEN}.new").symlink_to(victim)
    assert not Memory(str(tmp_path)).keep_screen(FULL)
    assert victim.read_text() == "mine"


def test_recent_searches_stand_once_the_newest_first() -> None:
    recent: tuple[str, ...] = ()
    for number in range(MOST_RECENT + 5):
        recent = with_recent(recent, f"word {number}")
    assert len(recent) == MOST_RECENT
    assert recent[0] == f"word {MOST_RECENT + 4}"
    assert with_recent(recent, f" word   {MOST_RECENT} ")[0] == f"word {MOST_RECENT}"
    assert len(with_recent(recent, f"word {MOST_RECENT}")) == MOST_RECENT
    assert with_recent(("a",), "  ") == ("a",)
    assert with_recent(("a",), "x" * 3_000) == ("a",)
