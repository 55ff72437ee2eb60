"""Knows the colours: palettes by name, and the Textual themes made from them.

Never decides what a colour is used for.
"""
