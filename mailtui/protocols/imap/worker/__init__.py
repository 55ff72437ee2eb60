"""Knows how one IMAP account is kept in step: read, plan, fetch, tell; and how pending Intents are pushed.

Never writes the store (it posts Facts), never opens a socket itself (the link does), never paints.
"""
