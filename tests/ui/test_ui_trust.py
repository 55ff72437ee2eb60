"""What the reader says about who sent it, and what it asks before a link of such mail is opened."""

from __future__ import annotations

from collections.abc import Callable

from mailtui.mail.trust import Known
from mailtui.model.ids import PlacementId
from mailtui.ui.opening import KnowingOpener
from tests.ui.conftest import Desk, settle
from tests.ui.test_ui_attachments import opened

Make = Callable[..., Desk]


def checked(result: str, number: int) -> bytes:
    return (
        f"From: Me <me@harbuor.example>\r\nMessage-ID: <{number}@x>\r\n"
        f"Authentication-Results: mx.home.example; dmarc={result} header.from=harbuor.example\r\n"
        "Subject: hi\r\n\r\nsee https://somewhere.example/x"
    ).encode()


async def test_a_look_alike_is_told_and_its_links_need_a_second_key(make: Make) -> None:
    desk = make(total=30)
    sent = next(box for box in desk.reader.mailboxes() if box.role.value == "sent")
    desk.reader.moved[5] = int(sent.id)  # to me@example.org
    raw = b"From: Somebody <x@exampel.org>\r\nSubject: hi\r\n\r\nsee https://somewhere.example/x"
    async with desk.app.run_test(size=(110, 30)) as pilot:
        await opened(desk, pilot, raw)
        assert "! exampel.org is not example.org, where people are to whom you write" in desk.text()
        await pilot.press("1", "l")
        await settle(pilot, desk, 0.1)
        assert "Open somewhere.example?" in desk.text()
        assert "Careful" in desk.text()
        await pilot.press("n")


async def test_ones_own_server_is_learned_and_believed(make: Make) -> None:
    desk = make(total=30)
    for number in range(1, 31):
        desk.reader.bodies[number] = checked("fail" if number == 30 else "pass", number)
    async with desk.app.run_test(size=(110, 30)) as pilot:
        await opened(desk, pilot, checked("pass", 30))
        assert "✓ checked by mx.home.example: really from harbuor.example" in desk.text()


async def test_a_failed_check_is_told(make: Make) -> None:
    desk = make(total=30)
    for number in range(1, 31):
        desk.reader.bodies[number] = checked("pass", number)
    async with desk.app.run_test(size=(110, 30)) as pilot:
        await opened(desk, pilot, checked("fail", 30))
        assert "your mail server mx.home.example says it is not really from harbuor.example" in desk.text()


def test_what_is_known_is_learned_once(make: Make) -> None:
    desk = make(total=12)
    opener = KnowingOpener({})
    box = desk.reader.mailboxes()[0].id
    first = opener.known(desk.reader, box)
    pages = desk.reader.calls["page"]
    assert opener.known(desk.reader, box) is first
    assert desk.reader.calls["page"] == pages
    assert opener.known(desk.reader, None) == Known()
    assert PlacementId(12) in [row.placement for row in desk.reader.page(box)]
