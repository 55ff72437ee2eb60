"""A logged-in link and a server that does as it likes: unasked news, odd literals, goodbyes, bombs, refusals."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from mailtui.model.errors import (
    LinkError,
    LocalProtocolError,
    LostError,
    MailtuiError,
    RefusedError,
    RemoteProtocolError,
    StoreError,
    TimeoutError_,
)
from mailtui.model.folder import RemoteMailbox, RemoteStatus
from mailtui.model.mail import Flag, Flags
from mailtui.protocols.imap import opening
from mailtui.protocols.imap.lexer import Limits
from mailtui.protocols.imap.link import AppendUid, CopyUid, FetchReply, ImapLink, Selected
from mailtui.protocols.imap.replies import Exists, Expunge, Namespaces, Reply, StatusOf, Vanished
from tests.support.scripted import (
    SECRET,
    C,
    CBytes,
    Close,
    Deflate,
    Gone,
    Pause,
    S,
    Step,
    imap_settings,
    logged_in,
    scripted,
)

FETCH = C("{tag} UID FETCH 1:9 (UID BODY.PEEK[])")


class Sink:
    """Keeps what it was fed."""

    def __init__(self, size: int, fail_at: int = 1 << 62) -> None:
        self.size, self.data, self.aborted, self._fail_at = size, b"", False, fail_at

    def feed(self, data: memoryview) -> None:
        self.data += data
        if len(self.data) > self._fail_at:
            raise StoreError("the disk is full", "make room")

    def finish(self) -> object:
        return self.data

    def abort(self) -> None:
        self.aborted = True


NO_LIMITS = Limits()


async def fetched(
    steps: list[Step], *, limits: Limits = NO_LIMITS, timeout: float = 2.0
) -> tuple[list[FetchReply], list[Sink], MailtuiError | None]:
    """What one UID FETCH of bodies brings, its sinks, and how it ends."""
    found: list[FetchReply] = []
    sinks: list[Sink] = []

    def sink(size: int) -> Sink:
        sinks.append(Sink(size))
        return sinks[-1]

    error: MailtuiError | None = None
    async with scripted([*logged_in(), FETCH, *steps]) as server:
        link = await ImapLink.open(imap_settings(server.port, timeout=timeout), SECRET, limits=limits)
        try:
            await link.uid_fetch("1:9", "(UID BODY.PEEK[])", on_fetch=found.append, sink=sink)
        except MailtuiError as problem:
            error = problem
        await link.close()
    return found, sinks, error


async def talked(
    steps: list[Step], do: Callable[[ImapLink], Awaitable[object]], capabilities: str = "", **changes: object
) -> tuple[object, list[Reply]]:
    """The result of one coroutine over a link, and the untagged news meanwhile."""
    news: list[Reply] = []
    async with scripted([*logged_in(capabilities), *steps]) as server:
        link = await ImapLink.open(imap_settings(server.port, **changes), SECRET, on_untagged=news.append)
        try:
            return await do(link), news
        finally:
            await link.close()


OK = S("{tag} OK done")


# -- literals


async def test_bodies_are_stored_byte_by_byte_whatever_they_say() -> None:
    bodies = [b"A1 OK done\r\n* BYE\r\n", b"", b"\0\xff\r", b"x" * 300_000, b")\r\n", b"{5}\r\n"]
    wire = b"".join(b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (n, n, len(b), b) for n, b in enumerate(bodies, 1))
    found, sinks, error = await fetched([S(wire), OK, Gone()])
    assert error is None
    assert [reply.body for reply in found] == bodies
    assert [sink.size for sink in sinks] == [len(body) for body in bodies]


async def test_a_body_in_quotes_and_a_body_that_is_not_there() -> None:
    found, sinks, error = await fetched(
        [S('* 1 FETCH (UID 1 BODY[] "a\\"b")'), S("* 2 FETCH (UID 2 BODY[] NIL)"), OK, Gone()]
    )
    assert error is None
    assert [reply.body for reply in found] == [b'a"b', None]
    assert [sink.data for sink in sinks] == [b'a"b']


@pytest.mark.parametrize(
    ("wire", "error"),
    [
        (b"* 1 FETCH (UID 1 BODY[] {5}\r\nlonger than five)\r\n", RemoteProtocolError),
        (b"* 1 FETCH (UID 1 BODY[] {-1}\r\n)\r\n", RemoteProtocolError),
        (b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n", RemoteProtocolError),
        (b"* 1 FETCH (UID 1 BODY[] {99999999999999999999999}\r\n", RemoteProtocolError),
        (b"* 1 FETCH (UID 1 ENVELOPE {99999999}\r\n", RemoteProtocolError),
        (b"* 1 FETCH (UID 1 " + b"(" * 70, RemoteProtocolError),
        (b"* 1 FETCH (UID 99999999999)\r\n", RemoteProtocolError),
    ],
)
async def test_impossible_literals_end_the_connection(wire: bytes, error: type[MailtuiError]) -> None:
    steps: list[Step] = [S(wire if wire.endswith(b"\r\n") else wire + b"\r\n"), Gone()]
    found, sinks, problem = await fetched(steps)
    assert isinstance(problem, error), problem
    assert found == []
    assert all(sink.aborted or sink.data for sink in sinks)


async def test_a_literal_that_stops_short() -> None:
    for end, error in ((Close(), LostError), (Gone(), TimeoutError_)):
        found, [sink], problem = await fetched([S(b"* 1 FETCH (UID 1 BODY[] {500}\r\nabc"), end], timeout=0.4)
        assert isinstance(problem, error)
        assert found == []
        assert sink.aborted


async def test_a_literal_that_swallows_the_answer() -> None:
    """Longer than said to be: the tagged answer is inside, nothing more comes."""
    found, [sink], problem = await fetched([S(b"* 1 FETCH (UID 1 BODY[] {50}\r\nabc)\r\n"), OK, Gone()], timeout=0.4)
    assert isinstance(problem, TimeoutError_)
    assert sink.aborted
    assert found == []


async def test_a_slow_but_steady_body_is_no_timeout() -> None:
    steps: list[Step] = [S(b"* 1 FETCH (UID 1 BODY[] {200000}\r\n")]
    for _ in range(5):
        steps += [Pause(0.2), S(b"x" * 40_000)]
    found, _, problem = await fetched([*steps, S(b")\r\n"), OK, Gone()], timeout=0.5)
    assert problem is None
    assert found[0].body == b"x" * 200_000


async def test_a_sink_that_fails_drops_the_connection() -> None:
    sink = Sink(9, fail_at=3)
    async with scripted([*logged_in(), FETCH, S(b"* 1 FETCH (UID 1 BODY[] {9}\r\nabcde"), Gone()]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        with pytest.raises(StoreError, match="disk is full"):
            await link.uid_fetch("1:9", "(UID BODY.PEEK[])", on_fetch=lambda reply: None, sink=lambda size: sink)
        assert link.closed
        await link.close()
    assert sink.aborted


async def test_a_caller_that_fails_drops_the_connection_with_its_own_error() -> None:
    def fail(reply: FetchReply) -> None:
        raise KeyError("mine")

    async with scripted([*logged_in(), FETCH, S("* 1 FETCH (UID 1 FLAGS ())"), Gone()]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        with pytest.raises(KeyError, match="mine"):
            await link.uid_fetch("1:9", "(UID BODY.PEEK[])", on_fetch=fail)
        with pytest.raises(LinkError):
            await link.noop()
        await link.close()


# -- a server that talks too much, or nonsense


ODD: list[str | bytes] = [
    *(
        "A999 OK stray",
        "garbage",
        "",
        "* ",
        "*",
        "+ unasked",
        "*  3 EXISTS",
        "* XNEW \x00\x01",
        "* OK \x00",
        "* OK {5}",
    ),
    *("* 1 FETCH", '* LIST () "/" "unclosed', "* 5", "\t* OK", "* OK [", "* OK []", "nil", "A1", "* 7 FETCH {3}"),
    b"* OK \xff\xfe\r\n",
]


@pytest.mark.parametrize("line", ODD)
async def test_odd_lines_are_borne_or_end_the_connection(line: str | bytes) -> None:
    """Never a hang, never anything but a RemoteProtocolError."""
    async with scripted([*logged_in(), C("{tag} NOOP"), S(line), OK]) as server:
        link = await ImapLink.open(imap_settings(server.port, timeout=1.0), SECRET)
        started = time.monotonic()
        try:
            await link.noop()
        except RemoteProtocolError:
            assert link.closed
        assert time.monotonic() - started < 0.9
        await link.close()


async def test_news_while_commands_run() -> None:
    noise = [
        S("* 3 EXPUNGE"),
        S("* 9 EXISTS"),
        S("* 2 FETCH (UID 8 FLAGS (\\Seen))"),
        S("* VANISHED 4:5"),
        S("* OK [ALERT] hm"),
    ]
    stored, news = await talked(
        [C("{tag} UID STORE 8 +FLAGS.SILENT (\\Seen)"), *noise, S("* 2 FETCH (UID 8 MODSEQ (9))"), OK, Gone()],
        lambda link: link.uid_store("8", "+", Flags(Flag.SEEN)),
    )
    assert getattr(stored, "modified") == ()  # noqa: B009
    assert [type(reply).__name__ for reply in news] == ["Expunge", "Exists", "FetchReply", "Vanished", "Status"]
    uids, news = await talked(
        [C("{tag} UID SEARCH ALL"), S("* SEARCH 5 4"), *noise, S("* SEARCH 4 9"), OK, Gone()],
        lambda link: link.uid_search(),
    )
    assert list(uids) == [4, 5, 9]  # type: ignore[call-overload]
    assert len(news) == 5
    assert {Expunge(3), Exists(9), Vanished(((4, 5),), False)} <= set(news)


async def test_a_million_lines_do_not_pile_up() -> None:
    count = 200_000
    seen: list[int] = []
    wire = b"".join(b"* %d FETCH (FLAGS ())\r\n" % n for n in range(1, count + 1))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with scripted([*logged_in(), C("{tag} UID FETCH 1:* (FLAGS)"), S(wire), OK, Gone()]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        await link.uid_fetch("1:*", "(FLAGS)", on_fetch=lambda reply: seen.append(reply.seq))
        await link.close()
    assert len(seen) == count
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


async def test_search_answers_that_can_not_be_true() -> None:
    for answer in ("* SEARCH 0", "* SEARCH x", "* SEARCH 4294967296"):
        with pytest.raises(RemoteProtocolError):
            await talked([C("{tag} UID SEARCH ALL"), S(answer), Gone()], lambda link: link.uid_search())
    with pytest.raises(RemoteProtocolError, match="more than 16,000,000"):
        await talked(
            [C("{tag} UID SEARCH RETURN (ALL) ALL"), S("* ESEARCH UID ALL 1:4294967295"), OK, Gone()],
            lambda link: link.uid_search(),
            "ESEARCH",
        )


# -- the end of a connection


@pytest.mark.parametrize(
    "end", [[S("* BYE shutting down"), Close()], [S("* BYE shutting down"), Gone()], [Close()], [Close(hard=True)]]
)
async def test_goodbye_in_the_middle(end: list[Step]) -> None:
    async with scripted([*logged_in("IDLE"), C("{tag} NOOP"), *end]) as server:
        link = await ImapLink.open(imap_settings(server.port, timeout=60.0), SECRET)
        with pytest.raises(LostError) as caught:
            await asyncio.wait_for(link.noop(), 5)
        assert ("shutting down" in caught.value.text) == any(isinstance(step, S) for step in end)
        assert link.closed
        await link.close()


@pytest.mark.parametrize("end", [[S("* BYE idled out"), Close()], [Close()]])
async def test_goodbye_in_idle(end: list[Step]) -> None:
    async with scripted([*logged_in("IDLE"), C("{tag} IDLE"), S("+ idling"), *end]) as server:
        link = await ImapLink.open(imap_settings(server.port, timeout=60.0), SECRET)
        with pytest.raises(LostError):
            await asyncio.wait_for(link.idle(seconds=100), 5)
        await link.close()


async def test_a_cancelled_command_closes_the_link() -> None:
    async with scripted([*logged_in(), C("{tag} NOOP"), Gone()]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(link.noop(), 0.1)
        assert link.closed
        with pytest.raises(LostError, match="given up"):
            await link.noop()
        await link.close()


async def test_two_callers_take_turns() -> None:
    steps = [C("{tag} NOOP"), Pause(0.1), OK, C('{tag} LIST "" "*"'), S('* LIST () "/" INBOX'), OK, Gone()]
    async with scripted([*logged_in(), *steps]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        _, listed = await asyncio.gather(link.noop(), link.list_mailboxes())
        assert [mailbox.name for mailbox in listed] == ["INBOX"]
        await link.close()


async def test_logout_never_raises_and_never_hangs() -> None:
    for end in ([S("* BYE bye"), OK], [Close()], [Gone()], [S("garbage")], [S("{tag} BAD what")]):
        async with scripted([*logged_in(), C("{tag} LOGOUT"), *end]) as server:
            link = await ImapLink.open(imap_settings(server.port, timeout=60.0), SECRET)
            started = time.monotonic()
            await link.logout()
            assert time.monotonic() - started < 3
            assert link.closed
            await link.close()


# -- IDLE


async def test_idle_ends_with_news_time_or_a_call() -> None:
    idle: list[Step] = [C("{tag} IDLE"), S("+ idling")]
    done: list[Step] = [C("DONE"), S("{tag} OK done")]
    steps = [*idle, S("* OK still here"), Pause(0.1), S("* 4 EXISTS"), *done, *idle, *done, *idle, *done, Gone()]
    async with scripted([*logged_in("IDLE"), *steps]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        assert await link.idle(seconds=30) is True
        assert await link.idle(seconds=0.1) is False
        asyncio.get_running_loop().call_later(0.1, link.stop_idle)
        assert await link.idle(seconds=30) is False
        await link.close()


async def test_idle_that_is_refused_or_never_ends() -> None:
    with pytest.raises(RefusedError, match="IDLE"):
        await talked([C("{tag} IDLE"), S("{tag} NO not here"), Gone()], lambda link: link.idle(seconds=9))
    with pytest.raises(TimeoutError_):
        await talked([C("{tag} IDLE"), Gone()], lambda link: link.idle(seconds=9), timeout=0.3)
    with pytest.raises(TimeoutError_):
        await talked([C("{tag} IDLE"), S("+"), C("DONE"), Gone()], lambda link: link.idle(seconds=0.1), timeout=0.3)


# -- mailboxes


async def test_listing_with_odd_names() -> None:
    steps = [
        C('{tag} LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN UIDNEXT UIDVALIDITY))'),
        S('* LIST (\\HasNoChildren) "/" inbox'),
        S("* STATUS inbox (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 7)"),
        S('* LIST (\\Sent \\Subscribed) NIL "Gesendete &APw-"'),
        S(b'* LIST () "/" {7}\r\na "b" \\\r\n'),
        S('* LIST () "/" ""'),
        S(b'* LIST () "/" {3}\r\na\r\n\r\n'),
        S(b'* LIST (\\Noselect) "/" "\xff\xfe"\r\n'),
        S("* 5 EXISTS"),
        OK,
        C(b"{tag} SELECT {2+}".decode()),
        CBytes(b"\xff\xfe\r\n"),
        S("* OK [UIDVALIDITY 1]"),
        OK,
        Gone(),
    ]

    async def do(link: ImapLink) -> tuple[RemoteMailbox, ...]:
        found = await link.list_mailboxes()
        await link.select(found[-1].name)
        return found

    found, news = await talked(steps, do, "LIST-EXTENDED LIST-STATUS SPECIAL-USE LITERAL+")
    assert isinstance(found, tuple)
    assert found[:3] == (
        RemoteMailbox("INBOX", "/", frozenset({"\\hasnochildren"}), RemoteStatus(3, 1, 9, 7)),
        RemoteMailbox("Gesendete ü", None, frozenset({"\\sent", "\\subscribed"})),
        RemoteMailbox('a "b" \\', "/", frozenset()),
    )
    assert len(found) == 4
    found[3].name.encode("utf-8")
    assert news == [Exists(5)]


async def test_select_with_qresync() -> None:
    seen: list[FetchReply] = []
    steps = [
        C("{tag} ENABLE QRESYNC"),
        S("* ENABLED QRESYNC"),
        OK,
        C("{tag} SELECT INBOX (QRESYNC (7 100 1:9))"),
        S("* 17 EXISTS"),
        S("* OK [CLOSED] x"),
        S("* 12 EXISTS"),
        S("* 0 RECENT"),
        S("* FLAGS (\\Seen)"),
        S("* OK [UIDVALIDITY 7] x"),
        S("* OK [UIDNEXT 30] x"),
        S("* OK [HIGHESTMODSEQ 120] x"),
        S("* OK [PERMANENTFLAGS (\\Seen \\*)] x"),
        S("* VANISHED (EARLIER) 3,5:6"),
        S("* 2 FETCH (UID 4 FLAGS () MODSEQ (119))"),
        S("{tag} OK [READ-WRITE] done"),
        Gone(),
    ]
    found, _ = await talked(
        steps, lambda link: link.select("INBOX", qresync=(7, 100, "1:9"), on_fetch=seen.append), "ENABLE QRESYNC"
    )
    assert found == Selected(12, 7, 30, 120, frozenset({"\\seen", "\\*"}), False, ((3, 3), (5, 6)), True)
    assert seen == [FetchReply(2, 4, Flags(), 119)]


async def test_select_that_can_not_be_trusted() -> None:
    with pytest.raises(RemoteProtocolError, match="UIDVALIDITY"):
        await talked([C("{tag} SELECT INBOX"), S("* 1 EXISTS"), OK, Gone()], lambda link: link.select("INBOX"))
    huge = [
        C("{tag} EXAMINE INBOX (CONDSTORE)"),
        S("* OK [UIDVALIDITY 7]"),
        S("* OK [UIDNEXT 99999999999]"),
        S("* OK [HIGHESTMODSEQ 9223372036854775808]"),
        S("{tag} OK [READ-ONLY]"),
        Gone(),
    ]
    found, _ = await talked(huge, lambda link: link.select("INBOX", readonly=True), "CONDSTORE")
    assert found == Selected(0, 7, None, 0, frozenset(), True, (), False)


async def test_unselect_never_expunges() -> None:
    select: list[Step] = [C("{tag} SELECT INBOX"), S("* OK [UIDVALIDITY 7]"), OK]

    async def do(link: ImapLink) -> None:
        await link.unselect()
        await link.select("INBOX")
        await link.unselect()

    await talked([*select, C("{tag} UNSELECT"), OK, Gone()], do, "UNSELECT")
    examine: list[Step] = [C("{tag} EXAMINE INBOX"), S("* OK [UIDVALIDITY 7]"), OK]
    await talked([*select, *examine, C("{tag} CLOSE"), OK, Gone()], do)


async def test_the_smaller_commands() -> None:
    steps: list[Step] = []
    for line in (
        "CREATE a",
        "DELETE a",
        'RENAME a "b c"',
        "SUBSCRIBE a",
        "UNSUBSCRIBE a",
        "UID EXPUNGE 1:2",
        "NAMESPACE",
    ):
        steps += [C("{tag} " + line), *([S('* NAMESPACE (("" "/")) NIL NIL')] if line == "NAMESPACE" else []), OK]

    async def do(link: ImapLink) -> Namespaces:
        await link.create("a")
        await link.delete("a")
        await link.rename("a", "b c")
        await link.subscribe("a")
        await link.unsubscribe("a")
        await link.uid_expunge("1:2")
        return await link.namespaces()

    found, _ = await talked([*steps, Gone()], do, "NAMESPACE")
    assert found == Namespaces(((b"", "/"),), (), ())


@pytest.mark.parametrize(
    ("answer", "code", "lasting"),
    [
        ("NO no", "", True),
        ("NO [OVERQUOTA] full", "OVERQUOTA", False),
        ("NO [nonexistent] x", "NONEXISTENT", True),
        ("BAD what", "", True),
        ("NO [INUSE] wait", "INUSE", False),
        ("NO [THROTTLED] slow", "THROTTLED", False),
    ],
)
async def test_refusals(answer: str, code: str, lasting: bool) -> None:
    with pytest.raises(RefusedError) as caught:
        await talked([C('{tag} CREATE "a b"'), S("{tag} " + answer), Gone()], lambda link: link.create("a b"))
    assert (caught.value.code, caught.value.lasting) == (code, lasting)
    assert "127.0.0.1 refused CREATE" in caught.value.text


# -- messages going there


async def test_copy_move_and_where_they_went() -> None:
    moved, _ = await talked(
        [C('{tag} UID MOVE 1:3 "a b"'), S("* OK [COPYUID 9 1:3 7:9] x"), S("* 1 EXPUNGE"), OK, Gone()],
        lambda link: link.uid_move("1:3", "a b"),
    )
    assert moved == CopyUid(9, ((1, 3),), ((7, 9),))
    assert isinstance(moved, CopyUid)
    assert list(moved.pairs()) == [(1, 7), (2, 8), (3, 9)]
    for code, expected in (
        ("[COPYUID 9 4 5]", CopyUid(9, ((4, 4),), ((5, 5),))),
        ("[COPYUID 9 4 5:6]", None),
        ("", None),
    ):
        copied, _ = await talked(
            [C("{tag} UID COPY 4 x"), S(f"{{tag}} OK {code} x"), Gone()], lambda link: link.uid_copy("4", "x")
        )
        assert copied == expected


async def test_store_that_came_too_late() -> None:
    stored, _ = await talked(
        [C("{tag} UID STORE 7,9 (UNCHANGEDSINCE 12) -FLAGS.SILENT (\\Seen)"), S("{tag} OK [MODIFIED 7] x"), Gone()],
        lambda link: link.uid_store("7,9", "-", Flags(Flag.SEEN), unchanged_since=12),
    )
    assert getattr(stored, "modified") == ((7, 7),)  # noqa: B009


async def test_append_asks_first_and_takes_no_for_an_answer(tmp_path: Path) -> None:
    big = b"0123456789abcdef" * 40_000
    path = tmp_path / "mail.eml"
    path.write_bytes(big)
    head = f"{{tag}} APPEND Sent (\\Seen) {{{len(big)}}}"
    placed, _ = await talked(
        [C(head), S("+ go"), CBytes(big + b"\r\n"), S("{tag} OK [APPENDUID 4 17] x"), Gone()],
        lambda link: link.append("Sent", path, Flags(Flag.SEEN)),
        "LITERAL+",
    )
    assert placed == AppendUid(4, 17)
    with pytest.raises(RefusedError) as caught:
        await talked(
            [C(head), S("{tag} NO [TOOBIG] no"), Gone()],
            lambda link: link.append("Sent", big, Flags(Flag.SEEN)),
            "LITERAL+",
        )
    assert caught.value.code == "TOOBIG"
    for data, error in ((b"a\0b", LocalProtocolError), (tmp_path / "missing", StoreError)):
        with pytest.raises(error):
            await talked([C("{tag} NOOP"), OK, Gone()], partial(_append_then_noop, data=data))


async def _append_then_noop(link: ImapLink, data: bytes | Path) -> None:
    """What we would not say harms nobody: the link lives on."""
    try:
        await link.append("Sent", data)
    finally:
        await link.noop()


async def test_an_upload_that_nobody_takes_ends_in_the_deadline() -> None:
    big = b"x" * 30_000_000
    steps = [C(f"{{tag}} APPEND Sent {{{len(big)}}}"), S("+ go"), Pause(1.5), Close()]
    with pytest.raises((TimeoutError_, LostError)) as caught:
        await talked(steps, lambda link: link.append("Sent", big), timeout=0.4)
    assert isinstance(caught.value, TimeoutError_)


# -- compression and flow


@pytest.fixture
def compressing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' server is on this computer, where compression is left out."""
    monkeypatch.setattr(opening, "_loopback", lambda host: False)


