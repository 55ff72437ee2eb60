"""POP3 against a real Dovecot: TLS, logins, byte for byte, deleting, a locked maildrop, and kills at random points."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailtui.model.account import Secret, Security
from mailtui.model.errors import AuthError, LostError, TlsError
from mailtui.model.keep import Keep, KeepPolicy
from mailtui.protocols.pop3.link import PopLink
from tests.support.cyrus import Cyrus
from tests.support.dovecot import Dovecot
from tests.support.popping import mail, pop_account
from tests.support.profile import Profile
from tests.support.running_engine import ACCOUNT, running, sync
from tests.support.servers import Seed, ServerMissing
from tests.support.store_bed import audit

NEVER = KeepPolicy(Keep.NEVER)
KILLS = int(os.environ.get("MAILTUI_POP_KILLS", "4"))
"""300 for the long run."""


@pytest.fixture(scope="module")
def popping() -> Iterator[Dovecot]:
    try:
        server = Dovecot()
        server.pop3 = True
        server.extra = "protocol pop3 {\n  pop3_lock_session = yes\n}\n"
        server.start()
    except ServerMissing as missing:
        if os.environ.get("MAILTUI_REQUIRE_SERVERS") == "1":
            pytest.fail(f"MAILTUI_REQUIRE_SERVERS=1, but {missing}")
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def popping_cyrus() -> Iterator[Cyrus]:
    try:
        server = Cyrus()
        server.pop3 = True
        server.start()
    except ServerMissing as missing:
        if os.environ.get("MAILTUI_REQUIRE_SERVERS") == "1":
            pytest.fail(f"MAILTUI_REQUIRE_SERVERS=1, but {missing}")
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        server.remove()


pytestmark = pytest.mark.server


def crlf(raw: bytes) -> bytes:
    """As Dovecot hands out what lies in its maildir."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def held(root: Path) -> Counter[bytes]:
    top = root / "mail" / ACCOUNT
    return Counter(path.read_bytes() for path in top.rglob("cur/*") if ".gone" not in path.parts)


def left(server: Dovecot, user: str) -> Counter[bytes]:
    """What the server still has. A session that a kill cut off may still be moving its files: then once more."""
    folder = server.maildir(user)
    for _ in range(100):
        try:
            return Counter(crlf(path.read_bytes()) for part in ("cur", "new") for path in (folder / part).iterdir())
        except FileNotFoundError:
            time.sleep(0.05)
    raise AssertionError(f"{folder} does not come to rest")


@pytest.mark.parametrize("security", list(Security))
@pytest.mark.parametrize("auth", ["auto", "plain", "login", "apop"])
async def test_logins(popping: Dovecot, security: Security, auth: str) -> None:
    port = popping.pop3s_port if security is Security.TLS else popping.pop3_port
    account = pop_account(port, user=popping.new_user("pop"), security=security, ca_file=popping.ca_file, auth=auth)
    assert account.pop3 is not None
    if security is Security.STARTTLS and auth == "apop":
        with pytest.raises(AuthError):  # its stamp was told in clear text
            await PopLink.open(account.pop3, Secret("secret"))
        return
    link = await PopLink.open(account.pop3, Secret("secret"))
    assert "UIDL" in link.capabilities
    assert (await link.quit()).ok


async def test_wrong_password_and_wrong_authority(popping: Dovecot) -> None:
    server = pop_account(popping.pop3_port, user=popping.new_user("pop")).pop3
    assert server is not None
    with pytest.raises(AuthError) as raised:
        await PopLink.open(server, Secret("wr0ng-canary"))
    assert "canary" not in str(raised.value)
    with pytest.raises(TlsError):
        await PopLink.open(replace(server, port=popping.pop3s_port, security=Security.TLS), Secret("secret"))


async def test_a_locked_maildrop_is_said_and_waited_for(popping: Dovecot, tmp_path: Path) -> None:
    user = popping.new_user("pop")
    popping.seed(user, [Seed(mail(1))])
    account = pop_account(popping.pop3_port, user=user)
    assert account.pop3 is not None
    other = await PopLink.open(account.pop3, Secret("secret"))
    (error,) = await sync(tmp_path, account)
    assert isinstance(error, LostError)
    assert error.retry.value == "backoff"
    assert "open elsewhere" in error.text
    await other.quit()
    assert await sync(tmp_path, account) == []
    assert held(tmp_path) == Counter([mail(1)])


