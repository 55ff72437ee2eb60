"""The local file for the browser: nothing in it can be loaded, run or sent."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from mailtui.mail.render.browser import POLICY, browser_page, clean_html
from tests.support.scoring import CORPUS, messages


class Looker(HTMLParser):
    """What a browser would find: tags, and every attribute that could make it fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.sources: list[str] = []
        self.links: list[str] = []
        self.events: list[str] = []
        self.styles: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"src", "background", "poster", "data", "srcset", "action", "ping", "formaction", "codebase"}:
                self.sources.append(value or "")
            elif name in {"href", "xlink:href"}:
                self.links.append(value or "")
            elif name.startswith("on"):
                self.events.append(name)
            elif name == "style":
                self.styles.append(value or "")


BANNED = {"script", "iframe", "object", "embed", "form", "input", "link", "base", "svg", "math", "video", "audio"}


def check(page: str) -> Looker:
    head, _, body = page.partition("<body>")
    assert "Content-Security-Policy" in head
    assert head.lower().index("content-security-policy") < head.index("<title>")
    looker = Looker()
    looker.feed(body)
    assert not looker.tags & (BANNED | {"meta", "style", "title"})
    assert looker.events == []
    assert [one for one in looker.sources if not one.startswith("data:image/")] == []
    assert [one for one in looker.links if not one.lower().startswith(("http://", "https://", "mailto:"))] == []
    assert [one for one in looker.styles if "url" in one.lower() or "@" in one or "\\" in one] == []
    return looker


def page(body: str) -> str:
    return browser_page(f"Subject: a<b>\nContent-Type: text/html; charset=utf-8\n\n{body}".encode())


def test_the_policy_forbids_everything_but_what_is_in_the_file() -> None:
    assert "default-src 'none'" in POLICY
    assert "script-src 'none'" in POLICY
    assert "a&lt;b&gt;" in page("x").partition("<body>")[0]


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=http://t.example/p.gif>",
        "<img srcset='http://t.example/x 2x'>",
        "<body background=http://t.example/b>",
        "<table background=http://t.example/b>",
        "<p style='background:url(http://t.example)'>",
        "<p style='background:u\\72l(http://t.example)'>",
        "<p style='background-image: image-set(\"http://t.example\" 1x)'>",
        "<style>@import url(http://t.example)</style>",
        "<link rel=dns-prefetch href=//t.example>",
        "<meta http-equiv=refresh content='0;url=http://t.example'>",
        "<base href=http://t.example>",
        "<form action=http://t.example><input name=a></form>",
        "<iframe src=http://t.example></iframe>",
        "<a href='javascript:alert(1)' onclick=x ping=http://t.example>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<svg><image href=http://t.example/></svg>",
        "<video src=http://t.example poster=http://t.example></video>",
        "<p title='\"><script>x</script>'>",
        '<p title="\'><img src=x onerror=y>">',
        "</body><script>x</script>",
        "<p style=position:fixed;top:0>",
        "<img src=cid:nothing>",
    ],
)
def test_nothing_evil_comes_through(evil: str) -> None:
    made = page(f"<p>before</p>{evil}<p>after</p>")
    looker = check(made)
    assert "t.example" not in made.partition("<body>")[2]
    assert "fixed" not in "".join(looker.styles)
    assert "before" in made


def test_what_is_harmless_stays() -> None:
    kept = clean_html(
        '<table width="600" bgcolor=red><tr><td style="color:blue; padding:2px">x &lt; y</td></table>', {}
    )
    assert kept == ('<table width="600" bgcolor="red"><tr><td style="color:blue; padding:2px">x &lt; y</td></table>')
    assert clean_html("<a href='https://a.example/?x=1&y=\"2'>l</a>", {}).startswith(
        '<a href="https://a.example/?x=1&amp;'
    )


def test_pictures_of_the_mail_are_in_the_file() -> None:
    raw = (
        b"Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<img src=cid:a@b>"
        b"<img src=cid:c>\n"
        b"--r\nContent-Type: image/png\nContent-ID: <a@b>\nContent-Transfer-Encoding: base64\n\niVBORw0K\n"
        b"--r\nContent-Type: image/svg+xml\nContent-ID: <c>\n\n<svg onload=x>\n--r--\n"
    )
    looker = check(browser_page(raw))
    assert looker.sources == ["data:image/png;base64,iVBORw0K"]


def test_plain_text_is_escaped() -> None:
    made = browser_page(b"Subject: x\n\n<script>alert(1)</script>")
    assert "<pre" in made
    check(made)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus on this machine")
def test_every_message_of_the_corpus_is_harmless_in_a_browser() -> None:
    count = 0
    for _, raw in messages():
        if b"<" in raw and len(raw) < 400_000:
            check(browser_page(raw))
            count += 1
    assert count > 500


def test_control_characters_are_no_part_of_the_page() -> None:
    for raw in (b"Subject: x\r\n\r\na\x00b\x1b[2Jc", b"Content-Type: text/html\r\n\r\n<p>a\x00b&#1;c&#x9b;d"):
        page = browser_page(raw)
        assert "a\ufffdb" in page
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", page)
