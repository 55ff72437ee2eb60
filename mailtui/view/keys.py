"""The chord machine: single keys, sequences such as `g g`, counts such as `5j`.

A key is a name: a printable character stands for itself (`G`, `?`), others are `enter`, `escape`, `space`, `tab`,
`shift+tab`, `ctrl+d`, `pagedown`, `f5`. A sequence is a tuple of names. Nothing here ever waits: a sequence that has
begun stays open until the next key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

Sequence_: TypeAlias = tuple[str, ...]
MOST_DIGITS = 8

_ALIASES = {
    "esc": "escape",
    "return": "enter",
    "cr": "enter",
    "ret": "enter",
    "del": "delete",
    "bs": "backspace",
    "pgdn": "pagedown",
    "pgup": "pageup",
    "page_down": "pagedown",
    "page_up": "pageup",
    "spc": "space",
    "s-tab": "shift+tab",
    "backtab": "shift+tab",
    "lt": "<",
    "gt": ">",
    "plus": "+",
    "minus": "-",
}
NAMED = frozenset(
    (
        *("escape", "enter", "delete", "backspace", "pagedown", "pageup", "space", "tab", "home", "end", "insert"),
        *("up", "down", "left", "right", *(f"f{number}" for number in range(1, 13))),
    )
)
_MODIFIERS = {"c": "ctrl", "ctrl": "ctrl", "control": "ctrl", "s": "shift", "shift": "shift", "a": "alt", "m": "alt"}
_MODIFIERS["alt"] = "alt"
_ORDER = ("ctrl", "alt", "shift")


def key_name(text: str) -> str | None:
    """One key as a person writes it (`C-x`, `<C-x>`, `ctrl+x`, `G`, `pgdn`) as its name; None if it is no key."""
    if len(text) == 1:
        return text if text.isprintable() and text != " " else None
    inner = text[1:-1] if text.startswith("<") and text.endswith(">") and len(text) > 2 else text
    plain = _ALIASES.get(inner.lower(), inner.lower())
    if plain in NAMED or plain in {"shift+tab", "<", ">", "+", "-"}:
        return plain
    parts = inner.replace("-", "+").split("+") if inner[-1] not in "+-" else [inner[:-2], inner[-1]]
    *modifiers, last = parts
    if not modifiers or not last:
        return None
    names = {_MODIFIERS.get(modifier.lower()) for modifier in modifiers}
    base = key_name(last.lower())
    if None in names or base is None:
        return None
    if names == {"shift"} and len(base) == 1:
        return base.upper()
    return "+".join((*(name for name in _ORDER if name in names), base))


def parse_keys(text: str) -> Sequence_ | None:
    """A sequence as a person writes it: keys with blanks between; None if one of them is no key."""
    names = tuple(key_name(word) for word in text.split())
    if not names or any(name is None for name in names):
        return None
    return tuple(name for name in names if name is not None)


_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "delete": "Del",
    "backspace": "Backspace",
}


def show_key(name: str) -> str:
    """One key for help and footer."""
    if name in _SHOWN:
        return _SHOWN[name]
    if name.startswith("ctrl+") and (len(name) == 6 or name[5:] in _SHOWN):
        return f"^{_SHOWN.get(name[5:]) or name[5:].upper()}"
    return name.upper() if name in NAMED else name


def show_keys(sequence: Sequence_) -> str:
    """`gg`, `g i` as `gi`, `^D`: names longer than one character stay apart."""
    shown = [show_key(name) for name in sequence]
    return ("" if all(len(word) == 1 for word in shown) else " ").join(shown)


class Bindings:
    """Sequences to actions of one scope chain; earlier maps win."""

    def __init__(self, *maps: Mapping[Sequence_, str]) -> None:
        self._actions: dict[Sequence_, str] = {}
        for mapping in reversed(maps):
            self._actions.update(mapping)
        self._actions = {keys: action for keys, action in self._actions.items() if action}
        self._prefixes = {keys[:length] for keys in self._actions for length in range(1, len(keys))}

    def get(self, sequence: Sequence_) -> str | None:
        return self._actions.get(sequence)

    def opens(self, sequence: Sequence_) -> bool:
        """Whether a longer sequence begins with this one."""
        return sequence in self._prefixes

    def continuations(self, prefix: Sequence_) -> list[tuple[Sequence_, str]]:
        """What can follow: (whole sequence, action)."""
        length = len(prefix)
        return [(k, action) for k, action in self._actions.items() if len(k) > length and k[:length] == prefix]

    def items(self) -> list[tuple[Sequence_, str]]:
        return list(self._actions.items())


@dataclass(frozen=True, slots=True)
class ChordState:
    """What has been typed of an unfinished command."""

    prefix: Sequence_ = ()
    digits: str = ""

    @property
    def idle(self) -> bool:
        return not self.prefix and not self.digits

    def shown(self) -> str:
        return self.digits + show_keys(self.prefix)


IDLE = ChordState()


class Fired(NamedTuple):
    """A complete command. `times` None: none was given."""

    action: str
    times: int | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """These keys mean nothing here."""

    keys: Sequence_ = field(default=())


def press(bindings: Bindings, state: ChordState, key: str) -> tuple[ChordState, Fired | Unknown | None]:
    """The next state and what happened: a command, keys that mean nothing, or (None) nothing yet."""
    if key == "escape" and not state.idle:
        return IDLE, None
    if _is_count(bindings, state, key):
        return ChordState((), (state.digits + key)[:MOST_DIGITS]), None
    sequence = (*state.prefix, key)
    action = bindings.get(sequence)
    if action is not None:
        return IDLE, Fired(action, int(state.digits) if state.digits else None)
    if bindings.opens(sequence):
        return ChordState(sequence, state.digits), None
    return IDLE, Unknown(sequence)


def _is_count(bindings: Bindings, state: ChordState, key: str) -> bool:
    if state.prefix or len(key) != 1 or key not in "0123456789":
        return False
    if state.digits:
        return True
    return key != "0" and bindings.get((key,)) is None and not bindings.opens((key,))
