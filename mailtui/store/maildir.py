"""The maildir: one folder per mailbox, names safe for any server's names, delivery that survives power loss.

tmp/ -> fsync (syncfs for many) -> rename into cur/ -> fsync of the directory; only then the index is told.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import hashlib
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from mailtui.model.errors import StoreError
from mailtui.model.mail import Flag, Flags

HEAD_LIMIT = 256 * 1024
MANY = 16
DRAWN = 256
"""Public ids that are drawn at once."""
SPOOL_MARK = ".mailtui-spool"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_UNSAFE = re.compile(r"[^A-Za-z0-9 _+=@,()\[\]&!'-]")
LETTERS = tuple(
    (int(flag), letter)
    for flag, letter in (
        *((Flag.DRAFT, "D"), (Flag.FLAGGED, "F"), (Flag.ANSWERED, "R")),
        *((Flag.SEEN, "S"), (Flag.DELETED, "T")),
    )
)


_words: list[str] = []
"""Drawn ahead, many at once; a child process must not use its parent's."""
os.register_at_fork(after_in_child=_words.clear)


def new_word() -> str:
    """A fresh public id: 60 random bits."""
    while True:
        try:
            return _words.pop()
        except IndexError:
            drawn = base64.b32encode(secrets.token_bytes(DRAWN * 15 // 2)).decode("ascii").lower()
            _words.extend(drawn[place : place + 12] for place in range(0, DRAWN * 12, 12))


def word_of(base: str) -> str:
    """The public id of a file that another program delivered: stable, from its unique name."""
    number = int.from_bytes(hashlib.blake2b(base.encode("utf-8", "surrogateescape"), digest_size=8).digest()) >> 4
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(0, 60, 5))


class FileName(NamedTuple):
    """A maildir file name taken apart. `uid` and `validity` are 0 where the name has none."""

    base: str
    word: str
    uid: int
    validity: int
    letters: str
    ours: bool = False


_NAME = re.compile(r"^(\d{1,15})\.([a-z2-7]{12})\.mailtui(?:,U=(\d{1,10}))?(?:,V=(\d{1,10}))?$", re.ASCII)


def parse_name(name: str) -> FileName:
    """Reads our names and everybody else's (`:2,`, `;2,`, `!2,` or no flags at all)."""
    base, mark, letters = name, "", ""
    for separator in (":2,", ";2,", "!2,"):
        base, mark, letters = name.partition(separator)
        if mark:
            break
    match = _NAME.match(base)
    if match is None:
        return FileName(base, word_of(base), 0, 0, letters)
    return FileName(base, match[2], int(match[3] or 0), int(match[4] or 0), letters, True)


def file_name(date: int, word: str, uid: int | None, validity: int, letters: str) -> str:
    mark = f",U={uid},V={validity}" if uid else ""
    return f"{max(date, 0)}.{word}.mailtui{mark}:2,{letters}"


@lru_cache(maxsize=4096)
def letters_of(flags: Flags, keywords: tuple[str, ...]) -> str:
    """Flag letters, then the letters a..z of keywords in the mailbox's table; `$Forwarded` is P."""
    found = "".join(letter for flag, letter in LETTERS if flags.bits & flag)
    lower = {keyword.lower() for keyword in flags.keywords}
    if "$forwarded" in lower:
        found += "P"
    return "".join(sorted(found)) + "".join(
        chr(97 + place) for place, keyword in enumerate(keywords[:26]) if keyword.lower() in lower
    )


def flags_of(letters: str, keywords: Sequence[str]) -> Flags:
    bits = 0
    names: list[str] = []
    for letter in letters:
        for flag, mine in LETTERS:
            if letter == mine:
                bits |= flag
        if letter == "P":
            names.append("$Forwarded")
        elif "a" <= letter <= "z" and ord(letter) - 97 < len(keywords):
            names.append(keywords[ord(letter) - 97])
    return Flags(bits, Flags.of(names).keywords)


def safe_component(name: str) -> str:
    """One level of a mailbox name as a folder name; one to one. Anything odd is percent-encoded; what is too long for a
    file system is cut and made unique by a hash (the state file holds the true name)."""
    if not name:
        return "%"
    safe = _UNSAFE.sub(
        lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass")), name
    )
    if safe[-1] == " ":
        safe = f"{safe[:-1]}%20"
    if safe.lower() in {"cur", "new", "tmp"} or safe[0] == " ":
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    if len(safe) > 180:
        safe = f"{safe[:140]}{HASHED}{_hash(name)}"
    return safe


def safe_path(parts: Sequence[str]) -> str:
    """A mailbox name as a relative path. What is too deep or too long for a file system becomes one hashed name."""
    path = "/".join(safe_component(part) for part in parts)
    if len(path) > 1000 or len(parts) > 32:
        return f"{HASHED}{_hash(chr(0).join(parts))}"
    return path


HASHED = "%~"
"""Starts a folder name that only its state file can explain: `~` never stays as it is in `safe_component`."""


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def account_dir(root: str, account: str) -> str:
    """The folder of an account's mailboxes."""
    return os.path.join(root, "mail", safe_component(account))


def apart(path: str, name: str, delimiter: str | None) -> str:
    """Another folder name for a mailbox whose own is taken (two delimiters on one server give `a/b` and `a.b` one)."""
    return f"{path}{HASHED}{_hash(f'{delimiter}{chr(0)}{name}')}"


def make_maildir(path: str) -> None:
    """cur, new, tmp; private whatever the umask, as is every folder above that has to be made."""
    for part in ("cur", "new", "tmp"):
        make_private(os.path.join(path, part))


def make_private(path: str) -> None:
    """A folder for the owner alone, with those above it. One that exists stays as it is. Raises StoreError."""
    missing = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            if not os.path.isdir(folder):
                raise StoreError(f"{folder} is in the way: a folder is needed there", "move it elsewhere") from None
        except OSError as error:
            raise store_error(error, folder) from error


def store_error(error: OSError, path: str) -> StoreError:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreError(
            f"the disk is full: {path} can't be written",
            "free some space; synchronisation goes on by itself, nothing was lost",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreError(
            f"{path}: {error.strerror}", "the mail folder must be yours and writable; reading still works"
        )
    return StoreError(f"{path}: {error.strerror or error}", "the disk may be failing; run `mailtui doctor`")


# -- spooling


@dataclass(frozen=True, slots=True)
class Spooled:
    path: str
    size: int
    digest: bytes
    head: bytes


class SpoolFile:
    """One message on its way into tmp/: written as it arrives, hashed meanwhile."""

    __slots__ = ("_descriptor", "_found", "_hash", "_head", "_path", "_size")

    def __init__(self, path: str) -> None:
        self._path = path
        self._hash = hashlib.blake2b(digest_size=16)
        self._head = bytearray()
        self._found = False
        self._size = 0
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise store_error(error, path) from error

    def feed(self, data: memoryview | bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        if not self._found:
            self._keep_head(data)
        try:
            written = os.write(self._descriptor, data)
            while written < len(data):  # a signal or a nearly full disk
                written += os.write(self._descriptor, memoryview(data)[written:])
        except OSError as error:
            raise store_error(error, self._path) from error

    def _keep_head(self, data: memoryview | bytes) -> None:
        start = max(0, len(self._head) - 3)
        self._head += data[: HEAD_LIMIT - len(self._head)]
        ends = [
            at + width for mark, width in ((b"\r\n\r\n", 4), (b"\n\n", 2)) if (at := self._head.find(mark, start)) >= 0
        ]
        if ends:
            del self._head[min(ends) :]
            self._found = True
        elif len(self._head) >= HEAD_LIMIT:
            self._found = True

    def finish(self) -> Spooled:
        self._close()
        return Spooled(self._path, self._size, self._hash.digest(), bytes(self._head))

    def abort(self) -> None:
        """Forgets the file; may be called at any time, also after `finish`."""
        self._close()
        with contextlib.suppress(OSError):
            os.unlink(self._path)

    def _close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


class Spool:
    """Makes spool files in one mailbox's tmp/."""

    def __init__(self, folder: str) -> None:
        self._tmp = os.path.join(folder, "tmp")

    def open(self) -> SpoolFile:
        return SpoolFile(os.path.join(self._tmp, new_word() + SPOOL_MARK))


# -- durability


def _find_syncfs() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None


_SYNCFS = _find_syncfs()


def sync_files(paths: Sequence[str]) -> None:
    """The contents of these files reach the disk: one syncfs for many, fsync each for few."""
    if not paths:
        return
    try:
        if len(paths) > MANY and _SYNCFS is not None:
            descriptor = os.open(os.path.dirname(paths[0]), os.O_RDONLY | os.O_DIRECTORY)
            try:
                if _SYNCFS(descriptor) == 0:
                    return
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
            finally:
                os.close(descriptor)
        for path in paths:
            sync_path(path)
    except OSError as error:
        raise store_error(error, paths[0]) from error


def sync_path(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_private(path: str, data: bytes) -> None:
    """A small file, replaced at once and for good: tmp, fsync, rename, fsync of the directory."""
    draft = f"{path}.{new_word()}"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(draft, path)
        sync_path(os.path.dirname(path))
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise store_error(error, path) from error


def stamp(folder: str) -> int:
    """Changes whenever a file comes, goes or is renamed in cur/ or new/."""
    total = 0
    for part in ("cur", "new"):
        try:
            total = total * 31 + os.stat(os.path.join(folder, part)).st_mtime_ns
        except OSError:
            total = total * 31
    return total & ((1 << 62) - 1)


# -- the state file


@dataclass(frozen=True, slots=True)
class State:
    """What makes a maildir folder a mailbox again when the index is lost."""

    name: str
    delimiter: str | None
    role: str
    uidvalidity: int = 0
    uidnext: int = 0
    floor: int = 0
    keywords: tuple[str, ...] = ()
    local: bool = False
    """Of an account whose server keeps nothing: what follows is known nowhere else."""
    gone: bool = False
    """Deleted by the person; the folder stays for what other programs may put there."""
    attributes: str = ""
    """As in the index, apart by spaces."""


def state_path(folder: str) -> str:
    return os.path.join(folder, ".mailtui.json")


def write_state(folder: str, state: State) -> None:
    fields = {name: getattr(state, name) for name in State.__slots__}
    write_private(state_path(folder), json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def read_state(folder: str) -> State | None:
    """None where there is none, or where it can't be believed. Fields of a later version are passed over."""
    try:
        with open(state_path(folder), encoding="utf-8", errors="surrogatepass") as file:
            fields = json.load(file)
        state = State(**{key: fields[key] for key in State.__slots__ if key in fields})
        words = [state.name, state.role, state.attributes, *state.keywords]
        numbers = [state.uidvalidity, state.uidnext, state.floor]
    except (OSError, ValueError, TypeError):
        return None
    delimiter = state.delimiter if isinstance(state.delimiter, str) and state.delimiter else None
    if not all(isinstance(word, str) for word in words) or any(type(number) is not int for number in numbers):
        return None
    local, gone = state.local is True, state.gone is True
    return replace(state, delimiter=delimiter, keywords=tuple(state.keywords), local=local, gone=gone)


def guess_state(relative: str) -> State:
    """A maildir without a readable state file is a mailbox too: its name is read back from its path."""
    name = "/".join(unquote(part, errors="replace") if part != "%" else "" for part in relative.split("/"))
    return State(name, "/", "inbox" if name.upper() == "INBOX" else "none")
