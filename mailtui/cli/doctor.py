"""`mailtui doctor`: looks at everything between the config file and the store, and says how to mend what is broken."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable

import mailtui
from mailtui.cli import choose, exits
from mailtui.cli.checks_local import check_clock, check_store
from mailtui.cli.checks_server import check_account
from mailtui.cli.finding import Finding, Level, fail, ok, warn
from mailtui.cli.output import to_json
from mailtui.cli.upkeep import KEYS_HINT, key_problems
from mailtui.config.read import Loaded, load
from mailtui.config.secrets import SystemSecrets
from mailtui.mail.sanitize import safe_line, safe_text
from mailtui.model.account import Account, Settings
from mailtui.model.errors import ConfigError

_SIGNS = {Level.OK: "ok  ", Level.WARN: "warn", Level.FAIL: "FAIL"}
_WORST_FIRST = (exits.USAGE, exits.STORE, exits.LOGIN_REFUSED, exits.NO_TRUST, exits.FAILED, exits.TRY_LATER)


def run(args: argparse.Namespace) -> int:
    """The exit code is that of the worst failure; warnings leave it 0."""
    try:
        loaded = load(args.config)
    except ConfigError as error:
        found = [fail("config", "file", error.text, error.hint, exits.USAGE)]
        _Report(args.json).add(*found)
        return _end(args, found)
    accounts = loaded.settings.accounts
    if args.account:
        wanted = choose.account(loaded.settings, args.account)
        accounts = tuple(account for account in accounts if account.id == wanted)
    return _end(args, asyncio.run(_all(loaded, accounts, _Report(args.json))))


class _Report:
    """Findings are printed as they come: a server that does not answer takes its time."""

    def __init__(self, silent: bool) -> None:
        self._silent = silent
        self.found: list[Finding] = []

    def add(self, *findings: Finding) -> None:
        for finding in findings:
            self.found.append(finding)
            if not self._silent:
                print(_line(finding), flush=True)


def _line(finding: Finding) -> str:
    text = safe_text(finding.text) if finding.area == "config" else safe_line(finding.text)
    line = f"{_SIGNS[finding.level]}  {safe_line(finding.area)}: {text}"
    return f"{line}\n      -> {safe_text(finding.fix)}" if finding.fix and finding.level is not Level.OK else line


async def _all(loaded: Loaded, accounts: Iterable[Account], report: _Report) -> list[Finding]:
    report.add(*_config(loaded))
    settings = loaded.settings
    report.add(*check_store(settings.store))
    report.add(check_clock((mailtui.__file__, settings.config_file or mailtui.__file__)))
    async for finding in _servers(accounts):
        report.add(finding)
    return report.found


async def _servers(accounts: Iterable[Account]) -> AsyncIterator[Finding]:
    secrets = SystemSecrets()
    for account in accounts:
        async for finding in check_account(account, secrets):
            yield finding


def _config(loaded: Loaded) -> list[Finding]:
    return [
        ok("config", "file", _summary(loaded.settings)),
        *(warn("config", "file", warning, "see above") for warning in loaded.warnings),
        *(warn("config", "keys", problem, KEYS_HINT) for problem in key_problems(loaded.settings)),
    ]


def _summary(settings: Settings) -> str:
    names = ", ".join(safe_line(account.id) for account in settings.accounts)
    return f"{settings.config_file} is fine ({names})"


def _end(args: argparse.Namespace, found: list[Finding]) -> int:
    statuses = {finding.status for finding in found if finding.level is Level.FAIL}
    status = next((one for one in _WORST_FIRST if one in statuses), exits.FAILED if statuses else exits.OK)
    if args.json:
        findings = [
            {"area": one.area, "check": one.check, "level": one.level.value, "text": one.text, "fix": one.fix}
            for one in found
        ]
        print(to_json({"status": status, "findings": findings}))
    else:
        count = sum(finding.level is Level.FAIL for finding in found)
        warnings = sum(finding.level is Level.WARN for finding in found)
        print(f"\n{count} failed, {warnings} warnings" if count or warnings else "\nall is well")
    return status
