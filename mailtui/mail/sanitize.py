"""The one choke point between text from outside and the terminal.

Two promises about everything that `safe_line` and `safe_text` return:

* no character in it can move the cursor, start an escape sequence or reorder its neighbours: no C0, C1, bidi or zero
  width controls, no line separators, no lone surrogates, no tag characters;
* its width is the plain sum of `cell_width` of its characters, and equals what Textual counts. Sequences for which
  terminals disagree (ZWJ emoji, variation selectors, skin tones, flags) are cut down to their first part.

What could hide a trick does not vanish but leaves a mark: a control picture for C0 (ESC shows as `␛`), `�` for C1,
bidi overrides, tags and broken characters. Joiners and plain direction marks, which are common in honest mail, are
left out without a mark.
"""

from __future__ import annotations

import re
import unicodedata

MARK = "\ufffd"
_TABLE_LIMIT = 20_000
_MARKS_KEPT = 3
"""Combining characters kept on one base (zalgo text climbs over other rows)."""

_BLANK_LETTERS = frozenset((0x115F, 0x1160, 0x3164, 0xFFA0))
"""Hangul fillers: letters that look like nothing."""

_BIDI_OVERRIDES = frozenset((0x202D, 0x202E))

# Emoji younger than the Unicode tables of the oldest Python we run on; all of them two cells wide.
_YOUNG_EMOJI = (
    (0x1F6D8, 0x1F6D8),
    (0x1F6DC, 0x1F6DC),
    (0x1FA75, 0x1FA77),
    (0x1FA87, 0x1FA8A),
    (0x1FA8E, 0x1FA8F),
    (0x1FAAD, 0x1FAAF),
    (0x1FABB, 0x1FABF),
    (0x1FAC6, 0x1FAC6),
    (0x1FAC8, 0x1FAC8),
    (0x1FACD, 0x1FACF),
    (0x1FADA, 0x1FADC),
    (0x1FADF, 0x1FADF),
    (0x1FAE8, 0x1FAEA),
    (0x1FAEF, 0x1FAEF),
    (0x1FAF7, 0x1FAF8),
)

# Symbols that became wide in Unicode 16 (hexagrams, trigrams, monograms, counting rods).
_YOUNG_WIDE = (
    (0x2630, 0x2637),
    (0x268A, 0x268F),
    (0x4DC0, 0x4DFF),
    (0x1D300, 0x1D356),
    (0x1D360, 0x1D376),
)


def _within(cp: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= cp <= last for first, last in ranges)


def _format_character(cp: int) -> str:
    """Category Cf: joiners and marks go, overrides, tags and the rest leave a mark."""
    if cp in _BIDI_OVERRIDES or 0xE0000 <= cp <= 0xE007F:
        return MARK
    if cp in {0xAD, 0x061C, 0xFEFF, 0x180E} or 0x200B <= cp <= 0x206F:
        return ""
    return MARK


def _safe_character(cp: int) -> str:
    """What one character (neither \\n nor \\t) becomes."""
    if cp < 0x20:
        return chr(0x2400 + cp)
    if cp == 0x7F:
        return "\u2421"
    if cp < 0x7F:
        return chr(cp)
    if 0x1F1E6 <= cp <= 0x1F1FF:
        return chr(cp - 0x1F1E6 + ord("A"))
    if cp in _BLANK_LETTERS:
        return " "
    if _drawn_over(cp):
        return ""
    return _by_category(cp)


def _drawn_over(cp: int) -> bool:
    """Variation selectors, keycaps, skin tones, grapheme joiner: they only change the character before them."""
    return (
        0xFE00 <= cp <= 0xFE0F
        or 0xE0100 <= cp <= 0xE01EF
        or 0x180B <= cp <= 0x180F
        or 0x1F3FB <= cp <= 0x1F3FF
        or cp in {0x20E3, 0x034F}
    )


def _by_category(cp: int) -> str:
    category = unicodedata.category(chr(cp))
    if category == "Cf":
        return _format_character(cp)
    if category in {"Cc", "Cs"}:
        return MARK
    if category in {"Zl", "Zp"} or (category == "Zs" and cp != 0x3000):
        return " "
    if category == "Cn":
        young = _within(cp, _YOUNG_EMOJI) or (0x20000 <= cp <= 0x3FFFD and cp & 0xFFFE != 0xFFFE)
        return chr(cp) if young else MARK
    return chr(cp)


class _Safe(dict[int, str]):
    """Translation table that fills itself; forgets everything before hostile text can make it big."""

    def __missing__(self, cp: int) -> str:
        if len(self) > _TABLE_LIMIT:
            self.clear()
        safe = self[cp] = _safe_character(cp)
        return safe


