"""One logged-in IMAP connection, over aioimaplib's transport bookkeeping (see protocol.py for whose part is whose).

Everything learned before TLS is forgotten. Every command has a deadline of progress. Errors of sockets, TLS and the
library end here, as LinkError, ProtocolError or RefusedError; none of them ever holds a secret. A caller that is
cancelled in the middle of a command leaves the link closed: its answer can't be taken for another command's.
"""

from __future__ import annotations

import asyncio
import contextlib
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mailtui.model.account import Secret, ServerSettings
from mailtui.model.errors import LinkError, LostError, RemoteProtocolError, StoreError
from mailtui.model.folder import RemoteMailbox, RemoteStatus
from mailtui.model.mail import NO_FLAGS, Flags
from mailtui.protocols.imap import commands, opening
from mailtui.protocols.imap.capabilities import Capabilities
from mailtui.protocols.imap.lexer import Limits, LiteralSink
from mailtui.protocols.imap.parse import mailbox_name
from mailtui.protocols.imap.protocol import HardenedProtocol, Pending, library
from mailtui.protocols.imap.replies import (
    FetchReply,
    Found,
    Held,
    Listed,
    Namespaces,
    Other,
    Reply,
    Status,
    StatusOf,
    Vanished,
)
from mailtui.protocols.imap.results import (
    AppendUid,
    CopyUid,
    Selected,
    Selecting,
    StoreResult,
    append_uid,
    copy_uid,
    modified,
    must,
    poured,
    remote_status,
)
from mailtui.protocols.imap.seqset import merged

CLOSE_SECONDS = 2.0
DONE_SECONDS = 10.0
"""A server that takes longer to end an IDLE is gone, or as good as."""
_EVENTS = b"(MessageNew MessageExpunge FlagChange)"
_NOTIFY = b"NOTIFY SET STATUS (SELECTED-DELAYED %b) (PERSONAL %b)" % (_EVENTS, _EVENTS[:-1] + b" MailboxName)")
_END = frozenset({"NOTIFICATIONOVERFLOW"})
MAX_FOUND = 16_000_000
"""Messages that one mailbox is believed to hold."""


