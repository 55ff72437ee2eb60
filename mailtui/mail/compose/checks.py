"""Doubts before a message leaves: each is one line and says what would mend it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from mailtui.mail.compose.flowed import SIGNATURE
from mailtui.mail.compose.header import ComposeError, written_addr
from mailtui.mail.sanitize import safe_line
from mailtui.model.mail import Address

MANY = 10
"""Recipients of an answer to all that are many."""
LARGE = 20 * 1024 * 1024
"""Bytes that many servers refuse."""
_WORDS = (
    # whole words or stems, as one writes them when something goes along; compared without accents
    r"attached|attachments?|enclosed|enclosure|i attach|please find",
    r"anbei|angehangt\w*|anhang\w*|beigefugt\w*|beiliegend\w*|im anhang",
    r"ci[- ]joint\w*|piece jointe|pieces jointes|en attache",
    r"adjunt\w+|anexo|anexos",
    r"allegat\w+|in allegato",
    r"em anexo|anexad\w+|segue anexo",
    r"bijgevoegd\w*|bijlagen?|bijgaand\w*",
    r"zalacz\w+|w zalaczeniu|zalaczam",
    r"bifogad\w*|bifogar|vedlagt\w*|vedhaeftet|liitteena|liitetiedosto",
    r"prilozen\w*|v prilohe|priloha|melleklet\w*|csatolva|csatolom|ekte|ekteki",
)
_ATTACHED = re.compile(rf"(?<!\w)(?:{'|'.join(_WORDS)})(?!\w)", re.IGNORECASE)
_ATTACHED_ELSEWHERE = re.compile(
    r"во вложении|вложени[еия]|прикреп\w+|прилага\w+|у вкладенні|прикладам|συνημμέν\w+|επισυνάπτ\w+"
    r"|附件|随附|隨附|附档|附檔|添付|同封|첨부|מצורף|מצ\"ב|مرفق|المرفق",
    re.IGNORECASE,
)
_PROVIDERS = (
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "gmx.net",
    "web.de", "t-online.de", "freenet.de", "posteo.de", "mailbox.org", "proton.me", "protonmail.com", "fastmail.com",
    "aol.com", "live.com", "orange.fr", "free.fr", "laposte.net", "libero.it", "mail.ru", "yandex.ru", "qq.com",
)  # fmt: skip
_MARKS = re.compile(r"\{\{[^{}\n]{0,60}\}\}|\[(?:NAME|TODO|DATE|DATUM|XXX)\]|\bTODO\b|\bXXX\b")


class Mend(Enum):
    """What would help."""

    RECIPIENTS = "recipients"
    SUBJECT = "subject"
    ATTACH = "attach"
    SENDER = "sender"
    TEXT = "text"
    TIME = "time"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Doubt:
    """`code` is stable; `text` is safe to show; `stops`: it can't be sent like this."""

    code: str
    text: str
    mend: Mend
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is about to leave. Addresses in lower case where they are compared."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    text: str
    sender: str
    files: int = 0
    size: int = 0
    """Bytes of the whole message, near enough."""
    answers_all: bool = False
    was_blind: bool = False
    """One was in Bcc of what is answered: nobody knows that one got it."""
    got_it: str = ""
    """The own address that got what is answered; empty if unknown."""
    not_before: float = 0.0


def doubts(leaving: Leaving, now: float, known: Collection[str] = ()) -> tuple[Doubt, ...]:
    """In the order in which they matter. `known`: addresses that one writes to, lower case."""
    found = [
        *_recipients(leaving, known),
        *_subject(leaving),
        *_attachment(leaving),
        *_answer(leaving),
        *_rest(leaving, now),
    ]
    return tuple(found)


def _recipients(leaving: Leaving, known: Collection[str]) -> list[Doubt]:
    everyone = (*leaving.to, *leaving.cc, *leaving.bcc)
    if not everyone:
        return [Doubt("nobody", "Nobody is named to send it to", Mend.RECIPIENTS, stops=True)]
    found = []
    for one in everyone:
        shown = safe_line(one.addr or one.name)
        if not sendable(one.addr):
            found.append(Doubt("odd-address", f"{shown} is no address", Mend.RECIPIENTS, stops=True))
        elif one.addr.lower() not in known and (meant := misspelt(one.addr, known)):
            found.append(Doubt("typo", f"{shown}: is {safe_line(meant)} meant?", Mend.RECIPIENTS))
    return found


