"""Commands under test leave no trace in the home of whoever runs the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.model.intents import Deed, Order
from tests.support import acting


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "xdg" / name.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return acting.make_store(tmp_path, monkeypatch)


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[Deed | Order]:
    return acting.watch_submit(monkeypatch)
