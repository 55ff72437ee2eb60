"""Pictures made to fit the room that there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailtui.view.picture import MOST_LINES, cells_for, picture_lines, scaled


@given(st.integers(1, 40), st.integers(1, 60), st.integers(1, 60), st.binary(min_size=3, max_size=3))
def test_one_colour_stays_that_colour_in_whole_cells(width: int, height: int, wide: int, colour: bytes) -> None:
    pixels, new_width, new_height = scaled(colour * width * height, width, height, wide)
    assert new_width <= min(width, wide)
    assert new_height % 2 == 0
    assert new_height <= MOST_LINES * 2
    assert pixels == colour * new_width * new_height
    lines = picture_lines(pixels, new_width, new_height)
    assert len(lines) == new_height // 2
    assert all(sum(len(piece.text) for piece in line) == new_width for line in lines)


def test_what_fits_is_left_alone() -> None:
    pixels = bytes(range(24))
    assert scaled(pixels, 4, 2, 9) == (pixels, 4, 2)


def test_the_middle_of_what_it_stands_for() -> None:
    black, white = b"\0\0\0", b"\xff\xff\xff"
    assert scaled((black + white) * 2, 2, 2, 1) == (b"\x7f" * 6, 1, 2)


def test_a_tower_keeps_its_proportions() -> None:
    _, wide, high = scaled(bytes(3 * 20 * 2000), 20, 2000, 20)
    assert (wide, high) == (1, MOST_LINES * 2)


def test_room() -> None:
    assert cells_for(600, 80) == 80
    assert cells_for(120, 80) == 30
    assert cells_for(1, 80) == 2
    assert cells_for(600, 1) == 1
