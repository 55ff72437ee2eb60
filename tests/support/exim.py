"""An Exim of our own that takes mail for everybody and delivers it into one maildir, as root or as an ordinary user."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tests.support.certificates import Authority
from tests.support.processes import free_ports, need, start, stop, wait_for_greeting

_CONFIG = """
exim_user = {user}
exim_group = {group}
never_users =
deliver_drop_privilege = {drop}
primary_hostname = localhost
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {smtp} : {smtps}
tls_on_connect_ports = {smtps}
tls_certificate = {cert}
tls_privatekey = {key}
tls_advertise_hosts = *
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}{{}}}}
smtputf8_advertise_hosts = {utf8}
dsn_advertise_hosts = *
accept_8bitmime = true
message_size_limit = {size}
recipients_max = 1000
smtp_accept_max = 100
check_spool_space = 0
check_log_space = 0
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
acl_smtp_rcpt = rcpt

begin acl
rcpt:
  deny local_parts = nobody
       message = 5.1.1 nobody lives here
  defer local_parts = later
        message = 4.2.1 come back later
  require authenticated = *
  accept

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{secret}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{secret}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = secret
  server_set_id = $auth1

begin routers
everybody:
  driver = accept
  transport = keep

begin transports
keep:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  batch_max = 1000
  envelope_to_add
  return_path_add
  user = {user}
  group = {group}
"""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message as Exim delivered it. `data`: as it came, from the first line that Exim did not add, CRLF."""

    sender: str
    recipients: frozenset[str]
    data: bytes


class Exim:
    """Exim 4 on free ports of 127.0.0.1: `smtp_port` with STARTTLS, `smtps_port` with implicit TLS. Logins (user `me`,
    password `secret`) are offered over TLS only, and nothing goes out without one."""

    size_limit = 40_000_000
    """Bytes; what SIZE says."""

    def __init__(self, *, international: bool = True) -> None:
        self._binary = need("exim4", "exim4-daemon-light")
        self._international = international
        self.folder = Path(tempfile.mkdtemp(prefix="mailtui-exim-"))
        self.folder.chmod(0o755)  # Exim works as another user when a test runs as root
        self.authority = Authority(self.folder / "tls")
        self.certificate = self.authority.issue()
        self.smtp_port, self.smtps_port = free_ports(2)
        self._user = "Debian-exim" if os.geteuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self._process: Popen[bytes] | None = None

    @property
    def ca_file(self) -> str:
        return str(self.authority.ca_file)

    def start(self) -> None:
        known = pwd.getpwnam(self._user)
        for name in ("spool", "log", "mail"):
            (self.folder / name).mkdir(exist_ok=True)
            os.chown(self.folder / name, known.pw_uid, known.pw_gid)
        self.certificate.key.chmod(0o640)
        os.chown(self.certificate.key, -1, known.pw_gid)
        config = self.folder / "exim.conf"
        config.write_text(
            _CONFIG.format(
                user=self._user,
                group=grp.getgrgid(known.pw_gid).gr_name,
                drop="false" if os.geteuid() == 0 else "true",
                folder=self.folder,
                smtp=self.smtp_port,
                smtps=self.smtps_port,
                cert=self.certificate.cert,
                key=self.certificate.key,
                utf8="*" if self._international else "",
                size=self.size_limit,
            )
        )
        log = self.folder / "server.log"
        self._process = start([self._binary, "-C", str(config), "-bdf", "-q1h"], log=log)
        wait_for_greeting(self._process, self.smtp_port, log)

    def remove(self) -> None:
        if self._process is not None:
            stop(self._process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def delivered(self, message_id: str, *, seconds: float = 20.0) -> list[Delivered]:
        """All copies of the message `<message_id>`, as soon as the queue is empty and there is one."""
        deadline = time.monotonic() + seconds
        while True:
            idle = not list((self.folder / "spool" / "input").glob("**/*-H"))
            found = [one for one in self._all() if f"<{message_id}>".encode() in one.data.partition(b"\r\n\r\n")[0]]
            if (found and idle) or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def _all(self) -> list[Delivered]:
        return [_read(path.read_bytes()) for path in sorted((self.folder / "mail" / "new").glob("*"))]


def _read(raw: bytes) -> Delivered:
    """Exim puts Return-path, Envelope-to and Received before what it was given."""
    sender, recipients, rest = "", frozenset[str](), raw
    while True:
        line, _, after = rest.partition(b"\n")
        while after.startswith((b" ", b"\t")):
            more, _, after = after.partition(b"\n")
            line += more
        name, _, value = line.decode().partition(":")
        match name:
            case "Return-path":
                sender = value.strip().strip("<>")
            case "Envelope-to":
                recipients = frozenset(one.strip() for one in value.split(","))
            case "Received":
                pass
            case _:
                return Delivered(sender, recipients, rest.replace(b"\n", b"\r\n"))
        rest = after
