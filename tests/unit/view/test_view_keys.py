"""Chords: sequences, counts, names of keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.view.keys import IDLE, Bindings, ChordState, Fired, Unknown, key_name, parse_keys, press, show_keys

KEYS = ["g", "i", "j", "G", "d", "escape", "1", "5", "0", "ctrl+d"]
MAPS = st.dictionaries(
    st.lists(st.sampled_from([key for key in KEYS if key != "escape"]), min_size=1, max_size=3).map(tuple),
    st.sampled_from(["a", "b", "c"]),
    max_size=8,
)


def run(bindings: Bindings, keys: list[str]) -> list[object]:
    state = IDLE
    out: list[object] = []
    for key in keys:
        state, happened = press(bindings, state, key)
        if happened is not None:
            out.append(happened)
    return out


def test_sequences_counts_and_escape() -> None:
    bindings = Bindings({("j",): "down", ("g", "g"): "first", ("g", "i"): "inbox", ("G",): "last", ("escape",): "back"})
    assert run(bindings, ["5", "0", "j"]) == [Fired("down", 50)]
    assert run(bindings, ["g", "g", "1", "2", "G"]) == [Fired("first", None), Fired("last", 12)]
    assert run(bindings, ["3", "g", "g"]) == [Fired("first", 3)]
    assert run(bindings, ["g", "escape", "j"]) == [Fired("down", None)]
    assert run(bindings, ["5", "escape", "escape"]) == [Fired("back", None)]
    assert run(bindings, ["g", "x"]) == [Unknown(("g", "x"))]
    assert run(bindings, ["0"]) == [Unknown(("0",))]


def test_earlier_maps_win_and_empty_unbinds() -> None:
    bindings = Bindings({("j",): "", ("k",): "mine"}, {("j",): "down", ("k",): "up", ("l",): "open"})
    assert bindings.get(("j",)) is None
    assert bindings.get(("k",)) == "mine"
    assert bindings.get(("l",)) == "open"


@given(MAPS, st.lists(st.sampled_from(KEYS), max_size=30))
def test_every_key_is_answered_and_escape_always_ends(maps: dict[tuple[str, ...], str], keys: list[str]) -> None:
    bindings = Bindings(maps)
    state = IDLE
    for key in keys:
        before = state
        state, happened = press(bindings, state, key)
        if happened is not None:
            assert state.idle
        elif key != "escape":
            assert not state.idle
            assert bindings.opens(state.prefix) or state.digits
        if isinstance(happened, Fired):
            assert bindings.get((*before.prefix, key)) == happened.action
    assert press(bindings, state, "escape")[0] == IDLE


@given(MAPS, st.integers(1, 10**9))
def test_a_count_reaches_the_action(maps: dict[tuple[str, ...], str], count: int) -> None:
    bindings = Bindings({("z", "x"): "move"})
    happened = run(bindings, [*str(count), "z", "x"])
    assert happened == [Fired("move", int(str(count)[:8]))]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("C-x", "ctrl+x"),
        ("<C-x>", "ctrl+x"),
        ("ctrl+X", "ctrl+x"),
        ("G", "G"),
        ("shift+g", "G"),
        ("pgdn", "pagedown"),
        ("Space", "space"),
        ("<Esc>", "escape"),
        ("backtab", "shift+tab"),
        ("alt+ctrl+f5", "ctrl+alt+f5"),
        ("<", "<"),
        ("ctrl+-", "ctrl+-"),
        ("hyper+x", None),
        ("nokey", None),
        (" ", None),
        ("\x1b", None),
        ("ctrl+", None),
    ],
)
def test_key_names(written: str, name: str | None) -> None:
    assert key_name(written) == name


@given(st.text(max_size=12))
def test_any_text_is_a_sequence_or_none(text: str) -> None:
    keys = parse_keys(text)
    if keys is not None:
        assert parse_keys(" ".join(keys)) == keys
        assert show_keys(keys)


def test_shown() -> None:
    assert show_keys(("g", "g")) == "gg"
    assert show_keys(("ctrl+d",)) == "^D"
    assert show_keys(("ctrl+left",)) == "^←"
    assert show_keys(("z", "enter")) == "z Enter"
    assert ChordState(("g",), "12").shown() == "12g"
