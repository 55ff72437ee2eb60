"""Knows the values every room speaks in: ids, mail, mailboxes, accounts, the three message families, ports, errors.

Never does I/O, never reads a clock, never imports another room.
"""
