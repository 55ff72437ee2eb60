"""Signatures and encrypted mail with a real gpg and a keyring of its own; status lines without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.files import gnupg
from mailtui.files.gnupg import Opened, unseal
from mailtui.mail.openpgp import PARTIAL, Sealed, Verdict, find_sealed, judge
from mailtui.mail.parse import parse_message
from mailtui.model.errors import FileError
from tests.support.pgp import GPG, Keyring, make_keyring

needs_gpg = pytest.mark.skipif(GPG is None, reason="gpg is not installed")


@pytest.fixture(scope="module")
def ring() -> Iterator[Keyring]:
    if GPG is None:
        pytest.skip("gpg is not installed")
    made = make_keyring()
    yield made
    made.close()


def look(ring: Keyring, monkeypatch: pytest.MonkeyPatch, raw: bytes, sender: str = "anna@example.org") -> Opened:
    monkeypatch.setenv("GNUPGHOME", str(ring.home))
    sealed = find_sealed(parse_message(raw))
    assert sealed is not None
    return unseal(sealed, sender)


@needs_gpg
def test_a_good_signature(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = ring.signed(b"hello\nthere\n")
    found = look(ring, monkeypatch, raw)
    assert found.verdict.good
    assert found.verdict.sentences[0].startswith("good signature of Anna <anna@example.org> (")
    assert look(ring, monkeypatch, raw.replace(b"\r\n", b"\n")).verdict.good, "however it is stored"


@needs_gpg
def test_a_changed_text_and_a_foreign_sender(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = ring.signed(b"pay 10 euros")
    changed = look(ring, monkeypatch, raw.replace(b"pay 10", b"pay 99"))
    assert not changed.verdict.good
    assert changed.verdict.sentences[0].startswith("WRONG signature")
    foreign = look(ring, monkeypatch, raw, "eve@evil.example")
    assert not foreign.verdict.good
    assert "but the mail says it is from eve@evil.example" in foreign.verdict.sentences[0]


@needs_gpg
def test_a_key_that_is_not_known(ring: Keyring, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = Keyring(tmp_path)
    tmp_path.chmod(0o700)
    found = look(empty, monkeypatch, ring.signed(b"x"))
    assert not found.verdict.good
    assert "which is not in your keyring" in found.verdict.sentences[0]
    secret = look(empty, monkeypatch, ring.encrypted(b"Subject: x\r\n\r\nsecret"))
    assert secret == Opened(Verdict(("it is encrypted for a key that you don't have",)))
    empty.close()


@needs_gpg
def test_decrypting(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = b"Content-Type: text/plain\r\n\r\nthe secret\r\n"
    found = look(ring, monkeypatch, ring.encrypted(inner))
    assert found.text == inner
    assert found.verdict == Verdict(("it was encrypted", "it is not signed"), good=False, readable=True)
    both = look(ring, monkeypatch, ring.encrypted(inner, "--sign"))
    assert both.verdict.good
    assert both.verdict.sentences[1].startswith("good signature of Anna")


@needs_gpg
def test_what_was_changed_on_its_way_is_not_shown(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """EFAIL: without a checked integrity nothing of the text comes out."""
    binary = ring.run("--encrypt", "-r", "anna@example.org", data=b"secret " * 200)
    torn = bytearray(binary)
    torn[-40] ^= 1
    monkeypatch.setenv("GNUPGHOME", str(ring.home))
    found = unseal(Sealed("encrypted", bytes(torn)), "")
    assert found.text == b""
    assert not found.verdict.readable


@needs_gpg
def test_text_around_an_inline_message_is_not_covered(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    clear = ring.run("--clearsign", data=b"the real words\n")
    raw = b"From: anna@example.org\n\nNOT SIGNED before\n\n" + clear + b"\nNOT SIGNED after\n"
    found = look(ring, monkeypatch, raw)
    assert b"the real words" in found.text
    assert b"NOT SIGNED" not in found.text
    assert not found.verdict.good
    assert PARTIAL in found.verdict.sentences
    alone = look(ring, monkeypatch, b"From: anna@example.org\n\n" + clear)
    assert alone.verdict.good
    armour = ring.run("--armor", "--encrypt", "-r", "anna@example.org", data=b"inline secret")
    inline = look(ring, monkeypatch, b"Subject: x\n\nhello\n" + armour + b"<img src=http://evil/")
    assert inline.text == b"inline secret"


@needs_gpg
def test_a_signed_part_does_not_cover_its_neighbours(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = ring.signed(b"signed").partition(b"Subject: s\r\n")[2]
    raw = (
        b"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nfalse words\r\n--m\r\n" + inner + b"\r\n--m--\r\n"
    )
    found = look(ring, monkeypatch, raw)
    assert not found.verdict.good
    assert PARTIAL in found.verdict.sentences


@needs_gpg
@pytest.mark.parametrize("data", [b"", b"garbage", b"-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n"])
def test_garbage(ring: Keyring, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setenv("GNUPGHOME", str(ring.home))
    assert not unseal(Sealed("encrypted", data), "").verdict.readable
    assert not unseal(Sealed("signed", b"x", data), "").verdict.good


def test_without_gpg_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(FileError, match="gpg is not installed"):
        unseal(Sealed("encrypted", b"x"), "")


def test_a_gpg_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "gpg"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(gnupg, "SECONDS", 0.3)
    with pytest.raises(FileError, match="took longer"):
        unseal(Sealed("encrypted", b"x" * 1_000_000), "")


GOOD = b"[GNUPG:] GOODSIG 0123456789ABCDEF Anna%20<anna@example.org>\n"


@pytest.mark.parametrize(
    ("kind", "status", "good", "readable"),
    [
        ("signed", GOOD + b"[GNUPG:] TRUST_ULTIMATE 0 pgp\n", True, True),
        ("signed", GOOD + b"[GNUPG:] TRUST_UNDEFINED 0 pgp\n", False, True),
        ("signed", GOOD + b"[GNUPG:] TRUST_FULLY\n" + GOOD.replace(b"GOOD", b"BAD"), False, True),
        ("signed", GOOD + GOOD.replace(b"GOOD", b"BAD") + b"[GNUPG:] TRUST_FULLY\n", False, True),
        ("signed", b"gpg: " + GOOD + b"[GNUPG:] TRUST_ULTIMATE\n", False, True),
        ("signed", b"", False, True),
        ("signed", GOOD.replace(b"GOODSIG", b"REVKEYSIG"), False, True),
        ("clearsigned", b"[GNUPG:] PLAINTEXT 62 0\n" * 2 + GOOD + b"[GNUPG:] TRUST_FULLY\n", False, False),
        ("encrypted", b"[GNUPG:] PLAINTEXT 62 0\n[GNUPG:] DECRYPTION_OKAY\n", False, False),
        ("encrypted", b"[GNUPG:] PLAINTEXT 62 0\n[GNUPG:] DECRYPTION_OKAY\n[GNUPG:] GOODMDC\n", False, True),
        ("encrypted", b"[GNUPG:] PLAINTEXT a\n" * 2 + b"[GNUPG:] DECRYPTION_OKAY\n[GNUPG:] GOODMDC\n", False, False),
        ("encrypted", b"[GNUPG:] DECRYPTION_FAILED\n[GNUPG:] GOODMDC\n[GNUPG:] PLAINTEXT a\n", False, False),
        ("encrypted", b"[GNUPG:] BADMDC\n[GNUPG:] DECRYPTION_OKAY\n[GNUPG:] PLAINTEXT a\n", False, False),
    ],
)
def test_what_status_lines_mean(kind: str, status: bytes, good: bool, readable: bool) -> None:
    found = judge(Sealed(kind, b""), status, "anna@example.org")
    assert (found.good, found.readable) == (good, readable)
    assert found.sentences


def test_user_ids_are_safe() -> None:
    status = b"[GNUPG:] GOODSIG 0123456789ABCDEF Eve%1b[31m%0a[GNUPG:]%20TRUST_ULTIMATE\n"
    found = judge(Sealed("signed", b""), status, "")
    assert not found.good
    assert "\x1b" not in found.sentences[0]
    assert "\n" not in found.sentences[0]


def test_plain_mail_is_neither() -> None:
    assert find_sealed(parse_message(b"Subject: x\n\nhello")) is None
    assert find_sealed(parse_message(b"Content-Type: multipart/signed; boundary=s\n\n--s\n\nx\n--s--")) is None
    assert find_sealed(parse_message(b"Subject: x\n\n-----BEGIN PGP MESSAGE-----\nno end")) is None
