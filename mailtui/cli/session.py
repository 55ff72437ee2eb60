"""What most commands begin with: the settings, and the store open for reading."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mailtui.config.read import load
from mailtui.model.account import Settings
from mailtui.model.folder import Mailbox
from mailtui.model.ids import MailboxId
from mailtui.model.ports import MailReader


def settings_of(args: argparse.Namespace, *, warn: bool = False) -> Settings:
    """The config that the words name. `warn` passes its warnings on to the person."""
    loaded = load(args.config)
    if warn:
        for warning in loaded.warnings:
            print(warning, file=sys.stderr)
    return loaded.settings


@contextmanager
def reading(settings: Settings) -> Iterator[MailReader]:
    """The store, closed afterwards. Raises StoreError when there is none."""
    from mailtui import boot

    reader = boot.open_reader(settings)
    try:
        yield reader
    finally:
        reader.close()


def by_id(reader: MailReader) -> dict[MailboxId, Mailbox]:
    return {mailbox.id: mailbox for mailbox in reader.mailboxes()}
