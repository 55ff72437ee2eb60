"""How a list of messages can be ordered."""

from __future__ import annotations

from enum import Enum


class By(Enum):
    """An order other than newest first; its value is its name in config.toml and on the screen."""

    OLDEST = "oldest"
    SENDER = "sender"
    SUBJECT = "subject"
    SIZE = "size"
    UNREAD = "unread"
