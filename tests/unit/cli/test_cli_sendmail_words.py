"""Command lines of sendmail as programs say them."""

from __future__ import annotations

import pytest

from mailtui.cli import sendmail_words as words
from mailtui.cli.sendmail_words import Words, WordsError, parse
from mailtui.mail.compose.header import ComposeError
from mailtui.model.errors import ConfigError, FileError, MailtuiError, Retry, StoreError, StoreLockedError, UsageError


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("-t -i", Words(from_header=True, dots=True)),  # PHP
        ("-ti", Words(from_header=True, dots=True)),
        ("-FCronDaemon -i -B8BITMIME -oem root", Words(("root",), dots=True, name="CronDaemon")),  # cron
        ("-oem -oi -f a@b.c -- d@e.f g@h.i", Words(("d@e.f", "g@h.i"), dots=True, sender="a@b.c")),  # mutt
        ("-i -fa@b.c d@e.f", Words(("d@e.f",), dots=True, sender="a@b.c")),  # git send-email
        ("-oi -oem -t", Words(from_header=True, dots=True)),
        ("-oem -oi -odb -t", Words(from_header=True, dots=True)),
        ("-f <> -bm a@b.c", Words(("a@b.c",), sender="")),
        ("-r x@y.z -h 3 -O Timeout=1 -N never -R hdrs -V id -X log -L tag a@b.c", Words(("a@b.c",), sender="x@y.z")),
        ("-Am -v -G -U -n -q10m -d0.1 a@b.c", Words(("a@b.c",))),
        ("-bp", Words(mode="p")),
        ("--account work -t", Words(from_header=True, account="work")),
        ("--account=work -- -odd@b.c", Words(("-odd@b.c",), account="work")),
        ("", Words()),
    ],
)
def test_lines_that_programs_say(line: str, meant: Words) -> None:
    assert parse(line.split()) == meant


@pytest.mark.parametrize("line", ["-f", "-Z", "--help-me", "-bs", "-bi", "-ty"])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(WordsError) as caught:
        parse(line.split())
    assert words.status_of(caught.value) == 64


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (b"a\n.\nb\n", b"a\n"),
        (b"a\r\n.\r\nb", b"a\r\n"),
        (b"a\r\n.\r\nb\n.\nc", b"a\r\n"),
        (b"a\n..\n.b\n", b"a\n..\n.b\n"),
        (b"a\n.", b"a\n"),
        (b".\nx", b""),
        (b"a", b"a"),
    ],
)
def test_a_lone_dot_ends_the_message(raw: bytes, left: bytes) -> None:
    assert words.until_dot(raw) == left


def test_somebody_on_this_computer_is_oneself() -> None:
    assert words.whole_address("root", "me@x.y") == "me@x.y"
    assert words.whole_address("<a@b.c>", "me@x.y") == "a@b.c"
    for odd in ("", "<>", "a@b\nDATA"):
        with pytest.raises(WordsError) as caught:
            words.whole_address(odd, "me@x.y")
        assert words.status_of(caught.value) == 67


def test_users_of_this_computer_are_found_in_a_header() -> None:
    raw = b"To: root, <www-data>, a@b.c\nCc: undisclosed-recipients:;, Anna Smith\nBcc: root\n\nx: root\n"
    assert words.local_names(raw) == ("root", "www-data")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("x"), 64),
        (ComposeError("x"), 65),
        (StoreError("x"), 74),
        (FileError("x"), 74),
        (StoreLockedError("x", 1), 75),
        (ConfigError("x"), 78),
        (MailtuiError("x", retry=Retry.NEVER), 70),
    ],
)
def test_exit_codes_are_those_of_sysexits(error: MailtuiError, status: int) -> None:
    assert words.status_of(error) == status
