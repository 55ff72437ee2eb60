"""Plain text as lines (mail/render/text, lines)."""

from __future__ import annotations

import itertools
import time

import pytest

from mailtui.mail.render.lines import Line, Span, line_width, wrap
from mailtui.mail.render.text import link_spans, text_lines


def plain(lines: list[Line]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


def shown(text: str, width: int = 40, **options: bool) -> list[str]:
    return plain(list(text_lines(text, width, **options)))


def styles(text: str, width: int = 60) -> list[tuple[str, str]]:
    return [(span.text, span.style) for line in text_lines(text, width) for span in line]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("one  two", 8, ["one  two"]),
        ("  indented line here", 12, ["  indented", "line here"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("ab cdefghij", 4, ["ab", "cdef", "ghij"]),
        ("日本語テキスト", 5, ["日本", "語テ", "キス", "ト"]),
        ("ab 日本語テ", 6, ["ab 日", "本語テ"]),
        ("e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]),
        ("", 4, [""]),
        ("x", 1, ["x"]),
    ],
)
def test_wrap(text: str, width: int, lines: list[str]) -> None:
    assert plain(wrap([Span(text)], width)) == lines


def test_wrap_repeats_prefixes_and_drops_them_where_they_do_not_fit() -> None:
    first, rest = (Span("* "),), (Span("  "),)
    assert plain(wrap([Span("one two three")], 12, first, rest)) == ["* one two", "  three"]
    assert plain(wrap([Span("one two three")], 7, (Span("> > > "),))) == ["one two", "three"]


def test_words_of_several_styles_stay_together() -> None:
    line = [Span("go "), Span("here", "link"), Span(".")]
    assert wrap(line, 7) == [(Span("go"),), (Span("here", "link"), Span("."))]


def test_quotes_have_depth_and_style() -> None:
    assert styles("> a\n>> b\n> > > c\nd") == [
        ("> ", "quote1"),
        ("a", "quote1"),
        ("> > ", "quote2"),
        ("b", "quote2"),
        ("> > > ", "quote3"),
        ("c", "quote3"),
        ("d", ""),
    ]
    assert shown("> one two three four", 12) == ["> one two", "> three four"]


def test_long_quotes_fold() -> None:
    text = "hi\n> a\n> b\n> c\n> d\nyou\n> e\n"
    assert shown(text, quotes_folded=True) == ["hi", "[4 quoted lines]", "you", "> e"]


def test_flowed_text_is_joined() -> None:
    text = "one \ntwo\n> q1 \n> q2\n  stuffed\n-- \nme \nhere"
    assert shown(text, flowed=True) == ["one two", "> q1 q2", " stuffed", "-- ", "me here"]
    assert shown("to \ngether", flowed=True, delsp=True) == ["together"]
    assert shown("> a \nb", flowed=True) == ["> a", "b"]


PROSE = (
    "Every umbrella of the house is twenty percent off until it stops, with\n"
    "a wooden handle or without one. Come before the weather does, as it is\n"
    "said to be on its way from the west, and fast.\n"
)
"""As it is written at 72 columns."""


def filled(text: str, width: int = 50) -> list[str]:
    return shown(text, width, refill=True)


def test_prose_that_was_broken_into_lines_is_filled_anew() -> None:
    assert filled(PROSE) == [
        "Every umbrella of the house is twenty percent off",
        "until it stops, with a wooden handle or without",
        "one. Come before the weather does, as it is said",
        "to be on its way from the west, and fast.",
    ]
    quoted = "".join(f"> {line}\n" for line in PROSE.splitlines())
    assert filled(quoted, 52) == [f"> {line}" for line in filled(PROSE)]
    assert shown(PROSE, 50)[:2] == ["Every umbrella of the house is twenty percent off", "until it stops, with"]


def test_prose_that_fits_stays_as_it_is() -> None:
    assert filled(PROSE, 72) == PROSE.splitlines()


WIDE = "x" * 20 + " and more words that go on until the line is nearly full, " + "y" * 10


@pytest.mark.parametrize(
    "after",
    [
        "",
        "  indented",
        "* an item",
        "- an item",
        "3. an item",
        "b) an item",
        "Subject: a field",
        "key=value",
        "name        a column",
        "a | b",
        "call();",
        "if x:",
        "https://example.org/a/page",
        "[1] a note",
        "----------",
        "-- ",
        "> quoted",
    ],
)
def test_what_is_no_prose_keeps_its_line(after: str) -> None:
    assert after in filled(f"{WIDE}\n{after}\nshort")


@pytest.mark.parametrize(
    "text",
    [
        f"{WIDE}:\nAnna",  # a colon ends a thought
        f"{WIDE} well-\nknown",
        f"a short line\n{WIDE} end",  # the short one ended because its writer wanted it to
        f"{WIDE * 3}\nanother paragraph",  # too long for a line that was broken
        f"-- \n{WIDE}\nsigned",
        f"diff --git a/x b/x\n--- a/x\n+++ b/x\n{WIDE}\nplus",
        "this verse is short\nand this one too",
    ],
)
def test_lines_that_ended_by_themselves_stay(text: str) -> None:
    assert shown(text, 30, refill=True) == shown(text, 30)


def test_scripts_without_blanks_are_joined_without_one() -> None:
    text = "灯台は海の上の船に光で道を示す建物です。夜になると回りながら遠くまで" + "\n" + "光ります。"
    assert "".join(filled(text, 40)) == text.replace("\n", "")
    assert filled(text, 40) == ["灯台は海の上の船に光で道を示す建物です。", "夜になると回りながら遠くまで光ります。"]


def test_what_does_not_fit_hangs() -> None:
    assert filled("* an item that goes on and on and on further\n", 30) == [
        "* an item that goes on and on",
        "  and on further",
    ]
    assert filled("  north     potatoes, every year, and nothing else at all", 40) == [
        "  north     potatoes, every year, and",
        "            nothing else at all",
    ]
    assert filled("> 1. an item that goes on and on for long", 32)[1] == ">    for long"
    assert filled("          " * 3 + "far to the right, where nothing hangs", 40)[1] == "right, where nothing hangs"


def test_filling_anew_is_lazy_and_linear() -> None:
    begin = time.process_time()
    long = PROSE.replace("fast.\n", "then on to the east, where it is awaited\n") * 20_000
    assert len(list(itertools.islice(text_lines(long, 50, refill=True), 50))) == 50
    assert len(list(text_lines("x  " * 100_000, 50, refill=True))) > 1000
    assert len(list(text_lines("word\n" * 100_000, 50, refill=True))) == 100_000
    assert time.process_time() - begin < 10


def test_signature_and_patch_styles() -> None:
    assert styles("x\n-- \nme")[1:] == [("-- ", "signature"), ("me", "signature")]
    patch = "text\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-old\n+new\n same\n-- \n2.1"
    assert [style for _, style in styles(patch)] == [
        *("", "strong", "strong", "heading", "diff-del", "diff-add", "", "signature", "signature")
    ]
    assert styles("- a list\n+ of things") == [("- a list", ""), ("+ of things", "")]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://x.org/a?b=1.", "https://x.org/a?b=1"),
        ("(http://x.org/a)", "http://x.org/a"),
        ("http://x.org/a_(b)", "http://x.org/a_(b)"),
        ("<mailto:a@b.c>", "mailto:a@b.c"),
        ("www.x.org, or", "www.x.org"),
    ],
)
def test_links(text: str, url: str) -> None:
    spans = link_spans(text)
    assert [span.text for span in spans if span.style == "link"] == [url]
    assert "".join(span.text for span in spans) == text


def test_controls_never_come_through() -> None:
    assert shown("a\x1b[2Jb\x9bc\n[/] [bold]") == ["a␛[2Jb�c", "[/] [bold]"]


def test_the_first_screen_is_lazy_and_hostile_text_is_linear() -> None:
    begin = time.process_time()
    first = list(itertools.islice(text_lines("word " * 20 + "\n" + "some line of text\n" * 60_000, 80), 50))
    assert len(first) == 50
    for text in (
        ">" * 300_000,
        "> " * 200_000,
        "http://" * 60_000,
        "(" * 300_000 + "http://x" + ")" * 300_000,
        "x" * 10**6,
    ):
        assert all(line_width(line) <= 80 for line in text_lines(text, 80))
    assert time.process_time() - begin < 5
