"""Whatever arrives, what leaves sanitize is harmless and measurable."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mailtui.mail.sanitize import cell_width, clip, cut, pad, safe_line, safe_text

ANY = st.text(st.characters(codec=None), max_size=60) | st.text(
    st.sampled_from(
        "a\x1b\x9b\u202e\u200d\ufe0f\U0001f468\U0001f469\U0001f3fd\u0301\u1112\u1161\u11ab\U000e0041\r\n\t日👍🇩🇪"
    ),
    max_size=40,
)
BANNED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(ANY)
def test_line_is_harmless(text: str) -> None:
    safe = safe_line(text)
    assert not any(unicodedata.category(char) in BANNED for char in safe)
    assert safe_line(safe) == safe


@given(ANY, ANY)
def test_width_adds_up_and_agrees_with_the_screen(left: str, right: str) -> None:
    a, b = safe_line(left), safe_line(right)
    assert cell_width(a + b) == cell_width(a) + cell_width(b) == cell_len(a + b)


@given(ANY)
def test_text_is_harmless(text: str) -> None:
    safe = safe_text(text)
    assert not any(char != "\n" and unicodedata.category(char) in BANNED for char in safe)
    assert all(cell_width(line) == cell_len(line) for line in safe.split("\n"))


@given(ANY, st.integers(-2, 50))
def test_clip_and_pad(text: str, cells: int) -> None:
    safe = safe_line(text)
    assert cell_width(clip(safe, cells)) <= max(cells, 0)
    assert cell_width(pad(safe, cells)) == max(cells, 0)
    assert cell_width(safe[: cut(safe, cells)]) <= max(cells, 0)
