"""Knows how lines of pieces get onto the screen. Never knows what they mean."""
