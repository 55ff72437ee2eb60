"""Rules: what the person wants done with mail of a certain kind, whenever it comes. Values of `[[rules]]`."""

from __future__ import annotations

from dataclasses import dataclass

from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import FolderNamed
from mailtui.model.labels import wire_name
from mailtui.model.mail import Flags

MARKS = {"read": "\\Seen", "star": "\\Flagged", "answered": "\\Answered"}
"""Words of `mark` that set a flag; with `un` before them they take it off."""
MARK_WORDS = (*MARKS, *(f"un{word}" for word in MARKS))


@dataclass(frozen=True, slots=True)
class Rule:
    """`match` is a query of the search language, checked. What is not said is not done."""

    name: str
    match: str
    accounts: tuple[AccountId, ...] = ()
    """Empty: all of them."""
    to: FolderNamed | Role | None = None
    """Where it is moved: a folder, the Archive or the Trash. Nothing is ever deleted for good."""
    copy: FolderNamed | None = None
    mark: tuple[str, ...] = ()
    """Of MARK_WORDS."""
    label: tuple[str, ...] = ()
    stop: bool = False
    """No later rule is asked, and mailtui does not file the message by itself."""

    def covers(self, account: str) -> bool:
        return not self.accounts or account in self.accounts

    @property
    def add(self) -> Flags:
        marks = (MARKS[word] for word in self.mark if word in MARKS)
        return Flags.of((*marks, *(wire_name(label) for label in self.label)))

    @property
    def remove(self) -> Flags:
        return Flags.of(MARKS[word[2:]] for word in self.mark if word not in MARKS)

    def wishes(self) -> tuple[str, ...]:
        """What it does, in words: `move to Invoices`."""
        said = [f"mark {word}" for word in self.mark] + [f"label {label}" for label in self.label]
        if self.copy is not None:
            said.append(f"copy to {self.copy.name}")
        match self.to:
            case FolderNamed(name):
                said.append(f"move to {name}")
            case Role.ARCHIVE:
                said.append("archive")
            case Role():
                said.append("delete")
        return (*said, "stop") if self.stop else tuple(said)

    def done(self, number: int) -> str:
        """What the history calls it when it was done to so many messages: `Rule invoices: moved 3 to Invoices`."""
        said: list[tuple[str, str]] = []
        match self.to:
            case FolderNamed(name):
                said.append(("moved", f" to {name}"))
            case Role.ARCHIVE:
                said.append(("archived", ""))
            case Role():
                said.append(("deleted", ""))
        if self.copy is not None:
            said.append(("copied", f" to {self.copy.name}"))
        if self.mark:
            said.append(("marked", f" {' and '.join(self.mark)}"))
        if self.label:
            said.append(("labelled", f" {' and '.join(self.label)}"))
        if not said:
            return f"Rule {self.name}: left {number:,} alone"
        (verb, rest), *others = said
        return ", ".join((f"Rule {self.name}: {verb} {number:,}{rest}", *(verb + rest for verb, rest in others)))

    def did(self, label: str) -> bool:
        """Whether a step of the history that is called so is this rule's, alone or with others."""
        names, _, _ = label.removeprefix("Rules ").rpartition(": ")
        return label.startswith(f"Rule {self.name}: ") or (
            label.startswith("Rules ") and self.name in names.split(", ")
        )
