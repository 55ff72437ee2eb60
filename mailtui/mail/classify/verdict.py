"""What becomes of a new message: spam, advertising, neither; and why, in one plain line."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from mailtui.mail.classify.advertising import ENOUGH, TAKES_PART, Known, advertising
from mailtui.mail.classify.features import Features
from mailtui.mail.classify.lists import mailing_list
from mailtui.mail.classify.spam import HAM, NOTHING_LEARNED, Learned, judge, reasons
from mailtui.mail.sanitize import safe_line

_TRUST = 0.35
"""Taken off the spam score of mail from people one writes to: their accounts can be stolen, too."""

TAUGHT = 100
"""Messages that must have been taught before words alone have something filed as spam; of each sort at least FEW."""
FEW = 20
_SURE = 0.68
"""Advertising looks like spam; what has the marks of an honest list needs more to be called so."""


class Kind(Enum):
    """What a message is taken for."""

    MAIL = "mail"
    UNSURE = "unsure"
    """Perhaps spam; it stays in the Inbox."""
    SPAM = "spam"
    ADVERTISING = "advertising"


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beyond the message itself."""

    known: Known = field(default_factory=Known)
    learned: Learned = NOTHING_LEARNED
    spammers: frozenset[str] = frozenset()
    """Senders whose last mail the person called spam."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason`: one line, safe for a terminal."""

    kind: Kind
    reason: str
    spam: float
    """0 (ham) to 1 (spam)."""
    points: float
    """Of the advertising score; ENOUGH of them make advertising."""
    why: tuple[str, ...] = ()
    """The strongest reasons by themselves, where there are such. Not safe for a terminal."""
    sure: bool = True
    """Whether it may be filed by itself: spam that is told by words alone needs TAUGHT messages that were taught."""


def _advertising_line(points: float, why: tuple[str, ...]) -> str:
    return safe_line(f"{points:g} points of {ENOUGH:g}: " + ", ".join(why[:5]))


def server_says_spam(features: Features) -> str:
    """The field by which a mail server plainly called it spam; "" if none did. Nobody claims that of his own mail."""
    for name, value in (("X-Spam-Flag", "yes"), ("X-Spam-Status", "yes"), ("X-Bogosity", "spam"), ("X-Spam", "yes")):
        said = features.first(name.lower())[:100].strip()
        if said.lower().startswith(value):
            return safe_line(f"{name}: {said.split(',')[0][:20]}")
    return ""


def decide(features: Features, context: Context) -> Verdict:
    """What a message is. Linear, never raises."""
    known = context.known
    ad = advertising(features, known)
    opinion = judge(features.tokens, context.learned)
    spam = opinion.score
    friend = known.answered or bool(known.written.get(features.sender)) or features.sender in known.wanted
    found = mailing_list(features)
    if friend:
        spam = max(0.0, spam - _TRUST)
    elif found and found.id and found.id in known.posted:
        spam = max(0.0, spam - _TRUST / 2)
    why = reasons(opinion)
    if not features.sender or not known.seen.get(features.sender, 0):
        why = "; ".join(filter(None, (why, "sender never seen")))
    hosts = len(features.shape.hosts)
    if hosts > 1:
        why = f"{why}; links to {hosts} hosts"
    bar = _SURE if ad.advertising else opinion.bar
    server = server_says_spam(features)
    learned = context.learned
    if server and not friend and (spam > HAM or not learned.enough):
        return Verdict(Kind.SPAM, f"your mail server calls it spam ({server})", spam, ad.points, (server,))
    if spam >= bar and learned.enough and not friend:
        part = ad.veto == TAKES_PART
        sure = not part and learned.spam + learned.ham >= TAUGHT and min(learned.spam, learned.ham) >= FEW
        words = (f"{spam:.0%} like your spam", why)
        return Verdict(Kind.SPAM, f"{spam:.0%} like your spam: {why}", spam, ad.points, words, sure)
    if ad.advertising:
        return Verdict(Kind.ADVERTISING, _advertising_line(ad.points, ad.reasons), spam, ad.points, ad.reasons)
    if features.sender in context.spammers and not friend and spam > HAM:
        return Verdict(
            Kind.UNSURE, f"you called this sender's mail spam; {spam:.0%} like your spam: {why}", spam, ad.points
        )
    if spam > HAM and context.learned.enough:
        return Verdict(Kind.UNSURE, f"not sure, {spam:.0%} like your spam: {why}", spam, ad.points)
    if ad.veto and ad.points >= ENOUGH:
        return Verdict(Kind.MAIL, safe_line(f"no advertising, because it is {ad.veto}"), spam, ad.points)
    if not context.learned.enough:
        return Verdict(
            Kind.MAIL,
            f"no advertising ({ad.points:g} points of {ENOUGH:g}); too little spam was taught yet",
            spam,
            ad.points,
        )
    return Verdict(
        Kind.MAIL, f"{spam:.0%} like your spam, {ad.points:g} points of {ENOUGH:g} for advertising", spam, ad.points
    )
