"""HTML as lines (mail/render/html and below)."""

from __future__ import annotations

import time

import pytest

from mailtui.mail.render.html import HtmlText, html_text
from mailtui.mail.render.links import claims_other_host, safe_url
from mailtui.mail.render.tokens import Token, Tokenizer, attributes


def shown(source: str, width: int = 40) -> list[str]:
    return ["".join(span.text for span in line) for line in html_text(source, width).lines]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("<p>one</p><p>two</p>", ["one", "", "two"]),
        ("<div>one</div><div>two<br>three</div>", ["one", "two", "three"]),
        ("a <b> b </b> c\n\n  d", ["a b c d"]),
        ("x<br><br>y", ["x", "", "y"]),
        ("<h1>T</h1>text", ["T", "", "text"]),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>d", ["• a", "• b", "  • c", "", "d"]),
        ("<ol start=9><li>a<li>b</ol>", [" 9. a", "10. b"]),
        ("<blockquote>q<blockquote>r</blockquote></blockquote>s", ["> q", "", "> > r", "", "s"]),
        ("<pre>a\n  b</pre>c", ["a", "  b", "", "c"]),
        ("a<hr>b", ["a", "", "─" * 40, "", "b"]),
        ("<dl><dt>t<dd>d</dl>", ["t", "  d"]),
        ("&lt;p&gt; &amp; &nbsp;&euro; &#27;[2J", ["<p> &  € [2J"]),
        ("1 < 2 <3", ["1 < 2 <3"]),
        ("<a href='http://x.org'>go</a>", ["go [1]", "", "[1] http://x.org"]),
        ("<a href='http://x.org'>http://x.org</a>", ["http://x.org"]),
        ("<a href='javascript:x()'>go</a> <a href='data:x'>d</a>", ["go d"]),
        ("<a href=http://x.org>a</a><a href=http://x.org>b</a>", ["a [1]b [1]", "", "[1] http://x.org"]),
        (
            "<a href='http://evil.example/'>bank.example</a>",
            ["bank.example [1: evil.example]", "", "[1] http://evil.example/"],
        ),
        ("a<script>b<p></script>c<style>d</style>", ["ac"]),
        ("a<!-- b -->c<!-- d", ["ac d"]),
        ("<title>t</title>x", ["x"]),
        ("<img src=http://x/y.png alt=Logo>t", ["[Logo]t"]),
        ("<unknown>x</unknown>", ["x"]),
        ("<p title='a > b'>x", ["x"]),
        ("<td>lonely</td>", ["lonely"]),
        ("</p></div>x", ["x"]),
        ("", []),
    ],
)
def test_layout(source: str, lines: list[str]) -> None:
    assert shown(source) == lines


@pytest.mark.parametrize(
    "style",
    ["display:none", "DISPLAY : none;", "visibility:hidden", "font-size:0px;color:red", "max-height:0", "opacity: 0"],
)
def test_hidden_text_is_dropped_and_said(style: str) -> None:
    result = html_text(f"<div style='{style}'>preheader<b>x</b></div>seen", 40)
    assert result.hidden
    assert ["".join(span.text for span in line) for line in result.lines] == ["seen"]
    assert not html_text("<p style='font-size:0.9em;line-height:0'>x", 40).hidden


def test_images_are_counted_not_loaded() -> None:
    source = "<img src='http://x/a' width=1 height=1 alt=pixel><img src=//x/b><img src=cid:c alt=Inline>"
    result = html_text(source, 40)
    assert result.remote_images == 2
    assert shown(source) == ["[Inline]"]


def test_tables() -> None:
    data = "<table><tr><th>Name<th>Sum<tr><td>tea<td>3<tr><td>coffee<td>14</table>"
    assert shown(data) == ["Name    Sum", "tea     3", "coffee  14"]
    assert html_text(data, 40).lines[0][0].style == "strong"
    assert shown(data, 9) == ["Name |", "Sum", "tea | 3", "coffee |", "14"]
    layout = "<table><tr><td><table><tr><td>left</td></tr></table></td><td><p>one</p><p>two</p></td></tr></table>after"
    assert shown(layout) == ["left", "", "one", "", "two", "", "after"]


