"""Knows who runs: the Writer (the only writer), the supervisor (the only task spawner), the face that cli and boot use.

Never parses mail, never speaks a protocol, never paints.
"""
