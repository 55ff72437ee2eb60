"""config.toml: what it means, and how mistakes are told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailtui.config.read import Loaded, load
from mailtui.model.account import (
    LOCAL_TRAITS,
    LocalSettings,
    OfflineKind,
    OfflinePolicy,
    Protocol,
    SecretKind,
    Security,
    Settings,
)
from mailtui.model.errors import ConfigError
from mailtui.model.folder import Role
from mailtui.model.keep import KEEP_FOREVER, Keep, KeepPolicy
from mailtui.model.listing import ListStyle

IMAP = '[accounts.home]\nemail = "a@example.org"\n[accounts.home.imap]\nhost = "imap.example.org"\n'
SECRET = 'password_command = ["pass", "home"]\n'


@pytest.fixture
def write(tmp_path: Path) -> WriteConfig:
    return WriteConfig(tmp_path)


class WriteConfig:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "config.toml"

    def __call__(self, text: str, mode: int = 0o600) -> Path:
        self.file.write_bytes(text.encode())
        self.file.chmod(mode)
        return self.file

    def load(self, text: str, mode: int = 0o600) -> Loaded:
        return load(str(self(text, mode)))

    def settings(self, text: str, mode: int = 0o600) -> Settings:
        return self.load(text, mode).settings

    def mistake(self, text: str, mode: int = 0o600) -> str:
        """The report, with the folder's path taken out."""
        with pytest.raises(ConfigError) as raised:
            self.load(text, mode)
        return raised.value.text.replace(f"{self.file.parent}/", "")


def test_least_config_and_defaults(write: WriteConfig) -> None:
    loaded = write.load(IMAP + SECRET)
    assert loaded.warnings == ()
    (account,) = loaded.settings.accounts
    assert (account.id, account.email, account.name) == ("home", "a@example.org", "")
    assert (account.offline, account.poll_seconds, account.folders) == (OfflinePolicy(), 300, ())
    server = account.imap
    assert server is not None
    assert (server.protocol, server.host, server.port) == (Protocol.IMAP, "imap.example.org", 993)
    assert (server.security, server.user, server.auth) == (Security.TLS, "a@example.org", "auto")
    assert (server.timeout, server.connections) == (30.0, 4)
    assert (server.secret.kind, server.secret.argv) == (SecretKind.COMMAND, ("pass", "home"))
    assert account.pop3 is None
    assert account.smtp is None
    assert loaded.settings.config_file == str(write.file)
    assert loaded.settings.mark_read_seconds == 1.0