def sendable(addr: str) -> bool:
    """Whether it can stand in a header and in RCPT TO, and its domain has a dot (or is this computer, or a literal)."""
    try:
        written = written_addr(addr)
    except ComposeError:
        return False
    local, _, domain = written.rpartition("@")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Zs", "Zl", "Zp"} and char != " " for char in addr):
        return False
    if not local.startswith('"') and (local.startswith(".") or local.endswith(".") or ".." in local or "," in local):
        return False
    if domain.startswith("[") and domain.endswith("]"):
        return True
    labels = domain.split(".")
    return (
        all(labels) and (len(labels) > 1 or domain.lower() == "localhost") and not re.search(r"[\s,;()<>@\[\]]", domain)
    )


def misspelt(addr: str, known: Collection[str]) -> str:
    """The address that is meant: one that one writes to with the same name before the @, or a large provider whose name
    is one slip away; empty if this is nobody's slip."""
    local, _, domain = addr.lower().rpartition("@")
    for other in known:
        its_local, _, its_domain = other.rpartition("@")
        if its_local == local and its_domain != domain and _slip(domain, its_domain):
            return other
    if domain not in _PROVIDERS and not any(other.endswith(f"@{domain}") for other in known):
        for provider in _PROVIDERS:
            if _slip(domain, provider):
                return f"{addr.rpartition('@')[0]}@{provider}"
    return ""


def _slip(one: str, other: str) -> bool:
    """One letter too many, too few, another, or two swapped."""
    if one == other or abs(len(one) - len(other)) > 1 or len(other) < 6:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    if len(one) == len(other):
        swapped = one[start + 1 : start + 2] + one[start : start + 1] + one[start + 2 :]
        return one[start + 1 :] == other[start + 1 :] or swapped == other[start:]
    return one[start + 1 :] == other[start:] or one[start:] == other[start + 1 :]


def _subject(leaving: Leaving) -> list[Doubt]:
    return [] if leaving.subject.strip() else [Doubt("no-subject", "It has no subject", Mend.SUBJECT)]


def own_words(text: str) -> str:
    """What is new in it: without quotes, without the lines that lead to them, without the signature."""
    lines = []
    for line in text.split("\n"):
        if line == SIGNATURE or line.startswith(("-----Original", "---------- Forwarded", "-------- Forwarded")):
            break
        if not line.startswith(">"):
            lines.append(line)
    return "\n".join(lines)


def speaks_of_files(text: str) -> bool:
    """Whether it says that something goes along."""
    own = own_words(text)
    plain = "".join(char for char in unicodedata.normalize("NFD", own) if not unicodedata.combining(char))
    plain = plain.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("æ", "ae").replace("ı", "i")
    return bool(_ATTACHED.search(plain) or _ATTACHED_ELSEWHERE.search(own))


def _attachment(leaving: Leaving) -> list[Doubt]:
    if leaving.files or not speaks_of_files(leaving.text):
        return []
    return [Doubt("forgotten-file", "It speaks of an attachment, but there is none", Mend.ATTACH)]


def _answer(leaving: Leaving) -> list[Doubt]:
    found = []
    number = len(leaving.to) + len(leaving.cc)
    if leaving.was_blind and leaving.answers_all:
        text = "You got it as a blind copy: the others will learn that"
        found.append(Doubt("was-blind", text, Mend.RECIPIENTS))
    if leaving.answers_all and number > MANY:
        found.append(Doubt("many", f"It goes to {number} people", Mend.RECIPIENTS))
    if leaving.got_it and leaving.sender and leaving.got_it.lower() != leaving.sender.lower():
        text = f"You write as {safe_line(leaving.sender)}, but {safe_line(leaving.got_it)} got the message"
        found.append(Doubt("other-sender", text, Mend.SENDER))
    return found


def _rest(leaving: Leaving, now: float) -> list[Doubt]:
    found = []
    if 0 < leaving.not_before < now - 60:
        found.append(Doubt("past", "The time to send it is over: it goes out at once", Mend.TIME))
    if leaving.size > LARGE:
        text = f"It has {leaving.size / 1_048_576:.0f} MiB: many servers refuse that"
        found.append(Doubt("large", text, Mend.FILES))
    mark = _MARKS.search(own_words(leaving.text))
    if mark is not None:
        found.append(Doubt("marks", f"A gap is left in it: {safe_line(mark[0])}", Mend.TEXT))
    if not leaving.text.strip() and not leaving.files:
        found.append(Doubt("empty", "It says nothing", Mend.TEXT))
    return found


def codes(found: Sequence[Doubt]) -> tuple[str, ...]:
    return tuple(one.code for one in found)
