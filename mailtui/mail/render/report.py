"""Delivery reports (RFC 3464), receipts (RFC 8098) and complaints (RFC 5965) as sentences a person understands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mailtui.mail.headers import decode_text
from mailtui.mail.sanitize import safe_line

MAX_RECIPIENTS = 20
_MAX_BYTES = 200_000
_BLANK = re.compile(rb"\n[ \t\r]*\n")
_FOLDED = re.compile(r"\s+")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_TYPED = re.compile(r"\s*[\w.+-]{1,40}\s*;\s*")
# RFC 3463 section 3, the ones that are met
_MEANINGS = {
    "1.0": "something is wrong with the address",
    "1.1": "there is no such mailbox",
    "1.2": "there is no such mail server",
    "1.3": "the address is not written right",
    "1.10": "the domain takes no mail",
    "2.1": "the mailbox is switched off",
    "2.2": "the mailbox is full",
    "2.3": "the message is too big for this mailbox",
    "3.4": "the message is too big for the server",
    "4.1": "the server does not answer",
    "4.4": "no way to the server was found",
    "4.7": "it could not be delivered in time",
    "5.3": "it has too many recipients",
    "7.0": "it was refused by the rules of the server",
    "7.1": "it was refused by the rules of the server",
}
_ACTIONS = {
    "failed": "Not delivered to {who}",
    "delayed": "Not yet delivered to {who}; the server still tries",
    "delivered": "Delivered to {who}",
    "relayed": "Passed on for {who}; no further report will come",
    "expanded": "Delivered to the list {who}",
}


def _blocks(data: bytes) -> list[dict[str, str]]:
    """Groups of fields divided by blank lines."""
    found = []
    text = data[:_MAX_BYTES].replace(b"\r\n", b"\n")
    for block in _BLANK.split(text.strip())[: MAX_RECIPIENTS * 3]:
        fields: dict[str, str] = {}
        for line in block.replace(b"\n ", b" ").replace(b"\n\t", b" ").split(b"\n"):
            name, colon, value = line.partition(b":")
            if colon:
                key = name.strip().lower().decode("ascii", "replace")
                fields.setdefault(key, _FOLDED.sub(" ", safe_line(decode_text(value[:2000]))).strip())
        if fields:
            found.append(fields)
    return found


def _untyped(value: str) -> str:
    """`rfc822;anna@example.org` without its type."""
    return _TYPED.sub("", value, count=1) if _TYPED.match(value) else value


def _why(fields: Mapping[str, str]) -> str:
    """The reason in words, then what the server said."""
    said = _untyped(fields.get("diagnostic-code", ""))[:300]
    code = _STATUS.search(fields.get("status", "")) or _STATUS.search(said)
    meaning = _MEANINGS.get(f"{int(code[2])}.{int(code[3])}", "") if code else ""
    words = meaning or (f"status {code[0]}" if code and not said else "")
    quoted = f'"{said}"' if said else ""
    return " ".join(one for one in (f"{words}." if words and quoted else words, quoted) if one)


def _recipient(fields: Mapping[str, str], reporter: str) -> str:
    who = _untyped(fields.get("original-recipient") or fields.get("final-recipient", ""))[:200] or "somebody"
    action = fields.get("action", "").lower()
    sentence = _ACTIONS.get(action, "About {who}: " + (safe_line(action)[:40] or "no word of what happened"))
    text = sentence.format(who=who)
    why = _why(fields) if action in {"failed", "delayed"} else ""
    server = _untyped(fields.get("remote-mta", ""))[:100] or reporter
    if why:
        text += f": {why}"
    return text + (f" ({server})" if server else "")


def delivery_sentences(data: bytes) -> list[str]:
    """One sentence per recipient of a message/delivery-status. Safe texts."""
    blocks = _blocks(data)
    head = blocks[0] if blocks else {}
    reporter = _untyped(head.get("reporting-mta", ""))[:100]
    recipients: Sequence[dict[str, str]] = [one for one in blocks if "final-recipient" in one or "action" in one]
    out = [_recipient(one, reporter) for one in recipients[:MAX_RECIPIENTS]]
    if len(recipients) > MAX_RECIPIENTS:
        out.append(f"and {len(recipients) - MAX_RECIPIENTS} more recipients")
    return out


def receipt_sentence(data: bytes) -> list[str]:
    """What a message/disposition-notification says."""
    fields = {key: value for block in reversed(_blocks(data)) for key, value in block.items()}
    who = _untyped(fields.get("final-recipient", ""))[:200] or "Somebody"
    disposition = fields.get("disposition", "").lower().rpartition(";")[2].strip().partition("/")[0]
    words = {"displayed": "opened your message", "deleted": "deleted your message without reading it"}
    other = f"sent a receipt: {disposition[:60] or 'no reason given'}"
    return [f"{who} {words.get(disposition, other)}"]


def complaint_sentence(data: bytes) -> list[str]:
    """What a message/feedback-report says."""
    fields = {key: value for block in reversed(_blocks(data)) for key, value in block.items()}
    kind = fields.get("feedback-type", "")[:40] or "something"
    source = fields.get("original-mail-from", "") or fields.get("source-ip", "")
    return [f"A complaint ({kind}) about a message{f' from {source[:200]}' if source else ''}"]


SENTENCES = {
    "message/delivery-status": delivery_sentences,
    "message/global-delivery-status": delivery_sentences,
    "message/disposition-notification": receipt_sentence,
    "message/feedback-report": complaint_sentence,
}
