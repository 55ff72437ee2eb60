"""What a start with nothing to do reads must not grow with the mail that is here."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mailtui.store import schema
from mailtui.store.store import Store
from tests.support.small_store import box, deliver, open_store

_WHOLE_TABLE = re.compile(r"(SCAN|SEARCH) (message|placement|ref|m|p)\b(?!.* USING )")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement of every connection."""
    found: list[str] = []

    def listening(connect: Callable[[str], sqlite3.Connection]) -> Callable[[str], sqlite3.Connection]:
        def opened(path: str) -> sqlite3.Connection:
            db = connect(path)
            db.set_trace_callback(found.append)
            return db

        return opened

    monkeypatch.setattr(schema, "_read_write", listening(schema._read_write))
    monkeypatch.setattr(schema, "_read_only", listening(schema._read_only))
    return found


def test_opening_and_filling_read_no_whole_table(
    tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtui.store.store.RACY_NS", -3_600_000_000_000)  # the folders were left alone for long
    store = open_store(tmp_path)
    inbox = box(store)
    deliver(store, inbox, 1, 2, 3, 4, 5)
    while store.fill_fulltext(100).done:
        pass
    store.close()
    asked.clear()
    store = Store.open(str(tmp_path))
    assert not store.fill_fulltext(100).done
    store.close()
    db = sqlite3.connect(schema.index_path(str(tmp_path)))
    plans = {}
    for statement in asked:
        if statement.startswith("SELECT") and "max(id)" not in statement:  # that one is found at once
            try:
                plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
            except sqlite3.OperationalError:  # of the other database
                continue
            plans[statement] = [step for step in plan if step != "SCAN m" or "CO-ROUTINE m" not in plan]
    assert len(plans) > 10
    assert {statement: plan for statement, plan in plans.items() if any(map(_WHOLE_TABLE.match, plan))} == {}
