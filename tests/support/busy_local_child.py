"""A busy minute on a local account in a process of its own, to be killed anywhere: an import, then every kind of deed.

`python -m tests.support.busy_local_child STORE MBOX ACKNOWLEDGED`"""

from __future__ import annotations

import os
import sys

from mailtui import boot
from mailtui.model.account import Account, LocalSettings, Settings
from mailtui.model.errors import MailtuiError
from tests.support.busy_child import act
from tests.support.running_engine import ACCOUNT


def local_settings(root: str) -> Settings:
    return Settings((Account(ACCOUNT, "a@example.org", "Anna", local=LocalSettings()),), root)


def main() -> None:
    root, mbox, acknowledged = sys.argv[1:]
    settings = local_settings(root)
    try:
        boot.import_mail(settings, ACCOUNT, mbox, None)
    except MailtuiError as error:
        os.write(2, f"import: {error!r}\n".encode())
    act(settings, acknowledged)


if __name__ == "__main__":
    main()
