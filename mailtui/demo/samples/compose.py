"""Turns short notes about a letter into its bytes, always the same ones. No clock, no chance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b
from textwrap import dedent
from typing import Final, NamedTuple

_POLICY: Final = SMTP.clone(cte_type="8bit")
_AGE: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?|(\d+)d (\d\d):(\d\d)")
_FLAGS: Final = {"S": "\\Seen", "A": "\\Answered", "F": "\\Flagged", "D": "\\Draft", "W": "$Forwarded", "J": "$Junk"}


class Person(NamedTuple):
    name: str
    addr: str
    zone: int = 0
    """Hours east of UTC, for the Date field."""


ROBIN: Final = Person("Robin Ashworth", "robin@example.org", 1)


class File(NamedTuple):
    """An attachment. `inline`: shown in the text (with that Content-ID)."""

    name: str
    kind: str
    data: bytes
    inline: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One finished letter and where it lies."""

    folder: str
    raw: bytes
    flags: frozenset[str]
    when: int
    """Seconds since 1970 UTC: Date and INTERNALDATE."""


@dataclass(slots=True)
class Post:
    """Collects letters; replies find the letter they answer by its key."""

    now: int
    letters: list[Letter] = field(default_factory=list)
    _chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Key to References plus own Message-ID."""
    _subjects: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        key: str,
        age: str,
        sender: Person,
        subject: str,
        text: str,
        *,
        to: Sequence[Person] = (ROBIN,),
        cc: Sequence[Person] = (),
        re: str = "",
        folder: str = "INBOX",
        flags: str = "S",
        html: str = "",
        files: Sequence[File] = (),
        invite: str = "",
        headers: Mapping[str, str] | None = None,
        charset: str = "utf-8",
        cte: str | None = None,
        flowed: bool = False,
    ) -> None:
        """Write a letter. `age`: `2h5m` before now, or `3d 09:40` = at that time (UTC) three days ago. `re`: key of the
        letter it answers; an empty subject then repeats that one's. `flags`: letters of `_FLAGS`, empty = unread."""
        when = moment(self.now, age)
        subject = subject or f"Re: {self._subjects[re]}"
        self._subjects[key] = subject.removeprefix("Re: ")
        message = _opened(when, sender, to, cc, subject)
        self._link(message, key, sender, re)
        for name, value in (headers or {}).items():
            message[name] = value
        _fill(message, dedent(text).strip() + "\n", charset, cte, flowed)
        if html:
            message.add_alternative(dedent(html).strip() + "\n", subtype="html", cte="quoted-printable")
        if invite:
            method = "REPLY" if "METHOD:REPLY" in invite else "REQUEST"
            message.add_alternative(invite, subtype="calendar", params={"method": method}, cte="8bit")
        for file in files:
            _attach(message, file)
        _name_boundaries(message, key)
        self.letters.append(Letter(folder, message.as_bytes(), flag_names(flags), when))

    def raw(self, age: str, head: str | bytes, body: bytes, *, folder: str = "INBOX", flags: str = "S") -> None:
        """A letter given byte by byte, for what no well-behaved program writes. `{date}` in a str head is filled in."""
        when = moment(self.now, age)
        if isinstance(head, str):
            date = format_datetime(datetime.fromtimestamp(when, UTC))
            head = dedent(head).strip().replace("{date}", date).encode("utf-8")
        raw = b"\r\n".join(head.splitlines()) + b"\r\n\r\n" + b"\r\n".join(body.splitlines()) + b"\r\n"
        self.letters.append(Letter(folder, raw, flag_names(flags), when))

    def _link(self, message: EmailMessage, key: str, sender: Person, re: str) -> None:
        own = f"<{blake2b(key.encode(), digest_size=9).hexdigest()}@{sender.addr.rpartition('@')[2]}>"
        chain = self._chains[re] if re else ()
        message["Message-ID"] = own
        if chain:
            message["In-Reply-To"] = chain[-1]
            message["References"] = " ".join(chain)
        self._chains[key] = (*chain, own)


def moment(now: int, age: str) -> int:
    """Seconds since 1970 of an age as `Post` takes it. Raises ValueError."""
    found = _AGE.fullmatch(age)
    if found is None or not age:
        raise ValueError(f"not an age: {age!r}")
    hours, minutes, days, hour, minute = (int(part or 0) for part in found.groups())
    if found[3] is None:
        return now - hours * 3600 - minutes * 60
    midnight = now - now % 86400
    return midnight - days * 86400 + hour * 3600 + minute * 60


def flag_names(letters: str) -> frozenset[str]:
    return frozenset(_FLAGS[letter] for letter in letters)


def _opened(when: int, sender: Person, to: Sequence[Person], cc: Sequence[Person], subject: str) -> EmailMessage:
    message = EmailMessage(_POLICY)
    message["Date"] = format_datetime(datetime.fromtimestamp(when, timezone(timedelta(hours=sender.zone))))
    message["From"] = _address(sender)
    if to:
        message["To"] = [_address(person) for person in to]
    if cc:
        message["Cc"] = [_address(person) for person in cc]
    message["Subject"] = subject
    return message


def _address(person: Person) -> Address:
    return Address(display_name=person.name, addr_spec=person.addr)


def _fill(message: EmailMessage, text: str, charset: str, cte: str | None, flowed: bool) -> None:
    if cte is None:
        cte = "7bit" if text.isascii() else "quoted-printable"
    if charset == "utf-8" and text.isascii() and cte == "7bit":
        charset = "us-ascii"
    message.set_content(text, charset=charset, cte=cte)
    if flowed:
        message.set_param("format", "flowed")


def _attach(message: EmailMessage, file: File) -> None:
    main, _, sub = file.kind.partition("/")
    if file.inline:
        html = next(part for part in message.walk() if part.get_content_type() == "text/html")
        assert isinstance(html, EmailMessage)
        html.add_related(file.data, main, sub, cid=f"<{file.inline}>", filename=file.name, disposition="inline")
    elif main == "text":
        message.add_attachment(file.data.decode("utf-8"), subtype=sub, filename=file.name, cte="base64")
    else:
        message.add_attachment(file.data, main, sub, filename=file.name)


def _name_boundaries(message: EmailMessage, key: str) -> None:
    """The library draws boundaries by lot; ours come from the key."""
    number = 0
    for part in message.walk():
        if part.is_multipart():
            number += 1
            part.set_boundary(f"=_{blake2b(f'{key} {number}'.encode(), digest_size=9).hexdigest()}")
