"""Pictures made small enough for a terminal, by a child process: what decodes them (Pillow, the extra `images`) is big,
old C code, and a picture of a mail may have been made to break it. The child has bounds on memory, time and output."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from mailtui.model.errors import FileError

SECONDS = 8.0
MEMORY = 768 << 20
"""Bytes of address space that the child may take."""
MOST = 40_000_000
"""Bytes of a file that is tried."""
MOST_PIXELS = 100_000_000
HEAD = struct.Struct("<8sIIIIB")
"""Form, width, height, the width and height it had, and whether it moves; the RGB bytes follow."""
NO_PILLOW, NO_PICTURE, TOO_BIG = 3, 4, 5
_WORDS = {
    NO_PILLOW: ("pictures are shown with the extra `images`", "pip install 'mailtui[images]'; or open it"),
    NO_PICTURE: ("this can't be read as a picture", "it is damaged, or of another kind; open it with another program"),
    TOO_BIG: ("the picture is too big to be shown here", "open it with another program"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """`pixels`: RGB, row by row; `was`: width and height in the file."""

    form: str
    width: int
    height: int
    was: tuple[int, int]
    moves: bool
    pixels: bytes


def shrink(data: bytes, width: int, height: int, program: Sequence[str] = ()) -> Picture:
    """At most `width` x `height` pixels, upright, in its proportions, on white where it is transparent. Blocking.
    Raises FileError: no decoder, no picture, too big, too slow."""
    if len(data) > MOST:
        raise FileError(*_WORDS[TOO_BIG])
    try:
        done = subprocess.run(  # noqa: S603 - this Python; the picture comes by stdin
            [*(program or (sys.executable, "-I", "-c", _CHILD)), str(width), str(height), *sys.path],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileError("the picture took too long to be read", "open it with another program") from None
    except OSError as error:
        raise FileError(f"no second process for the picture: {error.strerror}") from None
    if done.returncode or len(done.stdout) < HEAD.size:
        raise FileError(*_WORDS.get(done.returncode, _WORDS[NO_PICTURE]))
    form, wide, high, was_wide, was_high, moves = HEAD.unpack_from(done.stdout)
    pixels = done.stdout[HEAD.size :]
    if not 0 < wide <= width or not 0 < high <= height or len(pixels) != wide * high * 3:
        raise FileError(*_WORDS[NO_PICTURE])
    name = form.rstrip(b"\0").decode("ascii", "replace")
    return Picture(name if name.isalnum() else "picture", wide, high, (was_wide, was_high), bool(moves), pixels)


_CHILD = "import sys; sys.path[:] = sys.argv[3:]; from mailtui.files.picture_child import main; main()"
