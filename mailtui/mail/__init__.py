"""Knows what a mail says: headers, dates, addresses, text, parts, threads, and how to show all that safely.

Never does I/O, never reads a clock, never raises on anything that arrived from outside.
"""
