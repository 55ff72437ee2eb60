"""A Cyrus IMAP server of our own. Debian's cyrus-imapd package conflicts with dovecot-imapd: cyrus-common is
installed, the imapd binary is unpacked from its package (`dpkg -x`) and named by MAILTUI_CYRUS_IMAPD, or lies where
the package puts it."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.support.processes import ServerMissing, free_ports, need
from tests.support.servers import MailServer, Seed

_BIN = "/usr/lib/cyrus/bin"

_IMAPD = """
configdirectory: {folder}/config
partition-default: {folder}/spool
defaultpartition: default
cyrus_user: {user}
cyrus_group: {group}
admins: cyrus
idlesocket: {folder}/sock/idle
lmtpsocket: {folder}/sock/lmtp
notifysocket: {folder}/sock/notify
proc_path: {folder}/run/proc
mboxname_lockpath: {folder}/run/lock
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN LOGIN
allowplaintext: yes
tls_server_cert: {cert}
tls_server_key: {key}
unixhierarchysep: yes
altnamespace: yes
virtdomains: off
hashimapspool: yes
syslog_prefix: mailtui-test
autocreate_quota: 0
autocreate_users: anyone
autocreate_post: yes
autocreate_inbox_folders: Sent|Drafts|Junk|Trash|Archive
autocreate_subscribe_folders: Sent|Drafts|Junk|Trash|Archive
xlist-sent: Sent
xlist-drafts: Drafts
xlist-junk: Junk
xlist-trash: Trash
xlist-archive: Archive
specialusealways: 1
imapidlepoll: 1
conversations: 0
expunge_mode: immediate
delete_mode: immediate
skiplist_unsafe: yes
"""

_MASTER = """
START {{
  recover cmd="{bin}/ctl_cyrusdb -C {folder}/imapd.conf -r"
  {idled}
}}
SERVICES {{
  imap  cmd="{imapd} -C {folder}/imapd.conf" listen="127.0.0.1:{imap}" prefork=1 maxchild=50
  imaps cmd="{imapd} -s -C {folder}/imapd.conf" listen="127.0.0.1:{imaps}" prefork=0 maxchild=50
  {pop3}
}}
EVENTS {{ checkpoint cmd="{bin}/ctl_cyrusdb -C {folder}/imapd.conf -c" period=30 }}
"""


class Cyrus(MailServer):
    """Cyrus 3. Messages are seeded by APPEND (about a thousand a second)."""

    name = "cyrus"

    def __init__(self) -> None:
        self._master = need("master", "cyrus-common", _BIN)
        self._imapd = _find_imapd()
        root = os.geteuid() == 0
        try:
            owner = pwd.getpwnam("cyrus") if root else pwd.getpwuid(os.getuid())
        except KeyError:
            raise ServerMissing("there is no user cyrus (Debian package cyrus-common makes it)") from None
        super().__init__()
        self.pop3 = False
        """Whether it speaks POP3 too, on `pop3_port`; set before the start."""
        (self.pop3_port,) = free_ports(1)
        self._owner = owner
        for name in ("config", "spool", "run", "sock"):
            (self.folder / name).mkdir()
        for name in ("db", "socket", "log", "msg", "proc", "quota", "user", "ptclient", "lock"):
            (self.folder / "config" / name).mkdir()

    @staticmethod
    def _place() -> str | None:
        """Cyrus syncs every message to disk (50 ms each on a busy machine), which no test needs: memory, if any."""
        with contextlib.suppress(OSError):
            room = os.statvfs("/dev/shm")
            if room.f_bavail * room.f_frsize > 500_000_000 and os.access("/dev/shm", os.W_OK):
                return "/dev/shm"
        return None

    def _prepare(self) -> tuple[list[str], dict[str, str] | None]:
        group = grp.getgrgid(self._owner.pw_gid).gr_name
        idled = Path(self._imapd).with_name("idled")  # without it an IDLE looks around once a second
        values = {
            "folder": self.folder,
            "idled": f'idled cmd="{idled} -C {self.folder}/imapd.conf"' if os.access(idled, os.X_OK) else "",
            "pop3": self._pop3_service() if self.pop3 else "",
            "bin": _BIN,
            "imapd": self._imapd,
            "user": self._owner.pw_name,
            "group": group,
            "cert": self.certificate.cert,
            "key": self.certificate.key,
            "imap": self.imap_port,
            "imaps": self.imaps_port,
        }
        (self.folder / "imapd.conf").write_text(_IMAPD.format(**values))
        (self.folder / "cyrus.conf").write_text(_MASTER.format(**values))
        if os.geteuid() == 0:
            shutil.chown(self.folder, self._owner.pw_uid, self._owner.pw_gid)
            for top, folders, files in os.walk(self.folder):
                for name in (*folders, *files):
                    os.chown(os.path.join(top, name), self._owner.pw_uid, self._owner.pw_gid)
        argv = [self._master, "-C", f"{self.folder}/imapd.conf", "-M", f"{self.folder}/cyrus.conf"]
        argv += ["-p", f"{self.folder}/run/master.pid", "-D"]
        return argv, {**os.environ, "CYRUS_USER": self._owner.pw_name}

    def _pop3_service(self) -> str:
        pop3d = Path(self._imapd).with_name("pop3d")
        if not os.access(pop3d, os.X_OK):
            raise ServerMissing(f"{pop3d} is missing: dpkg -x Debian's cyrus-pop3d into the same folder as cyrus-imapd")
        config = f"{self.folder}/imapd.conf"
        return f'pop3 cmd="{pop3d} -C {config}" listen="127.0.0.1:{self.pop3_port}" prefork=0 maxchild=20'

    def seed(self, user: str, messages: Iterable[Seed], mailbox: str = "INBOX") -> int:
        letters = {
            "D": "\\Draft",
            "F": "\\Flagged",
            "R": "\\Answered",
            "S": "\\Seen",
            "T": "\\Deleted",
            "P": "$Forwarded",
        }
        count = 0
        with self.client(user) as client:
            if mailbox != "INBOX" and mailbox not in client.mailboxes():
                client.create(mailbox)
            for message in messages:
                client.append(message.raw, mailbox, [letters[letter] for letter in message.flags], message.date)
                count += 1
        return count


def _find_imapd() -> str:
    named = os.environ.get("MAILTUI_CYRUS_IMAPD")
    places = [Path(named)] if named else [Path(_BIN, "imapd")]
    for place in places:
        if os.access(place, os.X_OK):
            return str(place)
    raise ServerMissing(
        f"the imapd of Cyrus is not at {places[0]}: apt-get download cyrus-imapd, dpkg -x it into a folder, and name "
        "usr/lib/cyrus/bin/imapd in it by MAILTUI_CYRUS_IMAPD"
    )
