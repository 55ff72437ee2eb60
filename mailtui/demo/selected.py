"""Commands on the open mailbox: SELECT, FETCH, STORE, COPY and the like (RFC 9051 section 6.4, RFC 7162). No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailtui.demo import searching
from mailtui.demo.fetch import Item, parse_items, render
from mailtui.demo.grammar import BadCommand, Scanner
from mailtui.demo.mailboxes import Mailbox, canonical_flags
from mailtui.demo.state import Replies, State
from mailtui.demo.view import View
from mailtui.demo.wire import Ranges, compress, pick

_FLAGS = "\\Answered \\Flagged \\Deleted \\Seen \\Draft"


@dataclass(frozen=True, slots=True)
class _Resync:
    """The QRESYNC parameter of SELECT: what the client remembers."""

    uidvalidity: int
    modseq: int
    known: Ranges | None


def select(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    return _open(state, scan, readonly=False)


def examine(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    return _open(state, scan, readonly=True)


def _open(state: State, scan: Scanner, readonly: bool) -> Replies:
    scan.space()
    name = scan.mailbox(state.utf8)
    resync = _select_parameters(state, scan) if scan.skip(b" ") else None
    scan.end()
    if state.view is not None and state.qresync:
        yield b"* OK [CLOSED] the other mailbox is closed\r\n"
    state.leave()
    box = state.box(name)
    view = state.open(box, readonly)
    keywords = sorted({flag for m in box.messages.values() for flag in m.flags if not flag.startswith("\\")})
    flags = " ".join([_FLAGS, *keywords])
    permanent = "" if readonly else f"{flags} \\*"
    lines = [f"* FLAGS ({flags})", f"* OK [PERMANENTFLAGS ({permanent})] flags that stay"]
    lines += [f"* {len(view.uids)} EXISTS", "* 0 RECENT"]
    unseen = next((n for n, uid in enumerate(view.uids, 1) if "\\Seen" not in box.messages[uid].flags), 0)
    if unseen:
        lines.append(f"* OK [UNSEEN {unseen}] first unread")
    lines += [f"* OK [UIDVALIDITY {box.uidvalidity}] UIDs hold", f"* OK [UIDNEXT {box.uidnext}] next UID"]
    if state.offers("CONDSTORE"):
        lines.append(f"* OK [HIGHESTMODSEQ {box.highestmodseq}] counted")
    yield "".join(f"{line}\r\n" for line in lines).encode("latin-1")
    if resync is not None and resync.uidvalidity == box.uidvalidity:
        yield from _catch_up(view, resync)
    return f"[{'READ-ONLY' if readonly else 'READ-WRITE'}] open"


def _select_parameters(state: State, scan: Scanner) -> _Resync | None:
    found: list[_Resync] = []

    def parameter() -> None:
        name = scan.word()
        if name == "CONDSTORE":
            state.need("CONDSTORE")
            state.condstore = True
        elif name == "QRESYNC" and state.qresync:
            found.append(_resync(scan))
        else:
            raise BadCommand(f"SELECT parameter {name} is not known or not enabled")

    scan.listing(parameter)
    return found[0] if found else None


def _resync(scan: Scanner) -> _Resync:
    scan.space()
    scan.expect(b"(")
    uidvalidity = scan.number()
    scan.space()
    modseq = scan.number()
    known: Ranges | None = None
    if scan.skip(b" ") and not scan.peek(b"("):
        known = scan.ranges()
        scan.skip(b" ")
    if scan.skip(b"("):  # message sequence match data: only a hint, and our tombstones are exact without it
        scan.ranges()
        scan.space()
        scan.ranges()
        scan.expect(b")")
    scan.expect(b")")
    return _Resync(uidvalidity, modseq, known)


def _catch_up(view: View, resync: _Resync) -> Iterator[bytes]:
    """VANISHED (EARLIER) and the FETCH of everything changed since the client's MODSEQ (RFC 7162 section 3.2.5)."""
    yield from _vanished_earlier(view.mailbox, resync.modseq, resync.known)
    for uid in view.uids:
        if view.mailbox.messages[uid].modseq > resync.modseq:
            yield view.flags_line(uid, modseq=True)


def _vanished_earlier(box: Mailbox, modseq: int, among: Ranges | None) -> Iterator[bytes]:
    gone = box.vanished_since(modseq)
    if among is not None:
        gone = pick(among, gone, box.uidnext - 1)
    if gone:
        yield b"* VANISHED (EARLIER) %s\r\n" % compress(gone).encode("ascii")


