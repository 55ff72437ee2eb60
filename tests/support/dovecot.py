"""A Dovecot of our own: full configuration in a temp folder, as root or as an ordinary user."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.support.processes import free_ports, need
from tests.support.servers import MailServer, Seed

_MAIL_ID = 5000
"""Owner of the mail when the tests run as root (Dovecot serves no mail as root); needs no entry in /etc/passwd."""

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = {protocols}
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_max_userip_connections = 200
default_client_limit = 2000
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 apop
auth_failure_delay = 0
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
mail_location = maildir:~/Maildir
mail_fsync = never
mail_plugins = zlib
protocol imap {{
  mail_plugins = zlib imap_zlib
  imap_idle_notify_interval = 2 mins
}}
mailbox_idle_check_interval = 1 secs
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    special_use = \\Drafts
    auto = subscribe
  }}
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = subscribe
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = subscribe
  }}
  mailbox Archive {{
    special_use = \\Archive
    auto = subscribe
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service imap {{
  vsz_limit = 2G
  process_limit = 500
}}
service pop3-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service pop3 {{
  process_limit = 500
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
{extra}
"""


class Dovecot(MailServer):
    """Dovecot 2.3 with maildir storage. `extra` is appended to its configuration at the next start."""

    name = "dovecot"

    def __init__(self) -> None:
        self._binary = need("dovecot", "dovecot-imapd")
        super().__init__()
        self.extra = ""
        self.pop3 = False
        """Whether it speaks POP3 too; set before the start. `pop3_port` speaks plain POP3 and STLS, `pop3s_port`
        implicit TLS."""
        self.pop3_port, self.pop3s_port = free_ports(2)
        root = os.geteuid() == 0
        self._uid, self._gid = (_MAIL_ID, _MAIL_ID) if root else (os.getuid(), os.getgid())
        me = pwd.getpwuid(os.getuid()).pw_name
        self._internal, self._login = ("dovecot", "dovenull") if root else (me, me)
        for name in ("run", "state", "mail"):
            (self.folder / name).mkdir()
        self._own(self.folder / "mail")

    def _prepare(self) -> tuple[list[str], dict[str, str] | None]:
        if self.pop3 and not self._started:
            need("/usr/lib/dovecot/pop3", "dovecot-pop3d")
            self.pop3_port, self.pop3s_port = free_ports(2)
        group = grp.getgrgid(pwd.getpwnam(self._internal).pw_gid).gr_name
        config = self.folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                folder=self.folder,
                internal=self._internal,
                internal_group=group,
                login=self._login,
                uid=self._uid,
                gid=self._gid,
                cert=self.certificate.cert,
                key=self.certificate.key,
                imap=self.imap_port,
                imaps=self.imaps_port,
                pop3=self.pop3_port,
                pop3s=self.pop3s_port,
                protocols="imap pop3" if self.pop3 else "imap",
                extra=self.extra,
            )
        )
        return [self._binary, "-F", "-c", str(config)], None

    def maildir(self, user: str, mailbox: str = "INBOX") -> Path:
        """Where Dovecot keeps the mailbox (Maildir++ layout). `mailbox` as on the wire, `/` between levels."""
        top = self.folder / "mail" / user / "Maildir"
        return top if mailbox == "INBOX" else top / ("." + mailbox.replace(".", "_").replace("/", "."))

    def seed(self, user: str, messages: Iterable[Seed], mailbox: str = "INBOX") -> int:
        """Writes the maildir files itself: some 10,000 messages a second. UIDs follow the order given."""
        folder = self.maildir(user, mailbox)
        self._make(user, folder)
        count = 0
        known = len(os.listdir(folder / "cur"))
        for count, message in enumerate(messages, 1):
            # Dovecot gives out UIDs in the order of the number that leads a file's name
            path = f"{folder}/cur/{1_000_000_000 + known + count}.s.seed,S={len(message.raw)}:2,{message.flags}"
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(handle, message.raw)
            if self._uid != os.geteuid():
                os.fchown(handle, self._uid, self._gid)
            os.close(handle)
            os.utime(path, (message.date, message.date))
        return count

    def wipe_index(self, user: str, mailbox: str = "INBOX") -> None:
        """Forgets UIDs: the next SELECT gives the mailbox a new UIDVALIDITY, as after a server move."""
        for path in self.maildir(user, mailbox).glob("dovecot*"):
            if path.is_file() and path.name != "dovecot-keywords":
                path.unlink()

    def kick(self, user: str) -> None:
        """Drops the user's connections, as an administrator would."""
        doveadm = need("doveadm", "dovecot-core")
        subprocess.run(
            [doveadm, "-c", str(self.folder / "dovecot.conf"), "kick", user], check=False, capture_output=True
        )

    def drop_user(self, user: str) -> None:
        """Deletes all mail of the user."""
        shutil.rmtree(self.folder / "mail" / user, ignore_errors=True)

    def _make(self, user: str, folder: Path) -> None:
        for name in ("cur", "new", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if not (folder / "maildirfolder").exists() and folder.name != "Maildir":
            (folder / "maildirfolder").touch()
        for path in (self.folder / "mail" / user, self.maildir(user), folder, *folder.iterdir()):
            self._own(path)

    def _own(self, path: Path) -> None:
        if self._uid != os.geteuid():
            os.chown(path, self._uid, self._gid)
