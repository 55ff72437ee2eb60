"""What is being written, on disk while one types: `<store>/composing/WORD.json` with the text, `WORD.files/` with
copies of what was attached. Replaced as a whole and synced, so that a crash leaves the version before. Blocking."""

from __future__ import annotations

import glob
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailtui.files.saving import save
from mailtui.mail.sanitize import safe_line
from mailtui.model.errors import FileError

FOLDER = "composing"
SUFFIX = ".json"
CHUNK = 1 << 20
MOST_MATCHES = 200
"""Files that one pattern may attach."""
MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was copied: our path, its name, its size in bytes."""

    path: str
    name: str
    size: int


class ComposingFolder:
    """The folder of everything that is being written."""

    def __init__(self, store: str) -> None:
        """`store`: absolute path of the data folder."""
        self.path = os.path.join(store, FOLDER)

    @staticmethod
    def new_word() -> str:
        """A name for a message that begins."""
        return secrets.token_hex(6)

    def write(self, word: str, data: bytes, suffix: str = SUFFIX) -> str:
        """Durable when it returns; the path. Raises FileError."""
        path = os.path.join(self.path, _checked(word) + suffix)
        beside = f"{path}.new"
        try:
            os.makedirs(self.path, mode=0o700, exist_ok=True)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with open(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(beside, path)
            _sync_folder(self.path)
        except OSError as error:
            raise _failed("what you write can't be saved in", self.path, error, "make room on the disk") from None
        return path

    def read_all(self) -> list[tuple[str, bytes]]:
        """(word, data) of all, oldest first. One that can't be read is left out. Raises FileError."""
        try:
            names = [name for name in os.listdir(self.path) if name.endswith(SUFFIX)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _failed("can't look for unfinished messages in", self.path, error) from None
        found: list[tuple[float, str, bytes]] = []
        for name in names:
            path = os.path.join(self.path, name)
            try:
                with open(path, "rb") as stream:
                    found.append((os.fstat(stream.fileno()).st_mtime, name.removesuffix(SUFFIX), stream.read()))
            except OSError:
                continue
        return [(word, data) for _, word, data in sorted(found)]

    def forget(self, word: str) -> None:
        """Take it away with its files. What can't be removed stays; nobody has to know."""
        self.forget_text(word)
        shutil.rmtree(self._files(word), ignore_errors=True)

    def forget_text(self, word: str) -> None:
        """Take everything away but the files."""
        for suffix in (SUFFIX, f"{SUFFIX}.new", ".eml", ".eml.new", ".txt", ".txt.new"):
            try:
                os.unlink(os.path.join(self.path, _checked(word) + suffix))
            except OSError:
                continue

    def sweep(self) -> None:
        """Files of messages that are not written any more go."""
        try:
            names = os.listdir(self.path)
        except OSError:
            return
        for name in names:
            word, dot, kind = name.partition(".")
            if dot and kind != SUFFIX[1:] and f"{word}{SUFFIX}" not in names and word.isalnum():
                self.forget(word)

    # -- files that go along

    def _files(self, word: str) -> str:
        return os.path.join(self.path, f"{_checked(word)}.files")

    def keep(self, word: str, source: str) -> Kept:
        """Copy a file of the person's. Raises FileError."""
        try:
            handle = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise _failed("can't read", source, error) from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise FileError(f"{safe_line(source)} is not a file", "attach an archive of it")
        with open(handle, "rb") as stream:
            return self.keep_chunks(word, os.path.basename(source), iter(lambda: stream.read(CHUNK), b""))

    def keep_chunks(self, word: str, name: str, chunks: Iterable[bytes]) -> Kept:
        """Bytes as a file of this name; `name` is taken as it is, apart from what no file can be called."""
        on_disk = name.replace("/", "_").replace("\x00", "_")[-120:].lstrip(".") or "file"
        try:
            saved = save(_bytes(chunks), self._files(word), on_disk)
        except OSError as error:
            raise _failed("can't read", name, error) from None
        return Kept(saved.path, name, saved.size)

    def drop(self, path: str) -> None:
        """One copy is not wanted any more."""
        inside = os.path.dirname(os.path.dirname(os.path.abspath(path)))
        if inside == os.path.abspath(self.path):
            try:
                os.unlink(path)
            except OSError:
                return


def _bytes(chunks: Iterable[bytes]) -> Iterator[bytes]:
    yield from chunks


def _checked(word: str) -> str:
    if not word or not all(char.isalnum() or char in "-_" for char in word):
        raise FileError(f"'{safe_line(word)}' is no name of a message that is being written")
    return word


def _sync_folder(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _failed(what: str, place: str, error: OSError | ValueError, hint: str = "") -> FileError:
    why = (error.strerror if isinstance(error, OSError) else "") or "not a path"
    return FileError(f"{what} {safe_line(place)}: {why}", hint)


# -- what one types to attach


def expand(typed: str, base: str = "") -> list[str]:
    """Files for what was typed: a path, one with `~`, or a pattern with * ? [..]. Sorted; folders are left out.
    Raises FileError if there is none."""
    words = unquoted(typed)
    path = os.path.expanduser(words)
    if base and not os.path.isabs(path):
        path = os.path.join(base, path)
    if os.path.isfile(path):
        return [path]
    if os.path.isdir(path):
        raise FileError(f"{safe_line(words)} is a folder", "attach an archive of it, or files in it")
    if any(char in path for char in "*?["):
        found = [one for one in sorted(glob.glob(path, recursive=True)) if os.path.isfile(one)]
        if len(found) > MOST_MATCHES:
            raise FileError(f"{safe_line(words)} means {len(found):,} files", f"at most {MOST_MATCHES} go at once")
        if found:
            return found
    raise FileError(f"there is no file {safe_line(words)}")


def unquoted(typed: str) -> str:
    """A path as terminals paste it: with quotes, `file://`, or blanks behind backslashes."""
    words = typed.strip()
    if len(words) > 1 and words[0] == words[-1] and words[0] in "'\"":
        return words[1:-1]
    if words.startswith("file://"):
        from urllib.parse import unquote, urlsplit

        return unquote(urlsplit(words).path)
    return words.replace("\\ ", " ") if "\\ " in words and not os.path.exists(words) else words


def candidates(typed: str, base: str = "") -> list[str]:
    """Paths that begin with what was typed, folders with a slash behind; hidden ones only if asked for."""
    words = unquoted(typed) if typed.strip() else ""
    folder, _, start = words.rpartition("/")
    shown = f"{folder}/" if "/" in words else ""
    where = os.path.expanduser(shown or ".")
    if base and not os.path.isabs(where):
        where = os.path.join(base, where)
    out: list[tuple[bool, str]] = []
    try:
        with os.scandir(where) as entries:
            for entry in entries:
                low = entry.name.lower()
                if start.lower() in low and (not entry.name.startswith(".") or start.startswith(".")):
                    is_folder = entry.is_dir()
                    out.append((not low.startswith(start.lower()), f"{shown}{entry.name}{'/' if is_folder else ''}"))
    except (OSError, ValueError):
        return []
    out.sort(key=lambda item: (item[0], item[1].lower()))
    return [path for _, path in out[:MOST_CANDIDATES]]


def dropped_files(pasted: str) -> list[str]:
    """The files whose paths a terminal pastes when they are dropped on it; empty unless every word is one."""
    import shlex

    text = pasted.strip()
    if not text or len(text) > 10_000 or not text.startswith(("/", "~", "'", '"', "file://")):
        return []
    whole = os.path.expanduser(unquoted(text))
    if os.path.isabs(whole) and os.path.isfile(whole):
        return [whole]
    try:
        words = shlex.split(text)
    except ValueError:
        return []
    paths = [os.path.expanduser(unquoted(word)) for word in words]
    return paths if paths and all(os.path.isabs(path) and os.path.isfile(path) for path in paths) else []
