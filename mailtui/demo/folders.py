"""Commands on mailboxes as a whole: LIST, STATUS, CREATE, APPEND and their kin (RFC 9051 section 6.3). No I/O."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from mailtui.demo.grammar import BadCommand, Refusal, Scanner, mailbox_name
from mailtui.demo.mailboxes import Mailbox
from mailtui.demo.state import Replies, State
from mailtui.demo.wire import encode_name, parse_date_time

_STATUS_ITEMS = frozenset({"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ"})
_SELECTION = frozenset({"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"})


def namespace(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    state.need("NAMESPACE")
    scan.end()
    yield b'* NAMESPACE (("" "/")) NIL NIL\r\n'
    return "NAMESPACE done"


def list_(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    """LIST with the options of RFC 5258 (selection, RETURN), RFC 5819 (STATUS) and RFC 6154 (SPECIAL-USE)."""
    scan.space()
    selection: list[str] = []
    extended = False
    if scan.peek(b"("):
        state.need("LIST-EXTENDED")
        extended = True
        selection = scan.listing(scan.word)
        if not set(selection) <= _SELECTION:
            raise BadCommand("unknown LIST selection option")
        scan.space()
    reference = scan.astring()
    scan.space()
    patterns = scan.listing(scan.pattern) if scan.peek(b"(") else [scan.pattern()]
    returns, status = _returns(state, scan)
    scan.end()
    if patterns == [b""] and not extended:
        yield b'* LIST (\\Noselect) "/" ""\r\n'
        return "LIST done"
    tests = [_glob(mailbox_name(reference + pattern, state.utf8)) for pattern in patterns]
    for box in state.mailboxes.sorted():
        if any(test.fullmatch(box.name) for test in tests) and _chosen(box, selection):
            yield _list_line(state, b"LIST", box, "SUBSCRIBED" in returns or "SUBSCRIBED" in selection)
            if status and box.selectable:
                yield _status_line(state, box, status)
    return "LIST done"


def lsub(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    scan.space()
    reference = scan.astring()
    scan.space()
    test = _glob(mailbox_name(reference + scan.pattern(), state.utf8))
    scan.end()
    for box in state.mailboxes.sorted():
        if box.subscribed and test.fullmatch(box.name):
            yield _list_line(state, b"LSUB", box, False)
    return "LSUB done"


def _returns(state: State, scan: Scanner) -> tuple[set[str], list[str]]:
    """The RETURN options of LIST: (names, STATUS items)."""
    names: set[str] = set()
    status: list[str] = []
    if scan.ended:
        return names, status
    scan.space()
    scan.expect(b"RETURN ")
    state.need("LIST-EXTENDED")

    def option() -> None:
        name = scan.word()
        if name == "STATUS":
            state.need("LIST-STATUS")
            scan.space()
            status.extend(_status_items(state, scan))
        elif name not in ("SUBSCRIBED", "CHILDREN", "SPECIAL-USE"):
            raise BadCommand(f"unknown LIST return option {name}")
        names.add(name)

    scan.listing(option)
    return names, status


def _chosen(box: Mailbox, selection: Sequence[str]) -> bool:
    if "SPECIAL-USE" in selection and not box.attributes:
        return False
    return "SUBSCRIBED" not in selection or box.subscribed


def _list_line(state: State, word: bytes, box: Mailbox, subscribed: bool) -> bytes:
    names = [] if box.selectable else ["\\Noselect"]
    names.append("\\HasChildren" if state.mailboxes.has_children(box.name) else "\\HasNoChildren")
    if state.offers("SPECIAL-USE"):
        names.extend(box.attributes)
    if subscribed and box.subscribed:
        names.append("\\Subscribed")
    return b'* %s (%s) "/" %s\r\n' % (word, " ".join(names).encode("ascii"), encode_name(box.name, state.utf8))


def _glob(pattern: str) -> re.Pattern[str]:
    parts = ({"*": ".*", "%": "[^/]*"}.get(char, re.escape(char)) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)


def status(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    scan.space()
    box = state.box(scan.mailbox(state.utf8))
    scan.space()
    items = _status_items(state, scan)
    scan.end()
    yield _status_line(state, box, items)
    return "STATUS done"


def _status_items(state: State, scan: Scanner) -> list[str]:
    items = scan.listing(scan.word)
    if not set(items) <= _STATUS_ITEMS:
        raise BadCommand("unknown STATUS item")
    if "HIGHESTMODSEQ" in items:
        state.need("CONDSTORE")
        state.condstore = True
    return items


def _status_line(state: State, box: Mailbox, items: Sequence[str]) -> bytes:
    values = {
        "MESSAGES": len(box.uids),
        "RECENT": 0,
        "UIDNEXT": box.uidnext,
        "UIDVALIDITY": box.uidvalidity,
        "UNSEEN": box.unseen if "UNSEEN" in items else 0,
        "HIGHESTMODSEQ": box.highestmodseq,
    }
    words = " ".join(f"{item} {values[item]}" for item in items)
    return b"* STATUS %s (%s)\r\n" % (encode_name(box.name, state.utf8), words.encode("ascii"))


def create(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    scan.space()
    name = scan.mailbox(state.utf8).removesuffix("/")
    if not scan.ended and not state.offers("SPECIAL-USE"):
        raise BadCommand("CREATE takes one argument")
    known = state.mailboxes.get(name)
    if known is not None and known.selectable:
        raise Refusal("the mailbox exists already", "ALREADYEXISTS")
    if not name or any(not part for part in name.split("/")):
        raise Refusal("not a good name", "CANNOT")
    state.mailboxes.create(name)
    yield from ()
    return "CREATE done"


def delete(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    scan.space()
    name = scan.mailbox(state.utf8)
    scan.end()
    if name == "INBOX":
        raise Refusal("INBOX can't be deleted", "CANNOT")
    if state.mailboxes.get(name) is None:
        raise Refusal("no such mailbox", "NONEXISTENT")
    if state.view is not None and state.view.mailbox.name == name:
        state.leave()
    state.mailboxes.delete(name)
    yield from ()
    return "DELETE done"


def rename(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    scan.space()
    old = scan.mailbox(state.utf8)
    scan.space()
    new = scan.mailbox(state.utf8)
    scan.end()
    if state.mailboxes.get(old) is None:
        raise Refusal("no such mailbox", "NONEXISTENT")
    if state.mailboxes.get(new) is not None:
        raise Refusal("the mailbox exists already", "ALREADYEXISTS")
    if new.startswith(old + "/"):
        raise Refusal("a mailbox can't move into itself", "CANNOT")
    state.mailboxes.rename(old, new)
    yield from ()
    return "RENAME done"


def subscribe(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    return _subscription(state, scan, True)


def unsubscribe(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    return _subscription(state, scan, False)


def _subscription(state: State, scan: Scanner, wanted: bool) -> Replies:
    scan.space()
    box = state.mailboxes.get(scan.mailbox(state.utf8))
    scan.end()
    if box is None:
        raise Refusal("no such mailbox", "NONEXISTENT")
    box.subscribed = wanted
    yield from ()
    return "done"


def append(state: State, scan: Scanner, tag: str, by_uid: bool) -> Replies:
    """APPEND mailbox [(flags)] ["date-time"] literal, also as `UTF8 (~{n} ...)` (RFC 6855 section 4)."""
    scan.space()
    box = state.box(scan.mailbox(state.utf8), "TRYCREATE")
    scan.space()
    flags: list[str] = []
    if scan.peek(b"("):
        flags = scan.listing(scan.flag)
        scan.space()
    when = int(time.time())
    if scan.peek(b'"'):
        try:
            when = parse_date_time(scan.string().decode("ascii"))
        except ValueError as error:
            raise BadCommand("date-time expected") from error
        scan.space()
    wrapped = scan.skip(b"UTF8 (")
    raw = scan.string()
    if wrapped:
        scan.expect(b")")
    scan.end()
    uid = box.append(raw, flags, when)
    yield from state.news()
    return f"[APPENDUID {box.uidvalidity} {uid}] APPEND done" if state.offers("UIDPLUS") else "APPEND done"
