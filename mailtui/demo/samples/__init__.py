"""Knows about 200 letters of an invented mailbox, dated relative to a given moment.

Never reads a clock and never rolls dice: the same moment gives the same bytes.
"""
