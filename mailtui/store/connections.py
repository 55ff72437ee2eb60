"""Reading connections, one for every thread that asks."""

from __future__ import annotations

import sqlite3
import threading

from mailtui.store.schema import connect


class Connections:
    """A read-only connection per thread, all closed together."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def get(self) -> sqlite3.Connection:
        db = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = self.prepare(connect(self._path, read_only=True))
            with self._lock:
                self._all.append(db)
        return db

    def prepare(self, db: sqlite3.Connection) -> sqlite3.Connection:
        return db

    def everyone(self) -> list[sqlite3.Connection]:
        with self._lock:
            return list(self._all)

    def close(self) -> None:
        with self._lock:
            for db in self._all:
                db.close()
            self._all.clear()
            self._local = threading.local()
