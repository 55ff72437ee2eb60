"""What the mouse means in the reader (view/pointing)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailtui.view.pieces import Piece
from mailtui.view.pointing import meant, piece_at
from mailtui.view.reader import Attached, Document, Linked

LINES = (
    (Piece("  "), Piece("Read on", "link"), Piece(" [2]", "dim"), Piece(" or "), Piece("stay", "link"), Piece(".")),
    (Piece("  "), Piece("a long link that", "link")),
    (Piece("  "), Piece("goes on", "link"), Piece(" [1]", "dim")),
    (Piece("  see "), Piece("https://example.org/a", "link"), Piece(" 灯台 "), Piece("www.example.org/b/c", "link")),
    (Piece("  "), Piece("❏ ", "note"), Piece("a very long na…", "file"), Piece("  application/pdf", "dim")),
    (Piece("  "), Piece("[12 quoted lines]", "fold")),
)
DOCUMENT = Document(
    links=(
        Linked(1, "https://example.org/long"),
        Linked(2, "https://example.org/two"),
        Linked(3, "https://example.org/a"),
        Linked(4, "https://www.example.org/b/c"),
    ),
    attachments=(Attached("first.txt", "", ""), Attached("a very long name.pdf", "", "")),
)


def at(line: int, cell: int) -> tuple[str, int | None] | None:
    return meant(LINES, line, cell, DOCUMENT)


def test_links_by_their_number_and_by_their_address() -> None:
    assert at(0, 2) == at(0, 8) == ("links", 2)
    assert at(0, 17) is None  # a link without a number whose address is not written
    assert at(1, 5) == at(2, 3) == ("links", 1)
    assert at(3, 10) == ("links", 3)
    assert at(3, 35) == ("links", 4)


def test_attachments_and_folded_quotes() -> None:
    assert at(4, 6) == ("attachments", 2)
    assert at(5, 2) == ("fold_quotes", None)


def test_what_means_nothing() -> None:
    for line, cell in ((0, 0), (0, 9), (0, 500), (-1, 3), (99, 3), (3, 28), (4, 25)):
        assert at(line, cell) is None


@given(st.lists(st.sampled_from(["", "ab", "灯", "e\u0301", " "]).map(Piece)), st.integers(-3, 30))
def test_every_cell_has_its_piece(pieces: list[Piece], cell: int) -> None:
    index = piece_at(tuple(pieces), cell)
    widths = [{"": 0, "ab": 2, "灯": 2, "e\u0301": 1, " ": 1}[piece.text] for piece in pieces]
    if 0 <= cell < sum(widths):
        assert index is not None
        assert sum(widths[:index]) <= cell < sum(widths[: index + 1])
    else:
        assert index is None