SQUEEZE: list[Step] = [C("{tag} COMPRESS DEFLATE"), S("{tag} OK on"), Deflate()]


@pytest.mark.usefixtures("compressing")
async def test_compress() -> None:
    steps = [*SQUEEZE, C('{tag} LIST "" "*"'), *(S(f'* LIST () "/" box{n}') for n in range(500)), OK, Gone(may=True)]
    async with scripted([*logged_in("COMPRESS=DEFLATE"), *steps]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        assert len(await link.list_mailboxes()) == 500
        assert link.bytes_in < 8_000
        await link.close()


@pytest.mark.usefixtures("compressing")
async def test_compress_refused_and_broken() -> None:
    steps: list[Step] = [C("{tag} COMPRESS DEFLATE"), S("{tag} NO not now"), C("{tag} NOOP"), OK, Gone()]
    await talked(steps, lambda link: link.noop(), "COMPRESS=DEFLATE")
    broken: list[Step] = [
        C("{tag} COMPRESS DEFLATE"),
        S("{tag} OK on"),
        Pause(0.1),
        S(b"\xff\xff\xff\xff"),
        Gone(may=True),
    ]
    with pytest.raises(RemoteProtocolError, match="compressed stream"):
        await talked(broken, lambda link: link.noop(), "COMPRESS=DEFLATE")


@pytest.mark.usefixtures("compressing")
async def test_a_compression_bomb() -> None:
    """Lines that each are harmless, and of which a few kilobytes unpack to a hundred megabytes."""
    bomb = (b"* OK " + b"x" * 100_000 + b"\r\n") * 1000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    steps = [*SQUEEZE, C("{tag} NOOP"), S(bomb), Gone(may=True)]
    async with scripted([*logged_in("COMPRESS=DEFLATE"), *steps]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET, limits=Limits(inflated=8 << 20))
        with pytest.raises(RemoteProtocolError, match="unpack to more"):
            await link.noop()
        assert link.bytes_in < 300_000
        await link.close()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB; the bomb itself is 100,000


async def test_reading_can_be_paused() -> None:
    seen: list[int] = []
    steps = [
        C("{tag} UID FETCH 1:* (FLAGS)"),
        S("* 1 FETCH (FLAGS ())"),
        Pause(0.1),
        S("* 2 FETCH (FLAGS ())"),
        OK,
        Gone(),
    ]
    async with scripted([*logged_in(), *steps]) as server:
        link = await ImapLink.open(imap_settings(server.port, timeout=0.3), SECRET)

        def on_fetch(reply: FetchReply) -> None:
            seen.append(reply.seq)
            if reply.seq == 1:
                link.pause_reading()
                asyncio.get_running_loop().call_later(0.8, link.resume_reading)  # longer than the deadline

        await link.uid_fetch("1:*", "(FLAGS)", on_fetch=on_fetch)
        await link.close()
    assert seen == [1, 2]


async def test_done_that_is_not_answered_ends_the_connection_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before the deadline of an ordinary command."""
    monkeypatch.setattr("mailtui.protocols.imap.link.DONE_SECONDS", 0.2)
    steps = [C("{tag} IDLE"), S("+ idling"), C("DONE"), Gone()]
    started = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError_, match=r"DONE within 0\.2 seconds"):
        await talked(steps, lambda link: link.idle(seconds=0.1), timeout=15.0)
    assert asyncio.get_running_loop().time() - started < 3


async def test_notify_asks_for_everything_and_hears_of_it() -> None:
    heard: list[object] = []
    figures = "(MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3 UNSEEN 0 HIGHESTMODSEQ 4)"
    steps = [
        C(
            "{tag} NOTIFY SET STATUS (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange)) "
            "(PERSONAL (MessageNew MessageExpunge FlagChange MailboxName))"
        ),
        S(f"* STATUS Lists {figures}"),
        S("{tag} OK watching"),
        C("{tag} STATUS Work (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)"),
        S("* STATUS Lists (HIGHESTMODSEQ 9)"),
        S("* STATUS Work (MESSAGES 7 UIDNEXT 8)"),
        S("* STATUS Notes (HIGHESTMODSEQ 10)"),
        S("{tag} OK that is it"),
        C("{tag} IDLE"),
        S("+ idling"),
        S("* OK [NOTIFICATIONOVERFLOW] too much"),
        C("DONE"),
        S("{tag} OK done"),
        Gone(),
    ]
    async with scripted([*logged_in("IDLE NOTIFY"), *steps]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET, on_untagged=heard.append)
        await link.notify()
        said = await link.status("Work")
        assert (said.messages, said.uidnext) == (7, 8), "not what was told of others in between"
        assert await link.idle(seconds=30) is True
        await link.close()
    assert [reply.name for reply in heard if isinstance(reply, StatusOf)] == [b"Lists", b"Lists", b"Notes"]


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux has it")
async def test_the_kernel_looks_after_silent_connections_too() -> None:
    async with scripted([*logged_in(), Gone()]) as server:
        link = await ImapLink.open(imap_settings(server.port), SECRET)
        line = link._protocol.transport.get_extra_info("socket")
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
        await link.close()
