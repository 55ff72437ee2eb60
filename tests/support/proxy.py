"""A TCP proxy on 127.0.0.1 that does what networks do: cut, stall, crawl, refuse, change bytes; and counts all bytes.

It lives in a thread of its own, so that synchronous tests and child processes can use it; every method may be called
from any thread and takes effect before it returns."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")
_CHUNK = 1 << 16


class Way(Enum):
    """Which stream: what the client says, or what the server says."""

    TO_SERVER = "to server"
    TO_CLIENT = "to client"


@dataclass(slots=True)
class _Lane:
    """Faults and counts of one direction, over all connections."""

    passed: int = 0
    cut_at: int | None = None
    stall_at: int | None = None
    chunk: int = 0
    interval: float = 0.0
    rewrite: Callable[[bytes], bytes] | None = None


@dataclass(slots=True, eq=False)
class _Pair:
    """One client with its connection to the server."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def drop(self, *, reset: bool) -> None:
        for writer in self.writers:
            sock = writer.get_extra_info("socket")
            if reset and sock is not None:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class FaultProxy:
    """Stands between a client and `target_port`. Use as a context manager; `port` stays the same over refuse/accept."""

    def __init__(self, target_port: int, *, host: str = "127.0.0.1") -> None:
        self.target = (host, target_port)
        self.port = 0
        self.connections = 0
        """Connections taken so far."""
        self._lanes = {way: _Lane() for way in Way}
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._moving = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._moving.set()
        self.accept()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # -- counts

    @property
    def to_client(self) -> int:
        """Bytes that the client received so far."""
        return self._lanes[Way.TO_CLIENT].passed

    @property
    def to_server(self) -> int:
        return self._lanes[Way.TO_SERVER].passed

    @property
    def open_connections(self) -> int:
        return len(self._pairs)

    @property
    def fired(self) -> bool:
        """Whether every armed cut has happened."""
        return all(lane.cut_at is None for lane in self._lanes.values())

    # -- faults

    def cut(self, after: int, way: Way = Way.TO_CLIENT) -> None:
        """Passes exactly `after` more bytes this way, then resets that connection. Once."""
        self._lanes[way].cut_at = self._lanes[way].passed + after

    def stall(self, after: int = 0, way: Way = Way.TO_CLIENT) -> None:
        """Passes `after` more bytes, then nothing either way until resume(); connections stay open (a peer is gone)."""
        self._lanes[way].stall_at = self._lanes[way].passed + after

    def resume(self) -> None:
        """Ends stall and slow; held bytes go on."""
        for lane in self._lanes.values():
            lane.stall_at, lane.chunk, lane.interval = None, 0, 0.0
        self._loop.call_soon_threadsafe(self._moving.set)

    def slow(self, chunk: int, interval: float, way: Way = Way.TO_CLIENT) -> None:
        """From now on `chunk` bytes every `interval` seconds."""
        self._lanes[way].chunk, self._lanes[way].interval = chunk, interval

    def rewrite(self, change: Callable[[bytes], bytes] | None, way: Way = Way.TO_CLIENT) -> None:
        """Every piece that passes (its borders are accidental) goes through `change`; None ends it."""
        self._lanes[way].rewrite = change

    def drop(self) -> None:
        """Resets all connections now."""
        self._run(self._drop())

    def refuse(self) -> None:
        """Nobody listens any more; open connections stay."""
        self._run(self._close())

    def accept(self) -> None:
        """Listens (again) on the same port."""
        self._run(self._open())

    def retarget(self, port: int) -> None:
        """New connections go to another port of the target's host."""
        self.target = (self.target[0], port)

    # -- inside the thread

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=_CHUNK)
            self.port = int(self._server.sockets[0].getsockname()[1])

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()  # no wait_closed: from Python 3.12 on it would wait for the connections too
            self._server = None
            await asyncio.sleep(0)

    async def _drop(self) -> None:
        for pair in tuple(self._pairs):
            pair.drop(reset=True)
        await asyncio.sleep(0)

    async def _shut(self) -> None:
        await self._close()
        await self._drop()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        pair = _Pair([writer])
        self._pairs.add(pair)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target, limit=_CHUNK)
            pair.writers.append(far_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, far_writer, pair, Way.TO_SERVER))
                group.create_task(self._pump(far_reader, writer, pair, Way.TO_CLIENT))
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            pass  # the server is not there, or one side is gone: the client sees a closed connection
        finally:
            pair.drop(reset=False)
            self._pairs.discard(pair)
            self._tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pair: _Pair, way: Way) -> None:
        lane = self._lanes[way]
        while data := await reader.read(lane.chunk or _CHUNK):
            await self._moving.wait()
            if lane.interval:
                await asyncio.sleep(lane.interval)
            if lane.rewrite is not None:
                data = lane.rewrite(data)
            if lane.stall_at is not None and lane.passed + len(data) > lane.stall_at:
                data = await self._stall(lane, data, writer)
            if lane.cut_at is not None and lane.passed + len(data) >= lane.cut_at:
                await self._send(writer, data[: lane.cut_at - lane.passed], lane)
                lane.cut_at = None
                # a FIN behind the last byte lets the client read everything before it sees the end
                pair.drop(reset=False) if way is Way.TO_SERVER else await self._finish(writer, pair)
                return
            await self._send(writer, data, lane)
        if writer.can_write_eof():
            writer.write_eof()

    async def _stall(self, lane: _Lane, data: bytes, writer: asyncio.StreamWriter) -> bytes:
        """Sends what may still pass, waits for resume(), returns the rest."""
        assert lane.stall_at is not None
        room = max(0, lane.stall_at - lane.passed)
        await self._send(writer, data[:room], lane)
        self._moving.clear()
        await self._moving.wait()
        return data[room:]

    @staticmethod
    async def _send(writer: asyncio.StreamWriter, data: bytes, lane: _Lane) -> None:
        lane.passed += len(data)
        writer.write(data)
        await writer.drain()

    @staticmethod
    async def _finish(writer: asyncio.StreamWriter, pair: _Pair) -> None:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        pair.drop(reset=False)
