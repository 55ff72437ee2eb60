"""Completion of addresses while one types: which piece of a field the cursor is in, who fits it, what the field says
after one was taken; and how a field of addresses is shown when nobody types in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailtui.mail.addresses import parse_addresses
from mailtui.mail.sanitize import cell_width, clip, safe_line
from mailtui.model.mail import Address
from mailtui.view.pieces import Piece, Pieces

MOST_SHOWN = 8
_WORD_ENDS = re.compile(r"[\s.,;_+'\"()-]+")
_PHRASE_SPECIALS = frozenset('()<>[]:;@\\,."')


@dataclass(frozen=True, slots=True)
class Token:
    """The piece of a field between two commas that the cursor is in: [start, end) of it, blanks apart, and its text."""

    start: int
    end: int
    text: str


def token_at(value: str, cursor: int) -> Token:
    """Commas inside of quotes and angle brackets belong to the piece."""
    start, end = 0, len(value)
    for place in _commas(value):
        if place < cursor:
            start = place + 1
        else:
            end = place
            break
    piece = value[start:end]
    lead = len(piece) - len(piece.lstrip())
    start += lead
    return Token(start, start + len(piece.strip()), piece.strip())


def _commas(value: str) -> list[int]:
    out: list[int] = []
    quoted = angle = False
    skip = False
    for place, char in enumerate(value):
        if skip:
            skip = False
        elif char == "\\" and quoted:
            skip = True
        elif char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char == "<":
            angle = True
        elif char == ">":
            angle = False
        elif char in ",;" and not angle:
            out.append(place)
    return out


def written_address(name: str, addr: str) -> str:
    """As it stands in a field: the name in quotes where RFC 5322 wants them."""
    plain = " ".join(safe_line(name).split())
    if not plain or plain.lower() == addr.lower():
        return addr
    if any(char in _PHRASE_SPECIALS for char in plain):
        plain = '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{plain} <{addr}>"


def take(value: str, token: Token, person: Address) -> tuple[str, int]:
    """The field with the piece replaced by this person, a comma behind it, and where the cursor goes."""
    words = written_address(person.name, person.addr)
    behind = value[token.end :].lstrip(" ,;")
    head = f"{value[: token.start]}{words}, "
    return head + behind, len(head)


# -- who fits


def suggest(typed: str, people: Iterable[Address], most: int = MOST_SHOWN) -> list[Address]:
    """Those whose name or address holds every typed word, at the start of a word first; `people` come best known
    first, and that order stays within equals: a family name is worth as much as what stands before it. One entry for
    each address."""
    words = typed.lower().split()
    if not words:
        return []
    found: list[tuple[int, int, Address]] = []
    seen: set[str] = set()
    for place, one in enumerate(people):
        key = one.addr.lower()
        if key in seen:
            continue
        rank = _rank(words, one.name.lower(), key)
        if rank is not None:
            seen.add(key)
            found.append((rank, place, one))
    found.sort(key=lambda item: item[:2])
    return [one for _, _, one in found[:most]]


def _rank(words: Sequence[str], name: str, addr: str) -> int | None:
    """0: every word is how a word of name or address begins; 1: one stands within a word; None: one is not there."""
    local, _, domain = addr.partition("@")
    parts = (*_WORD_ENDS.split(name), *_WORD_ENDS.split(local), *domain.split("."), name, addr)
    worst = 0
    for word in words:
        if any(part.startswith(word) for part in parts):
            continue
        if word not in name and word not in addr:
            return None
        worst = 1
    return worst


def parse_command(output: str) -> list[Address]:
    """Lines of an address command: `address TAB name ...` as mutt's query commands and khard print them, or an
    address as in a header. The first line is skipped if it holds no address."""
    out: list[Address] = []
    for line in output.splitlines()[:500]:
        cells = line.split("\t")
        if len(cells) > 1 and "@" in cells[0]:
            out.append(Address(cells[1].strip(), cells[0].strip()))
        elif "@" in line:
            out += [one for one in _parse(line) if "@" in one.addr]
    return out


# -- how it looks


def odd(addr: str) -> bool:
    """Whether a person typed something that can't be an address: no @, nothing beside it, blanks, two dots."""
    local, at, domain = addr.rpartition("@")
    if not at or not local or not domain or any(char.isspace() for char in addr):
        return True
    if domain.startswith("["):
        return not domain.endswith("]")
    labels = domain.split(".")
    return any(not label or label.startswith("-") or label.endswith("-") for label in labels) or ".." in local


def people_of(value: str) -> tuple[Address, ...]:
    """Those who stand in a field, one for each piece at least: an odd one is there too, to be seen."""
    out: list[Address] = []
    start = 0
    for end in (*_commas(value), len(value)):
        piece = value[start:end].strip()
        start = end + 1
        if piece:
            out += _parse(piece) or [Address("", piece)]
    return tuple(out)


def _parse(text: str) -> tuple[Address, ...]:
    return parse_addresses(text.encode("utf-8", "replace"))


def chips(value: str, cells: int, ellipsis: str = "…") -> Pieces:
    """A field that nobody types in: names, addresses that have none, odd ones marked; `+3` for those out of sight."""
    found = people_of(value)
    out: list[Piece] = []
    room = cells
    for place, one in enumerate(found):
        bad = odd(one.addr)
        words = safe_line(one.name or one.addr) if not bad else f"{safe_line(one.addr or one.name)} ?"
        rest = len(found) - place - 1
        more = len(f" +{rest}") if rest else 0
        comma = ", " if rest else ""
        if cell_width(words) + len(comma) > room - more:
            if not out:
                out.append(Piece(clip(words, max(1, room - more), ellipsis), "error" if bad else "person"))
                place += 1
            if len(found) - place:
                out.append(Piece(f"{' ' if place else ''}+{len(found) - place}", "dim"))
            break
        out.append(Piece(words, "error" if bad else "person"))
        if comma:
            out.append(Piece(comma, "dim"))
        room -= cell_width(words) + len(comma)
    return tuple(out)
