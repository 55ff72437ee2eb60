"""A generator of varied mail: the same (count, seed) gives the same bytes on every machine, about 5,000 a second.

Words planted into a known number of messages (`Corpus.planted`) let a search be judged. What varies: size (median about
7 KB, long tail), threads, senders, lists, plain / alternative / HTML only / attachments / forwarded messages, charsets
and transfer encodings, encoded headers, flags, and one in two hundred is broken in a way that mail really is."""

# ruff: noqa: SIM905 - pools of words read better as one string

from __future__ import annotations

import base64
import itertools
import os
import quopri
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from pathlib import Path

from tests.support.servers import Seed

LAST_DATE = 1_760_000_000
"""Date of the newest message; they spread over the five years before it."""
_SPAN = 5 * 365 * 86400

PLANTS: tuple[tuple[str, float], ...] = (
    ("xylophone", 0.001),
    ("quarterly", 0.02),
    ("請求書", 0.03),
    ("東京", 0.02),
    ("встреча", 0.01),
)
"""(word, share of the messages that hold it). Nothing else in the corpus holds these words or parts of the CJK ones."""

_STEMS = "ba co de fi go hu la me ni po ra si tu ve wo za bre cla dri flo gra ple sto tra shi che".split()
_TAILS = ("", "n", "r", "st", "ng", "ly", "ment", "tion", "ed", "er", "s", "ble")
_COMMON = "the of and to in that is for it with as on be at by this have from or an we you will not can please".split()
_JA = "会議資料確認来週予定送付担当者連絡変更納期仕様試験対応日本語報告株式会社大阪名古屋案件見積".strip()
_RU = "здравствуйте вложение отчёт спасибо проект обновление неделе заказ клиент сервер письмо версия".split()
_DE = "Grüße müssen können schön Straße größer Besprechung Rechnung prüfen Änderung nächste Woche bestätigen".split()
_NAMES = (
    "Anna Ben Carla David Elena Frank Grace Ivan Julia Kofi Lena Marco Nadia Omar Priya Rosa Sven Tara Vera Wei".split()
)
_LAST = "Smith Müller García Rossi Dubois Nowak Jensen Kim Tanaka Chen Silva Okafor Novák Haddad Patel Brown".split()
_PARAGRAPHS = 6000


