"""Text from outside that reaches the screen (mail/sanitize)."""

from __future__ import annotations

import unicodedata

import pytest
from rich.cells import get_character_cell_size

from mailtui.mail.sanitize import cell_width, clip, cut, pad, safe_line, safe_text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain", "plain"),
        ("", ""),
        ("Grüße", "Grüße"),
        ("\x1b[2Jx", "␛[2Jx"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("a\x9b2Jb", "a�2Jb"),
        ("a\x00b\x7f\x08", "a␀b␡␈"),
        ("a\r\nb\nc\td\re", "a b c d␍e"),
        ("a\u2028b\u2029c", "a b c"),
        ("\u202egpj.exe", "�gpj.exe"),
        ("\u2067x\u2069\u200ey\u200f", "xy"),
        ("pay\u200bpal\ufeff", "paypal"),
        ("a\U000e0041\U000e0042b", "a�b"),
        ("🏴\U000e0067\U000e0062\U000e007f!", "🏴!"),
        ("👩\u200d👩\u200d👧\u200d👦 ok", "👩 ok"),
        ("👍🏽", "👍"),
        ("\u200d🀀", "🀀"),
        ("a\u200d😀", "a😀"),
        ("❤\ufe0f", "❤"),
        ("1\ufe0f\u20e3", "1"),
        ("🇩🇪", "DE"),
        ("\ud800x\ufffe\U0010ffff", "�x��"),
        ("\u0301x", "◌\u0301x"),
        ("Z" + "\u0301" * 40, "Z\u0301\u0301\u0301"),
        ("\u1112\u1161\u11ab", "한"),
        ("a\u00a0b\u2003c", "a b c"),
        ("[/] [/bold] [@click=app.quit]hi[/]", "[/] [/bold] [@click=app.quit]hi[/]"),
        ("می\u200cخواهم", "میخواهم"),
        ("क\u094d\u200dष", "क\u094dष"),
    ],
)
def test_safe_line(text: str, safe: str) -> None:
    assert safe_line(text) == safe


def test_safe_text_keeps_lines_and_fills_tabs() -> None:
    assert safe_text("a\tb\r\nc\rd\n\x1b") == "a       b\nc\nd\n␛"
    assert safe_text("日本\tx\n\u0301y") == "日本    x\n◌\u0301y"
    assert safe_text("a\x0bb") == "a␋b"
    assert safe_text("ü\u2028ü") == "ü\nü"


# Every character outside the big even blocks (CJK, Hangul, planes 2 and up), and samples of those.
POINTS = [*range(0x3400), *range(0x3400, 0xAC00, 23), *range(0xA000, 0xAC00), *range(0xAC00, 0xD700, 23)]
POINTS += [*range(0xD700, 0xE010), *range(0xE010, 0xF900, 99), *range(0xF900, 0x13500), *range(0x16000, 0x17000)]
POINTS += [
    *range(0x17000, 0x1AF00, 23),
    *range(0x1AF00, 0x20000),
    *range(0x20000, 0x110000, 211),
    0x2FFFE,
    0xE0001,
    0xE0100,
]


def test_every_kept_character_is_as_wide_as_the_screen_counts_it() -> None:
    wrong = []
    for cp in POINTS:
        safe = safe_line(chr(cp))
        if cell_width(safe) != sum(map(get_character_cell_size, safe)):
            wrong.append(hex(cp))
    assert wrong == []


def test_no_kept_character_is_a_control() -> None:
    banned = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    for cp in POINTS:
        for char in safe_line(chr(cp)):
            assert unicodedata.category(char) not in banned, hex(cp)
        for char in safe_text(chr(cp)):
            assert char == "\n" or unicodedata.category(char) not in banned, hex(cp)


def test_clip_never_cuts_a_wide_character_in_two() -> None:
    assert clip("日本語", 6) == "日本語"
    assert clip("日本語", 5) == "日本…"
    assert clip("日本語", 4) == "日…"
    assert clip("日本語", 1) == "…"
    assert clip("日本語", 0) == ""
    assert clip("abcdef", 4) == "abc…"
    assert clip("abcdef", 2, "...") == "ab"
    assert clip("e\u0301e\u0301e\u0301", 2) == "e\u0301…"


def test_pad_is_exact() -> None:
    assert pad("日本語", 4) == "日… "
    assert pad("ab", 4) == "ab  "
    assert pad("abcdef", 3) == "ab…"
    assert pad("x", 0) == ""


def test_cut_counts_characters() -> None:
    assert cut("日本", 3) == 1
    assert cut("abc", 2) == 2
    assert cut("é\u0301x日", 1) == 2
