"""Accounts as values. Secrets are wrapped so that no repr, log or traceback shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.keep import KEEP_FOREVER, KeepPolicy
from mailtui.model.listing import USUAL_STYLE, ListStyle
from mailtui.model.rules import Rule
from mailtui.model.terminal import USUAL, Surroundings

DOWNLOADS = "~/Downloads"
SHELL = ("/bin/sh", "-c")
"""How a command of the configuration begins that was given as one string, for the shell; that string follows."""
KEY_PRESETS = ("mailtui", "gmail", "mutt", "aerc")
"""Sets of keys to start from; the first is the usual one."""


class Security(Enum):
    """How a connection is protected (RFC 8314): implicit TLS, STARTTLS upgrade, or clear text."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Protocol(Enum):
    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"


@dataclass(frozen=True, slots=True)
class Secret:
    """A password or token. Read it with `reveal()` at the last moment; it never prints."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__


class SecretKind(Enum):
    COMMAND = "password_command"
    PLAIN = "password"
    KEYRING = "keyring"
    TOKEN_COMMAND = "token_command"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where a password or OAuth token comes from. `argv` for the commands (run without a shell unless it was
    given as one string, then `(*SHELL, text)`); `plain` for `password`; `service` for the keyring."""

    kind: SecretKind
    argv: tuple[str, ...] = ()
    plain: Secret | None = None
    service: str = ""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One protocol table of an account."""

    protocol: Protocol
    host: str
    port: int
    security: Security
    user: str
    secret: SecretSource
    ca_file: str | None = None
    auth: str = "auto"
    """auto, plain, login, xoauth2, oauthbearer; POP3 also apop; SMTP also none (no login, `secret.kind` is NONE)."""
    timeout: float = 30.0
    """Seconds a single command may take without progress."""
    connections: int = 4
    """At most this many connections to the server at once."""
    idle_renew: float = 300.0
    """Seconds after which an IDLE is ended and begun anew: what finds a wedged server, and keeps a NAT awake."""
    leave_on_server: KeepPolicy = KEEP_FOREVER
    """POP3: when fetched mail is deleted there."""


class OfflineKind(Enum):
    ALL = "all"
    RECENT = "recent"
    HEADERS = "headers"


@dataclass(frozen=True, slots=True)
class OfflinePolicy:
    """Which bodies are kept on this computer: all, those younger than `days`, or none until opened."""

    kind: OfflineKind = OfflineKind.ALL
    days: int = 0


@dataclass(frozen=True, slots=True)
class Traits:
    """What the server side of an account keeps; what it does not keep lives on this computer only."""

    keeps_flags: bool
    keeps_folders: bool
    keeps_moves: bool
    keeps_drafts: bool
    keeps_sent: bool


IMAP_TRAITS = Traits(True, True, True, True, True)
LOCAL_TRAITS = Traits(False, False, False, False, False)


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """An account that has no server to read from. `path`: what `mailtui import` takes if it is told nothing else."""

    path: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A name that a person writes under."""

    email: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    """Further addresses whose mail comes here, and answers go out from; `*@example.org` is a whole domain."""
    signature: str = ""
    """Stands below what is written, behind a line of two dashes."""
    signature_above: bool = False
    """It stands above the text that an answer quotes."""
    reply_to: str = ""
    bcc_self: bool = False
    """What is sent also goes to `email`, as Bcc."""


