"""How an account's connection stands."""

from __future__ import annotations

from enum import Enum


class LinkState(Enum):
    OFFLINE = "offline"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    IDLE = "idle"
    """Connected and watching."""
    WAITING = "waiting"
    """Lost; next try at `retry_in` seconds."""
    FAILED = "failed"
    """Needs a person (password, certificate, config)."""
