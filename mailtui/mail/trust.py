"""Who a message is really from: what one's own server checked, domains that only look like others, names of people one
knows with foreign addresses, answers that go elsewhere. Says it in plain sentences; decides nothing, does no I/O."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mailtui.mail.charsets import decode_header
from mailtui.mail.sanitize import safe_line
from mailtui.model.mail import Address, Envelope

MAX_RESULTS = 20
_MAX_VALUE = 8_000
_SHORTEST = 5
"""Letters of a domain's name below which one edit is no likeness."""
_SECOND_LEVEL = frozenset(("ac", "co", "com", "edu", "gob", "gov", "gv", "ltd", "net", "or", "org", "ne"))
_HONEST = frozenset(("email.com", "fmail.com", "gmail.com", "hotmail.com", "mail.com", "ymail.com"))
"""Big mail houses whose names are near each other."""
_MISTYPED = frozenset(("cam", "cm", "co", "comm", "con", "corn", "om", "ogr", "nct"))
_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"\b(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.IGNORECASE)
_SIGNER = re.compile(r"\bheader\.(?:d|i)\s*=\s*\"?[^\s;\"@]*@?([^\s;\"@]+)", re.IGNORECASE)
# Letters of other scripts that look like Latin ones (from Unicode TR 39, those that are met in domains).
_LETTERS = dict(
    zip(
        "аеорсухіјѕԁһԛԝӏьвкмнтгпɡɩαορνυτικγωϲօ\u0131\u0566",
        "aeopcyxijsdhqwlbbkmhtrngiaopvutikywcoiq",
        strict=True,
    )
)
_FIGURES = {"0": "o", "1": "l", "3": "e", "5": "s"}
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the person's own mail. `people`: names by address (lower case) of those one writes to;
    `servers`: ids (RFC 8601 authserv-id, lower case) of one's own mail servers; `mine`: one's own addresses."""

    people: Mapping[str, str] = field(default_factory=dict)
    servers: frozenset[str] = frozenset()
    mine: frozenset[str] = frozenset()

    def domains(self) -> set[str]:
        """Domains that one writes to, and one's own."""
        return {domain_of(one) for one in (*self.people, *self.mine)} - {""}


@dataclass(frozen=True, slots=True)
class Judgement:
    """`warnings`: reasons for doubt about the sender. `verified`: what one's own server says in favour. Safe texts."""

    warnings: tuple[str, ...] = ()
    verified: str = ""


def domain_of(address: str) -> str:
    """`example.org` of `anna@Example.org`; "" if there is none."""
    return address.rpartition("@")[2].strip().strip(".").lower() if "@" in address else ""


def organisation(domain: str) -> str:
    """The part of a domain that one owner registers: `example.org` of `mail.example.org`, `x.co.uk` of `a.x.co.uk`."""
    labels = domain.split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        return ".".join(labels[-3:])
    return ".".join(labels[-2:])


def unicode_domain(domain: str) -> str:
    """Punycode labels as the letters they stand for; those that can't be read stay."""
    labels = []
    for label in domain.split("."):
        if label.startswith("xn--") and len(label) < 64:
            with contextlib.suppress(UnicodeError, ValueError, OverflowError):
                label = label[4:].encode("ascii").decode("punycode")
        labels.append(label)
    return ".".join(labels)


def ascii_domain(domain: str) -> str:
    """Labels of other scripts in punycode."""
    labels = []
    for label in domain.split("."):
        if not label.isascii():
            label = "xn--" + label[:63].encode("punycode", "replace").decode("ascii")
        labels.append(label)
    return ".".join(labels)


def likeness(domain: str) -> str:
    """What the letters of a domain look like to a quick eye: accents gone, foreign look-alikes as Latin letters."""
    text = unicodedata.normalize("NFKD", unicode_domain(domain.lower()))
    return "".join(_LETTERS.get(char, char) for char in text if not unicodedata.combining(char))


def _coarse(domain: str) -> str:
    """Also figures as letters, and pairs that melt together."""
    text = "".join(_FIGURES.get(char, char) for char in likeness(domain))
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return text


