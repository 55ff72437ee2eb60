"""Every key of config.toml as a table: what it may hold, its default, what it is for. `config.example.toml` and the
README are checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mailtui.config import kinds
from mailtui.config.kinds import Kind
from mailtui.mail.compose.attribution import STANDARD
from mailtui.model.account import KEY_PRESETS, OfflinePolicy, Protocol, Security
from mailtui.model.folder import Role
from mailtui.model.keep import KEEP_FOREVER
from mailtui.model.listing import NEWEST, ORDERS
from mailtui.model.rules import MARK_WORDS
from mailtui.model.terminal import SIGNALS

AUTHS = ("auto", "plain", "login", "cram-md5", "xoauth2", "oauthbearer", "apop")
SECRET_KEYS = ("password_command", "password", "keyring", "token_command")
ROLES = tuple(role.value for role in Role if role is not Role.NONE)


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `default` as the model wants it; `shown`: the default in words where it is worked out from others."""

    name: str
    kind: Kind
    doc: str
    default: Any = None
    required: bool = False
    shown: str = ""


GENERAL = (
    Key("store", kinds.text("a path"), "Folder of the store: the mail itself and its index.", shown="data folder"),
    Key("theme", kinds.text(), "Name of the colour theme.", "mailtui-dark"),
    Key("ascii", kinds.boolean(), "Draw with ASCII characters only.", False),
    Key(
        "keep_deleted",
        kinds.duration(0, 3650 * 86400),
        "How long a copy of deleted mail stays on this computer, for `mailtui recover`.",
        14 * 86400.0,
        shown='"14d"',
    ),
    Key(
        "mark_read_seconds",
        kinds.number(-1, 3600),
        "How long a message stays open before it counts as read; -1: never by itself.",
        1.0,
    ),
    Key(
        "after_action",
        kinds.one_of(("next", "previous", "stay")),
        "Which message follows one that was archived, deleted or moved: the one below, the one above, or the list.",
        "next",
    ),
    Key(
        "undo_send",
        kinds.duration(0, 3600),
        "How long a message waits in the outbox before it goes out, so that it can be taken back.",
        10.0,
        shown='"10s"',
    ),
    Key("learn", kinds.boolean(), "Learn what spam is from what you mark, archive and file.", True),
    Key("downloads", kinds.text("a path"), "Folder that attachments are saved in.", shown='"~/Downloads"'),
    Key(
        "opener",
        kinds.texts(),
        "Program that opens attachments and links, an array with its options.",
        (),
        shown="the desktop's",
    ),
    Key(
        "editor",
        kinds.texts(),
        "Editor that Ctrl+E in the composer gives the text to, an array with its options.",
        (),
        shown="$VISUAL, $EDITOR",
    ),
    Key(
        "address_command",
        kinds.texts(),
        "Program that is asked for addresses while you type them; %s is what you typed.",
        (),
        shown="none",
    ),
    Key(
        "attribution",
        kinds.attribution(),
        "Line above what an answer quotes; {date}, {time}, {name}, {first}, {address} and {subject} are filled in.",
        STANDARD,
    ),
    Key(
        "markdown",
        kinds.boolean(),
        "Messages begin as Markdown: an HTML version goes along. F4 in the composer switches it for one message.",
        False,
    ),
)

