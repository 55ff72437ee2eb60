"""What the corpus expects against what we read: headers, texts, attachment names, threads; and every message opened
under a watch. Fields of an expectation are counted one by one."""

from __future__ import annotations

import binascii
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from mailtui.mail.bodies import part_bytes, part_text
from mailtui.mail.headers import scan_envelope
from mailtui.mail.parse import Message, parse_message
from mailtui.mail.render.reader import render_message
from mailtui.mail.structure import Part
from mailtui.mail.threads import Member, arrange, parents
from mailtui.model.mail import Address, Envelope

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
HANG = 1.0
"""Seconds of processor time after which opening a message counts as hanging."""


JUDGED = {
    "stalwart/eml/malformed/000.json": "a boundary line right behind a boundary line: we find the three parts",
    "stalwart/eml/malformed/007.json": "one part between two boundaries, not two",
    "stalwart/eml/malformed/009.json": "the outer boundary ends the inner multipart (RFC 2046 section 5.1.2)",
    "stalwart/eml/malformed/012.json": "the same, with messages",
    "stalwart/eml/malformed/016.json": "the same, with long boundaries",
    "stalwart/eml/malformed/017.json": "a file name behind an empty disposition is read",
    "stalwart/eml/malformed/019.json": "bytes of several messages mixed; nobody can say what is right",
    "stalwart/eml/malformed/020.json": "two Content-Type in one header: we take the first, and find all parts",
    "stalwart/eml/malformed/021.json": "the same",
    "stalwart/eml/thirdparty/015.json": "three attached messages, not one",
}
"""Expectations that we do not share, and why. They count as wrong in `share`, not in `share_judged`."""


