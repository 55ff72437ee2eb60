"""Whatever a message holds, its lines are safe, fit, and come back."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mailtui.mail.render.html import html_text
from mailtui.mail.render.lines import Line, Span, wrap
from mailtui.mail.render.reader import render_message
from mailtui.mail.render.text import text_lines
from mailtui.mail.sanitize import safe_line

BANNED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
TAGS = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<table>", "<tr>", "<td>", "</td>", "</table>", "<ul>", "<li>", "</ul>", "<pre>",
     "</pre>", "<a href='http://x.y'>", "</a>", "<blockquote>", "</blockquote>", "<br>", "<hr>", "&amp;", "&#27;",
     "<img src=http://x alt='a b'>", "&#x9b;", "&#8238;", "<!--", "-->", "<", ">", "<div style='display:none'>",
     "</div>", "<script>", "</script>", " "]
)  # fmt: skip
TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
HTML = st.lists(TAGS | TEXT, max_size=40).map("".join)


def check(lines: list[Line], width: int) -> None:
    for line in lines:
        text = "".join(span.text for span in line)
        assert not any(unicodedata.category(char) in BANNED for char in text)
        assert cell_len(text) <= width


@given(HTML, st.integers(2, 60))
def test_html(source: str, width: int) -> None:
    check(html_text(source, width).lines, width)


@given(
    st.lists(st.sampled_from("> \n\tabc日é\u0301\x1b👍.-+@") | TEXT, max_size=60).map("".join),
    st.integers(2, 60),
    st.booleans(),
)
def test_text(text: str, width: int, flowed: bool) -> None:
    check(list(text_lines(text, width, flowed=flowed)), width)


@given(st.lists(TEXT, max_size=8), st.integers(20, 60))
def test_no_word_is_lost(words: list[str], width: int) -> None:
    words = ["".join(char for char in word if not "\U0001f1e6" <= char <= "\U0001f1ff") for word in words]
    letters = "".join(char for word in words for char in word if char.isascii() and char.isalnum())
    shown = "".join(span.text for line in text_lines(" ".join(words), width) for span in line)
    assert "".join(char for char in shown if char.isascii() and char.isalnum()) == letters


WORDS = st.text(st.sampled_from("abZé灯台.,:;-*>|=/(1 "), min_size=1, max_size=14)
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=16).map(" ".join), max_size=12)


@given(LINES, st.integers(2, 90), st.sampled_from((None, False, True)))
def test_filling_lines_anew_loses_no_word_and_keeps_their_order(
    lines: list[str], width: int, folded: bool | None
) -> None:
    def letters(refill: bool) -> str:
        shown = list(text_lines("\n".join(lines), width, quotes_folded=folded, refill=refill))
        check(shown, max(width, 2))
        # a quote's mark stands before each of its lines, of which there are more or fewer
        return "".join("".join(span.text for span in line).lstrip("> ").replace(" ", "") for line in shown)

    assert letters(True) == letters(False)


@given(st.binary(max_size=300), st.integers(-1, 50))
def test_messages(raw: bytes, width: int) -> None:
    check(list(render_message(raw, width).lines), max(width, 2))


@given(
    st.text(st.sampled_from("ab é\u0301 "), max_size=80) | st.text(max_size=40),
    st.integers(1, 30),
    st.integers(0, 8),
    st.integers(0, 8),
)
def test_simple_text_is_wrapped_as_any_other(text: str, width: int, first: int, rest: int) -> None:
    """The quick way for text of one style says the same as the look at every word, which a second span asks for."""
    line = safe_line(text)
    prefixes = ((Span(">" * first, "quote1"),), (Span("|" * rest, "quote1"),))
    quick, careful = wrap([Span(line)], width, *prefixes), wrap([Span(line), Span("")], width, *prefixes)
    assert ["".join(span.text for span in one) for one in quick] == [
        "".join(span.text for span in one) for one in careful
    ]
