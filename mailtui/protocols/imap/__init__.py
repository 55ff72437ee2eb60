"""Knows IMAP: bytes and values (pure), the link that carries them, the worker that keeps an account in step.

The pure modules never open a socket; the link never decides what to fetch.
"""
