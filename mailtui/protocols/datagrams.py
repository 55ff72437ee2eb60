"""One question, one answer, by UDP or, where that is too short, by TCP (RFC 1035 section 4.2): how a DNS server is
asked. What is said is the caller's business."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import TypeVar

from mailtui.model.errors import LostError, TimeoutError_

T = TypeVar("T")
LARGEST = 4096
"""Bytes of an answer."""


class _Waiting(asyncio.DatagramProtocol):
    """Hands on the first datagram that `read` makes sense of; what it can't read comes from somebody else."""

    def __init__(self, read: Callable[[bytes], T], answer: asyncio.Future[T]) -> None:
        self._read = read
        self._answer = answer

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._answer.done():
            try:
                self._answer.set_result(self._read(data[:LARGEST]))
            except ValueError:
                return

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(LostError("the DNS server does not listen"))


async def ask_udp(server: str, port: int, question: bytes, read: Callable[[bytes], T], seconds: float) -> T:
    """What `read` makes of the answer; it raises ValueError for one that is not meant for us. Raises LostError,
    TimeoutError_."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Waiting(read, answer), remote_addr=(server, port))
    except OSError as error:
        raise LostError(f"the DNS server {server} can't be asked: {error.strerror}") from error
    try:
        transport.sendto(question)
        async with asyncio.timeout(seconds):
            return await answer
    except TimeoutError as error:
        raise TimeoutError_(f"the DNS server {server} does not answer") from error
    finally:
        transport.close()


async def ask_tcp(server: str, port: int, question: bytes, read: Callable[[bytes], T], seconds: float) -> T:
    """The same by TCP. Raises LostError, TimeoutError_, ValueError."""
    writer = None
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(server, port)
            writer.write(struct.pack("!H", len(question)) + question)
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            return read((await reader.readexactly(length))[:LARGEST])
    except TimeoutError as error:
        raise TimeoutError_(f"the DNS server {server} does not answer") from error
    except (OSError, EOFError) as error:
        raise LostError(f"the DNS server {server} can't be asked") from error
    finally:
        if writer is not None:
            writer.transport.abort()
