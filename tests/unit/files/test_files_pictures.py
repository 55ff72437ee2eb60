"""Pictures are decoded in a child that has bounds, and drawn as half blocks."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailtui.files import pictures
from mailtui.files.pictures import shrink
from mailtui.model.errors import FileError
from mailtui.view.picture import HALF, picture_lines, shaded

image = pytest.importorskip("PIL.Image")


def made(size: tuple[int, int], form: str = "PNG", mode: str = "RGB", colour: object = (200, 10, 10)) -> bytes:
    out = io.BytesIO()
    image.new(mode, size, colour).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_every_kind_keeps_its_proportions_and_its_colour(form: str) -> None:
    small = shrink(made((400, 100), form), 40, 120)
    assert (small.form, small.width, small.height, small.was, small.moves) == (form, 40, 10, (400, 100), False)
    assert all(abs(found - wanted) < 12 for found, wanted in zip(small.pixels[:3], (200, 10, 10), strict=True))


def test_what_is_transparent_is_white() -> None:
    assert shrink(made((4, 4), mode="RGBA", colour=(0, 0, 0, 0)), 40, 40).pixels == b"\xff" * 48


def test_a_picture_that_lies_on_its_side_is_put_upright() -> None:
    out = io.BytesIO()
    exif = image.Exif()
    exif[0x0112] = 6
    image.new("RGB", (100, 50)).save(out, "JPEG", exif=exif)
    assert (shrink(out.getvalue(), 40, 40).width, shrink(out.getvalue(), 40, 40).height) == (20, 40)


def bomb() -> bytes:
    """A PNG of 60,000 x 60,000 in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "can't be read"),
        (b"GIF89a nonsense", "can't be read"),
        (made((50, 50))[:60], "can't be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "can't be read"),
        (bomb(), "too big"),
    ],
)
def test_what_is_no_picture_or_a_bomb_is_said_so(data: bytes, words: str) -> None:
    with pytest.raises(FileError, match=words):
        shrink(data, 40, 40)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 "]))
def test_garbage_only_ever_ends_in_a_sentence(data: bytes, magic: bytes) -> None:
    with pytest.raises(FileError):
        shrink(magic + data, 20, 20)


def child(tmp_path: Path, words: str) -> tuple[str, ...]:
    (tmp_path / "child.py").write_text(words)
    return (sys.executable, str(tmp_path / "child.py"))


def test_a_child_that_hangs_lies_or_lacks_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="extra `images`"):
        shrink(b"x", 9, 9, child(tmp_path, "raise SystemExit(3)"))
    lie = "import sys, struct; sys.stdout.buffer.write(struct.pack('<8sIIIIB', b'PNG', 99, 99, 1, 1, 0) + bytes(30))"
    with pytest.raises(FileError, match="can't be read"):
        shrink(b"x", 9, 9, child(tmp_path, lie))
    monkeypatch.setattr(pictures, "SECONDS", 0.3)
    with pytest.raises(FileError, match="too long"):
        shrink(b"x", 9, 9, child(tmp_path, "import time; time.sleep(9)"))
    with pytest.raises(FileError, match="no second process"):
        shrink(b"x", 9, 9, ("/no/such/program",))


def test_two_pixels_make_a_cell() -> None:
    red, blue = b"\xff\0\0", b"\0\0\xff"
    lines = picture_lines(red * 2 + blue * 2 + red * 2, 2, 3)
    assert [[tuple(piece) for piece in line] for line in lines] == [
        [(HALF * 2, "#ff0000/#0000ff")],
        [(HALF * 2, "#ff0000/#ffffff")],
    ]


def test_without_colours_brightness_is_left() -> None:
    assert (shaded("#000000/#000000"), shaded("#ffffff/#ffffff")) == (" ", "@")
