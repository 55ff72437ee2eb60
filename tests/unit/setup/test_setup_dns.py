"""DNS messages: questions as RFC 1035 has them, answers from honest and from hostile servers, a server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.setup import dns
from mailtui.setup.dns import Answer, DnsError, Kind, Server
from mailtui.setup.resolving import Resolver, nameservers

NAME = "_imaps._tcp.example.org"


def wire(name: str) -> bytes:
    return b"".join(bytes((len(label),)) + label.encode() for label in name.split(".") if label) + b"\0"


def srv(host: str, port: int, priority: int = 0, weight: int = 0, owner: bytes = b"\xc0\x0c") -> bytes:
    body = struct.pack("!3H", priority, weight, port) + wire(host)
    return owner + struct.pack("!2HIH", Kind.SRV, 1, 60, len(body)) + body


def answer(*records: bytes, number: int = 7, flags: int = 0x8180, name: str = NAME, kind: int = Kind.SRV) -> bytes:
    head = struct.pack("!6H", number, flags, 1, len(records), 0, 0)
    return head + wire(name) + struct.pack("!2H", kind, 1) + b"".join(records)


def test_question() -> None:
    assert dns.ask(7, "example.org.", Kind.MX) == bytes.fromhex(
        "0007 0100 0001 0000 0000 0000 07 6578616d706c65 03 6f7267 00 000f 0001"
    )


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64 + ".org", "ü.example", ".".join(["abcdefg"] * 40)])
def test_what_is_no_name_is_not_asked_for(name: str) -> None:
    with pytest.raises(DnsError):
        dns.ask(1, name, Kind.SRV)


def test_records_come_best_first() -> None:
    data = answer(srv("b.example.org", 993, 20), srv("A.example.org", 993, 10, 1), srv("c.example.org", 994, 10, 9))
    assert dns.read(7, NAME, Kind.SRV, data) == Answer(
        (Server("c.example.org", 994, 10, 9), Server("a.example.org", 993, 10, 1), Server("b.example.org", 993, 20))
    )


def test_exchangers() -> None:
    body = struct.pack("!H", 5) + wire("mx") + b""
    compressed = struct.pack("!H", 1) + b"\x03mx1\xc0\x0c"
    records = [b"\xc0\x0c" + struct.pack("!2HIH", Kind.MX, 1, 60, len(one)) + one for one in (body, compressed)]
    found = dns.read(7, "example.org", Kind.MX, answer(*records, name="example.org", kind=Kind.MX))
    assert found.servers == (Server("mx1.example.org", 0, 1), Server("mx", 0, 5))


def test_no_such_name_is_an_answer_and_a_dot_is_no_service() -> None:
    assert dns.read(7, NAME, Kind.SRV, answer(flags=0x8183)).servers == ()
    assert dns.read(7, NAME, Kind.SRV, answer(srv("", 0))).servers == (Server("", 0, 0),)


def test_records_of_other_kinds_are_passed_over() -> None:
    address = b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 60, 4) + b"\x7f\0\0\1"
    assert dns.read(7, NAME, Kind.SRV, answer(address, srv("x.org", 1))).servers == (Server("x.org", 1, 0),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 11,
        answer(srv("x.org", 1), number=8),
        answer(srv("x.org", 1), flags=0x0100),
        answer(srv("x.org", 1), name="_imaps._tcp.example.com"),
        answer(srv("x.org", 1), kind=Kind.MX),
        answer(flags=0x8182),
        answer(flags=0x8185),
        answer(srv("x.org", 1))[:-3],
        answer(srv("x.org", 1, owner=b"\xc0\xff")),
        answer(b"\xc0" + bytes([12 + len(wire(NAME)) + 4]) + b"\0" * 12),
        answer(srv("x.org", 1, owner=b"\x41abc")),
        answer(srv("evil\x1b[2j.org", 1)),
        answer(srv("/etc/passwd", 1)),
        answer(b"\x3f" + b"a" * 10),
    ],
)
def test_hostile_answers_are_refused(data: bytes) -> None:
    with pytest.raises(DnsError):
        dns.read(7, NAME, Kind.SRV, data)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(data: bytes, headed: bool) -> None:
    """No other error, no loop, no strange character."""
    full = answer() + data if headed else data
    if headed:
        full = full[:6] + b"\0\x09" + full[8:]
    with contextlib.suppress(DnsError):
        for server in dns.read(7, NAME, Kind.SRV, full).servers:
            assert all(char.isalnum() or char in "-_." for char in server.host)
            assert server.host.isascii()


class Nameserver:
    """A DNS server on loopback that says what `reply` makes of a question; None: nothing."""

    def __init__(self, reply: Callable[[bytes], bytes | None], by_tcp: Callable[[bytes], bytes] | None = None) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.port = self._udp.getsockname()[1]
        self._reply, self._by_tcp = reply, by_tcp
        self._tcp = socket.create_server(("127.0.0.1", self.port)) if by_tcp else None
        self.asked: list[bytes] = []

    def __enter__(self) -> Nameserver:
        threading.Thread(target=self._serve, daemon=True).start()
        if self._tcp is not None:
            threading.Thread(target=self._serve_tcp, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._udp.close()
        if self._tcp is not None:
            self._tcp.close()

    def _serve(self) -> None:
        while True:
            try:
                question, peer = self._udp.recvfrom(512)
            except OSError:
                return
            self.asked.append(question)
            said = self._reply(question)
            if said is not None:
                self._udp.sendto(b"\0\0not an answer", peer)
                self._udp.sendto(said, peer)

    def _serve_tcp(self) -> None:
        assert self._tcp is not None
        assert self._by_tcp is not None
        with contextlib.suppress(OSError):
            connection, _ = self._tcp.accept()
            with connection:
                question = connection.recv(512)[2:]
                said = self._by_tcp(question)
                connection.sendall(struct.pack("!H", len(said)) + said)


def honest(*records: bytes, flags: int = 0x8180) -> Callable[[bytes], bytes]:
    return lambda question: answer(*records, number=struct.unpack_from("!H", question)[0], flags=flags)


@pytest.fixture
def quick() -> Callable[[int], Resolver]:
    return lambda port: Resolver(["127.0.0.1"], port, 0.5)


def test_a_server_is_asked(quick: Callable[[int], Resolver]) -> None:
    with Nameserver(honest(srv("imap.example.org", 993))) as server:
        assert asyncio.run(quick(server.port).ask(NAME, Kind.SRV)) == (Server("imap.example.org", 993, 0),)
        first, second = server.asked[0], None
        asyncio.run(quick(server.port).ask(NAME, Kind.SRV))
        second = server.asked[1]
    assert first[2:] == second[2:]
    assert first[:2] != second[:2], "the number must not be guessed"


def test_what_is_too_long_for_udp_comes_by_tcp(quick: Callable[[int], Resolver]) -> None:
    with Nameserver(honest(flags=0x8380), honest(srv("long.example.org", 993))) as server:
        assert asyncio.run(quick(server.port).ask(NAME, Kind.SRV)) == (Server("long.example.org", 993, 0),)


def test_a_dumb_server_and_none_at_all_are_nothing(quick: Callable[[int], Resolver]) -> None:
    with Nameserver(lambda question: None) as server:
        assert asyncio.run(quick(server.port).ask(NAME, Kind.SRV)) == ()
    assert asyncio.run(quick(server.port).ask(NAME, Kind.SRV)) == ()
    assert asyncio.run(quick(server.port).ask("ü..", Kind.SRV)) == ()


def test_the_servers_of_this_computer(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# no\nsearch example.org\nnameserver 192.0.2.1\nnameserver evil;rm\nnameserver 2001:db8::1 x\n")
    assert nameservers(str(file)) == ("192.0.2.1", "2001:db8::1")
    assert nameservers(str(tmp_path / "none")) == ("127.0.0.1",)
