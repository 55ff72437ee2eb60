"""Keys to actions: the registry's defaults, changed by the `[keys.SCOPE]` tables of config.toml. A mistake there is
told and skipped; it never stops the start."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from textual.events import Key

from mailtui.mail.sanitize import safe_line
from mailtui.ui.actions import ANY, COMPOSER, PANES, SCOPES, Action, in_scope, names
from mailtui.view.keys import Bindings, Sequence_, parse_keys, show_keys

Tables = Iterable[tuple[str, Iterable[tuple[str, str]]]]


class Keymap:
    """Bindings by pane. `problems`: sentences about tables that could not be used as they are."""

    def __init__(self, tables: Tables = ()) -> None:
        self.problems: list[str] = []
        self._maps: dict[str, dict[Sequence_, str]] = {scope: _defaults(scope) for scope in SCOPES}
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

    def _change(self, scope: str, pairs: Iterable[tuple[str, str]]) -> None:
        if scope not in SCOPES:
            self.problems.append(_unknown(f"[keys.{scope}]", scope, SCOPES, "scopes"))
            return
        known = {action.name for action in in_scope(scope)} | {action.name for action in in_scope(ANY)}
        for text, action in pairs:
            place = f'[keys.{scope}] "{safe_line(text)}"'
            keys = parse_keys(text)
            if keys is None:
                self.problems.append(f"{place} is not a key; write it like j, G, ctrl+d, space or g i")
            elif action and action not in known:
                self.problems.append(_unknown(f'{place} = "{safe_line(action)}"', action, known | names(), "actions"))
            else:
                self._maps[scope][keys] = action

    def _find_clashes(self) -> None:
        seen: set[tuple[Sequence_, Sequence_]] = set()
        for scope, bindings in self.bindings.items():
            for keys, action in bindings.items():
                for longer, hidden in bindings.continuations(keys):
                    if (keys, longer) not in seen:
                        seen.add((keys, longer))
                        self.problems.append(
                            f"{show_keys(keys)} ({action}) hides {show_keys(longer)} ({hidden}) in [keys.{scope}]: "
                            "unbind one of them with an empty action"
                        )


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
