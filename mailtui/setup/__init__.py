"""Knows how a first account comes about: where the servers of an address are, whether they take its login, how
config.toml is written.

Never opens the store, never shows anything, never overwrites a file.
"""
