"""Mail in the mailboxes of other programs: a maildir (plain, maildir++, or folders in folders), or an mbox file. Only
read, never touched."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from mailtui.mail.dates import parse_date
from mailtui.mail.fields import fields, normal_block
from mailtui.mail.mbox import MboxMail, noted_flags, read_mbox, wire_form
from mailtui.model.errors import StoreError
from mailtui.model.mail import Flags
from mailtui.protocols.imap import utf7
from mailtui.store.maildir import HEAD_LIMIT, FileName, flags_of, parse_name, read_state

KEYWORDS = "dovecot-keywords"
DEEP = 16
"""Folders in folders."""
_PARTS = ("cur", "new")


@dataclass(frozen=True, slots=True)
class Foreign:
    """One message. `raw` as a server would send it; `done`: how much of the whole was read, 0 to 1."""

    folder: str
    """Its folder's name with `/`; empty: the one that the path names."""
    raw: bytes
    flags: Flags
    date: int
    """When it came, seconds since 1970 UTC."""
    done: float


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that is no message, can't be read, or was deleted there and only not yet cleaned up."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class _Box:
    folder: str
    path: str
    files: tuple[tuple[str, str], ...]
    """(path, name) of its messages, oldest name first."""
    keywords: tuple[str, ...]


def read_foreign(path: str) -> Iterator[Foreign | Unread]:
    """Everything at this path. Raises StoreError: there is nothing that could be read."""
    if os.path.isdir(path):
        boxes = list(_maildirs(path)) if _holds_mail(path) else []
        if not boxes:
            raise StoreError(f"{path} is no maildir", "a maildir has a folder `cur`; or name an mbox file")
        yield from _read_maildirs(boxes)
    else:
        yield from _read_mbox(path)


# -- mbox


def _read_mbox(path: str) -> Iterator[Foreign | Unread]:
    try:
        with open(path, "rb") as file:
            size, modified = os.fstat(file.fileno()).st_size, int(os.fstat(file.fileno()).st_mtime)
            for mail in read_mbox(file.read):
                yield _of_mbox(path, mail, size, modified)
    except ValueError as error:
        raise StoreError(f"{path} is no mbox: {error}", "name an mbox file, or the folder of a maildir") from error
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error.strerror or error}", "what came before it is here") from error


def _of_mbox(path: str, mail: MboxMail, size: int, modified: int) -> Foreign | Unread:
    flags = noted_flags(mail.raw[:HEAD_LIMIT].partition(b"\n\n")[0])
    if flags is None:
        return Unread(path, "deleted there")
    if not mail.raw.strip():
        return Unread(path, "empty")
    raw = wire_form(mail.raw)
    date = mail.date or _header_date(raw) or modified
    return Foreign("", raw, flags, date, min(1.0, (mail.start + len(mail.raw)) / max(size, 1)))


def _header_date(raw: bytes) -> int | None:
    head = raw[:HEAD_LIMIT].partition(b"\r\n\r\n")[0]
    found = fields(normal_block(head), (b"date",)).get(b"date")
    return parse_date(found[0]) if found else None


# -- maildir


def _holds_mail(path: str) -> bool:
    """Whether it, or a folder in it, is a maildir: nobody's home is searched through."""
    inside = [path]
    with contextlib.suppress(OSError):
        inside += [os.path.join(path, name) for name in os.listdir(path)]
    return any(os.path.isdir(os.path.join(folder, "cur")) for folder in inside)


def _maildirs(path: str) -> Iterator[_Box]:
    """The folder itself and those in it."""
    for folder, names, _ in os.walk(path):
        relative = os.path.relpath(folder, path)
        parts = [] if relative == "." else relative.split(os.sep)
        names[:] = sorted(name for name in names if name not in {"cur", "new", "tmp", ".gone"})
        if len(parts) >= DEEP:
            names.clear()
        if os.path.isdir(os.path.join(folder, "cur")):
            yield _Box(_folder_name(folder, parts), folder, tuple(_files(folder)), _keywords(folder))


def _folder_name(path: str, parts: list[str]) -> str:
    """As the person calls it: maildir++ has `.a.b`, others folders in folders; both write odd letters as IMAP does."""
    state = read_state(path)
    if state is not None and parts:
        name = state.name.replace(state.delimiter, "/") if state.delimiter else state.name
        return "/".join(_clean(part) for part in name.split("/"))
    levels: list[str] = []
    for part in parts:
        levels += part[1:].split(".") if part.startswith(".") else [part]
    return "/".join(_clean(_decoded(level)) for level in levels)


def _decoded(level: str) -> str:
    if level.isascii():
        return utf7.decode(level.encode())
    return os.fsencode(level).decode("utf-8", "replace")


def _clean(level: str) -> str:
    return "".join("_" if letter < " " or letter in "/\x7f" else letter for letter in level).strip() or "_"


def _files(folder: str) -> Iterator[tuple[str, str]]:
    found = []
    for part in _PARTS:
        with contextlib.suppress(FileNotFoundError), os.scandir(os.path.join(folder, part)) as entries:
            found += [
                (entry.name, entry.path)
                for entry in entries
                if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
            ]
    return ((path, name) for name, path in sorted(found))


def _keywords(folder: str) -> tuple[str, ...]:
    """What the letters a, b, c ... of file names mean: our own table, or Dovecot's lines "0 keyword"."""
    state = read_state(folder)
    if state is not None:
        return state.keywords
    found: dict[int, str] = {}
    with contextlib.suppress(OSError), open(os.path.join(folder, KEYWORDS), encoding="utf-8", errors="replace") as file:
        for line in file:
            number, _, keyword = line.strip().partition(" ")
            if number.isdigit() and int(number) < 26 and keyword:
                found[int(number)] = keyword
    return tuple(found.get(number, "") for number in range(max(found, default=-1) + 1))


def _read_maildirs(boxes: list[_Box]) -> Iterator[Foreign | Unread]:
    total, done = max(1, sum(len(box.files) for box in boxes)), 0
    for box in boxes:
        for path, name in box.files:
            done += 1
            try:
                with open(path, "rb") as file:
                    raw, modified = file.read(), int(os.fstat(file.fileno()).st_mtime)
            except OSError as error:
                yield Unread(path, error.strerror or str(error))
                continue
            if not raw.strip():
                yield Unread(path, "empty")
                continue
            known = parse_name(name)
            flags = flags_of(known.letters, box.keywords)
            yield Foreign(box.folder, wire_form(raw), flags, _came(name, known, modified), done / total)


def _came(name: str, known: FileName, modified: int) -> int:
    """Our own names tell it. Else the earlier one of the time of the file (Dovecot keeps it there) and the one that
    names begin with: copying a maildir makes the first one new, copying a message the other one."""
    first = name.partition(".")[0]
    named = int(first) if first.isascii() and first.isdigit() and len(first) <= 11 else 0
    if known.ours:
        return named
    return min(named, modified) if named > 0 else modified
