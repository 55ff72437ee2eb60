"""Knows how one maildrop is emptied or mirrored: list, compare with Base, fetch, delete what may be deleted.

Never writes the store (it posts Facts), never opens a socket itself (the link does), never paints.
"""
