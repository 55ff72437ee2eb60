"""Knows how to show the inside of an attachment as lines of safe text. Never does I/O, never runs or loads anything."""