async def test_byte_for_byte_and_then_nothing_but_a_listing(popping: Dovecot, tmp_path: Path) -> None:
    user = popping.new_user("pop")
    odd = [
        b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n",
        b"Subject: long\r\n\r\n" + b"y" * 100_000 + b"\r\n",
        b"Subject: unended\r\n\r\nno line break",
    ]
    popping.seed(user, [Seed(raw) for raw in [*odd, *(mail(n) for n in range(1, 301)), mail(1)]])
    account = pop_account(popping.pop3_port, user=user, security=Security.STARTTLS, ca_file=popping.ca_file)
    async with running(tmp_path, account, watch=False) as me:
        await me.sync_once()
        assert me.failures == []
    assert held(tmp_path) == left(popping, user)
    assert sum(held(tmp_path).values()) == 304
    assert await sync(tmp_path, account) == []
    assert sum(held(tmp_path).values()) == 304
    assert await sync(tmp_path, replace(account, pop3=replace(account.pop3, leave_on_server=NEVER))) == []  # type: ignore[type-var]
    assert left(popping, user) == Counter()
    assert sum(held(tmp_path).values()) == 304
    assert audit(tmp_path) == []


async def test_cyrus_gives_and_deletes_the_same(popping_cyrus: Cyrus, tmp_path: Path) -> None:
    server, user = popping_cyrus, popping_cyrus.new_user("pop")
    odd = [b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n", b"Subject: long\r\n\r\n" + b"y" * 100_000 + b"\r\n"]
    messages = [*odd, *(mail(n) for n in range(1, 201)), mail(1)]
    server.seed(user, [Seed(raw) for raw in messages])
    account = pop_account(server.pop3_port, user=user, security=Security.STARTTLS, ca_file=server.ca_file)
    assert await sync(tmp_path, account) == []
    assert held(tmp_path) == Counter(messages)
    assert await sync(tmp_path, account) == []
    assert held(tmp_path) == Counter(messages)
    with server.client(user) as client:
        assert len(client.raw("INBOX")) == len(messages)
    assert await sync(tmp_path, replace(account, pop3=replace(account.pop3, leave_on_server=NEVER))) == []  # type: ignore[type-var]
    with server.client(user) as client:
        assert client.raw("INBOX") == {}
    assert held(tmp_path) == Counter(messages)
    assert audit(tmp_path) == []


def tables(server: Dovecot, user: str, keep: str) -> str:
    return (
        f'[accounts.{ACCOUNT}]\nemail = "a@example.com"\n[accounts.{ACCOUNT}.pop3]\nhost = "127.0.0.1"\n'
        f'port = {server.pop3_port}\nsecurity = "none"\nuser = "{user}"\n'
        f'password_command = ["printf", "secret"]\nleave_on_server = "{keep}"\n'
    )


@pytest.mark.parametrize("keep", ["forever", "never"])
def test_killed_at_random_points(popping: Dovecot, tmp_path: Path, keep: str) -> None:
    """Nothing lost, nothing twice, nothing deleted there that is not here; the next run mends it."""
    chooser = random.Random(f"{KILLS} {keep}")
    killed = 0
    for number in range(KILLS):
        user = popping.new_user("popkill")
        messages = [mail(n, b"x" * chooser.randrange(3000) + b"\r\n") for n in range(1, 501)]
        popping.seed(user, [Seed(raw) for raw in messages])
        profile = Profile(tmp_path / str(number), tables(popping, user, keep))
        process = subprocess.Popen(
            profile.argv("sync", "--once"), env={**os.environ, **profile.env}, stdout=subprocess.DEVNULL
        )
        folder = profile.store / "mail" / ACCOUNT / "INBOX" / "cur"
        goal, end = chooser.randrange(1, 480), time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            if folder.is_dir() and len(os.listdir(folder)) >= goal:
                time.sleep(chooser.random() * 0.1)
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        killed += process.wait() == -signal.SIGKILL
        assert set(messages) <= set(held(profile.store)) | set(left(popping, user))
        time.sleep(0.1)  # the server lets go of the maildrop
        for _ in range(20):
            done = profile.run("sync", "--once")
            if done.code != 75:
                break
            time.sleep(0.2)
        assert done.code == 0, done.err
        assert held(profile.store) == Counter(messages)
        assert left(popping, user) == (Counter(messages) if keep == "forever" else Counter())
        assert audit(profile.store) == []
        shutil.rmtree(profile.folder)
    print(f"{killed} of {KILLS} killed in time", file=sys.stderr)
    assert killed >= KILLS // 3
