"""What networks, servers and disks do to a synchronisation: each time a clear message, recovery, a store that is whole.

Named after the rows of the fault list: F3 disk full, F4 failing reads and syncs, F6 cuts, F7 silence, F9 refused,
F11 new UIDVALIDITY, F19 two at once, F22 lost index, F24 power loss."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.corpus import Corpus
from tests.support.dovecot import Dovecot
from tests.support.profile import Profile, differences, wait_until
from tests.support.proxy import FaultProxy, Way
from tests.support.servers import MailServer
from tests.support.strace import Fault, Run, run, trace

MESSAGES = 120
BOXES = {"INBOX": "INBOX", "Archive": "Archive"}
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.fixture
def proxy(dovecot: MailServer) -> Iterator[FaultProxy]:
    with FaultProxy(dovecot.imap_port) as one:
        yield one


@pytest.fixture
def user(dovecot: MailServer) -> str:
    name = dovecot.new_user("fault")
    dovecot.seed(name, Corpus(MESSAGES))
    dovecot.seed(name, Corpus(20, seed=2), "Archive")
    return name


def profile_for(folder: Path, server: MailServer, user: str, proxy: FaultProxy, extra: str = "") -> Profile:
    tables = server.account_toml(user, port=proxy.port, extra='folders = ["INBOX", "Archive"]')
    return Profile(folder, f"{tables}{extra}\n")


@pytest.fixture
def profile(dovecot: MailServer, user: str, proxy: FaultProxy, tmp_path: Path) -> Profile:
    return profile_for(tmp_path / "profile", dovecot, user, proxy, "timeout = 2")


def says_why(done: Run) -> None:
    """A failed run tells in words what happened, and not by a traceback."""
    said = done.out + done.err
    assert done.code not in (0, -9), said
    assert "Traceback" not in said
    assert len(said.strip()) > 15, "failed without a word"
    assert "secret" not in said


def assert_whole(profile: Profile, server: MailServer, user: str) -> None:
    wrong = differences(profile, server, user, BOXES)
    assert not wrong, "\n".join(wrong[:20])


class TestCuts:
    """F6."""

    @pytest.mark.parametrize("percent", [0, 1, 10, 40, 70, 95, 99])
    def test_cut_of_the_servers_stream(
        self, dovecot: MailServer, user: str, proxy: FaultProxy, profile: Profile, tmp_path: Path, percent: int
    ) -> None:
        profile_for(tmp_path / "whole", dovecot, user, proxy).sync()
        total = proxy.to_client
        proxy.cut(5 + total * percent // 100)
        done = profile.run("sync", "--once")
        if done.code:  # several connections may share the bytes, and a lost one may have been replaced
            says_why(done)
        first = proxy.to_client - total
        kept = profile.ledger().size
        profile.sync()
        assert_whole(profile, dovecot, user)
        again = proxy.to_client - total - first
        overhead = total - profile.ledger().size + 20_000  # what the undisturbed run cost besides the messages
        assert again < profile.ledger().size - kept + overhead, "what was kept has been downloaded again"

    @pytest.mark.parametrize("after", [3, 30, 60, 120, 240])
    def test_cut_of_what_the_client_says(
        self, dovecot: MailServer, user: str, proxy: FaultProxy, profile: Profile, after: int
    ) -> None:
        proxy.cut(after, Way.TO_SERVER)
        done = profile.run("sync", "--once")
        assert proxy.fired
        if done.code:
            says_why(done)
        profile.sync()
        assert_whole(profile, dovecot, user)

    def test_cut_while_watching_is_found_and_mended(
        self, dovecot: MailServer, user: str, proxy: FaultProxy, profile: Profile
    ) -> None:
        profile.sync()
        watch = profile.start("sync", "--watch")
        try:
            assert wait_until(lambda: proxy.open_connections > 0)
            time.sleep(1.5)  # into IDLE
            proxy.drop()
            with dovecot.client(user) as client:
                client.append(next(iter(Corpus(1, seed=9))).raw)
            assert wait_until(lambda: profile.visible() == MESSAGES + 1, 30), (profile.folder / "out").read_text()
        finally:
            end(watch)
        assert_whole(profile, dovecot, user)


class TestSilence:
    """F7, F8, F9."""

    @pytest.mark.parametrize("after", [0, 60, 50_000])
    def test_a_peer_that_is_gone_ends_in_a_timeout(
        self, dovecot: MailServer, user: str, proxy: FaultProxy, profile: Profile, after: int
    ) -> None:
        proxy.stall(after)
        start = time.monotonic()
        done = profile.run("sync", "--once", timeout=60)
        assert time.monotonic() - start < 30
        says_why(done)
        proxy.drop()
        proxy.resume()
        profile.sync()
        assert_whole(profile, dovecot, user)

    def test_nobody_listens(self, dovecot: MailServer, user: str, proxy: FaultProxy, profile: Profile) -> None:
        proxy.refuse()
        done = profile.run("sync", "--once")
        says_why(done)
        assert done.code == 75
        assert str(proxy.port) in done.out + done.err
        proxy.accept()
        profile.sync()
        assert_whole(profile, dovecot, user)

    def test_one_byte_at_a_time_does_not_go_on_for_ever(self, proxy: FaultProxy, profile: Profile) -> None:
        proxy.slow(1, 0.4)
        start = time.monotonic()
        done = profile.run("sync", "--once", timeout=90)
        assert time.monotonic() - start < 60
        says_why(done)


class TestServer:
    """F10, F11."""

    def test_restart_in_the_middle_of_a_first_sync(self, user: str, proxy: FaultProxy, profile: Profile) -> None:
        server = Dovecot()  # its own: restarting the shared one would disturb others
        try:
            server.start()
            server.seed(user, Corpus(MESSAGES))
            server.seed(user, Corpus(20, seed=2), "Archive")
            proxy.retarget(server.imap_port)
            proxy.slow(20_000, 0.02)
            first = profile.start("sync", "--once")
            assert wait_until(lambda: proxy.to_client > 200_000, step=0.01)
            server.restart()
            assert first.wait(60) == 75
            assert "Traceback" not in (profile.folder / "out").read_text()
            proxy.resume()
            profile.sync()
            assert_whole(profile, server, user)
        finally:
            server.remove()

    def test_uidvalidity_change_keeps_all_mail_and_fetches_none_of_it_again(
        self, dovecot: Dovecot, user: str, proxy: FaultProxy, profile: Profile
    ) -> None:
        profile.sync()
        before = ids(profile)
        time.sleep(1.1)  # Dovecot makes a UIDVALIDITY of the clock's seconds
        dovecot.wipe_index(user)
        start = proxy.to_client
        profile.sync()
        assert_whole(profile, dovecot, user)
        assert ids(profile) == before, "a message changed its public id"
        assert proxy.to_client - start < profile.ledger().size // 3, "mail that was here has been downloaded again"

    def test_mailbox_deleted_and_made_again_with_other_mail(
        self, dovecot: MailServer, user: str, profile: Profile
    ) -> None:
        profile.sync()
        time.sleep(1.1)
        with dovecot.client(user) as client:
            kept = list(client.raw("Archive").values())[5:10]
            client.delete("Archive")
            client.create("Archive")
            for raw in [*kept, *(seed.raw for seed in Corpus(3, seed=7))]:
                client.append(raw, "Archive")
        profile.sync()
        assert_whole(profile, dovecot, user)

    def test_mailbox_gone_for_good_leaves_the_others_alone(
        self, dovecot: MailServer, user: str, profile: Profile
    ) -> None:
        profile.sync()
        with dovecot.client(user) as client:
            client.rename("Archive", "Elsewhere")
        profile.sync()
        wrong = differences(profile, dovecot, user, {"INBOX": "INBOX"})
        assert not wrong, "\n".join(wrong[:20])


class TestDisk:
    """F3, F4."""

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
    def test_a_full_disk_is_said_and_survived(
        self, dovecot: MailServer, user: str, proxy: FaultProxy, tmp_path: Path
    ) -> None:
        profile = profile_for(tmp_path / "profile", dovecot, user, proxy)
        profile.store.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", str(profile.store)], check=False)
        if mount.returncode:
            pytest.skip("this machine lets nobody mount")
        try:
            done = profile.run("sync", "--once")
            says_why(done)
            assert re.search("space|full", (done.out + done.err).lower())
            assert not profile.ledger().half
            subprocess.run(["mount", "-o", "remount,size=64m", str(profile.store)], check=True)
            profile.sync()
            assert_whole(profile, dovecot, user)
        finally:
            subprocess.run(["umount", "-l", str(profile.store)], check=True)

    @needs_strace
    @pytest.mark.parametrize(
        ("syscall", "error"),
        [("fsync", "EIO"), ("fdatasync", "EIO"), ("rename", "ENOSPC"), ("write", "ENOSPC"), ("pwrite64", "EDQUOT")],
    )
    def test_failing_calls_lose_nothing(
        self, dovecot: MailServer, user: str, profile: Profile, syscall: str, error: str
    ) -> None:
        profile.sync()  # the store exists: the fault meets the mail, not the making of the store
        with dovecot.client(user) as client:
            for seed in Corpus(25, seed=5):
                client.append(seed.raw)
            client.add_flags(client.uids()[:30], "\\Flagged")
        done = run(profile.argv("sync", "--once"), Fault(syscall, 4, error, onwards=True), env=profile.env)
        assert "Traceback" not in done.out + done.err
        assert not profile.ledger().half
        profile.sync()
        assert_whole(profile, dovecot, user)


class TestStore:
    """F19, F22, F24."""

    def test_a_second_writer_is_told_who_holds_the_store(self, proxy: FaultProxy, profile: Profile) -> None:
        profile.sync()
        watch = profile.start("sync", "--watch")
        try:
            assert wait_until(lambda: proxy.open_connections > 0)
            done = profile.run("sync", "--once")
            says_why(done)
            assert str(watch.pid) in done.out + done.err
            assert profile.run("list", "-f", "INBOX", "--json").code == 0
            watch.kill()
            watch.wait()
            profile.sync()  # a lock of a killed owner is no lock
        finally:
            end(watch)

    def test_reindex_after_a_lost_index_needs_no_download(
        self, dovecot: MailServer, user: str, proxy: FaultProxy, profile: Profile
    ) -> None:
        profile.sync()
        before = ids(profile)
        for path in profile.store.glob("*.sqlite*"):
            path.unlink()
        start = proxy.to_client
        done = profile.run("reindex")
        assert done.code == 0, done.err
        assert_whole(profile, dovecot, user)
        assert ids(profile) == before
        profile.sync()
        assert_whole(profile, dovecot, user)
        assert proxy.to_client - start < 60_000

    @needs_strace
    def test_mail_is_on_the_disk_before_it_is_listed(self, profile: Profile) -> None:
        """Power loss: each file is synced before its rename, the folder after, the index commits behind both."""
        done, lines = trace(
            profile.argv("sync", "--once"),
            calls=(
                "openat",
                "rename",
                "renameat",
                "renameat2",
                "link",
                "linkat",
                "fsync",
                "fdatasync",
                "syncfs",
                "sync",
            ),
            env=profile.env,
        )
        assert done.code == 0, done.err
        synced: set[str] = set()
        delivered = 0
        for line in lines:
            if match := re.search(r" (?:fsync|fdatasync)\(\d+<([^>]+)>\)", line):
                synced.add(match[1])
            elif " syncfs(" in line or " sync(" in line:
                synced.add("everything")
            elif match := re.search(r" (?:rename|link)\w*\((?:AT_FDCWD[^,]*, )?\"([^\"]+/tmp/[^\"]+)\"", line):
                delivered += 1
                assert match[1] in synced or "everything" in synced, f"not synced before: {line}"
        assert delivered >= MESSAGES
        folders = {path for path in synced if path.endswith(("/cur", "/new"))}
        assert folders or "everything" in synced


def ids(profile: Profile) -> dict[str, str]:
    """Message-ID -> public id, of INBOX."""
    done = profile.run("list", "-f", "INBOX", "--limit", "10000", "--json")
    assert done.code == 0, done.err
    return {str(row["message_id"]): str(row["id"]) for row in json.loads(done.out) if row["message_id"]}


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