def test_everything_set(write: WriteConfig, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    settings = write.settings(
        """
[general]
store = "mail"
theme = "paper"
ascii = true
mark_read_seconds = -1
[accounts."my work"]
email = "w@example.org"
name = "W"
offline = "recent:2w"
poll = "90s"
folders = ["INBOX", "Lists/*"]
roles = { archive = "Old" }
[accounts."my work".imap]
host = "127.0.0.1"
port = 1143
security = "none"
user = "w"
token_command = "token w"
auth = "xoauth2"
timeout = 5
connections = 1
[accounts."my work".smtp]
host = "smtp.example.org"
security = "starttls"
keyring = true
ca_file = "ca.pem"
[keys.list]
x = "archive"
"""
    )
    (account,) = settings.accounts
    assert settings.store == str(tmp_path / "mail")
    assert (settings.theme, settings.ascii, settings.mark_read_seconds) == ("paper", True, -1.0)
    assert account.offline == OfflinePolicy(OfflineKind.RECENT, 14)
    assert (account.poll_seconds, account.folders) == (90, ("INBOX", "Lists/*"))
    assert account.roles == ((Role.ARCHIVE, "Old"),)
    assert account.imap is not None
    assert account.imap.secret.argv == ("/bin/sh", "-c", "token w")
    assert (account.imap.port, account.imap.timeout, account.imap.auth) == (1143, 5.0, "xoauth2")
    assert account.smtp is not None
    assert (account.smtp.port, account.smtp.secret.service) == (587, "mailtui:smtp.example.org")
    assert account.smtp.ca_file == str(tmp_path / "ca.pem")
    assert settings.keys == (("list", (("x", "archive"),)),)


@pytest.mark.parametrize(
    ("protocol", "security", "port"),
    [("imap", "tls", 993), ("imap", "starttls", 143), ("pop3", "tls", 995), ("pop3", "starttls", 110)],
)
def test_usual_ports(write: WriteConfig, protocol: str, security: str, port: int) -> None:
    text = IMAP.replace("imap]", f"{protocol}]") + SECRET + f'security = "{security}"\n'
    (account,) = write.settings(text).accounts
    server = account.imap or account.pop3
    assert server is not None
    assert server.port == port


def test_smtp_without_login_uses_the_incoming_one(write: WriteConfig) -> None:
    smtp = '[accounts.home.smtp]\nhost = "s.example.org"\n'
    (account,) = write.settings(IMAP + SECRET + 'user = "me"\n' + smtp).accounts
    assert account.smtp is not None
    assert (account.smtp.user, account.smtp.secret.argv) == ("me", ("pass", "home"))
    (account,) = write.settings(IMAP + SECRET + smtp + 'auth = "none"\n').accounts
    assert account.smtp is not None
    assert account.smtp.secret.kind is SecretKind.NONE


def test_unknown_key_in_full(write: WriteConfig) -> None:
    assert write.mistake(IMAP + "prot = 993\n" + SECRET) == (
        "config.toml:5: unknown key 'prot' in [accounts.home.imap]\n  5 | prot = 993\n    | ^^^^ did you mean 'port'?"
    )


def test_wrong_type_in_full(write: WriteConfig) -> None:
    assert write.mistake(IMAP + SECRET + 'port = "993"\n') == (
        "config.toml:6: 'port' in [accounts.home.imap] must be a whole number from 1 to 65535, not a string\n"
        '  6 | port = "993"\n'
        "    |        ^^^^^ write it without quotes"
    )


def test_missing_key_in_full(write: WriteConfig) -> None:
    assert write.mistake('[accounts.home]\n[accounts.home.imap]\nhost = "h"\n' + SECRET) == (
        "config.toml:1: missing key 'email' in [accounts.home]\n"
        "  1 | [accounts.home]\n"
        '    | ^^^^^^^^^^^^^^^ email = ... (an address such as "me@example.org")'
    )


def test_syntax_error_in_full(write: WriteConfig) -> None:
    assert write.mistake("[general]\ntheme 'x'\n") == (
        "config.toml:2: not valid TOML: expected '=' after a key in a key/value pair\n  2 | theme 'x'\n    |       ^"
    )


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("port = 0\n", "must be a whole number from 1 to 65535"),
        ("port = 70000\n", "must be a whole number from 1 to 65535"),
        ("port = true\n", "not true or false"),
        ('security = "ssl"\n', 'must be one of "tls", "starttls", "none"'),
        ('security = "startls"\n', "did you mean 'starttls'?"),
        ('host = "h"\n', "not valid TOML"),
        ("timeout = 0\n", "must be a time such as"),
        ('timeout = "soon"\n', "must be a time such as"),
        ("timeout = []\n", "not an array"),
        ("connections = 1.5\n", "not a number with a fraction"),
        ("user = 5\n", "put it in quotes"),
        ('user = ""\n', "not empty"),
        ('user = "a\\r\\nb"\n', "control characters"),
        ("user = 2020-01-01\n", "not a date or time"),
        ('allow_cleartext = "true"\n', "write it without quotes"),
        ("token_command = 1\n", "must be a command"),
        ("keyring = true\n", "has both password_command and keyring"),
        ('auth = "xoauth2"\n', "needs a token, not password_command"),
        ('auth = "none"\n', "only SMTP can go without a login"),
        ('auth = "plian"\n', "did you mean 'plain'?"),
        ('ca_file = "nowhere.pem"\n', "there is no file"),
        ('ca_file = "$NO_SUCH_VARIABLE/x"\n', "there is no environment variable 'NO_SUCH_VARIABLE'"),
        ('ca_file = "~no-such-person-here/x"\n', "can't find the home folder"),
        ("theme = 'x'\n", "that key belongs in [general]"),
        ("[general]\nascii = 1\n", "must be true or false, not a number"),
        ("[general]\nmark_read_seconds = 1e9\n", "must be a number from -1 to 3600"),
        ("[list]\ncolumns = ['from', 'sbject']\n", "did you mean 'subject'?"),
        ("[list]\ncolumns = ['from', 'date']\n", 'must have "subject" among them'),
        ("[list]\ncolumns = ['subject', 'date', 'date']\n", 'names "date" twice'),
        ("[list]\ncolumns = 'subject'\n", "put it in [ ]"),
        ("[list]\norder = 'newst'\n", "did you mean 'newest'?"),
        ("[genral]\n", "did you mean 'general'?"),
        ("[keys]\nlist = 1\n", "write [keys.SCOPE]"),
        ("[keys.list]\nx = 1\n", "'x' in [keys.list] must be the name of an action"),
        ("[accounts.home.pop3]\nhost = 'h'\npassword_command = 'x'\n", "has both imap and pop3"),
        ("[accounts.home.local]\n", "has both imap and local"),
        ("[accounts.b]\nemail = 'b@b.b'\n[accounts.b.local]\npth = 'x'\n", "did you mean 'path'?"),
        ("[accounts.b]\nemail = 'b@b.b'\n", "missing table [accounts.b.imap]"),
        ("[accounts.b]\nemail = 'b@b.b'\nimap = 1\n", "'imap' must be a table"),
    ],
)
def test_mistakes(write: WriteConfig, extra: str, words: str) -> None:
    assert words in write.mistake(IMAP + SECRET + extra)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('email = "nobody"', "must be an address"),
        ('offline = "some"', 'must be "all", "headers" or "recent:90d"'),
        ('offline = "recent:0d"', 'must be "all", "headers"'),
        ("offline = 1", "not a number"),
        ('poll = "1s"', "(10s to 1d)"),
        ('folders = "INBOX"', "put it in [ ]"),
        ('folders = ["a", 1]', "this one must be a string, not a number"),
        ('roles = { archve = "x" }', "did you mean 'archive'?"),
        ("roles = { archive = 1 }", "'archive' must be a string, not a number"),
        ("roles = 1", "must be a table of strings"),
    ],
)
def test_account_mistakes(write: WriteConfig, line: str, words: str) -> None:
    text = IMAP.replace('email = "a@example.org"', line if "email" in line else f'email = "a@b.c"\n{line}')
    assert words in write.mistake(text + SECRET)


