"""Knows the words of the command line, what each command prints, and the exit codes.

Never imports Textual, never keeps state; each command is loaded when it is asked for.
"""
