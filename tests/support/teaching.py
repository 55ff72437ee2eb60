"""Small mail of every sort, and what the learning file of a store says."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from mailtui.store.learning import LearningFile, figure
from mailtui.store.teaching import taught


def spam_mail(number: int) -> bytes:
    return (
        b"From: x%d@offers.example\r\nMessage-ID: <s%d@offers.example>\r\nSubject: MAKE MONEY FAST!! %d\r\n\r\n"
        b"Dear friend, earn $5000 a week, click here: http://192.0.2.7/x 100%% free, act now! Number %d.\r\n"
    ) % (number, number, number, number)


def ham_mail(number: int) -> bytes:
    return (
        b"From: anna@example.org\r\nMessage-ID: <h%d@example.org>\r\nSubject: Re: the garden %d\r\n"
        b"In-Reply-To: <x@example.org>\r\n\r\nOn Sunday you wrote:\r\n> the hedge\r\n"
        b"I think it can wait, number %d.\r\n"
    ) % (number, number, number)


def news_mail(number: int, sender: str = "news@mail.shop.example", subject: str = "20% off, letter") -> bytes:
    return (
        f"From: Shop <{sender}>\r\nMessage-ID: <n{number}@shop.example>\r\nSubject: {subject} {number}\r\n"
        "List-Unsubscribe: <https://shop.example/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        f"\r\nShop now, number {number}\r\n"
    ).encode()


def flagged_mail(number: int) -> bytes:
    """The mail server has called it spam."""
    return b"X-Spam-Flag: YES\r\n" + ham_mail(number).replace(b"anna@example.org", b"stranger@elsewhere.example")


def digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def figures(root: Path | str) -> tuple[int, int]:
    """(spam, ham) that count as taught."""
    with contextlib.closing(LearningFile(str(root))) as file:
        return figure(file.db, "spam"), figure(file.db, "ham")


def counted(root: Path | str, data: bytes) -> bool | None:
    """What this message counts as."""
    with contextlib.closing(LearningFile(str(root))) as file:
        return taught(file.db, digest(data))


def contents(root: Path | str) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was counted, for comparing."""
    with contextlib.closing(LearningFile(str(root))) as file:
        return {
            "token": file.db.execute("SELECT * FROM token ORDER BY hash").fetchall(),
            "taught": file.db.execute("SELECT digest, spam FROM taught ORDER BY digest").fetchall(),
            "figures": [(figure(file.db, "spam"), figure(file.db, "ham"))],
            "todo": file.db.execute("SELECT * FROM todo").fetchall(),
        }
