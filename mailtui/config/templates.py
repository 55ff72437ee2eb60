"""Reads `[templates.NAME]`: texts to begin a message with, written here or in a file of their own."""

from __future__ import annotations

from mailtui.config.check import Checker
from mailtui.config.locate import Path
from mailtui.config.schema import TEMPLATE
from mailtui.mail.addresses import parse_addresses
from mailtui.model.account import Template

LARGEST = 1 << 20
"""Bytes of a text."""


def read_templates(checker: Checker, folder: str) -> tuple[Template, ...]:
    """All of them; the checker has the mistakes."""
    found = [_template(checker, name, folder) for name in checker.tables(("templates",), "[templates.NAME]")]
    return tuple(one for one in found if one is not None)


def _template(checker: Checker, name: str, folder: str) -> Template | None:
    path: Path = ("templates", name)
    found = checker.section(path, TEMPLATE)
    if not name.strip() or not name.isprintable():
        checker.mistake("a template needs a name of printable characters", path)
        return None
    if checker.has((*path, "text")) == checker.has((*path, "file")):
        checker.mistake(f"the template '{name}' needs a text or a file, one of them", path)
        return None
    for key in ("to", "cc", "bcc"):
        people = parse_addresses((found[key] or "").encode())
        if any("@" not in one.addr for one in people):
            checker.wrong_value(f"'{key}' of the template '{name}' holds something that is no address", (*path, key))
    text = found["text"] if checker.has((*path, "text")) else _text(checker, (*path, "file"), found["file"], folder)
    if text is None:
        return None
    return Template(name, text.strip("\n"), found["subject"], found["to"], found["cc"], found["bcc"])


def _text(checker: Checker, path: Path, value: str | None, folder: str) -> str | None:
    file = checker.path(path, value, folder)
    if file is None:
        return None
    try:
        with open(file, "rb") as stream:
            raw = stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            checker.wrong_value(f"{file} is larger than {LARGEST >> 20} MiB: this is no text to begin with", path)
            return None
        text = raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        checker.wrong_value(f"can't read {file}: {error.strerror}", path)
        return None
    except UnicodeDecodeError:
        checker.wrong_value(f"{file} is not UTF-8 text", path, "save it as UTF-8")
        return None
    return "".join(char for char in text if char >= " " or char in "\n\t")
