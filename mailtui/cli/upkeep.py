"""`mailtui reindex`, `config`, `schema` and `version`."""

from __future__ import annotations

import argparse
import platform
import sys
from importlib import resources

from mailtui import __version__
from mailtui.cli.output import to_json
from mailtui.cli.parser import SCHEMAS
from mailtui.cli.session import settings_of
from mailtui.config.paths import config_file, data_dir, log_file
from mailtui.config.read import load
from mailtui.model.account import Settings
from mailtui.model.errors import ConfigError

KEYS_HINT = "mailtui starts without them; ? inside of it lists keys and actions"


def run_config(args: argparse.Namespace) -> int:
    return _path(args) if args.what == "path" else _check(args)


def _path(args: argparse.Namespace) -> int:
    file = args.config or config_file()
    if not args.json:
        print(file)
        return 0
    try:
        store = load(args.config).settings.store
    except ConfigError:
        store = data_dir()
    print(to_json({"config": file, "store": store, "log": log_file()}))
    return 0


def _check(args: argparse.Namespace) -> int:
    """0, or 2 with every mistake shown. Nothing is contacted: that is `doctor`'s work."""
    try:
        loaded = load(args.config)
    except ConfigError as error:
        if not args.json:
            raise
        print(to_json({"ok": False, "text": error.text, "hint": error.hint, "warnings": [], "accounts": []}))
        return 2
    accounts = [str(account.id) for account in loaded.settings.accounts]
    problems = key_problems(loaded.settings)
    if args.json:
        text, hint = "\n".join(problems), KEYS_HINT if problems else ""
        found = {"ok": not problems, "text": text, "hint": hint, "warnings": list(loaded.warnings)}
        print(to_json(found | {"accounts": accounts}))
        return 2 if problems else 0
    for warning in loaded.warnings:
        print(warning, file=sys.stderr)
    if problems:
        print("\n".join((*problems, KEYS_HINT)), file=sys.stderr)
        return 2
    print(
        f"{loaded.settings.config_file} is fine: {len(accounts)} account{'s' * (len(accounts) != 1)} "
        f"({', '.join(accounts)})"
    )
    return 0


def key_problems(settings: Settings) -> list[str]:
    """What of `[keys]` can't be used as it is: unknown actions with the nearest one, keys that hide others."""
    from mailtui.ui.keymap import Keymap

    return Keymap(settings.keys, settings.key_preset, settings.key_places).problems


def run_reindex(args: argparse.Namespace) -> int:
    """Raises StoreLockedError while another mailtui writes to the store."""
    from mailtui.cli.reindexing import reindex

    return reindex(settings_of(args), json=args.json)


def run_schema(args: argparse.Namespace) -> int:
    if args.name is None:
        print("\n".join(SCHEMAS))
        return 0
    sys.stdout.write(schema_text(args.name))
    return 0


def schema_text(name: str) -> str:
    """A published JSON Schema (draft 2020-12)."""
    return resources.files("mailtui.cli").joinpath("schema", f"{name}.json").read_text(encoding="utf-8")


def run_version(args: argparse.Namespace) -> int:
    if args.json:
        print(to_json({"mailtui": __version__, "python": platform.python_version(), "system": platform.system()}))
    else:
        print(f"mailtui {__version__} (Python {platform.python_version()}, {platform.system()})")
    return 0
