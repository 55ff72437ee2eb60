"""Pictures in the text of a message: where they stand, which are offered, what is drawn there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail.render.html import html_text
from mailtui.mail.render.lines import Line, Span
from mailtui.mail.render.pictures import Drawing, PictureInfo, Pictures, is_picture, picture_source
from mailtui.mail.render.reader import Options, render_message


def text(lines: list[Line] | tuple[Line, ...]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]


def drawing(letter: str, asked: list[tuple[int, int]] | None = None) -> Drawing:
    """Two lines of four letters."""

    def draw(room: int, pixels: int) -> tuple[Line, ...]:
        if asked is not None:
            asked.append((room, pixels))
        return ((Span(letter * 4),),) * 2

    return draw


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("cid:a@b", "cid:a@b"),
        (" CID:%3Ca%40b%3E ", "cid:a@b"),
        ("http://x.example/a.png", "https://x.example/a.png"),
        ("//x.example/a?b=c#d", "https://x.example/a?b=c"),
        ("https://user:secret@x.example:443/a b", "https://x.example/a%20b"),
        ("HTTPS://X.example:8443", "https://x.example:8443/"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://[::1]/a", "https://[::1]/a"),
        ("https://x.example\\@evil.example/", "https://x.example/@evil.example/"),
        ("https:///nowhere", ""),
        ("https://x.example:port/", ""),
        ("https://" + "x" * 70 + ".example/", ""),
        ("file:///etc/passwd", ""),
        ("javascript:1", ""),
        ("a.png", ""),
        ("data:text/html;base64,AA==", ""),
        ("data:image/png;base64,AA==", "data:image/png;base64,AA=="),
    ],
)
def test_what_a_source_means(source: str, wanted: str) -> None:
    assert picture_source(source) == wanted


@given(st.text(max_size=60))
def test_an_address_never_breaks_out_of_its_request(rest: str) -> None:
    found = picture_source("https://x.example/" + rest)
    assert all(32 < ord(letter) < 127 for letter in found)


def test_a_picture_stands_where_its_tag_stands() -> None:
    asked: list[tuple[int, int]] = []
    pictures = Pictures({"cid:a": drawing("a", asked)})
    source = '<p>before</p><blockquote><img src="cid:a" width="120px" alt="The sea">after</blockquote>'
    shown = text(html_text(source, 40, pictures=pictures).lines)
    assert shown == ["before", "", "> aaaa", "> aaaa", "> [The sea]after"]
    ((room, pixels),) = asked
    assert room < 40
    assert pixels == 120


def test_what_can_not_be_seen_is_not_offered() -> None:
    pictures = Pictures()
    found = html_text(
        '<img src="https://x.example/open.gif" width=1 height=1><img src="cid:a" style="display:none">'
        '<div style="display:none"><img src="cid:b"></div><img src="https://x.example/real.png">',
        60,
        pictures=pictures,
    )
    assert pictures.found == [PictureInfo("https://x.example/real.png")]
    assert found.remote_images == 2


def test_a_table_with_a_picture_is_read_cell_by_cell() -> None:
    pictures = Pictures({"cid:a": drawing("a")})
    source = '<table><tr><td>one</td><td><img src="cid:a"></td></tr><tr><td>two</td><td>three</td></tr></table>'
    assert text(html_text(source, 40, pictures=pictures).lines) == ["one", "aaaa", "aaaa", "two", "three"]


RELATED = (
    b"Subject: x\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
    b"Content-Type: multipart/related; boundary=r\r\n\r\n"
    b'--r\r\nContent-Type: text/html\r\n\r\n<p>hi <img src="cid:logo@x"> <img src="http://x.example/y.png"></p>\r\n'
    b"--r\r\nContent-Type: image/png\r\nContent-ID: <logo@x>\r\n\r\nPNG\r\n--r--\r\n"
    b'--m\r\nContent-Type: image/jpeg; name="sea.jpg"\r\n\r\nJPG\r\n'
    b'--m\r\nContent-Type: application/pdf; name="bill.pdf"\r\n\r\nPDF\r\n--m--\r\n'
)


def test_the_pictures_of_a_message() -> None:
    rendered = render_message(RELATED, 60)
    assert [one.source for one in rendered.pictures] == ["cid:logo@x", "https://x.example/y.png", "part:3"]
    assert [one.remote for one in rendered.pictures] == [False, True, False]
    drawn = {"cid:logo@x": drawing("l"), "part:3": drawing("s")}
    lines = text(render_message(RELATED, 60, options=Options(pictures=drawn)).lines)
    assert [line for line in lines if line] == ["hi", "llll", "llll", "ssss", "ssss", "sea.jpg"]


def test_which_files_are_pictures() -> None:
    assert is_picture("image/PNG", "x")
    assert is_picture("application/octet-stream", "holiday.jpeg")
    assert not is_picture("image/svg+xml", "x.svg")
    assert not is_picture("application/pdf", "x.pdf")


def test_pieces_of_one_picture_say_it_once() -> None:
    cut = '<p><img src="a.gif" alt="Ads"><br><img src="b.gif" alt="Ads"> <img alt="Ads">{}<img alt="Ads"></p>'
    assert text(html_text(cut.format(""), 40).lines) == ["[Ads]"]
    assert text(html_text(cut.format("and"), 40).lines) == ["[Ads]", "and[Ads]"]
    assert "[1]" in text(html_text(cut.format('<a href="http://x.example"><img alt="Ads"></a>'), 40).lines)[1]