@pytest.mark.parametrize(
    ("host", "words"),
    [("imaps://h", "no scheme"), ("h:993", "port = 993"), ("a b", "only the name"), ("", "not empty")],
)
def test_host_mistakes(write: WriteConfig, host: str, words: str) -> None:
    assert words in write.mistake(IMAP.replace("imap.example.org", host) + SECRET)


def test_caret_points_into_arrays_and_inline_tables(write: WriteConfig) -> None:
    report = write.mistake(
        '[accounts.home]\nemail = "a@b.c"\nfolders = [\n  "INBOX",\n  7,\n]\n'
        'imap = { host = "h", prt = 1, password_command = "x" }\n'
    )
    assert "config.toml:5:" in report
    assert "  5 |   7,\n    |   ^" in report
    assert "  7 | imap = { host" in report
    assert "    |                      ^^^ did you mean 'port'?" in report


def test_caret_under_wide_characters(write: WriteConfig) -> None:
    report = write.mistake('[accounts."日本"]\nemail = "a@b.c"\nimap = { host="h", password_command="x", "鍵" = 1 }\n')
    line, caret = report.splitlines()[1:3]
    before = line[: line.index('"鍵"')]
    assert caret.startswith("    | " + " " * (len(before) - len("  3 | ")) + "^^^^")


