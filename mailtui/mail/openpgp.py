"""OpenPGP in mail (RFC 3156 and inline): what is signed or encrypted in a message, and what GnuPG's status lines mean.
No I/O: `files/gnupg` runs the program.

What was decrypted is only handed on when its integrity was checked, and it is read as a message of its own: nothing of
the message around it ever stands in one text with it (EFAIL)."""

# ruff: noqa: SIM905 - a pool of words reads better as one string

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from mailtui.mail.bodies import part_bytes
from mailtui.mail.parse import Message, Part
from mailtui.mail.sanitize import safe_line

MAX_SIGNATURES = 8
_ENCRYPTED = b"-----BEGIN PGP MESSAGE-----"
_CLEARSIGNED = b"-----BEGIN PGP SIGNED MESSAGE-----"
_INLINE = re.compile(rb"^-----BEGIN PGP (?:SIGNED )?MESSAGE-----\s*$", re.MULTILINE)
_ENDS = re.compile(rb"^-----END PGP (?:MESSAGE|SIGNATURE)-----\s*?$", re.MULTILINE)
_LINE_END = re.compile(rb"\r?\n|\r")
_ADDRESS = re.compile(r"<([^<>]+@[^<>]+)>\s*$")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What GnuPG has to look at. `kind`: "signed" (data with a signature beside it), "encrypted" (a whole message in
    `data`), "clearsigned" or "inline" (a text that is signed or encrypted in itself)."""

    kind: str
    data: bytes
    signature: bytes = b""
    partial: bool = False
    """Whether it is only a part of the message."""


PARTIAL = "only a part of the message is covered by that"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`sentences`: what is known about signatures, safe. `good`: all signatures are good ones of keys that the person
    trusts. `readable`: whether what was decrypted may be shown."""

    sentences: tuple[str, ...]
    good: bool = False
    readable: bool = False


def _canonical(data: bytes) -> bytes:
    """CRLF as the only line end (RFC 3156 section 5)."""
    return _LINE_END.sub(b"\r\n", data)


def _signed(message: Message, part: Part) -> Sealed | None:
    if len(part.children) < 2:
        return None
    data, signature = part.children[0], part.children[1]
    if signature.type != "application/pgp-signature":
        return None
    return Sealed("signed", _canonical(message.raw[data.start : data.end]), part_bytes(message.raw, signature))


def find_sealed(message: Message) -> Sealed | None:
    """The signed or encrypted thing of a message: the whole of it, or the first one inside. None if there is none."""
    stack = [message.root]
    while stack:
        part = stack.pop()
        partial = part is not message.root
        if part.type == "multipart/signed" and (found := _signed(message, part)):
            return replace(found, partial=partial)
        if part.type == "multipart/encrypted":
            inside = [child for child in part.children if child.type == "application/octet-stream"]
            if inside and (data := part_bytes(message.raw, inside[0])):
                return Sealed("encrypted", data, partial=partial)
        if part.type == "text/plain" and not part.children and (found := _inline(part_bytes(message.raw, part))):
            whole = part_bytes(message.raw, part).strip() == found.data.strip()
            return replace(found, partial=partial or not whole)
        if part.type.startswith("multipart/"):
            stack.extend(reversed(part.children))
    return None


def _inline(data: bytes) -> Sealed | None:
    """From the first armour line to the last: what stands around it is not covered by anything."""
    if _ENCRYPTED not in data and _CLEARSIGNED not in data:
        return None
    begin, ends = _INLINE.search(data), list(_ENDS.finditer(data))
    if begin is None or not ends or ends[0].end() <= begin.start():
        return None
    end = next((one for one in ends if one.start() > begin.end()), ends[-1])
    kind = "clearsigned" if begin[0].startswith(_CLEARSIGNED) else "inline"
    return Sealed(kind, data[begin.start() : end.end()] + b"\n")


# -- status lines (doc/DETAILS of GnuPG)

_KEPT = frozenset(
    "GOODSIG BADSIG ERRSIG EXPSIG EXPKEYSIG REVKEYSIG TRUST_ULTIMATE TRUST_FULLY TRUST_MARGINAL TRUST_UNDEFINED"
    " TRUST_NEVER DECRYPTION_OKAY DECRYPTION_FAILED DECRYPTION_INFO GOODMDC BADMDC NO_SECKEY NODATA PLAINTEXT"
    " NO_PUBKEY NEWSIG MISSING_PASSPHRASE BAD_PASSPHRASE PINENTRY_LAUNCHED CANCELED_BY_USER".split()
)
_OLD = {"EXPSIG": "the signature has expired", "EXPKEYSIG": "the key has expired", "REVKEYSIG": "the key was revoked"}
_SIGNATURES = ("GOODSIG", "BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG")


