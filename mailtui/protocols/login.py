"""Logging in (RFC 4422 SASL): which mechanism, and what to answer."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from mailtui.model.account import Secret, ServerSettings
from mailtui.model.errors import AuthError

_ORDER = ("PLAIN", "LOGIN")
CRAM = "CRAM-MD5"
_NAMES = {
    "plain": "PLAIN",
    "login": "LOGIN",
    "cram-md5": "CRAM-MD5",
    "xoauth2": "XOAUTH2",
    "oauthbearer": "OAUTHBEARER",
}
MAX_ROUNDS = 8
"""Challenges that are answered; no mechanism here needs more than three."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`first`: the initial response (None: the server speaks first); `answer(challenge)`: what to say to a challenge.
    Both hold secrets: never logged."""

    name: str
    first: bytes | None
    answer: Callable[[bytes], bytes]

    def __repr__(self) -> str:
        return f"Mechanism({self.name})"


def choose(
    settings: ServerSettings,
    secret: Secret,
    offered: frozenset[str],
    *,
    token: bool = False,
    digest: bool = False,
) -> Mechanism | None:
    """The mechanism to use; None means the protocol's own LOGIN / USER command. `token`: the secret is an OAuth token,
    not a password; `digest`: CRAM-MD5 is taken too where nothing else is offered. Raises AuthError when the configured
    one is not offered."""
    wanted = _NAMES.get(settings.auth, "")
    if settings.auth == "auto":
        if token:
            wanted = "OAUTHBEARER" if "OAUTHBEARER" in offered else "XOAUTH2"
        else:
            wanted = next((name for name in _ORDER if name in offered), "")
            if not wanted and CRAM in offered and digest:
                wanted = CRAM
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
        if "\0" in user + word:
            raise AuthError("user name or password holds a NUL", "no mail server takes that: check password_command")
        return _message(name, f"\0{user}\0{word}".encode(), b"")  # RFC 4616
    if name == "LOGIN":
        answers = iter((user.encode(), word.encode()))
        return Mechanism(name, None, lambda challenge: next(answers, b""))
    if name == CRAM:
        return Mechanism(name, None, lambda challenge: _digest(user, word, challenge))
    if "\1" in user + word:
        raise AuthError("user name or token holds a control character", "check `user` and token_command")
    if name == "XOAUTH2":
        return _message(name, f"user={user}\1auth=Bearer {word}\1\1".encode(), b"")
    # RFC 7628 section 3.1; the user name is a saslname (RFC 5801).
    authzid = user.replace("=", "=3D").replace(",", "=2C")
    message = f"n,a={authzid},\1host={settings.host}\1port={settings.port}\1auth=Bearer {word}\1\1"
    return _message(name, message.encode(), b"\1")


def _digest(user: str, word: str, challenge: bytes) -> bytes:
    """RFC 2195 section 2."""
    return f"{user} {hmac.new(word.encode(), challenge, 'md5').hexdigest()}".encode()


def _message(name: str, message: bytes, acknowledgement: bytes) -> Mechanism:
    """One message; a challenge after it is the server's error (JSON), to be acknowledged (RFC 7628 section 3.2.3)."""
    answers = iter((message,))
    return Mechanism(name, message, lambda challenge: next(answers, acknowledgement))


def encode(message: bytes) -> bytes:
    """Base64, as an answer to a challenge."""
    return base64.b64encode(message)


def encode_initial(message: bytes) -> bytes:
    """Base64, as an initial response: an empty one is `=` (RFC 4959)."""
    return base64.b64encode(message) or b"="


def decode(challenge: bytes) -> bytes:
    """What the server asks; empty when it is not base64, for none of our mechanisms depends on it."""
    try:
        return base64.b64decode(challenge, validate=True)
    except binascii.Error:
        return b""


def without_secret(words: str, secret: Secret) -> str:
    """A server's words with the secret taken out, should it have repeated it."""
    word = secret.reveal()
    for form in (word, base64.b64encode(word.encode()).decode()):
        if len(form) >= 3:
            words = words.replace(form, "…")
    return words