@dataclass(frozen=True, slots=True)
class Account:
    id: AccountId
    email: str
    name: str
    imap: ServerSettings | None = None
    pop3: ServerSettings | None = None
    smtp: ServerSettings | None = None
    save_sent: bool = True
    """A copy of what was sent is put into Sent; False where the server does that by itself."""
    file_spam: bool = False
    """New mail of the Inbox that is spam is moved to Junk by itself."""
    file_advertising: bool = False
    """New mail of the Inbox that is advertising is moved to Advertising by itself; the folder is made if need be."""
    send_command: tuple[str, ...] = ()
    """Program that sends instead of an SMTP server, with its arguments."""
    identities: tuple[Identity, ...] = ()
    """Further ones; the first is always the account's own address, see `senders`."""
    signature: str = ""
    """Stands below what is written, behind a line of two dashes."""
    signature_above: bool = False
    """It stands above the text that an answer quotes."""
    offline: OfflinePolicy = OfflinePolicy()
    poll_seconds: int = 300
    """Interval for mailboxes that are not watched live."""
    watch: tuple[str, ...] = ()
    """Patterns of mailbox names to watch live, besides the Inbox and the one on the screen."""
    folders: tuple[str, ...] = ()
    """Patterns of mailbox names to synchronise; empty = all."""
    roles: tuple[tuple[Role, str], ...] = ()
    """Roles set by hand: overrides SPECIAL-USE and guessing."""
    local: LocalSettings | None = None

    @property
    def senders(self) -> tuple[Identity, ...]:
        """All names one writes under from here, the account's own first; an identity with its address takes its
        place."""
        own = self.email.casefold()
        if any(identity.email.casefold() == own for identity in self.identities):
            return self.identities
        mine = Identity(self.email, self.name, (), self.signature, self.signature_above)
        return (mine, *self.identities)

    @property
    def traits(self) -> Traits:
        return IMAP_TRAITS if self.imap is not None else LOCAL_TRAITS


@dataclass(frozen=True, slots=True)
class Template:
    """A text to begin a message with; `{{first}}` and other gaps are filled in."""

    name: str
    text: str
    subject: str = ""
    to: str = ""
    """Addresses as they are typed into the field, like `cc` and `bcc`."""
    cc: str = ""
    bcc: str = ""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the config file binds a key: `where` is file and line, `line` the line as shown, `caret` what stands under
    it. Safe texts."""

    scope: str
    key: str
    where: str
    line: str
    caret: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration, checked."""

    accounts: tuple[Account, ...]
    store: str
    """Absolute path of the data folder."""
    config_file: str | None = None
    theme: str = "mailtui-dark"
    ascii: bool = False
    mark_read_seconds: float = 1.0
    """How long a message must stay open before it counts as read; negative: never by itself."""
    after_action: str = "next"
    """Which message follows one that was archived, deleted or moved: next (below), previous (above), stay (back to
    the list)."""
    keep_deleted: float | None = 14 * 86_400.0
    """How long mail that left its server is kept on this computer, in seconds; None: for ever."""
    undo_send: float = 10.0
    """Seconds between the key that sends and the sending."""
    learn: bool = True
    """What the person calls spam and not spam is learned from."""
    downloads: str = DOWNLOADS
    """Folder that attachments are saved in."""
    opener: tuple[str, ...] = ()
    """Program and options that open attachments and links; empty: the desktop's."""
    editor: tuple[str, ...] = ()
    """Program and options that the text of a message is given to; empty: $VISUAL, $EDITOR."""
    address_command: tuple[str, ...] = ()
    """Program and options that are asked for addresses; `%s` in them is what was typed."""
    attribution: str = "On {date}, {name} wrote:"
    """Line above what an answer quotes (`mail/compose/attribution`); empty: none."""
    markdown: bool = False
    """Messages begin as Markdown."""
    listing: ListStyle = USUAL_STYLE
    """The message list: `[list]`."""
    writing: str = ""
    """Word of an unfinished message that the screen begins with (`mailtui compose`); no key of the file."""
    keys: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """`[keys.SCOPE]` tables: (scope, ((key, action), ...))."""
    templates: tuple[Template, ...] = ()
    """`[templates.NAME]` tables."""
    rules: tuple[Rule, ...] = ()
    """`[[rules]]` tables, in the order in which they are asked."""
    terminal: Surroundings = USUAL
    """`[terminal]`."""
    key_preset: str = KEY_PRESETS[0]
    """Which of KEY_PRESETS they change."""
    key_places: tuple[KeyPlace, ...] = ()

    def account(self, name: str) -> Account | None:
        return next((account for account in self.accounts if account.id == name), None)