def read_status(status: bytes) -> list[tuple[str, str]]:
    """(keyword, rest) of the lines that matter."""
    found = []
    for line in status.decode("utf-8", "replace").splitlines()[:2000]:
        words = line.removeprefix("[GNUPG:] ").split(" ", 1)
        if line.startswith("[GNUPG:] ") and words[0] in _KEPT:
            found.append((words[0], words[1] if len(words) > 1 else ""))
    return found


def _signer(rest: str) -> tuple[str, str]:
    """(key id, user id) of GOODSIG and its like."""
    key, _, user = rest.partition(" ")
    return safe_line(key)[-16:], safe_line(unquote(user))[:200]


def _sentence(word: str, rest: str, trust: str, sender: str) -> tuple[str, bool]:
    key, user = _signer(rest)
    if word == "BADSIG":
        return f"WRONG signature: the text is not what {user or key} signed", False
    if word == "ERRSIG":
        return f"signed with the key {key}, which is not in your keyring: it says nothing about who wrote this", False
    if word in {"EXPSIG", "EXPKEYSIG", "REVKEYSIG"}:
        why = {"EXPSIG": "the signature has expired", "EXPKEYSIG": "the key has expired"}.get(
            word, "the key was revoked"
        )
        return f"signed by {user} ({key}), but {why}", False
    address = _ADDRESS.search(user)
    named = address[1].lower() if address else user.lower()
    if sender and named != sender.lower():
        return f"signed by {user} ({key}), but the mail says it is from {safe_line(sender)}", False
    if trust in {"TRUST_ULTIMATE", "TRUST_FULLY"}:
        return f"good signature of {user} ({key})", True
    return f"the signature fits the key {key}, which calls itself {user}; you have not certified that key", False


def _signatures(status: Sequence[tuple[str, str]], sender: str) -> list[tuple[str, bool]]:
    """Each signature with the trust that follows it."""
    out: list[tuple[str, bool]] = []
    for place, (word, rest) in enumerate(status):
        if word in _SIGNATURES and len(out) < MAX_SIGNATURES:
            trust = ""
            for later, _ in status[place + 1 :]:
                if later in _SIGNATURES or later == "NEWSIG":
                    break
                if later.startswith("TRUST_"):
                    trust = later
                    break
            out.append(_sentence(word, rest, trust, sender))
    return out


def judge(sealed: Sealed, status: bytes, sender: str) -> Verdict:
    """What GnuPG's status lines say. `sender`: the address of From."""
    found = _judge(sealed.kind, status, sender)
    if sealed.partial and (found.good or found.readable):
        return replace(found, sentences=(*found.sentences, PARTIAL), good=False)
    return found


def _judge(kind: str, status: bytes, sender: str) -> Verdict:
    lines = read_status(status)
    words = {word for word, _ in lines}
    signatures = _signatures(lines, sender)
    sentences = [sentence for sentence, _ in signatures]
    good = bool(signatures) and all(fine for _, fine in signatures)
    if kind in {"signed", "clearsigned"}:
        one_text = sum(1 for word, _ in lines if word == "PLAINTEXT") <= 1
        return Verdict(tuple(sentences or ["the signature can't be read"]), good and one_text, one_text)
    whole = "GOODMDC" in words or any(
        word == "DECRYPTION_INFO" and len(rest.split()) > 2 and rest.split()[2] != "0" for word, rest in lines
    )
    readable = (
        "DECRYPTION_OKAY" in words
        and whole
        and not words & {"DECRYPTION_FAILED", "BADMDC"}
        and sum(1 for word, _ in lines if word == "PLAINTEXT") == 1
    )
    if readable:
        return Verdict(("it was encrypted", *(sentences or ["it is not signed"])), good, readable=True)
    if "NO_SECKEY" in words and "DECRYPTION_OKAY" not in words:
        return Verdict(("it is encrypted for a key that you don't have",))
    if "DECRYPTION_OKAY" in words or "BADMDC" in words:
        return Verdict(("it was changed on its way, or is not protected against that: it is not shown",))
    if words & {"MISSING_PASSPHRASE", "BAD_PASSPHRASE", "CANCELED_BY_USER", "PINENTRY_LAUNCHED"}:
        return Verdict(("gpg could not get your passphrase: unlock the key first, with `gpg --sign` in a terminal",))
    return Verdict(("it can't be decrypted",))
