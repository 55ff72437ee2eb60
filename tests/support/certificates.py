"""A private certificate authority made with openssl: strict enough for Python 3.13's VERIFY_X509_STRICT."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import need

_CA = """
[req]
distinguished_name = name
x509_extensions = ca
prompt = no
[name]
CN = mailtui test authority
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""

_LEAF = """
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


@dataclass(frozen=True)
class Certificate:
    cert: Path
    key: Path


class Authority:
    """A certificate authority in `folder`; `ca_file` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = folder / "ca.pem"
        self._key = folder / "ca.key"
        if not self.ca_file.exists():
            (folder / "ca.cnf").write_text(_CA)
            self._openssl(
                *("req", "-x509", *_KEY, "-days", "3650"),
                *("-config", "ca.cnf", "-keyout", "ca.key", "-out", "ca.pem"),
            )

    def issue(
        self, name: str = "server", names: str = "DNS:localhost,IP:127.0.0.1,IP:::1", days: int = 3650
    ) -> Certificate:
        """A server certificate for `names` (openssl's subjectAltName syntax); below 0 days it has expired."""
        folder = self.folder
        (folder / f"{name}.cnf").write_text(_LEAF.format(names=names))
        self._openssl("req", "-new", *_KEY, "-subj", "/CN=localhost", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self._openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
            *("-days", str(days), "-extfile", f"{name}.cnf", "-out", f"{name}.pem"),
        )
        return Certificate(folder / f"{name}.pem", folder / f"{name}.key")

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run([need("openssl", "openssl"), *arguments], cwd=self.folder, capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace"))


_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
