"""The words of sendmail(8), as programs really say them: options run together, values with and without a blank, dozens
of options that mean nothing here. And the exit codes that they know (sysexits.h)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailtui.cli import exits
from mailtui.mail.compose.header import ComposeError
from mailtui.mail.parse import parse_message
from mailtui.model.errors import ConfigError, FileError, MailtuiError, StoreError, UsageError

EX_USAGE, EX_DATAERR, EX_NOUSER, EX_SOFTWARE, EX_IOERR, EX_TEMPFAIL, EX_CONFIG = 64, 65, 67, 70, 74, 75, 78
_VALUED = "ACBFLMNORVXfhoprdq"
"""Options with a value. Those of `_ATTACHED` only have one that follows without a blank."""
_ATTACHED = "AdoqM"
_FLAGS = "GUinstv"
_USER = re.compile(r"[a-z_][a-z0-9._-]{0,31}")


class WordsError(UsageError):
    """Not what sendmail takes; `status`: EX_USAGE or EX_NOUSER."""

    def __init__(self, text: str, status: int = EX_USAGE) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Words:
    """What of a command line matters."""

    recipients: tuple[str, ...] = ()
    from_header: bool = False
    """-t: To, Cc and Bcc name recipients."""
    dots: bool = False
    """-i, -oi: a line with a dot alone does not end the message."""
    sender: str | None = None
    """-f, -r: the envelope sender; an empty one (`<>`) is for bounces."""
    name: str = ""
    """-F: the sender's name, where the message has no From."""
    mode: str = "m"
    """-b: m sends, p lists the outbox."""
    account: str | None = None
    """--account: ours."""


def parse(argv: Sequence[str]) -> Words:
    """Raises WordsError."""
    found: dict[str, str] = {}
    flags: set[str] = set()
    recipients: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            recipients += rest
            break
        if word.startswith("--"):
            key, equals, value = word.partition("=")
            if key != "--account":
                raise WordsError(f"sendmail has no option {key}")
            found["account"] = value if equals else _next(rest, key)
        elif word.startswith("-") and word != "-":
            _options(word[1:], rest, found, flags)
        else:
            recipients.append(word)
    mode = found.get("b", "m")[:1]
    if mode not in {"m", "p"}:
        raise WordsError(f"mailtui can't do sendmail -b{mode}: it only sends (-bm) and lists (-bp)")
    sender = found.get("f", found.get("r"))
    return Words(
        tuple(recipients),
        "t" in flags,
        "i" in flags or found.get("o", "").startswith("i"),
        sender.strip().removeprefix("<").removesuffix(">") if sender is not None else None,
        found.get("F", ""),
        mode,
        found.get("account"),
    )


def _options(letters: str, rest: list[str], found: dict[str, str], flags: set[str]) -> None:
    """One word of options that may run together: -ti, -fme@x, -oi."""
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter == "b" or letter in _VALUED:
            value = letters
            if not value and letter not in _ATTACHED:
                value = _next(rest, f"-{letter}")
            if letter != "o" or value.startswith("i"):
                found[letter] = value
            return
        if letter not in _FLAGS:
            raise WordsError(f"sendmail has no option -{letter}")
        flags.add(letter)


def _next(rest: list[str], option: str) -> str:
    if not rest:
        raise WordsError(f"{option} needs a value")
    return rest.pop(0)


def until_dot(raw: bytes) -> bytes:
    """The message up to the first line that is a dot and nothing else."""
    if raw.startswith((b".\n", b".\r\n")):
        return b""
    places = [raw.find(end) for end in (b"\n.\n", b"\n.\r\n")]
    ends = [place + 1 for place in places if place >= 0]
    if not ends and raw.endswith(b"\n."):
        ends = [len(raw) - 1]
    return raw[: min(ends)] if ends else raw


def whole_address(word: str, own: str) -> str:
    """A recipient as it is written for the envelope. The name of somebody on this computer (`root`) is oneself: here is
    no other mail. Raises WordsError."""
    word = word.strip().removeprefix("<").removesuffix(">")
    if not word or any(sign in word for sign in "\r\n\0"):
        raise WordsError(f"{word!r} is no address", EX_NOUSER)
    return word if "@" in word else own


def local_names(raw: bytes) -> tuple[str, ...]:
    """Those of To, Cc and Bcc who have no domain: users of this computer."""
    fields = parse_message(raw).fields()
    texts = [value.decode("utf-8", "replace") for name, value in fields if name.lower() in {b"to", b"cc", b"bcc"}]
    pieces = [piece.strip().strip("<>") for text in texts for piece in text.split(",")]
    return tuple(dict.fromkeys(piece for piece in pieces if _USER.fullmatch(piece)))


def status_of(error: MailtuiError) -> int:
    """What programs expect: 64 for wrong words, 65 for what is no message, 75 for another time, 78 for the config."""
    if isinstance(error, WordsError):
        return error.status
    if isinstance(error, ConfigError):
        return EX_CONFIG
    if isinstance(error, ComposeError):
        return EX_DATAERR
    status = exits.status_of(error)
    if status == exits.TRY_LATER:
        return EX_TEMPFAIL
    if isinstance(error, StoreError | FileError):
        return EX_IOERR
    return EX_USAGE if isinstance(error, UsageError) else EX_SOFTWARE
