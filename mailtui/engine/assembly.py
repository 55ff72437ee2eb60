"""Puts an engine together from settings: the store opened for writing, the system's clock and secrets."""

from __future__ import annotations

from mailtui.config.secrets import SystemSecrets
from mailtui.engine.clock import SystemClock
from mailtui.engine.engine import Engine
from mailtui.model.account import Settings
from mailtui.store.store import Store


def assemble(settings: Settings) -> Engine:
    """Raises StoreLockedError when another mailtui writes to this store, StoreError when it can't be used."""
    return Engine(settings, Store.open(settings.store), SystemSecrets(), SystemClock())