def _width_of(cp: int) -> int:
    if cp < 0x300:
        return 1
    char = chr(cp)
    category = unicodedata.category(char)
    if category[0] == "M" or 0xD7B0 <= cp <= 0xD7FF or 0x1160 <= cp <= 0x11FF:
        return 0
    if category == "Cn":
        return 2 if _within(cp, _YOUNG_EMOJI) or cp >= 0x20000 else 1
    if unicodedata.east_asian_width(char) in "WF" or _within(cp, _YOUNG_WIDE):
        return 2
    return 1


class _Widths(dict[str, int]):
    def __missing__(self, char: str) -> int:
        if len(self) > _TABLE_LIMIT:
            self.clear()
        width = self[char] = _width_of(ord(char))
        return width


_LINE = _Safe({0x09: " ", 0x0A: " ", 0x0D: "\u240d", 0x85: MARK, 0x2028: " ", 0x2029: " "})
_TEXT = _Safe({0x09: "\t", 0x0A: "\n", 0x0D: "\n", 0x2028: "\n", 0x2029: "\n"})
_WIDTHS = _Widths()

_EMOJI = "\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_JOINED = re.compile(
    f"(?<=[{_EMOJI}\u2640\u2642\ufe0f\U0001f3fb-\U0001f3ff])\u200d+[{_EMOJI}\u2640\u2642][\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_FLAG_TAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")
_TAGS = re.compile("[\U000e0000-\U000e007f]{2,}")
_ZALGO = re.compile(
    f"([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{{{_MARKS_KEPT}}})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_HANGUL = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def _fold_sequences(text: str) -> str:
    """Cut many-character signs down to their first character, while their joints can still be seen."""
    if "\u200d" in text:
        text = _JOINED.sub("", text)
    if max(text) >= "\U000e0000":
        text = _TAGS.sub(MARK, _FLAG_TAGS.sub("\U0001f3f4", text))
    return text


def _compose(text: str) -> str:
    """Join Hangul letters into syllables (nothing stands between them any more) and cut piled-up accents."""
    if _HANGUL.search(text):
        text = unicodedata.normalize("NFC", text)
    return _ZALGO.sub(r"\1", text)


def _anchor(line: str) -> str:
    """A combining character at the start of a row would land on whatever is left of the row: give it a base."""
    if line and line[0] >= "\u0300" and _WIDTHS[line[0]] == 0:
        return "\u25cc" + line
    return line


def safe_line(text: str) -> str:
    """Text for one row of the screen: never a line break, no control of any kind, width-safe. Idempotent."""
    if text.isprintable() and (text.isascii() or max(text) < "\u0300"):
        return text
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    if not text.isascii():
        text = _fold_sequences(text)
    return _anchor(_compose(text.translate(_LINE)))


def safe_text(text: str, tab: int = 8) -> str:
    """Like `safe_line` for text of many lines: keeps \\n, turns \\r\\n, \\r and the Unicode separators into it and
    fills tabs with spaces up to every `tab` cells."""
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    if text.isascii():
        if _CONTROLS.search(text):
            text = text.translate(_TEXT)
        return _expand(text, tab) if "\t" in text else text
    text = _compose(_fold_sequences(text).translate(_TEXT))
    if "\t" in text:
        text = _expand(text, tab)
    if not any(_WIDTHS[char] == 0 for char in set(text) if char >= "\u0300"):
        return text
    return "\n".join([_anchor(line) for line in text.split("\n")])


def _expand(text: str, tab: int) -> str:
    if text.isascii():
        return text.expandtabs(tab)
    return "\n".join([_expand_line(line, tab) if "\t" in line else line for line in text.split("\n")])


def _expand_line(line: str, tab: int) -> str:
    out: list[str] = []
    column = 0
    *cells, last = line.split("\t")
    for cell in cells:
        column += cell_width(cell)
        fill = tab - column % tab
        out.append(cell + " " * fill)
        column += fill
    return "".join(out) + last


def cell_width(text: str) -> int:
    """Cells that safe text takes on the screen; the sum over its characters."""
    if text.isascii() or max(text) < "\u0300":
        return len(text)
    widths = _WIDTHS
    return sum([widths[char] for char in text])


def cut(text: str, cells: int) -> int:
    """How many characters from the start of safe text fit into `cells` (a base keeps its combining marks)."""
    if text.isascii() or max(text) < "\u0300":
        return min(len(text), max(cells, 0))
    room = cells
    for index, char in enumerate(text):
        room -= _WIDTHS[char]
        if room < 0:
            return index
    return len(text)


def clip(text: str, cells: int, ellipsis: str = "…") -> str:
    """Safe text cut to at most `cells`, with an ellipsis where something is missing. Never half of a wide character."""
    if cells <= 0:
        return ""
    if len(text) * 2 <= cells or cell_width(text) <= cells:
        return text
    room = cells - cell_width(ellipsis)
    if room < 0:
        return text[: cut(text, cells)]
    return text[: cut(text, room)] + ellipsis


def pad(text: str, cells: int) -> str:
    """Safe text clipped or filled with spaces to exactly `cells`."""
    text = clip(text, cells)
    return text + " " * (max(cells, 0) - cell_width(text))
