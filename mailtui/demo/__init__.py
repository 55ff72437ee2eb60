"""Knows an in-memory IMAP and SMTP server on the loopback interface, and the mail of one invented person.

Never touches a store, a screen or a real server; nothing it holds outlives its process.
"""