def test_long_line_is_cut_around_the_caret(write: WriteConfig) -> None:
    padding = '"' + "x" * 300 + '", '
    report = write.mistake(
        IMAP.replace("[accounts.home.imap]", f"folders = [{padding}7]\n[accounts.home.imap]") + SECRET
    )
    line, caret = report.splitlines()[1:3]
    assert len(line) < 120
    assert line[caret.index("^")] == "7"


def test_several_mistakes_at_once_in_order_up_to_ten(write: WriteConfig) -> None:
    report = write.mistake(
        IMAP + SECRET + "b1 = 1\nb2 = 1\n" + "[general]\n" + "".join(f"x{n} = 1\n" for n in range(12))
    )
    assert report.count("unknown key") == 10
    assert report.index("'b1'") < report.index("'b2'") < report.index("'x0'")
    assert report.endswith("... and 4 more")


def test_no_account(write: WriteConfig) -> None:
    assert "there is no account" in write.mistake("[general]\n")
    assert "there is no account" in write.mistake("")


def test_clear_text_only_on_this_computer(write: WriteConfig) -> None:
    clear = SECRET + 'security = "none"\n'
    assert "would cross the network in clear text" in write.mistake(IMAP + clear)
    write.settings(IMAP + clear + "allow_cleartext = true\n")
    for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "mail.localhost"):
        write.settings(IMAP.replace("imap.example.org", host) + clear)
    for host in ("127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "::2"):
        assert "clear text" in write.mistake(IMAP.replace("imap.example.org", host) + clear)


def test_password_in_the_file(write: WriteConfig) -> None:
    text = IMAP + 'password = "hunter2"\n'
    loaded = write.load(text)
    assert "a password in a file is easily copied" in loaded.warnings[0]
    assert "hunter2" not in loaded.warnings[0] + repr(loaded)
    (account,) = loaded.settings.accounts
    assert account.imap is not None
    assert account.imap.secret.plain is not None
    assert account.imap.secret.plain.reveal() == "hunter2"
    for mode in (0o640, 0o604, 0o644):
        assert "others can read it" in write.mistake(text, mode)
        assert "chmod 600" in write.mistake(text, mode)
    write.load(IMAP + SECRET, 0o644)


def test_world_writable_file_is_warned_about(write: WriteConfig) -> None:
    assert "everybody may write" in write.load(IMAP + SECRET, 0o666).warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        IMAP + "password = hunter2\n",
        IMAP + "password hunter2\n",
        IMAP + 'pasword = "hunter2"\n',
        IMAP + 'passwort = "hunter2"\n',
        IMAP + 'imap_password = "hunter2"\n',
        IMAP + 'password = ["hunter2"]\n',
        IMAP + 'password = "hunter2"\nkeyring = true\n',
        IMAP + "password = '''\nhunter2\nhunter2 [\n",
        '[accounts.h]\nemail="a@b.c"\nimap = { host = "h", password = "hunter2", prt = 1 }\n',
        '[accounts.h]\nemail="a@b.c"\nimap.hos = "h"\nimap.password = "hunter2" x\n',
        IMAP + 'password = """\nx\nhunter2"""\n',
        IMAP + 'password = "hunter2\n',
        IMAP + '"password" = "hunter2" "\n',
    ],
)
def test_reports_never_show_a_password(write: WriteConfig, text: str) -> None:
    assert "hunter2" not in write.mistake(text)


def test_reports_pass_no_control_characters_on(write: WriteConfig) -> None:
    report = write.mistake(IMAP + SECRET + 'usr = "\u202e\u009b31m"\n')
    assert "\u202e" not in report
    assert "\u009b" not in report


