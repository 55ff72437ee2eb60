"""Signed and encrypted mail on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.pgp import GPG, Keyring, make_keyring
from tests.ui.conftest import Desk, settle
from tests.ui.test_ui_attachments import opened

Make = Callable[..., Desk]


@pytest.fixture(scope="module")
def ring() -> Iterator[Keyring]:
    if GPG is None:
        pytest.skip("gpg is not installed")
    made = make_keyring()
    yield made
    made.close()


async def test_signature_and_secret_are_shown(make: Make, ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GNUPGHOME", str(ring.home))
    desk = make()
    inner = b"Content-Type: text/html\r\n\r\n<p>the secret</p><img src=http://evil.example/x>\x1b[31m"
    async with desk.app.run_test(size=(110, 30)) as pilot:
        await opened(desk, pilot, ring.encrypted(inner))
        assert "encrypted; not decrypted" in desk.text()
        assert "the secret" not in desk.text()
        await pilot.press("z", "d")
        await settle(pilot, desk, 1.0)
        assert "the secret" in desk.text()
        assert "it was encrypted" in desk.text()
        await pilot.press("q")
        desk.reader.bodies[desk.reader.total] = ring.signed(b"hello")
        await pilot.press("z", "d")
        await settle(pilot, desk, 1.0)
        assert "good signature of Anna" in desk.text()


async def test_plain_mail_and_no_gpg(make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    desk = make()
    async with desk.app.run_test(size=(110, 30)) as pilot:
        await opened(desk, pilot, b"Subject: x\r\n\r\nhello")
        await pilot.press("z", "d")
        await settle(pilot, desk, 0.2)
        assert "neither signed nor encrypted" in desk.text()
        await pilot.press("q")
        armour = b"-----BEGIN PGP MESSAGE-----\r\n\r\nAAAA\r\n-----END PGP MESSAGE-----\r\n"
        desk.reader.bodies[desk.reader.total] = b"Subject: x\r\n\r\n" + armour
        await pilot.press("z", "d")
        await settle(pilot, desk, 0.2)
        assert "gpg is not installed" in desk.text()
