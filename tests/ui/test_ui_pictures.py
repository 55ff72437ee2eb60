"""Pictures in the reader: those of the mail by one key, remote ones after a question, nothing before either."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from mailtui.files.fetched_pictures import FetchedPictures
from mailtui.model.changes import PicturesFetched
from mailtui.model.ids import PlacementId, Revision
from mailtui.model.intents import FetchPictures
from tests.ui.conftest import Desk, settle, shown
from tests.ui.test_ui_attachments import mail, opened, picture

Make = Callable[..., Desk]
URL = "https://pics.example/a.png"
BLOCK = "\u2580" * 3
"""Three cells of a picture."""


def png() -> bytes:
    from base64 import decodebytes

    return decodebytes(picture(32).partition(b"\r\n\r\n")[2])


def page(html: str) -> bytes:
    return b"Content-Type: text/html\r\n\r\n" + html.encode()


def related(html: str, *, plain: bool = False) -> bytes:
    head = b"From: anna@example.org\r\nSubject: letter\r\n"
    inner = b"Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" + page(html) + b"\r\n--r\r\n"
    inner += b"Content-ID: <sea@x>\r\n" + picture(32) + b"\r\n--r--\r\n"
    if not plain:
        return head + inner
    both = b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
    both += b"Content-Type: text/plain\r\n\r\nonly words\r\n"
    return head + both + b"--a\r\n" + inner + b"\r\n--a--\r\n"


async def keys(desk: Desk, pilot: Pilot[None], *names: str) -> None:
    await pilot.press(*names)
    await settle(pilot, desk)


@pytest.fixture(autouse=True)
def _decoder() -> None:
    pytest.importorskip("PIL")


async def test_those_of_the_mail_come_and_go(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, related('<p>above</p><img src="cid:sea@x" alt="The sea"><p>below</p>'))
        assert "1 picture: zi shows" in desk.text()
        assert BLOCK not in desk.text()
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, BLOCK)
        lines = desk.lines()
        places = [next(at for at, line in enumerate(lines) if word in line) for word in ("above", BLOCK, "[The sea]")]
        assert places == sorted(places)
        assert "zi shows" not in desk.text()
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, "zi shows")
        assert BLOCK not in desk.text()
        assert desk.engine.deeds == []
        assert not any(isinstance(one, FetchPictures) for one in desk.engine.sent)


async def test_the_text_gives_way_to_the_html_that_has_them(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, related('<p>with</p><img src="cid:sea@x">', plain=True))
        assert "only words" in desk.text()
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, BLOCK)
        assert "only words" not in desk.text()


async def test_photos_stand_below_the_text(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, mail(b"Content-Type: text/plain\r\n\r\nlook at this", picture(32)))
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, BLOCK)
        text = desk.text()
        assert text.index("look at this") < text.index(BLOCK) < text.rindex("flag.png")


async def test_they_fit_a_terminal_that_changes(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, related('<img src="cid:sea@x" width=2000>'))
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, "\u2580" * 32)
        await pilot.resize_terminal(60, 40)
        await settle(pilot, desk, 0.1)
        await shown(pilot, desk, "\u2580" * 32)


async def test_the_next_message_begins_without(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, related('<img src="cid:sea@x">'))
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, BLOCK)
        await keys(desk, pilot, "n")
        await settle(pilot, desk, 0.1)
        await keys(desk, pilot, "p")
        await shown(pilot, desk, "zi shows")
        assert BLOCK not in desk.text()


async def test_remote_ones_are_asked_for_after_a_question(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        raw = b"From: shop@example.org\r\nSubject: news\r\n" + page(f'<p>hello</p><img src="{URL}"><img src="{URL}">')
        await opened(desk, pilot, raw)
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, "1 remote picture not fetched; zI fetches")
        await keys(desk, pilot, "z", "I")
        await shown(pilot, desk, "Fetch 1 picture from pics.example?")
        await keys(desk, pilot, "n")
        assert not any(isinstance(one, FetchPictures) for one in desk.engine.sent)
        await keys(desk, pilot, "z", "I")
        await shown(pilot, desk, "Fetch 1 picture from pics.example?")
        await keys(desk, pilot, "y")
        (wish,) = [one for one in desk.engine.sent if isinstance(one, FetchPictures)]
        assert wish == FetchPictures(PlacementId(desk.reader.total), (URL,))
        FetchedPictures(desk.app.settings.store).keep(URL, png())
        await desk.tell(pilot, PicturesFetched(Revision(0), PlacementId(1), 1))
        assert BLOCK not in desk.text()  # another message was meant
        await desk.tell(pilot, PicturesFetched(Revision(0), wish.placement, 1))
        await shown(pilot, desk, BLOCK)
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, "hello")
        await keys(desk, pilot, "z", "i")  # from the disk: nobody is asked again
        await shown(pilot, desk, BLOCK)
        assert len([one for one in desk.engine.sent if isinstance(one, FetchPictures)]) == 1


async def test_what_could_not_be_fetched_is_said(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, b"From: shop@example.org\r\nSubject: news\r\n" + page(f'<img src="{URL}">'))
        change = PicturesFetched(Revision(0), PlacementId(desk.reader.total), 0, 1, "pics.example said [b]\x1b[2J404")
        await desk.tell(pilot, change)
        await shown(pilot, desk, "1 picture could not be fetched: pics.example said [b]␛[2J404")


async def test_nothing_there_and_damaged_ones(make: Make) -> None:
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        await opened(desk, pilot, b"From: a@example.org\r\nSubject: plain\r\n\r\nwords\r\n")
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, "There are no pictures in this message")
        await keys(desk, pilot, "z", "I")
        await shown(pilot, desk, "There are no remote pictures")
    desk = make()
    async with desk.app.run_test(size=(100, 40)) as pilot:
        broken = b'Content-Type: image/png; name="x.png"\r\n\r\nno picture'
        await opened(desk, pilot, mail(b"Content-Type: text/plain\r\n\r\nhello", broken))
        await keys(desk, pilot, "z", "i")
        await shown(pilot, desk, "this can't be read as a picture")
