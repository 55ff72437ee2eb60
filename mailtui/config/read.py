"""Reads config.toml into `Settings`. Every mistake is drawn with file, line and caret; several are shown at once."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass
from typing import Any

from mailtui.config import paths
from mailtui.config.accounts import read_account
from mailtui.config.check import Checker
from mailtui.config.kinds import Wrong
from mailtui.config.locate import locate
from mailtui.config.picture import Mistake, draw, point
from mailtui.config.rules import read_rules
from mailtui.config.schema import GENERAL, KEYS, LIST, TERMINAL, TOP
from mailtui.config.templates import read_templates
from mailtui.model.account import DOWNLOADS, Account, KeyPlace, Settings
from mailtui.model.errors import ConfigError
from mailtui.model.listing import ListStyle
from mailtui.model.terminal import Surroundings

LARGEST = 4 << 20
"""Bytes; a config file is never that long."""
MOST_SHOWN = 10

_TOML_PLACE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)")


@dataclass(frozen=True, slots=True)
class Loaded:
    """`warnings` are sentences with file and line, for the person."""

    settings: Settings
    warnings: tuple[str, ...] = ()


def load(path: str | None = None) -> Loaded:
    """Reads `path`, or the usual config file. Raises ConfigError; its `text` holds the pictures of all mistakes
    (at most ten), so that nothing needs to be added but an exit code."""
    file = os.path.abspath(os.path.expanduser(path)) if path else paths.config_file()
    shown = path or file
    raw, mode = _bytes(file, shown)
    source = _decoded(raw, shown)
    try:
        values = tomllib.loads(source)
        checker = Checker(values, locate(source))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(draw(shown, source, _syntax(source, str(error)))) from None
    except RecursionError:
        raise ConfigError(f"{shown}: values are nested too deep") from None
    settings = _settings(checker, values, file, source)
    _check_mode(checker, mode, shown)
    if checker.mistakes:
        raise ConfigError(_report(shown, source, checker.mistakes))
    return Loaded(settings, tuple(draw(shown, source, warning) for warning in checker.warnings))


def _bytes(file: str, shown: str) -> tuple[bytes, int]:
    try:
        with open(file, "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            raw = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError(
            f"there is no config file at {shown}",
            "`mailtui setup` makes one (by hand: config.example.toml); `mailtui demo` works without",
        ) from None
    except OSError as error:
        raise ConfigError(f"can't read {shown}: {error.strerror}", "check the path and its permissions") from None
    if len(raw) > LARGEST:
        raise ConfigError(f"{shown} is larger than {LARGEST >> 20} MiB: this is not a config file")
    return raw, mode


def _decoded(raw: bytes, shown: str) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        source = raw.decode("utf-8", "replace")
        at = len(raw[: error.start].decode("utf-8", "replace"))
        mistake = Mistake("not UTF-8 text", at, at + 1, "save the file as UTF-8")
        raise ConfigError(draw(shown, source, mistake)) from None


def _syntax(source: str, message: str) -> Mistake:
    """What `tomllib` says, with the place taken out of its words."""
    found = _TOML_PLACE.search(message)
    words = _TOML_PLACE.sub("", message).strip().rstrip(".")
    words = f"not valid TOML: {words[:1].lower()}{words[1:]}"
    if found is None or found[1] is None:
        end = len(source.rstrip())
        return Mistake(words, max(0, end - 1), end, "the file ends too early")
    start = 0
    for _ in range(int(found[1]) - 1):
        start = source.find("\n", start) + 1
    start += int(found[2]) - 1
    return Mistake(words, start, start + 1)


def _settings(checker: Checker, values: dict[str, Any], file: str, source: str) -> Settings:
    folder = os.path.dirname(file)
    for name in values:
        if name not in TOP:
            checker.unknown((name,), TOP, "")
    general = checker.section(("general",), GENERAL, required=False)
    store = checker.path(("general", "store"), general["store"], folder) or paths.data_dir()
    return Settings(
        accounts=_accounts(checker, values, folder),
        store=store,
        config_file=file,
        theme=general["theme"],
        ascii=general["ascii"],
        mark_read_seconds=general["mark_read_seconds"],
        after_action=general["after_action"],
        undo_send=general["undo_send"],
        learn=general["learn"],
        downloads=checker.path(("general", "downloads"), general["downloads"], folder) or DOWNLOADS,
        opener=general["opener"],
        editor=general["editor"],
        address_command=general["address_command"],
        attribution=general["attribution"],
        markdown=general["markdown"],
        keep_deleted=general["keep_deleted"],
        listing=ListStyle(**checker.section(("list",), LIST, required=False)),
        keys=_keys(checker, values),
        templates=read_templates(checker, folder),
        rules=read_rules(checker, source, _names(values)),
        terminal=Surroundings(**checker.section(("terminal",), TERMINAL, required=False)),
        key_preset=_key_preset(checker, values),
        key_places=_key_places(checker, values, file, source),
    )


def _accounts(checker: Checker, values: dict[str, Any], folder: str) -> tuple[Account, ...]:
    tables = checker.tables(("accounts",), "[accounts.NAME]")
    accounts = [read_account(checker, name, folder) for name in tables]
    if not values.get("accounts"):
        checker.mistake("there is no account", None, "add a table [accounts.NAME]; config.example.toml shows one")
    return tuple(account for account in accounts if account is not None)


def _names(values: dict[str, Any]) -> tuple[str, ...]:
    accounts = values.get("accounts")
    return tuple(accounts) if isinstance(accounts, dict) else ()


def _keys(checker: Checker, values: dict[str, Any]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """`[keys.SCOPE]` tables as they are; which actions exist is the screen's business."""
    scopes = []
    for scope in checker.tables(("keys",), "[keys.SCOPE]", [key.name for key in KEYS]):
        pairs = []
        for key, action in values["keys"][scope].items():
            if isinstance(action, str):
                pairs.append((key, action))
            else:
                checker.mistake(f"'{key}' in [keys.{scope}] must be the name of an action", ("keys", scope, key))
        scopes.append((scope, tuple(pairs)))
    return tuple(scopes)