class Corpus:
    """Iterate over it (once) for `Seed`s, oldest first; then `planted`, `threads` and `bytes` hold the truth."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self.count = count
        self.seed = seed
        self.planted: Counter[str] = Counter()
        self.threads = 0
        self.bytes = 0
        self._random = random.Random(f"mailtui tests {count} {seed}")
        self._vocabulary = self._make_vocabulary(40_000)
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self._vocabulary))))
        self._paragraphs = [self._paragraph() for _ in range(min(_PARAGRAPHS, 60 + count * 4))]
        self._people = [self._person(number) for number in range(max(40, int(count**0.5) * 4))]
        self._blob = base64.encodebytes(self._random.randbytes(400_000)).replace(b"\n", b"\r\n")
        self._recent: list[tuple[str, str, str]] = []

    def __iter__(self) -> Iterator[Seed]:
        for number in range(self.count):
            date = LAST_DATE - _SPAN + int(_SPAN * (number + 1) / self.count)
            raw = self._message(number, date)
            self.bytes += len(raw)
            yield Seed(raw, self._flags(), date)

    # -- one message

    def _message(self, number: int, date: int) -> bytes:
        chance = self._random.random
        words = [word for word, share in PLANTS if chance() < share]
        self.planted.update(words)
        name, address = self._people[int(chance() ** 2 * len(self._people))]
        own = f"<{number:x}.{date:x}.{self.seed}@mail{number % 17}.example.com>"
        subject, refs = self._subject(own)
        in_subject = [word for word in words if chance() < 0.3]
        if in_subject:
            subject = f"{subject} {' '.join(map(self._embedded, in_subject))}"
        text = self._text([word for word in words if word not in in_subject])
        head = [
            f"Return-Path: <{address}>",
            f"Received: from mail{number % 17}.example.com (mail{number % 17}.example.com [192.0.2.{number % 250}])\r\n"
            f"\tby mx.example.net (Postfix) with ESMTPS id {number:010X}\r\n\tfor <me@example.net>; {formatdate(date)}",
            f"From: {_word(name)} <{address}>",
            "To: Me Myself <me@example.net>",
            f"Subject: {_word(subject)}",
        ]
        if chance() > 0.002:
            head.append(f"Date: {formatdate(date)}")
        if chance() > 0.002:
            head.append(f"Message-ID: {own}")
        if refs:
            head += [f"In-Reply-To: {refs.split()[-1]}", f"References: {refs}"]
        if number % 5 == 0:
            head += [f"List-Id: <list{number % 35}.example.org>", "List-Unsubscribe: <https://example.org/u?x=1>"]
        if number % 3 == 0:
            head.append("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=k1;\r\n\tbh=" + self._token(44))
            head.append("\tb=" + "\r\n\t ".join(self._token(70) for _ in range(5)))
        if number % 211 == 7:
            head.append("X-Odd: caf\udce9 8-bit and not encoded")
        return self._body("\r\n".join(head), text, number)

    def _subject(self, own: str) -> tuple[str, str]:
        """Subject and References: six of ten messages answer a recent one."""
        recent = self._recent
        if recent and self._random.random() < 0.6:
            subject, first, refs = recent[int(self._random.random() * len(recent))]
            refs = f"{refs} {first}".strip()
            subject = subject if subject.startswith("Re: ") else f"Re: {subject}"
        else:
            self.threads += 1
            subject, refs = " ".join(self._words(3 + int(self._random.random() * 5))).capitalize(), ""
        recent.append((subject, own, " ".join(refs.split()[-8:])))
        if len(recent) > 400:
            del recent[:100]
        return subject, refs

    def _text(self, words: list[str]) -> list[str]:
        """Paragraphs, with the planted words somewhere inside."""
        size = min(120, 1 + int(self._random.lognormvariate(2.0, 0.75)))
        text = self._random.choices(self._paragraphs, k=size)
        for word in words:
            place = int(self._random.random() * len(text))
            text[place] = f"{text[place]} {self._embedded(word)} {self._random.choice(_COMMON)}"
        return text

    def _embedded(self, word: str) -> str:
        """As people write it: CJK words stand in a run of others without spaces."""
        if word[0] < "\u3000":
            return word
        before, after = self._random.choices(_JA, k=2)
        return f"{before}{after}の{word}を{after}{before}"

    def _body(self, head: str, text: list[str], number: int) -> bytes:
        kind = self._random.random()
        plain = "\r\n\r\n".join(text) + "\r\n"
        if kind < 0.5:
            return self._single(head, plain, number)
        edge = f"=_{number:x}_edge"
        html = "<html><body>" + "".join(f"<p>{part}</p>\r\n" for part in text) + "</body></html>\r\n"
        if kind < 0.56:
            return _join(head, 'Content-Type: text/html; charset="utf-8"', _quoted(html))
        alternative = _parts(
            edge, [("text/plain; charset=utf-8", _quoted(plain)), ("text/html; charset=utf-8", _quoted(html))]
        )
        if kind < 0.9:
            return _join(head, f'Content-Type: multipart/alternative; boundary="{edge}"', b"", alternative)
        if kind < 0.92:
            inner = self._single("From: inner@example.com\r\nSubject: the forwarded one", plain, number)
            parts = b"--%s\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--%s--\r\n" % (
                (edge.encode(), inner, edge.encode())
            )
            return _join(head, f'Content-Type: multipart/mixed; boundary="{edge}"', b"", parts)
        size = int(self._random.lognormvariate(9.8, 1.0))
        start = int(self._random.random() * 1000) * 78
        cut = self._blob[start : start + min(size, len(self._blob) - start) // 78 * 78]
        name = _word(f"{self._words(1)[0]}-{number}.pdf")
        parts = _parts(edge, [("text/plain; charset=utf-8", _quoted(plain))], last=False)
        parts += (
            (
                f'--{edge}\r\nContent-Type: application/pdf; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
                f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
            ).encode()
            + cut
            + f"\r\n--{edge}--\r\n".encode()
        )
        return _join(head, f'Content-Type: multipart/mixed; boundary="{edge}"', b"", parts)

    def _single(self, head: str, plain: str, number: int) -> bytes:
        """Text in one of the charsets and encodings in use; those that cannot hold it fall back to UTF-8."""
        charset = ("utf-8", "utf-8", "iso-8859-1", "iso-2022-jp", "koi8-r", "windows-1252", "gb18030")[number % 7]
        try:
            data = plain.encode(charset)
        except UnicodeEncodeError:
            charset, data = "utf-8", plain.encode()
        field = f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}"
        if number % 301 == 11:  # a charset nobody knows, 8-bit text
            return _join(head, field.replace(charset, "x-unknown"), (b"8bit", plain.encode()))
        if charset == "iso-2022-jp":
            return _join(head, field, (b"7bit", data))
        if number % 4 == 0:
            return _join(head, field, (b"base64", base64.encodebytes(data).replace(b"\n", b"\r\n")))
        if number % 4 == 1:
            return _join(head, field, (b"8bit", data))
        return _join(head, field, (b"quoted-printable", _printable(data)))

    def _flags(self) -> str:
        chance = self._random.random()
        if chance > 0.8:
            return ""
        return "S" if chance > 0.13 else "RS" if chance > 0.03 else "FS" if chance > 0.004 else "PS"

    # -- pools

    def _make_vocabulary(self, size: int) -> list[str]:
        choice, words = self._random.choice, dict.fromkeys(_COMMON)
        banned = {word for word, _ in PLANTS}
        while len(words) < size:
            word = "".join(choice(_STEMS) for _ in range(self._random.randint(2, 4))) + choice(_TAILS)
            if word not in banned:
                words[word] = None
        return list(words)

    def _words(self, count: int) -> list[str]:
        return self._random.choices(self._vocabulary, cum_weights=self._weights, k=count)

    def _paragraph(self) -> str:
        kind = self._random.random()
        if kind < 0.04:
            return "。\r\n".join("".join(self._random.choices(_JA, k=24)) for _ in range(5)) + "。"
        if kind < 0.07:
            pool = _RU
        elif kind < 0.12:
            pool = _DE
        else:
            pool = self._words(60)
        words = pool if len(pool) == 60 else self._random.choices(pool, k=40)
        return "\r\n".join(" ".join(words[at : at + 10]) for at in range(0, len(words), 10)) + "."

    def _person(self, number: int) -> tuple[str, str]:
        first, last = self._random.choice(_NAMES), self._random.choice(_LAST)
        name = "山田太郎" if number % 19 == 3 else f"{last}, {first}" if number % 11 == 4 else f"{first} {last}"
        return name, f"{first.lower()}{number}@{self._random.choice(('example.com', 'example.org', 'corp.example'))}"

    def _token(self, size: int) -> str:
        start = self._random.randrange(5000) * 78
        return self._blob[start : start + size].decode()


def write_maildir(folder: Path, messages: Iterable[Seed]) -> int:
    """A plain maildir for the programs that read one; returns the number of messages."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    count = 0
    for count, seed in enumerate(messages, 1):
        handle = os.open(
            f"{folder}/cur/{seed.date}.{count}.corpus:2,{seed.flags}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
        )
        os.write(handle, seed.raw)
        os.close(handle)
    return count


