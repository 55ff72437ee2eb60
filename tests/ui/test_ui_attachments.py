"""Attachments on the screen: the rows of the reader, the list, previews, saving, opening, piping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from mailtui.model.ids import PlacementId
from tests.ui.conftest import Desk, settle

Make = Callable[..., Desk]
PARTS = (
    b"Content-Type: text/plain\r\n\r\nhello",
    b'Content-Type: text/csv; name="list.csv"\r\nContent-Disposition: attachment\r\n\r\nname,amount\r\nrope,12\r\n',
    b'Content-Type: application/pdf; name="bill.pdf.exe"\r\nContent-Disposition: attachment\r\n\r\nMZ',
    b'Content-Type: text/plain; name="../../\x1b[31mevil.txt"\r\nContent-Disposition: attachment\r\n\r\none',
)


def mail(*parts: bytes) -> bytes:
    head = b"From: anna@example.org\r\nSubject: files\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


async def opened(desk: Desk, pilot: Pilot[None], raw: bytes) -> None:
    """The newest message has these bytes and the keys are in the reader."""
    desk.reader.bodies[PlacementId(desk.reader.total)] = raw
    await settle(pilot, desk)
    await pilot.press("enter")
    await settle(pilot, desk, 0.1)


async def test_rows_list_and_preview(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 30)) as pilot:
        await opened(desk, pilot, mail(*PARTS))
        shown = desk.text()
        assert "list.csv" in shown
        assert "! bill.pdf.exe" in shown
        assert "␛[31mevil.txt" in shown
        await pilot.press("v")
        await settle(pilot, desk, 0.1)
        assert "its name only looks like a .pdf" in desk.text()
        await pilot.press("enter")
        await settle(pilot, desk, 0.1)
        assert "name  amount" in desk.text()
        await pilot.press("q", "q")
        await pilot.pause()
        assert desk.main.scope == "reader"
        assert len(desk.app.screen_stack) == 1
        await pilot.press("1", "v")
        await settle(pilot, desk, 0.1)
        assert "rope  12" in desk.text()
        await pilot.press("q", "9", "v")
        await pilot.pause()
        assert "There are only 3 attachments" in desk.text()


def picture(side: int = 8) -> bytes:
    """Red above blue, a square of so many pixels."""
    import zlib
    from base64 import encodebytes
    from struct import pack

    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + colour * side for colour in [b"\xff\0\0"] * (side // 2) + [b"\0\0\xff"] * (side // 2))
    data = chunk(b"IHDR", pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows))
    png = b"\x89PNG\r\n\x1a\n" + data + chunk(b"IEND", b"")
    head = b'Content-Type: image/png; name="flag.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head + encodebytes(png)


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_a_picture_is_shown(make: Make, ascii_only: bool) -> None:
    pytest.importorskip("PIL")
    desk = make(ascii=ascii_only)
    async with desk.app.run_test(size=(80, 30)) as pilot:
        await opened(desk, pilot, mail(PARTS[0], picture()))
        await pilot.press("1", "v")
        for _ in range(50):
            await settle(pilot, desk, 0.1)
            if "8 x 8 pixels" in desk.text():
                break
        assert ("\u2580" * 8 in desk.text()) is not ascii_only
        if ascii_only:
            assert "::::::::" in desk.text()


async def test_saving_one_and_all(make: Make, tmp_path: Path) -> None:
    desk = make(downloads=str(tmp_path / "got"))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, mail(*PARTS))
        await pilot.press("S")
        await settle(pilot, desk, 0.1)
        assert "Saved 3 files in " in desk.text()
        await pilot.press("v")
        await settle(pilot, desk, 0.1)
        await pilot.press("s", "s")
        await settle(pilot, desk, 0.2)
        assert "Saved " in desk.text()
        names = sorted(one.name for one in (tmp_path / "got").iterdir())
        assert names == ["_[31mevil.txt", "bill.pdf.exe", "list (2).csv", "list (3).csv", "list.csv"]
        assert sorted(one.name for one in tmp_path.iterdir()) == ["got"]


async def test_saving_where_nothing_can_be_written(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    desk = make(downloads=str(tmp_path / "file"))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, mail(*PARTS))
        await pilot.press("S")
        await settle(pilot, desk, 0.1)
        assert "can't write" in desk.text()


async def test_a_dangerous_file_is_opened_after_a_yes_only(make: Make, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    desk = make(opener=("/bin/sh", "-c", f'echo "$0" >> {seen}'))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, mail(*PARTS))
        await pilot.press("v")
        await settle(pilot, desk, 0.1)
        await pilot.press("j", "o")
        await settle(pilot, desk, 0.1)
        assert "Open bill.pdf.exe?" in desk.text()
        await pilot.press("n")
        await settle(pilot, desk, 0.1)
        assert not seen.exists()
        await pilot.press("k", "o")
        await settle(pilot, desk, 0.2)
        assert "list.csv was given to sh" in desk.text()
        await pilot.press("j", "o", "y")
        await settle(pilot, desk, 0.3)
        lines = seen.read_text().splitlines()
        assert [Path(line).name for line in lines] == ["list.csv", "bill.pdf.exe"]
        assert not Path(lines[0]).stat().st_mode & 0o111
    assert not Path(lines[0]).exists(), "what was made for viewers goes away"


async def test_without_a_desktop_it_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, mail(*PARTS))
        await pilot.press("v")
        await settle(pilot, desk, 0.1)
        await pilot.press("o")
        await settle(pilot, desk, 0.1)
        assert "there is no desktop" in desk.text()


async def test_piping_shows_what_the_command_says(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, mail(*PARTS))
        await pilot.press("|", *"grep -c rope; printf '\\033[31m'", "enter")
        await settle(pilot, desk, 0.3)
        assert "␛[31m" in desk.text()
        await pilot.press("q", "v")
        await settle(pilot, desk, 0.1)
        await pilot.press("|", *"wc -c; exit 3", "enter")
        await settle(pilot, desk, 0.3)
        assert "22" in desk.text()
        assert "it ended with 3" in desk.text()


async def test_the_source_is_safe_and_whole(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await opened(desk, pilot, mail(*PARTS))
        await pilot.press("z", "s")
        await settle(pilot, desk, 0.1)
        assert "Content-Type: multipart/mixed; boundary=b" in desk.text()
        assert "\x1b" not in desk.text()


async def test_nothing_attached_and_nothing_open(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(140, 30)) as pilot:
        await opened(desk, pilot, b"Subject: x\r\n\r\nhello")
        await pilot.press("v")
        await pilot.pause()
        assert "Nothing is attached to this message" in desk.text()
        await pilot.press("S")
        await settle(pilot, desk, 0.1)
        assert "Nothing is attached to this message" in desk.text()


async def test_many_attachments_take_few_rows(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(80, 30)) as pilot:
        part = b"Content-Type: image/png; name=p.png\r\nContent-Disposition: attachment\r\n\r\nx"
        await opened(desk, pilot, mail(PARTS[0], *[part] * 40))
        assert desk.text().count("p.png") == 5
        assert "and 35 more files" in desk.text()
