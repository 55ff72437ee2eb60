"""All hits of a search in one mailbox (`caught`), whatever the full-text index has passed yet: rules are tried so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailtui.model.errors import QueryError
from mailtui.model.facts import MailboxDelta
from mailtui.model.folder import Checkpoint
from mailtui.search.match import matches
from mailtui.search.query import parse
from mailtui.store import asking
from mailtui.store.reader import open_reader
from mailtui.store.store import Store
from tests.support.small_store import ACCOUNT, box, delivery, header, open_store, raw_mail

ATTACHED = (
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n',
    "--b\r\n\r\nthe plan of the year\r\n--b\r\nContent-Type: application/pdf\r\n"
    'Content-Disposition: attachment; filename="plan.pdf"\r\n\r\nx\r\n--b--',
)
BODIES = ("an invoice for you", "the plan", "nothing here", "an INVOICE, the year")
QUERIES = (
    *("subject:mail", "body:invoice", "-body:invoice", "body:invoice OR subject:2", '"the year"', "-has:attachment"),
    *("has:attachment", "filename:plan", "from:anna -plan", "is:unread size:>1", '"plan of"', "after:2023-11-14", "x"),
    *("in:inbox body:plan", "-(body:plan OR body:invoice)", "body:invoice is:flagged", ""),
)


@pytest.fixture(params=["no index", "empty", "half", "full"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Five whole messages, and one of which only the header is here."""
    with contextlib.closing(open_store(tmp_path / "s")) as made:
        inbox = box(made)
        mails = [raw_mail(number, body=text) for number, text in enumerate(BODIES, 1)]
        mails.append(raw_mail(5, extra=ATTACHED[0], body=ATTACHED[1]))
        for number, raw in enumerate(mails, 1):
            point = Checkpoint(7, number + 1, 0, 1)
            flags = ["\\Flagged"] if number == 1 else []
            new = (delivery(made, inbox, number, raw, flags),)
            made.apply([MailboxDelta(ACCOUNT, inbox, 7, deliveries=new, checkpoint=point)])
            if request.param == "half" and number == 3:
                made.fill_fulltext(100)
        bare = (header(6, raw_mail(6)),)
        made.apply([MailboxDelta(ACCOUNT, inbox, 7, headers=bare, checkpoint=Checkpoint(7, 7, 0, 1))])
        if request.param == "full":
            made.fill_fulltext(100)
        if request.param == "no index":
            for path in (tmp_path / "s").glob("fulltext.sqlite*"):
                path.unlink()
        yield made


def test_hits_are_those_of_the_texts_themselves(store: Store) -> None:
    with contextlib.closing(open_reader(store.root)) as reader:
        inbox = box(store)
        for text in QUERIES:
            wanted = []
            for row in reader.page(inbox):
                bare = store.base().candidate(row.placement)
                assert bare is not None
                content = reader.content(row.placement)
                whole = asking.with_text(bare, content.path if content is not None else None)
                if matches(parse(text), whole):
                    wanted.append(row.placement)
            assert [row.placement for row in reader.caught(text, inbox)] == wanted, text


def test_a_mistake_is_told(store: Store) -> None:
    with contextlib.closing(open_reader(store.root)) as reader, pytest.raises(QueryError):
        reader.caught("form:x", box(store))
