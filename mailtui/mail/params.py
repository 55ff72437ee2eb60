"""Content-Type and Content-Disposition values with their parameters (RFC 2045, RFC 2183, RFC 2231)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailtui.mail.charsets import decode_bytes, decode_header
from mailtui.mail.words import decode_words

_PARAMETER = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^;]*+))', re.DOTALL)
_FORGOTTEN = re.compile(r"([\w.+-]+/[\w.+-]+)\s+[\w*-]+=")
_ESCAPED = re.compile(r'\\(["\\])')
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_JUNK = re.compile(r"[\x00\r\n]+")
_MAX_PARAMETERS = 300
MAX_NAME = 1000
"""Characters kept of a file name; longer ones are cut, their ending stays."""


def _unpercent(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return _PERCENT.sub(lambda match: bytes((int(match[1], 16),)), raw)


def _pieces(value: str) -> tuple[dict[str, str], dict[str, dict[int, tuple[bool, str]]]]:
    """Plain parameters, and the numbered or starred ones of RFC 2231: name -> number -> (percent-coded, text)."""
    plain: dict[str, str] = {}
    split: dict[str, dict[int, tuple[bool, str]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(value)):
        if count >= _MAX_PARAMETERS:
            break
        name = match[1].lower()
        text = match[2] if match[2] is not None else match[3].strip()
        if match[2] is not None and "\\" in text:
            text = _ESCAPED.sub(r"\1", text)
        base, star, rest = name.partition("*")
        if not star:
            plain.setdefault(name, text)
            continue
        number = rest.rstrip("*")
        if number == "" or (number.isascii() and number.isdigit() and len(number) < 6):
            split.setdefault(base, {}).setdefault(int(number or 0), (rest == "" or rest.endswith("*"), text))
    return plain, split


def _joined(pieces: Mapping[int, tuple[bool, str]]) -> str:
    """RFC 2231 continuations in order; the first coded piece carries `charset'language'`."""
    charset = ""
    data = bytearray()
    for place, number in enumerate(sorted(pieces)):
        coded, text = pieces[number]
        if coded and place == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += _unpercent(text) if coded else text.encode("utf-8", "surrogateescape")
    return decode_bytes(bytes(data), charset)


def parse_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """(value before the first semicolon in lower case, parameters by lower-case name). Coded and continued
    parameters are decoded and win over plain ones; NUL, CR and LF are taken out. Never raises."""
    text = decode_header(value)
    main, semicolon, _ = text.partition(";")
    main = main.strip()
    loose = _FORGOTTEN.match(main)
    if loose:  # `multipart/mixed boundary=x`: the semicolon was forgotten
        text = f"{loose[1]};{text.lstrip()[loose.end(1) :]}"
        main, semicolon = loose[1], ";"
        _ = text.partition(";")[2]
    main = main.lower()
    if not semicolon:
        return main, {}
    plain, split = _pieces(text[len(text) - len(_) - 1 :])
    for name, pieces in split.items():
        plain[name] = _joined(pieces)
    return main, {name: _JUNK.sub("", item) for name, item in plain.items()}


def file_name(disposition: Mapping[str, str], content_type: Mapping[str, str]) -> str:
    """The file name that a part claims, decoded (also RFC 2047 words, which do not belong there but come), NOT yet
    safe to use as a path or to show. Empty if it claims none."""
    name = disposition.get("filename") or content_type.get("name") or disposition.get("name") or ""
    if "=?" in name:
        name = decode_words(name)
    name = name.strip()
    if len(name) > MAX_NAME:
        name = name[: MAX_NAME - 20] + name[-20:]
    return name
