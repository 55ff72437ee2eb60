"""Host names and addresses: what may be one, and which of them are never looked up."""

from __future__ import annotations

import re

from mailtui.config.accounts import is_loopback as is_loopback

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NEVER = ("localhost", "invalid")
"""Names that no DNS has (RFC 6761)."""


def is_host(name: str) -> bool:
    """A plain ASCII host name in lower case, or an IPv4 address."""
    return 0 < len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split("."))


def domain_of(email: str) -> str:
    """The domain of an address in lower-case ASCII (IDNA); "" if it has none that can be looked up."""
    local, _, domain = email.strip().rpartition("@")
    try:
        plain = domain.lower().rstrip(".").encode("idna").decode("ascii") if local else ""
    except UnicodeError:
        return ""
    return plain if is_host(plain) else ""


def is_public(domain: str) -> bool:
    """Whether it makes sense to ask others about this domain."""
    return "." in domain and domain.rpartition(".")[2] not in _NEVER and not domain.replace(".", "").isdigit()


def within(host: str, domain: str) -> bool:
    """Whether `host` is `domain` or lies in it."""
    return host == domain or host.endswith(f".{domain}")
