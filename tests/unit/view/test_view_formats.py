"""What rows, folders, status and reader look like: exact widths, safe texts, the right words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail.sanitize import safe_line
from mailtui.model.changes import AccountChanged, PendingChanged, ProgressChanged
from mailtui.model.folder import Role
from mailtui.model.ids import AccountId, MailboxId, PlacementId, Revision
from mailtui.model.link import LinkState
from mailtui.model.listing import COLUMNS, ListStyle
from mailtui.model.mail import Address, Flag, Flags
from mailtui.view.columns import Columns, correspondent, format_row
from mailtui.view.dates import SmartDate, full_date
from mailtui.view.figures import count, duration, plural, short_count, size
from mailtui.view.fuzzy import match
from mailtui.view.glyphs import ASCII, UNICODE, Glyphs
from mailtui.view.pieces import Piece, Pieces, fit, spread, width_of
from mailtui.view.reader import Attached, Document, ReaderState, layout, wrap
from mailtui.view.status import Status, apply, format_status
from mailtui.view.tree import FolderTree, build, format_node, mailbox_label, mailbox_path
from tests.support.fake_store import NOW, FakeReader, mailbox, row

DATES = SmartDate(NOW, UTC)
ANYTHING = st.text(max_size=80)


def text(pieces: Pieces) -> str:
    return "".join(piece.text for piece in pieces)


def harmless(pieces: Pieces) -> bool:
    return all(safe_line(piece.text) == piece.text for piece in pieces)


@given(ANYTHING, ANYTHING, st.integers(12, 220), st.booleans(), st.integers(0, 31))
def test_a_row_is_exactly_as_wide_as_its_columns(subject: str, name: str, width: int, wide: bool, bits: int) -> None:
    one = replace(
        row(5),
        subject=subject,
        from_=(Address(name, subject),),
        snippet=name if wide else "",
        flags=Flags(bits, ("$Forwarded", name) if name else ("$Forwarded",)),
        pending=wide,
    )
    for glyphs in (UNICODE, ASCII):
        pieces = format_row(one, Columns.of(width), glyphs, DATES, where=safe_line(name) if wide else "")
        assert width_of(pieces) == width
        assert harmless(pieces)


def test_state_is_never_colour_alone() -> None:
    unread = replace(row(5), flags=Flags(Flag.FLAGGED))
    pieces = format_row(unread, Columns.of(80), UNICODE, DATES)
    assert "●★" in text(pieces)
    assert any(piece.style == "unread-subject" for piece in pieces)
    assert text(format_row(replace(unread, flags=Flags(Flag.SEEN)), Columns.of(80), UNICODE, DATES))[1] == " "
    plain = replace(unread, subject="x", snippet="", from_=(Address("Bo", "b@x"),))
    assert text(format_row(plain, Columns.of(80), ASCII, DATES)).isascii()


@given(
    st.permutations(COLUMNS),
    st.integers(0, 4),
    st.integers(12, 160),
    st.booleans(),
    st.booleans(),
    st.sampled_from([UNICODE, ASCII]),
)
def test_columns_that_a_person_named_are_as_wide_too(
    order: list[str], fewer: int, width: int, threads: bool, snippets: bool, glyphs: Glyphs
) -> None:
    kept = [name for name in order if name == "subject" or order.index(name) >= fewer]
    style = ListStyle(tuple(kept), snippets)
    pieces = format_row(row(7), Columns.of(width, threads=threads, style=style), glyphs, DATES)
    assert width_of(pieces) == width


def test_columns_stand_in_the_order_they_were_named_in() -> None:
    one = replace(row(5), subject="Dinner?", from_=(Address("Bo", "b@x"),), size=2_000, snippet="with salt")
    style = ListStyle(("date", "size", "subject", "from"))
    line = text(format_row(one, Columns.of(80, style=style), UNICODE, DATES))
    assert line.index(size(2_000)) < line.index("Dinner?") < line.index("salt") < line.index("Bo")
    plain = ListStyle(("subject",), snippets=False)
    assert text(format_row(one, Columns.of(40, style=plain), UNICODE, DATES)).split() == ["Dinner?"]
    wide = Columns.of(140), Columns.of(140, style=ListStyle(COLUMNS))
    assert format_row(one, wide[0], UNICODE, DATES) == format_row(one, wide[1], UNICODE, DATES)


def test_labels_stand_before_the_subject_where_there_is_room() -> None:
    one = replace(row(5), subject="Dinner?", flags=Flags.of(["\\Seen", "work", "$Label1", "x" * 60]))
    for width in (20, 40, 80, 160):
        line = text(format_row(one, Columns.of(width), UNICODE, DATES))
        assert ("work xxxxx" in line) == (width >= 80)
        assert ("work" in line and line.index("work") < line.index("Dinner")) == (width >= 80)
        assert "$Label1" not in line


def test_sent_mail_shows_where_it_went() -> None:
    one = replace(row(5), to=(Address("Bo", "bo@x.example"), Address("", "cy@x.example")))
    assert correspondent(one, outgoing=True) == "To Bo +1"
    assert correspondent(replace(one, to=()), outgoing=True) == "(no recipient)"
    assert correspondent(replace(one, from_=(Address(" \u202e ", "a@b"),)), outgoing=False) == "a@b"


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (60, "07:45"),
        (86_400, "Sun"),
        (6 * 86_400, "Tue"),
        (8 * 86_400, "15 Nov"),
        (400 * 86_400, "2025-10-19"),
        (-3 * 86_400, "26 Nov"),
        (10**12, "0001-01-02"),
    ],
)
def test_smart_dates(ago: int, said: str) -> None:
    assert DATES(NOW - ago) == said


def test_narrow_dates_and_zones() -> None:
    assert SmartDate(NOW, UTC, narrow=True)(NOW - 400 * 86_400) == "Oct ’25"
    east = timezone(timedelta(hours=9))
    assert SmartDate(NOW, east)(NOW) == "16:46"
    assert SmartDate(NOW, UTC)(DATES.day_ends) == "24 Nov"
    assert full_date(NOW, UTC) == "Mon 23 Nov 2026, 07:46"


def test_figures() -> None:
    assert (count(12_300), short_count(12_300), short_count(1_234_567)) == ("12,300", "12k", "1.2M")
    assert [size(n) for n in (0, 5, 2048, 1_300_000, 35_000_000)] == ["0K", "1K", "2K", "1.2M", "33M"]
    assert (duration(9), duration(240), duration(9000)) == ("9 s", "4 min", "2 h")
    assert (plural(1, "message"), plural(2, "message")) == ("1 message", "2 messages")


@given(
    st.lists(st.tuples(ANYTHING.map(safe_line), st.just("x")).map(lambda t: Piece(*t)), max_size=5), st.integers(0, 60)
)
def test_fit_and_spread_are_exact(pieces: list[Piece], cells: int) -> None:
    assert width_of(fit(pieces, cells)) == cells
    assert width_of(spread(pieces, pieces[:1], cells)) == cells


# -- folders


def test_roles_come_first_then_names_nested() -> None:
    boxes = FakeReader(5).mailboxes()
    nodes = build(reversed(boxes), [AccountId("home")])
    assert [node.label for node in nodes[:7]] == ["home", "Inbox", "Drafts", "Sent", "Archive", "Junk", "Trash"]
    assert [(node.label, node.depth, node.openable) for node in nodes[7:12]] == [
        ("Harbour", 0, True),
        ("Tide tables", 1, True),
        ("Winter storage", 1, True),
        ("Lists", 0, False),
        ("python-dev", 1, True),
    ]


def test_the_tree_keeps_its_cursor_and_skips_what_cannot_be_opened() -> None:
    tree = FolderTree([AccountId("home"), AccountId("empty")])
    boxes = FakeReader(5).mailboxes()
    tree.update(boxes)
    assert tree.current is not None
    assert tree.current.role is Role.INBOX
    tree.move_by(9)
    assert tree.current.name == "Harbour/Winter storage" or tree.current.name == "Lists/python-dev"
    here = tree.current
    tree.update((mailbox(99, "Apples"), *boxes))
    assert tree.current == here
    tree.move_by(100)
    assert tree.current.name == "Receipts"
    neighbour = tree.neighbour(MailboxId(1), 1)
    assert neighbour is not None
    assert neighbour.name == "Drafts"
    assert tree.with_role(Role.FLAGGED, None) is None
    tree.update(())
    assert not tree.mailboxes
    assert tree.neighbour(None, 1) is None


def test_hostile_folder_names() -> None:
    box = mailbox(7, "a/\x1b]0;x\x07/[/]\u202e")
    assert mailbox_label(box) == safe_line(mailbox_label(box))
    assert "\x1b" not in mailbox_path(box)
    for node in build([box]):
        for width in (4, 12, 30):
            pieces = format_node(node, width, UNICODE, {})
            assert width_of(pieces) == width
            assert harmless(pieces)


# -- status


def test_the_status_line_in_words() -> None:
    home, work = AccountId("home"), AccountId("work")
    status = Status()
    for change in (
        AccountChanged(Revision(1), home, LinkState.IDLE),
        AccountChanged(Revision(1), work, LinkState.WAITING, "timed out", retry_in=30.0),
        ProgressChanged(Revision(1), home, MailboxId(1), 12_300, 100_000, 4_100.0),
        PendingChanged(Revision(1), 2, 1),
    ):
        status = apply(status, change, 1000.0)
    said = text(format_status(status, 150, UNICODE, {MailboxId(1): "Inbox"}, 1004.0, "1 of 5"))
    assert "Inbox 12,300 of 100,000 · 4,100/s · 21 s left" in said
    assert "next try in 26 s" in said
    assert "2 pending" in said
    assert "1 failed" in said
    assert said.rstrip().endswith("1 of 5")
    assert status.counting_down
    status = apply(status, ProgressChanged(Revision(2), home, MailboxId(1), 100_000, 100_000, 1.0), 1005.0)
    assert not status.fillings
    status = apply(status, AccountChanged(Revision(3), work, LinkState.OFFLINE), 1006.0)
    assert not status.counting_down
    assert "offline" in text(format_status(status, 80, ASCII, {}, 1006.0))
    for width in (10, 40, 80, 200):
        assert width_of(format_status(status, width, UNICODE, {}, 1006.0, "1 of 5")) == width


# -- reader


def test_the_card_and_its_lines_fit() -> None:
    document = Document(
        headers=(("Subject", "s" * 300), ("From", "A <a@x>"), ("X-Spam", "no"), ("Date", "today")),
        lines=((Piece("body", "quote1"),), ()),
        attachments=(Attached("name.pdf", "application/pdf", "12K"),),
        notes=("a note",),
    )
    state = ReaderState(placement=PlacementId(1), document=document)
    for width in (24, 60, 120):
        lines = layout(state, width, UNICODE)
        assert all(width_of(line) <= width for line in lines)
    words = "\n".join(text(line) for line in layout(state, 80, UNICODE))
    assert "name.pdf" in words
    assert "a note" in words
    assert "X-Spam" not in words
    assert "X-Spam" in "\n".join(text(line) for line in layout(replace(state, all_headers=True), 80, UNICODE))
    assert list(layout(ReaderState(), 80, UNICODE)) == []


def test_notes_stand_side_by_side_where_they_fit() -> None:
    document = Document(
        headers=(("Subject", "x"),), notes=("hidden text not shown", "also there as HTML", "form not shown")
    )

    def noted(width: int) -> list[str]:
        lines = layout(ReaderState(placement=PlacementId(1), document=document), width, UNICODE)
        return [text(line).strip() for line in lines if any(piece.style == "notice" for piece in line)]

    assert noted(80) == ["hidden text not shown · also there as HTML · form not shown"]
    assert noted(50) == ["hidden text not shown · also there as HTML", "form not shown"]
    assert noted(30) == ["hidden text not shown", "also there as HTML", "form not shown"]


@given(ANYTHING, st.integers(2, 40), st.integers(1, 5))
def test_wrapping(words: str, cells: int, limit: int) -> None:
    lines = wrap(words, cells, limit)
    assert len(lines) <= limit
    assert all(width_of((Piece(line),)) <= cells for line in lines)


# -- palette


def test_fuzzy_prefers_runs_and_word_starts() -> None:
    names = ["Go to the trash", "Star, or take the star away", "Go to Tide tables"]
    hits = {name: match("tr", name) for name in names}
    trash = hits["Go to the trash"]
    star = hits["Star, or take the star away"]
    assert trash is not None
    assert star is not None
    assert trash.score > star.score
    assert match("xyz", "abc") is None
    assert match("", "abc") is not None


@given(ANYTHING, ANYTHING)
def test_fuzzy_places_spell_what_was_typed(typed: str, name: str) -> None:
    hit = match(typed, name)
    if hit is not None and name.lower().isascii() and typed.isascii():
        assert [name[at].lower() for at in hit.places] == list("".join(typed.lower().split()))
