"""A search that asks the server about mail whose text is not here."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.model.account import OfflineKind, OfflinePolicy
from mailtui.model.changes import Answered
from mailtui.model.intents import AskServer
from mailtui.model.link import LinkState
from tests.integration.test_sync_servers import reach, seeds
from tests.support.running_engine import running
from tests.support.servers import MailServer

LETTER = "From: Anna <anna@x.example>\r\nSubject: plain\r\nMIME-Version: 1.0\r\n"
LETTER += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n"


@pytest.mark.parametrize(("words", "query"), [("the periwinkle rope", "periwinkle"), ("das große Müsli", "müsli")])
async def test_what_the_server_finds_comes_here_and_is_found(
    mail_server: MailServer, tmp_path: Path, words: str, query: str
) -> None:
    user = mail_server.new_user()
    mail_server.seed(user, seeds(30))
    with mail_server.client(user) as other:
        for text in (words, "nothing of it"):
            other.append(LETTER.format(text).encode(), "INBOX")
    where = reach(mail_server, user, offline=OfflinePolicy(OfflineKind.HEADERS))
    async with running(tmp_path, where, watch=True) as me:  # type: ignore[arg-type]
        await me.until(lambda: me.mailbox().total == 32 and me.state() is LinkState.IDLE)
        assert me.reader.search(query) == ()
        me.engine.send(AskServer(query))
        await me.until(lambda: any(isinstance(one, Answered) for one in me.changes))
        (answer,) = [one for one in me.changes if isinstance(one, Answered)]
        assert (answer.found, answer.text, answer.query) == (1, "", query)
        assert sum(row.body_here for row in me.rows()) == 1
        await me.until(lambda: len(me.reader.search(query)) == 1)
        me.changes.clear()
        me.engine.send(AskServer(query))  # now all that it finds is here
        await me.until(lambda: any(isinstance(one, Answered) for one in me.changes))
        assert [one.found for one in me.changes if isinstance(one, Answered)] == [0]


async def test_a_mistake_and_a_folder(dovecot: MailServer, tmp_path: Path) -> None:
    user = dovecot.new_user()
    with dovecot.client(user) as other:
        other.create("Box")
        for box in ("INBOX", "Box"):
            other.append(LETTER.format("periwinkle").encode(), box)
    where = reach(dovecot, user, offline=OfflinePolicy(OfflineKind.HEADERS))
    async with running(tmp_path, where, watch=True) as me:  # type: ignore[arg-type]
        await me.until(lambda: me.mailbox("Box").total == 1 and me.state() is LinkState.IDLE)
        me.engine.send(AskServer("(periwinkle"))
        await me.until(lambda: any(isinstance(one, Answered) for one in me.changes))
        assert any(isinstance(one, Answered) and one.text and not one.found for one in me.changes)
        me.changes.clear()
        me.engine.send(AskServer("periwinkle", me.mailbox("Box").id))
        await me.until(lambda: any(isinstance(one, Answered) for one in me.changes))
        assert [one.found for one in me.changes if isinstance(one, Answered)] == [1]
        assert [row.body_here for row in me.rows("Box")] == [True]
        assert [row.body_here for row in me.rows()] == [False]
