"""Knows the search language: words to a query, a query to SQL, to IMAP SEARCH, or to a yes or no about one message.

Never opens a database or a connection, never reads a clock.
"""
