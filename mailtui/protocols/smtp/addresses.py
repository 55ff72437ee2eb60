"""Addresses as the commands take them: nothing that could end a command, domains in ASCII where the server wants it
(RFC 5321 section 4.1.2, RFC 5891, RFC 6531)."""

from __future__ import annotations

from mailtui.model.errors import LocalProtocolError


def path(address: str, *, international: bool) -> bytes:
    """What goes between < and >. `international`: SMTPUTF8 was agreed on. Raises LocalProtocolError."""
    if any((ord(char) < 33 and char != " ") or char in "<>\x7f" or 0x80 <= ord(char) < 0xA0 for char in address):
        raise LocalProtocolError(f"the address {address!r} holds a character that no address can have")
    local, at, domain = address.rpartition("@")
    if not at:
        local, domain = domain, ""
    if (" " in local and not (local.startswith('"') and local.endswith('"'))) or " " in domain:
        raise LocalProtocolError(f"the address {address!r} holds a blank", "leave it out, or quote the part before @")
    if not international:
        if not local.isascii():
            raise LocalProtocolError(f"the address {address!r} needs a server that knows international addresses")
        domain = ascii_domain(domain, address)
    return f"{local}{at}{domain}".encode()


def needs_international(address: str) -> bool:
    """Whether no ASCII form of the address exists."""
    return not address.rpartition("@")[0].isascii()


def ascii_domain(domain: str, address: str) -> str:
    """The A-label form. Raises LocalProtocolError."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise LocalProtocolError(f"the domain of {address!r} is not well formed", str(error)) from error
