"""Sixels and kitty's commands, read back by decoders of the test's own."""

from __future__ import annotations

import re
import zlib
from base64 import standard_b64decode
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.view.graphics import enlarged, kind_of, kitty, sixel

SIZES = st.tuples(st.integers(1, 30), st.integers(1, 20))
Pixel = tuple[int, int, int]


def read_sixel(data: bytes) -> tuple[dict[tuple[int, int], Pixel], tuple[int, int]]:
    """(colour by column and row, the size it says)"""
    found = re.fullmatch(rb"\x1bP0;1q(.*)\x1b\\", data, re.DOTALL)
    assert found
    colours: dict[int, Pixel] = {}
    size, now, x, top = (0, 0), -1, 0, 0
    out: dict[tuple[int, int], Pixel] = {}
    token = re.compile(rb'"1;1;(\d+);(\d+)|#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)')
    place = 0
    while place < len(found[1]):
        one = token.match(found[1], place)
        assert one, found[1][place : place + 20]
        place = one.end()
        if one[1]:
            size = int(one[1]), int(one[2])
        elif one[3]:
            colours[int(one[3])] = int(one[4]), int(one[5]), int(one[6])
        elif one[7]:
            now = int(one[7])
        elif one[11]:
            x = 0
        elif one[12]:
            x, top = 0, top + 6
        else:
            bits = (one[9] or one[10])[0] - 63
            end = x + int(one[8] or 1)
            for column, row in product(range(x, end), range(6)):
                if bits >> row & 1:
                    assert (column, top + row) not in out
                    out[column, top + row] = colours[now]
            x = end
    return out, size


@given(SIZES, st.data())
def test_sixels_say_every_pixel_once_and_nearly_its_colour(size: tuple[int, int], data: st.DataObject) -> None:
    width, height = size
    pixels = data.draw(st.binary(min_size=width * height * 3, max_size=width * height * 3))
    found, said = read_sixel(sixel(pixels, width, height))
    assert said == size
    assert set(found) == {(x, y) for x in range(width) for y in range(height)}
    for (x, y), colour in found.items():
        wanted = pixels[(y * width + x) * 3 : (y * width + x) * 3 + 3]
        assert all(abs(part * 255 / 100 - want) <= 51 for part, want in zip(colour, wanted, strict=True))


def test_black_and_white_are_black_and_white() -> None:
    found, _ = read_sixel(sixel(b"\0\0\0\xff\xff\xff", 2, 1))
    assert found == {(0, 0): (0, 0, 0), (1, 0): (100, 100, 100)}


def test_what_is_between_two_colours_is_a_pattern_of_both() -> None:
    found, _ = read_sixel(sixel(bytes((25, 25, 25)) * 36, 6, 6))
    assert len(set(found.values())) == 2


@given(st.binary(min_size=3, max_size=60_000))
def test_kitty_gets_all_of_it_in_small_pieces(noise: bytes) -> None:
    pixels = noise[: len(noise) // 3 * 3]
    commands = list(kitty(pixels, len(pixels) // 3, 1))
    parts = []
    for place, one in enumerate(commands):
        found = re.fullmatch(rb"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", one)
        assert found
        keys = dict(pair.split(b"=") for pair in found[1].split(b","))
        assert keys[b"m"] == (b"1" if place < len(commands) - 1 else b"0")
        assert len(found[2]) <= 4096
        parts.append(found[2])
    assert zlib.decompress(standard_b64decode(b"".join(parts))) == pixels


@given(SIZES, st.integers(1, 3), st.data())
def test_bigger(size: tuple[int, int], times: int, data: st.DataObject) -> None:
    width, height = size
    pixels = data.draw(st.binary(min_size=width * height * 3, max_size=width * height * 3))
    big = enlarged(pixels, width, times)
    assert len(big) == len(pixels) * times * times
    for y in range(height * times):
        for x in range(width * times):
            at, was = (y * width * times + x) * 3, (y // times * width + x // times) * 3
            assert big[at : at + 3] == pixels[was : was + 3]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c", "kitty"),
        (b"\x1b_Gi=31;ENOTSUPPORTED\x1b\\\x1b[?62;4;9c", "sixel"),
        (b"\x1b[?63;1;2;4;6c", "sixel"),
        (b"\x1b[?1;2c", ""),
        (b"\x1b[?64;14;44c", ""),
        (b"4c", ""),
        (b"", ""),
    ],
)
def test_what_a_terminal_can(answer: bytes, kind: str) -> None:
    assert kind_of(answer) == kind
