"""A keyring of its own with one key, and messages that were signed and encrypted with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

GPG = shutil.which("gpg")
ANNA = "Anna <anna@example.org>"


@dataclass
class Keyring:
    """`home` is a GNUPGHOME."""

    home: Path

    def run(self, *words: str, data: bytes = b"") -> bytes:
        assert GPG is not None
        return subprocess.run(
            [GPG, "--homedir", str(self.home), "--batch", "--quiet", "--no-tty", "--passphrase", "",
             "--pinentry-mode", "loopback", "--trust-model", "always", *words],
            input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=60,
        ).stdout  # fmt: skip

    def close(self) -> None:
        """Its agent ends, and it is gone."""
        subprocess.run(
            ["gpgconf", "--homedir", str(self.home), "--kill", "all"], check=False, stderr=subprocess.DEVNULL
        )
        shutil.rmtree(self.home, ignore_errors=True)

    def signed(self, text: bytes, sender: str = "anna@example.org") -> bytes:
        """A multipart/signed message (RFC 3156)."""
        part = b"Content-Type: text/plain\r\n\r\n" + text.replace(b"\n", b"\r\n")
        armour = self.run("--armor", "--detach-sign", data=part).replace(b"\n", b"\r\n")
        head = (
            f"From: {sender}\r\nSubject: s\r\nContent-Type: multipart/signed; boundary=s; micalg=pgp-sha256;\r\n"
            ' protocol="application/pgp-signature"\r\n\r\n'
        ).encode()
        return (
            head + b"--s\r\n" + part + b"\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n" + armour + b"--s--"
        )

    def encrypted(self, inner: bytes, *more: str, sender: str = "anna@example.org") -> bytes:
        """A multipart/encrypted message around `inner`."""
        armour = self.run("--armor", "--encrypt", "-r", "anna@example.org", *more, data=inner)
        return (
            (
                f"From: {sender}\r\nSubject: e\r\nContent-Type: multipart/encrypted; boundary=e;\r\n"
                ' protocol="application/pgp-encrypted"\r\n\r\n--e\r\nContent-Type: application/pgp-encrypted\r\n\r\n'
                "Version: 1\r\n\r\n--e\r\nContent-Type: application/octet-stream\r\n\r\n"
            ).encode()
            + armour
            + b"\r\n--e--\r\n"
        )


def make_keyring() -> Keyring:
    """In a folder with a short name: sockets of gpg-agent have no room for a long one."""
    ring = Keyring(Path(tempfile.mkdtemp(prefix="mt-pgp-", dir="/tmp")))
    os.chmod(ring.home, 0o700)
    ring.run("--quick-generate-key", ANNA, "ed25519", "default", "never")
    key = ring.run("--list-keys", "--with-colons").decode().split("fpr:::::::::")[1].split(":")[0]
    ring.run("--quick-add-key", key, "cv25519", "encr", "never")
    return ring
