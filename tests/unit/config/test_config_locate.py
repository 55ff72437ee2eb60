"""The places of keys in a TOML text: examples, and a property with tomllib as the judge."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from mailtui.config.locate import Path, locate


def leaves(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Every value that is not a table with keys, by path, with array elements."""
    found: dict[Path, Any] = {}
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found |= leaves(inner, (*path, index))
    else:
        found[path] = value
    return found


def check(text: str) -> None:
    """Every leaf has a place whose value text means that leaf, and a key text that holds its name."""
    places = locate(text)
    for path, value in leaves(tomllib.loads(text)).items():
        place = places[path]
        written = text[place.value_start : place.value_end]
        assert tomllib.loads(f"v = {written}")["v"] == value, (path, written)


TRICKY = '''
top = 1 # a comment with = and [brackets]
"quoted.key" = "a # no comment"
'literal key' = 'C:\\path'
a.b."c d" = [ 1, # one
  2,
  [ "x]", 'y,z' ], ]
spread . out = true

[table] # here
when = 1979-05-27 07:32:00
long = """one
[not.a.table]
key = "no" \\""" still ""two"""""
raw = \'\'\'
it's ''quoted'' \'\'\'\'\'
inline = { port = 993, "ho st" = "x}", deep = { list = [ { n = 1 }, { n = 2 } ] } }
[table."sub.table".x]
k = "\\u00e4\\"]"
[[many]]
n = 1
[many.inner]
deep = 1
[[many]]
n = 2
[many.inner]
deep = 2
[[many.again]]
z = 0
[[many.again]]
z = 1
'''


def test_tricky_text() -> None:
    check(TRICKY)


def test_key_and_value_spans() -> None:
    text = '[a]\n  port =  "993" # why\n'
    place = locate(text)[("a", "port")]
    assert text[place.start : place.end] == "port"
    assert text[place.value_start : place.value_end] == '"993"'
    header = locate(text)[("a",)]
    assert text[header.start : header.end] == "[a]"


def test_own_header_wins_over_an_implied_table() -> None:
    text = "[a.b]\nx = 1\n[a]\ny = 2\n"
    places = locate(text)
    assert text[places[("a",)].start : places[("a",)].end] == "[a]"


@pytest.mark.parametrize("broken", ["= 1", "[", "[a", "a", "a =", "a = [", 'a = "', "a = {", "]", "\x00", '"', "a.b."])
def test_broken_text_ends(broken: str) -> None:
    """It is only asked about valid text, but must not hang on anything."""
    locate(broken)


keys = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True), st.text(max_size=6))
scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=True),
    st.text(),
    st.text(alphabet="\"\\\n' #[]{}=,x", max_size=12),
    st.datetimes(),
    st.dates(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(keys, values, max_size=5), st.booleans())
def test_places_of_whatever_is_written(document: dict[str, Any], multiline: bool) -> None:
    check(tomli_w.dumps(document, multiline_strings=multiline).replace("\r\n", "\n"))


@given(st.text(alphabet="ab.=[]{}\"'\\\n #,1", max_size=40))
def test_never_hangs_and_agrees_with_tomllib(text: str) -> None:
    locate(text)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    check(text)