ACCOUNT = (
    Key("email", kinds.email(), "Your address.", required=True),
    Key("name", kinds.text(empty=True), "Your name as others see it.", ""),
    Key(
        "identities",
        Kind("an array of addresses or of tables", lambda value: value),
        "Further names that you write under; an answer takes the one that got the message.",
        [],
        shown="[]",
    ),
    Key("signature", kinds.lines(), "Stands below what you write.", "", shown="none"),
    Key(
        "signature_position",
        kinds.one_of(("below", "above")),
        "Where the signature stands in an answer: below the quoted text, or above it.",
        "below",
    ),
    Key(
        "offline",
        kinds.offline(),
        'Which messages are kept whole on this computer: "all", "recent:90d" (d, w or y) or "headers".',
        OfflinePolicy(),
        shown='"all"',
    ),
    Key(
        "poll",
        kinds.duration(10, 86400),
        "How often folders that are not watched live are looked at.",
        300.0,
        shown='"5m"',
    ),
    Key(
        "watch",
        kinds.texts(),
        "Folders to watch live besides the Inbox and the one on the screen; * works.",
        (),
        shown="[]",
    ),
    Key("folders", kinds.texts(), "Patterns of folder names to keep here; * and ? work. Empty: all.", (), shown="[]"),
    Key(
        "save_sent",
        kinds.boolean(),
        "Put a copy of what you sent into Sent; false where the server does that itself.",
        None,
        shown="false for Gmail and Outlook, else true",
    ),
    Key(
        "file_spam",
        kinds.boolean(),
        "Move new spam from the Inbox to Junk by itself.",
        None,
        shown="true for pop3 and local, false for imap",
    ),
    Key(
        "file_advertising",
        kinds.boolean(),
        "Move new advertising from the Inbox to Advertising by itself; makes that folder on the server if need be.",
        None,
        shown="true for pop3 and local, false for imap",
    ),
    Key(
        "send_command",
        kinds.command(),
        "Program that sends instead of an SMTP server: msmtp, or whatever takes sendmail's arguments.",
    ),
    Key("roles", kinds.names(ROLES), "Folders for roles that the server does not mark.", (), shown="{}"),
    Key("imap", Kind("a table", lambda value: value), "The IMAP server: its own table, see below."),
    Key("pop3", Kind("a table", lambda value: value), "The POP3 server: its own table, see below."),
    Key("local", Kind("a table", lambda value: value), "Instead of imap or pop3: mail of this computer only."),
    Key("smtp", Kind("a table", lambda value: value), "The SMTP server: its own table, see below."),
)

LOCAL = (Key("path", kinds.text("a path"), "Maildir or mbox file that `mailtui import` copies mail from."),)

SERVER = (
    Key("host", kinds.host(), "Name or address of the server.", required=True),
    Key("port", kinds.integer(1, 65535), "Port; the usual one of the protocol by default.", shown="by protocol"),
    Key(
        "security",
        kinds.member(Security),
        '"tls" from the first byte, "starttls" upgrade, or "none" (clear text: this computer only).',
        Security.TLS,
        shown='"tls"',
    ),
    Key("user", kinds.text(), "Login name.", shown="email"),
    Key(
        "password_command",
        kinds.command(),
        "Program that prints the password as its first line; an array runs without a shell.",
    ),
    Key("password", kinds.secret(), "The password itself. Discouraged; the file must be readable by you alone."),
    Key("keyring", kinds.switch_or_text(), "true, or a service name: ask the system's keyring (extra `keyring`)."),
    Key("token_command", kinds.command(), "Program that prints an OAuth 2 access token."),
    Key("auth", kinds.one_of((*AUTHS, "none")), "How to log in; auto takes the best both sides know.", "auto"),
    Key("ca_file", kinds.text("a path"), "PEM file with the private CA that signed the server's certificate."),
    Key(
        "timeout",
        kinds.duration(1, 600),
        "How long a command may take without progress.",
        30.0,
        shown='"30s"',
    ),
    Key("connections", kinds.integer(1, 10), "Connections to this server at once, at most.", 4),
    Key(
        "idle_renew",
        kinds.duration(5, 29 * 60),
        "How long to wait for news before the connection is tried (IDLE is renewed).",
        300.0,
        shown='"5m"',
    ),
    Key(
        "allow_cleartext",
        kinds.boolean(),
        'Allow security = "none" for a server that is not this computer. Everybody on the way can read along.',
        False,
    ),
)

POP3 = (
    *SERVER,
    Key(
        "leave_on_server",
        kinds.leave(),
        'When fetched mail is deleted on the server: "forever" (never), "never" (at once), "14d" (after 14 days), '
        '"until_deleted" (when it is deleted here, or in Trash).',
        KEEP_FOREVER,
        shown='"forever"',
    ),
)

TEMPLATE = (
    Key("subject", kinds.text(empty=True), "Its subject.", ""),
    Key("to", kinds.text(empty=True), "Whom it is for, as you would type it.", ""),
    Key("cc", kinds.text(empty=True), "Who gets a copy.", ""),
    Key("bcc", kinds.text(empty=True), "Who gets a copy that the others do not know of.", ""),
    Key("text", kinds.lines(), "The text; {{first}}, {{name}}, {{me}}, {{date}} and others are filled in."),
    Key("file", kinds.text("a path"), "File with the text, instead of `text`."),
)

