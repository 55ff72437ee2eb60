"""What a message says about leaving its list, and the mail that leaves it. Blocking: runs on a thread."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from mailtui.files.composing import ComposingFolder
from mailtui.files.left_lists import Left, LeftLists
from mailtui.mail.classify.unsubscribe import MailWay, Ways, list_name, ways
from mailtui.mail.sanitize import safe_line
from mailtui.mail.trust import domain_of, organisation
from mailtui.model.account import Account, Settings
from mailtui.model.errors import FileError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import Deed
from mailtui.model.mail import Address, Row
from mailtui.model.outgoing import Send
from mailtui.model.ports import MailReader
from mailtui.ui.clock import now
from mailtui.ui.opening import raw_message

NOT_HERE = "The message is not on this computer yet"


@dataclass(frozen=True, slots=True)
class Offer:
    """The ways off a list. `name` is safe for a terminal."""

    account: AccountId
    name: str
    sender: str
    """Domain of who wrote, lower case."""
    me: Address
    """The address that is on the list."""
    ways: Ways
    left: Left | None = None
    """When and how the person left it before."""
    goes_on: bool = False
    """Whether this message came although they had left."""
    spam: bool = False
    """It lies in the spam folder."""
    mute: bool = False
    """It would take a mail, and the account can't send."""

    def without_click(self) -> Offer:
        """The other ways: that one failed."""
        return replace(self, ways=replace(self.ways, one_click=""))


@dataclass(frozen=True, slots=True)
class Letter:
    """The mail that leaves a list, ready for the outbox; `word` names its file until the store has it."""

    deed: Deed
    word: str
    to: str
    until: float
    """When it goes out, seconds since 1970 UTC."""


class Lists:
    """Reads messages, remembers what was left."""

    def __init__(self, reader: MailReader, settings: Settings) -> None:
        self._reader = reader
        self._settings = settings
        self._kept = LeftLists(settings.store)
        self._folder = ComposingFolder(settings.store)

    def look(self, row: Row) -> Offer | None:
        """None: the message is not on this computer. Raises FileError, StoreError, OSError."""
        from mailtui.mail.classify.features import read_features

        raw = raw_message(self._reader, row.placement)
        if raw is None:
            return None
        features = read_features(raw)
        box = next((box for box in self._reader.mailboxes() if box.id == row.mailbox), None)
        account = self._settings.account(box.account) if box is not None else None
        if account is None:
            raise FileError("Its account is not in config.toml")
        name, found = list_name(features.envelope), ways(features)
        left = self._kept.find(account.id, name)
        mute = bool(found.mails) and account.smtp is None and not account.send_command
        reached = {one.addr.lower() for one in (*features.envelope.to, *features.envelope.cc)}
        return Offer(
            account.id,
            name,
            domain_of(features.sender),
            _me(account, reached),
            replace(found, mails=()) if mute else found,
            left,
            left is not None and left.goes_on(row.date),
            box is not None and box.role is Role.JUNK,
            mute,
        )

    def letter(self, offer: Offer, way: MailWay) -> Letter:
        """To the list, from the address that is on it. What is sent is remembered at once. Raises FileError."""
        from mailtui.mail.compose.build import Letter as Text
        from mailtui.mail.compose.build import build
        from mailtui.mail.compose.complete import complete

        moment = datetime.fromtimestamp(now()).astimezone()
        word = self._folder.new_word()
        message_id = f"{secrets.token_hex(12)}@{domain_of(offer.me.addr) or 'localhost'}"
        text = Text(
            offer.me, moment, message_id, to=(Address("", way.to),), subject=way.subject, text=way.body or "unsubscribe"
        )
        raw = complete(build(text), offer.me, moment, message_id).raw
        path = self._folder.write(word, raw, ".eml")
        until = now() + self._settings.undo_send
        deed = Deed(f"Left {offer.name} by a mail", (Send(offer.account, path, offer.me.addr, (way.to,), until),))
        self.remember(offer, way.to)
        return Letter(deed, word, safe_line(way.to), until)

    def remember(self, offer: Offer, to: str) -> None:
        """It was left by a mail to `to`. Raises FileError."""
        self._kept.keep(offer.account, offer.name, Left(int(now()), "mail", to))

    def forget(self, offer: Offer) -> None:
        """The mail was taken back: it is as it was before. Raises FileError."""
        if offer.left is not None:
            self._kept.keep(offer.account, offer.name, offer.left)
        else:
            self._kept.forget(offer.account, offer.name)

    def sent(self, word: str) -> None:
        """The store has the letter: its file goes."""
        self._folder.forget(word)


def _me(account: Account, reached: set[str]) -> Address:
    """Which of the account's addresses the list writes to; the account's own, if that can't be seen."""
    own = [word for one in account.senders for word in (one.email, *one.aliases)]
    return Address(account.name, next((one for one in own if one.lower() in reached), account.email))


def doubts(url: str, sender: str) -> list[str]:
    """Why one had better look twice at a page for leaving. `sender`: the domain of who wrote. Safe sentences."""
    from mailtui.mail.render.links import host
    from mailtui.mail.trust import unicode_domain

    real, found = host(url), []
    if "xn--" in real:
        found.append(f"{real} is written with other letters: {unicode_domain(real)}")
    if sender and organisation(real) != organisation(sender):
        found.append(f"{sender} wrote, the page is at {real}")
    if url[:5].lower() == "http:":
        found.append("everybody on the way can read what it is asked")
    return [safe_line(one) for one in found]
