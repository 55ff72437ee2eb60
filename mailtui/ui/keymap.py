"""Keys to actions: the registry's defaults, changed by the `[keys.SCOPE]` tables of config.toml. A mistake there is
told and skipped; it never stops the start."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from mailtui.mail.sanitize import safe_line
from mailtui.model.account import KEY_PRESETS, KeyPlace
from mailtui.ui.actions import ANY, COMPOSER, PANES, SCOPE_TITLES, SCOPES, Action, describe, in_scope, names
from mailtui.ui.presets import preset as preset_tables
from mailtui.view.keys import Bindings, Sequence_, parse_keys, show_keys

if TYPE_CHECKING:
    from textual.events import Key  # `mailtui config check` reads keys too, and has no screen

Tables = Iterable[tuple[str, Iterable[tuple[str, str]]]]


class Keymap:
    """Bindings by pane: the defaults, changed by a preset, changed by the person's tables. `problems`: what could not
    be used as it is, with the line of the file where `places` knows it."""

    def __init__(self, tables: Tables = (), preset: str = KEY_PRESETS[0], places: Iterable[KeyPlace] = ()) -> None:
        self.problems: list[str] = []
        self._places = {(place.scope, place.key): place for place in places}
        self._mine: dict[tuple[str, Sequence_], str] = {}
        """What the person bound, as it was written."""
        self._maps: dict[str, dict[Sequence_, str]] = {scope: _defaults(scope) for scope in SCOPES}
        for scope, table in preset_tables(preset).items():
            self._start_from(scope, table)
        for scope, pairs in tables:
            self._change(scope, pairs)
        self.bindings = {scope: Bindings(self._maps[scope], self._maps[ANY]) for scope in PANES}
        self.bindings[COMPOSER] = Bindings(self._maps[COMPOSER])  # letters are text there
        self._find_clashes()

    def keys_for(self, name: str, scope: str) -> list[Sequence_]:
        """Keys that do it in a pane; shortest first as the registry has them."""
        return [keys for keys, action in self.bindings[scope].items() if action == name]

    def shown(self, name: str, scope: str, most: int = 3) -> str:
        """`j ↓` for help, palette and footer."""
        order = {keys: place for place, keys in enumerate(_order(name, scope))}
        found = sorted(self.keys_for(name, scope), key=lambda keys: (order.get(keys, 99), len(keys)))
        return " ".join(show_keys(keys) for keys in found[:most])

    def why_not(self, keys: Sequence_, scope: str) -> str:
        """Why keys mean nothing in a pane: where they would, or how what was begun can go on. Safe text."""
        shown = safe_line(show_keys(keys))
        for other in PANES:
            name = self.bindings[other].get(keys) if other != scope else None
            action = describe(name, other) if name else None
            if action is not None:
                words = action.description[:1].lower() + action.description[1:].split(";")[0].split(":")[0]
                return f"{shown} does nothing here; in the {SCOPE_TITLES[other].lower()} it does: {words}"
        more = self.bindings[scope].continuations(keys[:-1]) if len(keys) > 1 else []
        if more:
            ways = " ".join(dict.fromkeys(show_keys(longer[len(keys) - 1 :]) for longer, _ in more))
            return f"{shown} does nothing; {show_keys(keys[:-1])} goes on with {ways}"
        return f"{shown} does nothing here; {self.shown('help', scope, 1)} lists the keys"

    def _start_from(self, scope: str, pairs: Iterable[tuple[str, str]]) -> None:
        """A preset's keys hide what begins with them, and what they begin with."""
        for text, action in pairs:
            keys = parse_keys(text)
            assert keys is not None, text
            for mapping in (self._maps[scope], self._maps[ANY]):
                for other in list(mapping):
                    if other != keys and (other[: len(keys)] == keys or keys[: len(other)] == other):
                        self._maps[scope][other] = ""
            self._maps[scope][keys] = action

    def _tell(self, scope: str, key: str, words: str) -> None:
        """With the line and a caret, if the file is known."""
        place = self._places.get((scope, key))
        drawn = f"{place.where}: {words}\n{place.line}\n{place.caret}" if place is not None else words
        self.problems.append(drawn)

    def _change(self, scope: str, pairs: Iterable[tuple[str, str]]) -> None:
        if scope not in SCOPES:
            self.problems.append(_unknown(f"[keys.{scope}]", scope, SCOPES, "scopes"))
            return
        known = {action.name for action in in_scope(scope)} | {action.name for action in in_scope(ANY)}
        for text, action in pairs:
            place = f'[keys.{scope}] "{safe_line(text)}"'
            keys = parse_keys(text)
            if keys is None:
                self._tell(scope, text, f"{place} is not a key; write it like j, G, ctrl+d, space or g i")
            elif action and action not in known:
                words = _unknown(f'{place} = "{safe_line(action)}"', action, known | names(), "actions")
                self._tell(scope, text, words if action not in names() else f"{place}: {action} is not for this scope")
            elif (scope, keys) in self._mine:
                before = safe_line(self._mine[scope, keys])
                self._tell(scope, text, f'{place} is the same key as "{before}" above, which counts')
            else:
                self._mine[scope, keys] = text
                self._maps[scope][keys] = action

    def _find_clashes(self) -> None:
        seen: set[Sequence_] = set()
        for scope, bindings in self.bindings.items():
            for keys, action in bindings.items():
                longer = bindings.continuations(keys)
                if not longer or keys in seen:
                    continue
                seen.add(keys)
                first, hidden = longer[0]
                more = f" and {len(longer) - 1} more" if len(longer) > 1 else ""
                words = (
                    f"{show_keys(keys)} ({action}) hides {show_keys(first)} ({hidden}){more} in [keys.{scope}]: "
                    "unbind one of them with an empty action"
                )
                written = next(((at, k) for at, k in self._mine if at in {scope, ANY} and k[: len(keys)] == keys), None)
                self._tell(written[0] if written else "", self._mine[written] if written else "", words)


def _defaults(scope: str) -> dict[Sequence_, str]:
    out: dict[Sequence_, str] = {}
    for action in in_scope(scope):
        for text in action.keys:
            keys = parse_keys(text)
            assert keys is not None, text
            out[keys] = action.name
    return out


def _order(name: str, scope: str) -> list[Sequence_]:
    actions: list[Action] = [action for action in (*in_scope(scope), *in_scope(ANY)) if action.name == name]
    return [keys for action in actions for text in action.keys if (keys := parse_keys(text)) is not None]


def _unknown(place: str, word: str, known: Iterable[str], kind: str) -> str:
    near = get_close_matches(word, sorted(known), 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"? inside of mailtui lists the {kind}"
    return f"{place}: unknown; {hint}"


def key_of(event: Key) -> str:
    """Textual's name of a key as the chord machine's."""
    character = event.character
    if character and character != " " and character.isprintable() and len(character) == 1:
        return character
    name = event.key
    return {"return": "enter", "backtab": "shift+tab"}.get(name, name)
