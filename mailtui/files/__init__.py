"""Knows the disk and the programs outside of the store: where attachments are saved, what opens or takes them.

Never runs what came in a mail, never gives a program a shell line with text of a mail in it, never writes over a file.
"""
