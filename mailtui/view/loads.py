"""What a message list has to read next, as values, and the reading of it through the port."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from mailtui.model.ids import MailboxId, PlacementId
from mailtui.model.mail import Folding, Row, RowKey
from mailtui.model.ports import MailReader
from mailtui.view.anchors import Anchors
from mailtui.view.ordering import Order
from mailtui.view.unified import landing, page, rank, total
from mailtui.view.window import Window

PAGE = 200
LINES = 80
"""Lines of one read of threads: each stands for several messages."""
SEARCH_PAGE = 100
MOST_RESULTS = 2_000


class LoadKind(Enum):
    OLDER = "older"
    NEWER = "newer"
    JUMP = "jump"
    AROUND = "around"


@dataclass(frozen=True, slots=True)
class Load:
    """One bounded read of neighbouring rows."""

    kind: LoadKind
    after: RowKey | None
    """Strictly behind this key in the direction of reading; for AROUND the key itself."""
    limit: int
    skip: int = 0
    at: int = 0
    """JUMP: the position that the first row should have."""
    anew: bool = False
    """What is loaded may not be what is stored."""
    from_end: bool = False
    """JUMP: read from the oldest row upwards, leaving out the `skip` oldest."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The answer: rows newest first. AROUND: `rank` of the first one. In a list of threads `total` is how many lines
    there are, and `landed` where the message that was asked for stands now."""

    load: Load
    rows: tuple[Row, ...]
    rank: int = 0
    total: int = 0
    landed: RowKey | None = None


class ListState(Protocol):
    """What `plan` looks at."""

    total: int
    height: int
    top: int
    growing: bool
    complete: bool
    stale: bool
    loaded_once: bool
    window: Window
    anchors: Anchors
    folding: Folding | Order | None

    def pin(self) -> RowKey | None: ...


def plan(state: ListState) -> Load | None:
    """The most urgent read, or None."""
    if state.growing:
        return _plan_growing(state)
    window = state.window
    first, last = state.top, min(state.total, state.top + state.height)
    overlap = bool(window.rows) and window.start < last and first < window.end
    page = max(PAGE if state.folding is None else LINES, state.height * 2)
    if state.stale and (overlap or not window.rows):
        key = state.pin()
        if key is not None:
            return Load(LoadKind.AROUND, key, page + state.height)
    if not overlap:
        if state.total == 0 and state.loaded_once and not state.stale:
            return None
        return replace(_jump(state, page), anew=state.stale)
    if last > window.end:
        return Load(LoadKind.OLDER, window.rows[-1].key, page)
    if first < window.start:
        return Load(LoadKind.NEWER, window.rows[0].key, page)
    if window.end < state.total and last + 2 * state.height > window.end:
        return Load(LoadKind.OLDER, window.rows[-1].key, page)
    if window.start > 0 and first - 2 * state.height < window.start:
        return Load(LoadKind.NEWER, window.rows[0].key, page)
    return None


def _plan_growing(state: ListState) -> Load | None:
    window = state.window
    if not state.loaded_once or state.stale:
        return Load(LoadKind.JUMP, None, max(SEARCH_PAGE, min(len(window.rows), MOST_RESULTS)))
    if state.complete or not window.rows or len(window.rows) >= MOST_RESULTS:
        return None
    if state.top + 2 * state.height > window.end:
        return Load(LoadKind.OLDER, window.rows[-1].key, SEARCH_PAGE)
    return None


def _jump(state: ListState, page: int) -> Load:
    """From the nearest known place: the newest end, the oldest end, a mark, the loaded rows."""
    start = max(0, min(state.top - (page - state.height) // 2, state.total - page))
    best = Load(LoadKind.JUMP, None, page, skip=start, at=start)
    from_end = max(0, state.total - (start + page))
    if from_end < best.skip:
        best = Load(LoadKind.JUMP, None, page, skip=from_end, at=start, from_end=True)
    mark = state.anchors.before(start)
    if mark is not None and start - mark[0] - 1 < best.skip:
        best = Load(LoadKind.JUMP, mark[1], page, skip=start - mark[0] - 1, at=start)
    window = state.window
    # what is stale may lie beside where it is thought to be: nothing is measured from there
    if window.rows and not state.stale and 0 <= start - window.end < best.skip:
        best = Load(LoadKind.JUMP, window.rows[-1].key, page, skip=start - window.end, at=start)
    return best


def perform(
    reader: MailReader, boxes: tuple[MailboxId, ...], load: Load, folding: Folding | Order | None = None
) -> Loaded:
    """Read it from one mailbox, or from several as one; `folding`: as threads, or in another order. Blocking: never on
    the event loop."""
    if isinstance(folding, Order) and (load.anew or load.kind is LoadKind.AROUND):
        folding.refresh(reader, boxes)
    length = total(reader, boxes, folding) if folding is not None else 0
    if load.kind is LoadKind.AROUND:
        assert load.after is not None
        if folding is None:
            return _around(reader, boxes, load, load.after)
        landed = landing(reader, boxes, folding, load.after)
        found = _around(reader, boxes, load, landed or load.after, folding)
        return replace(found, total=length, landed=landed)
    newest_first = load.kind is not LoadKind.NEWER and not load.from_end
    rows = page(reader, boxes, folding, after=load.after, limit=load.limit, newest_first=newest_first, skip=load.skip)
    return Loaded(load, rows if newest_first else rows[::-1], total=length)


def _around(
    reader: MailReader, boxes: tuple[MailboxId, ...], load: Load, key: RowKey, folding: Folding | Order | None = None
) -> Loaded:
    half = load.limit // 2
    newer = page(reader, boxes, folding, after=key, limit=half, newest_first=False)[::-1]
    itself: tuple[Row, ...] = ()
    if folding is None:
        older = page(reader, boxes, after=key, limit=half)
        found = reader.rows((PlacementId(key.placement),))
        itself = tuple(row for row in found if row.mailbox in boxes and row.key == key)
    else:  # the line itself comes with those below the one above it
        older = page(reader, boxes, folding, after=newer[-1].key if newer else None, limit=half + 1)
    rows = (*newer, *itself, *older)
    place = rank(reader, boxes, rows[0].key, folding) if len(newer) == half else 0
    return Loaded(load, rows, place)


def search(reader: MailReader, query: str, mailbox: MailboxId | None, load: Load) -> Loaded:
    """Results as a list. Blocking. Raises QueryError."""
    rows = reader.search(query, mailbox=mailbox, limit=load.limit, before=load.after, unfinished=True)
    return Loaded(load, rows)