def test_paths(write: WriteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PLACE", "there")
    for given, expected in (
        ("~/m", tmp_path / "home/m"),
        ("$PLACE/m", tmp_path / "there/m"),
        ("/${PLACE}/m", Path("/there/m")),
        ("../m", tmp_path.parent / "m"),
    ):
        assert write.settings(f'[general]\nstore = "{given}"\n' + IMAP + SECRET).store == str(expected)


def test_store_defaults_to_the_data_folder(write: WriteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert write.settings(IMAP + SECRET).store.startswith(str(tmp_path))


def test_an_account_of_this_computer(write: WriteConfig, tmp_path: Path) -> None:
    plain = write.settings("[accounts.b]\nemail = 'b@b.b'\n[accounts.b.local]\n").accounts[0]
    assert plain.local == LocalSettings()
    assert plain.traits == LOCAL_TRAITS
    told = write.settings("[accounts.b]\nemail = 'b@b.b'\nlocal = { path = 'old.mbox' }\n").accounts[0]
    assert told.local is not None
    assert str(told.local.path).endswith("/old.mbox")
    assert write.load("[accounts.b]\nemail = 'b@b.b'\n[accounts.b.local]\n").warnings == ()


POP3 = IMAP.replace("imap]", "pop3]") + SECRET


def test_pop3_only_needs_no_warning(write: WriteConfig) -> None:
    loaded = write.load(POP3)
    assert loaded.warnings == ()
    server = loaded.settings.accounts[0].pop3
    assert server is not None
    assert (server.port, server.leave_on_server) == (995, KEEP_FOREVER)


@pytest.mark.parametrize(
    ("word", "policy"),
    [
        ("forever", KeepPolicy(Keep.FOREVER)),
        ("never", KeepPolicy(Keep.NEVER)),
        ("until_deleted", KeepPolicy(Keep.UNTIL_DELETED)),
        ("14d", KeepPolicy(Keep.DAYS, 14)),
        ("2w", KeepPolicy(Keep.DAYS, 14)),
    ],
)
def test_leave_on_server(write: WriteConfig, word: str, policy: KeepPolicy) -> None:
    server = write.settings(POP3 + f'leave_on_server = "{word}"\n').accounts[0].pop3
    assert server is not None
    assert server.leave_on_server == policy


@pytest.mark.parametrize("word", ['"0d"', '"always"', "14", "true"])
def test_leave_on_server_wrong(write: WriteConfig, word: str) -> None:
    with pytest.raises(ConfigError, match="leave_on_server"):
        write.load(POP3 + f"leave_on_server = {word}\n")


def test_only_pop3_has_apop_and_leave_on_server(write: WriteConfig) -> None:
    for line in ('auth = "apop"', 'leave_on_server = "never"'):
        with pytest.raises(ConfigError):
            write.load(IMAP + SECRET + line + "\n")
        write.load(POP3 + line + "\n")


def test_config_variable_and_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "none.toml"
    monkeypatch.setenv("MAILTUI_CONFIG", str(missing))
    with pytest.raises(ConfigError) as raised:
        load(None)
    assert str(missing) in raised.value.text
    assert "mailtui demo" in raised.value.hint
    assert "config.example.toml" in raised.value.hint
    missing.write_text(IMAP + SECRET)
    assert load(None).settings.config_file == str(missing)


def test_unreadable_and_odd_files(write: WriteConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't read"):
        load(str(tmp_path))
    write.file.write_bytes(b"# \xc3\xa4\ntheme = '\xff'\n")
    with pytest.raises(ConfigError) as raised:
        load(str(write.file))
    assert ":2: not UTF-8 text" in raised.value.text
    assert "nested too deep" in write.mistake("a = " + "[" * 5000 + "]" * 5000)
    assert "larger than 4 MiB" in write.mistake("#" * (5 << 20))
    write.file.write_bytes(b"\xef\xbb\xbf" + (IMAP + SECRET).replace("\n", "\r\n").encode())
    assert load(str(write.file)).settings.accounts


def test_unclosed_string_at_the_end(write: WriteConfig) -> None:
    assert "the file ends too early" in write.mistake("a = [1,\n") or "not valid TOML" in write.mistake("a = [1,\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_permission_denied(write: WriteConfig) -> None:
    with pytest.raises(ConfigError, match="Permission denied"):
        load(str(write(IMAP, 0o000)))


def test_keys_their_preset_and_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[accounts.home]\nemail = "a@example.org"\n[accounts.home.imap]\nhost = "localhost"\npassword_command = "x"\n'
        '[keys]\npreset = "mutt"\n[keys.list]\n"ctrl+n" = "next"\n',
        encoding="utf-8",
    )
    settings = load(str(file)).settings
    assert settings.key_preset == "mutt"
    assert settings.keys == (("list", (("ctrl+n", "next"),)),)
    (place,) = settings.key_places
    assert (place.scope, place.key, place.where, place.line) == ("list", "ctrl+n", "config.toml:9", '"ctrl+n" = "next"')
    assert place.caret.strip() == "^" * len(place.caret.strip())
    file.write_text(file.read_text(encoding="utf-8").replace("mutt", "mut"), encoding="utf-8")
    with pytest.raises(ConfigError, match="did you mean 'mutt'"):
        load(str(file))


def test_the_list(write: WriteConfig) -> None:
    assert write.settings(IMAP + SECRET).listing == ListStyle()
    text = "[list]\ncolumns = ['date', 'subject']\nsnippets = false\norder = 'threads'\n"
    assert write.settings(IMAP + SECRET + text).listing == ListStyle(("date", "subject"), False, "threads")


def test_the_line_above_a_quote_holds_only_what_is_known(write: WriteConfig) -> None:
    assert write.settings(IMAP + SECRET).attribution == "On {date}, {name} wrote:"
    assert not write.settings(IMAP + SECRET).markdown
    own = write.settings('[general]\nattribution = "{first} am {date}:"\nmarkdown = true\n' + IMAP + SECRET)
    assert (own.attribution, own.markdown) == ("{first} am {date}:", True)
    assert write.settings('[general]\nattribution = ""\n' + IMAP + SECRET).attribution == ""
    told = write.mistake('[general]\nattribution = "On {day}, {name}:"\n' + IMAP + SECRET)
    assert "{day}" in told
    assert "{date}" in told
    assert "control" in write.mistake('[general]\nattribution = "a\\nb"\n' + IMAP + SECRET)


@pytest.mark.parametrize(
    ("imap", "smtp", "line", "saved"),
    [
        ("imap.example.org", "smtp.example.org", "", True),
        ("imap.gmail.com", "smtp.gmail.com", "", False),
        ("imap.gmail.com", "SMTP.googlemail.com", "", False),
        ("outlook.office365.com", "smtp.office365.com", "", False),
        ("imap.gmail.com", "smtp.gmail.com", "save_sent = true", True),
        ("imap.example.org", "smtp.example.org", "save_sent = false", False),
        ("imap.example.org", "smtp.gmail.com", "", True),  # it is saved where nobody looks
        ("imap.gmail.com", "smtp.example.org", "", True),
        ("imap.gmail.com", "smtp.gmail.com.example.org", "", True),
    ],
)
def test_servers_that_keep_what_they_send(write: WriteConfig, imap: str, smtp: str, line: str, saved: bool) -> None:
    text = f"[accounts.b]\nemail = 'b@b.b'\n{line}\n[accounts.b.imap]\nhost = '{imap}'\n"
    text += f"{SECRET}\n[accounts.b.smtp]\nhost = '{smtp}'\n"
    assert write.settings(text).accounts[0].save_sent is saved