def _key_preset(checker: Checker, values: dict[str, Any]) -> str:
    table = values.get("keys")
    (preset,) = KEYS
    try:
        if isinstance(table, dict) and preset.name in table:
            return str(preset.kind.read(table[preset.name]))
    except Wrong as wrong:
        checker.wrong_value(f"'{preset.name}' in [keys] {wrong.text}", ("keys", preset.name), wrong.hint)
    return str(preset.default)


def _key_places(checker: Checker, values: dict[str, Any], file: str, source: str) -> tuple[KeyPlace, ...]:
    """Where each key of a `[keys.SCOPE]` table stands, for whoever finds a mistake in it later."""
    found = []
    tables = values.get("keys")
    for scope, table in tables.items() if isinstance(tables, dict) else ():
        for key in table if isinstance(table, dict) else ():
            place = checker.place(("keys", scope, key))
            if place is not None:
                number, line, caret = point(source, *place)
                found.append(KeyPlace(scope, key, f"{os.path.basename(file)}:{number}", line, caret))
    return tuple(found)


def _check_mode(checker: Checker, mode: int, shown: str) -> None:
    if os.name != "posix":
        return
    if checker.passwords and mode & (stat.S_IRGRP | stat.S_IROTH):
        checker.mistake(
            f"the file holds a password and others can read it (mode {stat.S_IMODE(mode):04o})",
            checker.passwords[0],
            f"run: chmod 600 {shown}",
        )
    if mode & stat.S_IWOTH:
        checker.warn(
            "everybody may write this file, and it names programs that mailtui runs", None, f"run: chmod 600 {shown}"
        )


def _report(shown: str, source: str, mistakes: list[Mistake]) -> str:
    ordered = sorted(mistakes, key=lambda mistake: -1 if mistake.start is None else mistake.start)
    pictures = [draw(shown, source, mistake) for mistake in ordered[:MOST_SHOWN]]
    if len(ordered) > MOST_SHOWN:
        pictures.append(f"... and {len(ordered) - MOST_SHOWN} more")
    return "\n".join(pictures)
