"""Rules as a Sieve script (RFC 5228), for servers that file mail by themselves and for other mail programs.

Sieve knows no whole words: `:contains` also finds a part of one. What it can't say at all is told, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from mailtui.model.errors import QueryError
from mailtui.model.folder import Role
from mailtui.model.intents import FolderNamed
from mailtui.model.rules import Rule
from mailtui.search.query import And, Dated, Named, Node, Not, Or, Size, State, Text, parse

_HEADERS = {
    "from": ("From",),
    "to": ("To", "Cc", "Bcc"),
    "cc": ("Cc",),
    "subject": ("Subject",),
    "list": ("List-Id",),
    "": ("From", "To", "Cc", "Subject"),
}
_FLAGS = {"read": "\\Seen", "flagged": "\\Flagged", "answered": "\\Answered", "draft": "\\Draft"}
_ROLE_NAMES = {Role.ARCHIVE: "Archive", Role.TRASH: "Trash"}


@dataclass(frozen=True, slots=True)
class Script:
    """`text`: the script, with a last line end. `problems`: (rule, what it loses), for the person."""

    text: str
    problems: tuple[tuple[str, str], ...] = ()


class UntranslatableError(Exception):
    """Sieve has no words for it; the text says for what."""


def quoted(text: str) -> str:
    """A quoted string (RFC 5228 section 2.4.2)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def export(rules: Sequence[Rule], accounts: Sequence[str] = ()) -> Script:
    """All rules in their order. `accounts`: those that there are; a script is for one of them."""
    requires: set[str] = set()
    problems: list[tuple[str, str]] = []
    blocks = []
    for place, rule in enumerate(rules):
        if rule.accounts and set(rule.accounts) != set(accounts):
            problems.append((rule.name, f"it is for {', '.join(rule.accounts)} only: a script is for one account"))
        if rule.to is not None and not rule.stop and any(later.to is not None for later in rules[place + 1 :]):
            problems.append((rule.name, "a later rule may put the message into a second folder: `stop` prevents it"))
        try:
            blocks.append(_block(rule, requires))
        except UntranslatableError as error:
            problems.append((rule.name, f"left out: {error}"))
            blocks.append(f"# rule:[{rule.name}]\n# left out: {error}\n")
    head = f"require {_strings(sorted(requires))};\n\n" if requires else ""
    return Script(head + "\n".join(blocks), tuple(problems))


def _block(rule: Rule, requires: set[str]) -> str:
    translator = _Translator()
    try:
        query = parse(rule.match)
    except QueryError:
        raise UntranslatableError("a date that counts from today") from None
    test = translator.test(query.root)
    actions = _actions(rule, translator.requires)
    requires |= translator.requires
    body = "".join(f"    {action};\n" for action in actions)
    return f"# rule:[{rule.name}]\nif {test}\n{{\n{body}}}\n"


def _actions(rule: Rule, requires: set[str]) -> list[str]:
    found = []
    for command, flags in (("addflag", rule.add.names()), ("removeflag", rule.remove.names())):
        if flags:
            requires.add("imap4flags")
            found.append(f"{command} {_strings(flags)}")
    if rule.copy is not None:
        requires |= {"fileinto", "copy", "mailbox"}
        found.append(f"fileinto :copy :create {quoted(rule.copy.name)}")
    if rule.to is not None:
        requires |= {"fileinto", "mailbox"}
        name = rule.to.name if isinstance(rule.to, FolderNamed) else _ROLE_NAMES[rule.to]
        found.append(f"fileinto :create {quoted(name)}")
    if rule.stop:
        found.append("stop")
    return found


def _strings(texts: Sequence[str]) -> str:
    """A string, or a list of several."""
    written = ", ".join(quoted(text) for text in texts)
    return written if len(texts) == 1 else f"[{written}]"


@dataclass(slots=True)
class _Translator:
    requires: set[str] = field(default_factory=set)

    def test(self, node: Node) -> str:
        """Raises UntranslatableError."""
        match node:
            case Text():
                return self.text(node)
            case State(name):
                return self.state(name)
            case Named(kind, value):
                return self.named(kind, value)
            case Dated():
                return self.dated(node)
            case Size(larger, size):
                return f"size {':over' if larger else ':under'} {size}"
            case Not(inner):
                return f"not {self.test(inner)}"
            case And(nodes):
                return f"allof ({', '.join(self.test(one) for one in nodes)})" if nodes else "true"
            case Or(nodes):
                return f"anyof ({', '.join(self.test(one) for one in nodes)})"
            case _:
                assert_never(node)

    def text(self, node: Text) -> str:
        words = quoted(node.text if node.phrase else node.text.rstrip("*") or node.text)
        if node.field == "attachment":
            self.requires.add("mime")
            return f'header :mime :anychild :param "filename" :contains "Content-Disposition" {words}'
        if node.field in {"", "body"}:
            self.requires.add("body")
        body = f"body :text :contains {words}"
        if node.field == "body":
            return body
        header = f"header :contains {_strings(_HEADERS[node.field])} {words}"
        return header if node.field else f"anyof ({header}, {body})"

    def state(self, name: str) -> str:
        if name == "attachment":
            self.requires.add("mime")
            return 'header :mime :anychild :contains "Content-Disposition" "attachment"'
        plain = name.removeprefix("un")
        self.requires.add("imap4flags")
        test = f"hasflag :is {quoted(_FLAGS[plain])}"
        return test if plain == name else f"not {test}"

    def named(self, kind: str, value: str) -> str:
        if kind == "in" and value.lower() == "inbox":
            return "true"
        if kind == "keyword":
            self.requires.add("imap4flags")
            return f"hasflag :is {quoted(value)}"
        if kind == "id" and "@" in value:
            return f'header :contains "Message-ID" {quoted(value.strip("<>"))}'
        raise UntranslatableError(f"{kind}:{value}")

    def dated(self, node: Dated) -> str:
        self.requires |= {"date", "relational"}
        tests = [
            f'date :value "{sign}" "date" "date" "{day.isoformat()}"'
            for sign, day in (("ge", node.start), ("lt", node.end))
            if day is not None
        ]
        return tests[0] if len(tests) == 1 else f"allof ({', '.join(tests)})"
