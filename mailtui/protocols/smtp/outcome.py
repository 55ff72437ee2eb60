"""What a server's answer means for a message and for each of its recipients (RFC 5321 section 4.2, RFC 3463). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from mailtui.mail.sanitize import safe_line
from mailtui.model.outgoing import Fate, Recipient

PAUSES = (60.0, 300.0, 900.0, 3_600.0, 7_200.0, 14_400.0)
"""Seconds until the next try, by the number of tries before; the last one repeats."""
GIVE_UP = 5 * 86_400.0
"""Seconds after which a message that is always put off counts as refused (RFC 5321 section 4.5.4.1)."""
WORDS = 300
"""Characters of an answer that are kept."""
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of the server: its code and its words, lines joined by LF, as they came."""

    code: int
    text: str

    @property
    def words(self) -> str:
        """Code and words in one line that is safe to show."""
        return f"{self.code} {safe_line(' '.join(self.text.split()))[:WORDS]}".strip()

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), if there is one."""
        found = _ENHANCED.match(self.text)
        return found[1] if found else ""


class Verdict(Enum):
    TAKEN = "taken"
    LATER = "later"
    """Worth another try."""
    NEVER = "never"


def verdict(answer: Answer) -> Verdict:
    """By the first digit; a code that is none of a final answer is a broken server: worth another try."""
    match answer.code // 100:
        case 2:
            return Verdict.TAKEN
        case 5:
            return Verdict.NEVER
        case _:
            return Verdict.LATER


def recipient(address: str, answer: Answer) -> Recipient:
    """What this answer makes of a recipient; WAITING is another try."""
    fates = {Verdict.TAKEN: Fate.SENT, Verdict.LATER: Fate.WAITING, Verdict.NEVER: Fate.REFUSED}
    found = verdict(answer)
    said = answer.words
    if found is Verdict.NEVER and (plain := explain(answer)):
        said = f"{plain} - {said}"
    return Recipient(address, fates[found], said)


def pause(tries: int) -> float:
    """Seconds until the next try after `tries` of them (at least 1)."""
    return PAUSES[min(max(tries, 1), len(PAUSES)) - 1]


_PLAIN = {
    "5.1.1": "there is no such address",
    "5.1.2": "there is no such domain",
    "5.1.3": "the address is not well formed",
    "5.1.6": "the person has moved",
    "5.1.8": "your sender address is not accepted",
    "5.1.10": "the domain takes no mail",
    "5.2.1": "the mailbox is switched off",
    "5.2.2": "the mailbox is full",
    "5.2.3": "the message is too large for the mailbox",
    "5.3.4": "the message is too large",
    "5.4.1": "no answer from the other side",
    "5.4.6": "the mail would run in circles",
    "5.5.3": "too many recipients at once",
    "5.6.7": "this address needs a server that knows international addresses",
    "5.7.1": "sending to it is not allowed",
    "5.7.8": "the login is not accepted",
    "5.7.26": "the domain's rules for its senders are not met",
    "5.7.60": "you may not send as this address",
}


def explain(answer: Answer) -> str:
    """In plain words, where the enhanced code or the code says enough; else nothing."""
    found = _PLAIN.get(answer.enhanced)
    if found is None and answer.code in {552, 523}:
        found = "the message is too large, or the mailbox is full"
    if found is None and answer.code == 550 and not answer.enhanced:
        found = "the address does not take mail, or not from you"
    return found or ""
