"""Commands that act, as programs: what a script asked for is on a real server afterwards."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import stop
from tests.support.profile import Profile, wait_until
from tests.support.servers import MailServer, Seed
from tests.support.small_store import raw_mail


@pytest.fixture
def user(mail_server: MailServer) -> str:
    name = mail_server.new_user()
    mail_server.seed(name, [Seed(raw_mail(number), "", 1_700_000_000 + number) for number in range(1, 7)])
    return name


@pytest.fixture
def profile(mail_server: MailServer, user: str, tmp_path: Path) -> Profile:
    made = Profile(tmp_path / "profile", mail_server.account_toml(user))
    made.sync()
    return made


def said(profile: Profile, *words: str, stdin: str = "") -> Any:
    """The JSON of a command that must work."""
    done = subprocess.run(
        profile.argv(*words, "--json"),
        env={**os.environ, **profile.env},
        input=stdin.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def subjects(mail_server: MailServer, user: str, mailbox: str) -> list[str]:
    """What the server has there, sorted."""
    with mail_server.client(user) as client:
        if mailbox not in client.mailboxes():
            return []
        texts = [raw.decode() for raw in client.raw(mailbox).values()]
    return sorted(text.partition("Subject: ")[2].partition("\r\n")[0] for text in texts)


def place(profile: Profile, role: str) -> str:
    return str(next(one["name"] for one in said(profile, "folders") if one["role"] == role))


@pytest.mark.server
def test_a_script_files_mail_and_takes_it_back(mail_server: MailServer, user: str, profile: Profile) -> None:
    found = said(profile, "list", "-f", "inbox")
    assert len(found) == 6
    done = said(profile, "archive", "-", stdin=json.dumps(found[:2]))
    assert (done["label"], done["changed"]) == ("Archived 2", 2)
    assert said(profile, "flag", "--add", "flagged", "--add", "Project", found[2]["id"])["changed"] == 1
    said(profile, "delete", found[3]["id"])
    said(profile, "delete", "--forever", "--yes", found[4]["id"])
    profile.sync()
    assert said(profile, "ledger") == []
    assert subjects(mail_server, user, "INBOX") == sorted([found[2]["subject"], found[5]["subject"]])
    assert subjects(mail_server, user, place(profile, "archive")) == sorted(one["subject"] for one in found[:2])
    assert subjects(mail_server, user, place(profile, "trash")) == [found[3]["subject"]]
    with mail_server.client(user) as client:
        assert {frozenset(flags) - {"\\Recent"} for flags in client.flags().values()} == {
            frozenset(),
            frozenset({"\\Flagged", "Project"}),
        }
    assert [one["id"] for one in said(profile, "recover")] == [found[4]["id"]]
    assert said(profile, "undo", "4")["changed"] == 4
    profile.sync()
    assert said(profile, "ledger") == []
    assert subjects(mail_server, user, "INBOX") == sorted(one["subject"] for one in found)


@pytest.mark.server
def test_folders_of_a_script(mail_server: MailServer, user: str, profile: Profile) -> None:
    word = said(profile, "list", "-f", "inbox")[0]["id"]
    below = place(profile, "archive").rpartition("Archive")[0]  # where this server keeps people's folders
    said(profile, "folder", "create", f"{below}Project")
    said(profile, "copy", "--to", "Project", word)
    profile.sync()
    assert len(subjects(mail_server, user, f"{below}Project")) == 1
    said(profile, "folder", "rename", "Project", f"{below}Project two")
    profile.sync()
    assert len(subjects(mail_server, user, f"{below}Project two")) == 1
    assert subjects(mail_server, user, f"{below}Project") == []
    said(profile, "folder", "delete", "--yes", "Project two")
    profile.sync()
    assert subjects(mail_server, user, f"{below}Project two") == []
    assert said(profile, "ledger") == []


@pytest.mark.server
def test_a_mailtui_that_runs_does_it_at_once(mail_server: MailServer, user: str, profile: Profile) -> None:
    watching = profile.start("sync", "--watch")
    try:
        assert wait_until(lambda: (profile.store / "counter").exists())
        words = [one["id"] for one in said(profile, "list", "-f", "inbox")]
        assert said(profile, "archive", *words[:3])["changed"] == 3
        archive = place(profile, "archive")
        assert wait_until(lambda: len(subjects(mail_server, user, archive)) == 3)
        assert wait_until(lambda: said(profile, "ledger") == [])
        assert watching.poll() is None
    finally:
        stop(watching)
