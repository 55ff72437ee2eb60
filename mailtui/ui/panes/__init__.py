"""Knows one part of the screen each: paints it and says what was done in it. Never knows another pane."""