def one_edit(one: str, other: str) -> bool:
    """Whether one letter added, left out, changed, or swapped with its neighbour makes one text the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:] and len(a) > 1)
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def _foreign_letters(domain: str) -> str:
    """A sentence if the domain is written with letters that look like Latin ones."""
    shown = unicode_domain(domain)
    if shown.isascii():
        return ""
    seen = "".join(_LETTERS.get(char, char) for char in shown)
    scripts = {unicodedata.name(char, "?").split(" ")[0] for char in shown if char.isalpha()}
    if seen.isascii() or len(scripts & {"LATIN", "CYRILLIC", "GREEK", "ARMENIAN"}) > 1:
        alike = f"looks like {safe_line(seen)}, but it" if seen.isascii() else "mixes letters of several scripts; it"
        return f"the sender's domain {alike} is {safe_line(ascii_domain(domain))}"
    return ""


def _near(mine: str, theirs: str) -> bool:
    """Whether one takes the first domain for the second. The same name in another country is no trick."""
    name, _, end = mine.partition(".")
    other, _, other_end = theirs.partition(".")
    if len(other) < _SHORTEST:
        return False
    if name == other:
        return end != other_end and end in _MISTYPED
    return one_edit(name, other) or _coarse(name) == _coarse(other)


def _like_known(domain: str, known: Iterable[str]) -> str:
    """A sentence if the domain nearly is one that the person writes to."""
    mine = organisation(domain)
    for other in sorted(known):
        theirs = organisation(other)
        if theirs == mine:
            return ""
    for other in sorted(known):
        theirs = organisation(other)
        if mine not in _HONEST and _near(mine, theirs):
            return f"{safe_line(mine)} is not {safe_line(theirs)}, where people are to whom you write"
        if domain.startswith(f"{other}.") or f".{other}." in domain:
            return f"{safe_line(domain)} belongs to {safe_line(mine)}, not to {safe_line(theirs)}"
    return ""


def _name(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace(",", " ").split())


def _other_address(sender: Address, known: Known) -> str:
    """A sentence if somebody uses the name of a person one writes to."""
    address, name = sender.addr.lower(), _name(sender.name)
    if len(name) < _SHORTEST or " " not in name or address in known.people or address in known.mine:
        return ""
    theirs = [one for one, called in known.people.items() if _name(called) == name]
    if not theirs or any(organisation(domain_of(one)) == organisation(domain_of(address)) for one in theirs):
        return ""
    return f"you write to {safe_line(sender.name)} at {safe_line(theirs[0])}; this is from {safe_line(sender.addr)}"


def _senders(envelope: Envelope, known: Known) -> list[str]:
    out = []
    if len(envelope.from_) > 1:
        out.append(f"it names {len(envelope.from_)} senders")
    domains = known.domains()
    for sender in envelope.from_[:3]:
        if "@" in sender.name and sender.addr.lower() not in sender.name.lower():
            out.append(f"the sender's name looks like an address, but the mail is from {safe_line(sender.addr)}")
        domain = domain_of(sender.addr)
        for sentence in (_foreign_letters(domain), _like_known(domain, domains), _other_address(sender, known)):
            if sentence:
                out.append(sentence)
                break
    return out


def _answers(envelope: Envelope, known: Known) -> list[str]:
    """Reply-To at somebody else's. Mailing lists do that in good faith."""
    senders = {organisation(domain_of(one.addr)) for one in envelope.from_}
    out = []
    for one in envelope.reply_to[:3]:
        domain = organisation(domain_of(one.addr))
        if domain and domain not in senders and not envelope.list_id and one.addr.lower() not in known.mine:
            out.append(f"answers go to {safe_line(one.addr)}")
    return out


def results(fields: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """(authserv-id, rest) of the Authentication-Results fields (RFC 8601), topmost first."""
    found: list[tuple[str, str]] = []
    for name, value in fields:
        if name.lower() == b"authentication-results" and len(found) < MAX_RESULTS:
            text = _COMMENT.sub(" ", decode_header(value[:_MAX_VALUE]))
            server, _, rest = text.partition(";")
            words = server.split()
            if words:
                found.append((words[0].lower(), rest))
    return found


def _checked(envelope: Envelope, fields: Sequence[tuple[bytes, bytes]], known: Known) -> Judgement:
    """What one's own server found: only its topmost field counts, everybody else's words are no proof."""
    own = next(((server, rest) for server, rest in results(fields) if server in known.servers), None)
    if own is None or not envelope.from_:
        return Judgement()
    server, rest = own
    domain = domain_of(envelope.from_[0].addr)
    said: dict[str, set[str]] = {}
    signers = set()
    for clause in rest.split(";"):
        method = _METHOD.search(clause)
        if method:
            said.setdefault(method[1].lower(), set()).add(method[2].lower())
            if method[1].lower() == "dkim" and method[2].lower() == "pass":
                signers |= {organisation(one.lower()) for one in _SIGNER.findall(clause)}
    shown = safe_line(domain)
    if "fail" in said.get("dmarc", ()):
        return Judgement((f"your mail server {safe_line(server)} says it is not really from {shown} (dmarc=fail)",))
    if "pass" in said.get("dmarc", ()) or organisation(domain) in signers:
        return Judgement((), f"checked by {safe_line(server)}: really from {shown}")
    if "fail" in said.get("dkim", ()) and said.get("spf", {"none"}) & {"fail", "softfail"}:
        return Judgement((f"your mail server {safe_line(server)} doubts that it is from {shown} (dkim and spf fail)",))
    return Judgement()


def judge(envelope: Envelope, fields: Sequence[tuple[bytes, bytes]], known: Known) -> Judgement:
    """Everything there is to say about who sent it. Linear, never raises."""
    checked = _checked(envelope, fields, known)
    warnings = (*_senders(envelope, known), *checked.warnings, *_answers(envelope, known))
    return Judgement(tuple(dict.fromkeys(warnings)), checked.verified if not warnings else "")


def learn_servers(messages: Sequence[Sequence[tuple[bytes, bytes]]]) -> frozenset[str]:
    """Ids of one's own servers, learned from the fields of the newest messages of an inbox: the id that stands in three
    of four of them (at least eight), which no stranger can bring about."""
    counts: dict[str, int] = {}
    for fields in messages:
        for server in {one for one, _ in results(fields)}:
            counts[server] = counts.get(server, 0) + 1
    enough = max(8, len(messages) * 3 / 4)
    return frozenset(server for server, count in counts.items() if count >= enough)
