"""Knows the mail on this computer: maildir (every message), index.sqlite (lists, Base, journal), full text (search).

Never speaks to a server, never paints; nobody but the Writer's thread writes through it.
"""
