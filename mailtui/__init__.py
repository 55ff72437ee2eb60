"""mailtui: a terminal mail client. Knows its version; never imports a room (imports here would load at every start)."""

__version__ = "0.1.0"
