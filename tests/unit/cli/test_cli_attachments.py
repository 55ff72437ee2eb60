"""`mailtui attachments` and `mailtui save`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailtui.cli.main import main
from tests.unit.cli import test_cli_reading
from tests.unit.cli.test_cli_reading import CONFIG, Captured, FakeReader, conforms

RAW = (
    b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nhello\r\n"
    b'--b\r\nContent-Type: text/plain; name="../../evil.txt"\r\nContent-Disposition: attachment\r\n\r\none\r\n'
    b'--b\r\nContent-Type: application/pdf; name="a.pdf.exe"\r\nContent-Transfer-Encoding: base64\r\n\r\ndHdv\r\n'
    b"--b--\r\n"
)
WORD = "word00000001"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    (tmp_path / "config.toml").write_text(CONFIG + '[general]\ndownloads = "got"\n')
    monkeypatch.setenv("MAILTUI_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "raw").write_bytes(RAW)
    found = FakeReader(tmp_path / "raw")
    monkeypatch.setattr("mailtui.boot.open_reader", lambda settings: found)
    return found


def test_attachments_as_json(store: FakeReader, capsys: Captured) -> None:
    assert main(["attachments", WORD, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    conforms("attachments", found)
    assert [(one["part"], one["name"], one["file_name"], one["size"]) for one in found] == [
        (2, "../../evil.txt", "evil.txt", 3),
        (3, "a.pdf.exe", "a.pdf.exe", 3),
    ]
    assert found[0]["dangers"] == []
    assert "only looks like a .pdf" in " ".join(found[1]["dangers"])
    assert store.closed


def test_attachments_as_a_table(store: FakeReader, capsys: Captured) -> None:
    assert main(["attachments", WORD]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["PART", "BYTES", "TYPE", "NAME"]
    assert lines[2].split() == ["3", "3", "application/pdf", "a.pdf.exe"]
    assert lines[3].startswith("(3: it is a program")


def test_all_are_saved_in_the_configured_folder(store: FakeReader, capsys: Captured, tmp_path: Path) -> None:
    assert main(["save", WORD]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "got/evil.txt"), str(tmp_path / "got/a.pdf.exe")]
    assert (tmp_path / "got/evil.txt").read_bytes() == b"one"
    assert (tmp_path / "got/a.pdf.exe").read_bytes() == b"two"
    assert main(["save", WORD, "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    conforms("saved", found)
    assert found == [{"part": 2, "path": str(tmp_path / "got/evil (2).txt"), "size": 3}]


def test_named_ones_go_to_a_named_folder(store: FakeReader, capsys: Captured, tmp_path: Path) -> None:
    assert main(["save", WORD, "a.pdf.exe", "--to", str(tmp_path / "there")]) == 0
    assert [one.name for one in (tmp_path / "there").iterdir()] == ["a.pdf.exe"]


def test_what_is_unknown_saves_nothing(store: FakeReader, capsys: Captured, tmp_path: Path) -> None:
    assert main(["save", WORD, "2", "77"]) == 3
    assert "no such attachment: 77; nothing was saved" in capsys.readouterr().err
    assert not (tmp_path / "got").exists()
    assert main(["save", "nothing"]) == 3
    assert main(["attachments", "nothing"]) == 3


def test_a_folder_that_can_not_be_written(store: FakeReader, capsys: Captured, tmp_path: Path) -> None:
    assert main(["save", WORD, "--to", str(tmp_path / "raw")]) == 1
    assert "can't write" in capsys.readouterr().err


def test_a_message_without_any(store: FakeReader, capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(test_cli_reading.RAW)
    assert main(["save", WORD]) == 0
    assert capsys.readouterr().out == "nothing is attached\n"
    store._raw = None
    assert main(["save", WORD]) == 75
