"""Subjects of answers and forwarded mail, whatever language put its marks before them."""

from __future__ import annotations

import re

_REPLY = (
    "re|aw|antw|antwort|sv|vs|ref|rif|res|odp|ynt|atb|bls|vá|va|ats|hv|r|απ|σχετ|отв|ответ|на|הת|השב|رد|ตอบ|"
    "回复|回覆|答复|答覆|返信|답장|回信"
)
_FORWARD = (
    "fwd?|wg|tr|rv|enc|pd|vb|vl|doorst|i|ilt|i̇lt|továbbítás|fs|trs|нт|пересл|перенапр|fwd|προωθ|πρθ|הועבר|"
    "转发|轉寄|轉發|転送|전달"
)
_COUNT = r"(?:\s*[\[(^*]\s*\d{1,4}\s*[\])]?)?"
_ANSWERED = re.compile(rf"\s*(?:{_REPLY}){_COUNT}\s*[:：]\s*", re.IGNORECASE)
_FORWARDED = re.compile(rf"\s*(?:{_FORWARD}){_COUNT}\s*[:：]\s*", re.IGNORECASE)
_TAG = re.compile(r"\s*\[[^\[\]]{1,60}\]\s*")
_MOST = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def one_line(subject: str) -> str:
    """A received subject as one can be sent: no control characters, blanks once."""
    return " ".join(_CONTROL.sub(" ", subject).split())


def reply_subject(subject: str) -> str:
    """`Re: ` and the subject, however often and in which language it was answered before."""
    return f"Re: {_bare(subject, _ANSWERED)}".rstrip()


def forward_subject(subject: str) -> str:
    return f"Fwd: {_bare(subject, _FORWARDED)}".rstrip()


def _bare(subject: str, marks: re.Pattern[str]) -> str:
    """Without marks at its start; a list's [tag] before or between them stays once."""
    rest = one_line(subject)
    tag = ""
    for _ in range(_MOST):
        found = marks.match(rest)
        if found:
            rest = rest[found.end() :]
            continue
        label = _TAG.match(rest)
        if label and (marks.match(rest, label.end()) or label[0].strip() == tag):
            tag = label[0].strip()
            rest = rest[label.end() :]
            continue
        break
    if tag and not rest.startswith(tag):
        rest = f"{tag} {rest}"
    return rest.strip()
