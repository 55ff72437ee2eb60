"""Knows what each pane shows, as values: (state, Change | action | page loaded) -> state, damage, what to load next.

Never paints, never reads the store or a clock, never imports Textual.
"""
