"""A logged-in submission connection: hands over one message at a time, phase by phase, and says what became of whom."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mailtui.model.account import Secret, ServerSettings
from mailtui.model.errors import AuthError, LinkError, LocalProtocolError, MailtuiError, ProtocolError
from mailtui.model.outgoing import Fate, Recipient
from mailtui.protocols.smtp import opening
from mailtui.protocols.smtp.addresses import needs_international, path
from mailtui.protocols.smtp.message import Wired
from mailtui.protocols.smtp.opening import Offer
from mailtui.protocols.smtp.outcome import Answer, Verdict, recipient, verdict
from mailtui.protocols.smtp.wire import Wire

WINDOW = 100
"""Recipients named in one write where the server can pipeline: their answers fit into any buffer on the way."""
PARTING = 3.0
"""Seconds that a server has to answer QUIT; everything is said by then."""
DATA_END = 600.0
"""Seconds the server may think about a whole message (RFC 5321 section 4.5.3.2.6)."""

_NO_LOGIN = frozenset({530, 535, 538})
"""Codes that say nothing about the message (RFC 4954 section 6)."""

AboutToEnd = Callable[[tuple[str, ...]], Awaitable[object]]
"""Called with the recipients that were accepted when all but the final dot is out; the dot waits for it."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed over."""

    sender: str
    recipients: tuple[str, ...]
    message: Wired
    notify: bool = False
    """Ask for delivery status notifications (RFC 3461)."""
    envelope_id: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of it. Recipients that are WAITING were put off. `answer`: the server's last words, safe."""

    recipients: tuple[Recipient, ...]
    answer: str