def test_styles() -> None:
    spans = [tuple(span) for line in html_text("<b>b</b><i>i</i><code>c</code><h2>h</h2>", 40).lines for span in line]
    assert spans == [("b", "strong"), ("i", "emphasis"), ("c", "code"), ("h", "heading")]


def test_every_line_fits() -> None:
    source = "<blockquote><ul><li>" * 30 + "long words and 日本語テキスト " * 30
    for width in (2, 9, 33):
        for line in shown(source, width):
            assert len(line) <= width


HOSTILE = [
    "<a<" * 100_000,
    "<!--" * 50_000,
    "<!" * 150_000,
    "<a href='" * 50_000,
    '<a href="x<a href="' * 30_000,
    "<div>" * 50_000 + "x",
    "<div style='display:none'>" * 20_000,
    "<table><tr><td>" * 20_000,
    "<table>" + "<tr><td>a<td>b" * 40_000,
    "<ul><li>" * 20_000,
    "<blockquote>" * 30_000 + "x",
    "<b>" * 70_000 + "x" + "</b>" * 70_000,
    "</p>" * 100_000,
    "<b></i>" * 60_000,
    "<style>" * 40_000,
    "<script></style>" * 20_000,
    "&" * 300_000,
    "<a " + "x=y " * 80_000 + ">",
    "<a " + 'x="' * 100_000,
    "<a href=http://x/>y</a>" * 20_000,
    "<p>" + "x" * 1_000_000,
    "<pre>" + "\n" * 200_000,
    "<td>" * 100_000,
    "<img src=x style='" + "opacity: " * 20_000 + "'>",
    "<" * 400_000,
    "<a =" * 100_000,
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_html_takes_linear_time(source: str) -> None:
    begin = time.process_time()
    html_text(source, 80)
    assert time.process_time() - begin < 2.5


def test_limits_are_said() -> None:
    assert html_text("<div>" * 400, 40).cut
    assert html_text("x" * 2_000_001, 80).cut
    assert html_text("<i>" * 100_001, 80).cut
    assert html_text("<p>x", 40) == HtmlText(html_text("<p>x", 40).lines)


def test_tokens() -> None:
    assert list(Tokenizer("a<B c=1>d</B >")) == [
        Token("text", "a"),
        Token("open", "b", " c=1"),
        Token("text", "d"),
        Token("close", "b", " "),
    ]
    assert attributes(""" a=1 B='2 &amp; 3' c="4" d a=5""") == {"a": "1", "b": "2 & 3", "c": "4", "d": ""}


@pytest.mark.parametrize(
    ("text", "url", "real"),
    [
        ("https://bank.example", "http://evil.example/bank.example", "evil.example"),
        ("bank.example", "http://www.bank.example/x", ""),
        ("www.bank.example/login", "https://login.bank.example", ""),
        ("bank.example", "http://bank.example@evil.example/", "evil.example"),
        ("Click here", "http://evil.example", ""),
        ("version 2.0 of it", "http://x.example", ""),
    ],
)
def test_link_text_that_claims_another_host(text: str, url: str, real: str) -> None:
    assert claims_other_host(text, url) == real


def test_safe_urls() -> None:
    assert safe_url("  HTTP://x.org/\n\x1bpath") == "HTTP://x.org/path"
    assert safe_url("mailto:a@b.c") == "mailto:a@b.c"
    assert safe_url("http://p\u0430ypal.com/x") == "http://xn--pypal-4ve.com/x"
    for bad in (
        "javascript:1",
        "data:text/html,x",
        "file:///etc/passwd",
        "//x.org",
        "\\\\host\\x",
        "",
        "java\nscript:1",
    ):
        assert safe_url(bad) == ""
