"""Texts to begin with, and the gaps in them: `{{first}}` becomes the first name of whom it is for. Gaps that nothing
fills stay, and are asked about before the message leaves (`checks`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from mailtui.mail.compose.when import WEEKDAYS
from mailtui.model.account import Template
from mailtui.model.mail import Address

_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")
GAPS = ("name", "first", "address", "me", "date", "time", "weekday", "subject")
"""What can be filled in."""


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its gaps filled; those without a value stay as they are."""
    return _GAP.sub(lambda gap: values.get(gap[1].lower()) or gap[0], text)


def values(to: Sequence[Address], me: Address, now: datetime, subject: str = "") -> dict[str, str]:
    """What the gaps of a message to these people become. With several of them, nobody is called by name."""
    person = to[0] if len(to) == 1 else Address("", "")
    return {
        "name": person.name or person.addr,
        "first": first_name(person.name),
        "address": person.addr,
        "me": me.name or me.addr,
        "date": f"{now:%Y-%m-%d}",
        "time": f"{now:%H:%M}",
        "weekday": WEEKDAYS[now.weekday()].capitalize(),
        "subject": subject,
    }


def first_name(name: str) -> str:
    """As one would address somebody: `Anna` of `Anna Smith` and of `Smith, Anna`."""
    last, comma, first = name.partition(",")
    words = (first if comma else last).split()
    return words[0] if words else ""


def begun(template: Template, found: Mapping[str, str]) -> tuple[str, str]:
    """(subject, text) of a message that begins with the template."""
    subject = fill(template.subject, found)
    return subject, fill(template.text, {**found, "subject": subject or found.get("subject", "")})
