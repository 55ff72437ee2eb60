"""Identities. What a message *is* (`MessageId`) and where it *lies* (`PlacementId`) are two things: a move changes
only the second one's mailbox, so cursor, cache, thread and search entry survive it."""

from __future__ import annotations

from typing import NewType

AccountId = NewType("AccountId", str)
"""The account's name in config.toml (`[accounts.NAME]`)."""

MailboxId = NewType("MailboxId", int)
"""A mailbox of one account, stable over renames."""

MessageId = NewType("MessageId", int)
"""Content: one per distinct message text (digest). Not the Message-ID header."""

PlacementId = NewType("PlacementId", int)
"""One message lying in one mailbox: a row of the list. Stable when the message moves."""

Word = NewType("Word", str)
"""The public, opaque `id` of a placement (12 characters, base32 lower case). Part of its maildir file name,
so it survives a move and a reindex."""

ThreadId = NewType("ThreadId", int)
IntentId = NewType("IntentId", int)
"""A line of the journal."""

StepId = NewType("StepId", int)
"""A step of the history."""

Revision = NewType("Revision", int)
"""Counts committed write transactions; every Change carries the one that made it."""
