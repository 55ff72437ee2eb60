"""Knows POP3 (RFC 1939): bytes and values (pure), the link that carries them, the worker that fetches one account's
maildrop and deletes there what its policy says.

The pure modules never open a socket; the link never decides what to fetch or delete.
"""
