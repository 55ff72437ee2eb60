"""Whether a mail server listens: connects, with a checked certificate where TLS is implicit, and reads its first line.
Nothing is sent."""

from __future__ import annotations

import asyncio
import contextlib

from mailtui.model.account import Protocol, SecretKind, SecretSource, Security, ServerSettings
from mailtui.model.errors import TlsError
from mailtui.model.setting_up import Place
from mailtui.protocols import tls

_FIRST = {Protocol.IMAP: b"* OK", Protocol.POP3: b"+OK", Protocol.SMTP: b"220"}
_LONGEST = 4096


async def listens(place: Place, seconds: float, ca_file: str = "") -> bool:
    """Whether a server of that protocol greets within `seconds`. Raises nothing: no answer is none."""
    source = SecretSource(SecretKind.NONE)
    settings = ServerSettings(
        place.protocol, place.host, place.port, place.security, "", source, ca_file=ca_file or None, timeout=seconds
    )
    writer = None
    try:
        context = tls.context(settings) if place.security is Security.TLS else None
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(place.host, place.port, ssl=context, limit=_LONGEST)
            line = await reader.readline()
        return line.upper().startswith(_FIRST[place.protocol])
    except (OSError, TimeoutError, ValueError, TlsError):  # ssl's errors are OSErrors, those of names ValueErrors
        return False
    finally:
        if writer is not None:
            with contextlib.suppress(RuntimeError):
                writer.transport.abort()
