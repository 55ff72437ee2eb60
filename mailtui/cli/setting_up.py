"""`mailtui setup`: the set-up of a first account, on the screen, by questions on the terminal, or by words alone."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace

from mailtui.cli.exits import OK
from mailtui.config.paths import config_file
from mailtui.mail.sanitize import safe_line, safe_text
from mailtui.model.account import Protocol, SecretKind
from mailtui.model.errors import ConfigError, MailtuiError, UsageError
from mailtui.model.setting_up import Draft, Found, Place, SettingUp
from mailtui.view.setting_up import Row, Sheet, check_email, place_of, show_place, step_of, told

_LONGEST = 4096
_WORDS = ("email", "name", "imap", "pop3", "smtp", "user", "password_command", "token_command", "ca_file")
_SIGNS = {"good": "ok  ", "warn": "note", "text": "    ", "link": "    "}


def run(args: argparse.Namespace) -> int:
    """Without words and on a terminal: the screen. Raises MailtuiError with nothing written."""
    path = os.path.abspath(args.config) if args.config else config_file()
    if os.path.lexists(path):
        raise ConfigError(
            f"there is a config file already: {safe_line(path)}",
            "it is never overwritten: add a table [accounts.NAME] to it (config.example.toml shows one)",
        )
    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    plain = not any(getattr(args, word) for word in _WORDS) and not (args.keyring or args.in_file)
    if plain and terminal and sys.stdout.isatty():
        from mailtui.cli.screen import set_up

        return set_up(path)
    from mailtui import boot

    return _Talk(args, boot.first_account(path), terminal).run()


class _Talk:
    """One conversation. What the words do not say is asked, on stderr, where there is a terminal."""

    def __init__(self, args: argparse.Namespace, core: SettingUp, terminal: bool) -> None:
        self._args, self._core, self._terminal = args, core, terminal

    def run(self) -> int:
        draft = self._draft()
        if not self._args.untested:
            for place in draft.places():
                self._check(draft, place)
        path = self._core.write(draft)
        print(f"{safe_line(path)} is written. `mailtui` opens your mail, `mailtui sync` fetches it.")
        return OK

    def _check(self, draft: Draft, place: Place) -> None:
        try:
            print(f"ok    {safe_text(self._core.check(draft, place))}", file=sys.stderr, flush=True)
        except MailtuiError as error:
            error.text = f"{draft.email}, {step_of(place)}: {error.text}"
            raise

    def _draft(self) -> Draft:
        args = self._args
        email = check_email(args.email or self._ask("Address", "--email"))
        name = args.name if args.name is not None else self._name()
        sheet = Sheet(texts={Row.EMAIL: email, Row.NAME: name})
        sheet.ways = self._core.ways()
        if not (args.imap or args.pop3):
            print(f"Looking for the servers of {email.rpartition('@')[2]} ...", file=sys.stderr, flush=True)
            self._learn(sheet, self._core.find(email))
        self._servers(sheet)
        sheet.texts[Row.COMMAND] = args.password_command or args.token_command or ""
        sheet.way = self._way(sheet)
        if sheet.way in (SecretKind.COMMAND, SecretKind.TOKEN_COMMAND) and not sheet.text(Row.COMMAND):
            sheet.texts[Row.COMMAND] = self._ask("Command that prints it", "--password-command or --token-command")
        password = self._password() if sheet.way in (SecretKind.KEYRING, SecretKind.PLAIN) else ""
        return replace(sheet.draft(password), account=args.account or "")

    def _name(self) -> str:
        known = self._core.person()
        return self._ask(f"Name, as others see it{f' [{known}]' if known else ''}", "--name") or known

    def _learn(self, sheet: Sheet, found: Found) -> None:
        sheet.learn(found)
        for style, text in told(found):
            print(f"{_SIGNS.get(style, '')}  {text}", file=sys.stderr)
        if found.closed:
            raise UsageError(
                f"{found.provider} {found.note.removeprefix('it ')}", "another provider, or `mailtui demo`"
            )
        if found.doubtful:
            places = [show_place(place) for place in (*found.incoming, *filter(None, [found.outgoing]))]
            answer = self._ask(f"Send the password to {', '.join(places)}? [y/N]", "--imap and --smtp")
            if answer.lower() not in {"y", "yes"}:
                raise UsageError("the servers were not agreed to", "name others with --imap and --smtp")

    def _servers(self, sheet: Sheet) -> None:
        args = self._args
        if args.imap or args.pop3:
            sheet.protocol = Protocol.IMAP if args.imap else Protocol.POP3
            sheet.texts[Row.INCOMING] = args.imap or args.pop3
        elif not sheet.text(Row.INCOMING):
            sheet.texts[Row.INCOMING] = self._ask("IMAP server (host, or host:port tls)", "--imap")
            if not args.smtp:
                sheet.texts[Row.OUTGOING] = self._ask("SMTP server (nothing: only read)", "--smtp")
        if args.smtp:
            sheet.texts[Row.OUTGOING] = args.smtp
        for row, protocol in ((Row.INCOMING, sheet.protocol), (Row.OUTGOING, Protocol.SMTP)):
            if sheet.text(row):
                place_of(sheet.text(row), protocol)
        sheet.texts[Row.USER] = args.user or sheet.text(Row.USER)
        sheet.texts[Row.CA] = args.ca_file or ""

    def _way(self, sheet: Sheet) -> SecretKind:
        args = self._args
        if args.token_command:
            return SecretKind.TOKEN_COMMAND
        if args.password_command:
            return SecretKind.COMMAND
        if args.keyring:
            return SecretKind.KEYRING
        if args.in_file:
            return SecretKind.PLAIN
        if sheet.found is not None and sheet.found.way is not None:
            return sheet.found.way
        best = sheet.ways[0]
        if best is SecretKind.PLAIN:
            print("note  the password will stand in config.toml, which you alone may read", file=sys.stderr)
        return best

    def _password(self) -> str:
        """Never from the words: they can be read by every user of the computer."""
        if self._terminal:
            import getpass

            return getpass.getpass("Password (not shown): ", stream=sys.stderr)
        line = sys.stdin.readline(_LONGEST).rstrip("\r\n")
        if not line:
            raise UsageError("there is no password", "give it on stdin, or use --password-command")
        return line

    def _ask(self, question: str, word: str) -> str:
        if not self._terminal:
            raise UsageError(f"{word} is missing", "there is no terminal to ask on")
        print(f"{question}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline(_LONGEST)
        if not line:
            raise UsageError("the input ended; nothing was written")
        return line.strip()