class ImapLink:
    """Made by `ImapLink.open`. One command at a time; a second one waits for its turn."""

    def __init__(self, protocol: HardenedProtocol, settings: ServerSettings) -> None:
        self._protocol = protocol
        self._mailbox = ""
        self.capabilities = Capabilities()
        self.host = settings.host
        self.server: tuple[tuple[str, str], ...] = ()
        """What the server says it is (ID, RFC 2971)."""
        self._idle: asyncio.Future[None] | None = None
        self._idling = self._stop_wanted = False

    @property
    def closed(self) -> bool:
        return self._protocol.error is not None

    @property
    def bytes_in(self) -> int:
        """Wire bytes (compressed where COMPRESS is on; without TLS's own)."""
        return self._protocol.bytes_in

    @property
    def bytes_out(self) -> int:
        return self._protocol.bytes_out

    # -- opening

    @classmethod
    async def open(
        cls,
        settings: ServerSettings,
        secret: Secret | None,
        *,
        limits: Limits = Limits(),  # noqa: B008
        on_untagged: Callable[[Reply], None] | None = None,
    ) -> ImapLink:
        """Connects, protects, logs in, learns what the server can. `on_untagged` hears what no command asked for, from
        the end of the login on. Raises LinkError (Auth, Lost, Timeout, Tls), ProtocolError, RefusedError."""
        opened: list[bool] = []

        def heard(reply: Reply) -> None:
            if on_untagged is not None and opened:
                on_untagged(reply)

        protocol = await opening.connect(settings, limits, heard)
        link = cls(protocol, settings)
        try:
            link.capabilities = await opening.enter(protocol, settings, secret)
            link.server = await opening.identify(protocol, link.capabilities)
            link.capabilities = await opening.enable(protocol, link.capabilities)
            await opening.compress(protocol, link.capabilities)
            opened.append(True)
        except BaseException:
            await link.close()
            raise
        return link

    # -- mailboxes

    async def list_mailboxes(self) -> tuple[RemoteMailbox, ...]:
        """All mailboxes, with STATUS in the same command where offered (RFC 5258, 5819, 6154). Raises RefusedError."""
        found: dict[bytes, Listed] = {}
        states: dict[bytes, RemoteStatus] = {}

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, Listed):
                found[reply.name] = reply
            elif isinstance(reply, StatusOf):
                states[reply.name] = remote_status(reply)
            else:
                return False
            return True

        await self._do("LIST", commands.list_all(self.capabilities), on_reply)
        return tuple(
            RemoteMailbox(
                mailbox_name(raw, utf8=self.capabilities.utf8), listed.delimiter, listed.attributes, states.get(raw)
            )
            for raw, listed in found.items()
            # No name, and names that no command could ever carry:
            if raw and not any(byte in raw for byte in b"\0\r\n")
        )

    async def status(self, name: str) -> RemoteStatus:
        """STATUS of one mailbox. Raises RefusedError."""
        found: list[RemoteStatus] = []

        def on_reply(reply: Reply) -> bool:
            # With NOTIFY there may be others in between.
            if isinstance(reply, StatusOf) and mailbox_name(reply.name, utf8=self.capabilities.utf8) == name:
                found.append(remote_status(reply))
                return True
            return False

        await self._do("STATUS", commands.status(name, self.capabilities), on_reply)
        return found[-1] if found else RemoteStatus()

    async def namespaces(self) -> Namespaces:
        """RFC 2342; all empty where the server has no such thing. Asked for only when needed: it costs a round trip."""
        found = Namespaces((), (), ())
        if not self.capabilities.namespace:
            return found

        def on_reply(reply: Reply) -> bool:
            nonlocal found
            if isinstance(reply, Namespaces):
                found = reply
            return isinstance(reply, Namespaces)

        await self._do("NAMESPACE", [b"NAMESPACE"], on_reply)
        return found

    async def select(
        self,
        name: str,
        *,
        qresync: tuple[int, int, str] | None = None,
        readonly: bool = False,
        on_fetch: Callable[[FetchReply], None] | None = None,
    ) -> Selected:
        """SELECT or EXAMINE; `qresync`: (UIDVALIDITY, mod-sequence, known UIDs or ""), whose changes go to `on_fetch`.
        Raises RefusedError, after which no mailbox is selected."""
        asked = qresync if self.capabilities.qresync else None
        taking = Selecting(on_fetch)
        command = commands.select(name, self.capabilities, qresync=asked, readonly=readonly)
        self._protocol.state, self._mailbox = library.AUTH, ""
        answer = await self._do("SELECT", command, taking)
        self._protocol.state, self._mailbox = library.SELECTED, name
        return taking.result(answer, asked)

    async def unselect(self) -> None:
        """No mailbox is selected any more; nothing is expunged (RFC 3691)."""
        if not self._mailbox:
            return
        if self.capabilities.unselect:
            await self._do("UNSELECT", [b"UNSELECT"])
        else:
            await self.select(self._mailbox, readonly=True)  # CLOSE expunges, unless it may not write
            await self._do("CLOSE", [b"CLOSE"])
        self._protocol.state, self._mailbox = library.AUTH, ""

    async def create(self, name: str) -> None:
        await self._do("CREATE", commands.on_mailbox("CREATE", name, self.capabilities))

    async def delete(self, name: str) -> None:
        await self._do("DELETE", commands.on_mailbox("DELETE", name, self.capabilities))

    async def rename(self, old: str, new: str) -> None:
        await self._do("RENAME", commands.rename(old, new, self.capabilities))

    async def subscribe(self, name: str) -> None:
        await self._do("SUBSCRIBE", commands.on_mailbox("SUBSCRIBE", name, self.capabilities))

    async def unsubscribe(self, name: str) -> None:
        await self._do("UNSUBSCRIBE", commands.on_mailbox("UNSUBSCRIBE", name, self.capabilities))

    async def append(
        self, mailbox: str, data: bytes | Path, flags: Flags = NO_FLAGS, internaldate: int | None = None
    ) -> AppendUid | None:
        """Puts a message there; `data`: its bytes, or a file with them. None: the server does not say where it lies.
        Raises RefusedError, LocalProtocolError (a NUL in it), StoreError (the file can't be read)."""
        if isinstance(data, Path):
            try:
                data = await asyncio.to_thread(data.read_bytes)
            except OSError as error:
                raise StoreError(f"{error.filename} can't be read: {error.strerror}") from error
        answer = await self._do("APPEND", commands.append(mailbox, data, flags, internaldate, self.capabilities))
        return append_uid(answer)

    # -- messages

    async def uid_fetch(
        self,
        uids: str,
        items: str,
        *,
        on_fetch: Callable[[FetchReply], None],
        sink: Callable[[int], LiteralSink] | None = None,
        changed_since: int | None = None,
        vanished: bool = False,
        on_vanished: Callable[[tuple[tuple[int, int], ...]], None] | None = None,
    ) -> None:
        """Streams: `on_fetch` is called as each FETCH is complete, also for those the server sends unasked. `sink`:
        makes the taker of a BODY[], given its size in bytes. An exception of either drops the connection and comes
        out of here."""

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, FetchReply):
                if sink is not None and isinstance(reply.body, Held):
                    reply = reply._replace(body=poured(reply.body, sink))
                on_fetch(reply)
                return True
            if isinstance(reply, Vanished) and on_vanished is not None:
                on_vanished(reply.ranges)
                return True
            return False

        def prepare() -> None:
            self._protocol.framer.sink_factory = sink

        command = commands.uid_fetch(uids, items, changed_since=changed_since, vanished=vanished)
        answer = await self._protocol.run("UID FETCH", command, on_reply, prepare=prepare)
        must(answer, self.host, "UID FETCH")

    async def uid_search(self, criteria: str = "ALL") -> array[int]:
        """Matching UIDs, ascending, without doubles. `criteria`: our own text."""
        return await self._search(commands.uid_search(criteria, self.capabilities))

    async def uid_search_for(self, pieces: Sequence[str | bytes]) -> array[int]:
        """The same for what a person looks for."""
        return await self._search(commands.uid_search_for(pieces, self.capabilities))

    async def _search(self, command: commands.Command) -> array[int]:
        ranges: list[tuple[int, int]] = []

        def on_reply(reply: Reply) -> bool:
            if isinstance(reply, Found):
                ranges.extend(reply.ranges)
            return isinstance(reply, Found)

        await self._do("UID SEARCH", command, on_reply)
        found = merged(ranges)
        if sum(high - low + 1 for low, high in found) > MAX_FOUND:
            raise RemoteProtocolError(f"{self.host} claims to hold more than {MAX_FOUND:,} messages in one mailbox")
        uids = array("Q")
        for low, high in found:
            uids.extend(range(low, high + 1))
        return uids

    async def uid_store(
        self, uids: str, action: str, flags: Flags, *, unchanged_since: int | None = None
    ) -> StoreResult:
        """`action` + or -. Raises RefusedError."""

        def on_reply(reply: Reply) -> bool:
            # .SILENT: what has no flags only tells the new MODSEQ; what has some is news from somebody else.
            return isinstance(reply, FetchReply) and reply.flags is None

        return modified(await self._do("UID STORE", commands.uid_store(uids, action, flags, unchanged_since), on_reply))

    async def uid_copy(self, uids: str, mailbox: str) -> CopyUid | None:
        """None: the server does not say where the copies lie. Raises RefusedError (code TRYCREATE: no such mailbox)."""
        return await self._uid_to("COPY", uids, mailbox)

    async def uid_move(self, uids: str, mailbox: str) -> CopyUid | None:
        """RFC 6851, only where `capabilities.move`. What left the mailbox is also told to `on_untagged`."""
        return await self._uid_to("MOVE", uids, mailbox)

    async def _uid_to(self, verb: str, uids: str, mailbox: str) -> CopyUid | None:
        found: list[CopyUid] = []

        def on_reply(reply: Reply) -> bool:
            where = copy_uid(reply) if isinstance(reply, Status) else None
            if where is not None:
                found.append(where)
            return where is not None

        answer = await self._do(f"UID {verb}", commands.uid_to(verb, uids, mailbox, self.capabilities), on_reply)
        return copy_uid(answer) or (found[-1] if found else None)

    async def uid_expunge(self, uids: str) -> None:
        """Only these (RFC 4315), only where `capabilities.uidplus`."""
        await self._do("UID EXPUNGE", commands.uid_expunge(uids))

    async def expunge(self) -> None:
        """Everything marked deleted, whoever marked it. What left the mailbox is told to `on_untagged`."""
        await self._do("EXPUNGE", [b"EXPUNGE"])

    async def noop(self) -> None:
        await self._do("NOOP", [b"NOOP"])

    def pause_reading(self) -> None:
        """The server has to wait (TCP); deadlines do too."""
        if not self.closed and not self._protocol.paused:
            self._protocol.paused = True
            self._protocol.transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.closed and self._protocol.paused:
            self._protocol.paused = False
            self._protocol.transport.resume_reading()

    # -- waiting for news

    async def notify(self) -> None:
        """NOTIFY (RFC 5465): from now on news of every mailbox go to `on_untagged`, and now how each of them is. Raises
        RefusedError."""
        await self._do("NOTIFY", [_NOTIFY])

    async def idle(self, *, seconds: float) -> bool:
        """IDLE (RFC 2177) until something untagged came, `stop_idle`, or the time is over. Whether news came."""
        stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        news: list[bool] = []

        def on_reply(reply: Reply) -> bool:
            # "* OK Still here" is no news
            if not isinstance(reply, (Status, Other)) or (isinstance(reply, Status) and reply.code in _END):
                news.append(True)
                if not stop.done():
                    stop.set_result(None)
            return False

        async def talk(pending: Pending) -> None:
            waiting = self._protocol.expect(pending)
            # The `+` waits for nothing but the server: one deadline.
            await self._protocol.wait_either(waiting, pending, "IDLE")
            if pending.done.done():
                return
            self._idle = stop
            if self._stop_wanted and not stop.done():
                stop.set_result(None)
            try:
                futures: set[asyncio.Future[Any]] = {stop, pending.done}
                await asyncio.wait(futures, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._idle = None
            if not pending.done.done():
                self._protocol.write(b"DONE\r\n")
                await self._protocol.outcome(pending.done, "DONE", within=DONE_SECONDS)

        self._idling = True
        try:
            must(await self._protocol.run("IDLE", [b"IDLE"], on_reply, talk=talk), self.host, "IDLE")
        finally:
            self._idling = self._stop_wanted = False
        return bool(news)

    def stop_idle(self) -> None:
        """Ends a running `idle` (also one whose `+` has not come yet); one that starts later is not affected."""
        if self._idle is None:
            self._stop_wanted = self._idling
        elif not self._idle.done():
            self._idle.set_result(None)

    # -- the end

    async def logout(self) -> None:
        """A polite end; never raises for what the server makes of it."""
        with contextlib.suppress(LinkError, RemoteProtocolError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._protocol.run("LOGOUT", [b"LOGOUT"])
        await self.close()

    async def close(self) -> None:
        """At once. Never raises, never takes longer than a moment."""
        self._protocol.fail(LostError(f"the connection to {self.host} is closed"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.shield(self._protocol.lost)

    async def _do(
        self, name: str, command: commands.Command, on_reply: Callable[[Reply], bool] | None = None
    ) -> Status:
        answer = await self._protocol.run(name, command, on_reply, nonsync=self.capabilities.nonsync)
        return must(answer, self.host, name)


__all__ = ["AppendUid", "CopyUid", "FetchReply", "ImapLink", "Selected", "StoreResult"]
