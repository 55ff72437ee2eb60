"""Quotes in a text that is being written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail.compose.flowed import WIDTH, split_marks
from mailtui.mail.compose.reworking import Rework, answer_within, filled, quoted_more, without_quote


def after(lines: list[str], rework: Rework | None) -> list[str]:
    assert rework is not None
    return [*lines[: rework.first], *rework.lines, *lines[rework.last + 1 :]]


def bare(lines: list[str]) -> str:
    """All but marks and blanks."""
    return "".join(lines).replace(">", "").replace(" ", "")


def test_an_answer_goes_between_the_parts_of_a_quoted_line() -> None:
    lines = ["> one two three", "> four"]
    rework = answer_within(lines, 0, 6)
    assert after(lines, rework) == ["> one", "", "", "", "> two three", "> four"]
    assert rework is not None
    assert rework.cursor == (2, 0)
    deep = [">> one two"]
    assert after(deep, answer_within(deep, 0, 7)) == [">> one", "", "", "", ">> two"]


@pytest.mark.parametrize(
    ("line", "column"), [("> one", 5), ("> one", 2), ("> one", 0), ("own words", 3), (">", 1), ("", 0), ("> ", 2)]
)
def test_elsewhere_enter_is_enter(line: str, column: int) -> None:
    assert answer_within([line], 0, column) is None


def test_the_rest_of_a_quote_goes() -> None:
    lines = ["Yes.", "", "> a", "", ">> b", "> c", "", "So be it.", "> later"]
    assert after(lines, without_quote(lines, 0)) == ["Yes.", "", "So be it.", "> later"]
    assert after(lines, without_quote(lines, 4)) == ["Yes.", "", "> a", "", "So be it.", "> later"]
    assert after(lines, without_quote(lines, 8)) == lines[:8]
    assert without_quote(["mine", ""], 0) is None
    assert after(["> all"], without_quote(["> all"], 0)) == [""]


def test_a_paragraph_is_filled_anew() -> None:
    lines = ["> " + "word " * 6 + "end", "> of it", ">", "> next", "own", "words", "", "-- ", "Me"]
    assert after(lines, filled(lines, 1))[:2] == ["> " + "word " * 6 + "end of it", ">"]
    assert after(lines, filled(lines, 4))[2:5] == [">", "> next", "own words"]
    assert filled(lines, 3) is None, "it has one line"
    assert filled(lines, 6) is None
    long = ["> " + "word " * 40]
    new = after(long, filled(long, 0))
    assert len(new) == 3
    assert all(len(line) <= WIDTH and line.startswith("> word") for line in new)
    assert filled(new, 1) is None, "once is enough"


def test_points_of_a_list_stay_apart() -> None:
    lines = ["> - one", ">   more", "> - two", "> 3. three", "> and on"]
    assert after(lines, filled(lines, 4)) == [*lines[:3], "> 3. three and on"]
    assert filled(lines, 2) is None


def test_lines_are_quoted() -> None:
    lines = ["a", "", "> b", "c"]
    assert after(lines, quoted_more(lines, 0, 2)) == ["> a", ">", ">> b", "c"]


@given(st.lists(st.text("> ab\u4e2d-", max_size=90), min_size=1, max_size=12), st.data())
def test_no_words_are_lost_and_the_cursor_stays_within(lines: list[str], data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(lines) - 1))
    column = data.draw(st.integers(0, len(lines[row])))
    for rework in (answer_within(lines, row, column), filled(lines, row), quoted_more(lines, row, row)):
        if rework is None:
            continue
        new = after(lines, rework)
        assert bare(new) == bare(lines)
        assert 0 <= rework.cursor[1] <= len(new[rework.cursor[0]])
    cut = without_quote(lines, row)
    if cut is not None:
        new = after(lines, cut)
        assert [one for one in new if one.strip() and not split_marks(one)[0]] == [
            one for one in lines if one.strip() and not split_marks(one)[0]
        ]
        assert 0 <= cut.cursor[0] < len(new)
        assert 0 <= cut.cursor[1] <= len(new[cut.cursor[0]])
