"""The ways off a list that a message names: one click (RFC 8058), a mail (RFC 6068) or a page (RFC 2369)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from mailtui.mail.classify.features import Features
from mailtui.mail.sanitize import safe_line
from mailtui.model.mail import Envelope

MAX_WAYS = 10
MAX_URL = 2_000
ONE_CLICK = "List-Unsubscribe=One-Click"
"""The body of the POST (RFC 8058 section 3.2)."""

_ANGLED = re.compile(r"<([^<>]{1,4000})>")
_COVERED = re.compile(r"\bh\s*=\s*([^;]{1,4000})", re.IGNORECASE)
_BAD = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\^`{|}]")


@dataclass(frozen=True, slots=True)
class MailWay:
    """A mail that takes one off the list. Decoded, controls taken out; not safe for a terminal."""

    to: str
    subject: str = "unsubscribe"
    body: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """What one can do. `one_click`: https address for the POST, "" without one. `pages`: http(s) addresses."""

    one_click: str = ""
    covered: bool = False
    """Whether a DKIM signature of the message covers both fields, as RFC 8058 section 3.1 asks (not verified here)."""
    mails: tuple[MailWay, ...] = ()
    pages: tuple[str, ...] = ()

    @property
    def best(self) -> str:
        """one-click, mail, page or nothing."""
        return "one-click" if self.one_click else "mail" if self.mails else "page" if self.pages else "nothing"

    def plain(self) -> str:
        """What would be done, in words that are safe for a terminal."""
        if self.one_click:
            how = "" if self.covered else " (its signature does not cover that address)"
            return safe_line(f"one click at {urlsplit(self.one_click).hostname}{how}")
        if self.mails:
            return safe_line(f"a mail to {self.mails[0].to}")
        if self.pages:
            return safe_line(f"a page: {self.pages[0]}")
        return "it does not say how"


def _url(text: str) -> str:
    """An http(s) address that can be asked for without surprises, else ""."""
    text = "".join(text.split())
    if len(text) > MAX_URL or _BAD.search(text) or not text.isascii():
        return ""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return ""
    return text if parts.scheme.lower() in {"http", "https"} and host and not parts.username else ""


def _mail(text: str) -> MailWay | None:
    """A mailto address (RFC 6068). Only subject and body are taken: a mail must not choose our headers."""
    text = "".join(text.split())[:MAX_URL]
    rest = text[len("mailto:") :]
    address, _, query = rest.partition("?")
    to = _clean(unquote(address, errors="replace"))
    if to.count("@") != 1 or "," in to or " " in to:
        return None
    given: dict[str, str] = {}
    for field in query.split("&")[:20]:
        name, _, value = field.partition("=")
        given.setdefault(name.lower(), unquote(value, errors="replace"))
    return MailWay(
        to, _clean(given.get("subject", ""))[:200] or "unsubscribe", given.get("body", "").replace("\x00", "")[:2_000]
    )


def _clean(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()


def _covered(features: Features) -> bool:
    for value in features.fields.get("dkim-signature", ())[:10]:
        match = _COVERED.search(value)
        names = {name.strip().lower() for name in match[1].split(":")} if match else set()
        if {"list-unsubscribe", "list-unsubscribe-post"} <= names:
            return True
    return False


def list_name(envelope: Envelope) -> str:
    """What the list is known by: its List-Id, else the sender's address. Safe for a terminal."""
    sender = envelope.from_[0].addr.lower() if envelope.from_ else ""
    return safe_line(envelope.list_id or sender or "this sender")[:200]


def ways(features: Features) -> Ways:
    """The ways off the list of a message. Never raises."""
    mails: list[MailWay] = []
    pages: list[str] = []
    for value in features.fields.get("list-unsubscribe", ())[:3]:
        for text in _ANGLED.findall(value)[:MAX_WAYS]:
            text = text.strip()
            if text[:7].lower() == "mailto:":
                way = _mail(text)
                if way:
                    mails.append(way)
            elif url := _url(text):
                pages.append(url)
    post = "".join(features.first("list-unsubscribe-post").split()).lower()
    secure = [url for url in pages if url[:8].lower() == "https://"]
    one_click = secure[0] if post == ONE_CLICK.lower() and secure else ""
    return Ways(
        one_click, bool(one_click) and _covered(features), tuple(dict.fromkeys(mails)), tuple(dict.fromkeys(pages))
    )
