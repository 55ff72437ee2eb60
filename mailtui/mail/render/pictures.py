"""The pictures of a message: where each stands in the text, and what is drawn there once somebody asked for them.
Nothing is decoded or fetched here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

from mailtui.mail.filenames import extension
from mailtui.mail.render.lines import Line

TYPES = frozenset({"image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp", "image/bmp"})
ENDINGS = frozenset({"png", "jpg", "jpeg", "gif", "webp", "bmp"})
"""What is drawn: the rarer a decoder, the less it was attacked."""
MOST = 200
"""Places of one message that are remembered."""
_LONGEST_URL = 4_000
_DATA = re.compile(r"data:image/[a-z.+-]{1,20};base64,", re.IGNORECASE)
_PIXELS = re.compile(r"\s*(\d{1,5})(?:px)?\s*$")

Drawing: TypeAlias = Callable[[int, int], Sequence[Line]]
"""Lines of a picture: at most so many cells wide; and the width in pixels that the mail asks for, 0 if it does not
say."""


class PictureInfo(NamedTuple):
    """`source`: `cid:` and a Content-ID, `data:` with all of it, `https://...`, or `part:` and the number of an
    attachment. `width`: pixels that the mail asks for, 0 if it does not say."""

    source: str
    alt: str = ""
    width: int = 0

    @property
    def remote(self) -> bool:
        return self.source.startswith("https:")


@dataclass(slots=True)
class Pictures:
    """Those met on the way through a message, in reading order; `drawn`: by source."""

    drawn: Mapping[str, Drawing] = field(default_factory=dict)
    found: list[PictureInfo] = field(default_factory=list)

    def meet(self, source: str, alt: str, width: str) -> tuple[Drawing, int] | None:
        """An image of the HTML that can be seen; what is drawn in its place, if anything."""
        place = picture_source(source)
        if not place or len(self.found) >= MOST:
            return None
        pixels = _PIXELS.match(width)
        wide = int(pixels[1]) if pixels else 0
        self.found.append(PictureInfo(place, alt, wide))
        drawing = self.drawn.get(place)
        return (drawing, wide) if drawing is not None else None


def is_picture(type_: str, file_name: str) -> bool:
    """Whether a file of this MIME type and safe name may be drawn."""
    return type_.lower() in TYPES or extension(file_name) in ENDINGS


def picture_source(source: str) -> str:
    """The `src` of an image as PictureInfo names it; "" if it names nothing that may be shown. Only https is ever
    asked for, so an address with http is taken as that."""
    source = source.strip()
    low = source[:8].lower()
    if low.startswith("cid:"):
        return "cid:" + unquote(source[4:]).strip("<> ")
    if low.startswith("data:"):
        return source if _DATA.match(source) else ""
    if low.startswith("//"):
        source = "https:" + source
    elif low.startswith("http://"):
        source = "https://" + source[7:]
    elif not low.startswith("https://"):
        return ""
    return _web(source[:_LONGEST_URL])


def _web(url: str) -> str:
    """In ASCII, without a user or a fragment; "" where there is no host."""
    try:
        parts = urlsplit("https://" + url[8:].replace("\\", "/"))
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except ValueError:  # also UnicodeError: no such host can be
        return ""
    if not host:
        return ""
    where = f"[{host}]" if ":" in host else host
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return f"https://{where}{f':{port}' if port not in {None, 80, 443} else ''}" + "".join(
        letter if 32 < ord(letter) < 127 else "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "replace"))
        for letter in rest
    )