def _word(text: str) -> str:
    """RFC 2047 where it must be, in pieces of at most 75 characters; a name with a comma is quoted."""
    if text.isascii():
        return f'"{text}"' if "," in text else text
    pieces = [text[at : at + 10] for at in range(0, len(text), 10)]
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(piece.encode()).decode()}?=" for piece in pieces)


def _printable(data: bytes) -> bytes:
    return quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def _quoted(text: str) -> tuple[bytes, bytes]:
    """(transfer encoding, body): clear where it is ASCII, else quoted-printable."""
    return (b"7bit", text.encode()) if text.isascii() else (b"quoted-printable", _printable(text.encode()))


def _join(head: str, field: str, body: tuple[bytes, bytes] | bytes, parts: bytes = b"") -> bytes:
    start = f"{head}\r\n{field}".encode("utf-8", "surrogateescape")
    if isinstance(body, bytes):
        return start + b"\r\n\r\n" + body + parts
    return start + b"\r\nContent-Transfer-Encoding: " + body[0] + b"\r\n\r\n" + body[1]


def _parts(edge: str, parts: list[tuple[str, tuple[bytes, bytes]]], *, last: bool = True) -> bytes:
    out = b"".join(
        f"--{edge}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {how.decode()}\r\n\r\n".encode()
        + data
        + b"\r\n"
        for kind, (how, data) in parts
    )
    return out + (f"--{edge}--\r\n".encode() if last else b"")
