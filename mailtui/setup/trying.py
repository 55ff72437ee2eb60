"""Logs in once, to see whether what a person typed is right. Nothing is fetched, sent or changed."""

from __future__ import annotations

import asyncio

from mailtui.config.secrets import SystemSecrets
from mailtui.mail.sanitize import safe_line
from mailtui.model.account import SHELL, Protocol, Secret, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.errors import AuthError, LostError, MailtuiError, TimeoutError_, TlsError, UsageError
from mailtui.model.setting_up import Draft, Place
from mailtui.setup.hosts import is_loopback

SECONDS = 15.0
"""For each step of a server."""
COMMAND_SECONDS = 60.0
"""For a program that may ask for a passphrase."""


async def check(draft: Draft, place: Place) -> str:
    """A sentence about the login that worked. Raises MailtuiError, with a hint about what to correct here."""
    settings = settings_of(draft, place)
    if place.security is Security.NONE and not is_loopback(place.host):
        raise TlsError(
            f"{place.host} would get the password in clear text", 'write "tls" or "starttls" behind its name'
        )
    secret = await _secret(draft, settings)
    try:
        async with asyncio.timeout(SECONDS * 3):
            await _LOGINS[place.protocol](settings, secret)
    except TimeoutError as error:
        raise TimeoutError_(f"{place.host} takes too long", "try again, or another server") from error
    except MailtuiError as error:
        raise _worded(error, place) from error
    return f"{place.host} takes the login of {safe_line(draft.user)}"


def settings_of(draft: Draft, place: Place) -> ServerSettings:
    """The draft's words for one server, as a link wants them."""
    token = draft.way is SecretKind.TOKEN_COMMAND
    return ServerSettings(
        protocol=place.protocol,
        host=place.host,
        port=place.port,
        security=place.security,
        user=draft.user,
        secret=SecretSource(draft.way, argv_of(draft.command)) if draft.command else SecretSource(SecretKind.NONE),
        ca_file=draft.ca_file or None,
        auth="xoauth2" if token else "auto",
        timeout=SECONDS,
    )


def argv_of(command: str) -> tuple[str, ...]:
    """Words for the shell, as `password_command = "..."` is run."""
    return (*SHELL, command)


async def _secret(draft: Draft, settings: ServerSettings) -> Secret:
    if draft.way in (SecretKind.COMMAND, SecretKind.TOKEN_COMMAND):
        if not draft.command.strip():
            raise UsageError("there is no command yet", "type the one that prints the password")
        return await SystemSecrets(COMMAND_SECONDS).get(settings)
    if draft.password is None or not draft.password.reveal():
        raise UsageError("there is no password yet", "type it")
    return draft.password


async def _imap(settings: ServerSettings, secret: Secret) -> None:
    from mailtui.protocols.imap.link import ImapLink

    link = await ImapLink.open(settings, secret)
    try:
        await link.logout()
    finally:
        await link.close()


async def _pop3(settings: ServerSettings, secret: Secret) -> None:
    from mailtui.protocols.pop3.link import PopLink

    link = await PopLink.open(settings, secret)
    try:
        await link.quit()
    finally:
        await link.close()


async def _smtp(settings: ServerSettings, secret: Secret) -> None:
    from mailtui.protocols.smtp.link import SmtpLink

    link = await SmtpLink.open(settings, secret)
    await link.close()


_LOGINS = {Protocol.IMAP: _imap, Protocol.POP3: _pop3, Protocol.SMTP: _smtp}


def _worded(error: MailtuiError, place: Place) -> MailtuiError:
    """The same error; where its hint speaks of config.toml, which is not there yet, one that fits."""
    text = safe_line(error.text)
    if isinstance(error, AuthError):
        return AuthError(text, _hint(error))
    hint = safe_line(error.hint)
    if isinstance(error, LostError | TimeoutError_):
        hint = f"offline? or correct the server: now it is {place.host}, port {place.port}, {place.security.value}"
    return type(error)(text, hint) if type(error) in {LostError, TimeoutError_, TlsError} else error


def _hint(error: AuthError) -> str:
    """Keys of the mail screen are none here."""
    hint = safe_line(error.hint).removesuffix("; press R to try again")
    return hint or "look at the password and at the name of the login"
