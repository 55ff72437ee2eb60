"""TLS contexts, and what went wrong in words."""

from __future__ import annotations

import ssl

from mailtui.model.account import ServerSettings
from mailtui.model.errors import TlsError


def context(settings: ServerSettings) -> ssl.SSLContext:
    """Certificates and host names are always checked, TLS 1.2 at least (RFC 8314). `ca_file` replaces the system's
    authorities. Raises TlsError when it can't be read."""
    try:
        made = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise TlsError(
            f"ca_file {settings.ca_file!r} can't be read: {error}", "it must be a PEM file of certificates"
        ) from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def explain(error: ssl.SSLError | ssl.CertificateError, settings: ServerSettings) -> TlsError:
    """The reason and what to do."""
    where = f"{settings.host}:{settings.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message or str(error)
        hint = {
            10: "the certificate has expired: ask the provider, or check this computer's clock",
            18: "it is self-signed: if it is yours, name it in `ca_file`",
            19: "it is signed by an authority that this computer does not know: if it is yours, name it in `ca_file`",
            20: "it is signed by an authority that this computer does not know: if it is yours, name it in `ca_file`",
            62: f"it is for another host: `host` must be the name in the certificate, not {settings.host!r}",
            64: f"it is for another host: `host` must be the name in the certificate, not {settings.host!r}",
        }.get(error.verify_code, "the connection was closed before anything was sent")
        return TlsError(f"the certificate of {where} can't be trusted: {reason}", hint)
    return TlsError(
        f"no TLS connection to {where}: {error.reason or error}",
        'check `port` and `security` ("tls" is usual on 993, "starttls" on 143)',
    )
