"""Keys that hands know from other programs, as changes of mailtui's own: scope, key, action. What a preset does not
name stays as it is; a key that it takes hides what began with it."""

from __future__ import annotations

from mailtui.ui.actions import ANY, FOLDERS, LIST, READER, names

_Table = tuple[tuple[str, str], ...]

_GMAIL_MAIL: _Table = (
    ("u", "back"),
    ("z", "undo"),
    ("e", "archive"),
    ("#", "delete"),
    ("a", "reply_all"),
    ("r", "reply"),
    ("f", "forward"),
    ("l", "label"),
    ("v", "move"),
    ("I", "toggle_read"),
    ("U", "toggle_read"),
    ("k", "previous"),
    ("j", "next"),
)
_MUTT_MAIL: _Table = (
    ("r", "reply"),
    ("g", "reply_all"),
    ("L", "reply_list"),
    ("f", "forward"),
    ("b", "resend"),
    ("m", "compose"),
    ("s", "move"),
    ("C", "copy"),
    ("Y", "label"),
    ("F", "toggle_star"),
    ("N", "toggle_read"),
    ("c", "go_folder"),
    ("$", "sync_folder"),
    ("h", "toggle_headers"),
    ("=", "first"),
)
_AERC_MAIL: _Table = (
    ("r r", "reply_all"),
    ("R r", "reply"),
    ("f", "forward"),
    ("C m", "compose"),
    ("c", "go_folder"),
    ("H", "toggle_headers"),
    ("g", "first"),
    ("A", "archive"),
)

_PRESETS: dict[str, dict[str, _Table]] = {
    "mailtui": {},
    "gmail": {
        ANY: (("c", "compose"), ("/", "search"), ("g l", "go_folder")),
        LIST: (*_GMAIL_MAIL, ("x", "mark"), ("V", "mark_range"), (";", "toggle_fold")),
        READER: (*_GMAIL_MAIL, ("A", "attachments"), ("L", "links"), ("n", "next_message"), ("p", "previous_message")),
        FOLDERS: (("z", "undo"), ("u", "back")),
    },
    "mutt": {
        LIST: (
            *_MUTT_MAIL,
            ("]", "half_page_down"),
            ("[", "half_page_up"),
            ("tab", "next_unread"),
            ("t", "mark"),
            ("T", "mark_matching"),
            ("z t", "toggle_threads"),
            ("o", "sort"),
            ("l", "search"),
            ("x", "quit"),
        ),
        READER: (*_MUTT_MAIL, ("i", "back"), ("J", "next_message"), ("K", "previous_message"), ("tab", "next_unread")),
        FOLDERS: (("c", "go_folder"), ("$", "sync_folder")),
    },
    "aerc": {
        LIST: (*_AERC_MAIL, ("v", "mark"), ("V", "mark_range")),
        READER: (*_AERC_MAIL, ("J", "next_message"), ("K", "previous_message"), ("ctrl+l", "links")),
        FOLDERS: (("g", "first"),),
    },
}


def preset(name: str) -> dict[str, _Table]:
    """The tables of a preset, by scope, of actions that there are. Raises KeyError."""
    known = names()
    return {
        scope: tuple((key, action) for key, action in table if action in known)
        for scope, table in _PRESETS[name].items()
    }
