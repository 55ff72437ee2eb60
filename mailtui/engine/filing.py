"""Files new spam and new advertising, as Deeds of the sorter: in the history with their reasons, undone there, never
done twice to one message. What judges them takes a while to load: only new mail needs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from mailtui.engine.sorting import Sorted
from mailtui.model.account import Account, Settings
from mailtui.model.intents import SORTER, Deed, Move
from mailtui.store.arrivals import Arrivals, Arrived
from mailtui.store.learning import LearningFile


class Filing:
    """A stage of the sorter."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._now = now
        self._index = Arrivals(settings.store)
        self._file: LearningFile | None = None

    def sort(self, account: Account, arrived: Sequence[Arrived]) -> Sorted:
        """Raises StoreError: the learning file can't be written, and what isn't noted there is not filed."""
        if not arrived or not _wanted(account):
            return Sorted()
        from mailtui.engine.judging import judged

        file = self._opened()
        fresh = [one for one in arrived if not _back(file, one)]
        going = judged(self._settings, account, fresh, self._index.db, file.db)
        if not going:
            return Sorted()
        file.decide(account.id, [(one.digest, one.kind, one.reason) for one in going], self._now())
        return Sorted(tuple(Deed(one.label, (Move((one.placement,), one.to),), SORTER) for one in going))

    def done(self, account: Account, arrived: Sequence[Arrived]) -> None:
        if arrived and _wanted(account):
            self._opened().filed([one.digest for one in arrived])

    def _opened(self) -> LearningFile:
        if self._file is None:
            self._file = LearningFile(self._settings.store)
        return self._file

    def close(self) -> None:
        """When nothing runs any more."""
        if self._file is not None:
            self._file.close()
        self._index.close()


def _wanted(account: Account) -> bool:
    return account.file_spam or account.file_advertising


def _back(file: LearningFile, one: Arrived) -> bool:
    """It was filed once and is back: somebody wants it here."""
    before = file.decided(one.digest)
    return before is not None and before.filed
