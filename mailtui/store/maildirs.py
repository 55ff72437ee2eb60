"""The mailbox folders of a store on the disk, whatever the index says."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterator

from mailtui.store.maildir import (
    SPOOL_MARK,
    State,
    guess_state,
    read_state,
    safe_component,
    state_path,
    store_error,
    sync_path,
)


def clean_spools(root: str) -> None:
    """A killed process leaves half messages in tmp/; nobody else writes files with our mark."""
    for folder, folders, names in os.walk(os.path.join(root, "mail")):
        folders[:] = [
            name for name in folders if name not in {"cur", "new"}
        ]  # a hundred thousand files: not our concern
        if os.path.basename(folder) == "tmp":
            for name in names:
                if name.endswith(SPOOL_MARK):
                    with contextlib.suppress(OSError):
                        os.unlink(os.path.join(folder, name))


def find_maildirs(root: str) -> Iterator[tuple[str, str, str, State]]:
    """(account folder, relative path, path, state) of every mailbox folder. One without a readable state file counts
    too if it is a maildir: mail is never out of sight because a small file was damaged."""
    top = os.path.join(root, "mail")
    for folder, names, _ in os.walk(top):
        maildir = "cur" in names
        names[:] = sorted(name for name in names if name not in {"cur", "new", "tmp", ".gone"})
        account, _, relative = os.path.relpath(folder, top).partition(os.sep)
        state = read_state(folder)
        if state is None and maildir and relative:
            state = guess_state(relative)
        if state is not None and relative:
            yield account, relative, folder, state


def forget_unmade(root: str, account: str, known: Container[str]) -> None:
    """After a crash: a mailbox folder of this account whose making was never committed (not in `known`, relative
    paths) goes again, if there is nothing in it. A lost index would make a mailbox of it."""
    mine = safe_component(account)
    for owner, relative, path, _ in reversed(list(find_maildirs(root))):
        if owner == mine and relative not in known:
            drop_empty(path)


def drop_empty(path: str) -> None:
    """A mailbox folder goes, with its state file, unless there is anything else in it."""
    if any(_holds(path, part) for part in ("cur", "new", "tmp")):
        return
    with contextlib.suppress(OSError):
        os.unlink(state_path(path))
    for part in ("tmp", "new", "cur", ""):
        with contextlib.suppress(OSError):
            os.rmdir(os.path.join(path, part))


def holds_mail(path: str) -> bool:
    return _holds(path, "cur") or _holds(path, "new")


def _holds(path: str, part: str) -> bool:
    """Whether there is anything in it, or it can't be told."""
    try:
        return bool(os.listdir(os.path.join(path, part)))
    except FileNotFoundError:
        return False
    except OSError:
        return True


def move_for_good(source: str, target: str) -> None:
    """Both directories are synced. Raises StoreError."""
    try:
        os.rename(source, target)
        sync_path(os.path.dirname(target))
        sync_path(os.path.dirname(source))
    except OSError as error:
        raise store_error(error, target) from error
