"""File names that a mail claims, made into names that may be written to a disk, and what to be warned of. No I/O."""

# ruff: noqa: SIM905 - pools of words read better as one string

from __future__ import annotations

import re
import unicodedata

from mailtui.mail.sanitize import safe_line

MAX_BYTES = 200
"""UTF-8 bytes of a name: file systems allow 255, a number and an ending may follow."""
EXTENSIONS = {
    "application/gzip": "gz",
    "application/json": "json",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/webp": "webp",
    "message/delivery-status": "txt",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/vcard": "vcf",
    "text/x-patch": "patch",
    "text/x-vcard": "vcf",
    "video/mp4": "mp4",
}
_RUNS = frozenset(
    "ade adp apk app appimage application bash bat bin chm class cmd com command cpl csh deb desktop dll dmg docm dotm"
    " elf exe fish gadget hta inf ins iso img iqy isp jar js jse jnlp ksh library-ms lnk mde msc msh msi msp mst"
    " one pif pl ppam potm pptm ps1 ps1xml psc1 py pyc pyw rb reg rgs rpm run scf scr sct search-ms settingcontent-ms"
    " sh shb shs so svgz sys theme u3p url vb vbe vbs vbscript vhd vhdx website workbook ws wsf wsh xlam xll xlsm xltm"
    " xpi zsh".split()
)
_SCRIPTED = frozenset("htm html mht mhtml shtml svg xht xhtml xml xsl xslt".split())
_RUN_TYPES = re.compile(
    r"(?:application|text)/(?:x-)?(?:ms-?dos-?program|msdownload|dosexec|executable|sh|shellscript|csh|perl|python|"
    r"java-archive|javascript|ecmascript|desktop|msi|bat|elf|vnd\.microsoft\.portable-executable|hta)$"
)
_DEVICES = re.compile(r"(?:con|prn|aux|nul|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\u2400-\u2424\ufffd]+')
_PARTS = re.compile(r"[/\\\u2044\u2215\u29f8\uff0f\uff3c]")
"""Slashes of every script: some programs fold them into the real one."""
_COMPOUND = ("tar.gz", "tar.bz2", "tar.xz", "tar.zst")
_DOCUMENTS = frozenset("csv doc docx gif jpeg jpg json mp3 mp4 odt pdf png ppt pptx rtf txt webp xls xlsx zip".split())


def extension(name: str) -> str:
    """`pdf` of `a.PDF`; "" if there is none."""
    stem, dot, end = name.rpartition(".")
    return end.lower() if dot and stem and " " not in end else ""


def _shorten(name: str) -> str:
    """At most MAX_BYTES, the ending stays."""
    if len(name.encode("utf-8", "replace")) <= MAX_BYTES:
        return name
    end = extension(name)
    tail = f".{end}" if end and len(end) <= 16 else ""
    stem = name[: len(name) - len(tail)].encode("utf-8", "replace")[: MAX_BYTES - len(tail.encode())]
    return stem.decode("utf-8", "ignore").rstrip(". ") + tail


def safe_file_name(claimed: str, kind: str, number: int) -> str:
    """A name for a file inside of a chosen folder, from the decoded name that a part claims, its MIME type and its
    number: no folder in it, not hidden, no option (`-x`), no device, no control or direction character, at most
    MAX_BYTES. Never empty, never `.` or `..`."""
    name = _PARTS.split(claimed)[-1] if _PARTS.search(claimed) else claimed
    name = unicodedata.normalize("NFC", safe_line(name))
    name = _FORBIDDEN.sub("_", name)
    name = " ".join(name.split()).strip(" .")
    while name[:1] in {"-", "~", ".", " ", "\u25cc"} and name:
        name = name[1:]
    name = _shorten(name).rstrip(" .")
    if not name.strip("_ .") or name.strip() in {".", ".."}:
        return f"part-{number}.{EXTENSIONS.get(kind, 'bin')}"
    if _DEVICES.match(name):
        name = f"_{name}"
    return name


def numbered(name: str, count: int) -> str:
    """`name (2).pdf` for the second file of this name."""
    if count < 2:
        return name
    lower = name.lower()
    end = next((one for one in _COMPOUND if lower.endswith(f".{one}")), extension(name))
    if not end or len(end) > 16:
        return f"{name} ({count})"
    return f"{name[: -len(end) - 1]} ({count}){name[-len(end) - 1 :]}"


def dangers(claimed: str, kind: str, number: int = 1) -> tuple[str, ...]:
    """Sentences that say why a file had better not be opened; none for a document or a picture. Safe texts."""
    name = safe_file_name(claimed, kind, number)
    end = extension(name)
    found = []
    if end in _RUNS or _RUN_TYPES.match(kind):
        found.append(f"it is a program or a script ({f'.{end}' if end in _RUNS else safe_line(kind)[:60]})")
    elif end in _SCRIPTED or kind in {"text/html", "image/svg+xml", "application/xhtml+xml"}:
        found.append("it can hold scripts and load things from the network")
    before = extension(name[: -len(end) - 1]) if end else ""
    if before in _DOCUMENTS and end in _RUNS:
        found.append(f"its name only looks like a .{before}")
    if any(char in claimed for char in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f\u061c"):
        found.append("its name holds characters that turn the direction of writing")
    expected = EXTENSIONS.get(kind)
    if expected and end and end in _RUNS and kind.split("/")[0] in {"image", "audio", "video", "text"}:
        found.append(f"it calls itself {safe_line(kind)[:60]}")
    return tuple(dict.fromkeys(found))
