"""The heads of threads: for every mailbox and every thread that has messages in it, when the newest came, which it is,
how many there are and how many are unread. So a list of threads is read in pages, as a list of messages is.

Triggers note which heads a transaction touches, whoever writes; `settle` counts those anew before it commits.
"""

from __future__ import annotations

import sqlite3

_NOTE = "INSERT OR IGNORE INTO unsettled SELECT {0}.mailbox, thread FROM message WHERE id = {0}.message AND {0}.mailbox"
_NEW, _OLD = _NOTE.format("NEW"), _NOTE.format("OLD")

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS head(mailbox INTEGER NOT NULL, thread INTEGER NOT NULL, newest INTEGER NOT NULL, "
    "lead INTEGER NOT NULL, count INTEGER NOT NULL, unread INTEGER NOT NULL, "
    "PRIMARY KEY(mailbox, thread)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS head_list ON head(mailbox, newest DESC, lead DESC, count, unread)",
    "CREATE INDEX IF NOT EXISTS head_unread ON head(mailbox, newest DESC, lead DESC) WHERE unread > 0",
    "CREATE TABLE IF NOT EXISTS unsettled(mailbox INTEGER NOT NULL, thread INTEGER NOT NULL, "
    "PRIMARY KEY(mailbox, thread)) WITHOUT ROWID",
    f"CREATE TRIGGER IF NOT EXISTS placement_comes AFTER INSERT ON placement BEGIN {_NEW}; END",
    f"CREATE TRIGGER IF NOT EXISTS placement_goes AFTER DELETE ON placement BEGIN {_OLD}; END",
    "CREATE TRIGGER IF NOT EXISTS placement_changes AFTER UPDATE OF mailbox, message, date, flags ON placement "
    "WHEN OLD.mailbox IS NOT NEW.mailbox OR OLD.message <> NEW.message OR OLD.date <> NEW.date "
    f"OR (OLD.flags & 1) <> (NEW.flags & 1) BEGIN {_OLD}; {_NEW}; END",
    "CREATE TRIGGER IF NOT EXISTS message_rethreaded AFTER UPDATE OF thread ON message WHEN OLD.thread <> NEW.thread "
    "BEGIN INSERT OR IGNORE INTO unsettled SELECT mailbox, OLD.thread FROM placement WHERE message = NEW.id "
    "AND mailbox; INSERT OR IGNORE INTO unsettled SELECT mailbox, NEW.thread FROM placement WHERE message = NEW.id "
    "AND mailbox; END",
    "CREATE TRIGGER IF NOT EXISTS message_goes BEFORE DELETE ON message "
    "BEGIN INSERT OR IGNORE INTO unsettled SELECT mailbox, OLD.thread FROM placement WHERE message = OLD.id "
    "AND mailbox; END",
    "CREATE TRIGGER IF NOT EXISTS head_comes AFTER INSERT ON head "
    "BEGIN UPDATE mailbox SET threads = threads + 1 WHERE id = NEW.mailbox; END",
    "CREATE TRIGGER IF NOT EXISTS head_goes AFTER DELETE ON head "
    "BEGIN UPDATE mailbox SET threads = threads - 1 WHERE id = OLD.mailbox; END",
)
"""Harmless where it is there already. The column `mailbox.threads` is made by `create`."""

_MEMBERS = (
    "FROM unsettled u CROSS JOIN message m INDEXED BY message_thread ON m.thread = u.thread "
    "CROSS JOIN placement p INDEXED BY placement_message ON p.message = m.id AND p.mailbox = u.mailbox"
)
_LEAD = (
    "(SELECT max(p.id) FROM message m INDEXED BY message_thread CROSS JOIN placement p INDEXED BY placement_message "
    "ON p.message = m.id WHERE m.thread = g.thread AND p.mailbox = g.mailbox AND p.date = g.newest)"
)
_COUNTED = (
    "INSERT INTO head(mailbox, thread, newest, lead, count, unread) "
    "SELECT mailbox, thread, newest, CASE count WHEN 1 THEN id ELSE {lead} END, count, unread FROM ("
    "SELECT {group}, max(p.date) AS newest, max(p.id) AS id, count(*) AS count, "
    "sum(p.flags & 1 = 0) AS unread {rows} GROUP BY {group}) AS g WHERE true "
    "ON CONFLICT(mailbox, thread) DO UPDATE SET newest = excluded.newest, lead = excluded.lead, "
    "count = excluded.count, unread = excluded.unread"
)
_SETTLE = _COUNTED.format(lead=_LEAD, group="u.mailbox, u.thread", rows=_MEMBERS)
_FILL = _COUNTED.format(
    lead=_LEAD,
    group="p.mailbox, m.thread",
    rows="FROM placement p CROSS JOIN message m ON m.id = p.message WHERE p.mailbox",
)
_EMPTIED = (
    "DELETE FROM head WHERE (mailbox, thread) IN (SELECT u.mailbox, u.thread FROM unsettled u WHERE NOT EXISTS ("
    "SELECT 1 FROM message m INDEXED BY message_thread CROSS JOIN placement p INDEXED BY placement_message "
    "ON p.message = m.id WHERE m.thread = u.thread AND p.mailbox = u.mailbox))"
)


def create(db: sqlite3.Connection) -> None:
    """Tables, triggers, and the heads of the mail that is there already; inside the caller's transaction."""
    if not any(column[1] == "threads" for column in db.execute("PRAGMA table_info(mailbox)")):
        db.execute("ALTER TABLE mailbox ADD COLUMN threads INTEGER NOT NULL DEFAULT 0")
    for statement in SCHEMA:
        db.execute(statement)
    db.execute("DELETE FROM unsettled")
    db.execute("DELETE FROM head")
    db.execute(_FILL)


def settle(db: sqlite3.Connection) -> None:
    """Count the heads that this transaction touched. The work grows with the messages of those threads."""
    if db.execute("SELECT 1 FROM unsettled LIMIT 1").fetchone() is None:
        return
    db.execute(_EMPTIED)
    db.execute(_SETTLE)
    db.execute("DELETE FROM unsettled")
