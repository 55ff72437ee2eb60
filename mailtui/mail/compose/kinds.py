"""What kind of content a file holds: by its name, else by its first bytes. No system tables: the same everywhere."""

from __future__ import annotations

from mailtui.mail.filenames import EXTENSIONS

SAMPLE = 4096
"""First bytes that are looked at."""
_BY_ENDING = {ending: kind for kind, ending in reversed(EXTENSIONS.items())} | {
    "7z": "application/x-7z-compressed",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "bz2": "application/x-bzip2",
    "c": "text/x-c",
    "conf": "text/plain",
    "css": "text/css",
    "diff": "text/x-diff",
    "eml": "message/rfc822",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gpx": "application/gpx+xml",
    "heic": "image/heic",
    "htm": "text/html",
    "ini": "text/plain",
    "jpeg": "image/jpeg",
    "js": "text/javascript",
    "key": "application/vnd.apple.keynote",
    "log": "text/plain",
    "m4a": "audio/mp4",
    "md": "text/markdown",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "patch": "text/x-patch",
    "ppt": "application/vnd.ms-powerpoint",
    "ps": "application/postscript",
    "py": "text/x-python",
    "rst": "text/x-rst",
    "sh": "text/x-sh",
    "sql": "application/sql",
    "tar": "application/x-tar",
    "tex": "text/x-tex",
    "tgz": "application/gzip",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "toml": "application/toml",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "wav": "audio/wav",
    "webm": "video/webm",
    "xml": "application/xml",
    "xz": "application/x-xz",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zst": "application/zstd",
}
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"-----BEGIN PGP PUBLIC KEY", "application/pgp-keys"),
    (b"BEGIN:VCARD", "text/vcard"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
)


def content_type(name: str, head: bytes = b"") -> str:
    """MIME type of a file called `name` that begins with `head` (SAMPLE bytes are enough)."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in _BY_ENDING:
        return _BY_ENDING[ending]
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    return "text/plain" if head and is_text(head[:SAMPLE]) else "application/octet-stream"


def is_text(data: bytes, whole: bool = False) -> bool:
    """Whether the bytes are UTF-8 text. A sample that is not the whole may end within a character."""
    if b"\x00" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return not whole and error.start >= len(data) - 3 and error.reason == "unexpected end of data"
    return True
