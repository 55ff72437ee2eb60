"""TLS contexts, and what went wrong in words."""

from __future__ import annotations

import ssl

from mailtui.model.account import Protocol, ServerSettings
from mailtui.model.errors import TlsError

_EXPIRED, _NOT_YET = 10, 9
_SELF_SIGNED, _UNKNOWN = {18}, {2, 19, 20, 21}
_WRONG_HOST = {62, 64}
_WRONG_USE = {24, 26}
_USUAL = {Protocol.IMAP: (993, 143), Protocol.POP3: (995, 110), Protocol.SMTP: (465, 587)}
"""Ports for implicit TLS and for the upgrade (RFC 8314)."""


def context(settings: ServerSettings) -> ssl.SSLContext:
    """Certificates and host names are always checked, TLS 1.2 at least (RFC 8314). `ca_file` replaces the system's
    authorities. Raises TlsError when it can't be read."""
    try:
        made = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise TlsError(
            f"ca_file {settings.ca_file!r} can't be read: {error.strerror or error}",
            "it must be a PEM file of certificates",
        ) from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def explain(error: ssl.SSLError, settings: ServerSettings) -> TlsError:
    """The reason and what to do."""
    where = f"{settings.host}:{settings.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message or str(error)
        return TlsError(f"the certificate of {where} can't be trusted: {reason}", _hint(error.verify_code, settings))
    reason = error.reason or str(error)
    if any(word in reason for word in ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "NO_PROTOCOLS")):
        return TlsError(
            f"{where} offers no TLS 1.2 or newer: {reason}", "older versions are broken: the server must be updated"
        )
    implicit, upgraded = _USUAL[settings.protocol]
    return TlsError(
        f"no TLS connection to {where}: {reason}",
        f'check `port` and `security` ("tls" is usual on {implicit}, "starttls" on {upgraded})',
    )


def _hint(code: int, settings: ServerSettings) -> str:
    if code in {_EXPIRED, _NOT_YET}:
        when = "has expired" if code == _EXPIRED else "is not valid yet"
        return f"it {when}: ask the provider, or check this computer's clock"
    if code in _SELF_SIGNED:
        return "it is self-signed: if it is yours, name it in `ca_file`"
    if code in _UNKNOWN:
        return "it is signed by an authority that this computer does not know: if it is yours, name it in `ca_file`"
    if code in _WRONG_HOST:
        return f"it is for another host: `host` must be the name in the certificate, not {settings.host!r}"
    if code in _WRONG_USE:
        return "it was not made for a mail server: ask the provider"
    return "the connection was closed before anything was sent"
