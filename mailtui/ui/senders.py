"""Whom a person can write as, and what comes with each: signature, answers' address, a copy to oneself. And templates,
which are filled in as one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailtui.mail.compose.templates import begun, values
from mailtui.model.account import Account, Template
from mailtui.model.mail import Address
from mailtui.view.completing import people_of, written_address
from mailtui.view.composer import Field, Written
from mailtui.view.dates import moment as local


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the person can write as."""

    account: str
    name: str
    address: str
    signature: str = ""
    aliases: tuple[str, ...] = ()
    """Further addresses and patterns whose mail comes to this one."""
    above: bool = False
    """The signature stands above what an answer quotes."""
    reply_to: str = ""
    bcc: str = ""

    @property
    def text(self) -> str:
        """As it stands in the field."""
        return written_address(self.name, self.address)

    @property
    def addresses(self) -> tuple[str, ...]:
        """All of its addresses, lower case."""
        return tuple(one.lower() for one in (self.address, *self.aliases))


def persons(accounts: Iterable[Account]) -> tuple[Person, ...]:
    """Of each account its own address, then its further ones."""
    return tuple(
        Person(
            *(account.id, one.name or account.name, one.email, one.signature, one.aliases, one.signature_above),
            *(one.reply_to, one.email if one.bcc_self else ""),
        )
        for account in accounts
        for one in account.senders
    )


def with_copy(written: Written, copy: str) -> str:
    """Bcc when another sender is chosen, who gets a copy at `copy` (empty: none): the copy of the one before goes, what
    the person put there stays. A copy that was taken away by hand does not come back."""
    text, before = written.bcc.strip().strip(",").strip(), written.own_bcc.lower()
    people = people_of(text)
    known = {one.addr.lower() for one in people}
    if (before and before not in known) or (not before and copy.lower() in known):
        return written.bcc
    kept = [text]
    if before:
        others = (one for one in people if one.addr.lower() not in {before, copy.lower()})
        kept = [written_address(one.name, one.addr) for one in others]
    return ", ".join(filter(None, (*kept, copy)))


def with_template(written: Written, template: Template, now: float) -> tuple[dict[Field, str], str]:
    """(fields that it fills, its text): what stands in a field already stays there. `now`: seconds since 1970 UTC."""
    to = written.to.strip() or template.to
    me = next(iter(people_of(written.sender)), Address("", ""))
    subject, text = begun(template, values(people_of(to), me, local(now, None), written.subject.strip()))
    wanted = {Field.TO: template.to, Field.CC: template.cc, Field.SUBJECT: subject}
    found = {field: text for field, text in wanted.items() if text and not written.field(field).strip()}
    if template.bcc and written.bcc.strip() in {"", written.own_bcc.strip()}:
        found[Field.BCC] = ", ".join(filter(None, (written.bcc.strip(), template.bcc)))
    return found, text
