"""Logging in (RFC 4422 SASL): which mechanism, and what to answer."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from mailtui.model.account import Secret, ServerSettings
from mailtui.model.errors import AuthError

_ORDER = ("PLAIN", "LOGIN")
_NAMES = {"plain": "PLAIN", "login": "LOGIN", "xoauth2": "XOAUTH2", "oauthbearer": "OAUTHBEARER"}


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`first`: the initial response; `answer(challenge)`: what to say to a challenge. Both hold secrets: never logged."""

    name: str
    first: bytes | None
    answer: Callable[[bytes], bytes]

    def __repr__(self) -> str:
        return f"Mechanism({self.name})"


def choose(
    settings: ServerSettings, secret: Secret, offered: frozenset[str], *, token: bool = False
) -> Mechanism | None:
    """The mechanism to use; None means the protocol's own LOGIN / USER command. Raises AuthError when the configured
    one is not offered."""
    wanted = _NAMES.get(settings.auth, "")
    if settings.auth == "auto":
        if token:
            wanted = "OAUTHBEARER" if "OAUTHBEARER" in offered else "XOAUTH2"
        else:
            wanted = next((name for name in _ORDER if name in offered), "")
            if not wanted:
                return None
    if wanted not in offered:
        if wanted == "LOGIN":
            return None
        raise AuthError(
            f"{settings.host} does not offer the login method {wanted or settings.auth}",
            f"it offers {', '.join(sorted(offered)) or 'none'}: set `auth` to one of them or leave it out",
        )
    return _make(wanted, settings, secret)


def _make(name: str, settings: ServerSettings, secret: Secret) -> Mechanism:
    user, word = settings.user, secret.reveal()
    if name == "PLAIN":
        message = f"\0{user}\0{word}".encode()
        return Mechanism(name, message, lambda challenge: message)
    if name == "LOGIN":
        answers = iter((user.encode(), word.encode()))
        return Mechanism(name, None, lambda challenge: next(answers, b""))
    if name == "XOAUTH2":
        message = f"user={user}\1auth=Bearer {word}\1\1".encode()
    else:
        message = f"n,a={user},\1host={settings.host}\1port={settings.port}\1auth=Bearer {word}\1\1".encode()
    spoken: list[bool] = []

    def answer(challenge: bytes) -> bytes:
        """First the message; a second challenge is the server's error in JSON, to be acknowledged (RFC 7628)."""
        if spoken:
            return b"" if name == "XOAUTH2" else b"\1"
        spoken.append(True)
        return message

    return Mechanism(name, message, answer)


def encode(message: bytes) -> bytes:
    return base64.b64encode(message) or b"="


def decode(challenge: bytes) -> bytes:
    try:
        return base64.b64decode(challenge, validate=False)
    except ValueError:
        return b""
