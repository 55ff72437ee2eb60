"""Between what is written on the screen and what is mail: a stored message becomes an answer to it, fields and files
become a message for drafts and outbox. Blocking: runs on threads."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailtui.files.composing import ComposingFolder
from mailtui.mail.compose.checks import Doubt
from mailtui.mail.compose.header import ComposeError
from mailtui.mail.headers import scan_envelope
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import Settings, Template
from mailtui.model.errors import FileError
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, PlacementId, Word
from mailtui.model.intents import Deed
from mailtui.model.mail import Flag, Flags, Row
from mailtui.model.outgoing import Outgoing, Save, Send
from mailtui.model.ports import MailReader
from mailtui.ui import doubting, letters
from mailtui.ui.clock import now
from mailtui.ui.inside import Sheet, text_sheet
from mailtui.ui.letters import Manner
from mailtui.ui.opening import raw_message
from mailtui.ui.senders import Person, persons, with_template
from mailtui.view.composer import Enclosed, Written, from_json, signature_block
from mailtui.view.outbox import when
from mailtui.view.pieces import Piece, Pieces

KNOWN = 2_000
"""People, those one deals with most, whose addresses are compared with what was typed."""
DRAFTS_READ = 500
"""Drafts, the newest, among which one is looked for."""
HEAD = 65_536
"""Bytes in which the header of a message is looked for."""
DRAFT = Flags(Flag.SEEN | Flag.DRAFT)


@dataclass(frozen=True, slots=True)
class Built:
    """Ready for the outbox."""

    deed: Deed
    message_id: str
    not_before: float
    """Seconds since 1970 UTC."""


class NotHereError(FileError):
    """The message has to be fetched first."""


class Answering:
    """Everything of the composer that needs the store, the disk or a parser."""

    def __init__(self, reader: MailReader, settings: Settings, folder: ComposingFolder) -> None:
        self._reader = reader
        self._settings = settings
        self._folder = folder
        self.undo_seconds = settings.undo_send

    # -- to be written

    def senders(self) -> tuple[Person, ...]:
        """All identities, in the order of config.toml."""
        return persons(self._settings.accounts)

    def _mine(self, account: AccountId | None) -> Person:
        senders = self.senders()
        first = senders[0] if senders else Person("", "", "")
        return next((one for one in senders if one.account == account), first)

    def blank(self, account: AccountId | None) -> Written:
        """A new message from this account, else from the first."""
        mine = self._mine(account)
        text = signature_block(mine.signature)
        written = letters.begun(self._folder.new_word(), mine, markdown=self._settings.markdown)
        return replace(written, text=text, started=text)

    def from_template(self, template: Template, account: AccountId | None) -> Written:
        """A new message that begins with the template."""
        written = self.blank(account)
        found, text = with_template(written, template, now())
        for field, words in found.items():
            written = written.with_field(field, words)
        return replace(written, text=f"{text}{written.text}")

    def answer(self, name: str, row: Row, quote: str = "") -> Written:
        """An action on a stored message. `quote`: all that an answer quotes of it, if not empty. Raises FileError
        if its body is not here."""
        raw = raw_message(self._reader, row.placement)
        if raw is None:
            raise NotHereError("The message is not on this computer yet", "open it first")
        box = next((box for box in self._reader.mailboxes() if box.id == row.mailbox), None)
        if name == "resend" and box is not None and box.role is Role.DRAFTS:
            raise FileError("That is a draft: it was never sent", "open it, and send it")
        word = self._folder.new_word()
        own = [one for one in self.senders() if box is not None and one.account == box.account] or [self._mine(None)]
        manner = Manner(self._settings.attribution, self._settings.markdown, quote)
        written, files = letters.answer(name, raw, row, word, own, manner)
        kept = []
        for file in files:
            one = self._folder.keep_chunks(word, file.name, file.chunks)
            kept.append(Enclosed(one.path, one.name, one.size, file.type))
        if written.fixed:
            return replace(written, original=kept[0].path)
        return letters.with_files(written, kept)

    def left_open(self) -> list[Written]:
        """What lies on the disk from before and was not handed on meanwhile."""
        self._folder.sweep()
        out = []
        sent = {one.message_id for one in self._reader.outbox()}
        for word, raw in self._folder.read_all():
            written = from_json(raw)
            if written is None or written.word != word:
                continue
            if written.message_id and written.message_id in sent:
                self._folder.forget(word)
            else:
                out.append(written)
        return out

    # -- written

    def check(self, written: Written, not_before: float | None) -> tuple[Doubt, ...]:
        """What a person may have overlooked. `not_before`: seconds since 1970 UTC, if it waits."""
        known = {one.address for one in self._reader.people("", KNOWN) if one.sent}
        return doubting.check(written, now(), not_before or 0.0, known)

    def preview(self, written: Written, width: int) -> Sheet:
        """How it will go out: its parts, its header, its text."""
        try:
            raw, remark = letters.to_bytes(written, now()), ""
        except ComposeError:
            raw, remark = letters.to_bytes(written, now(), draft=True), "what is no address is left out"
        parts, head, text = letters.outline(raw)
        lines: list[Pieces] = [(Piece(line, "accent"),) for line in parts]
        shown = (*lines, (), *text_sheet(head, width), (), *text_sheet(text, width))
        return Sheet("As it will go out", shown, remark)

    def _path(self, written: Written, *, draft: bool) -> str:
        return self._folder.write(written.word, letters.to_bytes(written, now(), draft=draft), ".eml")

    def draft(self, written: Written) -> tuple[Deed, int]:
        """The deed that saves it, and the draft that it replaces (0: none). Raises FileError."""
        before = self._draft_of(written)
        save = Save(
            AccountId(written.account),
            Role.DRAFTS,
            self._path(written, draft=True),
            DRAFT,
            PlacementId(before) if before else None,
        )
        return Deed("", (save,)), before

    def draft_row(self, message_id: str) -> Row | None:
        """The draft with this Message-ID, of whatever account."""
        for box in self._reader.mailboxes():
            if box.role is Role.DRAFTS and message_id:
                for row in self._reader.page(box.id, limit=DRAFTS_READ):
                    if row.message_id == message_id:
                        return row
        return None

    def _draft_of(self, written: Written) -> int:
        """The placement of what was saved of it; 0 if there is nothing."""
        row = self.draft_row(written.draft_id)
        return int(row.placement) if row is not None else 0

    def draft_after(self, written: Written, before: int) -> bool:
        """Whether another draft of it is there than that one."""
        return self._draft_of(written) not in {0, before}

    def build(self, written: Written, not_before: float) -> Built:
        """The deed that queues it. Raises FileError."""
        found = letters.recipients(written)
        draft = self._draft_of(written)
        subject = safe_line(written.subject) or "a message"
        label = f"Sent {subject} again" if written.fixed else f"Sent {subject}"
        send = Send(
            AccountId(written.account),
            self._path(written, draft=False),
            letters.sender_of(written).addr,
            found,
            not_before,
            written.notify,
            draft=PlacementId(draft) if draft else None,
            answers=self._placement(written.answers),
            forwards=self._placement(written.forwards),
        )
        return Built(Deed(label, (send,)), written.message_id, not_before)

    def _placement(self, word: str) -> PlacementId | None:
        row = self._reader.by_word(Word(word)) if word else None
        return row.placement if row is not None else None

    # -- the outbox

    def outgoing(self, message_id: str) -> Outgoing | None:
        """The newest of the queue with this Message-ID."""
        found = [one for one in self._reader.outbox() if one.message_id == message_id]
        return max(found, key=lambda one: one.id, default=None)

    def drafted_as(self, message_id: str) -> tuple[Outgoing | None, str]:
        """The same, and the Message-ID that it has as a draft: one that is sent again keeps its own."""
        found = self.outgoing(message_id)
        try:
            with open(found.path if found is not None else "", "rb") as stream:
                return found, scan_envelope(stream.read(HEAD)).message_id
        except OSError:
            return found, message_id

    def queued(self, message_id: str) -> bool:
        return self.outgoing(message_id) is not None

    def unqueued(self, message_id: str) -> bool:
        return self.outgoing(message_id) is None

    # -- times

    def moment(self, typed: str, seen: float) -> float | None:
        """What a person typed as a time to come, seconds since 1970 UTC; None if it is none."""
        return doubting.moment(typed, seen)

    def shown_time(self, stamp: float) -> str:
        return when(stamp, now())
