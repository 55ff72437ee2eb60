"""Knows how two sides become one: fold, diff, plan, compile, adopt, roles, backoff; all pure.

Never does I/O, never reads a clock, never speaks a protocol.
"""
