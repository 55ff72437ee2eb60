"""Knows how mail is written: answers to a message, what they quote, the bytes that go out, doubts before they do. Pure.

Never opens a file, never asks a clock: contents and times come in.
"""
