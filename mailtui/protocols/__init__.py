"""Knows the wire: TLS, logins, and one room per protocol with its link and worker.

Never writes the store, never paints; only links open sockets.
"""
