"""Scripts without blanks between words (Han, Hiragana, Katakana, Hangul), made findable for a tokenizer that only knows
blanks: runs are cut into overlapping pairs of characters, with the last character of a run by itself.

Index and query cut the same way. Every character of a run starts a term, so a single character is found by prefix.
Pairs can meet by chance (`日本` and `本語` apart), so longer runs are checked on the text afterwards."""

from __future__ import annotations

import re
import unicodedata

_TABLE_LIMIT = 20_000


class _Tokens(dict[int, str]):
    """What the tokenizer may see: letters and digits as they are, combining accents gone, all else a blank.

    SQLite's unicode61 knows an old Unicode, in which young emoji and marks count as letters: cutting them out here,
    on both sides, makes `Sale🔥` findable by `sale` and keeps every query term one token."""

    def __missing__(self, cp: int) -> str:
        if len(self) > _TABLE_LIMIT:
            self.clear()
        char = chr(cp)
        category = unicodedata.category(char)
        if 0x300 <= cp <= 0x36F:
            kept = ""
        elif cp < 0x80:
            kept = char if char.isalnum() else " "
        elif 0x19B0 <= cp <= 0x19C9 or 0x1CF2 <= cp <= 0x1CF3:
            kept = " "
        else:
            kept = char if category[0] in "LN" or category == "Co" else " "
        self[cp] = kept
        return kept


_TOKENS = _Tokens()
_RUN = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c"
    "\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U0001b000-\U0001b16f\U00020000-\U0003ffff]+"
)


_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_WIDE = re.compile("[\u1100-\U0003ffff]")


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _cut(match: re.Match[str]) -> str:
    run = match[0]
    return f" {' '.join([*_pairs(run), run[-1]])} "


def index_text(text: str) -> str:
    """The text as it goes into the index: CJK runs cut into pairs and their last character, signs that are neither
    letter nor digit as blanks. ASCII text stays as it is."""
    if text.isascii():
        return text
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    # Only what is not ASCII is looked at character by character: most text is mostly ASCII.
    return _FOREIGN.sub(_foreign, text)


def _foreign(match: re.Match[str]) -> str:
    run = match[0].translate(_TOKENS)
    return _RUN.sub(_cut, run) if _WIDE.search(run) else run


def _plain(text: str) -> str:
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.translate(_TOKENS)


def words(text: str) -> list[str]:
    """The words of a text as the tokenizer sees them, not folded; CJK runs uncut."""
    return _plain(text).split()


def fold(text: str) -> str:
    """Lower case without accents, as the tokenizer compares."""
    text = text.lower()
    if text.isascii():
        return text
    return "".join([char for char in unicodedata.normalize("NFD", text) if not "\u0300" <= char <= "\u036f"])


def sequence(text: str) -> str:
    """Folded words with single blanks around, every CJK character a word: for finding phrases by `in`."""
    joined = " ".join(words(fold(text)))
    if not joined.isascii():
        joined = _RUN.sub(lambda match: f" {' '.join(match[0])} ", unicodedata.normalize("NFC", joined))
    return f" {' '.join(joined.split())} "


def has_cjk(text: str) -> bool:
    return not text.isascii() and _RUN.search(text) is not None


def match_terms(word: str) -> tuple[tuple[str, bool], ...]:
    """Terms that a written word means in the index: (term, whether it is a prefix), all of them must match. Each term
    is one token: letters and digits only. Empty for a word without any."""
    return tuple(term for part in words(word) for term in _part_terms(part))


def _part_terms(word: str) -> list[tuple[str, bool]]:
    terms: list[tuple[str, bool]] = []
    position = 0
    for match in _RUN.finditer(word):
        if match.start() > position:
            terms.append((word[position : match.start()], False))
        run = match[0]
        terms.extend((pair, False) for pair in _pairs(run)) if len(run) > 1 else terms.append((run, True))
        position = match.end()
    if position < len(word):
        terms.append((word[position:], False))
    return terms
