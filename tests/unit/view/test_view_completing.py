"""Completion of addresses, and fields of addresses as names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.mail.sanitize import cell_width, safe_line
from mailtui.model.mail import Address
from mailtui.view.completing import (
    chips,
    odd,
    parse_command,
    people_of,
    suggest,
    take,
    token_at,
    written_address,
)
from mailtui.view.pieces import width_of

PEOPLE = [
    Address("Anna Berg", "berg@harbour.example"),
    Address("Bo Ann", "bo@x.example"),
    Address("", "susanna@y.example"),
    Address("Anna Berg", "BERG@harbour.example"),
]


def test_the_piece_between_two_commas() -> None:
    value = 'Anna <a@b.c>, "Berg, Bo" <bo@x.y>,  su'
    assert token_at(value, 3).text == "Anna <a@b.c>"
    assert token_at(value, 20).text == '"Berg, Bo" <bo@x.y>'
    assert token_at(value, len(value)).text == "su"
    assert value[token_at(value, len(value)).start :] == "su"
    assert token_at("", 0).text == ""


def test_starts_of_words_come_before_their_middles_and_doubles_go() -> None:
    assert [one.addr for one in suggest("ann", PEOPLE)] == [
        "berg@harbour.example",
        "bo@x.example",
        "susanna@y.example",
    ]
    assert [one.addr for one in suggest("berg ann", PEOPLE)] == ["berg@harbour.example"]
    assert suggest("zz", PEOPLE) == []
    assert suggest(" ", PEOPLE) == []


def test_who_is_known_best_comes_first_by_whatever_name() -> None:
    people = [
        Address("Zoe Miller", "zoe@x.example"),
        Address("", "jo.mill-er@x.example"),
        Address("Milo News", "news@milo.example"),
        Address("Emil", "e@x.example"),
    ]
    assert [one.addr for one in suggest("mil", people)] == [one.addr for one in people]
    assert [one.addr for one in suggest("mil", people[::-1])] == [
        *(one.addr for one in people[2::-1]), "e@x.example"
    ]  # fmt: skip


def test_what_is_taken_stands_for_the_piece() -> None:
    value = "x@y.z, bo"
    assert take(value, token_at(value, len(value)), PEOPLE[1]) == ("x@y.z, Bo Ann <bo@x.example>, ", 30)
    value = "an, x@y.z"
    after, cursor = take(value, token_at(value, 2), Address("", "a@b.c"))
    assert (after, cursor) == ("a@b.c, x@y.z", 7)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Anna Berg", "Anna Berg <a@b.c>"),
        ("Berg, Anna", '"Berg, Anna" <a@b.c>'),
        ('A "B" C', '"A \\"B\\" C" <a@b.c>'),
        ("a@b.c", "a@b.c"),
        ("", "a@b.c"),
        ("x\x1b[31m\ny", None),
    ],
)
def test_names_are_quoted_where_they_must(name: str, written: str | None) -> None:
    text = written_address(name, "a@b.c")
    assert written is None or text == written
    assert text.isprintable()


@given(st.text(max_size=40))
def test_whatever_a_name_is_it_comes_back_as_one_address(name: str) -> None:
    found = people_of(written_address(name, "a@b.example"))
    assert [one.addr for one in found] == ["a@b.example"]


@pytest.mark.parametrize("addr", ["a", "a@", "@b.c", "a b@c.d", "a@b..c", "a..b@c.d", "a@-b.c", "a@[1.2.3.4", ""])
def test_what_can_be_no_address(addr: str) -> None:
    assert odd(addr)


@pytest.mark.parametrize("addr", ["a@b", "a@b.c", "jörg@müller.example", "a+b@c.d", "a@[1.2.3.4]"])
def test_what_may_be_one(addr: str) -> None:
    assert not odd(addr)


def test_a_field_as_names() -> None:
    pieces = chips("Anna <a@b.c>, bogus, x@y.z", 60)
    assert "".join(piece.text for piece in pieces) == "Anna, bogus ?, x@y.z"
    assert [piece.style for piece in pieces if "bogus" in piece.text] == ["error"]
    many = ", ".join(f"Person Number{n} <p{n}@x.example>" for n in range(300))
    shown = "".join(piece.text for piece in chips(many, 40))
    assert shown.endswith("+298")
    assert len(people_of(many)) == 300


@given(st.text(max_size=60), st.integers(1, 50))
def test_chips_never_grow_beyond_their_cells(value: str, cells: int) -> None:
    pieces = chips(value, cells)
    assert width_of(pieces) <= max(cells, 8)
    assert all(safe_line(piece.text) == piece.text for piece in pieces)
    assert cell_width("".join(piece.text for piece in pieces)) == width_of(pieces)


def test_what_an_address_command_prints() -> None:
    output = "2 found\nanna@b.example\tAnna Berg\thome\nBo <bo@x.example>\nnonsense\n"
    assert parse_command(output) == [Address("Anna Berg", "anna@b.example"), Address("Bo", "bo@x.example")]
