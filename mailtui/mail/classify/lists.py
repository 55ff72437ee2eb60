"""Mailing lists: whether a message came over one, and whether people talk there or somebody only announces
(RFC 2919, RFC 2369)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailtui.mail.classify.features import Features
from mailtui.mail.trust import domain_of, organisation

_PREFIX = re.compile(r"^\s*(?:(?:re|aw|fwd?|sv|antw|rif|ref)\s*:\s*)*\[[^\]]{2,40}\]", re.IGNORECASE)
_ANSWER = re.compile(
    r"^\s*(?:\[[^\]]{1,60}\]\s*)*(?:re|aw|sv|antw|rif|ref|回复|答复|返信|odp)(?:\[\d+\])?\s*:", re.IGNORECASE
)
_FOOT = re.compile(
    r"mailman/listinfo|list maintainer|yahoogroups\.com|groups\.google\.com|googlegroups\.com|groups\.io/g/"
    r"|to unsubscribe from this (?:group|list),? send|unsubscribe\" in the body|majordomo@",
    re.IGNORECASE,
)
_SYSTEMS = (
    "x-mailman-version",
    "x-beenthere",
    "x-mailing-list",
    "mailing-list",
    "x-loop",
    "x-sympa-to",
    "x-google-group-id",
)
_ROBOT = re.compile(r"^(?:mailman|majordomo|listserv|owner)-|-(?:owner|request|bounces)@")
_NO_POST = re.compile(r"^\s*no\b", re.IGNORECASE)
_QUOTE = re.compile(
    r"\b(?:wrote|writes|schrieb|écrit|escribió|ha scritto|schreef)\s*:\s*$", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class MailingList:
    """A list that a message came over."""

    id: str
    """List-Id without brackets, lower case, or the address to post to; "" if unnamed."""
    talk: bool
    """Whether people talk there: one may post, or the message looks like a conversation."""


def is_answer(features: Features) -> bool:
    """Whether a person answers in it: it says so and quotes, or both halves of threading are there."""
    envelope = features.envelope
    threaded = bool(envelope.in_reply_to or envelope.references)
    says = bool(_ANSWER.match(envelope.subject))
    return (threaded and says) or (
        (threaded or says) and (features.shape.quoted > 0 or bool(_QUOTE.search(features.text)))
    )


def mailing_list(features: Features) -> MailingList | None:
    """The list of a message; None if it came over none."""
    found = features.fields
    post = features.first("list-post")
    named = features.envelope.list_id.lower() or features.first("x-mailing-list").strip("<> ").lower()
    system = any(name in found for name in _SYSTEMS)
    if not (named or post or system or "list-unsubscribe" in found or "list-archive" in found):
        return None
    may_post = "mailto:" in post.lower() and not _NO_POST.match(post)
    run = system or "list-archive" in found or "list-post" in found
    head, foot = features.text[:2_000], features.text[-2_000:]
    looks = (
        is_answer(features)
        or bool(_FOOT.search(foot))
        or bool(_PREFIX.match(features.envelope.subject))
        or head[:1] == ">"
    )
    author = organisation(domain_of(features.sender))
    house = organisation((named or post.rpartition("@")[2].strip("> ")).lower().rpartition("@")[2])
    robot = bool(_ROBOT.search(features.sender))
    guest = bool(author) and author != house  # an announcer writes from the house of the list
    talk = (may_post and (looks or guest or not features.shape.html)) or (
        run and (looks or (guest and not features.shape.html))
    )
    talk = talk and not robot
    return MailingList((named or post.strip("<> ").lower().removeprefix("mailto:"))[:200], talk)
