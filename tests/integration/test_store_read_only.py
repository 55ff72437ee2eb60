"""A store on a disk, or of a person, that nothing may be written to: everything that only reads works."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.profile import Profile

MBOX = b"From a@b Mon Nov 23 10:00:00 2026\nSubject: hi\nFrom: a@b\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n\nhello\n"


def unprivileged() -> list[str]:
    """As root permissions mean nothing: what lets root pass over them is given up."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is missing, and root writes everywhere")
    powers = "-dac_override,-dac_read_search,-fowner"
    return ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}"]


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Profile]:
    made = Profile(tmp_path / "p", '[accounts.me]\nemail = "a@example.com"\n[accounts.me.local]\n')
    (tmp_path / "in.mbox").write_bytes(MBOX)
    assert made.run("import", str(tmp_path / "in.mbox")).code == 0
    folders = [made.store, *(path for path in made.store.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    yield made
    for folder in folders:
        folder.chmod(0o700)


def run(profile: Profile, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **profile.env, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [*unprivileged(), *profile.argv(*words)], env=environment, capture_output=True, text=True, timeout=60
    )


def test_what_only_reads_works(profile: Profile) -> None:
    assert "INBOX" in run(profile, "folders").stdout
    assert "hi" in run(profile, "list", "-f", "INBOX").stdout
    found = run(profile, "search", "hello", "--json")
    assert found.returncode == 0, found.stderr
    assert '"subject": "hi"' in found.stdout


def test_what_writes_says_why_it_can_not(profile: Profile) -> None:
    refused = run(profile, "sync")
    assert refused.returncode == 6
    assert "or the folder not yours? `mailtui doctor` tells" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "chmod -R u+rwX" in run(profile, "doctor").stdout