RULE = (
    Key("name", kinds.text(), "What the history calls it.", required=True),
    Key("match", kinds.text("a search"), "Which mail is meant, as you would search for it.", required=True),
    Key("accounts", kinds.texts(), "Only mail of these accounts. Empty: all.", (), shown="[]"),
    Key("move", kinds.text("a folder"), "Move it to this folder, which is made if the account has none."),
    Key("copy", kinds.text("a folder"), "Put a copy into this folder, which is made if the account has none."),
    Key("archive", kinds.boolean(), "Move it to the Archive.", False),
    Key("delete", kinds.boolean(), "Move it to the Trash.", False),
    Key(
        "mark",
        kinds.some_of(MARK_WORDS),
        "Mark it: " + ", ".join(f'"{word}"' for word in MARK_WORDS[:-1]) + f' or "{MARK_WORDS[-1]}".',
        (),
        shown="[]",
    ),
    Key("label", kinds.texts(), "Labels that it gets.", (), shown="[]"),
    Key("stop", kinds.boolean(), "Ask no later rule about it, and don't file it as spam or advertising.", False),
)

PORTS: dict[tuple[Protocol, Security], int] = {
    (Protocol.IMAP, Security.TLS): 993,
    (Protocol.IMAP, Security.STARTTLS): 143,
    (Protocol.IMAP, Security.NONE): 143,
    (Protocol.POP3, Security.TLS): 995,
    (Protocol.POP3, Security.STARTTLS): 110,
    (Protocol.POP3, Security.NONE): 110,
    (Protocol.SMTP, Security.TLS): 465,
    (Protocol.SMTP, Security.STARTTLS): 587,
    (Protocol.SMTP, Security.NONE): 25,
}

TERMINAL = (
    Key("title", kinds.boolean(), "The window's title says how much is unread.", True),
    Key("osc52", kinds.boolean(), "What is copied goes to the clipboard through the terminal (OSC 52).", True),
    Key(
        "copy_command",
        kinds.texts(),
        "Program that gets what is copied on its stdin, an array with its options.",
        (),
        shown="none",
    ),
    Key("bell", kinds.boolean(), "New mail rings the bell.", False),
    Key(
        "notify",
        kinds.one_of(SIGNALS),
        "New mail is told by the terminal: OSC 9 or OSC 777, whichever it knows.",
        SIGNALS[0],
    ),
    Key(
        "notify_command",
        kinds.texts(),
        "Program that tells of new mail: %t is a title, %b what came, %n the number; never read by a shell.",
        (),
        shown="none",
    ),
)

KEYS = (
    Key(
        "preset",
        kinds.one_of(KEY_PRESETS),
        "Whose keys to start from: mailtui's own, or those that hands know from Gmail, mutt or aerc.",
        KEY_PRESETS[0],
    ),
)

LIST = (
    Key(
        "columns",
        kinds.columns(),
        "What the lines of the message list say behind the flags, from left to right. Empty: as the width suggests.",
        (),
        shown="[]",
    ),
    Key("snippets", kinds.boolean(), "The first words of the text behind the subject, where there is room.", True),
    Key(
        "order",
        kinds.one_of(ORDERS),
        "How folders are listed until you list one otherwise (O and T; every folder remembers it).",
        NEWEST,
    ),
)

TOP = ("general", "list", "accounts", "templates", "rules", "keys", "terminal")

SECTIONS: dict[str, tuple[Key, ...]] = {
    "general": GENERAL,
    "list": LIST,
    "keys": KEYS,
    "terminal": TERMINAL,
    "accounts.NAME": ACCOUNT,
    "accounts.NAME.imap": SERVER,
    "accounts.NAME.pop3": POP3,
    "accounts.NAME.smtp": SERVER,
    "templates.NAME": TEMPLATE,
    "accounts.NAME.local": LOCAL,
    "[rules]": RULE,
}
"""Every fixed section by its name in the file; `[keys.SCOPE]` is free: key names to action names."""
