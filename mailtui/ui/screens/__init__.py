"""Knows the whole-terminal views and wires their panes to each other. Never touches a pane's inside."""
