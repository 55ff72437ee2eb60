"""Where mailtui's own files lie on this platform. `MAILTUI_CONFIG` names another config file."""

from __future__ import annotations

import os

import platformdirs

NAME = "mailtui"
CONFIG_VARIABLE = "MAILTUI_CONFIG"


def config_file() -> str:
    """The config file that is read when none is named: `$MAILTUI_CONFIG`, else the platform's place."""
    named = os.environ.get(CONFIG_VARIABLE, "")
    if named:
        return os.path.abspath(os.path.expanduser(named))
    return os.path.join(platformdirs.user_config_dir(NAME, appauthor=False), "config.toml")


def data_dir() -> str:
    """The store when `[general] store` is not set: mail lives here, so it is data, not a cache."""
    return platformdirs.user_data_dir(NAME, appauthor=False)


def state_dir() -> str:
    """Log and other things that may be deleted."""
    return platformdirs.user_state_dir(NAME, appauthor=False)


def log_file() -> str:
    return os.path.join(state_dir(), "mailtui.log")
