"""What the screen remembers, in two files of the store's folder: `searches.json`, which a person made, and
`screen.json`, which nobody misses. A damaged file means defaults; one with searches is put aside first. Blocking."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from typing import Any

from mailtui.model.errors import FileError
from mailtui.model.remembered import (
    MOST_ORDERS,
    MOST_QUERY,
    MOST_RECENT,
    MOST_SAVED,
    FolderOrder,
    Remembered,
    SavedSearch,
    Sizes,
    Whereabouts,
)

SEARCHES = "searches.json"
SCREEN = "screen.json"
ASIDE = ".damaged"
LARGEST = 1 << 20
"""Bytes; a larger file is none of ours."""
MOST_NAME = 80


class Memory:
    """The two files of one store."""

    def __init__(self, store: str) -> None:
        """`store`: absolute path of the data folder."""
        self._store = store

    # -- searches

    def searches(self) -> tuple[SavedSearch, ...]:
        """In the order in which they were saved. A damaged file is put aside as `searches.json.damaged`."""
        found = self._read(SEARCHES)
        listed = found.get("searches") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            if found is not _NOTHING:
                with contextlib.suppress(OSError):
                    os.replace(self._path(SEARCHES), self._path(SEARCHES) + ASIDE)
            return ()
        out: dict[str, SavedSearch] = {}
        for one in listed[:MOST_SAVED]:
            name, query = (_text(one, "name", MOST_NAME), _text(one, "query", MOST_QUERY)) if _table(one) else ("", "")
            if name and query:
                out.setdefault(name, SavedSearch(name, query))
        return tuple(out.values())

    def keep_searches(self, searches: Iterable[SavedSearch]) -> None:
        """Durable when it returns. Raises FileError."""
        listed = [{"name": one.name, "query": one.query} for one in searches]
        try:
            self._write(SEARCHES, {"version": 1, "searches": listed}, sync=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise FileError(
                f"the searches can't be saved in {self._store}: {reason}", "make room on the disk"
            ) from None

    # -- where one was

    def screen(self) -> Remembered:
        """Defaults for whatever can't be read."""
        found = self._read(SCREEN)
        if not isinstance(found, dict):
            return Remembered()
        at, sizes, recent = found.get("at"), found.get("panes"), found.get("recent")
        where = Whereabouts()
        if _table(at):
            account, folder = _text(at, "account", MOST_QUERY), _text(at, "folder", MOST_QUERY)
            where = Whereabouts(
                account, folder, _number(at, "date", 1 << 53) or 0, _number(at, "message", 1 << 53) or 0
            )
        panes = Sizes()
        if _table(sizes):
            panes = Sizes(_number(sizes, "folders", 500), _number(sizes, "beside", 100), _number(sizes, "stacked", 100))
        searches = [one for one in recent if isinstance(one, str)] if isinstance(recent, list) else []
        kept = [one for one in searches if 0 < len(one) <= MOST_QUERY and one.isprintable()]
        listed = found.get("orders")
        orders = [
            FolderOrder(_text(one, "account", MOST_QUERY), _text(one, "folder", MOST_QUERY), _text(one, "order", 20))
            for one in (listed if isinstance(listed, list) else [])[:MOST_ORDERS]
            if _table(one)
        ]
        return Remembered(where, panes, tuple(dict.fromkeys(kept))[:MOST_RECENT], tuple(orders))

    def keep_screen(self, one: Remembered) -> bool:
        """Written as a whole; a crash may lose it, not break it. False if it can't be written: nobody has to know."""
        at, sizes = one.at, one.sizes
        table = {
            "version": 1,
            "at": {"account": at.account, "folder": at.folder, "date": at.date, "message": at.placement},
            "panes": {
                name: value
                for name, value in (
                    ("folders", sizes.folders),
                    ("beside", sizes.beside),
                    ("stacked", sizes.stacked),
                )
                if value is not None
            },
            "recent": list(one.recent),
            "orders": [
                {"account": kept.account, "folder": kept.folder, "order": kept.order}
                for kept in one.orders[:MOST_ORDERS]
            ],
        }
        try:
            self._write(SCREEN, table, sync=False)
        except OSError:
            return False
        return True

    # -- files

    def _path(self, name: str) -> str:
        return os.path.join(self._store, name)

    def _read(self, name: str) -> Any:
        """What the file holds; `_NOTHING` if there is none; None if it is damaged."""
        try:
            with open(self._path(name), "rb") as stream:
                data = stream.read(LARGEST + 1)
        except OSError:
            return _NOTHING
        import json  # not before there is something to read

        try:
            return json.loads(data.decode("utf-8")) if len(data) <= LARGEST else None
        except (ValueError, RecursionError):
            return None

    def _write(self, name: str, table: Mapping[str, Any], *, sync: bool) -> None:
        import json

        path = self._path(name)
        beside = f"{path}.new"
        data = json.dumps(table, ensure_ascii=False, indent=1).encode("utf-8", "replace")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        os.replace(beside, path)
        if sync:
            folder = os.open(self._store, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


_NOTHING: dict[str, Any] = {}


def _table(value: Any) -> bool:
    return isinstance(value, dict)


def _text(table: Any, key: str, most: int) -> str:
    """A printable string, or ""."""
    value = table.get(key)
    return value if isinstance(value, str) and len(value) <= most and value.isprintable() else ""


def _number(table: Any, key: str, most: int) -> int | None:
    value = table.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None
