"""What is written here is read by GMime (through `mu`) as it was meant: a parser that shares nothing with ours or with
Python's. Skips where mu is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailtui.mail.compose.build import File, Letter, build
from mailtui.model.mail import Address

MU = shutil.which("mu")
pytestmark = pytest.mark.skipif(MU is None, reason="mu is not installed")
ME = Address("Jörg Müller", "joerg@bücher.example")
PEOPLE = (
    Address('Anna "Ann" Smith, Dr.', "anna@example.com"),
    Address("山田太郎" * 6, "taro@example.jp"),
    Address("", '"odd local"@example.org'),
)
SUBJECT = "Grüße aus 東京 – and a rather long remainder of plain words that has to be folded =?not?q?coded?="


def mu(*words: str) -> str:
    done = subprocess.run(
        [str(MU), *words], capture_output=True, timeout=60, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    return done.stdout.decode()


def letter(**more: object) -> Letter:
    made: dict[str, object] = {
        "sender": ME, "date": datetime(2026, 11, 23, tzinfo=UTC), "message_id": "1@example.org", "to": PEOPLE,
        "subject": SUBJECT,
    }  # fmt: skip
    return Letter(**(made | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["plain", "flowed", "markdown"])
def test_headers_and_text(kind: str, tmp_path: Path) -> None:
    text = "Schöne Grüße\n" + "word " * 60 + "\nFrom me\n.\n" + "東京で会いましょう。" * 40
    path = tmp_path / "m.eml"
    path.write_bytes(build(letter(text=text, flowed=kind == "flowed", markdown=kind == "markdown")))
    shown = mu("view", str(path))
    assert f"Subject: {SUBJECT}" in shown
    assert "Jörg Müller" in shown
    assert "山田太郎" * 6 in shown
    assert 'Anna "Ann" Smith, Dr.' in shown.replace("\\", "")
    assert "joerg@bücher.example" in shown, "the domain goes out in ASCII, GMime shows what it means"
    body = shown.partition("\n\n")[2] or shown
    assert "Schöne Grüße" in body
    assert "From me" in body
    assert "東京で会いましょう。" * 40 in body


def test_attachments_keep_names_and_bytes(tmp_path: Path) -> None:
    files = tuple(
        File(name, kind, data)
        for name, kind, data in (
            ("Übersicht 2026 – final.bin", "application/octet-stream", bytes(range(256)) * 100),
            ("日本語の名前" * 8 + ".pdf", "application/pdf", b"%PDF"),
            ('a"b;c.txt', "text/plain", b"one\ntwo\r\nthree"),
        )
    )
    path = tmp_path / "m.eml"
    path.write_bytes(build(letter(text="x", files=files)))
    listed = mu("extract", str(path))
    out = tmp_path / "out"
    out.mkdir()
    mu("extract", "--save-attachments", f"--target-dir={out}", str(path))
    assert sorted(one.read_bytes() for one in out.iterdir()) == sorted([b"x", *(file.data for file in files)]), (
        "mu saves the text as well"
    )
    assert "Übersicht 2026 – final.bin" in listed
    assert "日本語の名前" * 8 in listed
