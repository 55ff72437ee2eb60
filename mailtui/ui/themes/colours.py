"""What a terminal can show of our colours: none at all (NO_COLOR), or only sixteen."""

from __future__ import annotations

import os
from collections.abc import Sequence

from textual.app import App, ReturnType
from textual.filter import LineFilter, NoColor


class ColourApp(App[ReturnType]):
    """An application that knows it."""

    @property
    def few_colours(self) -> bool:
        """Whether the terminal says that it has only its own sixteen: a palette of finer ones loses its grounds there,
        and with them what stands above what. Without a word about it we do not know."""
        return bool(os.environ.get("TERM")) and self.console.color_system == "standard"

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual chooses how to leave colours out before it knows our theme, and turns text into black on black."""
        return (_NO_COLOUR,) if self.no_color else super().get_line_filters()


_NO_COLOUR = NoColor()
