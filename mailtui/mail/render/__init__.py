"""Knows how a message looks in lines of cells: plain text, HTML, quotes, links, attachments.

Never paints, loads nothing from anywhere, and lets no text out that has not passed `mail/sanitize`.
"""
