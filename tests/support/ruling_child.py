"""One `mailtui sync` of a POP3 account with rules that is killed (-9) at a place that the test chose:

python -m tests.support.ruling_child ROOT PORT PLACE

PLACE: `arrived` (mail is durable, no rule was asked), `before` (the Deed is on its way), `after` (it is durable,
nothing else), `marked` (the sorter knows that it is done), `no` (not killed).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mailtui.engine.sorting import Sorter
from mailtui.model.folder import Role
from mailtui.model.intents import FolderNamed
from mailtui.model.rules import Rule
from mailtui.store.learning import LearningFile, Mark
from tests.support.popping import pop_account
from tests.support.running_engine import running

RULES = (
    Rule("read", "body:text", mark=("read",), label=("seen-by-rule",)),
    Rule("filed", "subject:number", copy=FolderNamed("Copies"), to=FolderNamed("Filed/Here")),
    Rule("copied", "subject:only", copy=FolderNamed("Copies")),
    Rule("gone", "number", to=Role.TRASH),
)


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(place: str) -> None:
    """The process ends at this place, the first time it gets there with new mail."""
    portion, set_mark = Sorter._portion, LearningFile.set_mark

    async def armed(self: Sorter, *given: Any) -> bool:
        commit = self._commit

        async def committed(deed: Any) -> object:
            if place == "before":
                kill()
            changes = await commit(deed)
            if place == "after":
                kill()
            return changes

        if place == "arrived":
            kill()
        self._commit = committed
        done = await portion(self, *given)
        armed.passed = True  # type: ignore[attr-defined]
        return done

    def marked(self: LearningFile, account: str, mark: Mark, waiting: Sequence[int] = ()) -> None:
        set_mark(self, account, mark, waiting)
        if place == "marked" and getattr(armed, "passed", False):
            kill()

    Sorter._portion = armed  # type: ignore[method-assign, assignment]
    LearningFile.set_mark = marked  # type: ignore[method-assign]


async def visit(root: Path, port: int) -> None:
    async with running(root, pop_account(port), watch=False, rules=RULES) as me:
        await me.sync_once()
        assert me.failures == [], me.failures


if __name__ == "__main__":
    arm(sys.argv[3])
    asyncio.run(visit(Path(sys.argv[1]), int(sys.argv[2])))
