"""The whole mailbox: every folder with its letters, in the order in which they came."""

from __future__ import annotations

from typing import Final

from mailtui.demo.mailboxes import Mailboxes
from mailtui.demo.samples import (
    abroad,
    booking,
    books,
    family,
    garden,
    house,
    junk,
    letters,
    lighthouse,
    lists,
    odd,
    past,
    shops,
)
from mailtui.demo.samples.compose import Letter, Post

FOLDERS: Final = {
    "Drafts": "\\Drafts",
    "Sent": "\\Sent",
    "Archive": "\\Archive",
    "Junk": "\\Junk",
    "Trash": "\\Trash",
    "Advertising": "",
    "Lists": "",
    "Projects/Lighthouse": "",
    "Projects/Garden": "",
}
_ROOMS: Final = (
    family,
    lighthouse,
    house,
    books,
    garden,
    booking,
    shops,
    letters,
    abroad,
    lists,
    junk,
    odd,
    past,
)


def build_letters(now: int) -> list[Letter]:
    """All letters, oldest first. `now`: seconds since 1970 UTC; the newest letter is some minutes older."""
    return sorted(posted(now).letters, key=lambda letter: letter.when)


def posted(now: int) -> Post:
    """The post office after all letters were written, so that more of them can be answered."""
    post = Post(now)
    for room in _ROOMS:
        room.write(post)
    return post


def filled_mailboxes(post: Post) -> Mailboxes:
    """Mailboxes with all letters of `post`, oldest first."""
    mailboxes = Mailboxes(uidvalidity=max(1, post.now % 1_000_000_000))
    mailboxes.create("Projects", selectable=False)
    for name, use in FOLDERS.items():
        mailboxes.create(name, (use,) if use else ())
    for letter in sorted(post.letters, key=lambda letter: letter.when):
        mailboxes[letter.folder].append(letter.raw, letter.flags, letter.when)
    return mailboxes