@dataclass(slots=True)
class Score:
    """Right answers and questions by field; what went wrong, in words."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, object, object]] = field(default_factory=list)

    def compare(self, what: str, name: str, theirs: object, ours: object) -> None:
        self.asked[what] += 1
        if theirs == ours or _better(theirs, ours):
            self.right[what] += 1
        else:
            self.wrong.append((what, name, theirs, ours))

    def share(self, *what: str) -> float:
        """Of these fields, or of all."""
        fields = what or tuple(self.asked)
        asked = sum(self.asked[one] for one in fields)
        return sum(self.right[one] for one in fields) / asked if asked else 1.0

    def share_judged(self) -> float:
        """Without the messages of JUDGED."""
        missed = sum(1 for _, name, _, _ in self.wrong if name not in JUDGED)
        return 1 - missed / max(sum(self.asked.values()), 1)


def _better(theirs: object, ours: object) -> bool:
    """Whether the expectation is what is left of ours after a loss: U+FFFD for letters that we could read, backslashes
    of Windows paths gone, line ends in another form, uuencoded text left as it is."""
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return all(one == other or _better(one, other) for one, other in zip(theirs, ours, strict=True))
    if isinstance(theirs, tuple) and isinstance(ours, tuple):
        return all(one == other or _better(one, other) for one, other in zip(theirs, ours, strict=True))
    if isinstance(theirs, bytes) and isinstance(ours, bytes):
        return theirs.replace(b"\r\n", b"\n") == ours.replace(b"\r\n", b"\n") or _uudecoded(theirs) == ours
    if not isinstance(theirs, str) or not isinstance(ours, str):
        return False
    if theirs.startswith("begin "):
        return not ours.startswith("begin ")  # as text the blanks that matter are gone
    if "\ufffd" in theirs and "\ufffd" not in ours:
        return re.fullmatch("[^ -~]+".join(map(re.escape, re.split("\ufffd+", theirs))), ours) is not None
    return "\\" in ours and theirs == ours.replace("\\", "")


def _uudecoded(data: bytes) -> bytes:
    out = b""
    for line in data.splitlines()[1:]:
        if line.strip() in {b"", b"end", b"`"}:
            break
        try:
            out += binascii.a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3])
        except binascii.Error:
            return b""
    return out.strip()


def messages() -> Iterator[tuple[str, bytes]]:
    """Every message of the corpus with its path in it."""
    for path in sorted(CORPUS.rglob("*")):
        if path.is_file() and path.suffix not in {".json", ".tsv", ".md", ".txt"}:
            yield str(path.relative_to(CORPUS)), path.read_bytes()


# -- stalwart's expectations


def _leaves(part: Part) -> Iterator[Part]:
    """Parts that are no multiparts, in order; a message counts, what is in it does not (it has its own list)."""
    stack = [part]
    while stack:
        one = stack.pop()
        if one.type.startswith("multipart/") and one.children:
            stack.extend(reversed(one.children))
        else:
            yield one


def _words(text: str) -> str:
    """Line ends, blanks and byte order marks do not count."""
    return " ".join(text.replace("\ufeff", "").replace("\x00", "").split())


def _address(value: Any) -> list[tuple[str, str]]:
    found = []
    groups = value.get("Group") or [{"addresses": value.get("List") or []}]
    for group in groups:
        found += [(_words(one.get("name") or ""), (one.get("address") or "").strip()) for one in group["addresses"]]
    return [one for one in found if any(one)]


def _ours(addresses: tuple[Address, ...]) -> list[tuple[str, str]]:
    return [(_words(one.name), one.addr) for one in addresses]


def _date(value: Mapping[str, Any]) -> int | None:
    try:
        zone = timezone(
            (-1 if value["tz_before_gmt"] else 1) * timedelta(hours=value["tz_hour"], minutes=value["tz_minute"])
        )
        year, month, day, hour, minute, second = (
            value[key] for key in ("year", "month", "day", "hour", "minute", "second")
        )
        return int(datetime(year, month, day, hour, minute, second, tzinfo=zone).timestamp())
    except ValueError:
        return None


def _headers(score: Score, name: str, expected: list[dict[str, Any]], envelope: Envelope) -> None:
    """Those that a reader shows. Of several fields of one name theirs is the last; ours puts addresses together."""
    seen = Counter(str(one["name"]) for one in expected)
    for one in expected:
        field_, value = one["name"], one["value"]
        if not isinstance(field_, str) or seen[field_] > 1 or not isinstance(value, dict):
            continue
        if field_ == "subject" and "Text" in value:
            score.compare("subject", name, _words(value["Text"]), _words(envelope.subject))
        elif field_ == "message_id" and "Text" in value:
            score.compare("message id", name, value["Text"], envelope.message_id)
        elif field_ == "date" and "DateTime" in value:
            score.compare("date", name, _date(value["DateTime"]), envelope.date)
        elif field_ in {"from", "to", "cc", "reply_to", "sender", "bcc"} and "Address" in value:
            mine = getattr(envelope, "from_" if field_ == "from" else field_)
            score.compare("addresses", name, _address(value["Address"]), _ours(mine))


def _claimed(headers: list[dict[str, Any]]) -> str:
    """The file name of one of their parts."""
    found = {}
    for one in headers:
        value = one["value"]
        if one["name"] in ("content_disposition", "content_type") and isinstance(value, dict):
            for pair in (value.get("ContentType") or {}).get("attributes") or []:
                found[(one["name"], pair["name"])] = pair["value"]
    return str(found.get(("content_disposition", "filename")) or found.get(("content_type", "name")) or "")


def _parts(score: Score, name: str, expected: Mapping[str, Any], raw: bytes, root: Part) -> None:
    theirs = [(place, one) for place, one in enumerate(expected["parts"]) if "Multipart" not in one["body"]]
    mine = list(_leaves(root))
    score.compare("parts", name, len(theirs), len(mine))
    shown = {*expected["text_body"], *expected["html_body"]}
    for (place, one), part in zip(theirs, mine, strict=False):
        body = one["body"]
        text = body.get("Text", body.get("Html"))
        if text is not None and (place in shown or place in expected["attachments"]):
            score.compare("text", name, _words(text), _words(part_text(raw, part)))
        data = body.get("Binary", body.get("InlineBinary"))
        if isinstance(data, list):
            score.compare("bytes", name, bytes(data).strip(), part_bytes(raw, part).strip())
        claimed = _claimed(one["headers"])
        if claimed or part.name:
            score.compare("file name", name, _words(claimed), _words(part.name))
        if isinstance(body.get("Message"), dict):
            inner = part.children[0] if part.children else None
            _message(score, name, body["Message"], raw, part, inner)


def _message(
    score: Score, name: str, expected: Mapping[str, Any], raw: bytes, holder: Part | None, root: Part | None
) -> None:
    """A message, or one inside of another (`root` None: we do not go into it)."""
    if not expected["parts"]:
        return
    if root is None:
        assert holder is not None
        inside = parse_message(part_bytes(raw, holder))
        raw, root = inside.raw, inside.root
    _headers(score, name, expected["parts"][0]["headers"], scan_envelope(raw[root.start : root.end]))
    _parts(score, name, expected, raw, root)


def score_stalwart() -> Score:
    """All messages that come with an expectation."""
    score = Score()
    for path in sorted((CORPUS / "stalwart" / "eml").rglob("*.json")):
        message: Message = parse_message(path.with_suffix(".eml").read_bytes())
        name = str(path.relative_to(CORPUS))
        _message(score, name, json.loads(path.read_text()), message.raw, None, message.root)
    return score


# -- threads


def _flat(nodes: list[dict[str, Any]], depth: int) -> list[tuple[str, int]]:
    rows: list[tuple[str, int]] = []
    for node in nodes:
        if node["id"] is not None:
            rows.append((node["id"], depth))
        rows += _flat(node["children"], depth + (node["id"] is not None))
    return rows


def _members(case: Mapping[str, Any]) -> list[Member]:
    made = case.get("generate", {})
    if "chain" in made:
        return [Member(str(n), (str(n - 1),) if n else (), n) for n in range(made["chain"])]
    if "star" in made:
        return [Member(str(n), ("0",) if n else (), n) for n in range(made["star"])]
    return [
        Member(
            one.get("message_id") or "",
            parents(
                Envelope(references=tuple(one.get("references", ())), in_reply_to=tuple(one.get("in_reply_to", ())))
            ),
            n,
        )
        for n, one in enumerate(case["messages"])
    ]


def score_threads() -> Score:
    """Trees where they are given; else nobody is lost, and quickly."""
    score = Score()
    for case in json.loads((CORPUS / "threading.json").read_text())["cases"]:
        members = _members(case)
        begin = time.process_time()
        rows = arrange(members)
        slow = time.process_time() - begin > 2 * HANG
        if "expected" in case:
            ours = sorted((members[row.index].id, row.depth) for row in rows)
            score.compare("threads", case["name"], sorted(_flat(case["expected"], 0)), ours)
        else:
            everyone = sorted(row.index for row in rows) == list(range(len(members)))
            score.compare("threads", case["name"], (True, False), (everyone, slow))
    return score


# -- everything opened


@dataclass(slots=True)
class Opened:
    """One folder of the corpus, opened as text and as HTML."""

    messages: int = 0
    raised: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    slowest: float = 0.0
    """Seconds of processor time."""
    which: str = ""


def open_all(width: int = 80) -> dict[str, Opened]:
    """By top folder."""
    found: dict[str, Opened] = defaultdict(Opened)
    for name, raw in messages():
        one = found[name.partition("/")[0]]
        one.messages += 1
        for html in (False, True):
            begin = time.process_time()
            try:
                render_message(raw, width, html=html)
            except Exception as error:
                one.raised.append(f"{name}: {error!r}")
            spent = time.process_time() - begin
            if spent > one.slowest:
                one.slowest, one.which = spent, name
            if spent > HANG:
                one.hung.append(f"{name}: {spent:.2f} s")
    return dict(found)