class SmtpLink:
    """Open it with `SmtpLink.open`; after an error other than RefusedError it is of no use any more."""

    def __init__(self, wire: Wire, offer: Offer, settings: ServerSettings) -> None:
        self._wire = wire
        self.offer = offer
        self._settings = settings
        self.interrupted = False
        """Cancelled while the answer to the final dot was awaited: the caller ends as soon as it is written down."""

    @classmethod
    async def open(cls, settings: ServerSettings, secret: Secret | None) -> SmtpLink:
        """Connects, encrypts, logs in. Raises LinkError (Auth, Lost, Timeout, Tls), ProtocolError."""
        wire, offer = await opening.enter(settings, secret)
        return cls(wire, offer, settings)

    @property
    def usable(self) -> bool:
        return self._wire.is_connected and not self._wire.farewell

    async def hand_over(self, parcel: Parcel, about_to_end: AboutToEnd) -> Handed:
        """Raises LinkError when the connection ended before the final dot: nothing was sent. When it ends after it,
        those accepted are UNSURE in what is returned. Whatever `about_to_end` raises ends the connection before the
        dot."""
        refusal = self._unfit(parcel)
        if refusal:
            return Handed(tuple(Recipient(one, Fate.REFUSED, refusal) for one in parcel.recipients), refusal)
        international = self._international(parcel)
        named, bad = _paths(parcel.recipients, international=international)
        if not named:
            return Handed(tuple(bad), bad[0].answer if bad else "nobody to send it to")
        try:
            sender = await self._mail(parcel, international=international)
        except LocalProtocolError as error:  # the sender is no address
            return Handed(tuple(Recipient(one, Fate.REFUSED, error.text) for one in parcel.recipients), error.text)
        if sender is not None and sender.code in _NO_LOGIN:
            raise AuthError(f'{self._settings.host} wants a login first: "{sender.words}"', "set `auth` and a password")
        if sender is not None:
            return Handed((*(recipient(one, sender) for one in named), *bad), sender.words)
        answers = await self._recipients(named, parcel)
        taken = [one for one, answer in answers.items() if verdict(answer) is Verdict.TAKEN]
        others = [recipient(one, answer) for one, answer in answers.items() if one not in set(taken)]
        if not taken:
            await self._reset()
            return Handed((*others, *bad), next(iter(answers.values())).words)
        answer = await self._data(parcel, taken, about_to_end)
        done = [recipient(one, answer) if answer.code else Recipient(one, Fate.UNSURE, answer.text) for one in taken]
        return Handed((*done, *others, *bad), answer.words if answer.code else answer.text)

    # -- what the server can't take

    def _unfit(self, parcel: Parcel) -> str:
        message, host = parcel.message, self._settings.host
        if self.offer.size and message.size > self.offer.size:
            return f"the message has {message.size:,} bytes, {host} takes {self.offer.size:,} at most"
        if message.eight_bit and "8bitmime" not in self.offer:
            return f"{host} takes no 8-bit text (8BITMIME), and the message holds some"
        if (message.international or needs_international(parcel.sender)) and "smtputf8" not in self.offer:
            return f"{host} takes no international addresses or header fields (SMTPUTF8)"
        return ""

    def _international(self, parcel: Parcel) -> bool:
        """Whether SMTPUTF8 is asked for: only where something needs it, for not every server on the way has it."""
        return "smtputf8" in self.offer and (
            parcel.message.international or any(map(needs_international, (parcel.sender, *parcel.recipients)))
        )

    # -- phases

    async def _mail(self, parcel: Parcel, *, international: bool) -> Answer | None:
        """The answer to MAIL FROM if it is a refusal. Raises LocalProtocolError for a sender that is no address."""
        line = b"MAIL FROM:<" + path(parcel.sender, international=international) + b">"
        if "size" in self.offer:
            line += b" SIZE=%d" % parcel.message.size
        if parcel.message.eight_bit:
            line += b" BODY=8BITMIME"
        if international:
            line += b" SMTPUTF8"
        if parcel.notify and "dsn" in self.offer:
            line += b" RET=HDRS ENVID=" + _xtext(parcel.envelope_id) if parcel.envelope_id else b" RET=HDRS"
        answer = await self._wire.ask(line)
        if verdict(answer) is Verdict.TAKEN:
            return None
        await self._reset()
        return answer

    async def _recipients(self, named: dict[str, bytes], parcel: Parcel) -> dict[str, Answer]:
        notify = b" NOTIFY=SUCCESS,FAILURE,DELAY" if parcel.notify and "dsn" in self.offer else b""
        step = WINDOW if "pipelining" in self.offer else 1
        found: dict[str, Answer] = {}
        items = list(named.items())
        for start in range(0, len(items), step):
            part = items[start : start + step]
            answers = await self._wire.ask_all([b"RCPT TO:<" + where + b">" + notify for _, where in part])
            found.update(zip((address for address, _ in part), answers, strict=True))
            if any(answer.code == 421 for answer in answers):
                break
        for address in named:
            found.setdefault(address, Answer(421, "the server ended the connection before it was asked"))
        return found

    async def _data(self, parcel: Parcel, taken: Sequence[str], about_to_end: AboutToEnd) -> Answer:
        """Code 0: no answer came to the final dot."""
        wire = self._wire
        answer = await wire.ask(b"DATA")
        if answer.code != 354:
            await self._reset()
            return answer if verdict(answer) is not Verdict.TAKEN else Answer(451, f"unexpected: {answer.words}")
        try:
            for chunk in parcel.message.chunks():
                await wire.push(chunk)
            await wire.drained()
            await about_to_end(tuple(taken))
        except BaseException:
            wire.close()  # never a dot after this: the server throws away what it has (RFC 5321 section 4.1.1.4)
            raise
        try:
            return await self._final(max(DATA_END, self._settings.timeout))
        except (LinkError, ProtocolError) as error:
            wire.close()
            return Answer(0, f"{error.text}, after the whole message was sent: it may have been delivered")

    async def _final(self, within: float) -> Answer:
        """The dot and its answer. Being cancelled meanwhile is put off for a moment: it is bad not to know."""
        try:
            return await self._wire.end_of_data(within=within)
        except asyncio.CancelledError:
            self.interrupted = True
            return await self._wire.late_answer(PARTING)

    async def _reset(self) -> None:
        """Back to the beginning; a server that hangs up instead is no matter."""
        with contextlib.suppress(MailtuiError):
            await self._wire.ask(b"RSET", within=PARTING)

    # -- the end

    async def close(self, *, politely: bool = True) -> None:
        """QUIT is said and hardly waited for: everything has been said."""
        if politely and self.usable:
            with contextlib.suppress(MailtuiError):
                await self._wire.ask(b"QUIT", within=PARTING)
        self._wire.close()


def _paths(addresses: Sequence[str], *, international: bool) -> tuple[dict[str, bytes], list[Recipient]]:
    """What goes into RCPT TO by address, and those that can't."""
    named: dict[str, bytes] = {}
    bad = []
    for address in addresses:
        try:
            named[address] = path(address, international=international)
        except LocalProtocolError as error:
            bad.append(Recipient(address, Fate.REFUSED, error.text))
    return named, bad


def _xtext(text: str) -> bytes:
    """RFC 3461 section 4."""
    return "".join(
        char if 33 <= ord(char) <= 126 and char not in "+=" else "".join(f"+{byte:02X}" for byte in char.encode())
        for char in text
    ).encode()[:100]
