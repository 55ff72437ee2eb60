"""The child of `pictures`: a picture comes by stdin, a small one goes to stdout. Nothing else of mailtui runs here."""

from __future__ import annotations

import io
import sys

from mailtui.files.pictures import HEAD, MEMORY, MOST_PIXELS, NO_PICTURE, NO_PILLOW, SECONDS, TOO_BIG

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
"""Only those of `mail.render.pictures.TYPES`."""


def main() -> None:
    """Ends the process; its status says what went wrong."""
    _bounded()
    try:
        from PIL import Image
    except ImportError:
        sys.exit(NO_PILLOW)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    data = sys.stdin.buffer.read()
    try:
        found = _shrunk(data, int(sys.argv[1]), int(sys.argv[2]))
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        sys.exit(TOO_BIG)
    except Exception:
        sys.exit(NO_PICTURE)
    sys.stdout.buffer.write(found)


def _shrunk(data: bytes, width: int, height: int) -> bytes:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        form, was, moves = image.format or "", image.size, getattr(image, "is_animated", False)
        if was[0] * was[1] > MOST_PIXELS:
            raise MemoryError
        image.draft("RGB", (width * 2, height * 2))
        upright = ImageOps.exif_transpose(image)
        shown = upright.convert("RGBA")
        shown.thumbnail((width, height))
        ground = Image.new("RGBA", shown.size, "white")
        ground.alpha_composite(shown)
        flat = ground.convert("RGB")
    return HEAD.pack(form.encode("ascii", "replace")[:8], *flat.size, *was, moves) + flat.tobytes()


def _bounded() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
