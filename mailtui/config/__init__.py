"""Knows config.toml: its keys, its place, its mistakes (line, caret, nearest key), and where passwords come from.

Never opens the store, never talks to a server, never shows a secret.
"""