def close(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    scan.end()
    view = state.selected
    box, readonly = view.mailbox, view.readonly
    state.leave()
    if not readonly:
        box.expunge([uid for uid, message in box.messages.items() if "\\Deleted" in message.flags])
    yield from ()
    return "CLOSE done"


def unselect(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    state.need("UNSELECT")
    scan.end()
    assert state.selected
    state.leave()
    yield from ()
    return "UNSELECT done"


def fetch(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    view = state.selected
    scan.space()
    ranges = scan.ranges()
    scan.space()
    items = parse_items(scan, state.offers("CONDSTORE"))
    since, vanished = _fetch_modifiers(state, scan, by_uid)
    scan.end()
    names = {item.name for item in items}
    if since is not None or "MODSEQ" in names:
        state.condstore = True
    if by_uid and "UID" not in names:
        items.insert(0, Item("UID"))
    if since is not None and "MODSEQ" not in names:
        items.append(Item("MODSEQ"))
    if vanished and since is not None:
        yield from _vanished_earlier(view.mailbox, since, ranges)
    marks = not view.readonly and any(not item.peek for item in items)
    for uid in view.resolve(ranges, by_uid):
        message = view.mailbox.messages.get(uid)
        if message is None or (since is not None and message.modseq <= since):
            continue
        if marks and "\\Seen" not in message.flags:
            view.mailbox.set_flags(uid, message.flags | {"\\Seen"})
        yield b"* %d FETCH (%s)\r\n" % (view.number(uid), render(items, message))
    yield from state.news(expunges=by_uid)
    return "FETCH done"


def _fetch_modifiers(state: State, scan: Scanner, by_uid: bool) -> tuple[int | None, bool]:
    """`(CHANGEDSINCE n)`, and `VANISHED` after ENABLE QRESYNC with UID FETCH: (n, whether VANISHED)."""
    since: list[int] = []
    vanished: list[bool] = []

    def modifier() -> None:
        name = scan.word()
        if name == "CHANGEDSINCE" and state.offers("CONDSTORE"):
            scan.space()
            since.append(scan.number())
        elif name == "VANISHED" and state.qresync and by_uid:
            vanished.append(True)
        else:
            raise BadCommand(f"FETCH modifier {name} is not known or not enabled")

    if scan.skip(b" "):
        scan.listing(modifier)
    if vanished and not since:
        raise BadCommand("VANISHED needs CHANGEDSINCE")
    return (since[0] if since else None), bool(vanished)


def store(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    view = state.writable
    scan.space()
    ranges = scan.ranges()
    scan.space()
    limit = _unchanged_since(state, scan)
    sign, silent, names = _store_action(scan)
    refused: list[int] = []
    for uid in view.resolve(ranges, by_uid):
        message = view.mailbox.messages[uid]
        if limit is not None and message.modseq > limit:
            refused.append(uid)
            continue
        flags = {"+": message.flags | names, "-": message.flags - names}.get(sign, names)
        view.mailbox.set_flags(uid, flags, by=view)
        if not silent or state.condstore:
            yield view.flags_line(uid, state.condstore, flags=not silent)
    yield from state.news(expunges=by_uid)
    if refused:
        numbers = refused if by_uid else [view.number(uid) for uid in refused]
        return f"[MODIFIED {compress(numbers)}] STORE done but for those"
    return "STORE done"


def _store_action(scan: Scanner) -> tuple[str, bool, frozenset[str]]:
    """`+FLAGS.SILENT (a b)`: (`+`, `-` or nothing, whether silent, flags)."""
    sign = "+" if scan.skip(b"+") else "-" if scan.skip(b"-") else ""
    scan.expect(b"FLAGS")
    silent = scan.skip(b".SILENT")
    scan.space()
    if scan.peek(b"("):
        given = scan.listing(scan.flag)
    else:
        given = [scan.flag()]
        while scan.skip(b" "):
            given.append(scan.flag())
    scan.end()
    return sign, silent, canonical_flags(given)


def _unchanged_since(state: State, scan: Scanner) -> int | None:
    if not scan.skip(b"(UNCHANGEDSINCE "):
        return None
    state.need("CONDSTORE")
    state.condstore = True
    limit = scan.number()
    scan.expect(b") ")
    return limit


def search(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    view = state.selected
    scan.space()
    reader = searching.SearchReader(scan, view, extended=state.offers("ESEARCH"), condstore=state.offers("CONDSTORE"))
    wanted = reader.read()
    state.condstore = state.condstore or wanted.modseq
    messages = [view.mailbox.messages[uid] for uid in view.uids if uid in view.mailbox.messages]
    found = [message for message in messages if wanted.test(message)]
    yield searching.reply(wanted, found, view, tag, by_uid)
    yield from state.news(expunges=by_uid)
    return "SEARCH done"


def copy(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    uids, code = _copy(state, scan, state.selected, by_uid)
    yield from state.news()
    return f"{code if uids else ''}COPY done"


def move(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    """RFC 6851: COPYUID goes out untagged, before the EXPUNGE or VANISHED lines."""
    state.need("MOVE")
    view = state.writable
    uids, code = _copy(state, scan, view, by_uid)
    if uids and code:
        yield f"* OK {code}moved\r\n".encode("ascii")
    view.mailbox.expunge(uids)
    yield from state.news()
    return f"{_modseq_code(state, view.mailbox)}MOVE done"


def _copy(state: State, scan: Scanner, view: View, by_uid: bool) -> tuple[list[int], str]:
    """(source UIDs, `[COPYUID ...] ` or nothing)."""
    scan.space()
    ranges = scan.ranges()
    scan.space()
    target = state.box(scan.mailbox(state.utf8), "TRYCREATE")
    scan.end()
    uids = view.resolve(ranges, by_uid)
    found = [view.mailbox.messages[uid] for uid in uids]
    new = target.append_all([(m.raw, m.flags, m.internaldate) for m in found]) if found else []
    plus = state.offers("UIDPLUS") and bool(new)
    code = f"[COPYUID {target.uidvalidity} {compress(uids)} {compress(new)}] " if plus else ""
    return uids, code


def expunge(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    view = state.writable
    among = None
    if by_uid:
        state.need("UIDPLUS")
        scan.space()
        among = set(view.resolve(scan.ranges(), by_uid=True))
    scan.end()
    box = view.mailbox
    box.expunge([uid for uid, m in box.messages.items() if "\\Deleted" in m.flags and (among is None or uid in among)])
    yield from state.news()
    return f"{_modseq_code(state, box)}EXPUNGE done"


def _modseq_code(state: State, box: Mailbox) -> str:
    return f"[HIGHESTMODSEQ {box.highestmodseq}] " if state.qresync else ""
