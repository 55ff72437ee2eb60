"""Commands, UID sets, mailbox names, capabilities: values into bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.errors import LocalProtocolError
from mailtui.model.mail import Flag, Flags
from mailtui.protocols.imap import commands, utf7
from mailtui.protocols.imap.capabilities import Capabilities
from mailtui.protocols.imap.commands import Literal
from mailtui.protocols.imap.parse import parse_internaldate, parse_values
from mailtui.protocols.imap.seqset import format_uids, merged, parse_uids, ranges_of, split_ranges

BARE = Capabilities.of(["IMAP4rev1"])
FULL = Capabilities.of(
    (
        "IMAP4rev1",
        "CONDSTORE",
        "QRESYNC",
        "ENABLE",
        "LIST-EXTENDED",
        "LIST-STATUS",
        "SPECIAL-USE",
        "ESEARCH",
        "LITERAL+",
    )
).with_enabled(["qresync"])
UIDS = st.integers(1, 0xFFFFFFFF)


# -- UID sets


@given(st.sets(UIDS, min_size=1))
def test_uid_sets_there_and_back(uids: set[int]) -> None:
    back = [uid for low, high in parse_uids(format_uids(uids)) for uid in range(low, high + 1)]
    assert back == sorted(uids)


def test_uid_set_is_compact() -> None:
    assert format_uids([5, 1, 2, 3, 3, 9, 8]) == "1:3,5,8:9"
    assert parse_uids(b"5:2,7") == ((2, 5), (7, 7))


@pytest.mark.parametrize("uids", [[], [0], [-3], [1 << 32]])
def test_impossible_uids_are_not_sent(uids: list[int]) -> None:
    with pytest.raises(ValueError):
        format_uids(uids)


@pytest.mark.parametrize(
    "text", ["", "0", "1:*", "*", "4294967296", "1,,2", "1:", "a", "1:2:3", "-1", "+1", " 1", "１", "9" * 5000]
)
def test_what_is_no_uid_set(text: str) -> None:
    with pytest.raises(ValueError):
        parse_uids(text)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair)))))
def test_merged_ranges_are_the_same_numbers(ranges: list[tuple[int, int]]) -> None:
    numbers = {uid for low, high in ranges for uid in range(low, high + 1)}
    assert merged(ranges) == ranges_of(numbers)


@given(st.sets(UIDS, min_size=1, max_size=300), st.integers(21, 200))
def test_sets_are_split_by_length(uids: set[int], length: int) -> None:
    parts = list(split_ranges(ranges_of(uids), length))
    assert all(len(part) <= length for part in parts)
    assert parse_uids(",".join(parts)) == tuple(ranges_of(uids))


# -- mailbox names


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("INBOX", b"INBOX"),
        ("Entwürfe", b"Entw&APw-rfe"),
        ("R&D", b"R&-D"),
        ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("📬", b"&2D3c7A-"),
        ("a\nb", b"a&AAo-b"),
    ],
)
def test_modified_utf7(name: str, raw: bytes) -> None:
    assert utf7.encode(name) == raw
    assert utf7.decode(raw) == name


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[chr(c) for c in range(0xF700, 0xF800)])))
def test_every_name_goes_there_and_back(name: str) -> None:
    assert utf7.decode(utf7.encode(name)) == name
    assert b"\r" not in utf7.encode(name)


PIECES = st.sampled_from([b"&", b"-", b"A", b"AOQ", b"&AOQ-", b"\xc3\xa4", b"\xff", b"\xef\x9f\x85", b"\n"])


@given(st.one_of(st.binary(), st.lists(PIECES).map(b"".join)).filter(lambda raw: 0 not in raw))
def test_every_wire_name_goes_there_and_back_and_can_be_stored(raw: bytes) -> None:
    for decode, encode in ((utf7.decode, utf7.encode), (utf7.decode_utf8, utf7.encode_utf8)):
        name = decode(raw)
        assert encode(name) == raw
        name.encode("utf-8")  # no lone surrogates: SQLite takes it


def test_a_broken_name_is_not_taken_for_a_right_one() -> None:
    assert len({utf7.decode(raw) for raw in (b"R&-D", b"R&D", b"&AFIAJgBE-")}) == 3


# -- quoting


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("INBOX", b"INBOX"),
        ("a b", b'"a b"'),
        ('x"\\y', b'"x\\"\\\\y"'),
        ("", b'""'),
        ("nil", b'"nil"'),
        ("a(b", b'"a(b"'),
        ("a%b", b'"a%b"'),
        ("pass\r\nA EXPUNGE", Literal(b"pass\r\nA EXPUNGE")),
        ("größe", Literal("größe".encode())),
        ("x" * 2000 + " ", Literal(b"x" * 2000 + b" ")),
    ],
)
def test_astring(text: str, piece: object) -> None:
    assert commands.astring(text) == piece


@given(st.text().filter(lambda text: "\0" not in text))
def test_no_word_ends_a_line(text: str) -> None:
    piece = commands.astring(text.encode("utf-8", "surrogatepass"))
    if isinstance(piece, bytes):
        assert b"\r" not in piece
        assert b"\n" not in piece
        assert parse_values([piece], 0) == [text.encode("utf-8", "surrogatepass")]


@pytest.mark.parametrize("name", ["", "\uf700"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(LocalProtocolError):
        commands.mailbox(name)


@pytest.mark.parametrize("name", ["a\0b", "a\r\nA1 DELETE INBOX", "a\nb"])
def test_injection_by_mailbox_names(name: str) -> None:
    piece = commands.mailbox(name)
    assert isinstance(piece, bytes)
    assert not any(byte in piece for byte in b"\0\r\n")
    with pytest.raises(LocalProtocolError):
        commands.mailbox(name, utf8=True)


def test_utf8_names_are_quoted() -> None:
    assert commands.mailbox('Entwürfe"', utf8=True) == '"Entwürfe\\""'.encode()


@pytest.mark.parametrize(
    "call",
    [
        lambda: commands.astring("a\0"),
        lambda: commands.plain("a\r\nb"),
        lambda: commands.uid_fetch("1 (BODY[])\r\n", "(FLAGS)"),
        lambda: commands.uid_fetch("", "(FLAGS)"),
        lambda: commands.uid_expunge("1:$"),
        lambda: commands.uid_store("1", "x", Flags()),
        lambda: commands.flag_list(Flags(0, ("a b",))),
        lambda: commands.flag_list(Flags(0, ("",))),
        lambda: commands.flag_list(Flags(0, ("ä",))),
        lambda: commands.append("INBOX", b"a\0b", Flags(), None, BARE),
    ],
)
def test_illegal_words_stay_here(call: object) -> None:
    assert callable(call)
    with pytest.raises(LocalProtocolError):
        call()


# -- commands


@pytest.mark.parametrize(
    ("command", "wire"),
    [
        (commands.login("al ice", 'x"'), [b'LOGIN "al ice" "x\\""']),
        (commands.login("alice", "ü"), [b"LOGIN alice ", Literal("ü".encode())]),
        (commands.authenticate("PLAIN"), [b"AUTHENTICATE PLAIN"]),
        (commands.authenticate("PLAIN", b"="), [b"AUTHENTICATE PLAIN ="]),
        (commands.identify("mailtui", "1"), [b'ID ("name" "mailtui" "version" "1")']),
        (commands.enable(["QRESYNC"]), [b"ENABLE QRESYNC"]),
        (commands.list_all(BARE), [b'LIST "" "*"']),
        (
            commands.list_all(FULL),
            [b'LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN UIDNEXT UIDVALIDITY HIGHESTMODSEQ))'],
        ),
        (commands.status("a b", BARE), [b'STATUS "a b" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)']),
        (commands.select("INBOX", BARE, qresync=(1, 2, "1:3")), [b"SELECT INBOX"]),
        (commands.select("INBOX", FULL, qresync=(1, 2, "1:3")), [b"SELECT INBOX (QRESYNC (1 2 1:3))"]),
        (commands.select("INBOX", FULL, qresync=(1, 2, "")), [b"SELECT INBOX (QRESYNC (1 2))"]),
        (commands.select("INBOX", Capabilities.of(["CONDSTORE"]), readonly=True), [b"EXAMINE INBOX (CONDSTORE)"]),
        (commands.on_mailbox("CREATE", "Übrig", BARE), [b'CREATE "&ANw-brig"']),
        (commands.rename("a b", "c", BARE), [b'RENAME "a b" c']),
        (
            commands.append("INBOX", b"hi", Flags(Flag.SEEN), 837596665, BARE),
            [b'APPEND INBOX (\\Seen) "17-Jul-1996 09:44:25 +0000" ', Literal(b"hi")],
        ),
        (commands.append("INBOX", b"hi", Flags(), None, BARE), [b"APPEND INBOX ", Literal(b"hi")]),
        (commands.uid_fetch("1:*", "(UID FLAGS)"), [b"UID FETCH 1:* (UID FLAGS)"]),
        (
            commands.uid_fetch("1:*", "(UID FLAGS)", changed_since=5, vanished=True),
            [b"UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5 VANISHED)"],
        ),
        (commands.uid_search("ALL", BARE), [b"UID SEARCH ALL"]),
        (commands.uid_search("ALL", FULL), [b"UID SEARCH RETURN (ALL) ALL"]),
        (commands.uid_store("1", "+", Flags(1, ("$Junk",))), [b"UID STORE 1 +FLAGS.SILENT (\\Seen $Junk)"]),
        (
            commands.uid_store("1:2", "-", Flags(1), unchanged_since=9),
            [b"UID STORE 1:2 (UNCHANGEDSINCE 9) -FLAGS.SILENT (\\Seen)"],
        ),
        (commands.uid_to("MOVE", "1", "a b", BARE), [b'UID MOVE 1 "a b"']),
        (commands.uid_expunge("1,3"), [b"UID EXPUNGE 1,3"]),
    ],
)
def test_commands(command: object, wire: object) -> None:
    assert command == wire


@given(st.integers(0, 4102444800))
def test_dates_there_and_back(seconds: int) -> None:
    assert parse_internaldate(commands.date_time(seconds).strip(b'"')) == seconds


def test_a_literal_does_not_show_its_bytes() -> None:
    assert "secret" not in repr(commands.login("alice", "secretü")[1])


def test_capabilities() -> None:
    rev2 = Capabilities.of(["imap4rev2", "auth=plain", "AUTH=XOAUTH2", "LOGINDISABLED"])
    assert rev2.move
    assert rev2.idle
    assert rev2.special_use
    assert rev2.imap
    assert not rev2.condstore
    assert not rev2.qresync
    assert rev2.login_disabled
    assert rev2.mechanisms == {"PLAIN", "XOAUTH2"}
    assert rev2.nonsync(4096)
    assert not rev2.nonsync(4097)
    assert not BARE.nonsync(1)
    assert not Capabilities.of(["QRESYNC"]).qresync
    assert "enable" in FULL


def test_what_a_person_looks_for_travels_as_strings_and_literals() -> None:
    plain_server = Capabilities(frozenset({"IMAP4REV1"}))
    command = commands.uid_search_for(("OR", "FROM", b'a" OR ALL', "(", "TEXT", b"x", ")"), plain_server)
    assert command == [b'UID SEARCH OR FROM "a\\" OR ALL" (TEXT x)']
    umlaut = "müsli".encode()
    command = commands.uid_search_for(("TEXT", umlaut), plain_server)
    assert command == [b"UID SEARCH CHARSET UTF-8 TEXT ", commands.Literal(umlaut)]
    with pytest.raises(LocalProtocolError):
        commands.uid_search_for(("TEXT\r\nA1 DELETE INBOX",), plain_server)
    assert commands.uid_search_for(("TEXT", b"x\r\nA1 DELETE"), plain_server)[-1] == commands.Literal(b"x\r\nA1 DELETE")
