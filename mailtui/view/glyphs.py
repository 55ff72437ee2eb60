"""The signs of the screen in two alphabets. Every sign is one cell wide; none is the only carrier of its meaning's
colour: unread is also bold, an error is also a word."""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.model.folder import Role
from mailtui.model.link import LinkState


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One alphabet."""

    cursor: str
    unread: str
    star: str
    answered: str
    forwarded: str
    draft: str
    pending: str
    failed: str
    marked: str
    done: str
    undone: str
    attachment: str
    up: str
    down: str
    separator: str
    rule: str
    bar: str
    thumb: str
    track: str
    filled: str
    empty: str
    ellipsis: str
    loading: str
    caret: str
    prompt: str
    quote: str
    enter: str
    apostrophe: str
    folded: str
    unfolded: str
    rails: dict[str, str]
    """Two cells for each letter of `Line.rails`."""
    search: str
    roles: dict[Role, str]
    links: dict[LinkState, str]


UNICODE = Glyphs(
    cursor="▌",
    unread="●",
    star="★",
    answered="↰",
    forwarded="↱",
    draft="✎",
    pending="⇡",
    failed="✕",
    marked="✔",
    done="✓",
    undone="↶",
    attachment="❏",
    up="↑",
    down="↓",
    separator="·",
    rule="─",
    bar="│",
    thumb="┃",
    track="│",
    filled="━",
    empty="─",
    ellipsis="…",
    loading="·",
    caret="^",
    prompt="❯",
    quote="▎",
    enter="↵",
    apostrophe="’",
    folded="▸",
    unfolded="▾",
    rails={"|": "│ ", " ": "  ", "+": "├╴", "L": "└╴"},
    search="◎",
    roles={
        Role.INBOX: "✉",
        Role.FLAGGED: "★",
        Role.IMPORTANT: "‼",
        Role.DRAFTS: "✎",
        Role.SENT: "➤",
        Role.ARCHIVE: "▤",
        Role.ALL: "≡",
        Role.ADVERTISING: "◈",
        Role.JUNK: "⊘",
        Role.TRASH: "✕",
        Role.NONE: "▫",
    },
    links={
        LinkState.OFFLINE: "○",
        LinkState.CONNECTING: "◌",
        LinkState.SYNCING: "◐",
        LinkState.IDLE: "●",
        LinkState.WAITING: "◌",
        LinkState.FAILED: "✕",
    },
)

ASCII = Glyphs(
    cursor=">",
    unread="*",
    star="!",
    answered="r",
    forwarded="f",
    draft="d",
    pending="^",
    failed="x",
    marked="+",
    done="=",
    undone="<",
    attachment="@",
    up="^",
    down="v",
    separator="-",
    rule="-",
    bar="|",
    thumb="#",
    track="|",
    filled="#",
    empty="-",
    ellipsis="~",
    loading=".",
    caret="^",
    prompt=">",
    quote="|",
    enter="Enter",
    apostrophe="'",
    folded="+",
    unfolded="-",
    rails={"|": "| ", " ": "  ", "+": "|-", "L": "`-"},
    search="/",
    roles={
        Role.INBOX: "I",
        Role.FLAGGED: "!",
        Role.IMPORTANT: "+",
        Role.DRAFTS: "D",
        Role.SENT: "S",
        Role.ARCHIVE: "A",
        Role.ALL: "=",
        Role.ADVERTISING: "N",
        Role.JUNK: "J",
        Role.TRASH: "T",
        Role.NONE: "-",
    },
    links={
        LinkState.OFFLINE: "o",
        LinkState.CONNECTING: "~",
        LinkState.SYNCING: "~",
        LinkState.IDLE: "*",
        LinkState.WAITING: "~",
        LinkState.FAILED: "x",
    },
)


def glyphs(ascii_only: bool) -> Glyphs:
    return ASCII if ascii_only else UNICODE
